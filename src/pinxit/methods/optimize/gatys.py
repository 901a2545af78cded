"""Gatys' method from coarse to fine: the picture is what gradient descent on its pixels finds.

Gatys, Ecker, Bethge, "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016; coarse to fine as
in Gatys et al., "Controlling Perceptual Factors in Neural Style Transfer", CVPR 2017, section 6.

Differs from the papers in three ways, each because it measured better at equal cost: the losses are relative
(`pinxit.methods.optimize.losses`), the first level starts from the content in the style's colors, and each
level hands the next one only what it changed, so that the content's fine detail is never lost on the way.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pinxit import images
from pinxit.config.options import Adain, Look, Optimize
from pinxit.errors import BadOption, Diverged, OutOfMemory
from pinxit.images import Image, color
from pinxit.images.memo import Memo
from pinxit.methods.base import FrameState, FrameStylizer, Guide, Step
from pinxit.methods.onepass.any_style import AnyStyleStylizer
from pinxit.methods.optimize import plan
from pinxit.methods.optimize.descent import Evaluation, descend
from pinxit.methods.optimize.losses import Temporal
from pinxit.methods.optimize.objective import Objective, layers
from pinxit.methods.optimize.plan import Level
from pinxit.methods.optimize.regions import Region, divide, fitted, padded
from pinxit.nn import convolution
from pinxit.nn import vgg_weights as weights
from pinxit.nn.vgg import VGG19
from pinxit.styles.style import Style


class OptimizeStylizer(FrameStylizer):
    """Paints by gradient descent on the pixels."""

    def __init__(self, style: Style, look: Look, options: Optimize) -> None:
        self.style, self.look, self.options = style, look, options
        self.device = pick_device(options.device)
        content_layers, style_layers = layers(options)  # a wrong name is found before anything is loaded
        self.wanted = [*content_layers, *style_layers]
        self.adain = _adain(style, look, options.threads) if options.init == "adain" else None
        self.convolution = convolution.choose(self.device, options.precision)
        self.weights = weights.load(options.vgg)

    def paint_frame(self, content: Image, guide: Guide | None = None) -> tuple[Image, FrameState]:
        """Paint a frame of a film.

        With a ``guide`` it starts, at the full size only, from the guide's picture where that is trusted, and stays
        close to it (Ruder et al. 2016): large structures are in it already.
        """
        for step in self.steps(content, guide):
            last = step
        return last.preview(), {}

    def steps(
        self, content: Image, guide: Guide | None = None, *, overwrite: bool = False, memo: Memo | None = None
    ) -> Generator[Step]:
        """Paint step by step; the last step's preview, of the shape of ``content``, (H, W, 3), is the result.

        PyTorch has one number of threads for the whole process: `Optimize.threads` holds while a step is
        computed, and what was set before holds again whenever the caller has its turn.

        Raises `OutOfMemory` if the size needs more than there is, as a rule before it starts, and `Diverged`
        if not even the first picture has a finite loss.
        """
        with closing(self._steps(content, guide)) as steps:
            while True:
                with _threads(self.options.threads), _memory_errors():
                    step = next(steps, None)
                if step is None:
                    return
                yield step

    def _steps(self, content: Image, guide: Guide | None) -> Generator[Step]:
        shape = content.shape[:2]
        if not self.look.strength:
            yield Step(1, 1, 0.0, content.copy, size=shape)
            return
        whole = padded(content)
        precision = "bfloat16" if self.convolution is convolution.bfloat16 else "float32"
        memory = plan.plan_memory(whole.shape[:2], self.look, free_memory(self.device), precision)
        network = self._network(memory.recompute)
        levels = plan.levels(whole.shape[:2], self.options)[-1 if guide else 0 :]
        progress = _Progress(levels)
        painting: _Painted | None = None
        for level in levels:
            plan.give_back()
            photo = self._tensor(images.resize(whole, level.size))
            regions = divide(self.style, shape, level.size, self.look.style_scale, self._tensor)
            objective = Objective(network, photo, regions, self.look, self.options)
            start = self._start(photo, regions, shape) if painting is None else painting.enlarged(photo)
            if guide:
                start = self._guided(objective, start, guide)
            coarser, painting = painting, _Painted(photo)
            shown = shape if level is levels[-1] else level.size
            evaluations = descend(start, objective, level.steps, self.options.optimizer, self.options.learning_rate)
            painting.begin(next(evaluations, None))
            for evaluation in evaluations:
                painting.take(evaluation)
                progress.advance(level)
                yield progress.step(evaluation, painting.best_picture(), shown)
            if painting.taken < level.steps:
                yield progress.stopped(painting if painting.best else coarser, self._tensor(whole), shape)
                return

    def _network(self, recompute: bool) -> VGG19:
        return VGG19(
            self.weights,
            self.wanted,
            self.options.pooling,
            self.convolution,
            recompute=recompute,
        ).to(self.device)

    def _tensor(self, image: Image) -> Tensor:
        """(H, W, C) -> (1, C, H, W), on the device; a copy."""
        return torch.from_numpy(np.array(image.transpose(2, 0, 1)[None], np.float32, order="C")).to(self.device)

    def _start(self, photo: Tensor, regions: Sequence[Region], shape: tuple[int, int]) -> Tensor:
        """Return the picture to begin with, of the size of ``photo``, a level of a content of ``shape``."""
        size = _size(photo)
        if self.options.init == "content":
            return photo
        if self.options.init == "recolored":
            return photo + self.look.strength * self._recoloring(photo, regions)
        if self.options.init == "noise":
            generator = np.random.default_rng(self.look.seed)
            return self._tensor(generator.random((*size, 3), np.float32))
        if self.adain:
            return self._tensor(padded(self.adain(_image(photo, shape))))
        if self.options.init == "style":
            return self._tensor(images.resize(self.style.references[0].image, size))
        return self._tensor(fitted(images.split_alpha(images.read(self.options.init))[0], shape, size))

    def _guided(self, objective: Objective, start: Tensor, guide: Guide) -> Tensor:
        """Bind ``objective`` to the guide; return the guide's picture, with ``start`` where that is not trusted."""
        moved, trust = (self._tensor(padded(plane)) for plane in (guide.picture, guide.trust[..., None]))
        objective.temporal = guide.weight, Temporal(moved, trust)
        return start + trust * (moved - start)

    def _recoloring(self, photo: Tensor, regions: Sequence[Region]) -> Tensor:
        """Return what to add to ``photo`` to give each region the colors of its styles."""
        image = _image(photo, _size(photo))
        added = torch.zeros_like(photo)
        for region in regions:
            mask = 1.0 if region.mask is None else region.mask
            for picture, share in region.styles:
                change = color.coral(image, _image(picture, _size(picture))) - image
                added += mask * share * self._tensor(change)
        return added


