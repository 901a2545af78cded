"""A style from whatever a user may hold in hand."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinxit import images, style
from pinxit.errors import BadImage, BadOption, NotFound
from pinxit.options import Limits

RED = np.zeros((4, 6, 3), np.float32) + np.array([0.8, 0.2, 0.1], np.float32)
BLUE = RED[..., ::-1].copy()


def test_a_path_bytes_an_open_file_and_an_array_are_the_same_picture(tmp_path: Path) -> None:
    path = tmp_path / "red.png"
    images.write(RED, path)
    for given in (path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes()), RED):
        (reference,) = style.gather(given).references
        assert np.allclose(reference.image, RED, atol=1 / 255)
        assert reference.weight == 1
    (origin,) = style.gather(path).origins
    assert origin.picture.name == "red.png"


def test_weights_come_as_a_mapping_or_as_pairs(tmp_path: Path) -> None:
    path = tmp_path / "red.png"
    images.write(RED, path)
    assert [each.weight for each in style.gather({path: 0.7}).references] == [0.7]
    assert [each.weight for each in style.gather([(RED, 0.7), (RED, 2)]).references] == [0.7, 2.0]
    assert [each.weight for each in style.gather([RED, BLUE]).references] == [1.0, 1.0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "0 styles"),
        ([RED] * 9, "9 styles"),
        ([(RED, -1.0)], "at least 0"),
        ([(RED, float("nan"))], "at least 0"),
        ([(RED, True)], "at least 0"),
        ([(RED, 0.0), (BLUE, 0)], "weight"),
        ([(RED, 1.0, 2.0)], "pair"),
        (np.zeros((4, 4)), "shape"),
        (np.zeros((0, 4, 3)), "shape"),
        (np.zeros((4, 4, 3), np.int32), "int32"),
        (np.full((4, 4, 3), 2.0), "outside"),
        (np.full((4, 4, 3), np.nan), "outside"),
    ],
)
def test_what_is_no_style_is_refused(given: Any, message: str) -> None:
    with pytest.raises(BadOption, match=message):
        style.gather(given)


def test_files_that_are_missing_or_broken_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        style.gather(tmp_path / "none.png")
    with pytest.raises(BadImage):
        style.gather(b"no picture")


def test_the_limit_on_styles_is_the_callers() -> None:
    with pytest.raises(BadOption, match="from 1 to 1"):
        style.gather([RED, BLUE], limits=Limits(styles=1))


def test_masks_one_for_each_style() -> None:
    mask = np.eye(4, dtype=np.float32)
    first, second = style.gather([RED, BLUE], [mask, None]).references
    assert first.mask is not None
    assert np.array_equal(first.mask, mask)
    assert second.mask is None
    with pytest.raises(BadOption, match="1 masks for 2 styles"):
        style.gather([RED, BLUE], [mask])
    with pytest.raises(BadOption, match="mask"):
        style.gather(RED, [np.zeros((2, 2, 3))])


def test_eight_bit_arrays_are_scaled_and_alpha_is_taken_off() -> None:
    rgba = np.full((4, 4, 4), 255, np.uint8)
    (reference,) = style.gather(rgba).references
    assert reference.image.shape == (4, 4, 3)
    assert reference.image.max() == 1


def test_the_fingerprint_tells_styles_apart() -> None:
    mask = np.eye(4, dtype=np.float32)
    different = [style.gather(RED), style.gather(BLUE), style.gather([(RED, 2.0)]), style.gather(RED, [mask])]
    assert len({each.fingerprint for each in different}) == 4
    assert style.gather(RED).fingerprint == style.gather(RED.copy()).fingerprint
    assert style.gather(different[0]) is different[0]
