"""`pinxit.stylize` with a server: the same picture, the same errors."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import pinxit
from pinxit import images
from pinxit.errors import BadImage, BadOption, KeyRequired, NotFound, ServiceError, UnsupportedFormat
from support.service_server import Server, picture
from support.service_stub import DIES

pytest.importorskip("fastapi")

PHOTO, PAINTING = picture(48, 64), picture(40, 40, "png")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("service") / "store") as one:
        yield one.wait_ready()


def test_the_picture_is_that_of_the_library(server: Server, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(PHOTO)
    far = pinxit.stylize(photo, PAINTING, method="adain", size=64, strength=0.5, server=server.url)
    near = pinxit.stylize(photo, PAINTING, method="adain", size=64, strength=0.5)
    assert np.abs(far.image - near.image).max() < 2 / 255
    assert far.recipe["options"]["strength"] == 0.5
    assert far.recipe["content"]["name"] == "", "names of files stay here"
    far.save(tmp_path / "out.png")
    assert images.read(tmp_path / "out.png").shape == (48, 64, 3)


def test_styles_come_in_every_form(server: Server) -> None:
    array = images.read(PAINTING)
    mask = np.ones((20, 20), np.float32)
    styles = {PAINTING: 0.25, PHOTO: 0.75}
    assert pinxit.stylize(array, styles, method="adain", server=server.url).image.shape == (40, 40, 3)
    masks = [mask, None]
    code = pinxit.encode_style(PAINTING)
    fused = pinxit.stylize(
        io.BytesIO(PHOTO), [code, io.BytesIO(PAINTING)], masks=masks, method="adain", server=server.url
    )
    assert len(fused.recipe["styles"]) == 2
    with pytest.raises(BadOption, match="masks"):
        pinxit.stylize(PHOTO, PAINTING, masks=[None, None], method="adain", server=server.url)


def test_errors_are_those_of_the_library(server: Server, tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="did you mean 'strength'"):
        pinxit.stylize(PHOTO, PAINTING, method="adain", strenght=1, server=server.url)  # type: ignore[call-overload]
    with pytest.raises(BadImage):
        pinxit.stylize(PHOTO[:300], PAINTING, method="adain", server=server.url)
    with pytest.raises(UnsupportedFormat):
        pinxit.stylize(b"GIF89a", PAINTING, method="adain", server=server.url)
    with pytest.raises(NotFound, match="no such file"):
        pinxit.stylize(tmp_path / "nowhere.jpg", PAINTING, method="adain", server=server.url)


@pytest.mark.parametrize("address", ["nonsense", "ftp://127.0.0.1", "http://", "http://127.0.0.1:99999", "file:///etc"])
def test_an_invalid_address_is_refused(address: str) -> None:
    with pytest.raises(BadOption):
        pinxit.stylize(PHOTO, PAINTING, method="adain", server=address)


def test_a_missing_server_is_reported() -> None:
    with pytest.raises(NotFound, match="pinxit serve"):
        pinxit.stylize(PHOTO, PAINTING, method="adain", server="http://127.0.0.1:1")


def test_long_work_is_waited_for_and_tidied_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(tmp_path / "store", stub=True, env={"PINXIT_API_KEY": "k" * 20}) as server:
        monkeypatch.delenv("PINXIT_API_KEY", raising=False)
        with pytest.raises(KeyRequired, match="PINXIT_API_KEY"):
            pinxit.stylize(PHOTO, PAINTING, method="optimize", server=server.url)
        monkeypatch.setenv("PINXIT_API_KEY", "k" * 20)
        with pytest.raises(BadImage):  # what the stand-in paints is no picture
            pinxit.stylize(PHOTO, PAINTING, method="optimize", server=server.url)
        assert (server.store / "finished").exists()
        assert list((server.store / "jobs").iterdir()) == []
        with pytest.raises(ServiceError, match="died"):
            pinxit.stylize(PHOTO, PAINTING, method="optimize", seed=DIES, server=server.url)


def test_a_style_on_the_server_is_used_by_name(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    from support.networks import write_styles

    network = write_styles(tmp_path / "styles" / "sea.pinxit", "sea", "night sky")
    with Server(tmp_path / "store", env={"PINXIT_STYLES": str(tmp_path / "styles")}) as server:
        server.wait_ready()
        far = pinxit.stylize(PHOTO, {"sea": 0.5, "night sky": 0.5}, size=48, server=server.url)
        assert far.recipe["method"] == "fast"
        assert [style["name"] for style in far.recipe["styles"]] == ["sea", "night sky"]
        with pytest.raises(NotFound, match="did you mean 'sea'"):
            pinxit.stylize(PHOTO, "see", server=server.url)
        with pytest.raises(BadOption, match="pinxit styles add"):
            pinxit.stylize(PHOTO, network, server=server.url)
        with server.client() as client:
            listed = {each["name"]: each for each in client.get("/v1/styles").json()["styles"]}
            sea, night = listed["sea"], listed["night sky"]
            assert (sea["kind"], sea["own"], sea["network"]) == ("trained", False, night["network"])
            assert client.get(night["thumbnail"]).headers["content-type"] == "image/jpeg"
            assert client.delete("/v1/styles/sea").status_code == 404, "it belongs to all clients"
            network.unlink()
            left = {each["name"] for each in client.get("/v1/styles").json()["styles"]}
            assert not left & {"sea", "night sky"}