@dataclass(slots=True)
class _Painted:
    """What one level has painted so far."""

    photo: Tensor
    best: Evaluation | None = None
    taken: int = 0

    def begin(self, start: Evaluation | None) -> None:
        """Keep the start, if it has a finite loss: nothing worse comes out."""
        self.best = start

    def take(self, evaluation: Evaluation) -> None:
        """Count a step's evaluation, and keep it if it is the best yet."""
        self.taken += 1
        if self.best is None or evaluation.loss <= self.best.loss:
            self.best = evaluation

    def enlarged(self, photo: Tensor) -> Tensor:
        """Return ``photo``, a larger copy of this level's, with the change that this level made to it."""
        change = self.best_picture() - self.photo
        change = F.interpolate(change, size=photo.shape[2:], mode="bicubic", align_corners=False)
        return photo + change

    def best_picture(self) -> Tensor:
        """Return the best picture, (1, 3, H, W), in [0, 1]; the photo where there is none."""
        return self.photo if self.best is None else self.best.picture.clamp(0, 1)


class _Progress:
    """Counts the steps of all levels, and the work, which grows with a level's pixels."""

    def __init__(self, levels: Sequence[Level]) -> None:
        self.done, self.of = 0, sum(level.steps for level in levels)
        self.work, self.whole = 0, sum(level.steps * math.prod(level.size) for level in levels)

    def advance(self, level: Level) -> None:
        self.done += 1
        self.work += math.prod(level.size)

    def step(self, evaluation: Evaluation, picture: Tensor, size: tuple[int, int]) -> Step:
        """Return the `Step` of an evaluation that shows ``picture``, (1, 3, H, W), cut to ``size``."""
        return Step(
            self.done,
            self.of,
            evaluation.loss,
            partial(_image, picture, size),
            evaluation.losses,
            size,
            share=self.work / self.whole,
        )

    def stopped(self, painting: _Painted | None, photo: Tensor, size: tuple[int, int]) -> Step:
        """Return the last `Step` of a descent that is lost: the best picture before that, at full size.

        Raises `Diverged` where there is none.
        """
        if painting is None or painting.best is None:
            raise Diverged(
                "the descent's first picture has no finite loss; a smaller --content-weight or --style-weight helps"
            )
        picture = painting.enlarged(photo).clamp(0, 1)
        warning = "the loss left all bounds; stopped at the best picture before that. A smaller --learning-rate helps"
        best = painting.best
        return Step(self.done, self.done, best.loss, partial(_image, picture, size), best.losses, size, warning, 1.0)


