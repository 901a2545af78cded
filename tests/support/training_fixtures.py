"""Fixtures of small trainings: photos, and two styles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pinxit import images


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Five photos, and a damaged one."""
    random = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    for number in range(5):
        picture = random.random((6, 8, 3), np.float32).repeat(6, 0).repeat(6, 1)
        images.write(picture, tmp_path / "photos" / f"{number}.png")
    (tmp_path / "photos" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    return tmp_path / "photos"


@pytest.fixture
def styles(tmp_path: Path) -> dict[str, Path]:
    random = np.random.default_rng(1)
    for name, color in (("red", (1, 0.2, 0.1)), ("blue", (0.1, 0.2, 1))):
        picture = random.random((12, 16, 1), np.float32).repeat(3, 0).repeat(3, 1) * np.array(color, np.float32)
        images.write(picture, tmp_path / f"{name}.png")
    return {name: tmp_path / f"{name}.png" for name in ("red", "blue")}


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Three photos and three paintings; one more of each is damaged."""
    random = np.random.default_rng(0)
    for name in ("photos", "paintings"):
        (tmp_path / name).mkdir()
        for number in range(3):
            picture = random.random((6, 8, 3), np.float32).repeat(6, 0).repeat(6, 1)
            images.write(picture, tmp_path / name / f"{number}.png")
        (tmp_path / name / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    return tmp_path / "photos", tmp_path / "paintings"
