"""The any-style recipe: trains the transform network of an `AnyStyleNet` on pairs of photos and paintings.

    for progress in train(Path("photos"), Path("paintings"), Path("out"), TrainAdain(minutes=9)):
        ...

Leaving the loop, by ``break`` or Ctrl-C, saves the training; a later call with the same folder continues it. The style
encoder is complete before the first step (`pinxit.training.start`) and is not trained.
"""

import math
from collections.abc import Callable, Generator
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from pinxit.config.options import CONTENT_LAYER, STYLE_LAYERS
from pinxit.config.training import TrainAdain
from pinxit.files import atomic
from pinxit.methods.optimize.losses import Features
from pinxit.nn.shape import Shape
from pinxit.training import checkpoint, data
from pinxit.training.checkpoint import Checkpoint, Tensors
from pinxit.training.device import Group, channels_last, init_distributed, loss_network, use_bfloat16
from pinxit.training.evaluator import SIDE, AnyStyleEvaluator
from pinxit.training.losses.any_style import AnyStyleLoss, make_batch
from pinxit.training.schedules import CosineSchedule
from pinxit.training.start import Starter
from pinxit.training.trainer import Progress, Recipe, Trainer, prepare_run

HELD_OUT = 4
"""Photos, and paintings, that are evaluated and not trained on."""


def train(
    photos: Path,
    paintings: Path,
    out: Path,
    options: TrainAdain,
    shape: Shape | None = None,
    prepare: Callable[[str], object] = lambda words: None,
) -> Generator[Progress]:
    """Train in the folder ``out``, from its checkpoint if there is one; yield after every interval.

    ``shape``    sizes of a new network
    ``prepare``  as for `pinxit.training.train.train`

    Raises `NotFound` without pictures, `BadOption`, `BadWeights` for a damaged checkpoint, `WriteFailed`, and
    `Diverged` where the losses stay infinite or NaN.
    """
    prepare_run(options)
    with init_distributed(options.device) as group:
        photo_size = options.photo_size or options.image_size
        prepare("reading the photos and the paintings")
        contents = data.load(photos, photo_size, group.device, options.threads)
        styles = data.load(paintings, options.image_size, group.device, options.threads)
        atomic.make_folder(out)
        torch.manual_seed(options.seed)
        before = group.from_main(lambda: checkpoint.load(out))
        prepare("making the networks to begin with")
        recipe = AnyStyleRecipe(contents, styles, options, group, before, shape or Shape())
        prepare("")
        yield from Trainer(recipe, out, group, before).run()


class AnyStyleRecipe(Recipe):
    """Losses and data of a training for any style."""

    interval: ClassVar[int] = 10
    options: TrainAdain
    schedule: CosineSchedule

    def __init__(
        self,
        photos: data.Pictures,
        paintings: data.Pictures,
        options: TrainAdain,
        group: Group,
        before: Checkpoint | None,
        shape: Shape,
    ) -> None:
        self.options, self.group = options, group
        self.photos, held_out_photos = data.hold_out(photos, HELD_OUT)
        self.paintings, held_out_paintings = data.hold_out(paintings, HELD_OUT)
        self.skipped = photos.skipped + paintings.skipped
        self.scores = {}
        self.bfloat16 = use_bfloat16(group.device, options.precision)
        starter = Starter(self.photos, self.paintings, options, group.device)
        self.network, self.pruned_vgg, self.is_fitted = starter.start(before, shape)
        self.shape = self.network.shape
        self.schedule = CosineSchedule(options, before.seconds if before else 0.0, self.interval)
        layers = AnyStyleLoss.layers(options), {CONTENT_LAYER, *STYLE_LAYERS}
        loss_vgg, vgg = (loss_network(options.vgg, names, group.device, options.precision) for names in layers)
        self.vgg_loss = AnyStyleLoss(loss_vgg, options)
        self.pruned_loss = AnyStyleLoss(self._pruned_features, options)
        self.loss = self.vgg_loss
        self.terms = ("loss", *self.loss.terms)
        side = self.shape.round_down(min(SIDE, options.image_size))
        self.evaluator = AnyStyleEvaluator(held_out_photos, held_out_paintings, side, vgg)

    def _pruned_features(self, x: Tensor) -> Features:
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.bfloat16):
            features: dict[str, Tensor] = self.pruned_vgg(x)
        return {name: value.float() for name, value in features.items()}

    def start_interval(self, step: int, seconds: float) -> None:
        """Choose the loss network: the pruned VGG-19 first, VGG-19 at the end."""
        is_early = self.schedule.share_of_all(step, seconds) < self.options.pruned_vgg_share
        self.loss = self.pruned_loss if is_early else self.vgg_loss

    def losses(self, network: nn.Module, step: int) -> Tensor:
        """Paint one batch of pairs; return the loss and every term of it."""
        options, seed = self.options, (self.options.seed, self.group.rank)
        side = self.shape.round_down(options.crop_size)
        contents = next(data.batches(self.photos, options.batch, side, (*seed, 0), step))
        styles = next(data.batches(self.paintings, options.batch, side, (*seed, 1), step))
        styles = data.recolor(styles, options.recolor_share, np.random.default_rng((*seed, 2, step)))
        identities = math.ceil(options.identity_share * options.batch)
        batch = make_batch(contents, styles, min(options.styles_per_photo, options.batch), identities)
        targets = self.loss.targets(batch)
        grained = data.add_random_grain(contents, np.random.default_rng((*seed, 3, step)))
        with torch.autocast(self.group.device.type, torch.bfloat16, enabled=self.bfloat16):
            painted = network(channels_last(grained), channels_last(batch.styles), batch.pairs)
        positions = torch.Generator().manual_seed(int(np.random.default_rng((*seed, 4, step)).integers(2**63)))
        return torch.stack(list(self.loss(painted, batch, targets, positions).values()))

    def extra(self) -> Tensors:
        """Return the weights of the pruned VGG-19."""
        return dict(self.pruned_vgg.named_parameters()) if self.is_fitted else {}
