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
last pass by single layers, the coarse colors of a painted start, a little total variation, and no color transfer
afterwards. The painting's edge is left out (`TRIM`): frames and paper would be copied.
"""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import FunctionCtx

from pinxit.config.options import Look, Optimize
from pinxit.methods.optimize import memory
from pinxit.methods.optimize.losses import Sums, Term, total
from pinxit.methods.optimize.objective import content_terms, layers, normalized, style_grams, style_terms
from pinxit.methods.optimize.regions import Region
from pinxit.nn.device import fixed_sum, thread_count
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
COARSE_COLORS = 240.0
"""Weight of `CoarseColors`, the distance to a painted start in the style's colors: less smoke, and faces stay."""
SMOOTHNESS = 0.5
"""Weight of the total variation: a descent of few steps leaves noise in what is flat."""
TRIM = 0.03
"""Share of the painting's sides that is left out."""
DIRECTIONS = 192
"""Principal directions in which hypercolumns are compared."""
SAMPLED = 3000
"""Hypercolumns from which these directions are found."""
QUERIES = 512
"""Places searched at a time."""
STORED = torch.bfloat16
"""Precision in which hypercolumns are stored; they are computed with in float32."""

Columns = dict[str, Tensor]
"""Layer -> the features of N places, (C, N), `STORED`: their hypercolumns."""


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The places of one style of a region, and how a picture's places are compared with them."""

    columns: Columns
    share: Tensor | float
    """Its share of the target at each place of the picture: (M,), or a number for the same share everywhere."""
    directions: dict[str, Tensor]
    """Layer -> its part of the principal directions, (C, D)."""
    places: Tensor
    """The candidates in these directions, (D, N), centered, of length 1, `STORED`."""
    photo: Tensor
    """The photo's places in these directions, (D, M), `STORED`."""


@dataclass(frozen=True, slots=True)
class _Target:
    """Its share of the target of every place: ``share`` times the column ``index`` of ``columns``."""

    columns: Columns
    index: Tensor | None
    share: Tensor | float

    def at(self, layer: str) -> Tensor:
        columns = self.columns[layer]
        return self.share * (columns if self.index is None else columns.index_select(1, self.index)).float()


