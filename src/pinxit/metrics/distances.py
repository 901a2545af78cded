"""Distances of a painting from its content and its style, whatever program painted it.

Four numbers, measured on the pictures at one size (long side 512 px by default):

``style``    the mean over conv1_1, conv2_1, conv3_1, conv4_1 and conv5_1 of
             ``||G(painted) - G(style)|| / ||G(style)||``, Frobenius norms, ``G = F F^T / (H W)``
``content``  ``||F(painted) - F(content)|| / ||F(content)||`` at conv4_2
``ssim``     structural similarity of painted and content (Wang et al., "Image Quality Assessment: From Error
             Visibility to Structural Similarity", 2004) on luminance; 1 is identical
``patch_precision``  how near each place of the painting comes to the style: `pinxit.metrics.patch_precision`

F are VGG-19's features after the ReLU. Both distances are relative: 0 is identical, 1 is as far as no response at all.
Numbers are comparable only within one set of weights and one size.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import statistics
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pinxit import images
from pinxit.config.options import CONTENT_LAYER, STYLE_LAYERS, Scoring
from pinxit.errors import BadImage, BadOption, MissingExtra
from pinxit.images import Image
from pinxit.images.color import LUMA
from pinxit.images.memo import Memo
from pinxit.metrics.patch_precision import directions, patch_precision

if TYPE_CHECKING:
    from torch import Tensor

Picture = str | os.PathLike[str] | Image  # a file's name, or an array (H, W, 3 or 4) in [0, 1]; transparency is ignored

DEFAULTS = Scoring()

MIN_SIDE = 16  # px; the stride of conv5_1
REMEMBERED = 16  # contents in memory, about 10 MB each at 512 px
REMEMBERED_STYLES = 4  # styles in memory, about 30 MB each at 512 px


@dataclass(frozen=True, slots=True)
class Score:
    """Distances to content and style (lower is nearer), and SSIM with the content (higher is nearer)."""

    content: float
    style: float
    ssim: float
    patch_precision: float  # lower is nearer


def mean(scores: Iterable[Score]) -> Score:
    """Return the mean of each number; raises `BadOption` for no scores at all."""
    rows = [dataclasses.astuple(score) for score in scores]
    if not rows:
        raise BadOption("no scores to take the mean of: score at least one picture")
    return Score(*map(statistics.fmean, zip(*rows, strict=True)))


class Scorer:
    """Scores any number of paintings; a content or style is measured once.

    ``vgg`` is as for `pinxit.nn.vgg_weights.load`. Pictures are measured at a long side of ``size`` px. Raises
    `MissingExtra` without PyTorch, `BadOption` for a size out of range, and what reading the weights raises.
    """

    def __init__(self, vgg: str = DEFAULTS.vgg, size: int = DEFAULTS.size) -> None:
        self.size = Scoring(vgg=vgg, size=size).size
        self._features = _network(vgg)
        self._contents, self._styles = Memo(REMEMBERED), Memo(REMEMBERED_STYLES)

    def score(self, content: Picture, style: Picture, painted: Picture) -> Score:
        """Return the score of ``painted``, at its content's measured size; raises `NotFound` or `BadImage`."""
        target, luminance = self._contents.get(_key(content), lambda: self._measure_content(content))
        grams, patches = self._styles.get(_key(style), lambda: self._measure_style(style))
        image = _resized(_pixels(painted), (luminance.shape[0], luminance.shape[1]))
        features = self._features(image)
        return Score(
            content=_relative(features[CONTENT_LAYER], target),
            style=_style_distance(features, grams),
            ssim=ssim(image @ LUMA, luminance),
            patch_precision=patch_precision(directions(features), patches),
        )

    def style(self, style: Picture, painted: Picture) -> float:
        """Return only the style distance of ``painted`` at its measured size; raises as `score` does."""
        grams, _ = self._styles.get(_key(style), lambda: self._measure_style(style))
        return _style_distance(self._features(self._at_size(painted)), grams)

    def _measure_content(self, content: Picture) -> tuple[Tensor, NDArray[np.float64]]:
        """Return the content features (1, C, h, w) and the luminance (H, W) at the measured size."""
        image = self._at_size(content)
        return self._features(image)[CONTENT_LAYER], image @ LUMA

    def _measure_style(self, style: Picture) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return the Gram matrix (1, C, C) of each style layer, and the directions of its patches."""
        features = self._features(self._at_size(style))
        return _grams(features), directions(features)

    def _at_size(self, picture: Picture) -> Image:
        pixels = _pixels(picture)
        height, width = pixels.shape[:2]
        scale = self.size / max(height, width)
        return _resized(pixels, (max(MIN_SIDE, round(height * scale)), max(MIN_SIDE, round(width * scale))))


def _style_distance(features: dict[str, Tensor], grams: dict[str, Tensor]) -> float:
    return statistics.fmean(_relative(matrix, grams[name]) for name, matrix in _grams(features).items())


def _grams(features: dict[str, Tensor]) -> dict[str, Tensor]:
    from pinxit.nn.gram import gram  # here, because importing the metrics is light

    return {name: gram(features[name]) for name in STYLE_LAYERS}


def ssim(image: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Return the mean structural similarity of two planes (H, W) in [0, 1]; Wang et al. 2004, equation 13.

    Gaussian window of 11x11 px with a standard deviation of 1.5 px, wholly inside the picture; K1 = 0.01, K2 = 0.03.
    Raises `BadImage` for planes of different sizes, or under 11 px a side.
    """
    if image.shape != other.shape or min(image.shape) < len(WINDOW):
        raise BadImage(f"SSIM compares pictures of one size, each side at least {len(WINDOW)} px")
    x, y = image.astype(np.float64), other.astype(np.float64)
    mean_x, mean_y = _blurred(x), _blurred(y)
    variance_x = _blurred(x * x) - mean_x**2
    variance_y = _blurred(y * y) - mean_y**2
    covariance = _blurred(x * y) - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2
    numerator = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    denominator = (mean_x**2 + mean_y**2 + c1) * (variance_x + variance_y + c2)
    return float(np.mean(numerator / denominator))


