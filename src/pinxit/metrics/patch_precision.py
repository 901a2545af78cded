"""Patch precision: how near each place of a result comes to some place of the painting.

With f(x) the VGG-19 features of a layer at place x, after the ReLU, less their mean over the picture::

    precision = mean over layers of mean over x in result of min over y in painting of 1 - cos(f(x), f(y))

0: every place of the result occurs in the painting. The number does not ask whether the whole painting is used, so
that a flat result can be near; read it beside the style distance. The centered cosine distance is that of Kolkin et
al., "Neural Neighbor Style Transfer", 2022.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

LAYERS = ("conv3_1", "conv4_1")
CHUNK = 2048
"""Places of the result compared at once. At 512 px conv3_1 has 16,384 places in a picture: 134 MB of cosines."""
SHORTEST = 1e-8  # lengths below this count as this, so that a featureless picture has no direction and is at distance 1


def directions(features: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return for each layer (places, C): the centered features of (1, C, H, W), each scaled to length 1."""
    vectors = {name: features[name][0].flatten(1).T for name in LAYERS}
    centered = {name: each - each.mean(0) for name, each in vectors.items()}
    return {name: each / each.norm(dim=1, keepdim=True).clamp_min(SHORTEST) for name, each in centered.items()}


def patch_precision(painted: Mapping[str, Tensor], style: Mapping[str, Tensor]) -> float:
    """Return the patch precision of a result with a painting, from the `directions` of both."""
    return statistics.fmean(_distance(painted[name], style[name]) for name in LAYERS)


def _distance(painted: Tensor, style: Tensor) -> float:
    """Return the mean over the rows of ``painted`` of the cosine distance to the nearest row of ``style``."""
    chunks = (painted[start : start + CHUNK] for start in range(0, len(painted), CHUNK))
    return 1 - sum(float((rows @ style.T).amax(1).sum()) for rows in chunks) / len(painted)
