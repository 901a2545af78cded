"""The parts of the OpenAPI description that endpoints share: error responses, parameters and media types."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Path

from pinxit.service.jobs.kinds import MEDIA_TYPES
from pinxit.service.schemas import EXAMPLE_ID

Responses = dict[int | str, dict[str, Any]]  # The type of FastAPI's ``responses``
_DESCRIPTIONS = {
    400: "A request that cannot be read.",
    401: "A key is required.",
    403: "A request from another site's page, or to a host name that is not the server's.",
    404: "Nothing with this name or id.",
    408: "The request did not arrive in time.",
    409: "Not available yet, or not possible in this state.",
    413: "Larger than allowed.",
    415: "A format that is not accepted.",
    422: "An option out of range, or a broken picture.",
    429: "The queue is full: try again after Retry-After seconds.",
    501: "Packages that this needs are not installed on the server.",
    503: "Took too long or too much memory, or the server is shutting down.",
    507: "The disk is nearly full.",
}
READ = (401, 403, 422)  # The errors of requests that only read
SENT = (400, 401, 403, 404, 408, 413, 415, 422, 429, 503, 507)  # The errors of requests that send files
_BINARY = {"type": "string", "format": "binary"}

JobId = Annotated[str, Path(description="The id of a job.", openapi_examples={"id": {"value": EXAMPLE_ID}})]
UploadId = Annotated[str, Path(description="The id of an upload.", openapi_examples={"id": {"value": EXAMPLE_ID}})]
StyleName = Annotated[str, Path(description="The name of a style.", openapi_examples={"name": {"value": "wave"}})]


def errors(*statuses: int) -> Responses:
    """Return the error responses of an endpoint."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _DESCRIPTIONS[status], "content": content} for status in statuses}


def files(description: str, formats: Iterable[str]) -> Responses:
    """Return the response of an endpoint that sends a file in one of several formats."""
    media = dict.fromkeys(MEDIA_TYPES[format] for format in formats)
    return {200: {"description": description, "content": {name: {"schema": _BINARY} for name in media}}}


def text(media_type: str, description: str, example: str) -> Responses:
    """Return the response of an endpoint that sends text."""
    content = {media_type: {"schema": {"type": "string"}, "example": example}}
    return {200: {"description": description, "content": content}}
