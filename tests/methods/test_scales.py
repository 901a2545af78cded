"""The width of strokes: it follows the style scale, and grows with the picture."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage import data

import pinxit
from pinxit import images
from pinxit.config.options import Adain, Look
from pinxit.images import Image
from pinxit.methods.onepass import any_style, scales
from pinxit.methods.onepass.any_style import AnyStyleStylizer
from pinxit.methods.onepass.scales import Pyramid, composition_size
from pinxit.styles.style import Reference, Style
from support.fakes import gradient

LENGTH = st.integers(1, 9000)


@pytest.mark.parametrize(
    ("size", "style_scale", "composition"),
    [
        ((512, 384), 1.0, (512, 384)),
        ((1024, 768), 1.0, (1024, 768)),
        ((4000, 3000), 1.0, (1024, 768)),
        ((4000, 3000), 2.0, (512, 384)),
        ((4000, 3000), 0.5, (2048, 1536)),
        ((512, 384), 2.0, (256, 192)),
        ((512, 384), 0.5, (1024, 768)),
        ((1024, 768), 0.1, (3072, 2304)),
        ((8000, 6000), 0.1, (8000, 6000)),
        ((100, 50), 4.0, (64, 32)),
        ((20, 10), 4.0, (20, 10)),
        ((5000, 1), 1.0, (1024, 1)),
    ],
)
def test_the_size_of_the_composition(size: tuple[int, int], style_scale: float, composition: tuple[int, int]) -> None:
    assert composition_size(size, style_scale) == composition


@given(LENGTH, LENGTH, st.floats(0.1, 4), st.data())
def test_a_window_depends_on_parts_that_exist(height: int, width: int, style_scale: float, draw: st.DataObject) -> None:
    size = height, width
    pyramid = Pyramid(size, composition_size(size, style_scale))
    starts = [draw.draw(st.integers(0, length - 1)) for length in size]
    stops = [draw.draw(st.integers(start + 1, length)) for start, length in zip(starts, size, strict=True)]
    window = slice(starts[0], stops[0]), slice(starts[1], stops[1])
    cells, detailed = pyramid.cells(window), pyramid.detailed(window)
    for part, cell, outer, length, count in zip(window, cells, detailed, size, pyramid.composition, strict=True):
        assert 0 <= cell.start < cell.stop <= count
        assert 0 <= outer.start <= part.start < part.stop <= outer.stop <= length
        assert not pyramid.refines or part.start - outer.start <= pyramid.margin
        assert not pyramid.refines or outer.stop - part.stop <= pyramid.margin


@pytest.mark.parametrize("composition", [(30, 41), (75, 100), (240, 320)])
def test_windows_are_those_of_the_whole(composition: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    size = 120, 160
    small, detail = (random.random((*each, 3), np.float32) for each in (composition, size))
    pyramid = Pyramid(size, composition)

    def part(window: tuple[slice, slice]) -> Image:
        cells = small[pyramid.cells(window)]
        if not pyramid.refines:
            return pyramid.scaled(window, cells)
        return pyramid.refined(window, cells, detail[pyramid.detailed(window)])

    whole = part((slice(0, 120), slice(0, 160)))
    for window in ((slice(0, 50), slice(37, 90)), (slice(61, 120), slice(0, 160)), (slice(50, 51), slice(80, 83))):
        np.testing.assert_allclose(part(window), whole[window], atol=1e-5)


def test_a_refined_picture_seen_small_is_its_composition_and_its_edges_are_the_detail() -> None:
    photo = data.astronaut().astype(np.float32) / 255  # type: ignore[no-untyped-call]
    small = images.resize(photo, (128, 128))[:, ::-1]
    refined = Pyramid((512, 512), (128, 128)).refined((slice(0, 512), slice(0, 512)), small, photo)
    assert np.abs(images.resize(refined, (128, 128)) - small).mean() < 0.02
    inner = slice(8, -8), slice(8, -8)
    fine = [np.diff(each[inner], n=2, axis=0).ravel() for each in (refined, photo, images.resize(small, (512, 512)))]
    assert np.corrcoef(fine[0], fine[1])[0, 1] > 0.9
    assert abs(np.corrcoef(fine[0], fine[2])[0, 1]) < 0.4


def sky(side: int) -> Image:
    """A smooth sky: whatever is painted into it is strokes."""
    y, x = np.mgrid[0 : side * 3 // 4, 0:side].astype(np.float32) / side
    light = 0.35 + 0.25 * y + 0.05 * x
    return np.stack([0.6 * light, 0.8 * light, light], axis=2).astype(np.float32)


def stroke_width(painted: Image, photo: Image) -> float:
    """Return the distance, px, at which the autocorrelation of what was painted falls to a half."""
    strokes = (painted - photo).mean(2)
    strokes -= strokes.mean()
    padded = [2 * length for length in strokes.shape]
    power = [np.abs(np.fft.rfft2(each, padded)) ** 2 for each in (strokes, np.ones_like(strokes))]
    sums, counts = (np.fft.irfft2(each, padded)[: len(strokes), : strokes.shape[1]] for each in power)
    correlation = sums / counts.round()
    rows, columns = np.indices(correlation.shape)
    radius = np.hypot(rows, columns).round().astype(int).ravel()
    profile = np.bincount(radius, correlation.ravel()) / np.bincount(radius) / correlation[0, 0]
    return float(np.argmax(profile < 0.5))


@pytest.mark.parametrize("method", ["adain", "fast"])
def test_strokes_are_broader_with_the_style_scale(method: str) -> None:
    photo = sky(192)
    painting = data.retina()[300:1100, 300:1100].astype(np.float32) / 255  # type: ignore[no-untyped-call]
    styles = (
        ["blue-horses", "stained-glass", "ink-wash"]
        if method == "fast"
        else [painting, painting.transpose(1, 0, 2)[..., ::-1]]
    )
    widths = []
    for scale in (0.5, 1.0, 2.0):
        painted = [pinxit.stylize(photo, style, style_scale=scale, threads=1).image for style in styles]
        widths.append(np.mean([stroke_width(each, photo) for each in painted]))
    assert all(finer < broader for finer, broader in pairwise(widths)), widths


@pytest.mark.parametrize("tile", [0, 300])
def test_a_large_picture_seen_whole_looks_like_the_small_one(tile: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scales, "COMPOSITION", 256)
    monkeypatch.setattr(any_style, "USUAL", 256)
    photo = images.resize(data.astronaut().astype(np.float32) / 255, (700, 700))  # type: ignore[no-untyped-call]
    stylizer = AnyStyleStylizer(Style((Reference(gradient(200, 200)),)), Look(), Adain(threads=1, tile=tile))
    steps = list(stylizer.steps(photo))
    large, small = steps[-1].preview(), stylizer(images.resize(photo, (256, 256)))
    assert [step.index for step in steps] == list(range(1, steps[0].of + 1))
    apart = np.abs(images.resize(large, (256, 256)) - small).mean()
    monkeypatch.setattr(scales, "COMPOSITION", 1024)
    assert apart < 0.5 * np.abs(images.resize(stylizer(photo), (256, 256)) - small).mean()
    overwritten = photo.copy()
    monkeypatch.setattr(scales, "COMPOSITION", 256)
    *_, last = stylizer.steps(overwritten, overwrite=True)
    np.testing.assert_array_equal(last.preview(), large)


def test_trained_styles_have_strokes_of_every_width(tmp_path: Path) -> None:
    photo = gradient(60, 80)
    painted = [pinxit.stylize(photo, "starry-night", style_scale=scale, threads=1).image for scale in (0.5, 1.0, 2.0)]
    assert all(np.abs(one - other).mean() > 0.003 for one, other in pairwise(painted))