_TAPS = np.exp(-0.5 * (np.arange(-5, 6) / 1.5) ** 2)
WINDOW = _TAPS / _TAPS.sum()


def _blurred(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    """(H, W) -> (H - 10, W - 10): the window is separable, so first down the columns, then along the rows."""
    height, width = (side - len(WINDOW) + 1 for side in plane.shape)
    down = np.sum([weight * plane[i : i + height] for i, weight in enumerate(WINDOW)], axis=0)
    along: NDArray[np.float64] = np.sum([weight * down[:, i : i + width] for i, weight in enumerate(WINDOW)], axis=0)
    return along


def _key(picture: Picture) -> Hashable:
    """Return path, date and size of a file; the content of an array."""
    if isinstance(picture, np.ndarray):
        return picture.shape, picture.dtype.str, hashlib.sha256(picture.tobytes()).digest()
    try:
        status = os.stat(picture)
    except (OSError, ValueError):
        return object()  # equal to nothing; reading it raises the error
    return os.path.realpath(picture), status.st_mtime_ns, status.st_size


def _pixels(picture: Picture) -> Image:
    """Return the picture (H, W, 3) without its alpha; raises `BadImage` for an array of another shape or range."""
    pixels = picture if isinstance(picture, np.ndarray) else images.read(picture)
    if pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or 0 in pixels.shape:
        raise BadImage(f"a picture is an array (height, width, 3), not {pixels.shape}")
    if not (pixels.min() >= 0 and pixels.max() <= 1):  # also refuses NaN
        raise BadImage("a picture is an array of numbers from 0 to 1: divide 8-bit values by 255")
    return pixels[..., :3].astype(np.float32, copy=False)


def _resized(pixels: Image, size: tuple[int, int]) -> Image:
    """Return ``pixels`` at ``size`` and in 256 steps, as in a picture's file."""
    if pixels.shape[:2] == size:
        return pixels
    return (np.rint(images.resize(pixels, size) * 255) / 255).astype(np.float32)


def _relative(values: Tensor, target: Tensor) -> float:
    """Return ``||values - target|| / ||target||``."""
    return float((values - target).norm() / target.norm())


def _network(vgg: str) -> Callable[[Image], dict[str, Tensor]]:
    """Return the function from a picture (H, W, 3) to its features; PyTorch is loaded here."""
    try:
        import torch

        from pinxit.nn.vgg import VGG19
        from pinxit.nn.vgg_weights import load
    except ImportError as error:
        raise MissingExtra("scoring", "optimize") from error
    network = VGG19(load(vgg), (*STYLE_LAYERS, CONTENT_LAYER))

    @torch.inference_mode()
    def features(image: Image) -> dict[str, Tensor]:
        batch = torch.from_numpy(image.copy()).permute(2, 0, 1)[None]  # (H, W, 3) -> (1, 3, H, W)
        outputs: dict[str, Tensor] = network(batch.contiguous(memory_format=torch.channels_last))
        return outputs

    return features
