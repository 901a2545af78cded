"""Losses of painted pictures (B, 3, H, W), sRGB, in [0, 1], that need no features; one value per picture."""

import itertools
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from pinxit.config.training import WINDOW
from pinxit.images.color import LUMA

PERIODS = (2, 4, 8)
"""Periods of the grid that `grid_artifact_loss` looks for, px."""
RING = (3, 4)
"""Nearest and farthest frequencies around a peak that it is compared with: beyond the reach of a Hann window's peak."""
TOLERANCE = 1.0
"""Excess of a peak that costs nothing: in noise the logarithm of one power has a standard deviation of 1.3."""
FLOOR = 1e-6
"""Power added everywhere: the mean square of invisible noise, in [0, 1] squared."""

CELL = 8
"""Side of a cell of `flat_region_loss`, px."""
NEIGHBORHOOD = 5
"""Side of the square of cells that must all be flat, cells."""
EDGE = 0.02
"""Steps in [0, 1] well below this do not count as an edge of the photo."""

DECAY = 0.96
"""Share of the running profile of `PositionBiasLoss` that one picture leaves."""
LINE = 4
"""Width of one column or row of a profile, px."""
BAND = 17
"""Rows of a profile over which their mean is taken: a quarter of a crop of 256 px."""

PLACES, DIRECTIONS = 48, 16
"""Side of the pictures whose colors `palette_loss` compares, and directions along which it does."""


def grid_artifact_loss(painted: Tensor) -> Tensor:
    """Penalize grids whose periods are the strides of the transform network; no side may be below `WINDOW` px.

    A network whose features lie 2, 4 and 8 px apart can paint a grid of these periods over flat regions. In windows of
    `WINDOW` px that overlap by half, with P the power of the luminance's Fourier transform under a Hann window,

        loss = mean over windows, periods p and directions of  max(0, ln P(1/p) - mean of ln P around 1/p - TOLERANCE)

    so the strength of a texture does not matter, only whether it is tuned to the grid.
    """
    luma = torch.tensor(LUMA, dtype=torch.float32, device=painted.device)
    luminance = torch.einsum("bchw,c->bhw", painted.float(), luma)
    step = WINDOW // 2
    windows = luminance.unfold(1, WINDOW, step).unfold(2, WINDOW, step).flatten(1, 2)  # (B, N, WINDOW, WINDOW)
    windows = windows - windows.mean((2, 3), keepdim=True)
    hann = torch.hann_window(WINDOW, device=painted.device)
    taper = hann[:, None] * hann
    spectrum = torch.fft.fft2(windows * taper)
    power = (spectrum.real.square() + spectrum.imag.square()) / taper.square().sum() + FLOOR
    logs = power.log()
    excesses = []
    for period, (down, across) in itertools.product(PERIODS, ((0, 1), (1, 0), (1, 1))):
        row, column = down * WINDOW // period, across * WINDOW // period
        rows, columns = zip(*_ring(row, column), strict=True)
        surroundings = logs[..., list(rows), list(columns)].mean(-1)
        excesses.append((logs[..., row % WINDOW, column % WINDOW] - surroundings - TOLERANCE).clamp_min(0))
    return torch.stack(excesses).mean(0).mean(1)


def _ring(row: int, column: int) -> list[tuple[int, int]]:
    """Return the frequencies around one of the spectrum, which wraps around at its edges."""
    near, far = RING
    offsets = itertools.product(range(-far, far + 1), repeat=2)
    return [((row + y) % WINDOW, (column + x) % WINDOW) for y, x in offsets if max(abs(y), abs(x)) >= near]


