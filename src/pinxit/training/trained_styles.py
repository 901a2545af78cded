"""The recipe for trained styles: trains a small network on one style, or several.

    for progress in train({"wave": "wave.jpg"}, Path("wave.pinxit"), TrainFast(minutes=10)):
        ...

Leaving the loop, by ``break`` or Ctrl-C, saves the training; a later call with the same folder continues it. The
network is a `pinxit.nn.transform_net.TransformNet` (Johnson et al. 2016, Dumoulin et al. 2017) whose code is the share
of each style and, last, of the unchanged photo.
"""

import dataclasses
import importlib.util
import math
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import ClassVar, TypedDict, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pinxit.config.options import CONTENT_LAYER
from pinxit.config.training import SCRATCH, TrainFast, share_of
from pinxit.errors import BadOption
from pinxit.files import atomic
from pinxit.files.network_file import ENDING, TRAINED
from pinxit.nn.layers import parse_layers
from pinxit.nn.shape import Shape
from pinxit.nn.transform_net import TransformNet
from pinxit.training import checkpoint, data, export
from pinxit.training.checkpoint import Checkpoint, Notes, Tensors
from pinxit.training.device import Group, channels_last, init_distributed, loss_network, on_device, use_bfloat16
from pinxit.training.evaluator import TrainedStylesEvaluator
from pinxit.training.losses.features import LAYERS, PerceptualLoss
from pinxit.training.losses.pixels import PLACES, PositionBiasLoss, flat_region_loss, grid_artifact_loss, palette_loss
from pinxit.training.schedules import DEFAULT_DISTANCE, ContentWeightController, PlateauSchedule, target_distances
from pinxit.training.start import freeze_all_but, initial_network, reference_network
from pinxit.training.style_images import Metadata, Sources, StyleImage, load_style_images, select_names
from pinxit.training.trainer import Progress, Recipe, Trainer, prepare_run

HELD_OUT = 4
"""Photos that are evaluated and not trained on; of few photos a quarter."""
IDENTITIES = 1
"""Photos per step that are painted without style, besides the batch."""
WEIGHTED_TERMS = (
    "moments", "remd", "self_similarity", "tv", "position_bias", "flat_region", "palette", "grid_artifact",
)  # fmt: skip
"""Terms of the loss whose weight is an option."""
OPTIONAL_TERMS = ("remd", "self_similarity", "palette", "grid_artifact")
"""Those that are computed only with a weight."""


class TrainingNotes(TypedDict):
    """The notes of a checkpoint."""

    kind: str
    styles: list[dict[str, object]]
    scores: dict[str, object]
    recipe: dict[str, object]
    start_distances: list[float]
    log_weights: list[float]
    held_out_offsets: list[float]
    time_limit: float
    requested_seconds: float
    score_history: list[tuple[float, float]]


def train(
    styles: Sources,
    out: Path,
    options: TrainFast,
    *,
    photos: Path | None = None,
    folder: Path | None = None,
    metadata: Metadata | None = None,
    shape: Shape | None = None,
    prepare: Callable[[str], object] = lambda words: None,
) -> Generator[Progress]:
    """Train one network on ``styles``, write it to ``out`` at every checkpoint, and yield after every interval.

    ``photos``    folder of photos, or a pack; None: those of scikit-image
    ``folder``    of the training: checkpoint, loss curve, sheets; None: beside ``out``
    ``metadata``  as for `pinxit.training.style_images.load_style_images`
    ``shape``     sizes of a network from scratch
    ``prepare``   as for `pinxit.training.train.train`

    Raises `NotFound` without pictures, `BadOption`, `BadWeights` for a damaged checkpoint, `WriteFailed`,
    `MissingExtra`, and `Diverged` where the losses stay infinite or NaN.
    """
    prepare_run(options)
    if out.suffix != ENDING:
        raise BadOption(f"the network's file must end in {ENDING}: {out.stem}{ENDING}")
    style_images = load_style_images(styles, options.style_size, metadata)
    atomic.check(out)
    with init_distributed(options.device) as group:
        prepare("reading the photos")
        pictures = data.load(photos or data.sample_photos(), options.image_size, group.device, options.threads)
        atomic.make_folder(folder := folder or default_folder(out))
        torch.manual_seed(options.seed)
        before = group.from_main(lambda: checkpoint.load(folder))
        check_compatible(before, style_images, options.only)
        prepare("measuring the styles")
        recipe = TrainedStylesRecipe(style_images, pictures, out, options, group, before, shape)
        prepare("evaluating held-out photos")
        recipe.begin(before)
        prepare("")
        yield from Trainer(recipe, folder, group, before).run()


def default_folder(out: Path) -> Path:
    """Return the folder of the training that writes the network ``out``."""
    return out.with_name(f"{out.stem}-training")


def strengths(styles: Sequence[StyleImage], options: TrainFast) -> list[float]:
    """Return how strongly to paint each style, 0 to 1: as its facts say, or else the options."""
    return [share_of(str(style.facts.get("strong", options.strong))) for style in styles]


