"""A painting as arrays of any type, and as tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import PIL.Image
import pytest

import pinxit
from pinxit.images.painting import Painting

VALUES = np.array([0, 0.2499, 0.5, 1], np.float32).repeat(3).reshape(2, 2, 3)
PAINTING = Painting(VALUES, {"method": "adain", "styles": []})


@pytest.mark.parametrize(("dtype", "values"), [(np.uint8, [0, 64, 128, 255]), ("uint16", [0, 16377, 32768, 65535])])
def test_as_integers_it_is_scaled_and_rounded(dtype: Any, values: list[int]) -> None:
    for made in (np.asarray(PAINTING, dtype), np.array(PAINTING, dtype=dtype)):
        assert made.dtype == dtype
        assert made[..., 0].ravel().tolist() == values
    assert np.array_equal(np.asarray(PAINTING, np.uint8), np.asarray(PAINTING.to_pil()))
    assert PIL.Image.fromarray(np.asarray(PAINTING, np.uint8)).size == (2, 2)


@pytest.mark.parametrize("dtype", [int, np.int8, np.uint32, bool])
def test_types_that_would_lose_it_are_refused(dtype: Any) -> None:
    with pytest.raises(pinxit.BadOption, match="uint8 or uint16"):
        np.asarray(PAINTING, dtype)


def test_floats_are_as_they_are() -> None:
    assert np.asarray(PAINTING) is VALUES
    assert np.array_equal(np.asarray(PAINTING, np.float64), VALUES.astype(np.float64))
    with pytest.raises(ValueError, match="copy=False"):
        PAINTING.__array__(np.uint8, copy=False)


def test_pytorch_takes_it_as_it_takes_an_array() -> None:
    torch = pytest.importorskip("torch")
    for made in (torch.as_tensor(PAINTING), torch.tensor(PAINTING), torch.from_dlpack(PAINTING)):
        assert torch.equal(made, torch.from_numpy(VALUES))
