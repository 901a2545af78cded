"""The losses ``neighbors``: the search, the targets, and what the descent makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from pinxit.config.options import Look, Optimize
from pinxit.images import Image
from pinxit.methods.base import Guide
from pinxit.methods.optimize import neighbors
from pinxit.methods.optimize.border import Border
from pinxit.methods.optimize.neighbors import COLUMN, NeighborLosses, nearest, on_grid
from pinxit.methods.optimize.plan import levels
from pinxit.methods.optimize.regions import Region
from pinxit.methods.optimize.stylizer import OptimizeStylizer
from pinxit.methods.optimize.tensors import to_tensor
from pinxit.nn.vgg import VGG19
from pinxit.styles.style import load_styles
from support.networks import tiny_vgg

CPU = torch.device("cpu")
NETWORK = VGG19(tiny_vgg(), NeighborLosses.layers(Optimize()), padding="replicate")


def picture(seed: int, height: int = 32, width: int = 48) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def losses(*regions: Region, strength: float = 1.0, **options: Any) -> NeighborLosses:
    chosen = Optimize(**{"losses": "neighbors", **options})
    whole = Region(((picture(1), 1.0),), None, 1.0)
    return NeighborLosses(NETWORK, picture(0), regions or [whole], Look(strength=strength), chosen)


def image(seed: int, height: int = 32, width: int = 48) -> Image:
    return np.random.default_rng(seed).random((height, width, 3), np.float32)


# ---------------------------------------------------------------------------------------------------- the search


def places(count: int, dimensions: int = 64) -> Tensor:
    return neighbors._unit(torch.randn(dimensions, count, generator=torch.Generator().manual_seed(3)))


def test_every_place_finds_itself() -> None:
    order = torch.randperm(500, generator=torch.Generator().manual_seed(4))
    assert torch.equal(nearest(places(500), places(500)[:, order]), order.argsort())


def test_neither_length_nor_mean_of_the_queries_count() -> None:
    assert torch.equal(nearest(3 * places(40) + 5, places(40)), torch.arange(40))


def test_more_queries_than_are_searched_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = nearest(places(100), places(50))
    monkeypatch.setattr(neighbors, "QUERIES", 7)
    assert torch.equal(nearest(places(100), places(50)), whole)


def test_a_column_has_the_features_of_every_layer_by_their_number() -> None:
    columns, features = losses()._columns(picture(0), (8, 12)), NETWORK(picture(0))
    for name in COLUMN:
        assert torch.allclose(columns[name].float(), on_grid(features[name], (8, 12))[0].flatten(1), rtol=1e-2)
    first = features["conv1_1"]
    assert torch.allclose(columns["conv1_1"][:, 0].float(), first[0, :, :4, :4].mean((1, 2)) / len(first[0]), rtol=1e-2)


def test_the_principal_directions_hold_what_differs() -> None:
    """Columns of rank 2 lose nothing when they are projected."""
    generator = torch.Generator().manual_seed(5)
    whole = torch.randn(40, 2, generator=generator) @ torch.randn(2, 300, generator=generator)
    directions = neighbors.principal_directions({"a": whole[:10], "b": whole[10:]})
    basis = torch.cat([directions["a"], directions["b"]])
    centered = whole - whole.mean(1, keepdim=True)
    assert torch.allclose(basis @ (basis.T @ centered), centered, atol=1e-4)


def test_layers_are_brought_to_the_grid() -> None:
    assert on_grid(torch.ones(1, 5, 32, 48), (8, 12)).shape == (1, 5, 8, 12)
    assert torch.allclose(on_grid(torch.ones(1, 5, 4, 6), (8, 12)), torch.full((1, 5, 8, 12), 1 / 5))


# ---------------------------------------------------------------------------------------------------- the losses


def test_the_products_have_the_right_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbors, "STORED", torch.float64)
    x, t = (torch.rand(3, 7, dtype=torch.float64) for _ in range(2))
    apply = neighbors._Products.apply
    assert torch.autograd.gradcheck(lambda x: apply(x, lambda: t), (x.requires_grad_(),))  # type: ignore[no-untyped-call]


def test_the_distance_worked_out_by_hand() -> None:
    made = losses()
    made.grid, made.squares = (1, 2), torch.tensor([4.0, 1.0])  # targets of the lengths 2 and 1
    distance = made._distance(torch.tensor([2.0, 0.0]), torch.tensor([1.0, 1.0]))  # alike but shorter; at right angles
    assert float(distance) == pytest.approx((0 + 1) / 2 + neighbors.MAGNITUDE * ((1 - 4 + 4) + (1 + 1)) / 5)


def test_a_content_in_its_own_style_is_where_it_should_be() -> None:
    own = losses(Region(((picture(0), 1.0),), None, 1.0))
    other = losses()
    for each in (own, other):
        each.search(None)
    assert own(picture(0))["style"] < 0.5 * other(picture(0))["style"]


def targets(made: NeighborLosses, seen: Tensor | None = None) -> Tensor:
    made.search(seen)
    return torch.cat([made.target(name) for name in COLUMN])


def test_targets_are_the_styles_own_columns() -> None:
    made = losses()
    (candidates,) = made.candidates
    columns = torch.cat(list(candidates.columns.values())).float().T
    for column in targets(made, picture(5)).T[::17]:
        assert (columns == column).all(1).any()
    assert torch.allclose(made.squares, targets(made, picture(5)).square().sum(0))


def test_strength_leads_from_the_photo_to_the_style() -> None:
    half = losses(strength=0.5)
    photo = torch.cat(list(half._columns(picture(0), half.grid).values())).float()
    assert torch.allclose(targets(half), 0.5 * targets(losses()) + 0.5 * photo, rtol=0.02, atol=1e-3)


def test_a_region_takes_after_its_own_style_and_no_style_leaves_the_photo() -> None:
    left = torch.zeros(1, 1, 32, 48)
    left[..., :24] = 1
    made = losses(Region(((picture(1), 1.0),), left, 0.5))
    target = targets(made).view(-1, 8, 12)
    photo = torch.cat(list(made._columns(picture(0), made.grid).values())).view(-1, 8, 12).float()
    assert torch.equal(target[..., 6:], photo[..., 6:])
    assert not torch.equal(target[..., :6], photo[..., :6])


def test_two_styles_share_the_targets_by_weight() -> None:
    one, two = (targets(losses(Region(((picture(seed), 1.0),), None, 1.0))) for seed in (1, 2))
    both = targets(losses(Region(((picture(1), 0.25), (picture(2), 0.75)), None, 1.0)))
    assert torch.allclose(both, 0.25 * one + 0.75 * two, rtol=0.02, atol=1e-3)


def test_recomputed_features_give_the_same_gradient() -> None:
    made, x = losses(), picture(3).requires_grad_()
    made.search(None)
    gradients = []
    for recompute in (False, True):
        made.network = VGG19(tiny_vgg(), NeighborLosses.layers(Optimize()), padding="replicate", recompute=recompute)
        gradients.append(torch.autograd.grad(sum(made(x).values(), torch.zeros(())), x)[0])
    assert torch.equal(*gradients)


def test_weights_scale_the_terms() -> None:
    single, double = losses(content_weight=0.0), losses(content_weight=0.0, style_weight=2.0)
    for each in (single, double):
        each.search(None)
    assert float(double(picture(3))["style"]) == pytest.approx(2 * float(single(picture(3))["style"]), rel=1e-5)
    assert set(single(picture(3))) == {"style"}
    assert losses(content_weight=0.0, style_weight=0.0).weightless


def test_the_edge_of_a_painting_is_left_out() -> None:
    framed = torch.zeros(1, 3, 128, 128)
    framed[:, :, 4:-4, 4:-4] = 1
    (picture_of, _), *_ = neighbors._trimmed(Region(((framed, 1.0),), None, 1.0)).styles
    assert picture_of.min() == 1


# ---------------------------------------------------------------------------------------------------- the border


@given(st.integers(1, 90), st.integers(1, 90), st.booleans())
def test_a_border_that_is_added_is_cut_off_again(height: int, width: int, mirrored: bool) -> None:
    border = Border.around((height, width), mirrored=mirrored)
    content = image(0, height, width)
    canvas = border.add(content)
    assert min(canvas.shape[:2]) >= 16
    assert np.array_equal(border.cut(to_tensor(canvas, CPU), canvas.shape[:2]), content)


@given(st.integers(40, 300), st.integers(40, 300))
def test_a_smaller_level_shows_the_content_alone(height: int, width: int) -> None:
    border = Border.around((height, width), mirrored=True)
    canvas = border.add(np.zeros((height, width, 3), np.float32))
    small = canvas.shape[0] // 2, canvas.shape[1] // 2
    shown = border.cut(torch.zeros(1, 3, *small), small)
    assert shown.shape[:2] == border.inner(small)
    assert abs(shown.shape[0] - height / 2) <= 1.5
    assert abs(shown.shape[1] - width / 2) <= 1.5


# ---------------------------------------------------------------------------------------------------- the descent


@pytest.fixture
def _thin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinxit.nn.vgg_weights.load", tiny_vgg)


def stylizer(look: dict[str, Any] | None = None, masks: Any = None, style: Any = None, **options: Any) -> Any:
    settings = Optimize(**{"losses": "neighbors", "steps": 4, "threads": 1, **options})
    return OptimizeStylizer(load_styles(image(1) if style is None else style, masks), Look(**(look or {})), settings)


@pytest.mark.usefixtures("_thin")
@pytest.mark.parametrize("size", [(1, 1), (15, 16), (33, 47), (140, 17)])
def test_any_size_is_painted_at_that_size(size: tuple[int, int]) -> None:
    painted = stylizer(steps=2)(image(0, *size))
    assert painted.shape == (*size, 3)
    assert 0 <= painted.min() <= painted.max() <= 1


@pytest.mark.usefixtures("_thin")
def test_the_same_picture_comes_again() -> None:
    assert np.array_equal(stylizer()(image(0)), stylizer()(image(0)))


@pytest.mark.usefixtures("_thin")
def test_steps_previews_and_shares_of_all_levels() -> None:
    steps = list(stylizer(levels=2).steps(image(0, 40, 64)))
    assert [step.index for step in steps] == list(range(1, steps[-1].of + 1))
    assert [step.share for step in steps] == sorted(step.share for step in steps)
    assert steps[-1].share == pytest.approx(1)
    assert steps[-1].preview().shape == (40, 64, 3)
    assert steps[0].preview().shape == (*steps[0].size, 3)


@pytest.mark.usefixtures("_thin")
def test_a_masked_half_stays_nearer_to_the_photo_than_the_painted_one() -> None:
    mask = np.zeros((32, 48), np.float32)
    mask[:, :24] = 1
    content = image(0)
    change = np.abs(stylizer(masks=[mask], init="content", steps=12, levels=1)(content) - content).mean(2)
    assert change[:, :20].mean() > 1.5 * change[:, 28:].mean()


@pytest.mark.usefixtures("_thin")
def test_a_frame_of_a_film_stays_near_to_its_guide() -> None:
    guide = Guide(image(7), np.ones((32, 48), np.float32), 1e4)
    painted, _ = stylizer(steps=6).paint_frame(image(0), guide)
    assert np.abs(painted - guide.picture).mean() < 0.02


def test_effort_sets_the_steps() -> None:
    counts = [
        sum(level.steps for level in levels((512, 512), Optimize(losses="neighbors", effort=effort)))
        for effort in ("quick", "good", "best")
    ]
    assert counts == sorted(counts)
    assert counts[0] < 0.5 * counts[1]
    assert counts[2] > 2 * counts[1]


@given(st.integers(1, 40), st.integers(16, 700))
def test_the_rounds_of_a_level_have_all_its_steps(steps: int, side: int) -> None:
    for level in levels((side, side), Optimize(losses="neighbors", steps=steps)):
        assert sum(map(level.steps_of, range(level.rounds))) == level.steps
        assert all(level.steps_of(number) for number in range(level.rounds))


def test_searches_and_preparations_count_as_work() -> None:
    """Times on one core at 512 px, effort quick: 4.7, 8.9 and 30.1 s at the three levels."""
    work = [level.work for level in levels((341, 512), Optimize(effort="quick"))]
    shares = [each / sum(work) for each in work]
    measured = [each / 43.7 for each in (4.7, 8.9, 30.1)]
    assert shares == pytest.approx(measured, abs=0.04)
