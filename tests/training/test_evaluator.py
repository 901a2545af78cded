"""Held-out photos: painted and scored at the size they are size in, evaluation smaller."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pinxit.nn.vgg import VGG19
from pinxit.training.evaluator import SIDE, TrainedStylesEvaluator
from pinxit.training.losses.features import LAYERS, PerceptualLoss
from pinxit.training.style_images import load_style_images
from support.networks import network_of, tiny_vgg


@pytest.mark.parametrize(("size", "scored"), [(300, 288), (40, SIDE), (SIDE, SIDE)])
def test_photos_are_scored_as_large_as_they_are_kept_and_no_smaller_than_shown(size: int, scored: int) -> None:
    styles = load_style_images({"one": np.full((40, 48, 3), 0.5, np.float32)}, 48)
    loss = PerceptualLoss(VGG19(tiny_vgg(), LAYERS), [each.pixels for each in styles])
    photos = torch.randint(0, 256, (2, size, size, 3), dtype=torch.uint8)
    evaluator = TrainedStylesEvaluator(photos, styles, loss)
    assert evaluator.photos.shape == (2, 3, scored, scored)
    network = network_of(1)
    evaluation = evaluator.evaluate(network.shape, network.state_dict())
    assert evaluation.sheet.shape == (3, 3 * SIDE, 3 * SIDE), (
        "header and two photos; each itself, in a style, and as it is"
    )
    assert len(evaluation.contents) == len(evaluation.styles) == 1