def _image(picture: Tensor, size: tuple[int, int]) -> Image:
    """(1, 3, H, W) -> (H, W, 3), cut to ``size`` where the picture is larger: it was padded."""
    image = picture[0, :, : size[0], : size[1]].permute(1, 2, 0).float().cpu().numpy()
    return np.ascontiguousarray(image)


def _size(picture: Tensor) -> tuple[int, int]:
    """Return (height, width) of a picture (1, 3, height, width)."""
    return picture.shape[2], picture.shape[3]


START_TILE = 1024
"""Side of the tiles, px, in which a large picture to begin with is painted in one pass. ONNX Runtime does not give its
memory back: at 2048 x 1536 px the peak of a descent grew by 100 MiB with tiles, and by 480 in one piece."""


def _adain(style: Style, look: Look, threads: int) -> AnyStyleStylizer:
    """Return what paints the picture to begin with, on the CPU: a device's memory is for the descent."""
    look = replace(look, color="style")  # `OptimizeStylizer` sees contents and styles in their wanted colors already
    return AnyStyleStylizer(style, look, Adain(provider="cpu", tile=START_TILE, threads=threads))


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Let PyTorch compute with ``count`` threads, no more than there are cores; 0 leaves it as it is."""
    before = torch.get_num_threads()
    wanted = min(count, os.cpu_count() or count) or before
    if wanted == before:
        yield
        return
    torch.set_num_threads(wanted)
    try:
        yield
    finally:
        torch.set_num_threads(before)


NO_MEMORY = re.compile(r"out of memory|n.t allocate memory|not enough memory", re.IGNORECASE)
"""How PyTorch says on its devices that memory has run out."""


@contextmanager
def _memory_errors() -> Iterator[None]:
    """Turn what running out of memory raises into `OutOfMemory`."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not NO_MEMORY.search(str(error)):
            raise
        raise OutOfMemory("memory ran out while painting; a smaller --size helps, or closing other programs") from error


def free_memory(device: torch.device) -> int:
    """Return the bytes that painting on ``device`` may still take."""
    if device.type != "cuda":  # MPS shares the machine's memory
        return plan.free_memory()
    return torch.cuda.mem_get_info(device)[0] + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)


def pick_device(name: str) -> torch.device:
    """Return the device: ``auto`` takes CUDA, else MPS, else the CPU.

    Raises `BadOption` for one that this machine does not have.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(each for each, found in there.items() if found))
    if not there.get(name):
        raise BadOption(f"no {name} device on this machine; it has {', '.join(k for k, v in there.items() if v)}")
    return torch.device(name)
