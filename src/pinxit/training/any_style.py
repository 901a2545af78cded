"""Teaches the painter of a `pinxit.nn.networks.Network` on photos and paintings, in as many runs as it takes.

Its style encoder is not taught: before the first step it is made in closed form (`pinxit.training.pruning.vgg`,
`pinxit.training.codes`).

    for progress in train(Path("photos"), Path("paintings"), Path("out"), TrainAdain(minutes=9)):
        ...

Stopping the loop, by ``break`` or by Ctrl-C, saves what there is; a later run with the same folder goes on from there.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from pinxit.config.options import CONTENT_LAYER, STYLE_LAYERS
from pinxit.config.training import COUNTS, TrainAdain, counts_of
from pinxit.errors import BadOption
from pinxit.files import atomic
from pinxit.methods.optimize.losses import Features
from pinxit.nn import vgg_weights as weights
from pinxit.nn.layers import BLOCKS
from pinxit.nn.networks import Network, Shape, ThinVGG
from pinxit.nn.vgg import VGG19
from pinxit.training import canvases, checkpoint, codes, data, precision
from pinxit.training.checkpoint import Checkpoint
from pinxit.training.distributed import Group, joined
from pinxit.training.divergence_guard import Footing
from pinxit.training.export.any_style import read
from pinxit.training.learner import Learner
from pinxit.training.losses.any_style import TERMS, Objective, pairs
from pinxit.training.pruning import vgg as squeeze
from pinxit.training.pruning.transform_net import narrowed
from pinxit.training.records import Records, Samples

LOOK = 10
"""Steps between two looks at clock and losses; between them a GPU is never waited for."""
SAMPLES = 4
"""Photos, and paintings, of the sheet."""
SAMPLE_SIDE = 256
"""Side of the sheet's pictures, px, or as large as they are kept."""
FITTED, MEASURED = 128, 2048
"""Crops by which the thin VGG-19 is fitted, and whose statistics give the codes' components."""
NARROWED = 256
"""Crops by which channels are thinned out."""
FITTED_SIDE = 128
"""Side of these crops at the most, px."""
PHOTOS_AMONG = 4
"""One in so many of these is of a photo, the others of paintings."""


