"""Training pictures: read once, kept in memory as 8-bit squares, cropped anew for every step.

Damaged pictures and those of one color are skipped and counted. The crops of step n depend on the seed alone, so a
training that was stopped continues as if it had not been.
"""

import functools
import importlib.util
import io
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from pinxit import images
from pinxit.config.options import Output
from pinxit.errors import BadImage, MissingExtra, NotFound, PinxitError
from pinxit.files import atomic
from pinxit.methods.onepass.grain import BLOCK, DETAIL, GRAIN, PERIODS, GrainNoise, band_noise, rotation_field

PACK_BYTES = 60 * 2**20
PACK_QUALITY = 90
SMALLEST_ZOOM = 0.6
"""Largest value of the smallest crop's side, as a share of the picture's short side."""
MIN_RATIO = 10
"""Pictures are held out only where there are this many times as many."""
MIN_CONTRAST = 4
"""Pictures whose colors, 0 to 255, differ by less are skipped: distances are relative to a picture's features, and one
such photo among 20 tripled the loss."""
SAMPLE_PHOTOS = {
    "astronaut.png": "the astronaut Eileen Collins, by NASA, public domain",
    "chelsea.png": "the cat Chelsea, by Stefan van der Walt, CC0",
    "coffee.png": "a cup of coffee, by Rachel Michetti, CC0",
    "rocket.jpg": "the launch of DSCOVR, by SpaceX, public domain",
    "camera.png": "a man with a camera, by Lav Varshney, CC0",
    "brick.png": "a brick wall, by CC0 Textures, CC0",
    "grass.png": "grass, by Linolafett, CC0",
    "gravel.png": "gravel, by CC0 Textures, CC0",
}
"""File in scikit-image's data folder -> its credit, according to its documentation."""
FULL_SHARE = 0.5
"""Share of the photos that get all of the grain; the others get less, as at low strengths."""

Squares = NDArray[np.uint8]
"""(N, S, S, 3), sRGB."""


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Training pictures."""

    squares: Tensor
    """(N, S, S, 3) uint8, sRGB, on the training device."""
    skipped: int
    """Number of pictures that could not be read or are of one color."""

    def __len__(self) -> int:
        return len(self.squares)


def load(source: Path | Sequence[Path], side: int, device: torch.device, threads: int = 0) -> Pictures:
    """Read a folder with its subfolders, the packs that `pack` wrote, or a list of pictures, as squares of ``side`` px.

    Each picture is resized to a short side of ``side`` and cropped to its middle.

    Raises `NotFound` where no picture can be read.
    """
    sources = list(_sources(source) if isinstance(source, Path) else source)
    squares = np.empty((len(sources), side, side, 3), np.uint8)  # gigabytes: filled in place
    count = 0
    with ThreadPoolExecutor(threads or None) as pool:
        for square in pool.map(lambda item: _square(item, side), sources):
            if square is not None:
                squares[count] = square
                count += 1
    if not count:
        name = repr(source.name) if isinstance(source, Path) else "the list"
        raise NotFound(f"{name} holds no picture that can be read: name a folder of pictures, or a pack")
    return Pictures(torch.from_numpy(squares[:count]).to(device), len(sources) - count)


def sample_photos() -> list[Path]:
    """Return the photos to train on by default. Photos like those to be painted train better.

    Raises `MissingExtra` where scikit-image is not installed, or no longer has them.
    """
    package = importlib.util.find_spec("skimage")
    folder = Path(package.origin).parent / "data" if package and package.origin else Path()
    photos = [folder / name for name in SAMPLE_PHOTOS if (folder / name).is_file()]
    if not photos:
        raise MissingExtra("training without --photos", "train")
    return photos


def hold_out(pictures: Pictures, count: int, min_ratio: int = MIN_RATIO) -> tuple[Pictures, Tensor]:
    """Return the pictures to train on, and the squares of ``count`` others, evenly spread, for evaluation.

    Reorders ``pictures`` in place. With fewer than ``min_ratio`` times as many pictures, all are trained on.
    """
    squares = pictures.squares
    chosen = torch.linspace(0, len(pictures) - 1, count, device=squares.device).long()
    held_out = squares[chosen]
    if len(pictures) < min_ratio * count:
        return pictures, held_out
    rest = len(pictures) - count
    last = torch.arange(rest, len(pictures), device=squares.device)
    squares[chosen[chosen < rest]] = squares[last[~torch.isin(last, chosen)]]
    return Pictures(squares[:rest], pictures.skipped), held_out


def _sources(source: Path) -> Iterator[Path | bytes]:
    """Yield every picture: a file, or bytes from a pack."""
    packs = [source] if source.is_file() else sorted(source.glob("*.npz")) if source.is_dir() else []
    for path in packs:
        yield from _unpacked(path)
    if not packs:
        yield from images.find_pictures(source)


def _square(source: Path | bytes, side: int) -> Squares | None:
    """Return a picture's middle as (side, side, 3), or None where it is skipped."""
    try:
        image = images.split_alpha(images.read(source))[0]
    except PinxitError:
        return None
    scale = side / min(image.shape[:2])
    height, width = (max(side, round(length * scale)) for length in image.shape[:2])
    image = images.resize(image, (height, width))
    top, left = (height - side) // 2, (width - side) // 2
    square = np.rint(255 * image[top : top + side, left : left + side]).astype(np.uint8)
    return square if np.ptp(square, axis=(0, 1)).max() >= MIN_CONTRAST else None


