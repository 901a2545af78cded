"""Which place of the painting each place of a result took after, by the losses ``neighbors``."""

from pinxit.config.options import Look, Optimize
from pinxit.explain.pair import Pair, tensor
from pinxit.images import Image
from pinxit.methods.optimize.neighbors import STRIDE, TRIM, NeighborLosses
from pinxit.methods.optimize.regions import divide
from pinxit.styles.style import load_styles


def matches(pair: Pair, result: Image) -> dict[str, object]:
    """Return for each place of the ``result`` the index of the painting's place that one more search would choose.

    ``grid`` and ``of`` are the (rows, columns) of the places of the result and of the painting, whose edge, ``trim`` of
    each side, is left out.
    """
    photo, painting = pair.at(max(result.shape[:2]))
    size, options = (photo.shape[0], photo.shape[1]), Optimize(losses="neighbors")
    network = pair.painting_network(NeighborLosses, options)
    regions = divide(load_styles(painting), size, size, 1.0, tensor)
    losses = NeighborLosses(network, tensor(photo), regions, Look(), options)
    losses.search(tensor(result))
    ((picture, _),) = regions[0].styles
    cuts = [round(TRIM * side) if side >= 64 else 0 for side in picture.shape[2:]]
    grid = [max(1, (side - 2 * cut) // STRIDE) for side, cut in zip(picture.shape[2:], cuts, strict=True)]
    index = losses.targets[0].index
    return {
        "grid": losses.grid,
        "of": grid,
        "trim": TRIM if any(cuts) else 0,
        "index": [] if index is None else index.tolist(),
    }
