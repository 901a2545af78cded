"""Evaluates a network on held-out photos, the same ones in every run: a sheet to look at, and scores; logs them.

Distances are those of `pinxit.metrics.distances`.
"""

import csv
import io
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pinxit import images
from pinxit.files import atomic
from pinxit.nn.shape import Shape
from pinxit.nn.transform_net import AnyStyleNet, TransformNet
from pinxit.nn.vgg import VGG19
from pinxit.training.checkpoint import rename
from pinxit.training.data import add_grain, floats
from pinxit.training.losses.features import PerceptualLoss
from pinxit.training.style_images import StyleImage

SIDE = 256
"""Side of a sheet's pictures, px."""
STRIDE = 32
"""The side of scored photos is a multiple of this, which is a multiple of every network's strides."""
Row = dict[str, str]
INTERVALS = 10
"""Intervals of a training that one line of the curve averages."""
OLD_COLUMNS = {"weave": "grid_artifact", "places": "position_bias", "quiet": "flat_region"}
"""Columns of ``curve.csv``: name in earlier versions -> name now."""


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """A network's pictures of the held-out photos, and their scores."""

    sheet: Tensor
    """(3, H, W) in [0, 1]: photos down the side, styles along the top."""
    contents: list[float]
    """Mean content distance of each style."""
    styles: list[float]
    """Mean style distance of each."""


class Evaluator(ABC):
    """Paints held-out photos in every style, and scores the pictures.

    ``photos``  (P, S, S, 3) uint8, sRGB, on the training device
    ``side``    side at which they are painted and scored, px
    ``styles``  pictures for the head of the sheet, (3, s, s) each, s being `SIDE`, or ``side`` if less
    ``loss``    measures the distances, without margin
    """

    network_class: ClassVar[type[AnyStyleNet] | type[TransformNet]]

    def __init__(self, photos: Tensor, side: int, styles: Iterable[Tensor], loss: PerceptualLoss) -> None:
        self.photos, self.loss, self.sheet_side = _resize(floats(photos), side), loss, min(SIDE, side)
        self.indices = torch.arange(len(next(iter(loss.styles.values())).mean), device=photos.device)
        self.features = [loss.content_features(photo) for photo in torch.split(self.photos, 1)]
        corner = torch.ones(3, self.sheet_side, self.sheet_side)
        self.header = torch.cat([each.to(photos.device) for each in (corner, *styles)], 2)

    @abstractmethod
    def paint(self, network: nn.Module, photo: Tensor) -> Sequence[Tensor]:
        """Return a photo (1, 3, S, S) in every style, as large; and what else a row of the sheet shows."""

    @torch.no_grad()
    def evaluate(self, shape: Shape, weights: Mapping[str, Tensor]) -> Evaluation:
        """Paint and score with the network of that shape and those weights."""
        network = self.network_class(shape)
        network.load_state_dict(dict(weights))
        network = network.to(self.photos.device).eval()
        rows, scores = [self.header], []
        for photo, features in zip(torch.split(self.photos, 1), self.features, strict=True):
            painted = self.paint(network, photo)
            distances = [self.loss(painted[style], features, style[None]) for style in self.indices]
            scores.append([[float(each[name]) for each in distances] for name in ("content", "style")])
            rows.append(torch.cat([_resize(each, self.sheet_side)[0] for each in (photo, *painted)], 2))
        return Evaluation(torch.cat(rows, 1), *np.mean(scores, 0).tolist())


class AnyStyleEvaluator(Evaluator):
    """Paints in held-out paintings, with a network for any style.

    ``photos``, ``paintings``  (N, S, S, 3) uint8, sRGB, on the training device
    ``side``                   side to which both are resized, px: at most `SIDE`
    """

    network_class = AnyStyleNet

    def __init__(self, photos: Tensor, paintings: Tensor, side: int, vgg: VGG19) -> None:
        self.paintings = _resize(floats(paintings), side)
        loss = PerceptualLoss(vgg, torch.split(self.paintings, 1), margin=0)
        super().__init__(photos, side, self.paintings, loss)

    def paint(self, network: nn.Module, photo: Tensor) -> Sequence[Tensor]:
        """Return the photo, with grain, in every painting's style."""
        pairs = torch.stack([torch.zeros_like(self.indices), self.indices], 1)
        return torch.split(network(add_grain(photo), self.paintings, pairs), 1)


