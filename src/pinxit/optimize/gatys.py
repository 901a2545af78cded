"""Gatys' method from coarse to fine: the picture is what gradient descent on its pixels finds.

Gatys, Ecker, Bethge, "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016; coarse to fine as
in Gatys et al., "Controlling Perceptual Factors in Neural Style Transfer", CVPR 2017, section 6.

Differs from the papers in three ways, each because it measured better at equal cost: the losses are relative
(`pinxit.optimize.losses`), the first level starts from the content in the style's colors, and each
level hands the next one only what it changed, so that the content's fine detail is never lost on the way.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pinxit import color, images
from pinxit.errors import BadOption, Diverged
from pinxit.optimize import convolution, plan, weights
from pinxit.optimize.descent import Evaluation, descend
from pinxit.optimize.objective import Objective, Region, layers
from pinxit.optimize.vgg import VGG19
from pinxit.options import Look, Optimize
from pinxit.style import Style
from pinxit.stylizer import Image, Step

DIVERGED = 1e3
"""A loss that many times the level's first one is as lost as one that is not finite."""


class Gatys:
    """A `pinxit.stylizer.Stylizer`: holds one style, paints any content."""

    def __init__(self, style: Style, look: Look, options: Optimize) -> None:
        self.style, self.look, self.options = style, look, options
        self.device = pick_device(options.device)
        content_layers, style_layers = layers(options)  # a wrong name is found before anything is loaded
        self.wanted = [*content_layers, *style_layers]
        self.weights = weights.load(options.vgg)

    def __call__(self, content: Image) -> Image:
        """Paint ``content``, (H, W, 3) in [0, 1]; the result has the same shape."""
        for step in self.steps(content):
            last = step
        return last.preview()

    def steps(self, content: Image) -> Generator[Step]:
        """Paint step by step; the last step's preview, (H, W, 3), is the best picture of the last level.

        Raises `OutOfMemory` before it starts if the size needs more than there is, and `Diverged` if not even
        the first picture has a finite loss.
        """
        if not self.look.strength:
            yield Step(1, 1, 0.0, lambda: content, size=content.shape[:2])
            return
        padded = _at_least(content, plan.SHORTEST)
        memory = plan.plan_memory(padded.shape[:2], self.look, plan.free_memory())
        network = self._network(memory.recompute)
        levels = plan.levels(padded.shape[:2], self.options)
        painting: _Painted | None = None
        done, of = 0, sum(level.steps for level in levels)
        for level in levels:
            photo = self._tensor(images.resize(padded, level.size))
            objective = Objective(network, photo, self._regions(level.size), self.look, self.options)
            start = self._start(photo) if painting is None else painting.enlarged(photo)
            painting = _Painted(photo)
            evaluations = descend(start, objective, level.steps, self.options.optimizer, self.options.learning_rate)
            for evaluation in evaluations:
                if not painting.take(evaluation):
                    break
                done += 1
                yield painting.step(done, of, evaluation, content.shape[:2], level == levels[-1])
            if painting.best is None:
                raise Diverged(
                    "the descent's first picture has no finite loss; a smaller --learning-rate or --style-weight helps"
                )
            if painting.taken < level.steps:
                yield painting.stopped(done, content.shape[:2], level == levels[-1])
                return

    def _network(self, recompute: bool) -> VGG19:
        return VGG19(
            self.weights,
            self.wanted,
            self.options.pooling,
            convolution.choose(self.device, self.options.precision),
            recompute=recompute,
        ).to(self.device)

    def _tensor(self, image: Image) -> Tensor:
        """(H, W, 3) -> (1, 3, H, W), on the device."""
        return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1))[None]).to(self.device)

    def _regions(self, size: tuple[int, int]) -> list[Region]:
        """Return the regions of a picture of ``size``, (height, width): one for each mask and one for the rest."""
        free = [reference for reference in self.style.references if reference.mask is None]
        masked = [reference for reference in self.style.references if reference.mask is not None]
        masks = [images.resize(mask, size) for mask in (reference.mask for reference in masked) if mask is not None]
        regions = [
            self._region([reference.image], [1.0], mask * reference.weight, size)
            for reference, mask in zip(masked, masks, strict=True)
        ]
        if free:
            rest = np.clip(1 - sum(masks, np.zeros(size, np.float32)), 0, 1) if masks else None
            shares = [reference.weight for reference in free]
            regions.append(self._region([reference.image for reference in free], shares, rest, size))
        return [region for region in regions if region.area]

    def _region(
        self, pictures: Sequence[Image], shares: Sequence[float], mask: np.ndarray | None, size: tuple[int, int]
    ) -> Region:
        styles = tuple(
            (self._tensor(_scaled(picture, max(size) * self.look.style_scale)), share / sum(shares))
            for picture, share in zip(pictures, shares, strict=True)
            if share
        )
        if mask is None:
            return Region(styles, None, 1.0)
        return Region(styles, self._tensor(mask[..., None]), float(mask.mean()))

    def _start(self, photo: Tensor) -> Tensor:
        """Return the picture to begin with, of the size of ``photo``."""
        size = _size(photo)
        image = photo[0].permute(1, 2, 0).cpu().numpy()
        first = self.style.references[0].image
        if self.options.init == "content":
            return photo
        if self.options.init == "recolored":
            return self._tensor(color.coral(image, first))
        if self.options.init == "noise":
            generator = np.random.default_rng(self.look.seed)
            return self._tensor(generator.random((*size, 3), np.float32))
        if self.options.init == "style":
            return self._tensor(images.resize(first, size))
        return self._tensor(images.resize(images.split_alpha(images.read(self.options.init))[0], size))


