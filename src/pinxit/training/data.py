"""Training pictures: read once, kept as 8-bit squares in memory, cropped anew for every step.

A damaged picture, or one that shows nothing, is left out and counted; it never stops a training. What step n of a run
with a seed sees is always the same, so a training that was stopped goes on as if it had not been.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
"""The side of the smallest crop, as a share of the picture's short side, at the most."""
FEWEST_HELD = 10
"""Pictures are held out only where there are that many times more to learn from."""

NOTHING = 4
"""A picture whose colors, 0 to 255, differ by less shows nothing: distances are relative to what it shows, so that one
such photo among 20 tripled the loss."""

Squares = NDArray[np.uint8]
"""(N, S, S, 3), sRGB."""


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Pictures to learn from."""

    squares: Tensor
    """(N, S, S, 3) uint8, sRGB, on the device that trains."""
    skipped: int
    """How many more there were that could not be read, or show nothing."""

    def __len__(self) -> int:
        return len(self.squares)


def load(source: Path | Sequence[Path], side: int, device: torch.device, threads: int = 0) -> Pictures:
    """Read a folder of pictures, with its subfolders, or the packs that `pack` wrote, as squares of ``side`` px.

    ``source`` may be a list of pictures too. Each is scaled so that its short side is ``side``, and cut to its middle.

    Raises `NotFound` where there is no picture that can be read.
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


def held_out(pictures: Pictures, count: int, fewest: int = FEWEST_HELD) -> tuple[Pictures, Tensor]:
    """Return the pictures to learn from, and ``count`` others, evenly spread, that are never learned from.

    These are squares as in `Pictures`, which is reordered in place. Of fewer than ``fewest`` times as many pictures all
    are learned from.
    """
    squares = pictures.squares
    chosen = torch.linspace(0, len(pictures) - 1, count, device=squares.device).long()
    held = squares[chosen]
    if len(pictures) < fewest * count:
        return pictures, held
    kept = len(pictures) - count
    last = torch.arange(kept, len(pictures), device=squares.device)
    squares[chosen[chosen < kept]] = squares[last[~torch.isin(last, chosen)]]
    return Pictures(squares[:kept], pictures.skipped), held


def _sources(source: Path) -> Iterator[Path | bytes]:
    """Yield every picture: files, or the bytes inside packs."""
    packs = [source] if source.is_file() else sorted(source.glob("*.npz")) if source.is_dir() else []
    for path in packs:
        yield from _unpacked(path)
    if not packs:
        yield from images.find_pictures(source)


def _square(source: Path | bytes, side: int) -> Squares | None:
    """Return a picture's middle as (side, side, 3), or None where it cannot be read or shows nothing."""
    try:
        image = images.split_alpha(images.read(source))[0]
    except PinxitError:
        return None
    scale = side / min(image.shape[:2])
    height, width = (max(side, round(length * scale)) for length in image.shape[:2])
    image = images.resize(image, (height, width))
    top, left = (height - side) // 2, (width - side) // 2
    square = np.rint(255 * image[top : top + side, left : left + side]).astype(np.uint8)
    return square if np.ptp(square, axis=(0, 1)).max() >= NOTHING else None


def pack(source: Path, target: Path, side: int) -> list[Path]:
    """Write the pictures of a folder, as JPEG squares of ``side`` px, into few files of at most 60 MiB.

    They are called ``target`` with a number before its ending, which should be ``.npz``. For machines where a
    folder of thousands of files is slow to send.

    Raises `NotFound` where there is no picture, `WriteFailed`.
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
    """Yield each picture's bytes.

    Raises `BadImage` for a file that `pack` did not write, or that is damaged.
    """
    try:
        # By its bytes: NumPy leaves a file open that turns out to be damaged.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            pictures, ends = file["pictures"], file["ends"]
    except Exception as error:  # a broken zip makes NumPy raise many things
        raise BadImage(f"{path.name} is no pack of pictures, or is damaged: pack the folder again") from error
    start = 0
    for end in ends.tolist():
        yield pictures[start:end].tobytes()
        start = end


def batches(pictures: Pictures, count: int, side: int, seed: Iterable[int], step: int) -> Iterator[Tensor]:
    """Yield one random batch a step, from ``step`` on: (count, 3, side, side), float32, in [0, 1].

    Each is a square part of a picture, of random size and place, half of them mirrored: from as large as it is kept
    in memory to twice as large, scaled down.
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
    whole = pictures.squares[chosen].permute(0, 3, 1, 2).float() / 255
    return F.grid_sample(whole, grid, mode="bilinear", padding_mode="border", align_corners=False)


def recolored(styles: Tensor, share: float, random: np.random.Generator) -> Tensor:
    """Return (B, 3, H, W) with a ``share`` of the pictures in other colors: channels exchanged, hues turned, gamma.

    To the network these are new styles, with the strokes of the old ones.
    """
    count = len(styles)
    turned = random.random(count) < share
    maps = np.tile(np.eye(3, dtype=np.float32), (count, 1, 1))
    for place in np.flatnonzero(turned):
        mixing = np.eye(3)[random.permutation(3)] + random.normal(0, 0.15, (3, 3))
        maps[place] = mixing / mixing.sum(1, keepdims=True)
    gammas = np.where(turned, np.exp(random.normal(0, 0.25, count)), 1).astype(np.float32)
    device: Any = styles.device
    mixed = torch.einsum("bij,bjhw->bihw", torch.from_numpy(maps).to(device), styles).clamp(0, 1)
    return mixed.clamp_min(1e-4) ** torch.from_numpy(gammas).to(device)[:, None, None, None]
