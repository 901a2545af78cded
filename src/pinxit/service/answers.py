"""What OpenAPI tells of the answers: their schemas, with an example of each; a test holds the answers against them."""

from __future__ import annotations

from typing import Any

from pinxit.service.jobs import record
from pinxit.service.jobs.kinds import KINDS
from pinxit.service.openapi import PROBLEM, UPLOADED

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
MOMENT: Schema = {"type": "string", "description": "A moment, ISO 8601, UTC."}
ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
ANYTHING: Schema = {"type": "object", "additionalProperties": True}
BINARY: Schema = {"type": "string", "format": "binary"}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _thing(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


def _list(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


PROGRESS = {
    "type": "object",
    "required": ["index", "share", "seconds"],
    "properties": {
        "index": {"type": "integer", "description": "Steps, or frames, that are done."},
        "of": _or_null(WHOLE),
        "share": {"type": "number", "minimum": 0, "maximum": 1},
        "loss": _or_null(NUMBER),
        "losses": {"type": "object", "additionalProperties": _or_null(NUMBER)},
        "scores": {"type": "object", "additionalProperties": NUMBER},
        "width": _or_null(WHOLE),
        "height": _or_null(WHOLE),
        "seconds": NUMBER,
        "seconds_left": _or_null(NUMBER),
    },
}
RESULT = _thing(media_type=TEXT, bytes=WHOLE, width=_or_null(WHOLE), height=_or_null(WHOLE), sha256=TEXT, stopped=WHOLE)
REQUEST = _thing(method=TEXT, options=ANYTHING, format=TEXT, styles=_list(_thing(name=TEXT, weight=NUMBER)))
SCHEMAS: dict[str, Schema] = {
    "Problem": PROBLEM,
    "Upload": _thing(
        id=ID,
        kind={"type": "string", "enum": ["image", "film", "code"]},
        format=TEXT,
        bytes=WHOLE,
        width=_or_null(WHOLE),
        height=_or_null(WHOLE),
        sha256=TEXT,
        created=MOMENT,
        expires=MOMENT,
    ),
    "Job": _thing(
        id=ID,
        kind={"type": "string", "enum": list(KINDS)},
        state={"type": "string", "enum": [*record.LIVE, *record.ENDED]},
        place=_or_null({"type": "integer", "description": "Place in the queue; 1 is the next."}),
        created=MOMENT,
        started=_or_null(MOMENT),
        finished=_or_null(MOMENT),
        expires=_or_null(MOMENT),
        attempts=WHOLE,
        progress=_or_null(PROGRESS),
        preview=_or_null(_thing(index=WHOLE, width=WHOLE, height=WHOLE)),
        warnings=_list(TEXT),
        error=_or_null(_ref("Problem")),
        result=_or_null(RESULT),
        request=REQUEST,
        links={"type": "object", "additionalProperties": TEXT},
    ),
    "Jobs": _thing(jobs=_list(_ref("Job"))),
    "Styles": _thing(
        styles=_list(
            _thing(
                name=TEXT,
                title={"type": "object", "additionalProperties": TEXT},
                kind={"type": "string", "enum": ["image", "code", "taught"]},
                credit={"type": "object", "additionalProperties": TEXT},
                own=FLAG,
                network=_or_null(TEXT),
                picture=_or_null({"type": "string", "enum": ["whole", "small"]}),
                thumbnail=TEXT,
            )
        )
    ),
    "Methods": _thing(
        methods=_list(_thing(name=TEXT, kinds=_list(TEXT), options=ANYTHING, **{"pass": TEXT})),
        kinds=_list(
            _thing(
                name=TEXT,
                content=TEXT,
                methods=_list(TEXT),
                formats=_list(TEXT),
                available=FLAG,
                missing=TEXT,
                options=_or_null(ANYTHING),
            )
        ),
        default=_thing(picture=TEXT, trained=TEXT),
        film=ANYTHING,
    ),
    "Limits": {"type": "object", "required": ["key_required"], "additionalProperties": {"type": ["number", "boolean"]}},
    "Health": _thing(status=TEXT),
    "Readiness": _thing(status=TEXT, checks={"type": "object", "additionalProperties": FLAG}),
}
HERE = f"/v1/jobs/{UPLOADED['id']}"
JOB: dict[str, Any] = {
    "id": UPLOADED["id"],
    "kind": "optimize",
    "state": "running",
    "place": None,
    "created": "2026-01-31T12:00:00.000Z",
    "started": "2026-01-31T12:00:01.000Z",
    "finished": None,
    "expires": None,
    "attempts": 1,
    "progress": {
        "loss": 0.83,
        "index": 12,
        "of": 45,
        "share": 0.21,
        "width": 256,
        "height": 192,
        "seconds": 9.1,
        "seconds_left": 34.0,
    },
    "preview": {"index": 12, "width": 256, "height": 192},
    "warnings": [],
    "error": None,
    "result": None,
    "request": {
        "method": "optimize",
        "options": {"size": 512},
        "format": "png",
        "styles": [{"name": "wave", "weight": 1.0}],
    },
    "links": {"self": HERE, **{name: f"{HERE}/{name}" for name in ("events", "preview", "result")}},
}
STYLE = {
    "name": "wave",
    "title": {"en": "Wave", "zh": "浪"},
    "kind": "image",
    "credit": {},
    "own": False,
    "network": None,
    "picture": "whole",
    "thumbnail": "/v1/styles/wave/thumbnail",
}
KIND = {
    "name": "optimize",
    "content": "image",
    "methods": ["optimize"],
    "formats": ["png", "jpeg", "webp", "tiff"],
    "available": True,
    "missing": "",
    "options": None,
}
METHOD = {"name": "adain", "pass": "one", "kinds": ["video"], "options": {"look": {}, "method": {}, "output": {}}}
EVENTS = 'event: progress\ndata: {"index": 12, "of": 45, "share": 0.21, "seconds": 9.1, "seconds_left": 34.0}\n\n'
EXAMPLES: dict[str, Any] = {
    "Upload": UPLOADED,
    "Job": JOB,
    "Jobs": {"jobs": [JOB]},
    "Styles": {"styles": [STYLE]},
    "Methods": {
        "methods": [METHOD],
        "default": {"picture": "adain", "trained": "fast"},
        "kinds": [KIND],
        "film": {},
    },
    "Limits": {"image_bytes": 33554432, "size": 2048, "key_required": False},
    "Health": {"status": "alive"},
    "Readiness": {"status": "ready", "checks": {"painters": True, "disk": True, "running": True}},
}
ANSWERS = {
    ("post", "/v1/uploads", "201"): "Upload",
    ("get", "/v1/uploads/{id}", "200"): "Upload",
    ("post", "/v1/jobs", "202"): "Job",
    ("get", "/v1/jobs", "200"): "Jobs",
    ("get", "/v1/jobs/{id}", "200"): "Job",
    ("delete", "/v1/jobs/{id}", "202"): "Job",
    ("post", "/v1/jobs/{id}/stop", "202"): "Job",
    ("get", "/v1/styles", "200"): "Styles",
    ("get", "/v1/methods", "200"): "Methods",
    ("get", "/v1/limits", "200"): "Limits",
    ("get", "/healthz", "200"): "Health",
    ("get", "/readyz", "200"): "Readiness",
    ("get", "/readyz", "503"): "Readiness",
}
"""Method, path and status -> the schema of the answer."""
PARAMETERS = {
    "id": ("The id that the service gave.", UPLOADED["id"]),
    "name": ("The name of a style.", "wave"),
    "format": ("Another format for a picture: png, jpeg, webp or tiff; '' as it is.", "jpeg"),
}
TEXTS = {"text/event-stream": EVENTS, "text/plain": "pinxit_busy_processes 0.0\n"}


def complete(api: dict[str, Any]) -> dict[str, Any]:
    """Return a description of the API with the schema and an example of every answer and parameter."""
    api.setdefault("components", {}).setdefault("schemas", {}).update(SCHEMAS)
    for path, operations in api["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", []):
                parameter["description"], parameter["example"] = PARAMETERS[parameter["name"]]
            for status, answer in operation["responses"].items():
                _describe(answer, ANSWERS.get((method, path, status)))
    responses = api["paths"]["/v1/jobs/{id}"]["delete"]["responses"]
    responses.pop("200", None)  # which the framework believes of every operation
    return api


def _describe(answer: dict[str, Any], name: str | None) -> None:
    if name:
        answer["content"] = {"application/json": {"schema": _ref(name), "example": EXAMPLES[name]}}
    for media, content in answer.get("content", {}).items():
        if media in TEXTS:
            content |= {"schema": TEXT, "example": TEXTS[media]}
        elif media == "application/problem+json":
            content["schema"] = _ref("Problem")
        elif media != "application/json":
            content["schema"] = BINARY
