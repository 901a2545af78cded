"""The palette loss: amounts of colors, wherever they are."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from pinxit.nn import vgg_weights as weights
from pinxit.training.losses.pixels import DIRECTIONS, palette_loss
from support.networks import tiny_vgg
from support.trainings import run_training

pytest_plugins = ["support.training_fixtures"]


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(3)


def halves(share: float) -> Tensor:
    """Return a picture (1, 3, 48, 96) whose left is white over this share of its width, and the rest black."""
    return (torch.arange(96) < 96 * share).float().expand(1, 3, 48, 96)


def test_by_hand_white_in_place_of_black_costs_the_length_of_its_projection() -> None:
    directions = torch.randn(3, DIRECTIONS, generator=generator())
    projected = (directions / directions.norm(dim=0)).sum(0).abs().mean()  # of white, over the directions
    # Sorted, three quarters of white differ from one quarter in half of the places.
    torch.testing.assert_close(palette_loss(halves(0.75), halves(0.25), generator()), 0.5 * projected[None])


def test_where_a_color_is_does_not_matter_and_the_gradient_changes_amounts() -> None:
    torch.testing.assert_close(palette_loss(halves(0.5).flip(3), halves(0.5), generator()), torch.zeros(1))
    gray = torch.full((2, 3, 32, 32), 0.5, requires_grad=True)
    palette_loss(gray, torch.ones(2, 3, 40, 60), generator()).sum().backward()  # type: ignore[no-untyped-call]
    assert gray.grad is not None
    assert (gray.grad.sum((2, 3)) < 0).all(), "down the gradient all three colors get lighter"


def test_it_is_a_term_of_a_training_only_with_a_weight(
    styles: dict[str, Path], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "load", tiny_vgg)
    (last,) = run_training(styles, photos, tmp_path / "a.pinxit", steps=2)
    (weighed,) = run_training(styles, photos, tmp_path / "b.pinxit", steps=2, palette_weight=1.0)
    assert "palette" not in last.losses
    assert weighed.losses["palette"] > 0
    assert list(weighed.losses) == [*list(last.losses)[:-1], "palette", "identity"]
