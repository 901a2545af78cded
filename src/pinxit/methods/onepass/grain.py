"""Grain, noise added to the flat parts of a photo (skies, walls, mist) before a network paints it.

Convolutions turn equal inputs into equal outputs: an even sky becomes a lattice with the period of the coarsest stride,
a smooth gradient becomes bands. Small differences from pixel to pixel become strokes. Texture networks take noise as
input for the same reason (Ulyanov et al. 2016), as do the layers of StyleGAN (Karras et al. 2019, fig. 4).
"""

import functools

import numpy as np
from numpy.typing import NDArray

from pinxit.methods.onepass.network import Floats
from pinxit.methods.onepass.tiles import Indices, interpolate

GRAIN = 0.03  # standard deviation of the grain where the photo is flat, colors being 0 to 1
DETAIL = 0.01  # standard deviation of the photo's colors at which the grain is weaker by a factor of e
BLOCK = 8  # side of the blocks whose deviations are measured, px; each measurement covers 3 x 3 of them
PERIODS = (343, 405)
"""Sides of the squares of noise that the grain is made of, px; together they repeat after 138,915 px."""
OCTAVES = (1.0, 2.0, 4.0, 8.0)
"""Sizes of its grains, all equally strong: standard deviations of the Gaussians that blur white noise, px."""
ANGLE, ANGLE_BLUR = 2.0, 16.0
"""Standard deviation of the angles that mix two noises, radians, and of the Gaussian that blurs white noise into those
angles, px."""
ROWS = 16  # rows of blocks measured at a time: the copies stay small and in the processor's cache


class GrainNoise:
    """The grain for a photo, (H, W, 3) in [0, 1], scaled by ``strength``, 0 to 1."""

    def __init__(self, photo: Floats, strength: float = 1.0) -> None:
        self._strengths = strength * GRAIN * flatness(photo)[None]

    def at(self, rows: Indices, columns: Indices) -> Floats:
        """Return the grain at some rows and columns of the photo, (rows, columns); a pixel always has the same."""
        height, width = (BLOCK * count for count in self._strengths.shape[1:])
        noise = grain(rows, columns)
        noise *= interpolate(self._strengths, rows, columns, (height, width))[0]
        return noise


def flatness(photo: Floats) -> Floats:
    """Return the flatness of each block of a photo, (H, W, 3), 0 to 1: exp(-variance / `DETAIL`^2)."""
    height, width = (-(-side // BLOCK) for side in photo.shape[:2])
    moments = np.empty((2, height, width, 3), np.float32)
    mean_of = np.full((1, BLOCK), 1 / BLOCK**2, np.float32)  # a matrix product takes a third of the time of np.mean
    for start in range(0, height, ROWS):
        part = photo[start * BLOCK : (start + ROWS) * BLOCK]
        if any(side % BLOCK for side in part.shape[:2]):
            part = np.pad(part, (*((0, -side % BLOCK) for side in part.shape[:2]), (0, 0)), mode="edge")
        for moment, values in zip(moments, (part, part * part), strict=True):
            tall = values.reshape(-1, BLOCK, width * BLOCK * 3).sum(1)
            moment[start : start + ROWS] = (mean_of @ tall.reshape(-1, width, BLOCK, 3))[:, :, 0]
    mean, square = _mean3(moments)
    variance = (square - mean * mean).mean(2)
    flat: Floats = np.exp(-np.maximum(variance, 0) / np.float32(DETAIL) ** 2)
    return flat


def _mean3(moments: Floats) -> Floats:
    """Return the means over 3 x 3 blocks, with edge padding."""
    wide = np.pad(moments, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    tall = wide[:, :-2] + wide[:, 1:-1] + wide[:, 2:]
    means: Floats = (tall[:, :, :-2] + tall[:, :, 1:-1] + tall[:, :, 2:]) / 9
    return means


def grain(rows: Indices, columns: Indices) -> Floats:
    """Return the grain at some rows and columns of an endless plane, (rows, columns); its deviation is about 1.

    It is x cos(t) + y sin(t), the noises x and y having one period and the angle t the other: where x and y repeat, t
    does not. A sum of two noises would be half the same after each period, which was visible in skies.
    """
    noises, angles = (
        [each[rows % period][:, columns % period] for each in make(period)]
        for make, period in zip((band_noise, rotation_field), PERIODS, strict=True)
    )
    total, other = (np.multiply(noise, angle, out=noise) for noise, angle in zip(noises, angles, strict=True))
    total += other
    return total


@functools.cache
def band_noise(period: int) -> tuple[Floats, Floats]:
    """Return two periodic squares of noise, (period, period): white noise blurred by `OCTAVES`."""
    # The Fourier transform of a Gaussian of deviation s is exp(-2 (pi s f)^2); of the variance of white noise it
    # leaves 1 / (4 pi s^2).
    squares = _frequencies(period)
    power = sum(4 * np.pi * s**2 * np.exp(-4 * (np.pi * s) ** 2 * squares) for s in OCTAVES)
    noise = _filtered(np.sqrt(power / len(OCTAVES)), period)
    return noise, np.rot90(noise).copy()


@functools.cache
def rotation_field(period: int) -> tuple[Floats, Floats]:
    """Return cos(t) and sin(t), (period, period), of smooth periodic angles t."""
    gain = 2 * np.sqrt(np.pi) * ANGLE_BLUR * np.exp(-2 * (np.pi * ANGLE_BLUR) ** 2 * _frequencies(period))
    angles = ANGLE * _filtered(gain, period)
    return np.cos(angles), np.sin(angles)


def _filtered(gain: NDArray[np.float64], period: int) -> Floats:
    """Return white noise, (period, period), with each frequency multiplied by its ``gain``; its mean is 0."""
    white = np.fft.rfft2(_white(period * period).reshape(period, period))
    white[0, 0] = 0
    return np.fft.irfft2(white * gain, (period, period)).astype(np.float32)


def _frequencies(period: int) -> NDArray[np.float64]:
    """Return the squared frequencies of `numpy.fft.rfft2`, in cycles per pixel."""
    squares: NDArray[np.float64] = np.fft.fftfreq(period)[:, None] ** 2 + np.fft.rfftfreq(period) ** 2
    return squares


def _white(count: int) -> Floats:
    """Return numbers from -sqrt(3) to sqrt(3), of deviation 1: hashes of 1, 2, 3, ... (MurmurHash3's finalizer).

    They are the same with every version of NumPy, whose own generators take a new process 10 ms to load.
    """
    bits = np.arange(1, count + 1, dtype=np.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        bits ^= bits >> np.uint32(shift)
        bits *= np.uint32(factor)
    bits ^= bits >> np.uint32(16)
    numbers: Floats = (bits.astype(np.float32) / np.float32(2**32) - np.float32(0.5)) * np.float32(12**0.5)
    return numbers
