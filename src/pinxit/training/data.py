"""Training pictures: read once, kept in memory as 8-bit squares, cropped anew for every step.

Damaged pictures and those of one color are skipped and counted. The crops of step n depend on the seed alone, so a
training that was stopped continues as if it had not been.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
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
from pinxit.errors import BadImage, NotFound, PinxitError
from pinxit.files import atomic

PACK_BYTES = 60 * 2**20
PACK_QUALITY = 90
SMALLEST_ZOOM = 0.6
"""Largest value of the smallest crop's side, as a share of the picture's short side."""
MIN_RATIO = 10
"""Pictures are held out only where there are this many times as many."""
MIN_CONTRAST = 4
"""Pictures whose colors, 0 to 255, differ by less are skipped: distances are relative to a picture's features, and one
such photo among 20 tripled the loss."""

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
    """Yield the bytes of each picture in a pack.

    Raises `BadImage` for a file that `pack` did not write, or a damaged one.
    """
    try:
        # From bytes, because NumPy leaves a damaged file open.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            pictures, ends = file["pictures"], file["ends"]
    except Exception as error:  # NumPy raises many types for a broken zip
        raise BadImage(f"{path.name} is no pack of pictures, or damaged: pack the folder again") from error
    start = 0
    for end in ends.tolist():
        yield pictures[start:end].tobytes()
        start = end


def batches(pictures: Pictures, count: int, side: int, seed: Iterable[int], step: int) -> Iterator[Tensor]:
    """Yield one random batch per step, from ``step`` on: (count, 3, side, side), float32, in [0, 1].

    Each picture is a square crop of random size and position, from ``side`` to twice ``side`` px of the picture in
    memory, resized to ``side``; half are mirrored.
    """
    seeds = list(seed)
    while True:
        yield _batch(pictures, count, side, np.random.default_rng([*seeds, step]))
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
    squares = pictures.squares[chosen].permute(0, 3, 1, 2).float() / 255
    return F.grid_sample(squares, grid, mode="bilinear", padding_mode="border", align_corners=False)


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