class NeighborLosses:
    """The losses ``neighbors`` of a content (1, 3, H, W) and the styles of its regions.

    ``strength`` s moves the targets from the photo's own hypercolumns and Gram matrices to the style's.
    """

    padding = "replicate"
    per_pixel = memory.NEIGHBORS

    def __init__(
        self, network: VGG19, content: Tensor, regions: Sequence[Region], look: Look, options: Optimize
    ) -> None:
        self.network, self.strength = network, look.strength
        self.weight = options.style_weight
        self.smoothness = SMOOTHNESS * self.weight
        self.content, self.grid = content, (content.shape[2] // STRIDE, content.shape[3] // STRIDE)
        content_layers, gram_layers = _content_and_gram_layers(options)
        with torch.no_grad():
            names = {*content_layers, *gram_layers}
            features = {name: feature for name, feature in network.walk(content) if name in names}
            self.terms = _scaled(content_terms(features, content_layers, options), CONTENT_UNIT)
            self.candidates: list[_Candidates] = []
            for region in map(_trimmed, regions):
                mask = None if region.mask is None else F.adaptive_avg_pool2d(region.mask, self.grid).flatten()
                for picture, share in region.styles:
                    self.candidates.append(self._candidates(picture, share if mask is None else share * mask))
                grams = style_grams(network, region, gram_layers)
                fine = style_terms(grams, features, region, gram_layers, look.strength, options)
                self.terms += _scaled(fine, GRAM_WEIGHT)
        self.targets: list[_Target] = []
        self.squares: Tensor = content.new_zeros(0)
        """The squared length of each place's target, (M,)."""

    @staticmethod
    def layers(options: Optimize) -> list[str]:
        """Return all layers that the losses need."""
        content, fine = _content_and_gram_layers(options)
        return [*COLUMN, *content, *fine]

    @property
    def weightless(self) -> bool:
        """Whether every weight is 0."""
        return not self.terms and not self.weight

    def _candidates(self, picture: Tensor, share: Tensor | float) -> _Candidates:
        grid = max(1, picture.shape[2] // STRIDE), max(1, picture.shape[3] // STRIDE)
        columns = self._columns(picture, grid)
        directions = principal_directions(columns)
        places = functools.reduce(torch.add, (directions[name].T @ each.float() for name, each in columns.items()))
        photo = self._project(self.content, directions)
        return _Candidates(columns, share, directions, _unit(places).to(STORED), photo.to(STORED))

    def _columns(self, picture: Tensor, grid: tuple[int, int]) -> Columns:
        """Return the hypercolumns of a picture on a grid of (rows, columns)."""

        def read(name: str, feature: Tensor) -> Tensor | None:
            return on_grid(feature, grid)[0].flatten(1).to(STORED) if name in COLUMN else None

        return {name: columns for name, columns in self.network.walk(picture, read) if columns is not None}

    def _project(self, picture: Tensor, directions: Mapping[str, Tensor]) -> Tensor:
        """Return the places of a picture, (1, 3, H, W), in some directions, (D, M)."""

        def read(name: str, feature: Tensor) -> Tensor | float:
            return directions[name].T @ on_grid(feature, self.grid)[0].flatten(1) if name in COLUMN else 0.0

        places: Tensor = sum(part for _, part in self.network.walk(picture, read))
        return places

    @torch.no_grad()
    def search(self, picture: Tensor | None) -> None:
        """Search the nearest places for ``picture``, (1, 3, H, W); None: for the photo alone."""
        self.targets = []
        rest: Tensor | float = 1.0
        for each in self.candidates:
            queries = each.photo.float()
            if picture is not None:
                queries = torch.lerp(queries, self._project(picture, each.directions), FROM_PICTURE)
            share = self.strength * each.share
            self.targets.append(_Target(each.columns, nearest(queries, each.places.float()), share))
            rest = rest - share
        if self.targets and (isinstance(rest, Tensor) or rest > 1e-6):
            self.targets.append(_Target(self._columns(self.content, self.grid), None, rest))
        self.squares = sum((self.target(name).square().sum(0) for name in COLUMN), self.squares.new_zeros(()))

    def target(self, layer: str) -> Tensor:
        """Return the target of every place at a layer, (C, M)."""
        return functools.reduce(torch.add, (each.at(layer) for each in self.targets))

    def __call__(self, picture: Tensor) -> Sums:
        """Return the losses of (1, 3, H, W) by name, ``content`` and ``style``."""
        sums = total(self.terms, partial(self.network.walk, picture), self._products)
        if "dot" in sums:
            sums["style"] = sums.get("style", 0) + self.weight * self._distance(sums.pop("dot"), sums.pop("square"))
        return sums

    def _products(self, name: str, feature: Tensor) -> Sums:
        """Return a layer's part of x.t and |x|^2 of every place, (M,)."""
        if not self.weight or not self.targets or name not in COLUMN:
            return {}
        columns = on_grid(feature, self.grid)[0].flatten(1)
        dot, square = _Products.apply(columns, partial(self.target, name))  # type: ignore[no-untyped-call]
        return {"dot": dot, "square": square}

    def _distance(self, dot: Tensor, square: Tensor) -> Tensor:
        """Return the neighbor term from x.t and |x|^2 of every place, (M,)."""
        dot, square, squares = (each.view(self.grid) for each in (dot, square, self.squares))
        cosine = dot / (square * squares + 1e-20).sqrt()
        magnitude = fixed_sum(square - 2 * dot + squares) / fixed_sum(squares).clamp_min(1e-20)
        return fixed_sum(1 - cosine) / cosine.numel() + MAGNITUDE * magnitude


class _Products(torch.autograd.Function):
    """x.t and x.x of every place from one layer's features x, (C, M), and targets t."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, target: Callable[[], Tensor]) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(x.to(STORED))
        ctx.target = target  # type: ignore[attr-defined]
        return (x * target()).sum(0), x.square().sum(0)

    @staticmethod
    def backward(ctx: FunctionCtx, *grads: Tensor) -> tuple[Tensor, None]:
        (x,) = ctx.saved_tensors  # type: ignore[attr-defined]
        t: Tensor = ctx.target()  # type: ignore[attr-defined]
        return torch.addcmul(grads[0] * t, grads[1], x.to(t.dtype), value=2), None


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


def nearest(queries: Tensor, places: Tensor) -> Tensor:
    """Return for each query the index of the place with the least centered cosine distance, (M,).

    ``queries``  (D, M), centered here by their own mean
    ``places``   (D, N), centered and of length 1
    """
    parts = torch.split(_unit(queries), QUERIES, dim=1)
    return torch.cat([(part.T @ places).argmax(1) for part in parts])


def _unit(places: Tensor) -> Tensor:
    """Center places (D, N) by their mean, and divide each by its length."""
    return F.normalize(places - places.mean(1, keepdim=True), dim=0)


def principal_directions(columns: Columns) -> dict[str, Tensor]:
    """Return each layer's part, (C, D), of about the `DIRECTIONS` principal directions, by subspace iteration."""
    center = torch.cat([each.float().mean(1, keepdim=True) for each in columns.values()])
    step = max(1, next(iter(columns.values())).shape[1] // SAMPLED)
    sample = F.normalize(torch.cat([each[:, ::step].float() for each in columns.values()]) - center, dim=0)
    generator = torch.Generator().manual_seed(0)
    basis = torch.randn(len(sample), DIRECTIONS, generator=generator).to(sample.device)
    for _ in range(3):
        basis = sample @ (sample.T @ basis)
        with thread_count(1):  # its sums depend on the number of threads
            basis = torch.linalg.qr(basis)[0]
    return dict(zip(columns, torch.split(basis, [len(each) for each in columns.values()]), strict=True))


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
