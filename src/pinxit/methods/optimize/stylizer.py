"""Gatys' method from coarse to fine: gradient descent on the pixels finds the picture.

Gatys, Ecker, Bethge, "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016; coarse to fine as
in Gatys et al., "Controlling Perceptual Factors in Neural Style Transfer", CVPR 2017, section 6.

It differs from the papers, each time because that measured better at equal cost: the losses are nearest neighbors
(`pinxit.methods.optimize.neighbors`) or relative (`pinxit.methods.optimize.losses`), and the picture starts from the
painting by the method ``adain``: every level passes on only its change to that painting, which keeps the fine detail.
"""

from collections.abc import Generator
from contextlib import closing

from torch import Tensor

from pinxit import images
from pinxit.config.options import Look, Optimize
from pinxit.errors import memory_errors
from pinxit.images import Image
from pinxit.images.memo import Memo
from pinxit.methods.base import FrameState, FrameStylizer, Guide, Step
from pinxit.methods.optimize import memory, plan
from pinxit.methods.optimize.border import Border
from pinxit.methods.optimize.descent import descend
from pinxit.methods.optimize.losses import CoarseColors, Temporal
from pinxit.methods.optimize.neighbors import COARSE_COLORS, NeighborLosses
from pinxit.methods.optimize.objective import GramLosses, Objective
from pinxit.methods.optimize.plan import Level
from pinxit.methods.optimize.regions import divide
from pinxit.methods.optimize.result import DescentProgress, LevelResult
from pinxit.methods.optimize.start import Start
from pinxit.methods.optimize.tensors import to_tensor
from pinxit.nn import convolution, vgg_weights
from pinxit.nn.device import pick_device, thread_count
from pinxit.nn.vgg import VGG19
from pinxit.styles.style import Style


class OptimizeStylizer(FrameStylizer):
    """Paints by gradient descent on the pixels."""

    def __init__(self, style: Style, look: Look, options: Optimize) -> None:
        self.style, self.look, self.options = style, look, options
        self.device = pick_device(options.device)
        self.family = NeighborLosses if options.losses == "neighbors" else GramLosses
        self.layers = self.family.layers(options)  # a wrong name is reported before anything is loaded
        self.start = Start(style, look, options)
        self.convolution = convolution.choose(self.device, options.precision)
        self.weights = vgg_weights.load(options.vgg)

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
        computed, and the previous number holds again whenever the caller has its turn.

        Raises `OutOfMemory` if the size needs more than there is, as a rule before it starts, and `Diverged`
        if not even the first picture has a finite loss.
        """
        with closing(self._steps(content, guide)) as steps:
            while True:
                with thread_count(self.options.threads), memory_errors():
                    step = next(steps, None)
                if step is None:
                    return
                yield step

    def _steps(self, content: Image, guide: Guide | None) -> Generator[Step]:
        if not self.look.strength:
            yield Step(1, 1, 0.0, content.copy, size=content.shape[:2])
            return
        shape = content.shape[0], content.shape[1]
        border = Border.around(shape, mirrored=self.family is NeighborLosses)
        canvas = border.add(content)
        base = border.add(self.start.base(content)) if self.start.is_painted else canvas
        size = canvas.shape[0], canvas.shape[1]
        network = self._network(size)
        levels = plan.levels(size, self.options)[-1 if guide else 0 :]
        progress = DescentProgress(levels, border)
        style = border.masked(self.style)
        result: LevelResult | None = None
        for level in levels:
            memory.trim_heap()
            photo = to_tensor(images.resize(canvas, level.size), self.device)
            below = photo if base is canvas else to_tensor(images.resize(base, level.size), self.device)
            coarser, result = result, LevelResult(photo, below)
            yield from self._level(network, level, result, coarser, style, guide, progress)
            if result.steps < level.steps:
                last = result if result.best else coarser
                yield progress.stopped(last, to_tensor(base, self.device), size)
                return

    def _network(self, size: tuple[int, int]) -> VGG19:
        precision = "bfloat16" if self.convolution is convolution.bfloat16 else "float32"
        budget = memory.free_memory(self.device)
        needed = memory.plan_memory(size, self.look, budget, self.family.per_pixel[precision])
        options = self.options
        network = VGG19(
            self.weights, self.layers, options.pooling, self.convolution, self.family.padding, needed.recompute
        )
        return network.to(self.device)

    def _level(
        self,
        network: VGG19,
        level: Level,
        result: LevelResult,
        coarser: LevelResult | None,
        style: Style,
        guide: Guide | None,
        progress: DescentProgress,
    ) -> Generator[Step]:
        """Paint one level into ``result``; the masks of ``style`` have the border."""
        photo, outer = result.photo, progress.border.outer()
        regions = divide(style, outer, level.size, self.look.style_scale, lambda image: to_tensor(image, self.device))
        picture_losses = self.family(network, photo, regions, self.look, self.options)
        objective = Objective(picture_losses, picture_losses.smoothness + self.options.tv_weight)
        picture = self.start(result.base, regions, outer) if coarser is None else coarser.enlarged(result.base)
        if guide:
            picture = self._guided(objective, picture, progress.border, guide)
        if self.family is NeighborLosses and self.start.is_painted:
            colors = picture if guide else self.start.recolored(result.base, regions)
            objective.add("colors", COARSE_COLORS, CoarseColors(colors))
        painted = coarser is not None or guide is not None or self.start.is_painted
        for number in range(level.rounds):
            picture_losses.search(picture if painted or number else None)
            options = self.options
            evaluations = descend(picture, objective, level.steps_of(number), options.optimizer, options.learning_rate)
            result.begin(next(evaluations, None))
            before = level.search if number else level.setup + level.search
            for evaluation in evaluations:
                result.take(evaluation)
                progress.advance(level, before)
                before = 0.0
                yield progress.step(evaluation, result.picture(), level)
            if result.steps < sum(map(level.steps_of, range(number + 1))):
                return
            picture = result.picture()

    def _guided(self, objective: Objective, start: Tensor, border: Border, guide: Guide) -> Tensor:
        """Bind ``objective`` to the guide; return the guide's picture, with ``start`` where that is not trusted."""
        moved, trust = (to_tensor(plane, self.device) for plane in border.guide(guide))
        objective.add("temporal", guide.weight, Temporal(moved, trust))
        return start + trust * (moved - start)
