"""The losses against numbers worked out by hand, against finite differences, and against what they promise."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, tensor

from pinxit.methods.optimize import losses
from pinxit.methods.optimize.losses import (
    CoarseColors,
    Content,
    LayerLoss,
    RelativeContent,
    RelativeStyle,
    Style,
    Term,
)
from pinxit.nn.gram import gram
from pinxit.nn.vgg import Read

F = tensor([[[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]]])
"""A feature of N = 2 channels and M = 1 x 3 positions."""
MASK = tensor([[1.0, 0.0, 0.5]])
HALF = tensor([[[[0.5, 1.0, 1.5]], [[2.0, 2.5, 3.0]]]])


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# ------------------------------------------------------------------------- by hand


def test_content() -> None:
    assert Content(HALF)(F) == pytest.approx(0.5 * (0.25 + 1 + 2.25 + 4 + 6.25 + 9))
    assert Content(F)(F) == 0


def test_relative_content() -> None:
    assert RelativeContent(F)(HALF) == pytest.approx(0.25)
    assert RelativeContent(HALF)(F) == pytest.approx(1.0)
    assert RelativeContent(F)(torch.zeros_like(F)) == pytest.approx(1.0)


def test_coarse_colors_see_the_color_of_a_place_and_not_its_strokes() -> None:
    base = random(1, 3, 64, 128)
    distance = CoarseColors(base)
    assert distance(base) == 0
    assert distance(base + 0.1) == pytest.approx(0.01), "another color"
    checks = torch.tensor([[0.1, -0.1], [-0.1, 0.1]], dtype=base.dtype).tile(32, 64)
    assert distance(base + checks) == pytest.approx(0, abs=1e-12), "strokes"
    left = torch.zeros_like(base)
    left[..., :64] = 0.1
    assert 0.0045 < distance(base + left) < 0.0055, "half of the places"


@pytest.mark.parametrize("size", [(1, 1), (1, 90), (16, 16), (31, 33)])
def test_coarse_colors_of_any_size(size: tuple[int, int]) -> None:
    assert CoarseColors(torch.zeros(1, 3, *size))(torch.ones(1, 3, *size)) == 1


def test_style() -> None:
    # 1 / (4 N^2 M^2) sum (G - A)^2 with A = 0 and with A = G / 4.
    squares = 14**2 + 2 * 32**2 + 77**2
    assert Style(torch.zeros(2, 2))(F) == pytest.approx(squares / (4 * 2**2 * 3**2))
    assert Style(gram(HALF))(F) == pytest.approx(0.75**2 * squares / (4 * 2**2 * 3**2))


def test_style_of_a_region() -> None:
    squares = 5.5**2 + 2 * 13**2 + 34**2
    assert Style(torch.zeros(2, 2), MASK)(F) == pytest.approx(squares / (4 * 2**2 * 1.5**2))


def test_relative_style() -> None:
    assert RelativeStyle(gram(F))(HALF) == pytest.approx(0.75)
    assert RelativeStyle(gram(HALF))(F) == pytest.approx(3.0)
    assert RelativeStyle(gram(F, MASK), MASK)(HALF) == pytest.approx(0.75)


def test_total_variation() -> None:
    x = tensor([[[[0.0, 1.0], [4.0, 2.0]]]])
    assert losses.total_variation(x) == pytest.approx((1 + 2) / 2 + (4 + 1) / 2)
    assert losses.total_variation(x.expand(2, 3, 2, 2)) == pytest.approx(4.0)


@pytest.mark.parametrize("shape", [(1, 3, 1, 1), (1, 3, 1, 2), (1, 3, 2, 1)])
def test_total_variation_of_a_line_or_a_point(shape: tuple[int, ...]) -> None:
    assert losses.total_variation(torch.full(shape, 0.5)) == 0


def walk(*features: tuple[str, Tensor]) -> Callable[[Read], Iterable[tuple[str, losses.Sums]]]:
    return lambda read: [(name, read(name, feature)) for name, feature in features]


def test_the_sum_of_all_terms() -> None:
    """alpha L_content + beta sum_l w_l E_l, with alpha = 0.1, beta = 10, w = 0.75 and 0.25."""
    terms = [
        Term("content", "deep", 0.1, Content(HALF)),
        Term("style", "shallow", 10 * 0.75, Style(torch.zeros(2, 2))),
        Term("style", "deep", 10 * 0.25, Style(gram(HALF))),
    ]
    sums = losses.total(terms, walk(("shallow", HALF), ("deep", F)))
    squares = 14**2 + 2 * 32**2 + 77**2
    style = 7.5 * squares / 16 / 144 + 2.5 * 0.75**2 * squares / 144
    assert sums == {"content": pytest.approx(0.1 * 11.375), "style": pytest.approx(style)}


def test_features_that_nothing_reads_count_nothing() -> None:
    assert losses.total([Term("content", "b", 1.0, Content(HALF))], walk(("a", F), ("b", F))) == {
        "content": pytest.approx(11.375)
    }
    assert losses.total([], walk(("a", F))) == {}


# ------------------------------------------------------------- by finite differences

TARGET = gram(random(1, 3, 4, 5, seed=1))
SOFT = random(2, 3, seed=2)
DIFFERENTIABLE: dict[str, Callable[[Tensor], Tensor]] = {
    "content": Content(random(1, 3, 2, 3, seed=3)),
    "relative content": RelativeContent(random(1, 3, 2, 3, seed=3)),
    "style": Style(TARGET),
    "style of a region": Style(TARGET, SOFT),
    "relative style": RelativeStyle(TARGET),
    "relative style of a region": RelativeStyle(TARGET, SOFT),
    "total variation": losses.total_variation,
}


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_gradients_match_finite_differences(name: str) -> None:
    assert torch.autograd.gradcheck(DIFFERENTIABLE[name], random(1, 3, 2, 3).requires_grad_())


def test_the_gradient_of_the_sum_matches_finite_differences() -> None:
    terms = [
        Term("content", "a", 0.3, Content(random(1, 3, 2, 3, seed=3))),
        Term("style", "a", 2.0, RelativeStyle(TARGET)),
        Term("style", "b", 0.5, Style(TARGET, SOFT)),
    ]

    def whole(f: Tensor) -> Tensor:
        return sum(losses.total(terms, walk(("a", f), ("b", f.square()))).values(), torch.zeros(()))

    assert torch.autograd.gradcheck(whole, random(1, 3, 2, 3).requires_grad_())


@pytest.mark.parametrize("make", [Style, RelativeStyle])
def test_at_its_target_a_style_has_no_loss_and_a_finite_gradient(make: Callable[[Tensor], LayerLoss]) -> None:
    f = F.clone().requires_grad_()
    loss = make(gram(F))(f)
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.detach() == pytest.approx(0, abs=1e-5)
    assert f.grad is not None
    assert f.grad.isfinite().all()


@pytest.mark.parametrize("loss", [RelativeStyle(torch.zeros(2, 2)), RelativeContent(torch.zeros_like(F))])
def test_a_target_of_nothing_is_no_division_by_zero(loss: LayerLoss) -> None:
    assert loss(F).isfinite()


# ------------------------------------------------------------------------ properties

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(1, 3), st.integers(1, 3))
def test_a_style_is_the_same_at_any_size(seed: int, down: int, across: int) -> None:
    f = random(1, 3, 2, 3, seed=seed)
    assert Style(gram(f))(f.repeat(1, 1, down, across)) == pytest.approx(0, abs=1e-12)


@given(seeds, st.floats(1e-3, 1e3))
def test_relative_losses_do_not_depend_on_the_scale_of_the_features(seed: int, scale: float) -> None:
    f, p = random(1, 3, 2, 3, seed=seed), random(1, 3, 2, 3, seed=seed + 1)
    assert RelativeContent(p * scale)(f * scale) == pytest.approx(float(RelativeContent(p)(f)), rel=1e-6)
    style = float(RelativeStyle(gram(p))(f))
    assert RelativeStyle(gram(p * scale))(f * scale) == pytest.approx(style, rel=1e-6)


@given(seeds)
def test_black_is_as_far_as_1(seed: int) -> None:
    f = random(1, 3, 2, 3, seed=seed) + 0.1
    assert RelativeStyle(gram(f))(torch.zeros_like(f)) == pytest.approx(1)
    assert RelativeContent(f)(torch.zeros_like(f)) == pytest.approx(1)


@given(seeds, st.lists(st.floats(0.01, 10), min_size=2, max_size=4))
def test_one_mean_target_is_all_styles_losses_up_to_a_constant(seed: int, weights: list[float]) -> None:
    """sum_s p_s E(G, A_s) = E(G, sum_s p_s A_s) + constant, the p_s summing to 1: why fused styles cost as one."""
    shares = [weight / sum(weights) for weight in weights]
    styles = [gram(random(1, 3, 2, 3, seed=seed + 1 + i)) for i in range(len(shares))]
    mixed = Style(torch.stack([share * style for share, style in zip(shares, styles, strict=True)]).sum(dim=0))
    constants = [
        sum(share * float(Style(style)(f)) for share, style in zip(shares, styles, strict=True)) - float(mixed(f))
        for f in (random(1, 3, 2, 3, seed=seed), random(1, 3, 4, 2, seed=seed + 9))
    ]
    assert constants[0] == pytest.approx(constants[1], abs=1e-9)
