"""Any style in one pass (`pinxit.nn.networks`), painted by ONNX Runtime.

Strength s moves each style's code from the content's own, (1 - s) code(content) + s code(style), as alpha does in
Huang & Belongie 2017, eq. 14.
"""

from __future__ import annotations

import functools
import threading
import weakref
from pathlib import Path

import numpy as np

from pinxit import images
from pinxit.config.options import Adain, Look
from pinxit.errors import BadWeights
from pinxit.files.recipe import Named
from pinxit.images import Image
from pinxit.methods.onepass import painting
from pinxit.methods.onepass.network import SHIPPED, Floats, Model, open_once
from pinxit.methods.onepass.painting import OnePass, Way
from pinxit.styles import code as stylecode
from pinxit.styles.code import SIDES, THUMBNAIL, StyleCode
from pinxit.styles.style import Reference, Style

FADE = 4
"""See `pinxit.methods.onepass.painting`: the codes alone lead all the way, nearly."""
SMALLEST = 32
"""Shortest side of a picture that the style encoder sees, px; smaller ones are continued by their edge."""
USUAL = 448
"""Longest side of a picture that the style encoder sees, px, at a style scale of 1: more takes its time, and brings
paintings no nearer. At other scales strokes are finer or broader, between the first and the last of `SIDES`."""


class AdainPainter(OnePass):
    """A `pinxit.methods.base.Stylizer`: holds one style, paints any content.

    Raises all that `pinxit.methods.onepass.network.open_file` raises.
    """

    def __init__(self, style: Style, look: Look, options: Adain) -> None:
        self.style, self.look, self.tile = style, look, options.tile
        self.model = _open(options)
        self.emphasis = 1.0
        """By how much every style's code is enlarged. The codes of all paintings have a mean near 0
        (`pinxit.training.codes`): more than 1 exaggerates what sets a style apart."""
        self._codes: dict[float, Floats] = {}

    @property
    def way(self) -> Way:
        """How it paints."""
        return Way(self._steered, self.style, self.look, self.model, self.tile, FADE, canvas=True)

    def see_styles(self, side: int) -> None:
        """Find the code of every style; of a picture that is an array it is found once only, by any painter."""
        self._coded(side)

    def _steered(self, content: Image) -> Floats:
        """Return the code of each style, as far from the content's own as the strength says."""
        side = max(content.shape[:2])
        codes = self._coded(side) * np.float32(self.emphasis)
        if self.look.strength == 1:
            return codes
        own = _code_of(content, min(side, USUAL), self.model)
        steered: Floats = own + np.float32(self.look.strength) * (codes - own)
        return steered

    def _coded(self, side: float) -> Floats:
        """Return the code of each style, (N, code), for contents whose long side is ``side`` px; found once."""
        side = min(max(min(side, USUAL) * self.look.style_scale, SIDES[0]), SIDES[-1])
        if side not in self._codes:
            self._codes[side] = np.concatenate([self._code(each, side) for each in self.style.references])
        return self._codes[side]

    def _code(self, reference: Reference, side: float) -> Floats:
        if reference.code is None:
            return _code_of(reference.image, side, self.model)
        if reference.code.network != self.model.fingerprint:
            name = reference.code.name or "a style"
            raise BadWeights(f"the style code of {name} is another network's: {stylecode.CURE}")
        return reference.code.at(side)[None]


_codes: dict[int, tuple[weakref.ref[Image], dict[tuple[float, str], Floats]]] = {}
"""The codes found so far, of every picture that still lives: ``id(picture) -> (picture, {(side, network): code})``."""
_looking = threading.Lock()


def _code_of(picture: Image, side: float, model: Model) -> Floats:
    """Return the code of a picture, (H, W, 3), seen at ``side`` px; of one array it is found once only."""
    with _looking:  # who wants a code while another thread finds it gets the same
        kept = _codes.get(id(picture))
        if kept is None or kept[0]() is not picture:
            kept = _codes[id(picture)] = (weakref.ref(picture, functools.partial(_forget, id(picture))), {})
        place = (side, model.fingerprint)
        if place not in kept[1]:
            kept[1][place] = model.code(_seen(picture, side))
        return kept[1][place]


def _forget(key: int, picture: weakref.ref[Image]) -> None:
    if key in _codes and _codes[key][0] is picture:
        del _codes[key]


def encode(picture: Image, named: Named, options: Adain) -> StyleCode:
    """Return the code that the network makes of a painting, (H, W, 3) in [0, 1]; ``named`` is its file.

    Raises all that `pinxit.methods.onepass.network.open_file` raises.
    """
    model = _open(options)
    codes = np.concatenate([model.code(_seen(picture, side)) for side in SIDES])
    thumbnail = images.resize(picture, images.fit(picture.shape[:2], THUMBNAIL))
    return StyleCode(named.name, named.sha256, model.fingerprint, SIDES, codes, thumbnail)


def _seen(picture: Image, long_side: float) -> Floats:
    """Return a picture as the style encoder sees it, (1, 3, h, w), with a long side of about ``long_side`` px."""
    scale = long_side / max(picture.shape[:2])
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    resized = images.resize(picture, (height, width))
    missing = [(0, max(0, SMALLEST - side)) for side in (height, width)]
    return painting.batch(np.pad(resized, (*missing, (0, 0)), mode="edge"))


def _open(options: Adain) -> Model:
    """Return the network that is asked for."""
    path = SHIPPED if options.model == "shipped" else Path(options.model)
    return open_once(path, options.provider, options.threads)
