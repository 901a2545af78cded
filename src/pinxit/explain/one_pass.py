"""Painting in one pass: what AdaIN does to one layer's statistics, blended codes, and the price list of the methods."""

import time
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from pinxit.api import Stylizer
from pinxit.config.options import Adain
from pinxit.explain import encoding
from pinxit.explain.pair import Pair, Progress, tensor
from pinxit.explain.runs import Run
from pinxit.images import Image
from pinxit.methods.onepass.any_style import EncodedStyle
from pinxit.methods.onepass.network import SHIPPED, Floats, open_once
from pinxit.metrics.distances import Scorer
from pinxit.nn.normalization import adain, statistics
from pinxit.styles import gallery
from pinxit.styles.gallery import TrainedStyle
from pinxit.styles.style import load_styles

LAYER = "conv4_1"
"""The layer of VGG-19 whose statistics Huang & Belongie replace (relu4_1)."""
SHOWN, SIDE = 24, 40
STEPS = 5
"""Pictures of each blend, both ends included."""


@torch.no_grad()
def normalized(pair: Pair) -> dict[str, object]:
    """Return means and deviations of channels of `LAYER` before and after AdaIN, and those of the painting.

    Only channels that are strong in photo and painting; ``shift`` is how far AdaIN moves each one's mean.
    """
    pictures = map(tensor, pair.at(pair.sizes.picture))
    photo, painting = (dict(pair.network.walk(each))[LAYER] for each in pictures)
    (mean, std), (target_mean, target_std) = statistics(photo), statistics(painting)
    after = adain(photo, target_std, target_mean, mean, std)
    strength = (mean / mean.max().clamp_min(1e-12) + target_mean / target_mean.max().clamp_min(1e-12)).flatten()
    shown = strength.argsort(descending=True)[:SHOWN]

    def facts(features: Tensor) -> dict[str, object]:
        means, deviations = (each.flatten()[shown] for each in statistics(features))
        return {"mean": encoding.numbers(means), "std": encoding.numbers(deviations)}

    every = {"before": photo, "after": after, "target": painting}
    tops = torch.stack([each[0, shown].amax((1, 2)) for each in every.values()]).amax(0).tolist()
    maps = {key: encoding.atlas(each[0, shown].clamp_min(0), tops, SIDE) for key, each in every.items()}
    numbers = {key: facts(each) for key, each in every.items()}
    return {"layer": LAYER, "of": photo.shape[1], "channels": shown.tolist(), "maps": maps, **numbers}


def blends(pair: Pair, progress: Progress, work: float, words: str) -> dict[str, object]:
    """Return the photo painted with codes between two styles, and between its own code and the painting's."""
    photo, painting = pair.at(pair.sizes.picture)
    second = _nearest_trained(painting)
    other = photo if second is None else second.thumbnail
    shares = np.linspace(0, 1, STEPS).tolist()
    pictures: dict[str, list[str]] = {"strength": [], "blend": []}
    for share in shares:
        mixed = [(painting, 1 - share), (other, share)]
        for key, stylizer in {
            "strength": Stylizer(painting, method="adain", strength=share, size=pair.sizes.picture),
            "blend": Stylizer(mixed, method="adain", size=pair.sizes.picture),
        }.items():
            pictures[key].append(encoding.picture(stylizer(photo).image))
            progress(words, work / (2 * STEPS))
    credit = "" if second is None else f"{second.name}: {second.credit}"
    return {"shares": shares, **pictures, "other": encoding.picture(other), "credit": credit}


def prices(pair: Pair, runs: Mapping[str, Run], progress: Progress, work: float, words: str) -> list[dict[str, object]]:
    """Return what each method costs and reaches on the pair; ``runs`` are descents that are done, by name."""
    photo, painting = pair.at(pair.sizes.picture)
    scorer = Scorer(size=pair.sizes.picture)
    rows: list[tuple[str, str, Image, float, int]] = []
    trained = _nearest_trained(painting)
    for method, style in (("adain", painting), ("fast", trained)):
        if style is None:
            continue
        stylizer = Stylizer(style, method=method, size=pair.sizes.picture)
        stylizer(photo)  # opens the network
        begun = time.perf_counter()
        image = stylizer(photo).image
        rows.append((method, "" if trained is not style else trained.name, image, time.perf_counter() - begun, 1))
    rows += [(f"optimize {name}", "", run.image, run.seconds, len(run.curve)) for name, run in runs.items()]
    priced = []
    for method, style_name, image, seconds, steps in rows:
        score = scorer.score(photo, painting, np.clip(image, 0, 1))
        distances = {
            "content": score.content,
            "style": score.style,
            "ssim": score.ssim,
            "patches": score.patch_precision,
        }
        progress(words, work / len(rows))
        facts = {"method": method, "style_name": style_name, "seconds": round(seconds, 3), "steps": steps}
        priced.append(
            {**facts, **{key: round(value, 3) for key, value in distances.items()}, "image": encoding.picture(image)}
        )
    return priced


def _nearest_trained(painting: Image) -> TrainedStyle | None:
    """Return the trained style of the gallery whose picture's code is nearest to the painting's; None without any."""
    network = open_once(SHIPPED, Adain().provider)

    def code(image: Image) -> Floats:
        return EncodedStyle(load_styles(image), network).codes(max(image.shape[:2]))

    target = code(painting)
    return min(
        gallery.installed(), key=lambda style: float(np.linalg.norm(code(style.thumbnail) - target)), default=None
    )