@dataclass(slots=True)
class _Painted:
    """What one level has painted so far."""

    photo: Tensor
    best: Evaluation | None = None
    taken: int = 0
    first: float = math.inf

    def take(self, evaluation: Evaluation) -> bool:
        """Keep the evaluation if it is the best yet; False if the descent is lost."""
        self.first = min(self.first, evaluation.loss)
        if evaluation.loss > DIVERGED * self.first:
            return False
        self.taken += 1
        if self.best is None or evaluation.loss <= self.best.loss:
            self.best = evaluation
        return True

    def enlarged(self, photo: Tensor) -> Tensor:
        """Return ``photo``, a larger copy of this level's, with the change that this level made to it."""
        change = self.best_picture() - self.photo
        change = F.interpolate(change, size=photo.shape[2:], mode="bicubic", align_corners=False)
        return photo + change

    def best_picture(self) -> Tensor:
        """Return the best picture, (1, 3, H, W), in [0, 1]; the photo where there is none."""
        return self.photo if self.best is None else self.best.picture.clamp(0, 1)

    def step(self, index: int, of: int, evaluation: Evaluation, size: tuple[int, int], final: bool) -> Step:
        best = self.best_picture()
        shown = size if final else _size(best)
        return Step(index, of, evaluation.loss, partial(_image, best, shown), evaluation.losses, shown)

    def stopped(self, done: int, size: tuple[int, int], final: bool) -> Step:
        if self.best is None:
            raise Diverged("the descent never reached a picture with a finite loss")
        step = self.step(max(1, done), max(1, done), self.best, size, final)
        warning = "the loss left all bounds; stopped at the best picture before that. A smaller --learning-rate helps"
        return Step(step.index, step.of, step.loss, step.preview, step.losses, step.size, warning)


def _image(picture: Tensor, size: tuple[int, int]) -> Image:
    """(1, 3, H, W) -> (H, W, 3), cut to ``size`` where the picture was padded."""
    image = picture[0, :, : size[0], : size[1]].permute(1, 2, 0).float().cpu().numpy()
    return np.ascontiguousarray(image)


def _size(picture: Tensor) -> tuple[int, int]:
    """Return (height, width) of a picture (1, 3, height, width)."""
    return picture.shape[2], picture.shape[3]


def _at_least(image: Image, side: int) -> Image:
    """Return the image with its last row and column repeated until no side is shorter than ``side``."""
    missing = [max(0, side - length) for length in image.shape[:2]]
    return np.pad(image, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="edge") if any(missing) else image


def _scaled(picture: Image, long_side: float) -> Image:
    """Return a style picture with a long side of ``long_side`` px, larger or smaller, and no side too short."""
    scale = long_side / max(picture.shape[:2])
    height, width = (max(1, round(length * scale)) for length in picture.shape[:2])
    return _at_least(images.resize(picture, (height, width)), plan.SHORTEST)


def pick_device(name: str) -> torch.device:
    """Return the device: ``auto`` takes CUDA, else MPS, else the CPU.

    Raises `BadOption` for one that this machine does not have.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(each for each, found in there.items() if found))
    if not there.get(name):
        raise BadOption(f"no {name} device on this machine; there are {', '.join(k for k, v in there.items() if v)}")
    return torch.device(name)
