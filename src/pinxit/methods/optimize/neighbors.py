"""The losses ``neighbors``: every place of the picture is drawn to the most similar place of the painting.

Kolkin, Kucera, Paris, Sykora, Shechtman, Sunkavalli, "Neural Neighbor Style Transfer", 2022. A place is described by a
hypercolumn x, the features of `COLUMN` at that place, each layer divided by its number of channels. Each round of a
level searches, for every place i of the picture, the place n(i) of the painting with the least centered cosine
distance, and the descent then minimizes, with these fixed targets t_i = y_n(i)::

    neighbor   mean_i (1 - cos(x_i, t_i)) + `MAGNITUDE` sum_i |x_i - t_i|^2 / sum_i |t_i|^2
    gram       ||G/M - A/M'||_F / ||A/M'||_F at the fine layers, for color and contrast
    content    ||F - P||^2 / ||P||^2

The search compares the painting with `FROM_PICTURE` of the picture and the rest of the photo. Differs from the paper:
VGG-19, L-BFGS on pixels, fixed targets for some twenty steps at a time, Gram matrices of the fine layers in place of a
last pass by single layers, and no color transfer afterwards. The painting's edge is left out (`TRIM`): frames and paper
would be copied.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import FunctionCtx

from pinxit.config.options import Look, Optimize
from pinxit.methods.optimize.losses import Features, Term
from pinxit.methods.optimize.objective import content_terms, layers, normalized, style_terms
from pinxit.methods.optimize.regions import Region
from pinxit.nn.gram import gram
from pinxit.nn.layers import LAYERS
from pinxit.nn.vgg import VGG19

COLUMN = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3", "conv4_1", "conv4_2")
"""Layers of a hypercolumn."""
STRIDE = 4
"""Pixels from one hypercolumn to the next."""
FROM_PICTURE = 0.25
"""Share of the picture, and not of the photo, in what is searched for."""
MAGNITUDE = 0.5
"""Weight of the features' magnitudes, which the cosine leaves free."""
GRAM_WEIGHT = 0.5
"""Weight of the Gram matrices."""
CONTENT_UNIT = 0.25
"""The content loss at an `Optimize.content_weight` of 1. At 1.25 judges found pictures dull and too photographic;
a face in profile, lost in the colors of a poster, came back with it: ``--content-weight 1``."""
TRIM = 0.03
"""Share of the painting's sides that is left out."""
DIRECTIONS = 192
"""Principal directions in which hypercolumns are compared."""
SAMPLED = 3000
"""Hypercolumns from which these directions are found."""
QUERIES = 2048
"""Places searched at a time."""

