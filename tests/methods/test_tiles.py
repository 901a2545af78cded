"""Painting in tiles: they cover the picture, show no seam, and are what one piece would have been."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage import data

import pinxit
from pinxit import images
from pinxit.config.options import Adain, Look
from pinxit.images import Image
from pinxit.methods.onepass import tiles
from pinxit.methods.onepass.any_style import AnyStyleStylizer
from pinxit.methods.onepass.network import Floats
from pinxit.styles.style import Reference, Style
from pinxit.training.export import pack
from support.fakes import gradient
from support.networks import trained_network

STRIDE = 8
SIZE, TILE = (600, 1100), 300
"""Size of a photo, (height, width), and side of its tiles: four across, two down."""
COLORS = ("style", "luminance", "coral", "histogram")


def photo(height: int, width: int) -> Image:
    """A real photo with fresh grain, as large as wanted."""
    enlarged = images.resize(data.astronaut().astype(np.float32) / 255, (height, width))  # type: ignore[no-untyped-call]
    grain = np.random.default_rng(0).normal(0, 0.02, (height, width, 3))
    return np.clip(enlarged + grain, 0, 1).astype(np.float32)


def painting() -> Image:
    image: Image = data.retina()[300:1100, 300:1100].astype(np.float32) / 255  # type: ignore[no-untyped-call]
    return image


def painted(content: Image, tile: int, style: Reference | None = None, model: str = "shipped", **look: Any) -> Image:
    style = style or Reference(painting())
    return AnyStyleStylizer(Style((style,)), Look(**look), Adain(tile=tile, threads=1, model=model))(content)


def decibels(a: Image, b: Image) -> float:
    """Peak signal-to-noise ratio: 40 is a hundredth of the range."""
    return float(-10 * np.log10(np.mean((a - b) ** 2) + 1e-12))


def hatching() -> Image:
    """Bold strokes of two colors: along edges, the network paints them otherwise than elsewhere."""
    rows, columns = np.indices((400, 400))
    strokes = (np.sin((rows + 2 * columns) / 6) + np.sin(rows / 17) > 0)[..., None]
    return np.where(strokes, [0.9, 0.7, 0.1], [0.05, 0.1, 0.4]).astype(np.float32)


@pytest.fixture(scope="module", params=[painting, hatching])
def both(request: pytest.FixtureRequest) -> tuple[Image, Image, Image]:
    """A photo, painted in one piece, and painted in `TILE`."""
    content = photo(*SIZE)
    whole, tiled = (painted(content, tile, Reference(request.param())) for tile in (2048, TILE))
    return content, whole, tiled


def test_tiled_equals_untiled_to_forty_decibels(both: tuple[Image, Image, Image]) -> None:
    content, whole, tiled = both
    assert decibels(whole, tiled) > 40
    assert decibels(whole, content) < 25, "something was painted"
    off = np.abs(whole - tiled).mean(2)
    for window in tiles.cut(SIZE, TILE, 16):
        for axis, part in enumerate(window):
            if part.start:
                seam = off.take(range(part.start - 4, part.start + 4), axis)
                assert seam.mean() < 1.5 * off.mean() + 0.002, "no seam can be seen"


def test_no_seam_can_be_seen(both: tuple[Image, Image, Image]) -> None:
    _, whole, tiled = both
    across = [window[1].start for window in tiles.cut(SIZE, TILE, STRIDE) if window[1].start]
    steps = np.abs(np.diff(whole - tiled, axis=1)).mean((0, 2))
    at_seams = steps[[start - 1 for start in across]].mean()
    assert at_seams < 2 * steps.mean() + 1e-4


def test_tiles_keep_strength_and_masks(tmp_path: Path) -> None:
    path = tmp_path / "net.pinxit"
    path.write_bytes(pack(trained_network(), 0))
    mask = np.zeros((20, 20), np.float32)
    mask[:, 10:] = 1
    style = Reference(gradient(40, 40), mask=mask)
    content = photo(300, 500)
    whole, tiled = (painted(content, tile, style, str(path), strength=0.6) for tile in (512, 200))
    assert decibels(whole, tiled) > 35
    assert np.abs(whole - content)[:, 400:].mean() > 0.05


def test_the_steps_count_measurements_and_tiles() -> None:
    stylizer = AnyStyleStylizer(Style((Reference(painting()),)), Look(), Adain(tile=128, threads=1))
    content = photo(200, 500)
    steps = list(stylizer.steps(content))
    assert [step.index for step in steps] == list(range(1, 15)), "two pieces measured three times, then eight tiles"
    assert {step.of for step in steps} == {14}
    assert [step.begun for step in steps] == [False] * 6 + [True] * 8
    again = stylizer.steps(content)
    assert all((next(again).preview() == content).all() for _ in range(6))


LENGTH = st.integers(1, 3000)


@given(LENGTH, LENGTH, st.integers(16, 1500))
def test_windows_cover_every_pixel_once(height: int, width: int, side: int) -> None:
    windows = tiles.cut((height, width), side, STRIDE)
    for axis, length in enumerate((height, width)):
        spans = sorted({(window[axis].start, window[axis].stop) for window in windows})
        assert spans[0][0] == 0
        assert spans[-1][1] == length
        assert all(before[1] == after[0] for before, after in pairwise(spans))
        assert all(start % STRIDE == 0 and stop - start <= side for start, stop in spans)


@given(LENGTH, LENGTH, st.integers(16, 1500))
def test_the_network_gets_whole_strides_and_only_existing_rows(height: int, width: int, side: int) -> None:
    runs: list[tuple[int, int]] = []
    side = max(side, height // 9, width // 9)  # not thousands of tiles

    def run(rows: Any, columns: Any, statistics: Floats | None = None, own_share: float = 0.0) -> tuple[Image, Floats]:
        for indices, length in ((rows, height), (columns, width)):
            assert len(indices) % STRIDE == 0
            assert 0 <= indices.min()
            assert indices.max() < length
        runs.append((len(rows), len(columns)))
        return np.broadcast_to(np.float32(0), (*runs[-1], 1)), np.zeros((2, 1), np.float32)

    size, measurements = (height, width), 0
    if tiles.measuring_runs(size, side, STRIDE):
        measurements = sum(1 for _ in tiles.measured(run, size, side, STRIDE))
    assert measurements == tiles.measuring_runs(size, side, STRIDE)
    for window in tiles.windows(size, side, STRIDE):
        image, _ = tiles.paint_window(run, size, window, None, STRIDE)
        assert image.shape[:2] == tuple(part.stop - part.start for part in window)
    assert max(max(size) for size in runs) <= max(side, tiles.SAMPLE) + 2 * (tiles.MARGIN + tiles.FRAME) + STRIDE


def edged(rows: Any, columns: Any, statistics: Floats | None = None, own_share: float = 0.0) -> tuple[Image, Floats]:
    """Stand in for a network of two known channels that differ along the edges of its input."""
    distance = [np.minimum(np.arange(len(each)), np.arange(len(each))[::-1]) for each in (rows, columns)]
    near = np.maximum(np.exp(-distance[0] / 10)[:, None], np.exp(-distance[1] / 20))
    values = np.stack([rows[:, None] + 0.3 * columns + 400 * near, np.sin(columns / 9) + rows[:, None] / 99 - near])
    return np.zeros((len(rows), len(columns), 1), np.float32), np.stack([values.mean((1, 2)), values.std((1, 2))])


@pytest.mark.parametrize("size", [(1000, 1300), (333, 1801), (700, 900)])
def test_statistics_from_pieces_are_those_of_one_piece(size: tuple[int, int]) -> None:
    rows, columns = (tiles._mirrored(tiles._framed(length, 16), length) for length in size)
    _, whole = edged(rows, columns)
    errors = {}
    for edges in (False, True):
        measuring = tiles.StatisticsPass(edged, size, np.zeros((2, 2), np.float32), 16)
        for window in tiles.cut(size, 400, 16):
            measuring.add(window, edges=edges)
        errors[edges] = np.abs(measuring.statistics() / whole - 1).max()
    assert errors[True] < 0.01
    assert errors[False] > 8 * errors[True]


@given(LENGTH, LENGTH, st.integers(16, 1500))
def test_every_stride_of_the_framed_picture_is_measured_once(height: int, width: int, side: int) -> None:
    size, counted = (height, width), 0

    def count(
        rows: Any, columns: Any, statistics: Floats | None = None, own_share: float = 0.0
    ) -> tuple[Image, Floats]:
        nonlocal counted
        assert len(rows) % STRIDE == len(columns) % STRIDE == 0
        counted += len(rows) * len(columns)
        return np.zeros((1, 1, 1), np.float32), np.ones((2, 1), np.float32)

    measuring = tiles.StatisticsPass(count, size, np.zeros((2, 1), np.float32), STRIDE)
    for window in tiles.cut(size, side, STRIDE):
        measuring.add(window, edges=False)
    framed = [tiles._framed(length, STRIDE) for length in size]
    assert counted == (framed[0].stop - framed[0].start) * (framed[1].stop - framed[1].start)
    assert measuring.statistics()[0, 0] == pytest.approx(1)


@given(st.integers(1, 3000), st.sampled_from([2, 8, 16]))
def test_a_frame_takes_no_more_strides_than_it_must(length: int, stride: int) -> None:
    framed = tiles._framed(length, stride)
    assert framed.start == -tiles.FRAME
    assert (framed.stop - framed.start) % stride == 0
    assert tiles.LEAST <= framed.stop - length < tiles.LEAST + stride
    for start in {0, min(length - 1, 32) // stride * stride}:  # a part ends where the whole does
        assert tiles._reach(slice(start, length), length, 10 * stride, stride).stop == framed.stop


@given(st.integers(1, 3000), st.integers(0, 3000), st.sampled_from([2, 8, 16, 32]), st.integers(0, 128))
def test_a_part_begins_where_a_stride_of_the_whole_does(length: int, start: int, stride: int, margin: int) -> None:
    begins = min(start, length - 1) // stride * stride
    reach = tiles._reach(slice(begins, length), length, margin, stride)
    whole = tiles._framed(length, stride)
    assert (reach.start - whole.start) % stride == (reach.stop - whole.start) % stride == 0
    assert whole.start <= reach.start <= begins
    assert begins - reach.start <= max(margin, stride)
    assert begins - reach.start > margin - stride or reach.start == whole.start


@pytest.mark.parametrize(
    ("size", "side", "whole"), [((3024, 4032), 0, True), ((4000, 4000), 0, False), ((9, 9), 8, False)]
)
def test_small_pictures_are_painted_whole(size: tuple[int, int], side: int, whole: bool) -> None:
    assert tiles.in_one_piece(size, side) is whole


@pytest.mark.parametrize("strength", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("tile", [0, 48])
@pytest.mark.parametrize("color", COLORS)
def test_a_file_is_overwritten_in_memory_and_an_array_is_not_in_all_colors(
    color: Any, tile: int, strength: float, tmp_path: Path
) -> None:
    images.write(photo(100, 120), tmp_path / "photo.png")
    array = images.read(tmp_path / "photo.png")
    before = array.copy()
    stylizer = pinxit.Stylizer(painting()[:160, :160], color=color, tile=tile, strength=strength, threads=1)
    by_file, by_array = stylizer(tmp_path / "photo.png").image, stylizer(array).image
    np.testing.assert_allclose(by_file, by_array, atol=1e-6)
    np.testing.assert_array_equal(array, before)


@pytest.mark.parametrize(("tile", "size"), [(2048, (120, 165)), (100, (120, 165)), (32, (120, 165)), (24, (90, 120))])
def test_an_overwritten_photo_becomes_the_same_picture(tile: int, size: tuple[int, int]) -> None:
    content = photo(*size)
    stylizer = AnyStyleStylizer(
        Style((Reference(painting()[:160, :160]),)), Look(strength=0.8), Adain(tile=tile, threads=1)
    )
    apart = stylizer(content)
    overwritten = content.copy()
    for step in stylizer.steps(overwritten, overwrite=True):
        last = step
    assert last.preview() is overwritten
    np.testing.assert_array_equal(overwritten, apart)
