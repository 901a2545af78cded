"""Swagger UI at ``/docs``: complete without the internet, and free of violations of its content security policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from support.service_server import Server

pytest.importorskip("fastapi")
pytest.importorskip("fastapi_offline")

pytest_plugins = ["support.studio_fixtures"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("service") / "store", stub=True) as one:
        yield one


def test_the_page_is_served_whole_from_here(server: Server) -> None:
    with server.client() as client:
        page = client.get("/docs")
        assert "script-src 'self'" in page.headers["content-security-policy"]
        links = re.findall(r'(?:href|src)="([^"]+)"', page.text)
        assert len(links) == 4
        for link in links:
            assert link.startswith("/docs/")
            assert client.get(link).status_code == 200
        for path in ("/docs/redoc.standalone.js", "/docs/..%2f__init__.py", "/docs/"):
            assert client.get(path).status_code in (307, 404)


def test_it_shows_every_endpoint(server: Server, chromium: Any) -> None:
    errors: list[str] = []
    requests: list[str] = []
    page = chromium.new_page()
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"{server.url}/docs")
    page.wait_for_selector(".opblock")
    shown = page.locator(".opblock").count()
    page.locator(".opblock-summary").first.click()
    page.wait_for_selector(".opblock-body")
    page.context.close()
    with server.client() as client:
        paths = client.get("/openapi.json").json()["paths"]
    assert shown == sum(len(operations) for operations in paths.values())
    assert errors == [], "no violation of the policy"
    assert all(url.startswith((server.url, "data:", "blob:")) for url in requests)
