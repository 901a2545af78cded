"""Optical flow and the trust in it."""

from __future__ import annotations

import threading

import cv2
import numpy as np
import pytest

from pinxit import cores
from pinxit.video import flow
from support.films import pan


def test_the_flow_of_a_pan_is_the_pan() -> None:
    first, second = pan(2)
    motion = flow.estimate(flow.gray(first), flow.gray(second))
    inside = motion.back[20:-20, 20:-20]
    assert np.abs(inside - [3, 0]).mean() < 0.2
    assert motion.trust[20:-20, 20:-20].mean() > 0.9


@pytest.mark.parametrize(("painted", "side"), [(64, 288), (384, 288), (512, 341), (640, 384), (3840, 384)])
def test_the_flow_is_searched_at_two_thirds_of_the_size_within_bounds(painted: int, side: int) -> None:
    assert flow.search_side(painted) == side
    assert flow.gray(np.zeros((450, 800, 3), np.float32), side).shape == (round(side * 450 / 800), side)


def test_fine_detail_that_moves_by_half_a_pixel_looks_the_same() -> None:
    rng = np.random.default_rng(0)
    fine = cv2.GaussianBlur(rng.random((96, 161), np.float32), (0, 0), 1.2)
    halves = [cv2.resize(fine[:, at : at + 160], (80, 48), interpolation=cv2.INTER_AREA) for at in (0, 1)]
    before, present = (np.rint(255 * half).astype(np.uint8) for half in halves)
    back = np.full((48, 80, 2), [0.5, 0], np.float32)
    assert flow.agreement(before, present, back)[4:-4, 4:-4].mean() > 0.95


def test_each_thread_has_its_own_searches() -> None:
    searches: list[object] = [flow._searches.back, flow._searches.back]
    thread = threading.Thread(target=lambda: searches.append(flow._searches.back))
    thread.start()
    thread.join()
    assert searches[0] is searches[1]
    assert searches[0] is not searches[2]


def test_a_search_does_not_depend_on_earlier_ones() -> None:
    first, second, third = (flow.gray(frame) for frame in pan(3))
    once = flow.estimate(first, second)
    flow.estimate(third, first)
    flow.estimate(*(np.zeros((24, 24), np.uint8) for _ in range(2)))
    again = flow.estimate(first, second)
    assert (once.back == again.back).all()
    assert (once.trust == again.trust).all()


def test_flow_and_sizes_scale_together() -> None:
    first, second = pan(2, height=360, width=640)
    motion = flow.estimate(flow.gray(first), flow.gray(second))
    assert motion.back.shape == (216, 384, 2)
    larger = flow.resize(motion.back, (360, 640))
    assert np.abs(larger[60:-60, 60:-60] - [3, 0]).mean() < 0.3


def test_warping_by_no_movement_changes_nothing() -> None:
    picture = pan(1)[0]
    assert np.allclose(flow.warp(picture, np.zeros((96, 160, 2), np.float32), sharp=True), picture, atol=1e-6)


@pytest.mark.parametrize(("allowed", "share"), [(1, 1), (2, 1), (12, 3)])
def test_the_flow_search_takes_a_share_of_the_cores(allowed: int, share: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "allowed", lambda: allowed)
    before = cv2.getNumThreads()
    with flow.limited_threads():
        assert cv2.getNumThreads() == share
    assert cv2.getNumThreads() == before