_Module = TypeVar("_Module", bound=nn.Module)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training is."""

    step: int
    seconds: float
    """Time spent, in all runs together."""
    share: float
    """Share of this run that is done, 0 to 1."""
    losses: dict[str, float]
    """Every term of `pinxit.training.losses.any_style`, and ``loss``; means since the last one."""
    skipped: int
    """Pictures that could not be read."""
    warning: str = ""


def train(
    photos: Path, paintings: Path, out: Path, options: TrainAdain, shape: Shape | None = None
) -> Generator[Progress]:
    """Train in the folder ``out``, from its checkpoint where there is one; yield every few steps.

    Raises `NotFound` without pictures, `BadOption`, `BadWeights` for a damaged checkpoint, `WriteFailed`, and
    `Diverged` where the losses stay infinite or NaN.
    """
    if not options.minutes and not options.steps:
        raise BadOption("a training needs --minutes or --steps above 0")
    if options.threads:
        torch.set_num_threads(options.threads)
    with joined(options.device) as group:
        content, style = (
            data.load(folder, side, group.device, options.threads)
            for folder, side in ((photos, options.photos_stored or options.stored), (paintings, options.stored))
        )
        atomic.make_folder(out)
        yield from _Course(content, style, out, options, group, shape).run()


class _Course:
    """One run of a training."""

    def __init__(
        self,
        content: data.Pictures,
        style: data.Pictures,
        out: Path,
        options: TrainAdain,
        group: Group,
        shape: Shape | None,
    ) -> None:
        self.out, self.options, self.group = out, options, group
        self.content, contents = data.held_out(content, SAMPLES)
        self.style, styles = data.held_out(style, SAMPLES)
        torch.manual_seed(options.seed)
        torch.set_float32_matmul_precision("high")
        before = checkpoint.load(out)
        network = self._begun() if options.begin and not before else None
        chosen = before.shape if before else network.shape if network else _asked(shape or Shape(), options)
        self.half = precision.half(group.device, options.precision)
        self.thin = ThinVGG(thin_widths(chosen)).requires_grad_(False)
        kept = dict(before.beside) if before else {}
        self.fitted = bool(kept or options.thin or not (before or network))
        if kept:
            self.thin.load_state_dict(kept)
        elif self.fitted:
            self._fit()
        network = Network(chosen) if before else network or self._untrained(chosen)
        self.thin = _channels_last(self.thin, group.device)
        self.finisher = Objective(self._vgg(Objective.layers(options)), options)
        self.objective = Objective(self._thin_features, options) if options.thin else self.finisher
        network.encoder.requires_grad_(False)
        self.learner = Learner(
            _channels_last(network, group.device),
            group,
            keep=options.average,
            clip=options.clip,
            compiled=options.compile,
        )
        self.shape = chosen
        self.seconds = 0.0
        if before:
            self.learner.restore(before)
            self.seconds = before.seconds
        self.spent_before = self.seconds
        self.samples = Samples(contents, styles, chosen.whole(min(SAMPLE_SIDE, options.stored)))
        self.judge = self._vgg({*STYLE_LAYERS, CONTENT_LAYER})
        self.records = Records(out, self.learner.step)

    def _begun(self) -> Network:
        """Return the network to begin with, with as many channels and blocks as are asked for."""
        network = read(Path(self.options.begin))
        asked = _asked(network.shape, self.options)
        if asked == network.shape:
            return network
        return narrowed(network, asked, (crops.cpu() for crops in self._crops(5, NARROWED)))

    def _vgg(self, layers: set[str]) -> VGG19:
        options, device = self.options, self.group.device
        how = precision.convolved(device, options.precision)
        return VGG19(weights.load(options.vgg), layers, convolution=how).to(device)

    def _thin_features(self, x: Tensor) -> Features:
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.half):
            found: dict[str, Tensor] = self.thin(x)
        return {name: value.float() for name, value in found.items()}

    def _crops(self, place: int, count: int) -> Iterator[Tensor]:
        """Yield ``count`` crops, mostly of paintings; the same in every process."""
        batch, side, seed = 16, min(FITTED_SIDE, self.options.side), self.options.seed
        photos = batch // PHOTOS_AMONG
        contents = data.batches(self.content, photos, side, (seed, place, 0), 0)
        styles = data.batches(self.style, batch - photos, side, (seed, place, 1), 0)
        for number in range(math.ceil(count / batch)):
            turned = data.recolored(
                next(styles), self.options.recolored, np.random.default_rng((seed, place, 2, number))
            )
            yield torch.cat([turned, next(contents)])

    def _fit(self) -> None:
        """Make the thin VGG-19 of the whole one; in float32, where least squares are at home. It takes a minute."""
        found = weights.load(self.options.vgg)
        whole = VGG19(found, self.thin.convolutions).to(self.group.device)
        self.thin.to(self.group.device)
        squeeze.fit(self.thin, whole, list(self._crops(3, FITTED)))

    def _untrained(self, shape: Shape) -> Network:
        """Return a network with a finished style encoder, and a painter that knows nothing."""
        network = Network(shape).to(self.group.device)
        eye, encoder = self.thin.state_dict(), network.encoder
        encoder.eye.load_state_dict({name: eye[name] for name in encoder.eye.state_dict()})
        with torch.no_grad():
            measures = [encoder.measures(crops) for crops in self._crops(4, MEASURED)]
            found = codes.principal(measures, shape.style_widths, shape.code)
            encoder.head.weight.copy_(found.basis.T)
            encoder.head.bias.copy_(found.offset)
        return network

    def run(self) -> Generator[Progress]:
        """Train until the time or the steps are over, and save, however it ends."""
        footing, saved = Footing(self.learner, self._snapshot, LOOK), self.seconds
        try:
            while self._share() < 1:
                losses = self._look()
                warning = footing.step(losses)
                if not warning:
                    self.records.add(self.learner.step, self.seconds, losses)
                if self.seconds - saved >= 60 * self.options.save_minutes:
                    self._save(footing.good)
                    saved = self.seconds
                skipped = self.content.skipped + self.style.skipped
                yield Progress(self.learner.step, self.seconds, self._share(), losses, skipped, warning)
        finally:
            self._save(footing.good)

    def _share(self) -> float:
        """Return the share of this run that is done."""
        steps = self.learner.step / self.options.steps if self.options.steps else 0.0
        minutes = 60 * self.options.minutes
        return min(1.0, max(steps, (self.seconds - self.spent_before) / minutes if minutes else 0.0))

    def _look(self) -> dict[str, float]:
        """Take some steps; return the means of their losses."""
        start = time.perf_counter()
        rate, self.current = self._rate(), self.objective if self._done() < self.options.thin else self.finisher
        seen = []
        for _ in range(LOOK):
            seen.append(self.learner.learn(self._losses, rate))
            if self.learner.step == self.options.steps:
                break
        means = self.group.mean(torch.stack(seen).mean(0)).tolist()
        (self.seconds,) = self.group.leader_says(self.seconds + time.perf_counter() - start)
        return dict(zip(("loss", *TERMS), means, strict=True))

    def _done(self) -> float:
        """Return the share of all runs together that is done."""
        options = self.options
        total = 60 * (options.total_minutes or options.minutes) + (0 if options.total_minutes else self.spent_before)
        return min(1.0, self.learner.step / options.steps if options.steps else self.seconds / total)

    def _rate(self) -> float:
        """Return the learning rate: a rise over ``warmup`` steps, then half a cosine down to a fiftieth."""
        rise = min(1.0, (self.learner.step + LOOK) / (self.options.warmup + LOOK))
        return self.options.learning_rate * rise * (0.51 + 0.49 * math.cos(math.pi * self._done()))

    def _losses(self, network: nn.Module) -> Tensor:
        """Paint one batch; return the loss, and every term of it."""
        options, step = self.options, self.learner.step
        seed, side = (options.seed, self.group.rank), self.shape.whole(self.options.side)
        content = next(data.batches(self.content, options.batch, side, (*seed, 0), step))
        style = next(data.batches(self.style, options.batch, side, (*seed, 1), step))
        style = data.recolored(style, options.recolored, np.random.default_rng((*seed, 2, step)))
        identities = math.ceil(options.identities * options.batch)
        batch = pairs(content, style, min(options.each, options.batch), identities)
        targets = self.current.targets(batch)
        seen = canvases.drawn(content, np.random.default_rng((*seed, 3, step)))
        with torch.autocast(self.group.device.type, torch.bfloat16, enabled=self.half):
            painted = network(precision.last(seen), precision.last(batch.styles), batch.chosen)
        return torch.stack(list(self.current(painted, batch, targets).values()))

    def _snapshot(self) -> Checkpoint:
        thin = dict(self.thin.named_parameters()) if self.fitted else {}
        return Checkpoint(
            step=self.learner.step, seconds=self.seconds, shape=self.shape, beside=thin, **self.learner.tensors()
        )

    def _save(self, good: Checkpoint) -> None:
        if not self.group.leads:
            return
        checkpoint.save(good, self.out)
        network = Network(good.shape)
        network.load_state_dict(dict(good.average))
        self.records.save(good, self.samples, network.to(self.group.device).eval(), self.judge)


def _asked(shape: Shape, options: TrainAdain) -> Shape:
    """Return the shape with as many channels and blocks as are asked for.

    Raises `BadOption` where there are not as many numbers as strides.
    """
    asked: dict[str, Any] = {}
    for name in COUNTS:
        had, counts = getattr(shape, name), counts_of(name, getattr(options, name))
        if counts and len(counts) != len(had):
            raise BadOption(f"--{name} has {len(counts)} numbers; it must have one for each of {len(had)} strides")
        asked[name] = counts or had
    return dataclasses.replace(shape, **asked)


def thin_widths(shape: Shape) -> tuple[int, ...]:
    """Return the channels of the thin VGG-19: the style encoder's blocks, and those that only the losses ask for."""
    widths = shape.style_widths
    return (*widths, *widths[-1:] * (len(BLOCKS) - len(widths)))


def _channels_last(network: _Module, device: torch.device) -> _Module:
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network
