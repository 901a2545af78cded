"""Styles that a network was taught, painted in one pass by ONNX Runtime (Johnson et al. 2016, Dumoulin et al. 2017).

The network normalizes every layer with a scale and a shift of its own for each style, and for the photo as it is
(conditional instance normalization). Its code is the share of each: one row of the identity for one style, a mixture
for several. Strength s is the code (1 - s) photo + s style.
"""

from __future__ import annotations

import numpy as np

from pinxit.config.options import Fast, Look
from pinxit.errors import BadOption
from pinxit.images import Image
from pinxit.methods.onepass.network import Floats, open_once
from pinxit.methods.onepass.painting import OnePass, Way
from pinxit.styles.gallery import TrainedStyle
from pinxit.styles.style import Style

FADE = 2
"""See `pinxit.methods.onepass.painting`. Sooner than with codes of the photo itself: the one row for all photos knows none's
colors and contrasts, which the normalization takes from each."""


class FastPainter(OnePass):
    """A `pinxit.methods.base.Stylizer`: holds styles that one network was taught, paints any content.

    Raises `BadOption` for a style that is a picture, for styles of different networks and for a size of strokes, and
    all that `pinxit.methods.onepass.network.open_file` raises.
    """

    def __init__(self, style: Style, look: Look, options: Fast) -> None:
        self.style, self.look, self.tile = style, look, options.tile
        trained = held(style)
        if look.style_scale != 1:
            raise BadOption("a trained style has strokes of one size: leave style_scale at 1, and change size instead")
        self.model = open_once(trained[0].network, options.provider, options.threads)
        unit = np.eye(trained[0].rows + 1, dtype=np.float32)
        self._styles, self._photo = unit[[each.row for each in trained]], unit[-1:]

    @property
    def way(self) -> Way:
        """How it paints."""
        return Way(self._steered, self.style, self.look, self.model, self.tile, FADE, canvas=False)

    def _steered(self, content: Image) -> Floats:
        """Return the code of each style, as far from the photo's as the strength says."""
        steered = self._photo + np.float32(self.look.strength) * (self._styles - self._photo)
        return np.asarray(steered, np.float32)


def held(style: Style) -> list[TrainedStyle]:
    """Return the trained styles that the references are; all are of one network.

    Raises `BadOption` where one is a picture, and for styles of different networks.
    """
    trained = [reference.trained for reference in style.references if reference.trained]
    if len(trained) < len(style.references):
        names = f", and {trained[0].name!r} is one" if trained else ""
        raise BadOption(
            f"the method 'fast' paints styles that a network was taught{names}; a style here is a picture: "
            "teach it (pinxit train fast --style PICTURE), or give pictures alone, with --method adain"
        )
    first = trained[0]
    other = next((each for each in trained if each.fingerprint != first.fingerprint), None)
    if other:
        raise BadOption(
            f"{first.name!r} and {other.name!r} are styles of two networks, and only those of one blend: teach one "
            "network both (pinxit train fast --style A --style B), or give their pictures, with --method adain"
        )
    return trained
