"""Descents by the method ``optimize``, with the published losses by default, and their pictures on the way."""

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pinxit.api import Stylizer
from pinxit.config.options import Optimize
from pinxit.explain import encoding
from pinxit.explain.pair import Pair, Progress
from pinxit.images import Image
from pinxit.methods.optimize.objective import GramLosses
from pinxit.nn.layers import LAYERS, NAMES


@dataclass(slots=True)
class Run:
    """One descent."""

    frames: list[tuple[int, Image]] = field(default_factory=list)
    """(step, picture) of some steps, the last one included."""
    curve: list[dict[str, float]] = field(default_factory=list)
    """The losses of every step: ``content`` and ``style``, as far as they have a weight."""
    seconds: float = 0.0

    @property
    def image(self) -> Image:
        """The result."""
        return self.frames[-1][1]

    def as_dict(self) -> dict[str, object]:
        """Return the run as the page embeds it."""
        kinds = self.curve[0].keys()
        return {
            "frames": [encoding.picture(image) for _, image in self.frames],
            "steps": [step for step, _ in self.frames],
            "curves": {kind: encoding.numbers(each[kind] for each in self.curve) for kind in kinds},
            "seconds": round(self.seconds, 2),
        }


@dataclass(frozen=True, slots=True)
class Job:
    """A descent that is to be done: its ``name``, long side in px, steps, pictures kept on the way, and options."""

    name: str
    side: int
    steps: int
    frames: int = 1
    options: dict[str, Any] = field(default_factory=dict)  # values of every type

    @property
    def work(self) -> float:
        """Multiplications of the convolutions, up to a constant factor."""
        chosen = Optimize(**{"losses": "gatys", **self.options})
        last = max(NAMES.index(name) for name in GramLosses.layers(chosen))
        widths = [3, *(layer.channels for layer in LAYERS)]
        products = sum(
            inputs * layer.channels / layer.stride**2 for inputs, layer in zip(widths, LAYERS[: last + 1], strict=False)
        )
        return self.steps * self.side**2 * products

    def run(self, pair: Pair, progress: Progress, words: str) -> Run:
        """Descend; report every step."""
        photo, painting = pair.at(self.side)
        defaults: dict[str, Any] = {"losses": "gatys", "init": "recolored", "levels": 1}
        defaults |= {"steps": self.steps, "size": self.side}
        stylizer = Stylizer(painting, method="optimize", **{**defaults, **self.options})
        due = set(np.rint(np.geomspace(1, self.steps, self.frames + 1)).astype(int).tolist()[-self.frames :])
        run, begun, share = Run(), time.perf_counter(), 0.0
        for step in stylizer.steps(photo):
            run.curve.append(step.losses)
            if step.index in due or step.index == step.of:
                run.frames.append((step.index, step.preview()))
            done = step.share or step.index / step.of
            progress(words, (done - share) * self.work)
            share = done
        run.seconds = time.perf_counter() - begun
        return run
