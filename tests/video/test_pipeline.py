"""The pipeline: how many frames are prepared ahead."""

from __future__ import annotations

import pytest

from pinxit.video import pipeline


@pytest.mark.parametrize(("size", "frames"), [((216, 384), 8), ((360, 640), 8), ((720, 1280), 3), ((2160, 3840), 2)])
def test_more_small_frames_than_large_ones_are_prepared_ahead(size: tuple[int, int], frames: int) -> None:
    assert pipeline._prepare_depth(size) == frames
