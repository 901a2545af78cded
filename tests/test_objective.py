"""The objective: alpha, beta, strength, layers and regions, on a thin network of random weights."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from networks import thin_vgg
from pinxit.errors import BadOption
from pinxit.optimize import losses
from pinxit.optimize.objective import PAPER, Objective, layers
from pinxit.optimize.regions import Region
from pinxit.optimize.vgg import VGG19
from pinxit.options import Look, Optimize

STYLE_LAYERS = "conv1_1,conv2_1"
OPTIONS = Optimize(content_layers="conv2_1", style_layers=STYLE_LAYERS)


def picture(seed: int, height: int = 20, width: int = 24) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def network() -> VGG19:
    return VGG19(thin_vgg(), ["conv1_1", "conv2_1"])


WHOLE = Region(((picture(1), 1.0),), None, 1.0)


def test_weights_of_layers_sum_to_one() -> None:
    content, style = layers(Optimize(style_layers="conv1_1=3,conv2_1=1,conv3_1=0"))
    assert content == {"conv4_2": 1.0}
    assert style == {"conv1_1": 0.75, "conv2_1": 0.25}


def test_the_relative_loss_is_made_of_the_distances(network: VGG19) -> None:
    x, content = picture(2), picture(0)
    options = Optimize(content_layers="conv2_1", style_layers=STYLE_LAYERS, content_weight=3.0, style_weight=2.0)
    loss, parts = Objective(network, content, [WHOLE], Look(), options)(x)
    f, p, a = network(x), network(content), network(picture(1))
    distance = (f["conv2_1"] - p["conv2_1"]).norm() / p["conv2_1"].norm()
    styles = []
    for name in ("conv1_1", "conv2_1"):
        target = losses.mean_gram(a[name])
        styles.append(float((losses.mean_gram(f[name]) - target).norm() / target.norm()))
    assert parts["content"] == pytest.approx(3 * float(distance) ** 2, rel=1e-4)
    assert parts["style"] == pytest.approx(2 * sum(styles) / 2, rel=1e-4)
    assert float(loss) == pytest.approx(sum(parts.values()), rel=1e-5)


def test_the_published_loss_is_the_published_one(network: VGG19) -> None:
    x, content = picture(2), picture(0)
    options = Optimize(losses="gatys", content_layers="conv2_1", style_layers=STYLE_LAYERS)
    _, parts = Objective(network, content, [WHOLE], Look(), options)(x)
    f, p, a = network(x), network(content), network(picture(1))
    assert parts["content"] == pytest.approx(
        options.content_weight * PAPER * 0.5 * float((f["conv2_1"] - p["conv2_1"]).square().sum()), rel=1e-4
    )
    style = 0.0
    for name in ("conv1_1", "conv2_1"):  # w_l = 1/2; both pictures have the same size, so M = M'
        channels, positions = f[name].shape[1], f[name].shape[2] * f[name].shape[3]
        difference = losses.gram(f[name]) - losses.gram(a[name])
        style += 0.5 * float(difference.square().sum()) / (4 * channels**2 * positions**2)
    assert parts["style"] == pytest.approx(style, rel=1e-4)


def test_at_strength_zero_the_content_is_the_minimum(network: VGG19) -> None:
    content = picture(0)
    x = content.clone().requires_grad_()
    loss, _ = Objective(network, content, [WHOLE], Look(strength=0.0), OPTIONS)(x)
    loss.backward()  # type: ignore[no-untyped-call]
    assert float(loss.detach()) < 1e-5
    assert x.grad is not None
    assert float(x.grad.abs().max()) < 1e-3


def test_strength_moves_the_target_smoothly(network: VGG19) -> None:
    content = picture(0)
    found = [
        float(Objective(network, content, [WHOLE], Look(strength=s), OPTIONS)(content)[0]) for s in (0.25, 0.5, 0.75, 1)
    ]
    assert found == sorted(found)
    assert found[0] > 0


def test_two_styles_of_equal_share_are_their_mean(network: VGG19) -> None:
    both = Region(((picture(1), 0.5), (picture(3), 0.5)), None, 1.0)
    same = Region(((picture(1), 0.5), (picture(1), 0.5)), None, 1.0)
    x, content = picture(2), picture(0)
    alone = Objective(network, content, [WHOLE], Look(), OPTIONS)(x)[0]
    assert float(Objective(network, content, [same], Look(), OPTIONS)(x)[0]) == pytest.approx(float(alone), rel=1e-4)
    assert float(Objective(network, content, [both], Look(), OPTIONS)(x)[0]) != pytest.approx(float(alone), rel=1e-4)


def test_a_masked_region_pulls_only_where_it_is(network: VGG19) -> None:
    mask = torch.zeros(1, 1, 20, 24)
    mask[..., :8] = 1
    region = Region(((picture(1), 1.0),), mask, 8 / 24)
    x = picture(2).requires_grad_()
    options = Optimize(content_weight=0.0, style_layers="conv1_1", content_layers="conv1_1")
    loss, _ = Objective(network, picture(0), [region], Look(), options)(x)
    loss.backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    assert float(x.grad[..., :8].abs().max()) > 0
    assert float(x.grad[..., 9:].abs().max()) == 0  # conv1_1 sees one pixel around


def test_total_variation_is_a_part_of_its_own(network: VGG19) -> None:
    options = Optimize(content_layers="conv2_1", style_layers=STYLE_LAYERS, tv_weight=2.0)
    x = picture(2)
    _, parts = Objective(network, picture(0), [WHOLE], Look(), options)(x)
    assert parts["tv"] == pytest.approx(2 * float(losses.total_variation(x)))


def test_nothing_to_paint_by_is_refused(network: VGG19) -> None:
    options = Optimize(content_layers="conv2_1", style_layers=STYLE_LAYERS, content_weight=0.0, style_weight=0.0)
    with pytest.raises(BadOption, match="nothing to paint by"):
        Objective(network, picture(0), [WHOLE], Look(), options)
