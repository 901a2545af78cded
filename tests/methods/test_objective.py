"""The whole objective on a thin VGG-19: its terms, their weights, and where its minimum lies."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from pinxit.config.options import Look, Optimize
from pinxit.errors import BadOption
from pinxit.methods.optimize import losses
from pinxit.methods.optimize.objective import PAPER, GramLosses, Objective, layers
from pinxit.methods.optimize.regions import Region
from pinxit.nn.gram import gram
from pinxit.nn.vgg import VGG19
from support.networks import tiny_vgg

LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv4_2", "conv5_1")
NETWORK = VGG19(tiny_vgg(), LAYERS).double()


def picture(seed: int, height: int = 24, width: int = 32) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, 3, height, width, generator=generator, dtype=torch.float64)


CONTENT, STYLE, OTHER, PAINTED = (picture(seed) for seed in range(4))
WHOLE = Region(((STYLE, 1.0),), None, 1.0)
RAMP = torch.linspace(0, 1, 24 * 32, dtype=torch.float64).view(1, 1, 24, 32)


def objective(*regions: Region, strength: float = 1.0, **options: Any) -> Objective:
    return Objective(gram_losses(list(regions), strength, **options), options.get("tv_weight", 0.0))


def gram_losses(regions: list[Region] | None = None, strength: float = 1.0, **options: Any) -> GramLosses:
    chosen = Optimize(**{"losses": "relative", **options})
    return GramLosses(NETWORK, CONTENT, regions or [WHOLE], Look(strength=strength), chosen)


def test_layers_have_weights_that_sum_to_1() -> None:
    content, style = layers(Optimize(style_layers="relu1_1=3,conv2_1,conv3_1=0", content_layers="conv4_2=7"))
    assert content == {"conv4_2": 1.0}
    assert style == {"conv1_1": 0.75, "conv2_1": 0.25}
    assert set(layers(Optimize())[1].values()) == {0.2}, "the paper's 1/5"


def test_weights_of_layers_may_be_huge_or_tiny() -> None:
    assert layers(Optimize(style_layers="conv1_1=1e308,conv2_1=1e308"))[1] == {"conv1_1": 0.5, "conv2_1": 0.5}
    assert layers(Optimize(style_layers="conv1_1=1e-320,conv2_1=1e-320"))[1] == {"conv1_1": 0.5, "conv2_1": 0.5}
    assert layers(Optimize(style_layers="conv1_1=1e308,conv2_1=1e-308"))[1] == {"conv1_1": 1.0}


def test_an_unknown_layer_is_refused() -> None:
    with pytest.raises(BadOption, match="unknown layer 'conv4_5'"):
        layers(Optimize(content_layers="conv4_5"))


def test_the_published_loss_term_by_term() -> None:
    """alpha L_content + beta sum_l 1/5 E_l, summed up here once more as plainly as can be."""
    f, p, a = (NETWORK(x) for x in (PAINTED, CONTENT, STYLE))
    content = 0.5 * (f["conv4_2"] - p["conv4_2"]).square().sum()
    style = torch.zeros((), dtype=torch.float64)
    for name in ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"):
        channels, positions = f[name].shape[1], f[name][0, 0].numel()
        g, goal = (x[name][0].flatten(1) @ x[name][0].flatten(1).T for x in (f, a))
        style += (g - goal).square().sum() / (4 * channels**2 * positions**2) / 5
    loss, shares = objective(losses="gatys", content_weight=0.5, style_weight=3.0)(PAINTED)
    assert PAPER * Optimize().content_weight == pytest.approx(1e-3), "the paper's alpha / beta"
    assert shares["content"] == pytest.approx(PAPER * 0.5 * float(content))
    assert shares["style"] == pytest.approx(3 * float(style))
    assert float(loss) == pytest.approx(sum(shares.values()))


def test_the_relative_loss_term_by_term() -> None:
    f, p, a = (NETWORK(x) for x in (PAINTED, CONTENT, STYLE))
    content = (f["conv4_2"] - p["conv4_2"]).square().sum() / p["conv4_2"].square().sum()
    style = [float((gram(f[name]) - gram(a[name])).norm() / gram(a[name]).norm()) for name in ("conv1_1", "conv3_1")]
    loss, shares = objective(style_layers="conv1_1=3,conv3_1", content_weight=0.5, style_weight=2.0)(PAINTED)
    assert shares["content"] == pytest.approx(0.5 * float(content))
    assert shares["style"] == pytest.approx(2 * (0.75 * style[0] + 0.25 * style[1]))
    assert float(loss) == pytest.approx(sum(shares.values()))


@pytest.mark.parametrize("mode", ["relative", "gatys"])
def test_the_gradient_on_the_pixels_matches_finite_differences(mode: str) -> None:
    regions = [Region(((STYLE, 0.5), (OTHER, 0.5)), RAMP, 0.5), Region(((OTHER, 1.0),), 1 - RAMP, 0.5)]
    whole = objective(*regions, losses=mode, tv_weight=0.1, style_layers="conv1_1,conv2_1", strength=0.7)
    x = PAINTED.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(whole(x)[0], x)
    direction = picture(9) - 0.5
    step = 1e-6
    with torch.no_grad():
        slope = (whole(x + step * direction)[0] - whole(x - step * direction)[0]) / (2 * step)
    assert float((gradient * direction).sum()) == pytest.approx(float(slope), rel=1e-4)


@pytest.mark.parametrize("mode", ["relative", "gatys"])
def test_content_and_style_are_their_own_minimum(mode: str) -> None:
    assert objective(losses=mode)(CONTENT)[1]["content"] == 0
    assert objective(losses=mode)(STYLE)[1]["style"] == pytest.approx(0, abs=2e-6)
    still = objective(strength=1e-9, losses=mode)(CONTENT)[0]
    assert float(still) == pytest.approx(0, abs=2e-6)


@pytest.mark.parametrize("region", [WHOLE, Region(((STYLE, 1.0),), RAMP, 0.5)], ids=["whole", "masked"])
def test_strength_moves_the_target_from_the_content_to_the_style(region: Region) -> None:
    full = objective(region, losses="gatys")(CONTENT)[1]["style"]
    for strength in (0.1, 0.5, 0.9):
        # (G - target) shrinks by s, and the squared loss by s^2.
        part = objective(region, strength=strength, losses="gatys")(CONTENT)[1]["style"]
        assert part == pytest.approx(strength**2 * full)


def test_at_strength_zero_the_content_is_the_minimum() -> None:
    x = CONTENT.clone().requires_grad_()
    loss, _ = objective(strength=0.0)(x)
    loss.backward()  # type: ignore[no-untyped-call]
    assert float(loss.detach()) == pytest.approx(0, abs=2e-6)
    assert x.grad is not None
    assert float(x.grad.abs().max()) < 1e-6


def test_total_variation_is_added_and_named() -> None:
    plain, varied = (objective(tv_weight=weight)(PAINTED) for weight in (0.0, 2.0))
    assert "tv" not in plain[1]
    assert varied[1]["tv"] == pytest.approx(2 * float(losses.total_variation(PAINTED)))
    assert float(varied[0]) == pytest.approx(float(plain[0]) + varied[1]["tv"])


def test_a_region_is_the_guided_gram_matrix_at_each_layer() -> None:
    mask = torch.zeros(1, 1, 24, 32, dtype=torch.float64)
    mask[..., :11] = 1
    loss = objective(Region(((STYLE, 1.0),), mask, 0.4), losses="gatys", style_layers="conv3_1")(PAINTED)[1]["style"]
    f, a = NETWORK(PAINTED)["conv3_1"], NETWORK(STYLE)["conv3_1"]
    guide = adaptive_avg_pool2d(mask, f.shape[2:])[0, 0]
    expected = losses.Style(gram(a), guide)(f)
    assert loss == pytest.approx(0.4 * float(expected))


def test_a_region_does_not_look_at_the_rest() -> None:
    mask = torch.zeros(1, 1, 24, 32, dtype=torch.float64)
    mask[..., :16] = 1
    masked = objective(Region(((STYLE, 1.0),), mask, 0.5), style_layers="conv1_1", content_weight=0.0)
    x = PAINTED.clone().requires_grad_()
    masked(x)[0].backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    assert float(x.grad[..., :16].abs().max()) > 0
    assert not x.grad[..., 17:].any(), "conv1_1 sees one pixel beyond the edge"


def test_the_styles_of_a_region_share_one_target() -> None:
    both = objective(Region(((STYLE, 0.25), (OTHER, 0.75)), None, 1.0), losses="gatys", style_layers="conv2_1")
    mixed = 0.25 * gram(NETWORK(STYLE)["conv2_1"]) + 0.75 * gram(NETWORK(OTHER)["conv2_1"])
    expected = losses.Style(mixed)(NETWORK(PAINTED)["conv2_1"])
    assert both(PAINTED)[1]["style"] == pytest.approx(float(expected))


def test_what_has_no_weight_has_no_term() -> None:
    assert {term.kind for term in gram_losses(content_weight=0.0).terms} == {"style"}
    assert {term.kind for term in gram_losses(style_weight=0.0).terms} == {"content"}
    assert gram_losses(content_weight=0.0, style_weight=0.0, tv_weight=1.0).terms == []


def test_nothing_to_minimize_is_refused() -> None:
    with pytest.raises(BadOption, match="nothing to paint by"):
        objective(content_weight=0.0, style_weight=0.0)


def test_total_variation_alone_is_an_objective() -> None:
    x = PAINTED.clone().requires_grad_()
    loss, shares = objective(content_weight=0.0, style_weight=0.0, tv_weight=1.0)(x)
    loss.backward()  # type: ignore[no-untyped-call]
    assert list(shares) == ["tv"]
    assert x.grad is not None
    assert x.grad.any()
