"""Patch precision against numbers worked out by hand and a plain loop."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pinxit.metrics import patch_precision as patches
from pinxit.metrics.patch_precision import directions, patch_precision


def features(*rows: list[float]) -> dict[str, Tensor]:
    """Features (1, C, 1, W) of both layers, a row for each place."""
    return dict.fromkeys(patches.LAYERS, torch.tensor(rows, dtype=torch.float32).T[None, :, None])


def noise(places: int, seed: int) -> dict[str, Tensor]:
    drawn = torch.randn(places, 5, generator=torch.Generator().manual_seed(seed))
    return features(*drawn.tolist())


def test_a_picture_is_at_no_distance_from_itself_whatever_is_where() -> None:
    painting = noise(40, 0)
    mixed = {name: value.flip(3) for name, value in painting.items()}
    assert patch_precision(directions(mixed), directions(painting)) == pytest.approx(0, abs=1e-6)


def test_by_hand() -> None:
    """Centered: the result looks along x, both ways; the painting along x and y, both ways, and along x one way."""
    result = directions(features([2, 1], [0, 1]))
    crossed = directions(features([1, 0], [-1, 0], [0, 1], [0, -1]))
    upright = directions(features([0, 3], [0, -3]))
    assert patch_precision(result, crossed) == pytest.approx(0, abs=1e-6)
    assert patch_precision(result, upright) == pytest.approx(1)


def test_it_does_not_ask_whether_the_whole_painting_is_used() -> None:
    """Half of the painting alone is all within it; the painting is not within its half."""
    unsplit = directions(features([1, 0], [-1, 0], [0, 1], [0, -1]))
    half = directions(features([1, 0], [-1, 0]))
    assert patch_precision(half, unsplit) == pytest.approx(0, abs=1e-6)
    assert patch_precision(unsplit, half) == pytest.approx(0.5)


def test_in_chunks_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    painted, style = directions(noise(50, 1)), directions(noise(30, 2))
    unsplit = patch_precision(painted, style)
    rows, others = painted["conv3_1"], style["conv3_1"]
    assert unsplit == pytest.approx(float(torch.stack([1 - (others @ row).max() for row in rows]).mean()), abs=1e-6)
    monkeypatch.setattr(patches, "CHUNK", 7)
    assert patch_precision(painted, style) == pytest.approx(unsplit, abs=1e-6)


def test_a_featureless_picture_is_at_distance_one() -> None:
    flat = directions(features([1, 1], [1, 1]))
    assert patch_precision(flat, directions(features([1, 0], [0, 1]))) == 1