Columns = Tensor
"""(C, N): the hypercolumns of N places, bfloat16."""


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The places of one style of a region."""

    columns: Columns
    share: Tensor | float
    """Its share of the target at each place of the picture: (M,), or a number for the same share everywhere."""


class NeighborLosses:
    """The losses ``neighbors`` of a content (1, 3, H, W) and the styles of its regions.

    ``strength`` s moves the targets from the photo's own hypercolumns and Gram matrices to the style's.
    """

    padding = "replicate"
    memory = 2.2
    """Memory for each pixel, relative to Gram matrices: 1.4 to 1.9 GB at 512 px in bfloat16."""

    def __init__(
        self, network: VGG19, content: Tensor, regions: Sequence[Region], look: Look, options: Optimize
    ) -> None:
        self.network, self.strength = network, look.strength
        self.weight = options.style_weight
        self.grid = content.shape[2] // STRIDE, content.shape[3] // STRIDE
        content_layers, gram_layers = _content_and_gram_layers(options)
        with torch.no_grad():
            self.photo, features = self._look(content, self.grid, {*content_layers, *gram_layers})
            self.terms = _scaled(content_terms(features, content_layers, options), CONTENT_UNIT)
            self.candidates: list[_Candidates] = []
            for region in map(_trimmed, regions):
                grams = self._add_candidates(region, gram_layers)
                fine = style_terms(grams, features, region, gram_layers, look.strength, options)
                self.terms += _scaled(fine, GRAM_WEIGHT)
        self.targets: dict[str, Tensor] = {}
        """Layer -> target, (C, M), bfloat16."""
        self.squares: Tensor = content.new_zeros(0)
        """The squared length of each target, (M,)."""

    @staticmethod
    def layers(options: Optimize) -> list[str]:
        """Return all layers that the losses need."""
        content, fine = _content_and_gram_layers(options)
        return [*COLUMN, *content, *fine]

    @property
    def weightless(self) -> bool:
        """Whether every weight is 0."""
        return not self.terms and not self.weight

    def _add_candidates(self, region: Region, gram_layers: Collection[str]) -> Features:
        """Add the places of a region's styles; return the weighted mean of their Gram matrices, by layer."""
        mask = None if region.mask is None else F.adaptive_avg_pool2d(region.mask, self.grid).flatten()
        grams: dict[str, Tensor] = {}
        for picture, share in region.styles:
            grid = max(1, picture.shape[2] // STRIDE), max(1, picture.shape[3] // STRIDE)
            columns, features = self._look(picture, grid, gram_layers)
            self.candidates.append(_Candidates(columns, share if mask is None else share * mask))
            for name, feature in features.items():
                grams[name] = grams.get(name, 0) + share * gram(feature)
        return grams

    def _look(self, picture: Tensor, grid: tuple[int, int], names: Collection[str]) -> tuple[Columns, Features]:
        """Return the hypercolumns (C, M) of a picture on a grid of (rows, columns), and its features at some layers."""
        columns, features = [], {}
        for name, feature in self.network.walk(picture):
            if name in COLUMN:
                columns.append(on_grid(feature, grid)[0].flatten(1).to(torch.bfloat16))
            if name in names:
                features[name] = feature
        self.channels = [len(each) for each in columns]
        return torch.cat(columns), features

    @torch.no_grad()
    def search(self, picture: Tensor | None) -> None:
        """Search the nearest places for ``picture``, (1, 3, H, W); None: for the photo alone."""
        queries = self.photo
        if picture is not None:
            columns, _ = self._look(picture, self.grid, ())
            queries = torch.lerp(queries, columns, FROM_PICTURE)
        target: Tensor | None = None
        rest: Tensor | float = 1.0
        for each in self.candidates:
            columns = each.columns[:, nearest(queries, each.columns)]
            share = self.strength * each.share
            target = share * columns if target is None else target + share * columns
            rest = rest - share
        if target is None:
            return
        if isinstance(rest, Tensor) or rest > 1e-6:
            target = target + rest * self.photo
        target = target.to(torch.bfloat16)
        self.squares = target.float().square().sum(0)
        self.targets = dict(zip(COLUMN, torch.split(target, self.channels), strict=True))

    def __call__(self, picture: Tensor) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of (1, 3, H, W), (), and its parts, ``content`` and ``style``."""
        parts: dict[str, Tensor] = {}
        dot, square = picture.new_zeros(()), picture.new_zeros(())
        for name, feature in self.network.walk(picture):
            for term in self.terms:
                if term.layer == name:
                    parts[term.kind] = parts.get(term.kind, 0) + term.weight * term.loss(feature)
            if self.weight and name in self.targets:
                columns = on_grid(feature, self.grid)[0].flatten(1)
                layer_dot, layer_square = _Products.apply(columns, self.targets[name])  # type: ignore[no-untyped-call]
                dot, square = dot + layer_dot, square + layer_square
        if self.weight and self.targets:
            parts["style"] = parts.get("style", 0) + self.weight * self._distance(dot, square)
        loss = sum(parts.values(), picture.new_zeros(()))
        return loss, {kind: float(value.detach()) for kind, value in parts.items()}

    def _distance(self, dot: Tensor, square: Tensor) -> Tensor:
        """Return the neighbor term from x.t and |x|^2 of every place, (M,)."""
        cosine = dot / (square * self.squares + 1e-20).sqrt()
        magnitude = (square - 2 * dot + self.squares).sum() / self.squares.sum().clamp_min(1e-20)
        return (1 - cosine).mean() + MAGNITUDE * magnitude


class _Products(torch.autograd.Function):
    """x.t and x.x of every place from one layer's features x, (C, M), and targets t; keeps both in bfloat16 only."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(x.to(t.dtype), t)
        return (x * t).sum(0), x.square().sum(0)

    @staticmethod
    def backward(ctx: FunctionCtx, *grads: Tensor) -> tuple[Tensor, None]:
        x, t = ctx.saved_tensors  # type: ignore[attr-defined]
        return torch.addcmul(grads[0] * t, grads[1], x, value=2), None


def on_grid(feature: Tensor, grid: tuple[int, int]) -> Tensor:
    """(1, C, h, w) -> (1, C, *grid), divided by C: means of finer layers, bilinear between coarser places."""
    channels, ratio = feature.shape[1], feature.shape[2] // grid[0]
    if ratio > 1:  # as means of blocks: average pooling would keep its whole input for the backward pass
        rows, columns = grid
        cut = feature[:, :, : rows * ratio, : columns * ratio]
        return cut.reshape(1, channels, rows, ratio, columns, ratio).mean((3, 5)) / channels
    if feature.shape[2] < grid[0]:
        return F.interpolate(feature / channels, size=grid, mode="bilinear", align_corners=False)
    return feature / channels


def nearest(queries: Columns, candidates: Columns) -> Tensor:
    """Return for each query (C, M) the index of the candidate (C, N) with the least centered cosine distance, (M,).

    Each side is centered by its own mean. The cosines are compared in the candidates' principal directions.
    """
    center, own_center = (each.float().mean(1, keepdim=True) for each in (candidates, queries))
    directions = principal_directions(candidates, center)
    sought = _projected(candidates, center, directions)
    parts = torch.split(queries, QUERIES, dim=1)
    return torch.cat([(_projected(part, own_center, directions).T @ sought).argmax(1) for part in parts])


def _projected(columns: Columns, center: Tensor, directions: Tensor) -> Tensor:
    """(C, N) -> (D, N): centered, in the ``directions`` (C, D), of length 1, bfloat16."""
    parts = [
        F.normalize(directions.T @ (part.float() - center), dim=0) for part in torch.split(columns, QUERIES, dim=1)
    ]
    return torch.cat(parts, 1).to(torch.bfloat16)


def principal_directions(columns: Columns, center: Tensor) -> Tensor:
    """Return about the `DIRECTIONS` principal directions (C, D) of columns (C, N), by subspace iteration."""
    step = max(1, columns.shape[1] // SAMPLED)
    sample = F.normalize(columns[:, ::step].float() - center, dim=0)
    generator = torch.Generator().manual_seed(0)
    basis = torch.randn(len(sample), DIRECTIONS, generator=generator).to(sample.device)
    for _ in range(3):
        basis = torch.linalg.qr(sample @ (sample.T @ basis))[0]
    return basis


def _trimmed(region: Region) -> Region:
    """Return the region with its style pictures' edges cut off."""

    def cut(picture: Tensor) -> Tensor:
        height, width = picture.shape[2:]
        top, left = (round(TRIM * side) if side >= 64 else 0 for side in (height, width))
        return picture[:, :, top : height - top, left : width - left].contiguous()

    return Region(tuple((cut(picture), share) for picture, share in region.styles), region.mask, region.weight)


def _content_and_gram_layers(options: Optimize) -> tuple[dict[str, float], dict[str, float]]:
    """Return the content layers, and the style layers whose Gram matrices count: those no coarser than the columns."""
    content, style = layers(options)
    strides = {layer.name: layer.stride for layer in LAYERS}
    fine = {name: weight for name, weight in style.items() if strides[name] <= STRIDE}
    return content, normalized(fine) if fine else {}


def _scaled(terms: Iterable[Term], factor: float) -> list[Term]:
    return [Term(each.kind, each.layer, factor * each.weight, each.loss) for each in terms]