def flat_region_loss(painted: Tensor, photos: Tensor) -> Tensor:
    """Penalize shapes that are painted into flat regions of ``photos``, which are as large: 16 px or more.

    A painting of few things on an empty ground has dark shapes beside wide flat ones, and the style loss asks for both
    in every photo. Where a photo has no dark shapes, the network paints some, preferably into a sky, where they change
    few of the photo's features. The loss makes that expensive::

        loss = mean over cells of q |step|,    q = exp(-(largest step of the photo nearby) / `EDGE`)

    A step is the difference in color between a cell, `CELL` px wide, and the next one across or down. Strokes finer
    than a cell cost nothing.
    """
    terms = []
    for painted_steps, photo_steps in zip(_steps(painted), _steps(photos), strict=True):
        largest = F.max_pool2d(photo_steps.amax(1, keepdim=True), NEIGHBORHOOD, 1, NEIGHBORHOOD // 2)
        terms.append((torch.exp(-largest / EDGE) * painted_steps).mean((1, 2, 3)))
    return torch.stack(terms).sum(0)


def _steps(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Return the absolute differences between each cell and the next one, across and down."""
    cells = F.avg_pool2d(pictures.float(), CELL)
    return cells.diff(dim=3).abs(), cells.diff(dim=2).abs()


class PositionBiasLoss:
    """Penalizes position-dependent bias in a style's average output, for crops of ``side`` px.

    A network sees where a picture ends, because features are mirrored there. It learns to put there what the style
    wants and most photos have no room for: a column of yellow along the left, a strip along the top, in every picture.
    No loss of one picture can tell such a habit from what the photo asks for; the mean of many can. For each style a
    running profile m of its output is kept: the mean color of every column and row, less the picture's mean color::

        loss = sum over colors of the mean of (2 m p - m m),    then m <- `DECAY` m + (1 - `DECAY`) p

    where p is the profile of the present picture. The gradient is that of m's square if p were m: it pushes against
    what pictures have in common. What only this picture has costs nothing, because m does not contain it yet; with p
    in m, pictures would be trained to be flat. Each of several processes keeps its own profiles.
    """

    def __init__(self, styles: int, side: int, device: torch.device | str = "cpu") -> None:
        self.profiles = profile(torch.zeros(styles, 3, side, side, device=device))
        """m, (styles, 3, columns + rows)."""

    def restore(self, profiles: Tensor) -> None:
        """Continue from saved profiles, unless they are of crops of another size."""
        if profiles.shape == self.profiles.shape:
            self.profiles.copy_(profiles)

    def __call__(self, painted: Tensor, styles: Sequence[int]) -> Tensor:
        """Return the loss of each picture, (B,), painted in these styles; update the profiles."""
        terms = []
        for style, current in zip(styles, profile(painted), strict=True):
            running = self.profiles[style].clone()
            self.profiles[style].lerp_(current.detach(), 1 - DECAY)
            terms.append((2 * running * current - running * running).sum(0).mean())
        return torch.stack(terms)


def profile(pictures: Tensor) -> Tensor:
    """(B, 3, H, W) -> (B, 3, columns + rows): their mean colors, less the picture's mean color.

    Rows are taken less their own mean over a `BAND`, because photos do have in common that the sky is above.
    """
    cells = F.avg_pool2d(pictures.float(), LINE)
    centered = cells - cells.mean((2, 3), keepdim=True)
    rows = centered.mean(3)
    width = min(BAND, 2 * rows.shape[2] - 1)
    smooth = F.avg_pool1d(F.pad(rows, (width // 2,) * 2, "replicate"), width, 1)
    return torch.cat([centered.mean(2), rows - smooth], 2)


def palette_loss(painted: Tensor, styles: Tensor, random: torch.Generator) -> Tensor:
    """Penalize colors in other amounts than in the ``styles``, (B, 3, h, w): the sliced Wasserstein-1 distance.

    Both pictures, averaged to `PLACES` x `PLACES` places, are projected on random directions in RGB, where the nearest
    match of two sets of colors is that of their sorted values (Rabin et al., "Wasserstein barycenter and its
    application to texture mixing", 2011; Heitz et al., "A sliced Wasserstein loss for neural texture synthesis", 2021).
    """
    directions = F.normalize(torch.randn(3, DIRECTIONS, generator=random), dim=0).to(painted.device)
    values = []
    for pictures in (painted, styles):
        colors = F.adaptive_avg_pool2d(pictures.float(), PLACES).flatten(2).transpose(1, 2)
        values.append((colors @ directions).sort(1).values)
    return (values[0] - values[1]).abs().mean((1, 2))
