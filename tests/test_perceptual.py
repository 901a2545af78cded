"""The perceptual losses of taught styles, and the squares of photos that they are measured on."""

from __future__ import annotations

import torch
from torch import Tensor

from networks import SMALL, thin_vgg
from pinxit.course import TrainFast
from pinxit.optimize.vgg import VGG19
from pinxit.training import data, fast, perceptual

PICTURES = data.Pictures(torch.randint(0, 256, (3, 36, 36, 3), dtype=torch.uint8), 0)


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


def test_crops_are_looked_at_once() -> None:
    looked: list[int] = []

    def look(squares: Tensor) -> Tensor:
        looked.append(len(squares))
        return squares.mean((2, 3), keepdim=True)

    crops = perceptual.Crops(PICTURES, 5, (32, 24), (0,), look)
    first, features = crops([1, 3])
    again, same = crops([3, 1])
    crops([1, 4])
    assert looked == [2, 1]
    torch.testing.assert_close(first.flip(0), again)
    torch.testing.assert_close(features.flip(0), same)


def test_what_is_judged_lies_anywhere_in_the_square() -> None:
    crops = perceptual.Crops(PICTURES, 60, (32, 24), (0,), lambda parts: parts)
    tops, lefts = zip(*crops.places, strict=True)
    assert set(tops) == set(lefts) == set(range(32 - 24 + 1))
    squares, seen = crops([5, 7])
    for place, number in enumerate((5, 7)):
        top, left = crops.places[number]
        torch.testing.assert_close(
            seen[place].float(), squares[place, :, top : top + 24, left : left + 24], atol=0.01, rtol=0
        )
    torch.testing.assert_close(crops.parts([5, 7], squares), seen.float(), atol=0.01, rtol=0)
    again = perceptual.Crops(PICTURES, 60, (32, 24), (0,), lambda parts: parts)
    assert again.places == crops.places, "a training that goes on sees the same"


def test_squares_are_whole_strides_and_no_larger_than_the_photos() -> None:
    stride = 1 << len(SMALL.widths)
    for side, margin, stored in ((160, 64, 384), (32, 64, 36), (64, 0, 384), (48, 96, 32)):
        whole, judged = fast._sides(TrainFast(side=side, margin=margin, stored=stored), SMALL)
        assert whole % stride == judged % stride == 0
        assert judged == side
        assert judged <= whole <= max(side, min(side + margin, stored))
