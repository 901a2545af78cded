"""The grain of a canvas, given to what is flat in a photo before it is painted: skies, walls, mist.

Convolutions make the same of what is the same: an even sky becomes a lattice with the period of the coarsest stride,
and a smooth one bands. What differs a little from place to place becomes strokes. Texture networks take noise for that
(Ulyanov et al. 2016), and so do the layers of StyleGAN (Karras et al. 2019, fig. 4).
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from pinxit.methods.onepass.network import Floats
from pinxit.methods.onepass.tiles import Indices, between

GRAIN = 0.03
"""How strong the grain is where nothing else can be seen: its standard deviation, colors being 0 to 1."""
SEEN = 0.01
"""Where the colors' standard deviation is so large, the grain is weaker by a factor of e."""
BLOCK = 8
"""Side of the squares whose deviations are taken, px; three by three of them are seen together."""
PERIODS = (343, 405)
"""The grain is made of squares of noise that repeat after so many pixels: together, after 138,915."""
OCTAVES = (1.0, 2.0, 4.0, 8.0)
"""Sizes of its grains, all as strong: the standard deviations of the Gaussians that white noise is blurred by, px."""
TURNS, TURNING = 2.0, 16.0
"""Standard deviation of the angles by which one noise becomes another, radians, and of the Gaussian that white noise is
blurred by to have them, px."""
ROWS = 16
"""Rows of blocks that are looked at together: little is copied, and that stays in the processor's cache."""


class Canvas:
    """What a photo, (H, W, 3) in [0, 1], is painted on; its grain is weaker with less ``strength``, from 0 to 1."""

    def __init__(self, photo: Floats, strength: float = 1.0) -> None:
        self._strengths = strength * GRAIN * flatness(photo)[None]

    def at(self, rows: Indices, columns: Indices) -> Floats:
        """Return the grain at some rows and columns of the photo, (rows, columns); the same at the same place."""
        height, width = (BLOCK * count for count in self._strengths.shape[1:])
        found = grain(rows, columns)
        found *= between(self._strengths, rows, columns, (height, width))[0]
        return found


def flatness(photo: Floats) -> Floats:
    """Return how flat an (H, W, 3) photo is at each of its blocks, 0 to 1: exp(-variance / `SEEN`^2)."""
    height, width = (-(-side // BLOCK) for side in photo.shape[:2])
    moments = np.empty((2, height, width, 3), np.float32)
    mean_of = np.full((1, BLOCK), 1 / BLOCK**2, np.float32)  # a product is a third of the time of a mean over so few
    for start in range(0, height, ROWS):
        part = photo[start * BLOCK : (start + ROWS) * BLOCK]
        if any(side % BLOCK for side in part.shape[:2]):
            part = np.pad(part, (*((0, -side % BLOCK) for side in part.shape[:2]), (0, 0)), mode="edge")
        for moment, values in zip(moments, (part, part * part), strict=True):
            tall = values.reshape(-1, BLOCK, width * BLOCK * 3).sum(1)
            moment[start : start + ROWS] = (mean_of @ tall.reshape(-1, width, BLOCK, 3))[:, :, 0]
    mean, square = _three(moments)
    variance = (square - mean * mean).mean(2)
    flat: Floats = np.exp(-np.maximum(variance, 0) / np.float32(SEEN) ** 2)
    return flat


def _three(moments: Floats) -> Floats:
    """Return the means over three by three blocks; at the edges they are continued."""
    wide = np.pad(moments, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    tall = wide[:, :-2] + wide[:, 1:-1] + wide[:, 2:]
    found: Floats = (tall[:, :, :-2] + tall[:, :, 1:-1] + tall[:, :, 2:]) / 9
    return found


def grain(rows: Indices, columns: Indices) -> Floats:
    """Return the grain at some rows and columns of an endless canvas, (rows, columns); its deviation is about 1.

    x cos(t) + y sin(t), x and y being noise with one period and t with the other: where x and y come again, t does not.
    A sum of two noises would be half the same after each of their periods, and in skies that was seen.
    """
    noises, angles = (
        [each[rows % period][:, columns % period] for each in make(period)]
        for make, period in zip((woven, turned), PERIODS, strict=True)
    )
    found, other = (np.multiply(noise, angle, out=noise) for noise, angle in zip(noises, angles, strict=True))
    found += other
    return found


@functools.cache
def woven(period: int) -> tuple[Floats, Floats]:
    """Return two squares of noise, (period, period), that continue themselves: white noise blurred by `OCTAVES`."""
    # A Gaussian of deviation s becomes exp(-2 (pi s f)^2); 1 / (4 pi s^2) is the variance it leaves of white noise.
    squares = _frequencies(period)
    passed = sum(4 * np.pi * s**2 * np.exp(-4 * (np.pi * s) ** 2 * squares) for s in OCTAVES)
    one = _filtered(np.sqrt(passed / len(OCTAVES)), period)
    return one, np.rot90(one).copy()


@functools.cache
def turned(period: int) -> tuple[Floats, Floats]:
    """Return cos(t) and sin(t), (period, period), of smooth angles t that continue themselves."""
    blurred = 2 * np.sqrt(np.pi) * TURNING * np.exp(-2 * (np.pi * TURNING) ** 2 * _frequencies(period))
    angles = TURNS * _filtered(blurred, period)
    return np.cos(angles), np.sin(angles)


def _filtered(passed: NDArray[np.float64], period: int) -> Floats:
    """Return white noise, (period, period), of which that share of every frequency is left; no tint."""
    white = np.fft.rfft2(_white(period * period).reshape(period, period))
    white[0, 0] = 0
    return np.fft.irfft2(white * passed, (period, period)).astype(np.float32)


def _frequencies(period: int) -> NDArray[np.float64]:
    """Return the squares of the frequencies of `numpy.fft.rfft2`, in waves a pixel."""
    squares: NDArray[np.float64] = np.fft.fftfreq(period)[:, None] ** 2 + np.fft.rfftfreq(period) ** 2
    return squares


def _white(count: int) -> Floats:
    """Return numbers between -sqrt(3) and sqrt(3), deviation 1: the hashes of 1, 2, 3, ... (MurmurHash3's last steps).

    The same by every version of NumPy, whose own generators take a new process 10 ms to load.
    """
    bits = np.arange(1, count + 1, dtype=np.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        bits ^= bits >> np.uint32(shift)
        bits *= np.uint32(factor)
    bits ^= bits >> np.uint32(16)
    numbers: Floats = (bits.astype(np.float32) / np.float32(2**32) - np.float32(0.5)) * np.float32(12**0.5)
    return numbers
