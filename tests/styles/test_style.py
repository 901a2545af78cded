"""Styles from pictures of every kind, with weights and masks."""

from __future__ import annotations

import io
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinxit import images
from pinxit.config.options import Limits
from pinxit.errors import BadImage, BadOption, NotFound
from pinxit.styles import style

RED = np.zeros((4, 6, 3), np.float32) + np.array([0.8, 0.2, 0.1], np.float32)
BLUE = RED[..., ::-1].copy()


def test_a_path_bytes_an_open_file_and_an_array_are_the_same_picture(tmp_path: Path) -> None:
    path = tmp_path / "red.png"
    images.write(RED, path)
    for picture in (path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes()), RED):
        (reference,) = style.load_styles(picture).references
        assert np.allclose(reference.image, RED, atol=1 / 255)
        assert reference.weight == 1
    (origin,) = style.load_styles(path).origins
    assert origin.picture.name == "red.png"


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="this system names no open files")
def test_a_style_may_come_through_a_pipe_with_a_name(tmp_path: Path) -> None:
    """As a shell gives it for ``--style <(cat style.png)``."""
    reader, writer = os.pipe()
    with open(reader, "rb"), open(writer, "wb") as file:
        file.write(images.encode(RED, "png"))
        file.close()
        reference = style.load_styles(f"/dev/fd/{reader}").references[0]
    np.testing.assert_allclose(reference.image, RED, atol=1 / 255)


def test_weights_come_as_a_mapping_or_as_pairs(tmp_path: Path) -> None:
    path = tmp_path / "red.png"
    images.write(RED, path)
    assert [each.weight for each in style.load_styles({path: 0.7}).references] == [0.7]
    assert [each.weight for each in style.load_styles([(RED, 0.7), (RED, 2)]).references] == [0.7, 2.0]
    assert [each.weight for each in style.load_styles([RED, BLUE]).references] == [1.0, 1.0]


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        ([], "0 styles"),
        ([RED] * 9, "9 styles"),
        ([(RED, -1.0)], "at least 0"),
        ([(RED, float("nan"))], "at least 0"),
        ([(RED, True)], "at least 0"),
        ([(RED, 0.0), (BLUE, 0)], "weight"),
        ([(RED, 1.0, 2.0)], "pair"),
        (np.zeros((4, 4, 2)), "shape"),
        (np.zeros((0, 4, 3)), "shape"),
        (np.zeros((4, 4, 3), np.int32), "int32"),
        (np.full((4, 4, 3), 2.0), "outside"),
        (np.full((4, 4, 3), np.nan), "outside"),
    ],
)
def test_wrong_styles_are_refused(picture: Any, message: str) -> None:
    with pytest.raises(BadOption, match=message):
        style.load_styles(picture)


def test_files_that_are_missing_or_broken_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        style.load_styles(tmp_path / "none.png")
    with pytest.raises(BadImage):
        style.load_styles(b"no picture")


def test_the_limit_on_styles_is_the_callers() -> None:
    with pytest.raises(BadOption, match="from 1 to 1"):
        style.load_styles([RED, BLUE], limits=Limits(styles=1))


def test_masks_one_for_each_style() -> None:
    mask = np.eye(4, dtype=np.float32)
    first, second = style.load_styles([RED, BLUE], [mask, None]).references
    assert first.mask is not None
    assert np.array_equal(first.mask, mask)
    assert second.mask is None
    with pytest.raises(BadOption, match="1 mask for 2 styles"):
        style.load_styles([RED, BLUE], [mask])
    with pytest.raises(BadOption, match="mask"):
        style.load_styles(RED, [np.zeros((2, 2, 3))])


def test_eight_bit_arrays_are_scaled_and_alpha_is_taken_off() -> None:
    rgba = np.full((4, 4, 4), 255, np.uint8)
    (reference,) = style.load_styles(rgba).references
    assert reference.image.shape == (4, 4, 3)
    assert reference.image.max() == 1


def test_a_style_that_is_loaded_stays_as_it_is() -> None:
    loaded = style.load_styles(RED)
    assert style.load_styles(loaded) is loaded