def pack(source: Path, target: Path, side: int) -> list[Path]:
    """Write the pictures of a folder, as JPEG squares of ``side`` px, into few files of at most 60 MiB; return them.

    They are named like ``target``, an ``.npz``, with a number before the ending. Sending them to another machine is
    faster than sending a folder of thousands of files.

    Raises `NotFound` where no picture can be read, `WriteFailed`.
    """
    written: list[Path] = []
    shard: list[bytes] = []
    for square in (_square(item, side) for item in _sources(source)):
        if square is None:
            continue
        data = images.encode(np.divide(square, 255, dtype=np.float32), "jpeg", output=Output(quality=PACK_QUALITY))
        if sum(map(len, shard)) + len(data) > PACK_BYTES:
            written.append(_write_pack(shard, target, len(written)))
            shard = []
        shard.append(data)
    if not shard:
        raise NotFound(f"{source.name!r} holds no picture that can be read: name a folder of pictures")
    return [*written, _write_pack(shard, target, len(written))]


def _write_pack(shard: Sequence[bytes], target: Path, number: int) -> Path:
    path = target.with_name(f"{target.stem}-{number}{target.suffix}")
    buffer = io.BytesIO()
    ends = np.cumsum([len(data) for data in shard])
    np.savez(buffer, pictures=np.frombuffer(b"".join(shard), np.uint8), ends=ends)
    atomic.save(buffer.getvalue(), path)
    return path


def _unpacked(path: Path) -> Iterator[bytes]:
    """Yield each picture of a pack; raises `BadImage` for a damaged file, or one that `pack` did not write."""
    try:
        # From bytes, because NumPy leaves a damaged file open.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            pictures, ends = file["pictures"], file["ends"]
    except Exception as error:  # NumPy raises many types for a broken zip
        raise BadImage(f"{path.name} is no pack of pictures, or damaged: pack the folder again") from error
    yield from (picture.tobytes() for picture in np.split(pictures, ends[:-1]))


def batches(pictures: Pictures, count: int, side: int, seed: Sequence[int], step: int) -> Iterator[Tensor]:
    """Yield one random batch per step, from ``step`` on: (count, 3, side, side), float32, in [0, 1].

    Each picture is a square crop of random size and position, from ``side`` to twice ``side`` px of the picture in
    memory, resized to ``side``; half are mirrored.
    """
    while True:
        yield _batch(pictures, count, side, np.random.default_rng([*seed, step]))
        step += 1


def _batch(pictures: Pictures, count: int, side: int, random: np.random.Generator) -> Tensor:
    device = pictures.squares.device
    chosen = torch.from_numpy(random.integers(len(pictures), size=count)).to(device)
    smallest = min(SMALLEST_ZOOM, side / pictures.squares.shape[1])
    zoom = smallest * min(2.0, 1 / smallest) ** random.random(count)
    shift = random.uniform(-1, 1, (2, count)) * (1 - zoom)
    mirror = random.choice([-1.0, 1.0], count)
    # Affine maps from the crop's coordinates to the square's, both from -1 to 1.
    maps = np.zeros((count, 2, 3), np.float32)
    maps[:, 0, 0], maps[:, 1, 1], maps[:, :, 2] = zoom * mirror, zoom, shift.T
    grid = F.affine_grid(torch.from_numpy(maps).to(device), [count, 3, side, side], align_corners=False)
    return F.grid_sample(floats(pictures.squares[chosen]), grid, padding_mode="border", align_corners=False)


def floats(squares: Tensor) -> Tensor:
    """(N, S, S, 3) uint8 -> (N, 3, S, S) in [0, 1]."""
    return squares.permute(0, 3, 1, 2).float() / 255


