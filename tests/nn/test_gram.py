"""The Gram matrix against numbers worked out by hand, against finite differences, and its properties."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, tensor

from pinxit.nn.gram import gram

F = tensor([[[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]]])
"""A feature of N = 2 channels and M = 1 x 3 positions."""
G = tensor([[[14.0, 32.0], [32.0, 77.0]]]) / 3
"""Its Gram matrix: 1 + 4 + 9, 4 + 10 + 18, 16 + 25 + 36, over three positions."""
MASK = tensor([[1.0, 0.0, 0.5]])

seeds = st.integers(0, 2**32 - 1)
sides = st.integers(1, 6)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_by_hand() -> None:
    assert torch.equal(gram(F), G)
    assert torch.equal(gram(F.view(1, 2, 3, 1)), G), "a position is a position, wherever it lies"
    assert torch.equal(gram(F[0]), G[0]), "of one picture as of a batch"


def test_each_picture_of_a_batch_has_its_own() -> None:
    assert torch.equal(gram(torch.cat([F, 2 * F])), torch.cat([G, 4 * G]))


def test_of_a_region() -> None:
    # Position 1 in full and position 3 by half: 1 + 9/2, 4 + 18/2, 16 + 36/2.
    torch.testing.assert_close(gram(F, MASK), tensor([[[5.5, 13.0], [13.0, 34.0]]]) / 1.5)
    assert torch.equal(gram(F, torch.zeros(1, 3)), torch.zeros(1, 2, 2)), "an empty region is no division by zero"


@pytest.mark.parametrize("matrix", [gram, lambda f: gram(f, random(2, 3, seed=2))])
def test_gradients_match_finite_differences(matrix: Callable[[Tensor], Tensor]) -> None:
    assert torch.autograd.gradcheck(matrix, random(2, 3, 2, 3).requires_grad_())


def test_the_gradient_where_it_is_not_symmetric() -> None:
    """Autograd may ask for one entry G_ij alone, so both of its halves must arrive."""
    f = F.clone().requires_grad_()
    (3 * gram(f))[0, 0, 1].backward()  # type: ignore[no-untyped-call]
    assert f.grad is not None
    torch.testing.assert_close(f.grad, F.flip(1))  # dG_01 / dF_0 = F_1 and dG_01 / dF_1 = F_0


@given(seeds, sides, sides, sides)
def test_it_is_symmetric_and_positive(seed: int, channels: int, height: int, width: int) -> None:
    g = gram(random(1, channels, height, width, seed=seed) - 0.5)
    torch.testing.assert_close(g, g.mT)
    assert torch.linalg.eigvalsh(g).min() > -1e-9


@given(seeds, sides, sides)
def test_it_does_not_depend_on_where_things_are(seed: int, height: int, width: int) -> None:
    f = random(1, 3, height, width, seed=seed)
    shuffled = f.flatten(2)[..., torch.randperm(height * width)].view_as(f)
    torch.testing.assert_close(gram(shuffled), gram(f))


@given(seeds, sides, sides)
def test_a_region_and_the_rest_are_the_whole(seed: int, height: int, width: int) -> None:
    f, mask = random(1, 3, height, width, seed=seed), random(height, width, seed=seed)
    rest = 1 - mask
    torch.testing.assert_close(gram(f, mask) * mask.sum() + gram(f, rest) * rest.sum(), gram(f) * mask.numel())
    torch.testing.assert_close(gram(f, torch.ones_like(mask)), gram(f))
