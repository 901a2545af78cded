"""Teaches a small network one style, or several (Johnson et al. 2016, Dumoulin et al. 2017).

    for progress in train({"wave": "wave.jpg"}, Path("wave.pinxit"), TrainFast(minutes=10)):
        ...

The network is `pinxit.nn.networks.Painter`, whose code is the share of each style and, last, of the photo as it
is. Stopping the loop, by ``break`` or by Ctrl-C, saves what there is; a later run with the same folder goes on.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import math
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pinxit.config.training import SCRATCH, TrainFast, share_of
from pinxit.errors import BadOption
from pinxit.files import atomic
from pinxit.files.network_file import ENDING, TRAINED
from pinxit.nn import vgg_weights as weights
from pinxit.nn.networks import Painter, Shape
from pinxit.nn.vgg import VGG19
from pinxit.training import checkpoint, data, palette, photos, precision, warm
from pinxit.training.checkpoint import Checkpoint
from pinxit.training.content_weight import USUAL, Balance, Plan, wanted_distances
from pinxit.training.distributed import Group, joined
from pinxit.training.divergence_guard import Footing
from pinxit.training.evaluator import Exhibition
from pinxit.training.export import trained_styles as export_trained
from pinxit.training.learner import Learner
from pinxit.training.losses import perceptual
from pinxit.training.losses.flat_region import quiet
from pinxit.training.losses.position_bias import Places
from pinxit.training.palette import Sitter
from pinxit.training.records import Records

LOOK = 5
"""Steps between two looks at clock and losses; between them a GPU is never waited for."""
HELD = 4
"""Photos that are never learned from, by which the network is scored; of few photos a quarter."""
IDENTITIES = 1
"""Photos of a step that are painted as they are, beside the batch."""
PACES = {"modulation": 10.0}
"""Scales and shifts learn faster: their numbers are some ten times as large as the convolutions', and one column is all
that a style has of its own."""
SCORING = 0.1
"""Most of the time that may go to scores, sheets and checkpoints."""
TERMS = ("loss", "content", "style", "moments", "tv", "places", "quiet", "identity")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training is."""

    step: int
    seconds: float
    """Time spent, in all runs together."""
    left: float
    """Seconds left, as far as can be told; fewer where it stops by itself."""
    share: float
    """Share of all that is to be done, 0 to 1."""
    losses: dict[str, float]
    """Every one of `TERMS`; means since the last progress."""
    scores: dict[str, float]
    """Mean content and style distance of held-out photos, once measured."""
    skipped: int
    """Photos that could not be read."""
    warning: str = ""


def train(
    styles: Mapping[str, Any] | Sequence[Any],
    out: Path,
    options: TrainFast,
    *,
    source: Path | None = None,
    folder: Path | None = None,
    known: Mapping[str, Mapping[str, Any]] | None = None,
    shape: Shape | None = None,
) -> Generator[Progress]:
    """Teach ``styles`` to one network, write it to ``out`` again and again, and yield every few steps.

    ``styles``  as for `pinxit.training.palette.load`, as is ``known``
    ``source``  folder of photos, or pack; None: those that come with scikit-image
    ``folder``  of the training: checkpoint, loss curve, sheets; beside ``out`` unless given
    ``shape``   the painter's sizes, where it begins from scratch

    Raises `NotFound` without pictures, `BadOption`, `BadWeights` for a damaged checkpoint, `WriteFailed`,
    `MissingExtra`, and `Diverged` where the losses stay infinite or NaN.
    """
    if not options.minutes and not options.steps:
        raise BadOption("a training needs minutes or steps above 0")
    if out.suffix != ENDING:
        raise BadOption(f"the network's file must end in {ENDING}: {out.stem}{ENDING}")
    if options.threads:
        torch.set_num_threads(options.threads)
    sitters = palette.load(styles, options.painted, known)
    place = folder or folder_of(out)
    atomic.check(out)
    with joined(options.device) as group:
        pictures = data.load(source or photos.installed(), options.stored, group.device, options.threads)
        atomic.make_folder(place)
        yield from _Course(sitters, pictures, out, place, options, group, shape).run()


def folder_of(out: Path) -> Path:
    """Return the folder of a training, where none is named, for the network's file that it writes."""
    return out.with_name(f"{out.stem}-training")


def strengths(styles: Sequence[Sitter], options: TrainFast) -> list[float]:
    """Return how strongly to paint in each style, 0 to 1: as is known of it, or else as the options say."""
    return [share_of(each.facts.get("strong", options.strong)) for each in styles]


