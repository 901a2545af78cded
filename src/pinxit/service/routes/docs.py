"""``/docs``: Swagger UI, offline and under a strict content security policy.

Its script and style sheet come from the package fastapi-offline. FastAPI's own page would fetch them from another site
and has an inline script.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, HTMLResponse

from pinxit.errors import NotFound
from pinxit.studio import CONTENT_SECURITY_POLICY

router = APIRouter(include_in_schema=False)
FILES = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png")
POLICY = CONTENT_SECURITY_POLICY.replace("img-src", "img-src data:")
"""Swagger UI's style sheet holds its icons as data URLs."""
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>pinxit: the HTTP API</title>
<link rel="icon" href="/docs/favicon.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
"""
START = 'SwaggerUIBundle({url: "/openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null});\n'


@router.get("/docs")
async def page() -> HTMLResponse:
    """Return the page."""
    return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})


@router.get("/docs/start.js")
async def start() -> Response:
    """Return the script that shows the API."""
    return Response(START, media_type="text/javascript")


@router.get("/docs/{name}")
async def file(name: str) -> FileResponse:
    """Return one of the package's files."""
    package = importlib.util.find_spec("fastapi_offline")
    if name not in FILES or package is None or package.origin is None:
        raise NotFound("there is nothing at this address")
    return FileResponse(Path(package.origin).parent / "static" / name)
