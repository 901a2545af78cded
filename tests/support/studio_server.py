"""A stand-in for the service in tests of the page: the same API, painting at once, failing on demand.

It answers as ``docs/service.md`` says. Jobs run on their own clock, and every request is recorded.
"""

from __future__ import annotations

import asyncio
import io
import json
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from starlette.applications import Starlette
from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from pinxit import images
from pinxit.config.options import Adain, Film, Look, Optimize, Output
from pinxit.config.schema import schema
from pinxit.config.training import TrainFast
from pinxit.images import Image
from pinxit.images.encoding import encode
from pinxit.service.limits import ServiceLimits
from pinxit.service.options import public_schema
from pinxit.studio import CONTENT_SECURITY_POLICY, STATIC

OPERATORS = {"model", "provider", "threads", "vgg", "device"}
LIMITS = ServiceLimits()
STEPS = 8
MEDIA = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "tiff": "image/tiff"}
RESULTS = {"video": "video/mp4", "explain": "text/html"}
Paint = Callable[[Image, list[Image], dict[str, str]], Image]
Form = ImmutableMultiDict[str, Any]


class Page(StaticFiles):
    """The page's files under the strict policy."""

    async def get_response(self, path: str, scope: Any) -> Response:
        answer = await super().get_response(path, scope)
        answer.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return answer


def tinted(content: Image, styles: list[Image], fields: dict[str, str]) -> Image:
    """The content, toned with the styles' mean color by the strength: enough to see that something was painted."""
    strength = float(fields.get("strength", 1.0))
    tone = np.mean([style.mean((0, 1)) for style in styles], axis=0)
    toned: Image = np.clip(content * (1 - 0.6 * strength) + tone * 0.6 * strength, 0, 1).astype(np.float32)
    return toned


