"""What OpenAPI tells of the multipart requests and of the answers: generated from the options classes."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from pinxit.config.options import Film, Look, Output
from pinxit.config.training import TrainFast
from pinxit.methods.table import METHODS
from pinxit.service import options as fields
from pinxit.service.limits import ServiceLimits

LIMITS = ServiceLimits()
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:pinxit:problem:too-large"]},
        "title": {"type": "string", "examples": ["TooLarge"]},
        "status": {"type": "integer", "examples": [413]},
        "detail": {"type": "string", "examples": ["the picture is 20,000 px long; at most 16,384 px are taken"]},
        "field": {"type": "string", "examples": ["content"]},
    },
}
_WORDS = {
    400: "A request that cannot be read.",
    401: "A key is needed.",
    403: "Another site's page, or a host that is not ours.",
    404: "There is nothing of this name or id.",
    405: "Not the method of this path.",
    408: "The request did not arrive in time.",
    409: "Not there yet, or never.",
    413: "Larger than allowed.",
    415: "Not a format that is taken.",
    422: "An option out of range, a broken picture.",
    429: "The queue is full: come again after Retry-After seconds.",
    501: "Needs packages that are not installed on the server.",
    503: "Took too long, needed too much memory, or the server is going down.",
    507: "The disk is nearly full.",
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the problems that a path may answer."""
    content = {"application/problem+json": {"schema": PROBLEM}}
    return {status: {"description": _WORDS[status], "content": content} for status in statuses}


READ = (401, 403, 422)
SENT = (400, 401, 403, 404, 408, 413, 415, 422, 429, 503, 507)
_PICTURE = {"type": "string", "format": "binary"}
_PICTURE_OR_ID = {"description": "A file, or the id of an upload.", "type": "string", "format": "binary"}


def form(*classes: type, **more: dict[str, Any]) -> dict[str, Any]:
    """Return the request body of a multipart form with the options of ``classes``."""
    options: dict[str, Any] = {}
    for cls in classes:
        for name, schema in fields.public_schema(cls, LIMITS)["properties"].items():
            options.setdefault(name, schema)  # kinds of work share a name that means the same
    properties = {
        "content": {**_PICTURE_OR_ID, "description": "The picture or film to paint: a file, or the id of an upload."},
        "style": {
            "type": "array",
            "items": {
                **_PICTURE_OR_ID,
                "description": "A picture or style code: a file, the id of an upload, or a name.",
            },
            "minItems": 1,
            "maxItems": LIMITS.style_count,
        },
        "weight": {
            "type": "array",
            "items": {"type": "number", "minimum": 0, "maximum": 1e6},
            "maxItems": LIMITS.style_count,
        },
        "mask": {"type": "array", "items": _PICTURE_OR_ID, "maxItems": LIMITS.style_count},
        **more,
        **options,
    }
    schema = {
        "type": "object",
        "required": ["style", "kind" if "kind" in more else "content"],
        "properties": properties,
        "additionalProperties": False,
    }
    example = {"content": "0123456789abcdef0123456789abcdef", "style": ["wave"], "size": 1024, "strength": 0.8}
    return {"required": True, "content": {"multipart/form-data": {"schema": schema, "example": example}}}


def _choice(name: str, choices: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "string", "enum": list(choices), "default": choices[0], "description": name}


def _pictures(formats: tuple[str, ...]) -> dict[str, Any]:
    return {fields.MEDIA_TYPES[format]: {"schema": _PICTURE} for format in formats}


_ONE_PASS = [method.options for method in METHODS if method.one_pass]
UPLOADED = {
    "id": "5f0c0123456789abcdef0123456789ab",
    "kind": "image",
    "format": "JPEG",
    "bytes": 3467489,
    "width": 4000,
    "height": 3000,
    "sha256": 64 * "0",
    "created": "2026-01-31T12:00:00.000Z",
    "expires": "2026-01-31T13:00:00.000Z",
}

PAINT: dict[str, Any] = {
    "response_class": Response,
    "openapi_extra": {
        "requestBody": form(
            Look,
            *_ONE_PASS,
            Output,
            method=_choice("A one-pass method.", fields.ONE_PASS),
            format=_choice("Format of the answer.", fields.FORMATS),
        )
    },
    "responses": {
        200: {"description": "The painted picture.", "content": _pictures(fields.FORMATS)},
        **refusals(*SENT),
    },
}
"""How ``POST /v1/stylize`` is described."""

CONVERT: dict[str, Any] = {
    "response_class": Response,
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {
                            "file": {**_PICTURE_OR_ID, "description": "A picture that pinxit painted, or its upload."},
                            "format": _choice("Format of the answer.", fields.FORMATS),
                            **fields.public_schema(Output, LIMITS)["properties"],
                        },
                        "additionalProperties": False,
                    },
                    "example": {"file": UPLOADED["id"], "format": "jpeg", "quality": 92},
                }
            },
        }
    },
    "responses": {200: {"description": "The picture.", "content": _pictures(fields.FORMATS)}, **refusals(*SENT)},
}
"""How ``POST /v1/convert`` is described."""

UPLOAD: dict[str, Any] = {
    "status_code": 201,
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {"type": "object", "required": ["file"], "properties": {"file": _PICTURE}},
                    "example": {"file": "(the bytes of harbor.jpg)"},
                }
            },
        }
    },
    "responses": {
        201: {"description": "What was kept.", "content": {"application/json": {"example": UPLOADED}}},
        **refusals(*SENT),
    },
}
"""How ``POST /v1/uploads`` is described."""

_JOB_EXAMPLES = {
    "optimize": {"kind": "optimize", "content": UPLOADED["id"], "style": ["wave"], "size": 512, "format": "png"},
    "video": {"kind": "video", "content": UPLOADED["id"], "style": ["wave"], "steadiness": 0.8, "format": "mp4"},
    "train": {"kind": "train", "style": [UPLOADED["id"]], "name": ["my wave"], "minutes": 15, "strong": "strong"},
}
JOB_FORM = form(
    Look,
    *(method.options for method in METHODS),
    Film,
    Output,
    TrainFast,
    kind={"type": "string", "enum": list(_JOB_EXAMPLES), "description": "What to do."},
    method=_choice("How the frames of a film are painted.", fields.ONE_PASS),
    format=_choice(
        "Format of the result.",
        tuple(dict.fromkeys((*fields.FORMATS, *fields.FILM_FORMATS, *fields.NETWORK_FORMATS))),
    ),
    name={
        "type": "array",
        "items": {"type": "string"},
        "maxItems": LIMITS.style_count,
        "description": "For the kind train: what each style is to be called.",
    },
    photo={
        "type": "array",
        "items": _PICTURE_OR_ID,
        "maxItems": LIMITS.train_photos,
        "description": "For the kind train: photos to learn from; without any, those that the server has.",
    },
)
JOB_FORM["content"]["multipart/form-data"].pop("example")
JOB_FORM["content"]["multipart/form-data"]["examples"] = {
    kind: {"summary": f"The kind {kind}.", "value": example} for kind, example in _JOB_EXAMPLES.items()
}
