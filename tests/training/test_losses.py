"""The losses of the any-style recipe: by hand, at their targets, and by their gradients."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from pinxit.config.spec import Value
from pinxit.config.training import TrainAdain
from pinxit.nn.gram import gram
from pinxit.nn.vgg import VGG19
from pinxit.training.losses.any_style import AnyStyleLoss, make_batch
from pinxit.training.losses.features import (
    StyleStats,
    random_positions,
    relative_distance,
    remd,
    self_similarity_loss,
    weighted_mean,
)
from support.networks import tiny_vgg


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def points(*vectors: tuple[float, ...]) -> Tensor:
    """Return the features (1, C, 1, K) with these vectors."""
    return torch.tensor(vectors).T[None, :, None]


def options(**changed: Value) -> TrainAdain:
    small: dict[str, Value] = {"batch": 2, "crop_size": 32, "image_size": 36, "precision": "float32"}
    return TrainAdain(**{**small, **changed})  # type: ignore[arg-type]


def test_a_relative_distance_is_0_at_the_target_and_1_at_black() -> None:
    target = torch.rand(2, 3, 4, 4)
    torch.testing.assert_close(relative_distance(target, target), torch.full((2,), 1e-6))
    torch.testing.assert_close(relative_distance(torch.zeros_like(target), target), torch.ones(2))


def test_style_statistics_are_gram_mean_and_deviation() -> None:
    features = torch.rand(2, 3, 4, 5)
    stats = StyleStats.of(features)
    torch.testing.assert_close(stats.gram, gram(features))
    torch.testing.assert_close(stats.mean, features.mean((2, 3)))
    torch.testing.assert_close(stats.std, (features.var((2, 3), correction=0) + 1e-6).sqrt())
    torch.testing.assert_close(stats.select(torch.tensor([1, 1])).mean, features.mean((2, 3))[[1, 1]])


def test_layers_are_averaged_by_their_weights() -> None:
    values = {"conv1_1": torch.tensor([1.0, 3.0]), "conv2_1": torch.tensor([6.0, 2.0])}
    mean = weighted_mean(values.__getitem__, {"conv1_1": 3.0, "conv2_1": 1.0})
    torch.testing.assert_close(mean, torch.tensor([0.75 * 1 + 0.25 * 6, 0.75 * 3 + 0.25 * 2]))


def test_remd_is_the_larger_of_two_mean_distances_to_the_nearest() -> None:
    # The painted vectors are all found in the style; one of its three, at 45 degrees to both, is not painted.
    painted, style = points((1, 0), (0, 2)), points((3, 0), (0, 1), (1, 1))
    expected = (1 - math.sqrt(0.5)) / 3
    assert float(remd(painted, style, 16, generator())) == pytest.approx(expected, abs=1e-6)
    assert float(remd(style, painted, 16, generator())) == pytest.approx(expected, abs=1e-6)
    opposite = remd(points((1, 0)), points((-1, 0)), 16, generator())
    assert float(opposite) == pytest.approx(2)


def test_remd_does_not_ask_for_positions_and_is_one_value_per_picture() -> None:
    features = torch.rand(2, 5, 6, 7, generator=generator())
    shuffled = features.flatten(2)[:, :, torch.randperm(42, generator=generator(1))].reshape(2, 5, 7, 6)
    torch.testing.assert_close(remd(features, shuffled, 99, generator()), torch.zeros(2), atol=1e-5, rtol=0)
    other = remd(features, torch.rand(2, 5, 4, 4, generator=generator(2)), 99, generator())
    assert other.shape == (2,)
    assert (other > 1e-3).all()


def test_self_similarity_by_hand() -> None:
    # Distances among three vectors: 0 between the equal ones, else 1; and all 1 where all three differ.
    content, painted = points((1, 0, 0), (1, 0, 0), (0, 1, 0)), points((1, 0, 0), (0, 1, 0), (0, 0, 1))
    # Rows, scaled, of the content: (0, 0, 1), (0, 0, 1), (.5, .5, 0); of the painted: .5 beside the diagonal.
    expected = (1 + 1 + 0) / 3
    assert float(self_similarity_loss(painted, content, generator())) == pytest.approx(expected, abs=1e-4)
    assert float(self_similarity_loss(5 * content, content, generator())) == pytest.approx(0, abs=1e-6)


def test_self_similarity_stays_where_all_colors_are_exchanged() -> None:
    content = torch.rand(1, 3, 8, 8, generator=generator())
    assert float(self_similarity_loss(content[:, [2, 0, 1]], content, generator())) == pytest.approx(0, abs=1e-5)
    assert float(self_similarity_loss(content.flip(3), content, generator())) > 0.05


def test_a_flat_picture_has_finite_losses_and_gradients() -> None:
    flat = torch.zeros(1, 3, 8, 8, requires_grad=True)
    content = torch.rand(1, 3, 8, 8)
    loss = remd(flat, content, 16, generator()) + self_similarity_loss(flat, content, generator())
    (gradient,) = torch.autograd.grad(loss.sum(), flat)
    assert loss.isfinite().all()
    assert gradient.isfinite().all()


@pytest.mark.parametrize("loss", [remd, self_similarity_loss])
def test_gradients_of_local_losses_agree_with_finite_differences(loss: object) -> None:
    painted = torch.rand(1, 4, 3, 3, generator=generator()).double().requires_grad_()
    target = torch.rand(1, 4, 3, 3, generator=generator(1)).double()

    def value(x: Tensor) -> Tensor:
        if loss is remd:
            return remd(x, target, 9, generator())
        return self_similarity_loss(x, target, generator(), 9)

    (gradient,) = torch.autograd.grad(value(painted).sum(), painted)
    direction = torch.rand(painted.shape, generator=generator(2)).double() - 0.5
    step = 1e-2
    with torch.no_grad():
        slope = (value(painted + step * direction) - value(painted - step * direction)).sum() / (2 * step)
    assert float((gradient * direction).sum()) == pytest.approx(float(slope), rel=0.05, abs=1e-4)


def test_positions_are_different_and_follow_the_seed() -> None:
    features = torch.zeros(1, 1, 5, 5)
    chosen = random_positions(features, 10, generator())
    assert len(set(chosen.tolist())) == 10
    assert torch.equal(chosen, random_positions(features, 10, generator()))
    assert len(random_positions(features, 99, generator())) == 25


def test_each_photo_is_painted_in_different_paintings_and_some_in_their_own_style() -> None:
    contents, styles = torch.rand(3, 3, 8, 8), torch.rand(3, 3, 8, 8)
    batch = make_batch(contents, styles, styles_per_photo=2, identities=1)
    assert batch.pairs.tolist() == [[0, 0], [0, 1], [1, 1], [1, 2], [2, 2], [2, 0], [0, 3]]
    torch.testing.assert_close(batch.styles, torch.cat([styles, contents[:1]]))


LOCAL: dict[str, Value] = {
    "palette_weight": 2.0,
    "remd_weight": 3.0,
    "self_similarity_weight": 1.0,
    "gram_layers": "conv1_1,conv2_1,conv3_1",
}


@pytest.mark.parametrize("changed", [{}, LOCAL])
def test_the_loss_is_zero_where_every_target_is_met(changed: dict[str, Value]) -> None:
    chosen = options(tv_weight=0.0, **changed)
    loss = AnyStyleLoss(VGG19(tiny_vgg(), AnyStyleLoss.layers(chosen)), chosen)
    contents = torch.rand(2, 3, 32, 32)
    batch = make_batch(contents, contents, styles_per_photo=1, identities=1)
    targets = loss.targets(batch)
    met = loss(contents[batch.pairs[:, 0]], batch, targets, generator())
    assert float(met["loss"]) < 1e-4
    missed = loss(1 - contents[batch.pairs[:, 0]] / 2, batch, targets, generator())
    assert all(float(missed[name]) > 1e-3 for name in {*loss.terms} - {"tv", "grid_artifact"})


def test_local_losses_are_terms_only_with_a_weight_and_choose_the_layers() -> None:
    assert AnyStyleLoss.layers(options()) == {
        "conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv4_2", "conv5_1",
    }  # fmt: skip
    assert AnyStyleLoss.layers(options(**LOCAL)) == {"conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv4_2"}
    none = AnyStyleLoss(lambda x: {}, options())
    both = AnyStyleLoss(lambda x: {}, options(**LOCAL))
    assert none.terms == ("content", "style", "moments", "identity", "tv", "grid_artifact")
    assert both.terms == (*none.terms, "remd", "self_similarity", "palette")


def test_the_loss_is_the_weighted_sum_of_its_terms() -> None:
    chosen = options(**LOCAL)
    loss = AnyStyleLoss(VGG19(tiny_vgg(), AnyStyleLoss.layers(chosen)), chosen)
    contents, styles = torch.rand(2, 3, 32, 32), torch.rand(2, 3, 32, 32)
    batch = make_batch(contents, styles, styles_per_photo=1, identities=1)
    values = loss(torch.rand(3, 3, 32, 32), batch, loss.targets(batch), generator())
    total = sum(loss.weights[name] * float(values[name]) for name in loss.terms)
    assert float(values["loss"]) == pytest.approx(total, rel=1e-5)
    assert loss.weights["remd"] == 3
