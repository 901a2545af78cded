"""The API as programs use it, against a real server: painting in one pass, uploads, listings, access."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

import pinxit
from pinxit import images
from pinxit.config.options import METHOD_OPTIONS, Film, Look, Output
from pinxit.config.spec import specs
from pinxit.service import options
from pinxit.service.access import AccessPolicy
from pinxit.service.limits import ServiceLimits
from pinxit.styles import gallery
from support.service_server import Server, picture

pytest.importorskip("fastapi")

PHOTO, PAINTING = picture(48, 64), picture(40, 40, "png")
FILES = [("content", PHOTO), ("style", PAINTING)]
FORMATS = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "tiff": "image/tiff"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("service")
    styles = folder / "styles"
    styles.mkdir()
    (styles / "Sea_wave.png").write_bytes(PAINTING)
    pinxit.encode_style(PAINTING).save(styles / "coded.style")
    (styles / "titles.json").write_text(json.dumps({"Sea_wave": {"en": "Sea wave", "zh": "海浪"}}))
    with Server(folder / "store", "--styles", str(styles)) as one:
        yield one.wait_ready()


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as one:
        yield one


def stylize(client: httpx.Client, files: Any = FILES, **data: Any) -> httpx.Response:
    return client.post("/v1/stylize", files=files, data={name: str(value) for name, value in data.items()})


def problem(answer: httpx.Response) -> tuple[int, str, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = answer.json()
    assert body["status"] == answer.status_code
    assert "/" not in body["detail"].replace("POST /v1/jobs", "").replace("multipart/form-data", ""), "no paths"
    return body["status"], body["title"], body.get("field", "")


# ------------------------------------------------------------------------------------------ painting


@pytest.mark.parametrize("format", FORMATS)
def test_the_answer_is_the_picture_that_the_library_paints(client: httpx.Client, format: str) -> None:
    answer = stylize(client, format=format, size=48, strength=0.5)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == FORMATS[format]
    assert re.fullmatch(r"queue;dur=\d+, paint;dur=\d+", answer.headers["server-timing"])
    here = pinxit.stylize(PHOTO, PAINTING, method="adain", size=48, strength=0.5)
    file = io.BytesIO()
    here.save(file, format=format)
    assert np.abs(images.read(answer.content) - images.read(file.getvalue())).max() < 2 / 255
    recipe = json.loads(images.read_recipe(answer.content))
    assert recipe["options"]["strength"] == 0.5
    assert recipe["content"] == here.recipe["content"]
    assert [style["sha256"] for style in recipe["styles"]] == [style["sha256"] for style in here.recipe["styles"]]


def test_uploads_names_weights_and_masks_go_together(client: httpx.Client) -> None:
    upload = client.post("/v1/uploads", files={"file": PHOTO}).json()
    mask = images.encode(np.linspace(0, 1, 64 * 48, dtype=np.float32).reshape(48, 64, 1).repeat(3, axis=2), "png")
    files = [("style", PAINTING), ("mask", mask), ("mask", b"")]
    data = {"content": upload["id"], "style": "sea_wave", "weight": ["0.25", "0.75"], "size": "64"}
    answer = client.post("/v1/stylize", files=files, data=data)
    assert answer.status_code == 200, answer.text
    styles = json.loads(images.read_recipe(answer.content))["styles"]
    assert sorted(style["weight"] for style in styles) == [0.25, 0.75]
    assert sum(style["mask"] is not None for style in styles) == 1
    assert {style["name"] for style in styles} == {"", "sea_wave"}


def test_a_style_code_paints_by_name_by_id_and_as_a_file(client: httpx.Client) -> None:
    data = pinxit.encode_style(PAINTING).to_bytes()
    upload = client.post("/v1/uploads", files={"file": data}).json()
    assert upload["kind"] == "code"
    pictures = [
        client.post("/v1/stylize", files=[("content", PHOTO), ("style", data)]).content,
        client.post("/v1/stylize", files=[("content", PHOTO)], data={"style": upload["id"]}).content,
        client.post("/v1/stylize", files=[("content", PHOTO)], data={"style": "coded"}).content,
    ]
    decoded = [images.read(each) for each in pictures]
    assert all(np.array_equal(decoded[0], each) for each in decoded)


def test_a_damaged_style_code_is_the_clients_fault(client: httpx.Client) -> None:
    code = pinxit.encode_style(PAINTING)
    short = dataclasses.replace(code, codes=code.codes[:, :10])
    falling = dataclasses.replace(code, sides=code.sides[::-1])
    for data in (short.to_bytes(), falling.to_bytes(), code.to_bytes()[:-100]):
        answer = client.post("/v1/stylize", files=[("content", PHOTO), ("style", data)])
        assert problem(answer)[:2] == (422, "BadStyle")


def test_private_metadata_does_not_travel(client: httpx.Client) -> None:
    import PIL.Image

    exif = PIL.Image.Exif()
    exif[0x010E] = "my secret address"
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 24.0)
    file = io.BytesIO()
    PIL.Image.open(io.BytesIO(PHOTO)).save(file, "JPEG", exif=exif, comment=b"my secret comment")
    assert b"secret" in file.getvalue()
    for format in FORMATS:
        answer = stylize(client, [("content", file.getvalue()), ("style", PAINTING)], format=format)
        assert b"secret" not in answer.content
        assert not PIL.Image.open(io.BytesIO(answer.content)).getexif().get_ifd(0x8825)


def test_an_upload_is_described_used_and_deleted(client: httpx.Client) -> None:
    answer = client.post("/v1/uploads", files={"file": ("../../x.jpg", PHOTO)})
    assert answer.status_code == 201
    upload = answer.json()
    assert (upload["kind"], upload["format"], upload["width"], upload["height"]) == ("image", "JPEG", 64, 48)
    assert client.get(f"/v1/uploads/{upload['id']}").json()["sha256"] == upload["sha256"]
    assert client.delete(f"/v1/uploads/{upload['id']}").status_code == 204
    assert problem(client.get(f"/v1/uploads/{upload['id']}"))[:2] == (404, "NotFound")
    assert problem(client.post("/v1/stylize", data={"content": upload["id"], "style": "sea_wave"}))[0] == 415
    both = [("style", PAINTING)]
    assert problem(client.post("/v1/stylize", files=both, data={"content": upload["id"]}))[:2] == (404, "NotFound")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"size": 6145}, (422, "BadOption", "size")),
        ({"size": "big"}, (422, "BadOption", "size")),
        ({"strength": "nan"}, (422, "BadOption", "strength")),
        ({"strenght": 1}, (422, "BadOption", "strenght")),
        ({"color": "red"}, (422, "BadOption", "color")),
        ({"method": "optimize"}, (422, "BadOption", "method")),
        ({"method": "magic"}, (422, "BadOption", "method")),
        ({"format": "gif"}, (422, "BadOption", "format")),
        ({"weight": -1}, (422, "BadOption", "weight")),
        ({"weight": 0}, (422, "BadOption", "weight")),
        ({"quality": 101}, (422, "BadOption", "quality")),
        ({"model": "/etc/passwd"}, (422, "BadOption", "model")),
        ({"provider": "cuda"}, (422, "BadOption", "provider")),
        ({"threads": 1000}, (422, "BadOption", "threads")),
        ({"kind": "optimize"}, (422, "BadOption", "kind")),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wrong_field_is_named(client: httpx.Client, data: dict[str, Any], expected: tuple[int, str, str]) -> None:
    assert problem(stylize(client, **data)) == expected


def test_what_is_missing_or_too_many_is_named(client: httpx.Client) -> None:
    assert problem(stylize(client, [("content", PHOTO)])) == (422, "BadOption", "style")
    assert problem(stylize(client, [("style", PAINTING)])) == (422, "BadOption", "content")
    assert problem(stylize(client, [FILES[0], *[FILES[1]] * 5])) == (422, "BadOption", "style")
    assert problem(stylize(client, [*FILES, FILES[0]])) == (422, "BadOption", "content")
    assert problem(stylize(client, [*FILES, ("size", b"64")])) == (422, "BadOption", "size")
    two = client.post("/v1/stylize", files=FILES, data={"weight": ["1", "2"]})
    assert problem(two) == (422, "BadOption", "weight")
    assert problem(client.post("/v1/stylize", json={"content": "x"}))[:2] == (415, "UnsupportedFormat")
    assert problem(client.post("/v1/uploads", files={"other": PHOTO})) == (422, "BadOption", "file")


# ------------------------------------------------------------------------------------------ listings


def test_styles_are_listed_with_their_titles_and_pictures(client: httpx.Client) -> None:
    styles = {style["name"]: style for style in client.get("/v1/styles").json()["styles"]}
    assert {"sea_wave", "coded", *(style.name for style in gallery.installed())} == set(styles)
    assert styles["sea_wave"]["title"] == {"en": "Sea wave", "zh": "海浪"}
    for style in styles.values():
        answer = client.get(style["thumbnail"])
        assert answer.headers["content-type"] == "image/jpeg"
        assert images.read(answer.content).shape[2] == 3
    assert problem(client.get("/v1/styles/nope/thumbnail"))[:2] == (404, "NotFound")


def test_methods_list_every_public_option_and_no_other(client: httpx.Client) -> None:
    listed = client.get("/v1/methods").json()
    assert {method["name"] for method in listed["methods"]} == set(METHOD_OPTIONS)
    for method in listed["methods"]:
        public = set(specs(METHOD_OPTIONS[method["name"]])) - options.OPERATOR
        assert set(method["options"]["method"]["properties"]) == public
        assert method["options"]["look"]["properties"]["size"]["maximum"] == ServiceLimits().size
    assert set(listed["film"]["properties"]) == set(specs(Film))
    assert {kind["name"] for kind in listed["kinds"]} == {"optimize", "video", "train", "explain"}


def test_the_description_of_the_api_has_every_option(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    form = paths["/v1/stylize"]["post"]["requestBody"]["content"]["multipart/form-data"]
    public = {name for cls in (Look, METHOD_OPTIONS["adain"], Output) for name in specs(cls)} - options.OPERATOR
    assert set(form["schema"]["properties"]) == public | {"content", "style", "weight", "mask", "method", "format"}
    assert form["examples"]
    assert {"/v1/jobs", "/v1/jobs/{id}/events", "/v1/uploads/{id}", "/metrics", "/readyz"} <= set(paths)


def test_health_limits_and_metrics(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    assert all(client.get("/readyz").json()["checks"].values())
    assert client.get("/v1/limits").json()["key_required"] is False
    metrics = client.get("/metrics").text
    assert 'pinxit_requests_total{method="GET",path="/healthz",status="200"}' in metrics
    client.get("/a/strangers/path")
    assert "strangers" not in client.get("/metrics").text


def test_every_answer_has_its_headers_and_none_allows_other_sites(client: httpx.Client) -> None:
    for path in ("/healthz", "/v1/styles", "/nowhere", "/openapi.json"):
        headers = client.get(path, headers={"Origin": "http://evil.example"}).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert not [name for name in headers if name.startswith("access-control")]
        assert "server" not in headers


# ------------------------------------------------------------------------------------------ access


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8000", "0x7f.1", "[::ffff:8.8.8.8]"]
)
def test_a_foreign_host_name_is_refused(client: httpx.Client, host: str) -> None:
    assert problem(client.get("/healthz", headers={"Host": host}))[:2] == (403, "Forbidden")


@pytest.mark.parametrize("host", ["localhost", "localhost:1", "127.0.0.1", "[::1]:80", "127.0.0.2"])
def test_every_name_of_loopback_is_accepted(client: httpx.Client, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_another_sites_page_changes_nothing(client: httpx.Client, headers: dict[str, str]) -> None:
    assert problem(client.post("/v1/stylize", files=FILES, headers=headers))[:2] == (403, "Forbidden")
    assert problem(client.delete(f"/v1/jobs/{'0' * 32}", headers=headers))[:2] == (403, "Forbidden")


def test_the_servers_own_page_may_change_things(server: Server, client: httpx.Client) -> None:
    headers = {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}
    assert client.post("/v1/uploads", files={"file": PHOTO}, headers=headers).status_code == 201


def test_keys_keep_strangers_out_and_clients_apart(tmp_path: Path) -> None:
    keys = ["a" * 20, "b" * 20]
    env = {"PINXIT_API_KEY": ",".join(keys)}
    with Server(tmp_path / "store", stub=True, env=env) as server, server.client() as client:
        server.wait_ready()
        assert client.get("/healthz").status_code == 200
        assert client.get("/v1/limits").json()["key_required"] is True
        assert problem(client.get("/v1/jobs"))[:2] == (401, "KeyRequired")
        assert problem(client.get("/metrics"))[0] == 401
        assert problem(client.get("/v1/jobs", headers={"Authorization": "Bearer " + "c" * 20}))[0] == 401
        one, other = ({"Authorization": f"Bearer {key}"} for key in keys)
        upload = client.post("/v1/uploads", files={"file": PHOTO}, headers=one).json()
        job = client.post("/v1/jobs", files=FILES, data={"kind": "optimize"}, headers=one).json()
        for path in (f"/v1/uploads/{upload['id']}", f"/v1/jobs/{job['id']}", f"/v1/jobs/{job['id']}/events"):
            assert client.get(path, headers=one).status_code == 200
            assert problem(client.get(path, headers=other))[:2] == (404, "NotFound")
        assert client.get("/v1/jobs", headers=other).json() == {"jobs": []}
        assert problem(client.post("/v1/session", json={"key": "wrong"}))[0] == 401
        answer = client.post("/v1/session", json={"key": keys[0]})
        assert answer.status_code == 204
        assert "HttpOnly" in answer.headers["set-cookie"]
        assert client.get(f"/v1/jobs/{job['id']}").status_code == 200, "the cookie is the key"
        assert not any(key in server.said() for key in keys)


def test_other_machines_need_a_key(tmp_path: Path) -> None:
    for env in ({"PINXIT_API_KEY": ""}, {"PINXIT_API_KEY": "short"}):
        with pytest.raises(AssertionError, match="PINXIT_API_KEY"):
            Server(tmp_path / "store", "--host", "0.0.0.0", stub=True, env=env)


def test_hosts_of_a_server_that_listens_everywhere() -> None:
    keys = ("k" * 20,)
    everywhere, named = AccessPolicy(frozenset(), keys), AccessPolicy(frozenset({"pinxit.example"}), keys)
    assert everywhere.knows_host("192.168.1.5:8000")
    assert not everywhere.knows_host("evil.example")
    assert named.knows_host("PINXIT.example:443")
    assert not named.knows_host("192.168.1.5")
