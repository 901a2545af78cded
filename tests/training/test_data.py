"""Training pictures: packed, cropped, held out and recolored, and skipped where they show nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from pinxit import images
from pinxit.errors import BadImage
from pinxit.training import data

CPU = torch.device("cpu")

pytest_plugins = ["support.training_fixtures"]


def test_packs_hold_the_same_pictures(folders: tuple[Path, Path], tmp_path: Path) -> None:
    (pack,) = data.pack(folders[0], tmp_path / "photos.npz", 36)
    assert pack.name == "photos-0.npz"
    packed, whole = data.load(pack, 36, CPU), data.load(folders[0], 36, CPU)
    assert (len(packed), packed.skipped, len(whole), whole.skipped) == (3, 0, 3, 1)
    assert (packed.squares.float() - whole.squares.float()).abs().mean() < 12
    pack.write_bytes(pack.read_bytes()[:-100])
    with pytest.raises(BadImage, match=r"photos-0.npz is no pack"):
        data.load(pack, 36, CPU)


def test_batches_depend_on_seed_and_step_alone(folders: tuple[Path, Path]) -> None:
    pictures = data.load(folders[0], 36, CPU)
    first = data.batches(pictures, 4, 32, (0, 1), 0)
    batches = [next(first) for _ in range(3)]
    assert batches[0].shape == (4, 3, 32, 32)
    assert 0 <= float(batches[0].min()) <= float(batches[0].max()) <= 1
    torch.testing.assert_close(next(data.batches(pictures, 4, 32, (0, 1), 2)), batches[2])
    assert not torch.equal(batches[0], batches[1])
    assert not torch.equal(batches[0], next(data.batches(pictures, 4, 32, (0, 2), 0)))


def test_held_out_pictures_are_not_trained_on() -> None:
    squares = torch.arange(50, dtype=torch.uint8).view(50, 1, 1, 1).expand(50, 2, 2, 3).contiguous()
    rest, held_out = data.hold_out(data.Pictures(squares, 3), 4)
    values = {int(square[0, 0, 0]) for square in held_out}
    assert values == {0, 16, 32, 49}
    assert sorted(int(square[0, 0, 0]) for square in rest.squares) == sorted(set(range(50)) - values)
    few, _ = data.hold_out(data.Pictures(squares[:20], 0), 4)
    assert len(few) == 20


def test_recolored_pictures_stay_pictures(folders: tuple[Path, Path]) -> None:
    styles = next(data.batches(data.load(folders[1], 36, CPU), 8, 32, (0,), 0))
    found = data.recolor(styles, 0.5, np.random.default_rng(0))
    assert 0 <= float(found.min()) <= float(found.max()) <= 1
    changed = (found - styles).abs().amax((1, 2, 3)) > 0.02
    assert 0 < int(changed.sum()) < 8


def test_crops_show_between_full_size_and_half() -> None:
    ramp = torch.arange(64, dtype=torch.uint8).mul(4).view(1, 1, 64, 1).expand(1, 64, 64, 3)
    pictures = data.Pictures(ramp.contiguous(), 0)
    seen = next(data.batches(pictures, 200, 16, (0,), 0))[:, 0]
    reach = (seen[:, 8].amax(1) - seen[:, 8].amin(1)) * 255 / 4 / 15  # px of the picture for each px of a square
    assert 0.9 < float(reach.min()) < 1.1
    assert 1.8 < float(reach.max()) < 2.1


def test_pictures_of_one_color_are_skipped(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    flat = np.full((60, 80, 3), 0.4, np.float32)
    images.write(random.random((60, 80, 3), np.float32), tmp_path / "photo.png")
    images.write(flat, tmp_path / "flat.png")
    images.write(np.dstack([random.random((60, 80, 3)), np.zeros((60, 80))]).astype(np.float32), tmp_path / "glass.png")
    flat[20:40, 30:50] = 0.5
    images.write(flat, tmp_path / "square.png")
    found = data.load(tmp_path, 36, torch.device("cpu"))
    assert (len(found), found.skipped) == (2, 2)
