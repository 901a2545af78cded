"""The grain added to flat parts of a photo: always the same, and only where the photo shows little else."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pinxit.config.options import Adain, Look
from pinxit.images import Image
from pinxit.methods.base import Guide
from pinxit.methods.onepass import grain as grain_module
from pinxit.methods.onepass import tiles
from pinxit.methods.onepass.any_style import AnyStyleStylizer
from pinxit.methods.onepass.grain import BLOCK, GRAIN, PERIODS, GrainNoise, flatness, grain
from pinxit.methods.onepass.network import OnePassNetwork
from pinxit.styles.style import Reference, Style
from pinxit.training import data as training_grain
from support.fakes import gradient

SIDE = st.integers(1, 70)


def photo(height: int, width: int, seed: int = 0) -> Image:
    """Flat at the left, busy at the right."""
    busy = np.random.default_rng(seed).random((height, width, 3), np.float32)
    share = np.linspace(0, 1, width, dtype=np.float32)[:, None] ** 4
    return (0.5 + share * (busy - 0.5)).astype(np.float32)


def sky(height: int, width: int) -> Image:
    """A smooth sky: brighter downwards, and a little to one side."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    light = 0.35 + 0.25 * y / height + 0.05 * x / width
    return np.stack([0.6 * light, 0.8 * light, light], axis=2).astype(np.float32)


def test_grain_has_a_deviation_of_one_and_no_tint() -> None:
    values = grain(np.arange(1000), np.arange(1000))
    assert abs(values.std() - 1) < 0.05
    assert abs(values.mean()) < 0.05


def test_white_noise_is_white() -> None:
    values = grain_module._white(343 * 343).reshape(343, 343)
    assert abs(values.mean()) < 0.02
    assert abs(values.std() - 1) < 0.01
    assert np.abs(values).max() <= math.sqrt(3) + 1e-6
    power = np.abs(np.fft.fft2(values)) ** 2 / values.size
    assert power.ravel()[1:].max() < 25, "no frequency stands out: of 117,648 the strongest has some ln(117,648) = 12"
    assert len(np.unique(values)) > 0.99 * values.size


