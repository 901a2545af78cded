"""The styles that clients have trained: stored, private, restored, deleted; and the floor of free disk space."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest

from pinxit import images
from pinxit.errors import BadOption, BadWeights, DiskFull, NotFound
from pinxit.service.client_styles import NETWORK, ClientStyles
from pinxit.service.gallery import Gallery
from pinxit.service.limits import ServiceLimits
from pinxit.service.store import Store, new_id
from pinxit.styles import gallery
from pinxit.training import export as export_trained
from support.networks import facts_of, network_of, write_styles
from support.service_server import Server, picture, wait_for

pytest.importorskip("fastapi")
pytest.importorskip("onnx")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store", ServiceLimits(disk_floor=0, styles_per_client=3))


@pytest.fixture
def network(tmp_path: Path) -> Path:
    return write_styles(tmp_path / "two.pinxit", "sea", "夜 sky")


def test_each_shipped_style_has_its_name_and_its_source_in_two_languages() -> None:
    shipped = {style.name for style in gallery.read(gallery.SHIPPED / "gallery.pinxit")}
    listed = {style.name: style.public() for style in Gallery(None).list()}
    for name in shipped:
        for texts in (listed[name].title, listed[name].credit):
            assert set(texts) == {"en", "zh"}, name
            assert re.search("[\u4e00-\u9fff]", texts["zh"]), name
        assert listed[name].picture == "small"
    assert len({listed[name].title["zh"] for name in shipped}) == len(shipped)


def names(styles: ClientStyles, client: str) -> list[str]:
    return [style.name for style in styles.of_client(client)]


def test_a_client_sees_its_own_styles_and_no_other(store: Store, network: Path) -> None:
    styles = ClientStyles(store)
    styles.add("ann", new_id(), network)
    assert names(styles, "ann") == ["sea", "夜 sky"]
    assert names(styles, "bob") == []
    assert styles.find("bob", "sea") is None
    assert styles.thumbnail("bob", "sea") is None
    style = styles.find("ann", "夜 sky")
    assert style
    assert (style.row, style.kind, style.public().own) == (1, "trained", True)
    assert style.path.read_bytes() == network.read_bytes()
    assert images.read(styles.thumbnail("ann", "sea") or b"").shape == (12, 16, 3)
    with pytest.raises(NotFound):
        styles.remove("bob", "sea")


def test_they_outlive_the_server_the_job_and_a_second_end_of_it(store: Store, network: Path) -> None:
    job = new_id()
    styles = ClientStyles(store)
    styles.add("ann", job, network)
    styles.add("ann", job, network)
    network.unlink()
    (store.styles / new_id()).mkdir()
    again = ClientStyles(store)
    assert names(again, "ann") == ["sea", "夜 sky"]
    assert [path.name for path in store.styles.iterdir()] == [job], "other folders are swept"
    again.remove("ann", "sea")
    assert names(again, "ann") == []
    assert list(store.styles.iterdir()) == []
    assert names(ClientStyles(store), "ann") == []


def test_the_pictures_that_were_trained_stay_with_them(store: Store, network: Path, tmp_path: Path) -> None:
    pictures = {name: tmp_path / f"style-{row}" for row, name in enumerate(("sea", "夜 sky"))}
    for name, path in pictures.items():
        path.write_bytes(name.encode())
    job = new_id()
    ClientStyles(store).add("ann", job, network, pictures)
    for path in pictures.values():
        path.unlink()
    styles = ClientStyles(store)
    for name in pictures:
        style = styles.find("ann", name)
        assert style
        assert style.picture
        assert style.public().picture == "whole"
        assert style.picture.path.read_bytes() == name.encode()
        assert style.picture.sha256 == hashlib.sha256(name.encode()).hexdigest()
    styles.remove("ann", "sea")
    assert list(store.styles.iterdir()) == []


def test_without_all_pictures_none_is_promised(store: Store, network: Path, tmp_path: Path) -> None:
    styles = ClientStyles(store)
    (tmp_path / "sea").write_bytes(b"sea")
    for pictures in ({}, {"sea": tmp_path / "sea"}, {"sea": tmp_path / "sea", "夜 sky": tmp_path / "gone"}):
        job = new_id()
        styles.add("ann", job, network, pictures)
        style = styles.find("ann", "sea")
        assert style
        assert style.picture is None
        assert style.public().picture == "small"
        styles.remove("ann", "sea")


def test_other_files_are_not_added(store: Store, tmp_path: Path, network: Path) -> None:
    styles, path = ClientStyles(store), tmp_path / "bad.pinxit"
    for data in (b"", network.read_bytes()[:-900], b"PK\3\4 no more"):
        path.write_bytes(data)
        with pytest.raises(BadWeights):
            styles.add("ann", new_id(), path)
    script = base64.b64encode(b"<script>alert(1)</script>").decode()
    notes = {"styles": [{**facts_of("sea"), "thumbnail": script}]}
    path.write_bytes(export_trained.pack(network_of(1), 7, notes))
    with pytest.raises(BadWeights):
        styles.add("ann", new_id(), path)
    assert list(store.styles.iterdir()) == []


@pytest.mark.parametrize("name", ["", "../up", "a/b", "a:b", "-x", " x", "x" * 65, "0" * 32, "a\0b", "a\nb"])
def test_names_that_could_be_something_else_are_refused(store: Store, name: str) -> None:
    with pytest.raises(BadOption):
        ClientStyles(store).check("ann", [name], [])


def test_a_name_is_given_once_and_styles_are_not_without_end(store: Store, network: Path) -> None:
    styles = ClientStyles(store)
    styles.check("ann", ["sea", "sky"], ["wave"])
    for twice in (["wave"], ["sea", "sea"]):
        with pytest.raises(BadOption, match="already"):
            styles.check("ann", twice, ["wave"])
    styles.add("ann", new_id(), network)
    styles.check("bob", ["sea"], [])
    with pytest.raises(BadOption, match="already"):
        styles.check("ann", ["sea"], [])
    with pytest.raises(BadOption, match="at most 3"):
        styles.check("ann", ["a", "b"], [])


def test_a_full_disk_keeps_nothing(tmp_path: Path, network: Path) -> None:
    store = Store(tmp_path / "full", ServiceLimits(disk_floor=2**60))
    with pytest.raises(DiskFull):
        ClientStyles(store).add("ann", new_id(), network)
    assert list(store.styles.iterdir()) == []


def test_below_the_floor_nothing_is_taken_and_the_server_says_so(tmp_path: Path) -> None:
    with Server(tmp_path / "store", "--disk-floor", str(2**60), stub=True) as server, server.client() as client:
        answer = client.post(
            "/v1/jobs", files=[("content", picture()), ("style", picture())], data={"kind": "optimize"}
        )
        assert (answer.status_code, answer.json()["title"]) == (507, "DiskFull")
        assert client.get("/readyz").json()["checks"]["disk"] is False
        assert client.get("/v1/jobs").json() == {"jobs": []}


def test_a_job_that_ended_is_kept_for_its_time_and_then_swept(tmp_path: Path) -> None:
    files = [("content", picture()), ("style", picture())]
    store = tmp_path / "store"
    with Server(store, stub=True) as server, server.client() as client:
        name = client.post("/v1/jobs", files=files, data={"kind": "optimize"}).json()["id"]
        wait_for(lambda: client.get(f"/v1/jobs/{name}").json()["state"] == "done", 60, "its end")
        assert client.get(f"/v1/jobs/{name}").json()["expires"] > client.get(f"/v1/jobs/{name}").json()["finished"]
    with Server(store, "--job-seconds", "1", stub=True) as server, server.client() as client:
        wait_for(lambda: client.get(f"/v1/jobs/{name}").status_code == 404, 60, "the sweep")
        assert list((store / "jobs").iterdir()) == []


def test_the_networks_of_the_store_are_networks(store: Store, network: Path) -> None:
    styles = ClientStyles(store)
    job = new_id()
    styles.add("ann", job, network)
    (store.styles / job / NETWORK).unlink()
    assert names(ClientStyles(store), "ann") == [], "a style without its network is not listed"