def recolor(styles: Tensor, share: float, random: np.random.Generator) -> Tensor:
    """Return (B, 3, H, W) with the colors of a ``share`` of the pictures changed: channels swapped, hue and gamma.

    To the network these are new styles with the same strokes.
    """
    count = len(styles)
    changed = random.random(count) < share
    maps = np.tile(np.eye(3, dtype=np.float32), (count, 1, 1))
    for index in np.flatnonzero(changed):
        mixing = np.eye(3)[random.permutation(3)] + random.normal(0, 0.15, (3, 3))
        maps[index] = mixing / mixing.sum(1, keepdims=True)
    gammas = np.where(changed, np.exp(random.normal(0, 0.25, count)), 1).astype(np.float32)
    mixed = torch.einsum("bij,bjhw->bihw", torch.from_numpy(maps).to(styles.device), styles).clamp(0, 1)
    return mixed.clamp_min(1e-4) ** torch.from_numpy(gammas).to(styles.device)[:, None, None, None]


class CachedCrops:
    """Crops of photos, always the same ones, with a cache of their features in bfloat16.

    ``count``, ``side``  number of crops, and their side, px
    ``features``         returns the features (B, C, h, w) of crops (B, 3, S, S)
    """

    def __init__(
        self, photos: Pictures, count: int, side: int, seed: Sequence[int], features: Callable[[Tensor], Tensor]
    ) -> None:
        crops = batches(photos, 1, side, seed, 0)
        self.squares = torch.cat([(255 * next(crops)).round().to(torch.uint8) for _ in range(count)])
        self._features = features
        self._cache: dict[int, Tensor] = {}

    def __len__(self) -> int:
        return len(self.squares)

    def __call__(self, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Return the crops of these indices, (B, 3, S, S) in [0, 1], and their features (B, C, h, w)."""
        squares = self.squares[list(indices)].float() / 255
        missing = [row for row, index in enumerate(indices) if index not in self._cache]
        if missing:
            for row, features in zip(missing, self._features(squares[missing]).to(torch.bfloat16), strict=True):
                self._cache[indices[row]] = features
        return squares, torch.stack([self._cache[index] for index in indices])


def add_random_grain(contents: Tensor, random: np.random.Generator) -> Tensor:
    """Return photos (B, 3, H, W) with grain from random positions of the noise, some with less of it than others."""
    count, _, height, width = contents.shape
    offsets = random.integers(0, np.prod(PERIODS), (2, count, 1))
    rows, columns = (
        torch.from_numpy(offset + np.arange(side)) for offset, side in zip(offsets, (height, width), strict=True)
    )
    strengths = np.minimum(1, random.random(count) / (1 - FULL_SHARE)).astype(np.float32)
    grain = _grain(rows.to(contents.device), columns.to(contents.device))
    amounts = GRAIN * torch.from_numpy(strengths).to(contents.device)
    return contents + amounts[:, None, None, None] * flatness(contents) * grain[:, None]


def add_grain(contents: Tensor) -> Tensor:
    """Return photos (B, 3, H, W) with the grain that they get when they are painted."""
    height, width = (np.arange(side) for side in contents.shape[2:])
    grain = [GrainNoise(each.permute(1, 2, 0).cpu().numpy()).at(height, width) for each in contents]
    return contents + torch.from_numpy(np.stack(grain))[:, None].to(contents)


def flatness(contents: Tensor) -> Tensor:
    """Return how flat photos (B, 3, H, W) are, (B, 1, H, W): `pinxit.methods.onepass.grain.flatness`, interpolated."""
    height, width = contents.shape[2:]
    padded = F.pad(contents, (0, -width % BLOCK, 0, -height % BLOCK), mode="replicate")
    moments = F.avg_pool2d(torch.cat([padded, padded * padded], 1), BLOCK)
    mean, square = F.avg_pool2d(F.pad(moments, (1, 1, 1, 1), mode="replicate"), 3, 1).chunk(2, 1)
    flat = torch.exp(-(square - mean * mean).mean(1, keepdim=True).clamp_min(0) / DETAIL**2)
    flat = F.interpolate(flat, scale_factor=float(BLOCK), mode="bilinear", align_corners=False)
    return flat[:, :, :height, :width]


def _grain(rows: Tensor, columns: Tensor) -> Tensor:
    """Return the grain at rows (B, H) and columns (B, W), (B, H, W): `pinxit.methods.onepass.grain.grain`."""
    noises, angles = (
        squares[:, (rows % period)[:, :, None], (columns % period)[:, None]]
        for squares, period in zip(_noise_squares(rows.device), PERIODS, strict=True)
    )
    return (noises * angles).sum(0)


@functools.cache
def _noise_squares(device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the noises, and the cosines and sines of their angles, (2, period, period) each."""
    noises, angles = (
        torch.from_numpy(np.stack(make(period))).to(device)
        for make, period in zip((band_noise, rotation_field), PERIODS, strict=True)
    )
    return noises, angles