class TrainedStylesRecipe(Recipe):
    """Losses and data of a training of styles."""

    interval: ClassVar[int] = 5
    lr_factors: ClassVar[Mapping[str, float]] = {"modulation": 10.0}
    """Scales and shifts learn faster: they are about ten times as large as the convolutions' weights, and one column
    of them is all that a style has of its own."""
    options: TrainFast
    network: TransformNet
    schedule: PlateauSchedule

    def __init__(
        self,
        styles: list[StyleImage],
        photos: data.Pictures,
        out: Path,
        options: TrainFast,
        group: Group,
        before: Checkpoint | None,
        shape: Shape | None,
    ) -> None:
        self.styles, self.out, self.options, self.group = styles, out, options, group
        self.skipped = photos.skipped
        weights = {name: float(getattr(options, f"{name}_weight")) for name in WEIGHTED_TERMS}
        self.weights = {name: weight for name, weight in weights.items() if weight or name not in OPTIONAL_TERMS}
        self.terms = ("loss", "content", "style", *self.weights, "identity")
        photos, held_out = data.hold_out(photos, max(1, min(HELD_OUT, len(photos) // 4)), min_ratio=2)
        self.photos = photos.squares
        self.trained = select_names([style.name for style in styles], options.only)
        pixels = [style.pixels.to(group.device) for style in styles]
        self.palettes = torch.cat([F.adaptive_avg_pool2d(each, PLACES) for each in pixels])
        self.loss = self._perceptual_loss(pixels)
        vgg = loss_network(options.vgg, LAYERS, group.device, options.precision)
        self.evaluator = TrainedStylesEvaluator(held_out, styles, PerceptualLoss(vgg, pixels, margin=0))
        network = initial_network(before, options.begin, styles, photos.squares, shape)
        self.network = on_device(network, group.device)
        self.shape = network.shape
        side, seed = self.shape.round_down(options.crop_size), (options.seed, group.rank)
        self.position_bias = PositionBiasLoss(len(styles), side, group.device)
        self.crops = data.CachedCrops(photos, options.crops, side, seed, self.loss.content_features)
        if options.only:
            freeze_all_but(network, self.trained)
        self.codes = torch.eye(self.shape.code, device=group.device)

    def _perceptual_loss(self, styles: Sequence[Tensor]) -> PerceptualLoss:
        options = self.options
        gram_layers = parse_layers(options.gram_layers)
        remd_layers = parse_layers(options.remd_layers) if options.remd_weight else {}
        layers = {CONTENT_LAYER, *gram_layers, *remd_layers}
        vgg = loss_network(options.vgg, layers, self.group.device, options.precision)
        return PerceptualLoss(
            vgg, styles, gram_layers=gram_layers, remd_layers=remd_layers, remd_samples=options.remd_samples
        )

    def begin(self, before: Checkpoint | None) -> None:
        """Set content weights, schedule and scores: to those of a checkpoint, or to those of a new training.

        Called once, before the first step. A new training evaluates the held-out photos, which takes time.
        """
        notes = cast(TrainingNotes, before.notes) if before else None
        self.start_distances = notes["start_distances"] if notes else self._start_distances()
        targets = target_distances(strengths(self.styles, self.options), self.start_distances)
        self.content_weights = ContentWeightController(targets)
        self.all_scores: dict[str, object] = dict(notes["scores"]) if notes else {}
        self.scores = {name: cast(float, value) for name, value in self.all_scores.items() if name != "each"}
        self.schedule = PlateauSchedule(self.options)
        if before and notes:
            limits = notes["time_limit"], notes["requested_seconds"]
            self.schedule = PlateauSchedule(self.options, *limits, notes["score_history"])
            self.content_weights.log_weights = list(notes["log_weights"])
            self.content_weights.held_out_offsets = list(notes["held_out_offsets"])
            self.position_bias.restore(before.extra["profiles"])

    def _start_distances(self) -> list[float]:
        """Return the content distance at which a network for any style paints each style."""
        distances = [DEFAULT_DISTANCE] * len(self.styles)
        if self.options.begin != SCRATCH and self.group.is_main:
            network = reference_network(self.network, self.options.begin, self.styles, self.photos)
            distances = self.evaluator.evaluate(network.shape, network.state_dict()).contents
        return self.group.broadcast(*distances)

    def losses(self, network: nn.Module, step: int) -> Tensor:
        """Paint one batch; return `terms`, then the sum of each style's content distances, and their number."""
        options, device = self.options, self.group.device
        first = (step * self.group.size + self.group.rank) * options.batch
        random = torch.Generator().manual_seed((options.seed << 24) + first)
        order = torch.randperm(len(self.crops), generator=random).tolist()
        crops, content_features = self.crops([order[number % len(order)] for number in range(options.batch)])
        style_list = [self.trained[number % len(self.trained)] for number in range(first, first + options.batch)]
        styles = torch.tensor(style_list, device=device)
        unstyled = crops[: 0 if options.only else IDENTITIES]  # with `only`, the photo's column stays as it is
        codes = torch.cat([self.codes[styles], self.codes[-1:].expand(len(unstyled), -1)])
        with torch.autocast(device.type, torch.bfloat16, enabled=use_bfloat16(device, options.precision)):
            painted, _ = network(channels_last(torch.cat([crops, unstyled])), codes[:, None])
        batch = slice(options.batch)
        samples = random if self.weights.keys() & {"remd", "self_similarity"} else None
        terms = self.loss(painted[batch], content_features, styles, samples)
        terms["position_bias"] = self.position_bias(painted[batch], style_list)
        terms["flat_region"] = flat_region_loss(painted[batch], crops)
        if options.palette_weight:
            terms["palette"] = palette_loss(painted[batch], self.palettes[styles], random)
        if options.grid_artifact_weight:
            terms["grid_artifact"] = grid_artifact_loss(painted[batch])
        identity_loss = (painted[options.batch :] - unstyled).abs().sum() / max(1, unstyled.numel())
        terms = {name: terms[name] for name in self.terms[1:-1]}
        loss = self._weighted(terms, styles) + options.identity_weight * identity_loss
        means = torch.stack([loss, *(value.mean() for value in terms.values()), identity_loss])
        shares = self.codes[styles, : len(self.styles)]
        return torch.cat([means, terms["content"].detach() @ shares, shares.sum(0)])

    def _weighted(self, terms: dict[str, Tensor], styles: Tensor) -> Tensor:
        """Return the weighted sum of the terms, (), without identity."""
        weights = torch.tensor(self.content_weights.weights, device=styles.device)[styles]
        content = weights * terms["content"].square()
        loss = (content + terms["style"]).mean()
        return loss + torch.stack([weight * terms[name].mean() for name, weight in self.weights.items()]).sum()

    def end_interval(self, means: Sequence[float]) -> None:
        """Update the content weights by each style's mean content distance."""
        if all(map(math.isfinite, means)):
            count = len(self.styles)
            sums, counts = means[len(self.terms) :][:count], means[len(self.terms) + count :]
            self.content_weights.update(
                [total / number if number else math.nan for total, number in zip(sums, counts, strict=True)]
            )

    def add_scores(self, seconds: float, contents: Sequence[float], styles: Sequence[float], steers: bool) -> None:
        """Correct the content weights if it ``steers``, and let the schedule know."""
        super().add_scores(seconds, contents, styles, steers)
        if steers:
            self.content_weights.correct(contents)
        targets = self.content_weights.targets
        means = [fmean(values[style] for style in self.trained) for values in (contents, styles, targets)]
        self.schedule.add_score(seconds, *means)
        each = {
            style.name: {"content": round(a, 4), "style": round(b, 4)}
            for style, a, b in zip(self.styles, contents, styles, strict=True)
        }
        self.all_scores = {**self.scores, "each": each}

    def extra(self) -> Tensors:
        """Return the running profiles of the position bias."""
        return {"profiles": self.position_bias.profiles.clone()}

    def went_back(self, good: Checkpoint) -> None:
        """Restore the running profiles."""
        self.position_bias.restore(good.extra["profiles"])

    def notes(self, seconds: float) -> Notes:
        """Return what the network's card says, and the state of content weights and schedule."""
        options = dataclasses.asdict(self.options)
        options |= {name: Path(options[name]).name for name in ("begin", "vgg")}  # no folders
        notes: TrainingNotes = {
            "kind": TRAINED,
            "styles": [style.facts for style in self.styles],
            "scores": self.all_scores,
            "recipe": {**options, "seconds": round(seconds, 1)},
            "start_distances": self.start_distances,
            "log_weights": self.content_weights.log_weights,
            "held_out_offsets": self.content_weights.held_out_offsets,
            "time_limit": self.schedule.time_limit,
            "requested_seconds": self.schedule.requested_seconds,
            "score_history": self.schedule.scores,
        }
        return cast(Notes, notes)

    def export(self, good: Checkpoint) -> None:
        """Write the network's file, if the package onnx is installed."""
        if importlib.util.find_spec("onnx"):
            export.write(self.out, good.shape, good.ema, good.step, good.notes)


def check_compatible(before: Checkpoint | None, styles: Sequence[StyleImage], only: str) -> None:
    """Raise `BadOption` where a checkpoint is of other styles, or has trained weights that should stay unchanged."""
    if before is None:
        return
    notes = cast(TrainingNotes, before.notes)
    trained = [(facts["name"], facts["sha256"]) for facts in notes.get("styles", [])]
    if trained != [(style.facts["name"], style.facts["sha256"]) for style in styles]:
        names = ", ".join(str(name) for name, _ in trained) or "any style"
        raise BadOption(f"the folder holds a training of other styles ({names}): name another --folder, or empty it")
    if only and notes["recipe"]["only"] != only:
        raise BadOption(
            "the folder's training also trained other styles: name its network as --begin, and another --folder"
        )
