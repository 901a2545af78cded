"""What a training tells of itself: loss curve, scores and sheets of fixed samples, beside its checkpoint.

::

    curve.csv                  step, seconds, and every loss: the means of the steps since the line before
    scores.csv                 step, seconds, content and style distance of the samples; lower is better
    sheets/00012000.jpg        photos down the side, paintings along the top, and each painted in the style of each
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pinxit import images
from pinxit.config.options import CONTENT_LAYER, STYLE_LAYERS
from pinxit.files import atomic
from pinxit.nn.networks import Network
from pinxit.nn.vgg import VGG19
from pinxit.training.canvases import laid
from pinxit.training.checkpoint import Checkpoint
from pinxit.training.losses.any_style import content_distance, style_distance

Row = dict[str, str]
SPACING = 10
"""Steps are written to the curve in means of at least so many looks, so that it stays short."""


class Samples:
    """Photos and paintings that no step has seen: the same ones in every run."""

    def __init__(self, contents: Tensor, styles: Tensor, side: int) -> None:
        self.contents, self.styles = _scaled(contents, side), _scaled(styles, side)

    @torch.no_grad()
    def paint(self, network: Network, vgg: VGG19) -> tuple[Tensor, float, float]:
        """Return the sheet (3, H, W) in [0, 1], and the mean content and style distance, as `pinxit.metrics.distances` has them."""
        rows, scores = [self.styles], []
        codes = network.encoder(self.styles)
        target = {name: value for name, value in vgg(self.styles).items() if name in STYLE_LAYERS}
        for content, seen in zip(self.contents, laid(self.contents), strict=True):
            same = seen[None].expand(len(self.styles), -1, -1, -1)
            painted = network.painter(same, codes[:, None])[0]
            features = vgg(painted)
            own = vgg(content[None])[CONTENT_LAYER].expand_as(features[CONTENT_LAYER])
            away = content_distance(features[CONTENT_LAYER], own)
            styles = torch.stack([style_distance(features[name], target[name]) for name in target]).mean(0)
            scores.append(torch.stack([away.mean(), styles.mean()]))
            rows.append(painted)
        corner = torch.ones_like(self.contents[:1])
        lines = zip([corner, *(content[None] for content in self.contents)], rows, strict=True)
        sheet = torch.cat([torch.cat([*left, *row], 2) for left, row in lines], 1)
        content_mean, style_mean = torch.stack(scores).mean(0).tolist()
        return sheet, content_mean, style_mean


def _scaled(squares: Tensor, side: int) -> Tensor:
    """(N, S, S, 3) uint8 -> (N, 3, side, side) in [0, 1]."""
    x = squares.permute(0, 3, 1, 2).float() / 255
    return F.interpolate(x, (side, side), mode="bilinear", antialias=True).clamp(0, 1)


class Records:
    """The files of one training; lines after the step that a run starts from are dropped."""

    def __init__(self, folder: Path, step: int) -> None:
        self.folder = folder
        self.curve = _read(folder / "curve.csv", step)
        self.scores = _read(folder / "scores.csv", step)
        self._waiting: list[Mapping[str, float]] = []

    def add(self, step: int, seconds: float, losses: Mapping[str, float]) -> None:
        """Take down the losses of one look."""
        self._waiting.append(losses)
        if len(self._waiting) >= SPACING:
            self._take_down(step, seconds)

    def _take_down(self, step: int, seconds: float) -> None:
        means = {name: float(np.mean([losses[name] for losses in self._waiting])) for name in self._waiting[0]}
        self.curve.append(_row(step, seconds, means))
        self._waiting = []

    def save(self, at: Checkpoint, samples: Samples, network: Network, vgg: VGG19) -> None:
        """Write all files as of a checkpoint, whose averaged ``network`` paints the sheet; each whole or not at all.

        Raises `WriteFailed`, `DiskFull`.
        """
        self.keep(at.step, at.seconds, *samples.paint(network, vgg))

    def keep(self, step: int, seconds: float, sheet: Tensor, content: float, style: float) -> None:
        """Write all files, with a ``sheet`` (3, H, W) in [0, 1] and its mean distances; each whole or not at all.

        Raises `WriteFailed`, `DiskFull`.
        """
        if self._waiting:
            self._take_down(step, seconds)
        self.scores = [row for row in self.scores if int(row["step"]) < step]
        self.scores.append(_row(step, seconds, {"content": content, "style": style}))
        atomic.save(_csv(self.curve), self.folder / "curve.csv")
        atomic.save(_csv(self.scores), self.folder / "scores.csv")
        try:
            (self.folder / "sheets").mkdir(exist_ok=True)
        except OSError as error:
            raise atomic.failure(error, "sheets") from error
        picture = sheet.permute(1, 2, 0).float().cpu().numpy()
        images.write(np.ascontiguousarray(picture), self.folder / "sheets" / f"{step:08d}.jpg")


def _row(step: int, seconds: float, values: Mapping[str, float]) -> Row:
    return {"step": str(step), "seconds": f"{seconds:.1f}", **{name: f"{value:.5f}" for name, value in values.items()}}


def _csv(rows: list[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else ["step"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _read(path: Path, step: int) -> list[Row]:
    """Return the rows up to ``step``; none of a file that cannot be read: a curve is no reason to stop."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [row for row in csv.DictReader(file) if int(row["step"]) <= step]
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return []
