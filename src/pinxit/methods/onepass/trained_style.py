"""The method ``fast``: styles that a network was trained for, in one pass (Johnson et al. 2016, Dumoulin et al. 2017).

Conditional instance normalization: every layer has a scale and a shift for each style, and for the unchanged photo. The
network's code holds the share of each: a row of the identity matrix for one style, a mixture for several. Strength s is
the code (1 - s) photo + s style.
"""

import numpy as np

from pinxit.config.options import Fast, Look
from pinxit.errors import BadOption
from pinxit.images import Image
from pinxit.images.memo import Memo
from pinxit.methods.onepass.network import Floats, open_once
from pinxit.methods.onepass.painting import OnePassStylizer
from pinxit.styles.gallery import TrainedStyle
from pinxit.styles.style import Style


class TrainedStyleStylizer(OnePassStylizer):
    """Paints with the trained styles of one network.

    Raises `BadOption` for a style that is a picture and for styles of different networks, and what
    `pinxit.methods.onepass.network.open_file` raises.
    """

    fade = 2
    """Lower than in `pinxit.methods.onepass.any_style`: the photo's row is the same for all photos and knows neither
    colors nor contrasts of the present one, which the normalization takes away."""
    grain = False  # trained networks turn grain into specks

    def __init__(self, style: Style, look: Look, options: Fast) -> None:
        trained = require_trained(style)
        super().__init__(style, look, options.tile, open_once(trained[0].network, options.provider, options.threads))
        identity = np.eye(trained[0].rows + 1, dtype=np.float32)
        self._style_rows, self._photo_row = identity[[each.row for each in trained]], identity[-1:]

    def codes(self, content: Image, style: Style, memo: Memo, *, film: bool = False) -> Floats:
        """Return the code of each style, (N, code), mixed with the photo's by the strength."""
        mixed = self._photo_row + np.float32(self.look.strength) * (self._style_rows - self._photo_row)
        return np.asarray(mixed, np.float32)


def require_trained(style: Style) -> list[TrainedStyle]:
    """Return the trained styles of a style's references.

    Raises `BadOption` where one is a picture, and where they belong to different networks.
    """
    trained = [reference.trained for reference in style.references if reference.trained]
    if len(trained) < len(style.references):
        names = f", such as {trained[0].name!r}" if trained else ""
        raise BadOption(
            f"the method 'fast' paints trained styles{names}, and a style given here is a picture: "
            "train it (pinxit train fast --style PICTURE), or give pictures alone, with --method adain"
        )
    first = trained[0]
    other = next((each for each in trained if each.fingerprint != first.fingerprint), None)
    if other:
        raise BadOption(
            f"{first.name!r} and {other.name!r} belong to two networks, and only styles of one network blend: train "
            "both together (pinxit train fast --style A --style B), or give their pictures, with --method adain"
        )
    return trained
