"""The method ``adain``: any style in one pass (`pinxit.nn.transform_net`), run by ONNX Runtime.

Strength s moves each style's code away from the content's, (1 - s) code(content) + s code(style), as alpha does in
Huang & Belongie 2017, eq. 14.
"""

from pathlib import Path

import numpy as np

from pinxit import images
from pinxit.config.options import Adain, Look
from pinxit.errors import BadStyle
from pinxit.files.fingerprint import FileId
from pinxit.images import Image
from pinxit.images.memo import Memo
from pinxit.methods.onepass.levels import batch
from pinxit.methods.onepass.network import SHIPPED, Floats, OnePassNetwork, open_once
from pinxit.methods.onepass.painting import OnePassStylizer
from pinxit.styles.code import CURE, SIDES, THUMBNAIL, StyleCode
from pinxit.styles.style import Reference, Style

FILM_EMPHASIS = 1.15
"""Factor of the style codes in films. The codes of all paintings have a mean near 0, so more
than 1 exaggerates what sets a style apart. Films are small, and the mean of frames is a little blander than each frame:
over 16 films of 256 px this takes the style distance from 0.537 to 0.517; over four of them the content distance rose
from 0.81 to 0.85."""
SMALLEST = 32  # shortest side of the style encoder's input, px; smaller pictures are padded with their edge pixels
USUAL = 448
"""Longest side of the style encoder's input, px: more takes time and brings paintings no nearer to the style."""


class AnyStyleStylizer(OnePassStylizer):
    """Paints with the style codes of pictures; raises what `pinxit.methods.onepass.network.open_file` raises."""

    fade = 4  # the codes alone cover nearly all the way from photo to painting
    grain = True

    def __init__(self, style: Style, look: Look, options: Adain) -> None:
        super().__init__(style, look, options.tile, _open(options))
        self.encoded = EncodedStyle(style, self.network)

    def warm_up(self, long_side: int) -> None:
        """Encode the style for contents of ``long_side`` px, unless each content recolors it."""
        if self.look.color == "style":
            self.encoded.codes(long_side)

    def codes(self, content: Image, style: Style, memo: Memo, *, film: bool = False) -> Floats:
        """Return the code of each style, (N, code), moved away from the content's by the strength."""
        side = max(content.shape[:2])
        encoded = self.encoded if style is self.style else EncodedStyle(style, self.network)
        codes = encoded.codes(side) * np.float32(FILM_EMPHASIS if film else 1)
        if self.look.strength == 1:
            return codes
        content_code = _encoded(content, min(side, USUAL), self.network, memo)
        moved: Floats = content_code + np.float32(self.look.strength) * (codes - content_code)
        return moved


class EncodedStyle:
    """A style as codes of one network. Each picture's codes are kept in its `Reference.memo`: every style that contains
    the picture shares them, and threads that ask at once encode it once.
    """

    def __init__(self, style: Style, network: OnePassNetwork) -> None:
        self._style, self._network = style, network

    def codes(self, long_side: int) -> Floats:
        """Return the code of each picture, (N, code), for contents whose long side is ``long_side`` px.

        Raises `BadStyle` for a style code of another network.
        """
        side = max(min(long_side, USUAL), SIDES[0])
        return np.concatenate([self._code(each, side) for each in self._style.references])

    def _code(self, reference: Reference, side: float) -> Floats:
        if reference.code is None:
            return _encoded(reference.image, side, self._network, reference.memo)
        if (reference.code.network, reference.code.codes.shape[1]) != (self._network.fingerprint, self._network.code):
            name = reference.code.name or "a style"
            raise BadStyle(f"the style code of {name} belongs to another network: {CURE}")
        return reference.code.at(side)[None]


def encode(picture: Image, named: FileId, options: Adain) -> StyleCode:
    """Return the style code of a painting, (H, W, 3) in [0, 1]; ``named`` is its file.

    Raises what `pinxit.methods.onepass.network.open_file` raises.
    """
    network = _open(options)
    codes = np.concatenate([network.encode(_encoder_input(picture, side)) for side in SIDES])
    thumbnail = images.resize(picture, images.fit(picture.shape[:2], THUMBNAIL))
    return StyleCode(named.name, named.sha256, network.fingerprint, SIDES, codes, thumbnail)


def _encoded(picture: Image, long_side: float, network: OnePassNetwork, memo: Memo) -> Floats:
    """Return the code, (1, code), of a picture seen at ``long_side`` px; ``memo`` is the picture's."""
    key = "code", network.fingerprint, long_side
    return memo.get(key, lambda: network.encode(_encoder_input(picture, long_side)))


def _encoder_input(picture: Image, long_side: float) -> Floats:
    """Return a picture resized for the style encoder, (1, 3, h, w), to a long side of about ``long_side`` px."""
    scale = long_side / max(picture.shape[:2])
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    resized = images.resize(picture, (height, width))
    missing = [(0, max(0, SMALLEST - side)) for side in (height, width)]
    return batch(np.pad(resized, (*missing, (0, 0)), mode="edge"))


def _open(options: Adain) -> OnePassNetwork:
    path = SHIPPED if options.model == "shipped" else Path(options.model)
    return open_once(path, options.provider, options.threads)