class _Course:
    """One run of a training."""

    def __init__(
        self,
        styles: list[Sitter],
        pictures: data.Pictures,
        out: Path,
        folder: Path,
        options: TrainFast,
        group: Group,
        shape: Shape | None,
    ) -> None:
        self.styles, self.out, self.folder, self.options, self.group = styles, out, folder, options, group
        self.skipped = pictures.skipped
        pictures, held = data.held_out(pictures, max(1, min(HELD, len(pictures) // 4)), fewest=2)
        torch.manual_seed(options.seed)
        self.trained = palette.chosen(styles, options.only)
        before = checkpoint.load(folder)
        _refuse_others(before, styles, options.only)
        vgg, pixels = self._vgg(), [each.pixels.to(group.device) for each in styles]
        self.objective = perceptual.Perceptual(vgg, pixels)
        painter = warm.painter(before, options.begin, styles, pictures.squares, shape)
        self.shape = painter.shape
        side = self.shape.whole(options.side)
        self.places = Places(len(styles), side, group.device)
        self.crops = perceptual.Crops(pictures, options.crops, side, (options.seed, group.rank), self.objective.photos)
        painter = painter.to(group.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        if options.only:
            warm.keep_the_rest(painter, self.trained)
        self.learner = Learner(painter, group, keep=options.average, clip=options.clip, paces=PACES)
        self.codes = torch.eye(self.shape.code, device=group.device)
        self.exhibition = Exhibition(held, styles, perceptual.Perceptual(vgg, pixels, margin=0))
        notes = before.notes if before else {}
        self.begun: list[float] = notes["begun"] if before else self._begun(painter, pictures.squares)
        self.balance = Balance(wanted_distances(strengths(styles, options), self.begun))
        self.plan = Plan(options, notes.get("limit", 0.0), notes.get("asked", 0.0))
        self.seconds = 0.0
        if before:
            self.learner.restore(before)
            self.seconds, self.balance.logs = before.seconds, list(notes["balance"])
            self.balance.offsets = list(notes["offsets"])
            self.plan.scores = [(at, score) for at, score in notes["history"]]
            self.places.restore(before.beside["profiles"])
        self.scores: dict[str, Any] = dict(notes.get("scores", {}))
        self.records = Records(folder, self.learner.step)

    def _vgg(self) -> VGG19:
        options, device = self.options, self.group.device
        how = precision.convolved(device, options.precision)
        return VGG19(weights.load(options.vgg), perceptual.LAYERS, convolution=how).to(device)

    def _begun(self, painter: Painter, photos: Tensor) -> list[float]:
        """Return how far from held-out photos a network that paints any style paints each."""
        begun = [USUAL] * len(self.styles)
        if self.options.begin != SCRATCH and self.group.leads:
            untrained = warm.untrained(painter, self.options.begin, self.styles, photos)
            begun = self.exhibition.show(untrained.shape, untrained.state_dict()).contents
        return list(self.group.leader_says(*begun))

    def run(self) -> Generator[Progress]:
        """Train until it is over, and save, however it ends."""
        footing, scored, took = Footing(self.learner, self._snapshot, LOOK), self.seconds, 0.0
        fresh = False
        try:
            while self._share() < 1:
                losses = self._look()
                warning = footing.step(losses)
                if warning:
                    self.places.restore(footing.good.beside["profiles"])
                else:
                    fresh = False
                    self.records.add(self.learner.step, self.seconds, losses)
                wait = max(60 * self.options.save_minutes, took / SCORING)
                if self.seconds - scored >= wait:
                    took = self._score(footing.good)
                    self.seconds += took
                    scored, fresh = self.seconds, True
                    footing.good = dataclasses.replace(footing.good, notes=self._notes())
                    self._save(footing.good)
                yield self._progress(losses, warning)
        finally:
            if not fresh:
                self._score(footing.good)
            self._save(dataclasses.replace(footing.good, notes=self._notes()))

    def _share(self) -> float:
        return self.plan.share(self.learner.step, self.seconds)

    def _progress(self, losses: dict[str, float], warning: str) -> Progress:
        share = self._share()
        left = self.seconds * (1 - share) / share if share else 0.0
        means: dict[str, float] = {name: self.scores[name] for name in ("content", "style") if name in self.scores}
        return Progress(self.learner.step, self.seconds, left, share, losses, means, self.skipped, warning)

    def _look(self) -> dict[str, float]:
        """Take some steps; return the means of their losses, and let the content's weights follow."""
        start = time.perf_counter()
        rate = self.plan.rate(self.learner.step, self.seconds)
        seen = []
        for _ in range(LOOK):
            seen.append(self.learner.learn(self._losses, rate))
            if self.learner.step == self.options.steps:
                break
        means = self.group.mean(torch.stack(seen).mean(0)).tolist()
        sums, counts = means[len(TERMS) :][: len(self.styles)], means[len(TERMS) + len(self.styles) :]
        distances = [total / count if count else math.nan for total, count in zip(sums, counts, strict=True)]
        if all(map(math.isfinite, means)):
            self.balance.follow(distances)
        (self.seconds,) = self.group.leader_says(self.seconds + time.perf_counter() - start)
        return dict(zip(TERMS, means, strict=False))

    def _losses(self, network: nn.Module) -> Tensor:
        """Paint one batch; return `TERMS`, then the sum of each style's content distances, and how many there were."""
        options, group, device = self.options, self.group, self.group.device
        first = (self.learner.step * group.size + group.rank) * options.batch
        order = torch.randperm(len(self.crops), generator=self._random(first)).tolist()
        numbers = [order[place % len(order)] for place in range(options.batch)]
        places = [self.trained[number % len(self.trained)] for number in range(first, first + options.batch)]
        styles = torch.tensor(places, device=device)
        squares, wanted = self.crops(numbers)
        alone = squares[: 0 if options.only else IDENTITIES]  # whose column stays as it is with the others
        codes = torch.cat([self.codes[styles], self.codes[-1:].expand(len(alone), -1)])
        with torch.autocast(device.type, torch.bfloat16, enabled=precision.half(device, options.precision)):
            painted, _ = network(precision.last(torch.cat([squares, alone])), codes[:, None])
        found = self.objective(painted[: options.batch], wanted, styles)
        found["places"] = self.places(painted[: options.batch], places)
        found["quiet"] = quiet(painted[: options.batch], squares)
        content = torch.tensor(self.balance.weights, device=device)[styles] * found["content"].square()
        identity = (painted[options.batch :] - alone).abs().sum() / max(1, alone.numel())
        loss = (content + found["style"] + options.moments_weight * found["moments"]).mean()
        for name in ("tv", "places", "quiet"):
            loss = loss + getattr(options, f"{name}_weight") * found[name].mean()
        loss = loss + options.identity_weight * identity
        terms = torch.stack([loss, *(found[name].mean() for name in TERMS[1:-1]), identity])
        shares = self.codes[styles, : len(self.styles)]
        return torch.cat([terms, found["content"].detach() @ shares, shares.sum(0)])

    def _random(self, step: int) -> torch.Generator:
        return torch.Generator().manual_seed((self.options.seed << 24) + step)

    def _score(self, good: Checkpoint) -> float:
        """Score the averaged network on held-out photos, in every process alike; return the seconds that it took."""
        start = time.perf_counter()
        if self.group.leads:
            shown = self.exhibition.show(good.shape, good.average)
            rows = [*shown.contents, *shown.styles]
            self.records.keep(good.step, good.seconds, shown.sheet, *shown.means)
        else:
            rows = [0.0] * (2 * len(self.styles))
        rows = self.group.leader_says(*rows)
        contents, styles = rows[: len(self.styles)], rows[len(self.styles) :]
        self.balance.correct(contents)
        self.plan.score(good.seconds, *(self._mean(each) for each in (contents, styles, self.balance.wanted)))
        content, style = sum(contents) / len(contents), sum(styles) / len(styles)
        self.scores = {
            "content": round(content, 4),
            "style": round(style, 4),
            "each": {
                sitter.name: {"content": round(a, 4), "style": round(b, 4)}
                for sitter, a, b in zip(self.styles, contents, styles, strict=True)
            },
        }
        (took,) = self.group.leader_says(time.perf_counter() - start)
        return took

    def _mean(self, each: Sequence[float]) -> float:
        """Return the mean over the styles that are taught."""
        return sum(each[place] for place in self.trained) / len(self.trained)

    def _notes(self) -> dict[str, Any]:
        plan, recipe = self.plan, dataclasses.asdict(self.options)
        recipe |= {name: Path(recipe[name]).name for name in ("begin", "vgg")}  # no folders
        return {
            export_trained.KIND: TRAINED,
            "styles": [style.facts for style in self.styles],
            "scores": self.scores,
            "recipe": {**recipe, "seconds": round(self.seconds, 1)},
            "begun": self.begun,
            "balance": self.balance.logs,
            "offsets": self.balance.offsets,
            "limit": plan.limit,
            "asked": plan.asked,
            "history": plan.scores,
        }

    def _snapshot(self) -> Checkpoint:
        return Checkpoint(
            step=self.learner.step,
            seconds=self.seconds,
            shape=self.shape,
            beside={"profiles": self.places.kept.clone()},
            notes=self._notes(),
            **self.learner.tensors(),
        )

    def _save(self, good: Checkpoint) -> None:
        """Write the checkpoint, and the finished network where the package onnx is there to write it with."""
        if not self.group.leads:
            return
        checkpoint.save(good, self.folder)
        if importlib.util.find_spec("onnx"):
            export_trained.write(self.out, good.shape, good.average, good.step, good.notes)


def _refuse_others(before: Checkpoint | None, styles: Sequence[Sitter], only: str) -> None:
    """Raise `BadOption` where the folder's training is one of other styles, or moved what is to stay as it is."""
    if before is None:
        return
    told = [(each["name"], each["sha256"]) for each in before.notes.get("styles", [])]
    if told != [(each.facts["name"], each.facts["sha256"]) for each in styles]:
        names = ", ".join(name for name, _ in told) or "any style"
        raise BadOption(f"the folder holds a training of other styles ({names}): name another --folder, or empty it")
    if only and before.notes["recipe"]["only"] != only:
        raise BadOption(
            "the folder's training taught other styles too: name its network as --begin, and another --folder"
        )
