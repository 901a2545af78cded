"""Stand-ins for what is slow, and what a run of the command line left behind."""

from __future__ import annotations

import dataclasses
import functools
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pinxit import __version__, images
from pinxit.config.options import Look, Optimize, Output
from pinxit.config.spec import split
from pinxit.files import recipe
from pinxit.files.fingerprint import fingerprint
from pinxit.images import Image
from pinxit.methods.base import Step


def gradient(height: int = 24, width: int = 32, shift: float = 0.0) -> Image:
    """A picture, (H, W, 3) in [0, 1], that is different everywhere; ``shift`` makes another one."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.stack([x / width, y / height, np.full_like(x, 0.25 + shift)], axis=2).astype(np.float32)


def steps_of(count: int, sizes: Sequence[tuple[int, int]] = ((24, 32),), warning: str = "") -> Iterator[Step]:
    """Yield ``count`` steps with falling losses, through ``sizes`` from coarse to fine; the first may warn."""
    for index in range(1, count + 1):
        size = sizes[(index - 1) * len(sizes) // count]
        image = gradient(*size, shift=index / (4 * count))
        yield Step(
            index=index,
            of=count,
            loss=1 / index,
            preview=functools.partial(np.copy, image),
            losses={"content": 0.25 / index, "style": 0.75 / index},
            size=size,
            warning=warning if index == 1 else "",
        )


class Screen(io.StringIO):
    """A terminal, in place of standard output or standard error."""

    def isatty(self) -> bool:
        return True


@dataclass(frozen=True)
class Result:
    """What a run of the command line returned, wrote to standard output and said on standard error."""

    code: int
    out: bytes
    said: str


Run = Callable[..., Result]
Pictures = Callable[..., Path]


@dataclass(frozen=True)
class FakePainting:
    """What the command line needs of a painting."""

    image: Image
    recipe: dict[str, Any]

    def save(self, target: Any, *, format: str = "", protect: Any = (), **options: Any) -> None:
        output = Output(**options)
        text = recipe.dumps(recipe.with_output(self.recipe, output))
        images.write(self.image, target, format=format, recipe=text, output=output, protect=protect)


class FakeStylizer:
    """Ten quick steps in place of a descent; remembers how it was made."""

    made: FakeStylizer
    before_step: Callable[[int], None]
    looks = 0
    """Steps before anything is painted."""

    def __init__(self, style: list[tuple[Path, float]], *, method: str, masks: Any = None, **options: Any) -> None:
        self.look, self.optimize = split(options, Look, Optimize)
        self.style, self.method, self.masks = style, method, masks
        FakeStylizer.made = self

    def warm_up(self) -> None:
        """Nothing is to be opened."""

    def open(self, content: str | bytes, *, overwritable: bool = False) -> str | bytes:
        return content

    def steps(self, content: str | bytes) -> Iterator[Step]:
        photo = images.read(content)[..., :3]
        base = images.resize(photo, images.fit(photo.shape[:2], self.look.size))
        for step in steps_of(10, sizes=[(12, 16), (24, 32)], warning="a warning [of] sorts"):
            FakeStylizer.before_step(step.index)
            shown = np.clip(base + np.float32(step.index / 40 + self.look.seed / 100), 0, 1)
            begun = step.index > self.looks
            yield dataclasses.replace(step, preview=functools.partial(np.copy, shown), begun=begun)

    def painting(self, content: str | bytes, step: Step) -> FakePainting:
        masks = self.masks or [None] * len(self.style)
        styles = [
            recipe.StyleEntry(fingerprint(path), weight, mask and fingerprint(mask))
            for (path, weight), mask in zip(self.style, masks, strict=True)
        ]
        parts = (self.look, self.optimize)
        made = recipe.make(self.method, parts, fingerprint(content), styles, __version__)
        return FakePainting(step.preview(), {**made, "stopped": step.index if step.index < step.of else 0})
