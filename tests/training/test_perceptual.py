"""The perceptual losses, their margin, and crops whose features are cached."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pinxit.nn.vgg import VGG19
from pinxit.training import data
from pinxit.training.data import CachedCrops
from pinxit.training.losses.features import LAYERS, MARGIN, PerceptualLoss
from support.networks import tiny_vgg


def test_the_perceptual_distances_are_zero_at_their_targets() -> None:
    style, photo = torch.rand(1, 3, 40, 48), torch.rand(2, 3, 32, 32)
    loss = PerceptualLoss(VGG19(tiny_vgg(), LAYERS), [style, 1 - style])
    distances = loss(photo, loss.content_features(photo), torch.tensor([0, 1]))
    assert float(distances["content"].max()) < 1e-3
    own = loss(style, loss.content_features(style), torch.tensor([0]))
    assert float(own["style"]) < 1e-3
    assert float(own["moments"]) < 1e-3
    assert all(value.shape == (2,) for value in distances.values())
    assert all(float(distances[name].min()) > 1e-2 for name in ("style", "moments", "tv"))


def test_a_strip_of_paint_along_the_edge_costs_no_less_than_one_elsewhere() -> None:
    torch.manual_seed(0)
    photo, network = torch.rand(1, 3, 96, 96), VGG19(tiny_vgg(), LAYERS)

    def cost(margin: int, first: int) -> float:
        loss = PerceptualLoss(network, [photo], margin)
        strip = photo.clone()
        strip[..., first : first + 8] = 0.9
        return float(loss(strip, loss.content_features(photo), torch.tensor([0]))["content"])

    assert cost(0, 0) < 0.9 * cost(0, 44), "what the margin is for"
    assert cost(MARGIN, 0) > 0.95 * cost(MARGIN, 44)


def test_the_margin_is_no_wider_than_a_narrow_picture_has_pixels_to_mirror() -> None:
    style = torch.rand(1, 3, 16, 64)
    loss = PerceptualLoss(VGG19(tiny_vgg(), LAYERS), [style])
    assert float(loss(style, loss.content_features(style), torch.tensor([0]))["style"]) < 1e-3


def test_features_of_crops_are_computed_once() -> None:
    computed: list[int] = []

    def features_of(squares: Tensor) -> Tensor:
        computed.append(len(squares))
        return squares.mean((2, 3), keepdim=True)

    pictures = data.Pictures(torch.randint(0, 256, (3, 36, 36, 3), dtype=torch.uint8), 0)
    crops = CachedCrops(pictures, 5, 32, (0,), features_of)
    first, features = crops([1, 3])
    again, same = crops([3, 1])
    crops([1, 4])
    assert computed == [2, 1]
    torch.testing.assert_close(first.flip(0), again)
    torch.testing.assert_close(features.flip(0), same)


def test_local_terms_are_small_for_the_style_itself_and_for_the_photo_itself() -> None:
    torch.manual_seed(3)
    style, photo = torch.rand(1, 3, 64, 64), torch.rand(1, 3, 64, 64)
    network = VGG19(tiny_vgg(), LAYERS)
    loss = PerceptualLoss(network, [style, 1 - style], 0, {"conv1_1": 1.0}, {"conv3_1": 1.0})
    content, first = loss.content_features(photo), torch.tensor([0])

    def terms(painted: torch.Tensor) -> dict[str, torch.Tensor]:
        return loss(painted, content, first, torch.Generator().manual_seed(0))

    assert float(terms(style)["remd"]) < float(terms(photo)["remd"])
    assert float(terms(photo)["self_similarity"]) < 1e-5 < float(terms(style)["self_similarity"])
    assert "remd" not in loss(photo, content, first)  # without random positions
    assert "remd" not in PerceptualLoss(network, [style], 0)(photo, content, first, torch.Generator())


def test_the_gram_layers_are_weighted() -> None:
    style, photo = torch.rand(1, 3, 64, 64), torch.rand(1, 3, 64, 64)
    network, first = VGG19(tiny_vgg(), LAYERS), torch.tensor([0])

    def style_distance(**gram_layers: float) -> float:
        loss = PerceptualLoss(network, [style], gram_layers=gram_layers)
        return float(loss(photo, loss.content_features(photo), first)["style"])

    both = style_distance(conv1_1=1.0, conv3_1=3.0)
    assert both == pytest.approx(0.25 * style_distance(conv1_1=1.0) + 0.75 * style_distance(conv3_1=1.0))
