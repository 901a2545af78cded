"""The verb: explains neural style transfer with two pictures."""

import time
from datetime import timedelta

import numpy as np

from pinxit import __version__
from pinxit.errors import memory_errors
from pinxit.explain import encoding, features, grams, neighbors, one_pass, optimization, page
from pinxit.explain.pair import FULL, Pair, Progress, Sizes, Watch
from pinxit.explain.runs import Run
from pinxit.images.types import Picture

ONE_PASS = 0.06
"""Work of everything that is no descent, relative to all descents."""
WORDS = {
    "main": "the descent",
    "neighbors": "neighbors",
    "content": "what each layer keeps of the photo",
    "style": "what each layer keeps of the painting",
    "reference": "the starts",
    "ratio": "weights",
    "start": "the starts",
    "pooling": "poolings",
    "optimizer": "optimizers",
}
"""What is said while each group of descents is done."""


def explain(photo: Picture, painting: Picture, *, sizes: Sizes = FULL, watch: Watch = lambda words, share: None) -> str:
    """Return a page, HTML, that explains style transfer with a photo and a painting.

    ``sizes``  how much is computed: `pinxit.explain.pair.FULL` or `QUICK`
    ``watch``  is called with what is being computed and the share done

    Raises everything that reading pictures and painting raises; `MissingExtra` without PyTorch.
    """
    begun = time.perf_counter()
    pair = Pair.open(photo, painting, sizes)
    jobs = optimization.jobs(sizes)
    descents = sum(job.work for group in jobs.values() for job in group)
    progress = Progress(watch, descents * (1 + ONE_PASS))
    with memory_errors():
        progress("the network", 0)
        data: dict[str, object] = {
            "network": features.layers(pair),
            "convolution": features.convolution(pair),
            "pool": features.pooling(pair),
            "adain": one_pass.normalized(pair),
        }
        runs = {key: [(job.name, job.run(pair, progress, WORDS[key])) for job in group] for key, group in jobs.items()}
        data |= _painted(pair, runs, progress, descents * ONE_PASS / 2)
    data["about"] = {
        "version": __version__,
        "names": pair.names,
        "size": sizes.picture,
        "comparison": sizes.comparison,
        "seconds": str(timedelta(seconds=round(time.perf_counter() - begun))),
    }
    return page.render(data, " + ".join(filter(None, pair.names)) or "style transfer")


def _painted(pair: Pair, runs: dict[str, list[tuple[str, Run]]], progress: Progress, work: float) -> dict[str, object]:
    """Return the part of the data that needs painted pictures."""
    (_, main), (_, neighborly) = *runs["main"], *runs["neighbors"]
    photo, painting = pair.at(pair.sizes.picture)
    shown = {"photo": pair.photo, "painting": pair.painting}
    pictures = {"photo": photo, "painting": painting, "result": np.clip(main.image, 0, 1)}
    return {
        "gram": grams.layers(pair, pictures),
        "main": {**main.as_dict(), "layers": optimization.layer_losses(pair, main)},
        **optimization.compared(runs),
        "neighbors": {**neighbors.matches(pair, neighborly.image), "image": encoding.picture(neighborly.image)},
        "blends": one_pass.blends(pair, progress, work, "one pass"),
        "prices": one_pass.prices(pair, {"neighbors": neighborly, "gatys": main}, progress, work, "the price list"),
        "pictures": {key: encoding.picture(image, "jpeg") for key, image in shown.items()},
    }