def test_grains_are_of_all_sizes() -> None:
    values = grain(np.arange(1024), np.arange(1024))
    deviations = [values.reshape(1024 // size, size, 1024 // size, size).mean((1, 3)).std() for size in (1, 4, 16, 64)]
    assert deviations[0] > deviations[1] > 0.5, "a half of the deviation is left by grains of more than 4 px"
    assert deviations[1] > deviations[2] > 0.3
    assert deviations[3] < 0.25, "nothing is as large as a cloud"


@given(st.integers(-500, 10**6), st.integers(-500, 10**6))
def test_grain_is_the_same_at_the_same_place(row: int, column: int) -> None:
    rows, columns = np.arange(row, row + 20), np.arange(column, column + 30)
    whole = grain(rows, columns)
    assert (grain(rows[5:9], columns[7:]) == whole[5:9, 7:]).all()


def test_grain_repeats_only_after_all_its_periods() -> None:
    rows, columns = np.arange(700), np.arange(700)
    assert math.gcd(*PERIODS) == 1
    once = grain(rows, columns)
    for period in (*PERIODS, 2 * PERIODS[0], sum(PERIODS)):
        assert period % 16, "or grains would come again at the same place of a stride"
        for again in (grain(rows + period, columns), grain(rows, columns + period)):
            assert abs(np.corrcoef(once.ravel(), again.ravel())[0, 1]) < 0.1
    assert (grain(rows + math.prod(PERIODS), columns) == grain(rows, columns)).all()


@given(SIDE, SIDE, st.integers(0, 9))
def test_flatness_is_a_share_of_every_block(height: int, width: int, seed: int) -> None:
    values = flatness(photo(height, width, seed))
    assert values.shape == (-(-height // BLOCK), -(-width // BLOCK))
    assert values.dtype == np.float32
    assert 0 <= values.min() <= values.max() <= 1


def test_what_is_flat_is_told_from_what_is_busy() -> None:
    values = flatness(photo(64, 320))
    assert values[:, :8].min() > 0.99
    assert values[:, -8:].max() < 0.01
    assert (np.diff(values.mean(0)) < 0.05).all(), "it gets busier to the right"


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_a_smooth_sky_is_flat_whatever_its_color(value: float) -> None:
    assert flatness(np.full((40, 48, 3), value, np.float32)).min() > 0.999
    assert flatness(np.clip(value - 0.1 + sky(512, 512) / 4, 0, 1)).min() > 0.5


def test_edges_of_one_brightness_and_the_finest_patterns_are_seen() -> None:
    red_and_blue = np.zeros((48, 48, 3), np.float32)
    red_and_blue[:, :24, 0] = red_and_blue[:, 24:, 2] = 1
    assert flatness(red_and_blue)[:, 2:4].max() < 0.01
    y, x = np.mgrid[0:48, 0:48]
    for pattern in (y % 2, x % 2, (x + y) % 2):
        fine = 0.4 + 0.1 * np.repeat(pattern[..., None], 3, 2).astype(np.float32)
        assert flatness(fine).max() < 0.01


def test_flatness_of_a_tall_picture_is_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = photo(203, 90)
    whole = flatness(picture)
    monkeypatch.setattr(grain_module, "ROWS", 3)
    assert (flatness(picture) == whole).all()


@given(SIDE, SIDE, st.data())
def test_parts_of_the_grain_are_those_of_the_whole(height: int, width: int, data: st.DataObject) -> None:
    noise = GrainNoise(photo(height, width))
    whole = noise.at(np.arange(height), np.arange(width))
    top, left = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    assert (noise.at(np.arange(top, height), np.arange(left, width)) == whole[top:, left:]).all()


@pytest.mark.parametrize("tile", [0, 64])
def test_tiles_windows_and_overwritten_photos_have_the_same_grain(tile: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinxit.methods.onepass.any_style.FILM_EMPHASIS", 1.0)
    stylizer, content = make_stylizer(tile=tile), sky(150, 130)
    painted = stylizer(content)
    *_, last = stylizer.steps(content.copy(), overwrite=True)
    assert (last.preview() == painted).all()
    whole, state = stylizer.paint_frame(content)
    assert (whole == painted).all()
    window = slice(48, 112), slice(32, 96)
    (part,) = stylizer.repaint(content, [window], state, 48)
    here = np.abs(part - whole[window]).mean()
    assert here < 0.25 * np.abs(part - whole[48 + 9 : 112 + 9, 32:96]).mean()


def test_the_grain_follows_the_photo_whatever_strokes_are_added(monkeypatch: pytest.MonkeyPatch) -> None:
    flat, busy = np.full((64, 64, 3), 0.4, np.float32), photo(64, 64)[:, ::-1]
    painted: list[Image] = []
    real = OnePassNetwork.paint

    def noted(self: OnePassNetwork, content: Image, *words: Any) -> tuple[Image, Image]:
        painted.append(content)
        return real(self, content, *words)

    monkeypatch.setattr(OnePassNetwork, "paint", noted)
    strokes = np.ascontiguousarray(busy - flat)[..., 0]
    make_stylizer().paint_frame(flat, Guide(flat, np.ones((64, 64), np.float32), 1.0, strokes))
    inner = painted[0][0, 0, tiles.FRAME :, tiles.FRAME :][:64, :64]
    assert np.allclose(inner, busy[..., 0] + GRAIN * grain(np.arange(64), np.arange(64)), atol=1e-4)
    make_stylizer(strength=0.3)(flat)
    inner = painted[-1][0, 0, tiles.FRAME :, tiles.FRAME :][:64, :64]
    assert np.allclose(inner, 0.4 + 0.3 * GRAIN * grain(np.arange(64), np.arange(64)), atol=1e-4)


def test_the_grain_is_as_strong_as_asked_for_and_weaker_in_detail() -> None:
    rows, columns = np.arange(64), np.arange(640)
    whole, half = (GrainNoise(photo(64, 640), strength).at(rows, columns) for strength in (1.0, 0.5))
    assert np.allclose(whole, 2 * half, atol=1e-7)
    assert abs(whole[:, :160].std() / GRAIN - 1) < 0.1
    assert np.abs(whole[:, -64:]).max() < GRAIN / 10


def lattice(painted: Image, period: int = 16) -> float:
    """How far patterns of that period across or down stand out of their surroundings, logarithms of power."""
    gray = painted.mean(2)
    side = min(gray.shape) // period * period
    gray = gray[:side, :side] - gray[:side, :side].mean()
    power = np.log(np.abs(np.fft.fft2(gray * np.hanning(side)[:, None] * np.hanning(side))) ** 2 + 1e-9)
    step = side // period
    values = []
    for row, column in ((0, step), (step, 0), (step, step), (0, 2 * step), (2 * step, 0)):
        around = [(row + y, column + x) for y in range(-6, 7) for x in range(-6, 7) if max(abs(x), abs(y)) >= 4]
        values.append(power[row, column] - np.mean([power[y % side, x % side] for y, x in around]))
    return float(np.mean(values))


def make_stylizer(strength: float = 1.0, tile: int = 0) -> AnyStyleStylizer:
    rng = np.random.default_rng(3)
    style = rng.random((24, 24, 3), np.float32).repeat(6, 0).repeat(6, 1)
    return AnyStyleStylizer(Style((Reference(style),)), Look(strength=strength), Adain(tile=tile, threads=1))


def test_a_smooth_sky_is_painted_without_a_lattice(monkeypatch: pytest.MonkeyPatch) -> None:
    content = sky(320, 320)
    content[260:, 100:220] = 0.05  # something stands under it
    assert lattice(make_stylizer()(content)[:256, :256]) < 1
    monkeypatch.setattr(grain_module, "GRAIN", 0.0)
    assert lattice(make_stylizer()(content)[:256, :256]) > 2.5, "or this photo does not show what the grain is for"


def test_little_strength_is_near_the_photo() -> None:
    content = sky(96, 128)
    assert np.abs(make_stylizer(0.01)(content) - content).max() < 0.05
    assert (make_stylizer(0.0)(content) == content).all()


def test_a_network_is_trained_with_the_grain_that_it_will_see() -> None:
    photos = np.stack([photo(60, 92), gradient(60, 92), sky(60, 92)])
    batch = torch.from_numpy(photos).permute(0, 3, 1, 2)
    rows, columns = np.arange(60), np.arange(92)
    flat = training_grain.flatness(batch)[:, 0].numpy()
    for each, values, laid in zip(photos, flat, training_grain.add_grain(batch), strict=True):
        expected = GrainNoise(each, 1 / GRAIN).at(rows, columns)
        assert np.allclose(values * grain(rows, columns), expected, atol=0.01)
        assert np.allclose(laid.permute(1, 2, 0), each + GRAIN * expected[..., None], atol=1e-6)


def test_grain_is_drawn_anew_for_every_photo_and_the_same_for_a_seed() -> None:
    batch = torch.full((40, 3, 64, 64), 0.4)
    first, second, again = (training_grain.add_random_grain(batch, np.random.default_rng(seed)) for seed in (0, 1, 0))
    assert first.equal(again)
    assert not first.equal(second)
    strengths = (first - batch).std((1, 2, 3)) / GRAIN
    assert 0.3 < (strengths > 0.75).float().mean() < 0.8, "a half has all of it"
    assert strengths.min() < 0.2
    assert torch.corrcoef((first - batch).flatten(1)[:2])[0, 1].abs() < 0.5
