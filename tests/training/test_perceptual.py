"""What a trained style is measured by: the perceptual distances, their frame, and the photos' squares."""

from __future__ import annotations

import torch
from torch import Tensor

from pinxit.nn.vgg import VGG19
from pinxit.training import data
from pinxit.training.losses import perceptual
from support.networks import thin_vgg


def test_the_perceptual_distances_are_zero_at_their_targets() -> None:
    style, photo = torch.rand(1, 3, 40, 48), torch.rand(2, 3, 32, 32)
    objective = perceptual.Perceptual(VGG19(thin_vgg(), perceptual.LAYERS), [style, 1 - style])
    found = objective(photo, objective.photos(photo), torch.tensor([0, 1]))
    assert float(found["content"].max()) < 1e-3
    own = objective(style, objective.photos(style), torch.tensor([0]))
    assert float(own["style"]) < 1e-3
    assert float(own["moments"]) < 1e-3
    assert all(value.shape == (2,) for value in found.values())
    assert all(float(found[name].min()) > 1e-2 for name in ("style", "moments", "tv"))


def test_a_strip_of_paint_along_the_edge_costs_no_less_than_one_elsewhere() -> None:
    torch.manual_seed(0)
    photo, network = torch.rand(1, 3, 96, 96), VGG19(thin_vgg(), perceptual.LAYERS)

    def cost(margin: int, first: int) -> float:
        objective = perceptual.Perceptual(network, [photo], margin)
        strip = photo.clone()
        strip[..., first : first + 8] = 0.9
        return float(objective(strip, objective.photos(photo), torch.tensor([0]))["content"])

    assert cost(0, 0) < 0.9 * cost(0, 44), "what the frame is for"
    assert cost(perceptual.MARGIN, 0) > 0.95 * cost(perceptual.MARGIN, 44)


def test_the_frame_is_no_wider_than_a_narrow_picture_has_pixels_to_mirror() -> None:
    style = torch.rand(1, 3, 16, 64)
    found = perceptual.Perceptual(VGG19(thin_vgg(), perceptual.LAYERS), [style])
    assert float(found(style, found.photos(style), torch.tensor([0]))["style"]) < 1e-3


def test_crops_are_looked_at_once() -> None:
    looked: list[int] = []

    def look(squares: Tensor) -> Tensor:
        looked.append(len(squares))
        return squares.mean((2, 3), keepdim=True)

    pictures = data.Pictures(torch.randint(0, 256, (3, 36, 36, 3), dtype=torch.uint8), 0)
    crops = perceptual.Crops(pictures, 5, 32, (0,), look)
    first, features = crops([1, 3])
    again, same = crops([3, 1])
    crops([1, 4])
    assert looked == [2, 1]
    torch.testing.assert_close(first.flip(0), again)
    torch.testing.assert_close(features.flip(0), same)
