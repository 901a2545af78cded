"""Propagated frames: which windows are repainted and how, and that long shots stay unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pinxit.images import Image
from pinxit.images.types import Window
from pinxit.video import propagate, temporal_blend
from pinxit.video.io.film import Plane
from pinxit.video.propagate import BLOCK
from pinxit.video.record import State
from pinxit.video.steady_stylizer import SteadyStylizer
from pinxit.video.temporal_blend import WarpedFrame
from support.films import moving


@dataclass
class Counting:
    """Paints negatives, and records full frames and windows."""

    full: list[float] = field(default_factory=list)
    windows: list[Sequence[Window]] = field(default_factory=list)
    margins: list[int] = field(default_factory=list)
    same: bool = True
    uses_previous: bool = False
    needed_margin: int = 0

    def paint(self, photo: Image, alpha: Any, seconds: float, before: WarpedFrame | None) -> tuple[Image, State]:
        self.full.append(seconds)
        return 1 - photo, {"first": photo[:1, :1]}

    def repaint(
        self, photo: Image, windows: Sequence[Window], seconds: float, state: State, margin: int
    ) -> list[Image]:
        if not seconds:  # margins are tried on the first frame
            self.margins.append(margin)
            return [1 - photo[window] + 0.1 * (margin < self.needed_margin) for window in windows]
        self.windows.append(windows)
        return [1 - photo[window] for window in windows]

    def masks(self, alpha: Plane | None, seconds: float) -> list[Plane]:
        return []

    def same_style(self, since: float, seconds: float) -> bool:
        return self.same


def ground(height: int = 96, width: int = 160) -> Image:
    rng = np.random.default_rng(0)
    coarse = rng.random((height // 8, width // 8, 3), np.float32).repeat(8, axis=0).repeat(8, axis=1)
    soft = np.mean([np.roll(coarse, shift, axis) for axis in (0, 1) for shift in range(-3, 4)], axis=0)
    return np.ascontiguousarray(soft, np.float32)


def steady_stylizer(stylizer: Any, every: int = 3, steadiness: float = 0.7) -> SteadyStylizer:
    return SteadyStylizer(stylizer, 512, steadiness, every)


def painted(stylizer: Counting, photos: Sequence[Image], every: int = 3, steadiness: float = 0.7) -> list[Image]:
    steady, prepared, state, frames = steady_stylizer(stylizer, every, steadiness), None, None, []
    for number, photo in enumerate(photos):
        prepared = steady.prepare(photo, None, prepared)
        show, _, state = steady(prepared, float(number), state)
        frames.append(show())
    return frames


def test_a_still_shot_is_painted_every_third_frame_and_nothing_between() -> None:
    stylizer = Counting()
    frames = painted(stylizer, [ground()] * 7)
    assert stylizer.full == [0, 3, 6]
    assert not stylizer.windows
    assert all(np.abs(frame - (1 - ground())).max() < 0.01 for frame in frames)


def test_what_appears_is_painted_at_once_and_nothing_else() -> None:
    stylizer = Counting()
    after = ground()
    after[10:22, 70:82] = 1.0
    frames = painted(stylizer, [ground(), after])
    assert stylizer.full == [0]
    (windows,) = stylizer.windows
    area = sum((rows.stop - rows.start) * (columns.stop - columns.start) for rows, columns in windows)
    assert area < 0.5 * 96 * 160
    assert np.abs(frames[1][12:20, 72:80]).max() < 0.1


@pytest.mark.parametrize("every", [1, 2, 5])
def test_every_nth_frame_is_painted_in_full(every: int) -> None:
    stylizer = Counting()
    painted(stylizer, [ground()] * 6, every)
    assert stylizer.full == list(range(0, 6, every))


def test_while_the_style_changes_every_frame_is_painted_in_full() -> None:
    stylizer = Counting(same=False)
    painted(stylizer, [ground()] * 4)
    assert stylizer.full == [0, 1, 2, 3]


def test_a_new_scene_is_painted_in_full() -> None:
    stylizer = Counting()
    painted(stylizer, [ground(), ground(), *(1 - frame[::-1] for frame in moving(2, 96, 160))])
    assert 2 in stylizer.full


def test_300_frames_neither_darken_nor_smear_where_nothing_moves() -> None:
    photos = []
    for number in range(300):
        photo = ground()
        photo[10:20, number % 140 : number % 140 + 10] = 1.0  # something passes before it
        photos.append(photo)
    frames = painted(Counting(), photos)
    still = np.s_[40:]
    expected = 1 - ground()[still]
    assert abs(frames[-1][still].mean() - expected.mean()) < 0.002
    assert np.abs(frames[-1][still] - expected).mean() < 0.005
    assert frames[-1][still].std() == pytest.approx(expected.std(), rel=0.02)


@given(st.integers(1, 150), st.integers(1, 150), st.lists(st.tuples(st.integers(0, 149), st.integers(0, 149))))
def test_windows_cover_all_doubtful_blocks(height: int, width: int, places: list[tuple[int, int]]) -> None:
    trust = np.ones((height, width), np.float32)
    blocks = {(row % height // BLOCK, column % width // BLOCK) for row, column in places}
    for row, column in blocks:
        trust[row * BLOCK : (row + 1) * BLOCK, column * BLOCK : (column + 1) * BLOCK] = 0
    windows = propagate.repaint_windows(trust, 16)
    if windows is None:
        return
    covered = np.zeros((height, width), bool)
    for rows, columns in windows:
        assert rows.start % BLOCK == columns.start % BLOCK == 0
        assert rows.stop <= height
        assert columns.stop <= width
        covered[rows, columns] = True
    assert covered[trust == 0].all()
    assert bool(windows) == bool(blocks)


def test_with_too_much_doubt_the_frame_is_painted_in_full() -> None:
    assert propagate.repaint_windows(np.zeros((96, 160), np.float32), 16) is None
    assert propagate.repaint_windows(np.ones((96, 160), np.float32), 16) == []


def test_the_cost_of_a_box_ends_with_the_frame() -> None:
    trust = np.ones((64, 384), np.float32)
    trust[:32, 160:192] = 0
    (window,) = propagate.repaint_windows(trust, 64) or []  # 64 x 160 px of 64 x 384, not 160 x 160
    assert window == (slice(0, 32), slice(160, 192))
    trust[:, 64:320] = 0
    assert propagate.repaint_windows(trust, 64) is None


@pytest.mark.parametrize(("gap", "boxes"), [(4, 1), (8, 2)])
def test_a_run_has_a_fixed_cost(gap: int, boxes: int) -> None:
    trust = np.ones((480, 640), np.float32)
    for column in (32, 32 + (gap + 1) * BLOCK):
        trust[64:96, column : column + BLOCK] = 0
    windows = propagate.repaint_windows(trust, 16) or []
    assert len(windows) == boxes, "two boxes near each other are painted in one run, with the blocks between them"


def test_scattered_doubt_is_not_repainted() -> None:
    trust = np.ones((128, 128), np.float32)
    trust[::5] = 0
    assert propagate.repaint_windows(trust, 16) == []
    trust[::3] = 0
    assert propagate.repaint_windows(trust, 16) != []


@pytest.mark.parametrize("every", [1, 3])
def test_grain_is_restored_when_the_frame_is_rendered(every: int, monkeypatch: pytest.MonkeyPatch) -> None:
    touched, own = [], temporal_blend.restore_grain

    def counted(blended: Image, last: WarpedFrame | None, expected: np.float32) -> Image:
        touched.append(last)
        return own(blended, last, expected)

    monkeypatch.setattr(temporal_blend, "restore_grain", counted)
    steady, state, shows = steady_stylizer(Counting(), every), None, []
    for number in range(3):
        show, _, state = steady(steady.prepare(ground(), None, None), float(number), state)
        shows.append(show)
    assert not touched
    late = [show() for show in shows]
    assert len(touched) == 3
    for one, other in zip(late, painted(Counting(), [ground()] * 3, every), strict=True):
        assert np.array_equal(one, other)


FLAT = np.full((48, 48), 128, np.uint8)
"""A photo without detail."""


def test_new_paint_replaces_what_is_not_trusted_and_fades_out() -> None:
    trust = np.ones((96, 96), np.float32)
    trust[:24, :24] = 0
    before = WarpedFrame(np.zeros((96, 96, 3), np.float32), trust, np.zeros((96, 96, 2), np.float32), FLAT)
    windows = propagate.expand([(slice(0, 32), slice(0, 32))], (96, 96))
    assert windows == [(slice(0, 48), slice(0, 48))]
    laid = propagate.compose(before, windows, [np.ones((48, 48, 3), np.float32)])
    assert (laid[:24, :24] == 1).all()
    assert not laid[24 + temporal_blend.EDGE :].any()
    assert not laid[:, 24 + temporal_blend.EDGE :].any()
    assert max(np.abs(np.diff(laid, axis=axis)).max() for axis in (0, 1)) < 0.1
    assert not before.picture.any()


@settings(deadline=None, max_examples=30)
@given(hnp.arrays(np.float32, (3, 4), elements=st.sampled_from([0.0, 0.3, 1.0])), st.integers(0, 2), st.integers(0, 3))
def test_paint_fades_out_at_the_edge_of_its_window_too(trust: Plane, row: int, column: int) -> None:
    blocks = np.kron(trust, np.ones((32, 32), np.float32))
    before = WarpedFrame(np.zeros((96, 128, 3), np.float32), blocks, np.zeros((96, 128, 2), np.float32), FLAT)
    own = slice(32 * row, 32 * row + 32), slice(32 * column, 32 * column + 32)
    (window,) = propagate.expand([own], (96, 128))
    laid = propagate.compose(before, [window], [np.ones((*blocks[window].shape, 3), np.float32)])[..., 0]
    assert laid[own] == pytest.approx(1 - before.soft_trust[own])
    outside = np.ones_like(blocks, np.bool_)
    outside[window] = False
    assert not laid[outside].any()
    assert max(np.abs(np.diff(laid, axis=axis)).max() for axis in (0, 1)) < 0.75  # steps of the trust itself


def test_preparing_ahead_changes_nothing() -> None:
    photos = [ground(), np.roll(ground(), 2, 1), np.roll(ground(), 5, 1)]
    steady, state, late = steady_stylizer(Counting()), None, []
    for number, photo in enumerate(photos):
        prepared = steady.prepare(photo, None, None)
        assert prepared.motion is None
        show, _, state = steady(prepared, float(number), state)
        late.append(show())
    for one, other in zip(painted(Counting(), photos), late, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize(("needed", "tried"), [(0, [32]), (33, [32, 48]), (999, [32, 48, 64, 96])])
def test_the_smallest_invisible_margin_is_chosen(needed: int, tried: list[int]) -> None:
    stylizer, photo = Counting(needed_margin=needed), ground(256, 256)
    steady = steady_stylizer(stylizer)
    _, _, first = steady(steady.prepare(photo, None, None), 0.0, None)
    _, _, second = steady(steady.prepare(photo, None, None), 1.0, first)
    assert stylizer.margins == tried, "on the first frame only"
    assert int(second["margin"]) == (128 if needed == 999 else tried[-1])


@pytest.mark.parametrize(("needed", "tried"), [(0, [32, 32]), (33, [32, 48, 48]), (999, [32, 48, 64, 96] * 2)])
def test_the_margin_of_the_next_scene_is_no_smaller(needed: int, tried: list[int]) -> None:
    stylizer = Counting(needed_margin=needed)
    steady = steady_stylizer(stylizer)
    _, _, first = steady(steady.prepare(ground(256, 256), None, None), 0.0, None)
    other = np.random.default_rng(3).random((256, 256, 3), np.float32)
    steady(steady.prepare(other, None, None), 0.0, first)
    assert stylizer.margins == tried


def test_while_style_or_strength_change_the_margin_is_the_largest() -> None:
    stylizer, photo = Counting(same=False), ground()
    steady = steady_stylizer(stylizer)
    _, _, state = steady(steady.prepare(photo, None, None), 0.0, None)
    assert int(state["margin"]) == 128
    assert not stylizer.margins


def test_probe_windows_lie_inside_the_picture() -> None:
    for size in ((16, 16), (40, 300), (720, 1280)):
        for rows, columns in propagate.probe_windows(size):
            assert 0 <= rows.start < rows.stop <= size[0]
            assert 0 <= columns.start < columns.stop <= size[1]
            assert rows.start % BLOCK == columns.start % BLOCK == 0


def test_the_difference_is_that_of_the_worst_window() -> None:
    whole = ground()
    windows = propagate.probe_windows(whole.shape[:2])
    parts = [whole[window].copy() for window in windows]
    assert propagate.largest_difference(whole, windows, parts) == 0
    parts[1] += 0.25
    assert propagate.largest_difference(whole, windows, parts) == pytest.approx(0.25)


def test_doubt_stays_until_it_is_repainted() -> None:
    trust = np.ones((64, 64), np.float32)
    trust[:8, :8] = 0.2
    trust[40:, 40:] = 0.1
    doubt = propagate.remaining_doubt(trust, [(slice(32, 64), slice(32, 64))])
    assert doubt[:8, :8] == pytest.approx(0.8)
    assert not doubt[32:].any()
    photo = ground()
    stylizer, state = Counting(), None
    steady = steady_stylizer(stylizer)
    _, _, state = steady(steady.prepare(photo, None, None), 0.0, state)
    _, _, state = steady(steady.prepare(photo, None, None), 1.0, state)
    wrong = state["painted"].copy()
    wrong[40:44, 40:44] = 1.0
    state |= {"painted": wrong, "doubt": (wrong == 1.0).all(2).astype(np.float32)}
    _, _, state = steady(steady.prepare(photo, None, None), 2.0, state)
    show, _, _ = steady(steady.prepare(photo, None, None), 3.0, state)
    assert np.abs(show() - (1 - photo))[40:44, 40:44].mean() < 0.02
