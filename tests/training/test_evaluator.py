"""Held-out photos: painted and scored at the size they are kept in, shown smaller."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pinxit.nn.vgg import VGG19
from pinxit.training import palette
from pinxit.training.evaluator import SIDE, Exhibition
from pinxit.training.losses import perceptual
from support.networks import painter_of, thin_vgg


@pytest.mark.parametrize(("kept", "scored"), [(300, 288), (40, SIDE), (SIDE, SIDE)])
def test_photos_are_scored_as_large_as_they_are_kept_and_no_smaller_than_shown(kept: int, scored: int) -> None:
    styles = palette.load({"one": np.full((40, 48, 3), 0.5, np.float32)}, 48)
    objective = perceptual.Perceptual(VGG19(thin_vgg(), perceptual.LAYERS), [each.pixels for each in styles])
    photos = torch.randint(0, 256, (2, kept, kept, 3), dtype=torch.uint8)
    exhibition = Exhibition(photos, styles, objective)
    assert exhibition.photos.shape == (2, 3, scored, scored)
    painter = painter_of(1)
    shown = exhibition.show(painter.shape, painter.state_dict())
    assert shown.sheet.shape == (3, 3 * SIDE, 3 * SIDE), "header and two photos; each itself, in a style, and as it is"
    assert len(shown.contents) == len(shown.styles) == 1
