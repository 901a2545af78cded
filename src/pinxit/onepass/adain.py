"""Any style in one pass (`pinxit.training.networks`), painted by ONNX Runtime.

Strength s moves each style's code from the content's own, (1 - s) code(content) + s code(style), as alpha does in
Huang & Belongie 2017, eq. 14; what is painted is then mixed with the content by (1 - s)^4, which leaves the path to
the network and only makes its beginning exact: 0 gives back the content.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Generator
from pathlib import Path

import numpy as np

from pinxit import images
from pinxit.onepass.model import Floats, Model, open_file
from pinxit.options import Adain, Look
from pinxit.style import Style
from pinxit.stylizer import Image, Step

SHIPPED = Path(__file__).with_name("adain.pinxit")
"""The network that comes with pinxit; ``models/adain`` in the sources has its card."""
MARGIN = 16
"""Pixels mirrored around the picture and cut off again, so that no layer's edge is seen."""
SMALLEST = 32
"""Shortest side of a picture that the style encoder sees, px; smaller ones are continued by their edge."""
LONGEST_STYLE = 1024
"""Longest side of a picture that the style encoder sees, px: more tells it no more."""


class AdainPainter:
    """A `pinxit.stylizer.Stylizer`: holds one style, paints any content.

    Raises all that `pinxit.onepass.model.open_file` raises.
    """

    def __init__(self, style: Style, look: Look, options: Adain) -> None:
        self.style, self.look = style, look
        self.model = _open(options)

    def steps(self, content: Image) -> Generator[Step]:
        """Paint in the only step there is."""
        painted = self(content)
        yield Step(1, 1, 0.0, lambda: painted, size=content.shape[:2])

    def __call__(self, content: Image) -> Image:
        """Paint ``content``, (H, W, 3) in [0, 1]; the result has the same shape."""
        if not self.look.strength:
            return content
        own = self.model.code(_seen(content, max(content.shape[:2])))
        codes = np.concatenate([self._codes(content, own), own])
        framed, window = _framed(content, self.model.stride)
        masks = self._masks(content, framed)
        painted, _ = self.model.paint(_batch(framed), codes, masks)
        image = painted[0].transpose(1, 2, 0)[window]
        kept = np.float32((1 - self.look.strength) ** 4)
        return np.ascontiguousarray(np.clip(image + kept * (content - image), 0, 1))

    def _codes(self, content: Image, own: Floats) -> Floats:
        """Return the code of each style, (N, code), as far from the content's ``own`` as the strength says."""
        side = max(content.shape[:2]) * self.look.style_scale
        codes = np.concatenate([self.model.code(_seen(reference.image, side)) for reference in self.style.references])
        return own + np.float32(self.look.strength) * (codes - own)

    def _masks(self, content: Image, framed: Image) -> list[Floats]:
        """Return for each level the shares of the styles and of the content's own code, (1, N + 1, h, w)."""
        size = content.shape[:2] if any(each.mask is not None for each in self.style.references) else (1, 1)
        found = shares(self.style, size)
        if size != (1, 1):
            found = np.stack([_framed(share[..., None], self.model.stride)[0][..., 0] for share in found])
        return [_pooled(found, 1 << level if size != (1, 1) else 1)[None] for level in range(self.model.levels)]


def shares(style: Style, size: tuple[int, int]) -> Floats:
    """Return the share of each style at each place, and last that of the content itself: (N + 1, H, W), summing to 1.

    Where masks overlap, styles share by mask times weight; what no mask claims goes to the styles without one, by
    weight, and where there is none stays as it is.
    """
    masked = np.zeros((len(style.references), *size), np.float32)
    free = np.zeros((len(style.references), 1, 1), np.float32)
    covered = np.zeros(size, np.float32)
    for place, reference in enumerate(style.references):
        if reference.mask is None:
            free[place] = reference.weight
        elif reference.weight:
            mask = images.resize(reference.mask, size)
            masked[place] = mask * np.float32(reference.weight)
            covered += mask
    covered = np.clip(covered, 0, 1)
    total = masked.sum(0)
    masked *= covered / np.where(total > 0, total, 1)
    covered = masked.sum(0).clip(0, 1)
    rest = (1 - covered) * (free / free.sum() if free.sum() else free)
    found = masked + rest
    return np.concatenate([found, (1 - found.sum(0, keepdims=True)).clip(0, 1)]).astype(np.float32)


def _pooled(maps: Floats, factor: int) -> Floats:
    """(N, H, W) -> (N, H / factor, W / factor): means of blocks."""
    count, height, width = maps.shape
    blocks = maps.reshape(count, height // factor, factor, width // factor, factor)
    pooled: Floats = blocks.mean((2, 4), dtype=np.float32)
    return pooled


def _framed(image: Image, stride: int) -> tuple[Image, tuple[slice, slice]]:
    """Return the image mirrored outward to sides that are multiples of ``stride``, and where in it the image is."""
    height, width = image.shape[:2]
    margins = [(MARGIN, MARGIN + -(side + 2 * MARGIN) % stride) for side in (height, width)]
    framed = np.pad(image, (*margins, (0, 0)), mode="symmetric")
    return framed, (slice(MARGIN, MARGIN + height), slice(MARGIN, MARGIN + width))


def _seen(picture: Image, long_side: float) -> Floats:
    """Return a picture as the style encoder sees it, (1, 3, h, w), with a long side of about ``long_side`` px."""
    scale = min(long_side, LONGEST_STYLE) / max(picture.shape[:2])
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    resized = images.resize(picture, (height, width))
    missing = [(0, max(0, SMALLEST - side)) for side in (height, width)]
    return _batch(np.pad(resized, (*missing, (0, 0)), mode="edge"))


def _batch(image: Image) -> Floats:
    """(H, W, 3) -> (1, 3, H, W)."""
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32)


def _open(options: Adain) -> Model:
    """Return the network that is asked for; one that was opened before is used again."""
    path = SHIPPED if options.model == "shipped" else Path(options.model)
    with contextlib.suppress(OSError, ValueError):  # of a file that is not there, `open_file` speaks
        found = path.stat()
        return _opened(path.absolute(), (found.st_mtime_ns, found.st_size), options.provider, options.threads)
    return open_file(path, options.provider, options.threads)


@functools.lru_cache(maxsize=2)
def _opened(path: Path, version: tuple[int, int], provider: str, threads: int) -> Model:
    """Open a file once, until it changes (``version``)."""
    return open_file(path, provider, threads)
