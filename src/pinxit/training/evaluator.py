"""Evaluates a network on held-out photos, the same ones in every run: a sheet to look at, and scores; logs them.

Distances are those of `pinxit.metrics.distances`.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pinxit import images
from pinxit.config.options import CONTENT_LAYER, STYLE_LAYERS
from pinxit.files import atomic
from pinxit.nn.gram import gram
from pinxit.nn.shape import Shape
from pinxit.nn.transform_net import AnyStyleNet, TransformNet
from pinxit.nn.vgg import VGG19
from pinxit.training.checkpoint import rename
from pinxit.training.data import add_grain, floats
from pinxit.training.losses.features import PerceptualLoss, relative_distance
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
    """Content distance, of each style or of all together."""
    styles: list[float]
    """Style distance, likewise."""


class AnyStyleEvaluator:
    """Paints held-out photos in held-out paintings, with a network for any style.

    ``photos``, ``paintings``  (N, S, S, 3) uint8, sRGB, on the training device
    ``side``                   side to which both are resized, px
    """

    def __init__(self, photos: Tensor, paintings: Tensor, side: int, vgg: VGG19) -> None:
        self.photos, self.paintings = (_resize(floats(each), side) for each in (photos, paintings))
        self.vgg = vgg

    @torch.no_grad()
    def evaluate(self, shape: Shape, weights: Mapping[str, Tensor]) -> Evaluation:
        """Paint and score with the network of that shape and those weights."""
        network = AnyStyleNet(shape)
        network.load_state_dict(dict(weights))
        network = network.to(self.photos.device).eval()
        codes = network.encoder(self.paintings)
        style_features = self.vgg(self.paintings)
        rows, scores = [self.paintings], []
        for photo, grained in zip(self.photos, add_grain(self.photos), strict=True):
            contents = grained[None].expand(len(self.paintings), -1, -1, -1)
            painted = network.transform_net(contents, codes[:, None])[0]
            features = self.vgg(painted)
            content_features = self.vgg(photo[None])[CONTENT_LAYER].expand_as(features[CONTENT_LAYER])
            content = relative_distance(features[CONTENT_LAYER], content_features)
            grams = [(gram(features[name]), gram(style_features[name])) for name in STYLE_LAYERS]
            style = torch.stack([relative_distance(*pair) for pair in grams]).mean(0)
            scores.append(torch.stack([content.mean(), style.mean()]))
            rows.append(painted)
        corner = torch.ones_like(self.photos[:1])
        lines = zip([corner, *(photo[None] for photo in self.photos)], rows, strict=True)
        sheet = torch.cat([torch.cat([*left, *row], 2) for left, row in lines], 1)
        mean_content, mean_style = torch.stack(scores).mean(0).tolist()
        return Evaluation(sheet, [mean_content], [mean_style])


class TrainedStylesEvaluator:
    """Paints held-out photos in every style of a network, and last without style.

    ``photos``  (P, S, S, 3) uint8, sRGB, on the training device; scored at their size, but not below that of the sheet
    ``loss``    measures the distances, without margin
    """

    def __init__(self, photos: Tensor, styles: Sequence[StyleImage], loss: PerceptualLoss) -> None:
        self.photos = _resize(floats(photos), max(SIDE, photos.shape[2] // STRIDE * STRIDE))
        self.features = [loss.content_features(photo) for photo in torch.split(self.photos, 1)]
        self.loss = loss
        white = torch.ones(3, SIDE, SIDE)
        self.header = torch.cat([white, *map(_square, styles), white], 2).to(self.photos.device)

    @torch.no_grad()
    def evaluate(self, shape: Shape, weights: Mapping[str, Tensor]) -> Evaluation:
        """Paint and score with the network of that shape and those weights."""
        network = TransformNet(shape)
        network.load_state_dict(dict(weights))
        network = network.to(self.photos.device).eval()
        codes = torch.eye(shape.code, device=self.photos.device)
        indices = torch.arange(shape.code - 1, device=self.photos.device)
        rows, contents, styles = [self.header], [], []
        for photo, features in zip(torch.split(self.photos, 1), self.features, strict=True):
            painted = [network(photo, code[None, None])[0] for code in codes]
            distances = [self.loss(each, features, indices[style, None]) for style, each in enumerate(painted[:-1])]
            contents.append([float(each["content"]) for each in distances])
            styles.append([float(each["style"]) for each in distances])
            rows.append(torch.cat([_resize(each, SIDE)[0] for each in (photo, *painted)], 2))
        return Evaluation(torch.cat(rows, 1), np.mean(contents, 0).tolist(), np.mean(styles, 0).tolist())


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
