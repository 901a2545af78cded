"""Blending with the warped previous output: trust, scene cuts, and pictures that neither drift nor smear."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pinxit.images import Image
from pinxit.methods.base import Guide
from pinxit.video import flow, temporal_blend
from pinxit.video.io.film import Plane
from pinxit.video.record import State
from pinxit.video.temporal_blend import WarpedFrame
from support.films import moving, pan


def remember(photo: flow.Gray, blended: Image) -> State:
    """Return the state that the next frame needs."""
    return {temporal_blend.GRAY: photo, temporal_blend.PAINTED: blended}


def flickering(pictures: list[Image], strength: float = 0.15) -> list[Image]:
    """Return paintings of the pictures that flicker."""
    rng = np.random.default_rng(1)
    return [np.clip(0.8 * p + rng.normal(0.1, strength, p.shape), 0, 1).astype(np.float32) for p in pictures]


def shown(photos: list[Image], painted: list[Image], steadiness: float) -> list[Image]:
    state, frames = None, []
    for photo, image in zip(photos, painted, strict=True):
        gray = flow.gray(photo)
        last = temporal_blend.warp_previous(gray, (photo.shape[0], photo.shape[1]), state)
        half, blended = (temporal_blend.blend(image, last, steadiness, frames) for frames in (0.5, 1))
        frames.append(temporal_blend.restore_grain(half, last, temporal_blend.grain(image, last)))
        state = remember(gray, blended)
    return frames


def test_a_scene_cut_is_judged_at_the_painted_size() -> None:
    first, second = (flow.gray(frame) for frame in pan(2))
    size, still = (150, 250), np.zeros((96, 160, 2), np.float32)
    trust = np.random.default_rng(0).random((96, 160), np.float32) ** 4
    means = [each.trust.mean() for each in (flow.Motion(still, trust), flow.Motion(still, trust).at(size))]
    motion = flow.Motion(still, trust * np.float32(temporal_blend.SCENE_CUT / np.mean(means)))
    cuts = [each.trust.mean() < temporal_blend.SCENE_CUT for each in (motion, motion.at(size))]
    assert cuts[0] != cuts[1]
    state = remember(first, np.zeros((*size, 3), np.float32))
    first_cut, second_cut = (
        temporal_blend.warp_previous(second, size, state, None, each) is None for each in (motion, motion.at(size))
    )
    assert first_cut is second_cut


def test_what_comes_into_the_picture_is_not_trusted() -> None:
    first, second = pan(2, step=6)
    last = temporal_blend.warp_previous(flow.gray(second), (96, 160), remember(flow.gray(first), first))
    assert last is not None
    assert last.trust[:, -5:].mean() < 0.2
    assert last.trust[:, 20:-20].mean() > 0.9


def test_what_was_hidden_is_not_trusted() -> None:
    ground = pan(1)[0]
    frames = []
    for left in (40, 60):
        picture = ground.copy()
        picture[30:70, left : left + 40] = ground[:40, :40] * 0.5
        frames.append(picture)
    first, second = (flow.gray(frame) for frame in frames)
    last = temporal_blend.warp_previous(second, (96, 160), remember(first, frames[0]))
    assert last is not None
    assert last.trust[35:65, 42:56].mean() < 0.3
    assert last.trust[:, 110:].mean() > 0.9


def test_trust_depends_on_the_contrast_of_the_film() -> None:
    """A step of 0.03 is small in a film of full contrast, and large in a dark one."""
    bold, dark = (share * pan(1)[0] for share in (0.9, 0.1))
    trusts = []
    for ground in (bold, dark):
        changed = ground.copy()
        changed[30:70, 60:100] += 0.03
        last = temporal_blend.warp_previous(flow.gray(changed), (96, 160), remember(flow.gray(ground), ground))
        assert last is not None
        trusts.append(last.trust[36:64, 66:94].mean())
    assert trusts[0] > 0.6
    assert trusts[1] < 0.1


def test_trust_is_0_where_a_mask_moved_by_itself() -> None:
    photo, gray = pan(1)[0], flow.gray(pan(1)[0])
    masks = np.zeros((96, 160, 1), np.float32)
    masks[:, :80] = 1
    state = {**remember(gray, photo), temporal_blend.MASKS: masks}
    later = masks.copy()
    later[:, :100] = 1
    last = temporal_blend.warp_previous(gray, (96, 160), state, later)
    assert last is not None
    assert last.trust[:, 82:98].max() < 0.01
    assert last.trust[:, :78].mean() > 0.95
    assert last.trust[:, 102:].mean() > 0.95


def test_a_mask_that_moves_with_the_picture_is_trusted() -> None:
    first, second = pan(2)
    masks = np.zeros((96, 160, 1), np.float32)
    masks[:, 40:80] = 1
    state = {**remember(flow.gray(first), first), temporal_blend.MASKS: masks}
    last = temporal_blend.warp_previous(flow.gray(second), (96, 160), state, np.roll(masks, -3, axis=1))
    assert last is not None
    assert last.trust[20:-20, 20:-20].mean() > 0.85


def test_steadiness_removes_flicker() -> None:
    photos = pan(12)
    painted = flickering(photos)
    before = [np.abs(b[:, :-3] - a[:, 3:]).mean() for a, b in itertools.pairwise(painted)]
    frames = shown(photos, painted, 0.9)
    after = [np.abs(b[:, :-3] - a[:, 3:]).mean() for a, b in itertools.pairwise(frames)]
    assert np.mean(after[4:]) < 0.35 * np.mean(before)


def test_no_steadiness_leaves_frames_as_they_are() -> None:
    painted = flickering(pan(3))
    assert all((a == b).all() for a, b in zip(shown(pan(3), painted, 0), painted, strict=True))


def test_a_cut_starts_a_new_scene() -> None:
    photos = [*moving(3, 96, 160), *(1 - picture[::-1] for picture in pan(2))]
    painted = flickering(photos)
    frames = shown(photos, painted, 1.0)
    assert (frames[3] == painted[3]).all()
    assert not (frames[2] == painted[2]).all()
    assert not (frames[4] == painted[4]).all()


def test_a_change_of_size_starts_a_new_scene() -> None:
    photo = pan(1)[0]
    state = remember(flow.gray(photo), photo)
    assert temporal_blend.warp_previous(flow.gray(photo), (48, 80), state) is None
    assert temporal_blend.warp_previous(flow.gray(photo[:48]), (48, 160), state) is None


@pytest.mark.parametrize(("steadiness", "error"), [(0.7, 0.005), (0.9, 0.008), (1.0, 0.02)])
def test_a_still_background_of_300_frames_neither_darkens_nor_smears(steadiness: float, error: float) -> None:
    ground = pan(1, height=48, width=80)[0]
    photos = [ground.copy() for _ in range(300)]
    for i, photo in enumerate(photos):
        photo[10:20, i % 60 : i % 60 + 10] = 1.0  # something passes before it
    frames = shown(photos, photos, steadiness)
    still = np.s_[24:, :]
    assert abs(frames[-1][still].mean() - ground[still].mean()) < 0.002
    assert np.abs(frames[-1][still] - ground[still]).mean() < error
    assert frames[-1][still].std() == pytest.approx(ground[still].std(), rel=0.02)


def test_a_slow_pan_of_100_frames_stays_sharp() -> None:
    wide = pan(1, height=48, width=200)[0]
    photos = []
    for i in range(100):  # a fifth of a pixel a frame: every frame but the first is interpolated
        flow_to = np.zeros((48, 200, 2), np.float32)
        flow_to[..., 0] = i / 5
        photos.append(np.clip(flow.warp(wide, flow_to, sharp=True), 0, 1)[:, :160])
    frames = shown(photos, photos, 0.9)
    edges, expected = (np.abs(np.diff(picture[:, 20:140], axis=1)).mean() for picture in (frames[-1], photos[-1]))
    assert edges == pytest.approx(expected, rel=0.1)


def test_the_grain_lost_by_averaging_is_restored() -> None:
    photos = [pan(1)[0]] * 10
    painted = flickering(photos, 0.03)
    frames = shown(photos, painted, 0.9)
    state, plain = None, []
    for photo, image in zip(photos, painted, strict=True):
        gray = flow.gray(photo)
        plain.append(temporal_blend.blend(image, temporal_blend.warp_previous(gray, (96, 160), state), 0.9, 1))
        state = remember(gray, plain[-1])
    expected, restored, without = (np.abs(np.diff(each[-1], axis=1)).mean() for each in (painted, frames, plain))
    assert without < restored
    assert restored == pytest.approx(expected, rel=0.15)


def previous(trust: float = 1.0, step: float = 1.0) -> WarpedFrame:
    """Return a previous output that moved by ``step`` px a frame."""
    back = np.full((96, 160, 2), [step, 0], np.float32)
    return WarpedFrame(pan(1)[0], np.full((96, 160), trust, np.float32), back, FLAT)


FLAT = np.full((64, 96), 128, np.uint8)
"""A photo without detail."""


def test_trust_falls_softly_toward_patches_without_it() -> None:
    trust = np.full((96, 160), 0.9, np.float32)
    trust[20:60, 40:80] = 0.1
    soft = temporal_blend.soften(trust, FLAT)
    assert soft[20:60, 40:80] == pytest.approx(0.1 * np.zeros((40, 40)), abs=0.1)
    middle = soft[40, 80 : 80 + temporal_blend.EDGE + 2]
    assert (np.diff(middle) >= 0).all()
    assert np.diff(middle).max() < 0.1
    assert middle[0] < 0.1
    far = np.ones_like(trust, np.bool_)
    far[20 - temporal_blend.EDGE : 60 + temporal_blend.EDGE, 40 - temporal_blend.EDGE : 80 + temporal_blend.EDGE] = (
        False
    )
    assert (soft[far] == trust[far]).all()


@settings(deadline=None)
@given(hnp.arrays(np.float32, (24, 31), elements=st.floats(0, 1, width=32)))
def test_soft_trust_is_never_higher_and_never_negative(trust: Plane) -> None:
    soft = temporal_blend.soften(trust, FLAT)
    assert soft.shape == trust.shape
    assert soft.dtype == np.float32
    assert (soft <= trust).all()
    assert soft.min() >= 0


def test_specks_of_little_trust_get_no_soft_edge() -> None:
    trust = np.ones((96, 160), np.float32)
    trust[10:14, 10:14] = 0
    trust[50, :] = 0
    assert (temporal_blend.soften(trust, FLAT) == trust).all()


def test_edges_stay_hard_in_detailed_areas() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (96, 160)).astype(np.uint8)
    photo[:, :80] = 90
    trust = np.ones((96, 160), np.float32)
    trust[:30] = 0
    soft = temporal_blend.soften(trust, photo)
    assert np.allclose(soft[:, 100:], trust[:, 100:], atol=0.01)
    assert np.abs(np.diff(soft[:, :60], axis=0)).max() < 0.1


@pytest.mark.parametrize("side", [1, 3, 40])
def test_constant_trust_stays(side: int) -> None:
    for value in (0.0, 1.0):
        trust = np.full((side, 2 * side), value, np.float32)
        assert (temporal_blend.soften(trust, FLAT) == trust).all()


@pytest.mark.parametrize("frames", [0.5, 1, 3])
def test_the_previous_output_weighs_less_the_longer_ago_one_was_painted(frames: float) -> None:
    painted = np.zeros((96, 160, 3), np.float32)
    blended = temporal_blend.blend(painted, previous(), 0.8, frames)
    assert np.allclose(blended, 0.8 * temporal_blend.DECAY**frames * previous().picture, atol=1e-6)


def with_strokes(last: WarpedFrame, photo: Image, share: float) -> Image:
    return Guide(last.picture, last.trust, 1.0, last.strokes(share)).add_strokes(photo)


def test_the_input_has_a_little_of_the_previous_strokes() -> None:
    photo, last = np.full((96, 160, 3), 0.5, np.float32), previous()
    gray = with_strokes(last, photo, 0.8)
    added = (gray - photo).mean(axis=2)
    fine = (last.picture - cv2.GaussianBlur(last.picture, (0, 0), temporal_blend.FINE_SIGMA)) @ flow.LUMA[0]
    assert np.allclose(added, 0.8 * temporal_blend.GUIDE * fine, atol=1e-5)
    assert np.abs(added).max() > 0.001


@pytest.mark.parametrize(("trust", "step", "share"), [(0.0, 1.0, 1.0), (1.0, 0.0, 1.0), (1.0, 1.0, 0.0)])
def test_the_input_is_the_photo_without_trust_movement_or_strength(trust: float, step: float, share: float) -> None:
    photo = np.full((96, 160, 3), 0.5, np.float32)
    assert (with_strokes(previous(trust, step), photo, share) == photo).all()


def test_the_input_stays_in_range() -> None:
    for tone in (0.0, 1.0):
        gray = with_strokes(previous(), np.full((96, 160, 3), tone, np.float32), 1.0)
        assert 0 <= gray.min() <= gray.max() <= 1
