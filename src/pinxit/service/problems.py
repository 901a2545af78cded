"""Errors as problem+json (RFC 9457), with a message for the public."""

from __future__ import annotations

import json
import re
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from pinxit.errors import BadRequest, Busy, NotFound, PinxitError, Stopping

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
"""When to come again to a server that is going down."""
_WORDS = {
    404: "there is nothing at this address",
    405: "this address does not take that method",
    413: "the request is larger than allowed",
}


def body(error: PinxitError) -> dict[str, Any]:
    """Return an error as the object that is sent and kept."""
    title = type(error).__name__
    known = {
        "type": f"urn:pinxit:problem:{re.sub('(?<!^)(?=[A-Z])', '-', title).lower()}",
        "title": title,
        "status": error.http_status,
        "detail": str(error),
    }
    field = error.field
    return {**known, **({"field": field} if field else {})}


def response(error: PinxitError) -> Response:
    """Return the answer that an error is."""
    headers = {}
    if isinstance(error, Busy):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Stopping):
        headers["Retry-After"] = str(RETRY_SECONDS)
    if error.http_status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(json.dumps(body(error)), error.http_status, headers, MEDIA_TYPE)


async def on_pinxit_error(request: Request, error: Exception) -> Response:
    """Answer an error of ours."""
    return response(error if isinstance(error, PinxitError) else PinxitError("this is a bug in pinxit"))


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer an error of the framework's, in our words."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    ours: PinxitError = NotFound(_WORDS[404]) if status == 404 else BadRequest(_WORDS.get(status, "a bad request"))
    answer = response(ours)
    shown = {**body(ours), "status": status}
    return Response(json.dumps(shown), status, {**headers, **dict(answer.headers)} | _length(shown), MEDIA_TYPE)


def _length(shown: dict[str, Any]) -> dict[str, str]:
    return {"content-length": str(len(json.dumps(shown)))}


async def on_bug(request: Request, error: Exception) -> Response:
    """Answer what should not happen; the framework logs where it did."""
    return response(PinxitError(f"this is a bug in pinxit ({type(error).__name__})"))
