"""The descents that the page shows: the main one, reconstructions from single layers, and comparisons."""

from collections.abc import Mapping

import torch

from pinxit.config.options import STYLE_LAYERS, Look, Optimize
from pinxit.explain.pair import Pair, Sizes, tensor
from pinxit.explain.runs import Job, Run
from pinxit.methods.optimize.objective import PAPER, GramLosses
from pinxit.methods.optimize.regions import divide
from pinxit.styles.style import load_styles

SMOOTH = {"conv1_2": 0.05, "conv2_2": 0.3, "conv3_2": 0.3, "conv4_2": 0.3, "conv5_2": 2.0}
"""Layers of the content reconstructions, and the weight of their total variation: after few steps much of the noise is
left that deep layers hardly see."""
SMOOTH_STYLE = {"conv1_1": 0.3, "conv2_1": 0.6, "conv3_1": 1.0, "conv4_1": 2.0, "conv5_1": 2.0}
"""The same of the style reconstructions: each from its layer and all `STYLE_LAYERS` before it."""
MORE_STEPS = {"conv1_1": 3.0, "conv2_1": 3.0, "conv3_1": 2.0, "conv4_1": 1.4}
"""Steps of a style reconstruction, relative to `Sizes.rebuilt`: the fewer layers, the less a step costs."""
RATIOS = (1e-3, 1e-1, 1.0, 10.0)
"""Ratios alpha / beta that are compared; the first is the default. Between the first two hardly anything changes."""
STARTS = ("recolored", "content", "style", "noise")
MAIN, NEIGHBORS = "main", "neighbors"
LEVELS = 3
"""Work of the descent by nearest neighbors, with its smaller levels and its searches, relative to its last steps."""
PICTURES = 6
"""Pictures kept of a reconstruction."""


def jobs(sizes: Sizes) -> dict[str, list[Job]]:
    """Return the descents, by what they show; ``reference`` has the options that the comparisons leave as they are."""
    side = sizes.comparison

    def job(name: str, **options: object) -> Job:
        return Job(name, side, sizes.short, 1, options)

    def rebuilt(name: str, more: float = 1.0, **options: object) -> Job:
        return Job(
            name, side, round(more * sizes.rebuilt), PICTURES, {"init": "noise", "losses": "relative", **options}
        )

    neighborly = {"losses": "neighbors", "init": Optimize().init, "levels": 0, "steps": sizes.nearest}
    return {
        "main": [Job(MAIN, sizes.picture, sizes.steps, sizes.frames)],
        "neighbors": [Job(NEIGHBORS, sizes.picture, LEVELS * sizes.nearest, 1, neighborly)],
        # A term without weight needs layers, too: no deeper ones than the other term.
        "content": [
            rebuilt(name, content_layers=name, style_layers=name, style_weight=0.0, tv_weight=smooth)
            for name, smooth in SMOOTH.items()
        ],
        "style": [
            rebuilt(
                name,
                MORE_STEPS.get(name, 1.0),
                content_layers=name,
                content_weight=0.0,
                style_layers=",".join(STYLE_LAYERS[: count + 1]),
                tv_weight=SMOOTH_STYLE[name],
            )
            for count, name in enumerate(STYLE_LAYERS)
        ],
        "reference": [job("reference")],
        "ratio": [job(f"{each:g}", content_weight=each / PAPER) for each in RATIOS if each / PAPER != _default()],
        "start": [job(each, init=each) for each in STARTS[1:]],
        "pooling": [job("average", pooling="average")],
        "optimizer": [job("adam", optimizer="adam", learning_rate=5.0)],
    }


def _default() -> float:
    return Optimize().content_weight


def layer_losses(pair: Pair, run: Run) -> dict[str, list[float]]:
    """Return the weighted loss of each term of the published losses, as ``style conv1_1``, at the run's pictures."""
    photo, painting = pair.at(max(run.image.shape[:2]))
    size = (photo.shape[0], photo.shape[1])
    regions = divide(load_styles(painting), size, size, 1.0, tensor)
    losses: dict[str, list[float]] = {}
    options = Optimize(losses="gatys")
    network = pair.painting_network(GramLosses, options)
    with torch.no_grad():
        terms = GramLosses(network, tensor(photo), regions, Look(), options).terms
        for _, image in run.frames:
            features = network(tensor(image))
            for term in terms:
                value = float(term.weight * term.loss(features[term.layer]))
                losses.setdefault(f"{term.kind} {term.layer}", []).append(float(f"{value:.4g}"))
    return losses


def compared(runs: Mapping[str, list[tuple[str, Run]]]) -> dict[str, list[dict[str, object]]]:
    """Return the comparisons, each with the reference run among its entries, in their order on the page."""
    ((_, reference),) = runs["reference"]
    default = f"{_default() * PAPER:g}"
    with_reference = {
        "ratio": sorted([(default, reference), *runs["ratio"]], key=lambda pair: float(pair[0])),
        "start": [(STARTS[0], reference), *runs["start"]],
        "pooling": [("max", reference), *runs["pooling"]],
        "optimizer": [("lbfgs", reference), *runs["optimizer"]],
    }
    return {
        key: [{"name": name, **run.as_dict()} for name, run in pairs]
        for key, pairs in {**with_reference, "content": runs["content"], "style": runs["style"]}.items()
    }
