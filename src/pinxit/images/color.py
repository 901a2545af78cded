"""Three modes that keep the photo's colors, each in two steps, before and after painting.

``luminance``   paint in gray and restore the photo's chroma (Gatys, Bethge, Hertzmann, Shechtman,
                "Preserving Color in Neural Artistic Style Transfer", 2016, section 3.2)
``coral``       first give the style picture the photo's mean and covariance of colors (the same, section 3.1;
                the map is that of "correlation alignment", Sun, Feng, Saenko 2016)
``histogram``   first give the style picture the photo's histogram, in each channel

All images are (H, W, 3), sRGB, in [0, 1].
"""

import numpy as np
from numpy.typing import NDArray

from pinxit.images.types import Image

YIQ = np.array([[0.299, 0.587, 0.114], [0.595716, -0.274453, -0.321263], [0.211456, -0.522591, 0.311135]])
"""sRGB -> luminance Y and chroma I, Q (NTSC)."""
LUMA = YIQ[0]  # sRGB -> luminance, (3,): Rec. 601, as in SSIM

ROWS = 256
REGULAR = 1e-5
"""Added to every variance of color (values in [0, 1]), so that the covariance of a flat picture is invertible."""


def luminance(image: Image) -> NDArray[np.float32]:
    """Return Y, (H, W) in [0, 1]."""
    result = np.empty(image.shape[:2], np.float32)
    for rows in _bands(image):
        result[rows] = image[rows] @ LUMA
    return result


def _bands(image: Image) -> list[slice]:
    """Return the rows of an image, `ROWS` at a time, so that temporary arrays stay small."""
    return [slice(start, start + ROWS) for start in range(0, len(image), ROWS)]


def toned(mode: str, content: Image) -> Image:
    """Return the content as the method should see it in color mode ``mode`` (`pinxit.config.options.Look.color`)."""
    return _gray(luminance(content)) if mode == "luminance" else content


def recolor(mode: str, style: Image, content: Image) -> Image:
    """Return the style picture as the method should see it, to paint ``content`` in color mode ``mode``."""
    if mode == "luminance":
        return _gray(match_moments(luminance(style), luminance(content)))
    if mode == "coral":
        return coral(style, content)
    return match_histogram(style, content) if mode == "histogram" else style


def finish(mode: str, painted: Image, content: Image) -> Image:
    """Return the finished picture: in mode ``luminance``, the painted luminance with the content's chroma."""
    if mode != "luminance":
        return painted
    result = np.empty_like(content)
    for rows in _bands(content):
        # Adding one gray value to all three channels moves Y by that value and leaves I and Q as they are.
        shifted = content[rows] + (luminance(painted[rows]) - luminance(content[rows]))[..., None]
        np.clip(shifted, 0, 1, out=result[rows])
    return result


def _gray(values: NDArray[np.float32]) -> Image:
    """Return values, (H, W), as a read-only image whose three channels share their memory."""
    return np.broadcast_to(np.clip(values, 0, 1)[..., None], (*values.shape, 3))


def match_moments(values: NDArray[np.float32], target: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``values`` with the mean and deviation of ``target`` (Gatys et al. 2016, section 3.2), not clipped."""
    ratio = np.sqrt((target.var() + REGULAR) / (values.var() + REGULAR))
    return np.asarray((values - values.mean()) * ratio + target.mean(), np.float32)


def coral(image: Image, target: Image) -> Image:
    """Return ``image`` with the mean and the covariance of ``target``'s colors.

    x' = S_t^(1/2) S_x^(-1/2) (x - m_x) + m_t, clipped to [0, 1]; symmetric square roots move each color least.
    """
    mean, covariance = _moments(image)
    target_mean, target_covariance = _moments(target)
    change = _power(target_covariance, 0.5) @ _power(covariance, -0.5)
    return np.asarray(np.clip((image - mean) @ change.T + target_mean, 0, 1), np.float32)


def _moments(image: Image) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean, (3,), and the covariance, (3, 3), of an image's colors."""
    colors = image.reshape(-1, 3).astype(np.float64)
    mean = colors.mean(axis=0)
    centered = colors - mean
    return mean, centered.T @ centered / len(colors) + REGULAR * np.eye(3)


def _power(matrix: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    """Return a power of a symmetric positive definite matrix, by its eigenvalues."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * values**exponent) @ vectors.T)


def match_histogram(image: Image, target: Image) -> Image:
    """Return ``image`` with the distribution of ``target``'s values in each channel.

    x' = T^-1(S(x)), S and T being the cumulative distributions: each value goes to the one of the same rank.
    """
    return np.stack([_match_channel(image[..., c], target[..., c]) for c in range(3)], axis=-1)


def _match_channel(values: NDArray[np.float32], target: NDArray[np.float32]) -> NDArray[np.float32]:
    _values, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - 0.5 * counts) / values.size  # the middle of each value's share
    target_values = np.sort(target, axis=None)
    target_rank = (np.arange(target_values.size) + 0.5) / target_values.size
    return np.interp(rank, target_rank, target_values)[where].reshape(values.shape).astype(np.float32)