@pytest.mark.parametrize("picture", [None, 5, 0.5, object(), [None], [[RED]], {1: 2.0}])
def test_other_objects_are_refused(picture: Any) -> None:
    with pytest.raises(BadOption, match="a picture must be a path, bytes, a file open"):
        style.load_styles(picture)


@pytest.mark.parametrize("weight", [math.inf, -math.inf, -1e-300, 10**400, "1", b"1", None, 1j])
def test_wrong_weights_are_refused(weight: Any) -> None:
    with pytest.raises(BadOption, match="finite number of at least 0"):
        style.load_styles([(RED, weight)])


@pytest.mark.parametrize("weight", [1, 0.25, 1e308, 5e-324, np.float32(0.5), np.int64(3)])
def test_every_kind_of_number_is_a_weight(weight: Any) -> None:
    (reference,) = style.load_styles([(RED, weight)]).references
    assert reference.weight == float(weight)
    assert type(reference.weight) is float


def test_a_file_open_as_text_is_refused() -> None:
    with pytest.raises(BadOption, match="a file open for reading bytes"):
        style.load_styles(io.StringIO("red.png"))  # type: ignore[arg-type]


def test_a_style_owns_its_pixels() -> None:
    pixels, mask = RED.copy(), np.ones((4, 6), np.float32)
    (reference,) = style.load_styles(pixels, [mask]).references
    pixels[:], mask[:] = 0, 0
    assert np.array_equal(reference.image, RED)
    assert reference.mask is not None
    assert reference.mask.all()


def test_masks_may_be_files_integers_or_booleans(tmp_path: Path) -> None:
    half = np.zeros((4, 6, 3), np.float32)
    half[:, :3] = 1
    path = tmp_path / "half.png"
    images.write(half, path)
    for mask in (path, half[..., 0], half[..., 0] > 0, (half[..., 0] * 255).astype(np.uint8)):
        (reference,) = style.load_styles(RED, [mask]).references
        assert reference.mask is not None
        assert np.array_equal(reference.mask, half[..., 0])
    named = style.load_styles(RED, [path]).origins[0].mask
    assert named is not None
    assert named.name == "half.png"


@pytest.mark.parametrize("masks", ["mask.png", Path("mask.png"), np.ones((1, 4, 6)), {None: 1}])
def test_masks_come_in_a_list(masks: Any) -> None:
    with pytest.raises(BadOption, match="masks must be a list"):
        style.load_styles(RED, masks)


def test_masks_that_leave_no_style_a_region_are_refused() -> None:
    black = np.zeros((4, 4), np.float32)
    with pytest.raises(BadOption, match="no style paints anywhere"):
        style.load_styles([RED, BLUE], [black, black])
    with pytest.raises(BadOption, match="no style paints anywhere"):
        style.load_styles([(RED, 1.0), (BLUE, 0.0)], [black, None])
    assert len(style.load_styles([RED, BLUE], [black, None]).references) == 2


def test_a_finished_style_takes_no_masks() -> None:
    with pytest.raises(BadOption, match="already has its masks"):
        style.load_styles(style.load_styles(RED), [None])


def test_transparent_parts_of_a_style_are_filled_in() -> None:
    rgba = np.dstack([RED, np.zeros((4, 6), np.float32)])
    rgba[:, 3:, 3] = 1
    rgba[:, :3, :3] = 0
    (reference,) = style.load_styles(rgba).references
    assert np.allclose(reference.image, RED, atol=0.01)


@pytest.mark.parametrize(
    ("mask", "content", "warns"),
    [
        ((200, 300), (341, 512), False),
        ((20, 1000), (11, 512), False),
        ((300, 200), (512, 341), False),
        ((200, 300), (512, 341), True),
        ((210, 300), (341, 512), True),
        ((300, 300), (341, 512), True),
    ],
)
def test_a_mask_of_another_aspect_ratio_is_warned_about(
    mask: tuple[int, int], content: tuple[int, int], warns: bool
) -> None:
    masked = style.load_styles([RED, BLUE], [None, np.ones(mask, np.float32)])
    warning = masked.mask_warning(content)
    assert bool(warning) is warns
    assert not warns or f"the mask of style 2 has another shape ({mask[1]} x {mask[0]})" in warning