class TrainedStylesEvaluator(Evaluator):
    """Paints in every style of a network, and last without style; at the photos' size, but not below `SIDE`."""

    network_class = TransformNet

    def __init__(self, photos: Tensor, styles: Sequence[StyleImage], loss: PerceptualLoss) -> None:
        side = max(SIDE, photos.shape[2] // STRIDE * STRIDE)
        super().__init__(photos, side, [*map(_square, styles), torch.ones(3, SIDE, SIDE)], loss)

    def paint(self, network: nn.Module, photo: Tensor) -> Sequence[Tensor]:
        """Return the photo in every style, and in none."""
        codes = torch.eye(1 + len(self.indices), device=photo.device)
        return [network(photo, code[None, None])[0] for code in codes]


def _square(style: StyleImage) -> Tensor:
    """Return a style picture, uncropped, on white, (3, SIDE, SIDE)."""
    small = images.resize(style.image, images.fit(style.image.shape[:2], SIDE))
    square = np.ones((SIDE, SIDE, 3), np.float32)
    top, left = ((SIDE - length) // 2 for length in small.shape[:2])
    square[top : top + small.shape[0], left : left + small.shape[1]] = small
    return torch.from_numpy(square).permute(2, 0, 1)


def _resize(pictures: Tensor, side: int) -> Tensor:
    """Return pictures (B, 3, S, S) in [0, 1] with another side."""
    return F.interpolate(pictures, (side, side), mode="bilinear", antialias=True).clamp(0, 1)


class TrainingLog:
    """The files of one training, beside its checkpoint; lines after the step that a run starts from are dropped.

    ::

        curve.csv             step, seconds, and every loss: the means of the steps since the line before
        scores.csv            step, seconds, content and style distance of the held-out pictures; lower is better
        sheets/00012000.jpg   held-out photos, painted by the averaged network
    """

    def __init__(self, folder: Path, step: int) -> None:
        self.folder = folder
        self.curve, self.scores = (_read(folder / name, step) for name in ("curve.csv", "scores.csv"))
        self._pending: list[Mapping[str, float]] = []

    def add(self, step: int, seconds: float, losses: Mapping[str, float]) -> None:
        """Record the losses of one interval."""
        self._pending.append(losses)
        if len(self._pending) >= INTERVALS:
            self._add_line(step, seconds)

    def _add_line(self, step: int, seconds: float) -> None:
        means = {name: fmean(losses[name] for losses in self._pending) for name in self._pending[0]}
        self.curve.append(_row(step, seconds, means))
        self._pending = []

    def save(self, step: int, seconds: float, evaluation: Evaluation) -> None:
        """Write all files, each completely or not at all.

        Raises `WriteFailed`, `DiskFull`.
        """
        if self._pending:
            self._add_line(step, seconds)
        self.scores = [row for row in self.scores if int(row["step"]) < step]
        self.scores.append(
            _row(step, seconds, {"content": fmean(evaluation.contents), "style": fmean(evaluation.styles)})
        )
        atomic.save(_csv(self.curve), self.folder / "curve.csv")
        atomic.save(_csv(self.scores), self.folder / "scores.csv")
        atomic.make_folder(self.folder / "sheets")
        picture = evaluation.sheet.permute(1, 2, 0).float().cpu().numpy()
        images.write(np.ascontiguousarray(picture), self.folder / "sheets" / f"{step:08d}.jpg")


def _row(step: int, seconds: float, values: Mapping[str, float]) -> Row:
    return {"step": str(step), "seconds": f"{seconds:.1f}", **{name: f"{value:.5f}" for name, value in values.items()}}


def _csv(rows: list[Row]) -> bytes:
    columns = list(dict.fromkeys(name for row in rows for name in row)) or ["step"]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _read(path: Path, step: int) -> list[Row]:
    """Return the rows up to ``step``; none of an unreadable file, which is no reason to stop a training."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [rename(row, OLD_COLUMNS) for row in csv.DictReader(file) if int(row["step"]) <= step]
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return []
