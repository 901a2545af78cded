"""Style codes: they paint as their paintings do, and a damaged one never paints another picture."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pinxit
from pinxit.errors import BadOption, BadStyle
from pinxit.styles.code import StyleCode, checksum
from pinxit.training.export import pack
from support.fakes import Pictures, gradient
from support.networks import trained_network

CODES = np.arange(12, dtype=np.float32).reshape(3, 4)
CODE = StyleCode("wave.jpg", "a" * 64, "b" * 64, (128, 256, 512), CODES, gradient(12, 16))

HOSTILE = Path(__file__).parents[3] / "shared/data/hostile"


@pytest.fixture
def painting(tmp_path: Path, picture: Pictures) -> Path:
    return picture("wave.png", shift=0.5)


def test_a_file_gives_the_same_code() -> None:
    back = StyleCode.from_bytes(CODE.to_bytes(), "x")
    for field in ("name", "sha256", "network", "sides"):
        assert getattr(back, field) == getattr(CODE, field)
    np.testing.assert_array_equal(back.codes, CODES)
    assert np.abs(back.thumbnail - CODE.thumbnail).mean() < 0.02


def test_codes_are_interpolated_by_the_logarithm_of_the_side() -> None:
    np.testing.assert_allclose(CODE.at(256), CODES[1])
    np.testing.assert_allclose(CODE.at(2**7.5), (CODES[0] + CODES[1]) / 2, rtol=1e-6)
    np.testing.assert_array_equal(CODE.at(10), CODES[0])
    np.testing.assert_allclose(CODE.at(10_000), CODES[2])


def test_a_saved_code_paints_as_its_painting(tmp_path: Path, painting: Path) -> None:
    path = tmp_path / "wave.style"
    pinxit.encode_style(painting).save(path)
    assert path.stat().st_size < 10_000
    photo = gradient(96, 128)
    by_code, by_picture = (pinxit.stylize(photo, str(style), method="adain").image for style in (path, painting))
    assert np.abs(by_code - by_picture).max() < 0.01
    assert np.abs(by_code - photo).mean() > 0.05


@pytest.mark.parametrize("side", [250, 600])
def test_strokes_are_finer_and_broader_at_every_size(side: int, painting: Path) -> None:
    photo = gradient(side * 3 // 4, side)
    results = [pinxit.stylize(photo, str(painting), style_scale=scale).image for scale in (0.5, 0.7, 1.0, 1.4, 2.0)]
    assert all(np.abs(one - other).mean() > 0.003 for one, other in pairwise(results))


@pytest.mark.parametrize("scale", [0.1, 1.0, 640 / 448, 2.0, 4.0])
def test_a_code_has_strokes_of_every_size_too(scale: float, painting: Path) -> None:
    photo = gradient(360, 480)
    by_code, by_picture = (
        pinxit.stylize(photo, style, style_scale=scale).image
        for style in (pinxit.encode_style(painting), str(painting))
    )
    assert np.abs(by_code - by_picture).max() < 0.02


def test_codes_and_pictures_are_fused_by_weight(tmp_path: Path, painting: Path) -> None:
    photo = gradient(64, 64)
    code = pinxit.encode_style(painting)
    both = pinxit.stylize(photo, [(code, 1.0), (gradient(50, 50), 0.0)], method="adain").image
    alone = pinxit.stylize(photo, code, method="adain").image
    np.testing.assert_allclose(both, alone, atol=1e-3)


@pytest.mark.parametrize("options", [{"method": "optimize"}, {"method": "adain", "color": "coral"}])
def test_options_that_need_the_picture_refuse_a_code(options: dict[str, Any]) -> None:
    with pytest.raises(BadOption, match="give the picture"):
        pinxit.Stylizer(CODE, **options)


def test_keeping_luminance_needs_no_picture(painting: Path) -> None:
    photo = gradient(40, 48)
    painted = pinxit.stylize(photo, pinxit.encode_style(painting), method="adain", color="luminance").image
    assert painted.shape == photo.shape


def test_a_code_of_another_network_is_refused(tmp_path: Path, painting: Path) -> None:
    other = tmp_path / "other.pinxit"
    other.write_bytes(pack(trained_network(), 0))
    code = pinxit.encode_style(painting, model=str(other))
    with pytest.raises(BadStyle, match=r"wave\.png belongs to another network: make it again"):
        pinxit.stylize(gradient(40, 48), code, method="adain")


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_a_flipped_byte_is_found(position: float, change: int) -> None:
    data = bytearray(CODE.to_bytes())
    data[int(position * len(data))] ^= change
    if same_json(bytes(data)):  # such as one white space in place of another
        np.testing.assert_array_equal(StyleCode.from_bytes(bytes(data), "x.style").codes, CODES)
        return
    with pytest.raises(BadStyle, match=r"x\.style"):
        StyleCode.from_bytes(bytes(data), "x.style")


def same_json(data: bytes) -> bool:
    """Return whether the JSON equals that of the code."""
    try:
        return bool(json.loads(data) == json.loads(CODE.to_bytes()))
    except ValueError:
        return False


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"pinxit style code": 1}', b'{"pinxit style code": 1, "check": ""}']
)
def test_a_cut_file_is_refused(data: bytes) -> None:
    with pytest.raises(BadStyle, match=r"damaged: make it again, by pinxit code"):
        StyleCode.from_bytes(data, "x")


def test_a_code_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "old.style"
    path.write_bytes(CODE.to_bytes().replace(b'code": 1', b'code": 2', 1))
    with pytest.raises(BadStyle, match=r"old\.style is of another version"):
        pinxit.Stylizer(str(path), method="adain")


def rewritten(**changes: Any) -> bytes:
    """Return the file of `CODE` with other fields, and the checksum that belongs to them."""
    fields = {**json.loads(CODE.to_bytes()), **changes}
    del fields["check"]
    return json.dumps({**fields, "check": checksum(fields)}).encode()


def thumbnail(kind: str, side: int) -> str:
    file = io.BytesIO()
    PIL.Image.new("RGB", (side, side)).save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"sides": [-1, 256, 512]},
        {"sides": [512, 256, 128]},
        {"sides": [128, 256, 10**9]},
        {"sides": [128, 256, 256.5]},
        {"sides": [128]},
        {"sides": []},
        {"codes": base64.b64encode(bytes(22)).decode()},
        {"codes": base64.b64encode(np.full(12, np.inf, "<f2").tobytes()).decode()},
        {"codes": ""},
        {"name": 5},
        {"name": "a\x1b[2J"},
        {"network": None},
        {"thumbnail": "A" * 1_100_000},
        {"thumbnail": thumbnail("TIFF", 16)},
        {"thumbnail": thumbnail("AVIF", 16)},
        {"thumbnail": thumbnail("JPEG2000", 16)},
        {"thumbnail": thumbnail("JPEG", 2000)},
    ],
    ids=lambda changes: str(changes)[:40],
)
def test_a_code_that_a_stranger_wrote_is_refused_at_once(changes: dict[str, Any]) -> None:
    assert StyleCode.from_bytes(rewritten(), "x.style").sides == CODE.sides
    started = time.process_time()
    with pytest.raises(BadStyle, match=r"x\.style is damaged"):
        StyleCode.from_bytes(rewritten(**changes), "x.style")
    assert time.process_time() - started < 1


def test_a_code_of_another_width_is_refused(painting: Path) -> None:
    code = dataclasses.replace(pinxit.encode_style(painting), codes=CODES, sides=CODE.sides)
    with pytest.raises(BadStyle, match="belongs to another network"):
        pinxit.stylize(gradient(16, 16), code)


def test_the_codes_of_the_collection_are_refused() -> None:
    paths = list(HOSTILE.glob("*.style"))
    if not paths:
        pytest.skip("needs the collection of hostile files")
    for path in paths:
        with pytest.raises(BadStyle):
            pinxit.stylize(gradient(16, 16), path, method="adain")