@dataclass
class Studio:
    """The state of the stand-in, and the requests it received."""

    paint: Paint = tinted
    step_seconds: float = 0.05
    paint_seconds: float = 0.0
    job_seconds: float = 1.0  # that finished jobs tell they took
    training: bool = True
    uploads: dict[str, bytes] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    painted: list[dict[str, Any]] = field(default_factory=list)
    begun: list[dict[str, Any]] = field(default_factory=list)
    problems: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    """Answers to the next requests to paint, each used once."""
    pause_at: int = STEPS + 1
    """Jobs wait before this step until it is raised, or until they are stopped or cancelled."""
    trained: list[str] = field(default_factory=list)
    trained_picture: str = "whole"
    """Which picture of the trained styles the service has."""
    limited: dict[str, int] = field(default_factory=dict)  # further limits of the service
    aborted: int = 0
    url: str = ""

    def app(self) -> Starlette:
        v1 = [
            Route("/v1/uploads", self.upload, methods=["POST"]),
            Route("/v1/stylize", self.stylize, methods=["POST"]),
            Route("/v1/convert", self.convert, methods=["POST"]),
            Route("/v1/jobs", self.begin, methods=["POST"]),
            Route("/v1/jobs", self.list_jobs),
            Route("/v1/jobs/{id}", self.cancel, methods=["DELETE"]),
            Route("/v1/jobs/{id}/stop", self.stop, methods=["POST"]),
            Route("/v1/jobs/{id}/events", self.events),
            Route("/v1/jobs/{id}/preview", self.picture),
            Route("/v1/jobs/{id}/result", self.picture),
            Route("/v1/styles", self.styles),
            Route("/v1/styles/{name}", self.forget_style, methods=["DELETE"]),
            Route("/v1/methods", self.methods),
            Route("/v1/limits", self.limits),
        ]
        return Starlette(routes=[*v1, Mount("/", Page(directory=STATIC, html=True))])

    async def upload(self, request: Request) -> Response:
        form = await _form(request)
        data = form["file"]
        name = secrets.token_hex(16)
        self.uploads[name] = data
        film = data[4:8] == b"ftyp" or data[:4] == b"\x1aE\xdf\xa3"
        size = {"width": None, "height": None}
        if not film:
            picture = images.read(data)
            size = {"width": picture.shape[1], "height": picture.shape[0]}
        return JSONResponse({"id": name, "kind": "film" if film else "image", "bytes": len(data), **size}, 201)

    async def stylize(self, request: Request) -> Response:
        form = await _form(request)
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        ids = [form["content"], *form.getlist("style"), *filter(None, form.getlist("mask"))]
        if any(name not in self.uploads and name not in ("named", *self.trained) for name in ids):
            return _problem(404, {"type": "urn:pinxit:problem:not-found", "detail": "no such upload"})
        if self.problems:
            return _problem(*self.problems.pop(0))
        self.painted.append(fields | {f"{name}s": form.getlist(name) for name in ("style", "mask", "weight")})
        for _ in range(round(self.paint_seconds / 0.02)):
            await asyncio.sleep(0.02)
            if await request.is_disconnected():
                self.aborted += 1
                return Response(status_code=499)
        painted = await asyncio.to_thread(self.made, form, fields)
        data = encode(painted, fields["format"])
        headers = {"Server-Timing": f"queue;dur=1, paint;dur={1000 * self.paint_seconds + 12:.0f}"}
        return Response(data, media_type=MEDIA[fields["format"]], headers=headers)

    async def convert(self, request: Request) -> Response:
        form = await _form(request)
        data = await asyncio.to_thread(encode, images.read(form["file"]), form["format"])
        return Response(data, media_type=MEDIA[form["format"]])

    def made(self, form: Form, fields: dict[str, str]) -> Image:
        content = images.read(self.uploads[str(form["content"])])[..., :3]
        height, width = content.shape[:2]
        share = min(1.0, int(fields.get("size", 512)) / max(height, width))
        content = images.resize(content, (max(1, round(height * share)), max(1, round(width * share))))
        named = np.full((8, 8, 3), (0.2, 0.4, 0.9), np.float32)
        uploaded = [self.uploads.get(name) for name in form.getlist("style")]
        styles = [named if data is None else images.read(data)[..., :3] for data in uploaded]
        return self.paint(content, styles, fields)

    async def begin(self, request: Request) -> Response:
        form = await _form(request)
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        self.begun.append(fields | {f"{name}s": form.getlist(name) for name in ("style", "name", "photo")})
        job = self._job(fields, form.getlist("name") or [""])
        kind = fields["kind"]
        source = fields["style" if kind == "train" else "content"]
        made = {"video": self.uploads.get(source, b""), "explain": b"<!doctype html><title>explained</title>"}
        self.pictures[job["id"]] = made[kind] if kind in made else await asyncio.to_thread(_png, self.uploads[source])
        asyncio.get_running_loop().create_task(self._run(job, kind))
        return JSONResponse(job, 202)

    def _job(self, fields: dict[str, str], names: list[str]) -> dict[str, Any]:
        name = secrets.token_hex(16)
        path = f"/v1/jobs/{name}"
        reserved = {"kind", "content", "style", "weight", "mask", "method", "format", "name"}
        options = {key: value for key, value in fields.items() if key not in reserved}
        styles = [{"name": name, "weight": 1.0} for name in names]
        job: dict[str, Any] = {
            "id": name,
            "kind": fields["kind"],
            "state": "queued",
            "place": 1,
            "created": datetime.now(UTC).isoformat(),
            "progress": None,
            "error": None,
            "result": None,
            "preview": None,
            "request": {"method": fields.get("method", "adain"), "options": options, "styles": styles},
            "links": {
                "self": path,
                "events": f"{path}/events",
                "preview": f"{path}/preview",
                "result": f"{path}/result",
            },
        }
        self.jobs[name] = job
        return job

    async def _run(self, job: dict[str, Any], kind: str) -> None:
        await asyncio.sleep(self.step_seconds)
        job["state"], job["place"] = "running", None
        for index in range(1, STEPS + 1):
            await asyncio.sleep(self.step_seconds)
            while index >= self.pause_at and job["state"] == "running" and not job.get("stopping"):
                await asyncio.sleep(0.02)
            if job["state"] != "running" or job.get("stopping"):
                break
            left = (STEPS - index) * self.step_seconds
            times = {"seconds": 1.0, "seconds_left": left}
            scores = {"style": 0.34, "content": 0.8} if kind == "train" else {}
            job["progress"] = {"index": index, "of": STEPS, "share": index / STEPS, **times, "scores": scores}
            if kind not in ("video", "explain"):
                job["preview"] = {"index": index, "width": 64, "height": 48}
        if job["state"] == "running":
            data = self.pictures[job["id"]]
            if kind == "train":
                self.trained += [style["name"] for style in job["request"]["styles"]]
            size = {"width": None, "height": None} if kind != "optimize" else {"width": 768, "height": 512}
            clock = [datetime.now(UTC) + timedelta(seconds=seconds) for seconds in (0, self.job_seconds)]
            job["started"], job["finished"] = (time.isoformat() for time in clock)
            media = RESULTS.get(kind, "image/png")
            job.update(state="done", result={"media_type": media, "bytes": len(data), "stopped": 0, **size})

    async def list_jobs(self, request: Request) -> Response:
        return JSONResponse({"jobs": list(self.jobs.values())[::-1]})

    async def cancel(self, request: Request) -> Response:
        job = self.jobs[request.path_params["id"]]
        if job["state"] in ("queued", "running"):
            job["state"] = "cancelled"
            return JSONResponse(job, 202)
        del self.jobs[job["id"]]
        return Response(status_code=204)

    async def stop(self, request: Request) -> Response:
        self.jobs[request.path_params["id"]]["stopping"] = True
        return Response(status_code=202)

    async def events(self, request: Request) -> Response:
        job = self.jobs[request.path_params["id"]]

        async def tell() -> AsyncIterator[str]:
            state, index = None, 0
            while True:
                if job["state"] in ("done", "cancelled", "failed"):
                    yield _event("done" if job["state"] == "done" else "error", job)
                    return
                if job["state"] != state:
                    state = job["state"]
                    yield _event("state", job)
                if job["progress"] and job["progress"]["index"] != index:
                    index = job["progress"]["index"]
                    yield _event("progress", job["progress"])
                    if job["preview"]:
                        yield _event("preview", {**job["preview"], "url": f"{job['links']['preview']}?index={index}"})
                await asyncio.sleep(0.01)

        return StreamingResponse(tell(), media_type="text/event-stream")

    async def picture(self, request: Request) -> Response:
        job = self.jobs[request.path_params["id"]]
        return Response(self.pictures[job["id"]], media_type=RESULTS.get(job["kind"], "image/png"))

    async def styles(self, request: Request) -> Response:
        named = {"name": "named", "title": {"en": "Named", "zh": "有名"}, "thumbnail": "/pictures/dots-small.webp"}
        trained = [
            {
                **named,
                "name": name,
                "title": {"en": name},
                "network": "1" * 64,
                "own": True,
                "picture": self.trained_picture,
            }
            for name in self.trained
        ]
        return JSONResponse({"styles": [*trained, named]})

    async def forget_style(self, request: Request) -> Response:
        self.trained.remove(request.path_params["name"])
        return Response(status_code=204)

    async def methods(self, request: Request) -> Response:
        def options(method: type) -> dict[str, Any]:
            groups = {"look": schema(Look), "method": schema(method), "output": schema(Output)}
            groups["look"]["properties"]["size"]["maximum"] = 2048
            for name in OPERATORS:
                groups["method"]["properties"].pop(name, None)
            return groups

        kinds: list[dict[str, Any]] = [
            {"name": "optimize", "content": "image", "methods": ["optimize"], "available": True, "missing": ""},
            {"name": "video", "content": "film", "methods": ["adain"], "available": True, "missing": ""},
            {"name": "explain", "content": "image", "methods": ["optimize"], "available": True, "missing": ""},
        ]
        if self.training:
            options_ = public_schema(TrainFast, LIMITS)
            kinds.append({"name": "train", "available": True, "missing": "", "options": options_})
        methods = [
            {"name": "adain", "pass": "one", "kinds": ["video"], "options": options(Adain)},
            {"name": "optimize", "pass": "many", "kinds": ["optimize"], "options": options(Optimize)},
        ]
        names = {"picture": "adain", "trained": "fast"}
        return JSONResponse({"methods": methods, "default": names, "kinds": kinds, "film": schema(Film)})

    async def limits(self, request: Request) -> Response:
        limits = {"image_bytes": 32 * 2**20, "style_count": 4, "train_photos": 3, "key_required": False}
        return JSONResponse({**limits, **self.limited})


async def _form(request: Request) -> Form:
    """The fields, files as their bytes."""
    async with request.form() as form:
        items = [(name, value if isinstance(value, str) else await value.read()) for name, value in form.multi_items()]
    return ImmutableMultiDict(items)


def _png(data: bytes) -> bytes:
    return encode(images.read(data), "png")


def _event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def _problem(status: int, fields: dict[str, Any]) -> Response:
    headers = {"Retry-After": "1"} if status == 429 else {}
    return Response(json.dumps({"status": status, **fields}), status, headers, "application/problem+json")


def is_picture(data: bytes) -> bool:
    return images.read(io.BytesIO(data)).ndim == 3
