"""Errors as ``application/problem+json`` (RFC 9457)."""

import re

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from pinxit.errors import BadRequest, Busy, NotFound, PinxitError, Stopping
from pinxit.service.options import field_error
from pinxit.service.schemas import Problem
from pinxit.service.workers.runtime import bug

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5  # The Retry-After of a server that is shutting down
_DETAILS = {
    404: "there is nothing at this address",
    405: "this address does not accept that HTTP method",
    413: "the request is larger than allowed",
}


def describe(error: PinxitError, status: int = 0) -> Problem:
    """Return an error as a problem; ``status`` replaces the error's own."""
    title = type(error).__name__
    name = re.sub("(?<!^)(?=[A-Z])", "-", title).lower()
    status = status or error.http_status
    return Problem(type=f"urn:pinxit:problem:{name}", title=title, status=status, detail=str(error), field=error.field)


def response(error: PinxitError, status: int = 0) -> Response:
    """Return the response for an error."""
    headers = {"WWW-Authenticate": "Bearer"} if error.http_status == 401 else {}
    if isinstance(error, Busy | Stopping):
        headers["Retry-After"] = str(error.retry_after if isinstance(error, Busy) else RETRY_SECONDS)
    problem = describe(error, status)
    return Response(problem.model_dump_json(), problem.status, headers, MEDIA_TYPE)


async def on_error(request: Request, error: Exception) -> Response:
    """Answer any exception of an endpoint in pinxit's words. The framework logs the traceback of a bug."""
    match error:
        case PinxitError():
            return response(error)
        case HTTPException(status_code=404):
            return response(NotFound(_DETAILS[404]))
        case HTTPException(status_code=status):
            answer = response(BadRequest(_DETAILS.get(status, "a bad request")), status)
            answer.headers.update(error.headers or {})
            return answer
        case RequestValidationError():
            where = [loc for one in error.errors() for loc in one["loc"]]
            name = str(next(iter(where[1:]), "body"))[:100]
            return response(field_error(name, f"{name} is missing or not valid: see /openapi.json"))
    return response(bug(error))
