"""Distances and SSIM against numbers worked out by hand, scikit-image, and the project's first scorer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from pinxit import images
from pinxit.config.options import CONTENT_LAYER, STYLE_LAYERS
from pinxit.errors import BadImage, BadOption, MissingExtra, NotFound
from pinxit.metrics import distances as score
from pinxit.metrics.distances import Score, Scorer, mean, ssim

SHARED = Path(__file__).parents[3] / "shared"


def flat(value: float, height: int = 32, width: int = 32) -> Any:
    return np.full((height, width, 3), value, np.float32)


def noise(height: int, width: int, seed: int = 0, channels: int = 3) -> Any:
    return np.random.default_rng(seed).random((height, width, channels), np.float32)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Put a network in place whose every feature is the picture itself; and list the pictures it was shown."""
    pictures: list[Any] = []

    def features(image: Any) -> dict[str, Tensor]:
        pictures.append(image)
        feature = torch.from_numpy(image).permute(2, 0, 1)[None]
        return dict.fromkeys((*STYLE_LAYERS, CONTENT_LAYER), feature)

    monkeypatch.setattr(score, "_network", lambda vgg: features)
    return pictures


# Scorer


def test_distances_by_hand(measured: list[Any]) -> None:
    """Features in proportion v: content is |v - c| / c; Gram matrices go with the square, |v^2 - s^2| / s^2."""
    result = Scorer(size=32).score(flat(0.5), flat(1.0), flat(0.25))
    assert result.content == pytest.approx(0.5)
    assert result.style == pytest.approx(0.9375)
    # Constant planes have no variance: SSIM is its luminance term alone.
    assert result.ssim == pytest.approx((2 * 0.5 * 0.25 + 1e-4) / (0.5**2 + 0.25**2 + 1e-4))


def test_identical_is_zero_and_black_is_one(measured: list[Any]) -> None:
    scorer, picture = Scorer(size=32), noise(32, 24)
    same = scorer.score(picture, picture, picture)
    assert (same.content, same.style) == (0.0, 0.0)
    assert same.ssim == pytest.approx(1.0)
    black = scorer.score(picture, picture, np.zeros_like(picture))
    assert (black.content, black.style) == pytest.approx((1.0, 1.0))


def test_every_picture_is_measured_at_one_size(measured: list[Any]) -> None:
    Scorer(size=64).score(noise(200, 100), noise(20, 30), noise(101, 50))
    assert [picture.shape for picture in measured] == [(64, 32, 3), (43, 64, 3), (64, 32, 3)]
    measured.clear()
    Scorer(size=64).score(noise(640, 32), noise(64, 64), noise(640, 32))
    assert measured[0].shape == (64, score.MIN_SIDE, 3)


def test_a_resized_picture_has_256_steps(measured: list[Any]) -> None:
    Scorer(size=16).score(noise(64, 64), noise(64, 64), noise(64, 64))
    for picture in measured:
        np.testing.assert_allclose(picture * 255, np.rint(picture * 255), atol=1e-4)


def test_a_content_and_a_style_are_measured_once(measured: list[Any], tmp_path: Path) -> None:
    path = tmp_path / "content.png"
    images.write(noise(32, 32, 1), path)
    scorer = Scorer(size=32)
    for painted in range(3):
        scorer.score(path, noise(32, 32, 2), noise(32, 32, 3 + painted))
    assert len(measured) == 2 + 3
    before = scorer.score(path, noise(32, 32, 2), noise(32, 32, 3))
    images.write(noise(40, 32, 9), path)
    assert scorer.score(path, noise(32, 32, 2), noise(32, 32, 3)) != before


def test_transparency_is_ignored(measured: list[Any]) -> None:
    painted = noise(32, 32, channels=4)
    scorer = Scorer(size=32)
    assert scorer.score(flat(0.5), flat(0.5), painted) == scorer.score(flat(0.5), flat(0.5), painted[..., :3])


def test_what_cannot_be_scored(measured: list[Any], tmp_path: Path) -> None:
    scorer, picture = Scorer(size=32), flat(0.5)
    with pytest.raises(NotFound):
        scorer.score(tmp_path / "absent.png", picture, picture)
    with pytest.raises(NotFound):
        scorer.score(picture, "x\0y", picture)
    wrong: list[tuple[Any, str]] = [
        (np.zeros((32, 32), np.float32), "array"),
        (np.zeros((0, 32, 3), np.float32), "array"),
        (np.full((32, 32, 3), np.nan, np.float32), "from 0 to 1"),
        (np.full((32, 32, 3), 128, np.uint8), "divide 8-bit values by 255"),
    ]
    for bad, says in wrong:
        with pytest.raises(BadImage, match=says):
            scorer.score(picture, picture, bad)
    with pytest.raises(BadOption, match="must be from 16"):
        Scorer(size=15)


def test_torch_is_loaded_only_when_a_scorer_is_made() -> None:
    code = "import sys, pinxit.metrics.distances; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pinxit.nn.vgg", None)
    with pytest.raises(MissingExtra, match=r"'\.\[optimize\]'"):
        Scorer()


# Numbers


def test_mean() -> None:
    assert mean([Score(1, 2, 0.5, 0.1), Score(3, 4, 0.75, 0.3)]) == Score(2, 3, 0.625, 0.2)
    assert mean(iter([Score(1, 2, 0.5, 0.1)])) == Score(1, 2, 0.5, 0.1)
    with pytest.raises(BadOption, match="no scores"):
        mean([])


@pytest.mark.parametrize("shape", [(11, 11), (16, 40), (97, 64)])
def test_ssim_is_scikit_images(shape: tuple[int, int]) -> None:
    metrics = pytest.importorskip("skimage.metrics")
    x = noise(*shape, channels=1)[..., 0].astype(np.float64)
    for amount in (0.0, 0.05, 0.5, 1.0):
        y = (1 - amount) * x + amount * noise(*shape, seed=7, channels=1)[..., 0]
        expected = metrics.structural_similarity(
            x, y, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.0
        )
        assert ssim(x, y) == pytest.approx(expected, abs=1e-9)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_ssim_is_symmetric_bounded_and_1_for_the_same(one: int, other: int) -> None:
    x, y = noise(15, 13, one, 1)[..., 0], noise(15, 13, other, 1)[..., 0]
    assert ssim(x, x) == pytest.approx(1)
    assert ssim(x, y) == pytest.approx(ssim(y, x))
    assert -1 <= ssim(x, y) <= 1 + 1e-9


def test_ssim_refuses() -> None:
    for one, other in (((10, 20), (10, 20)), ((20, 20), (20, 21))):
        with pytest.raises(BadImage, match="at least 11 px"):
            ssim(np.zeros(one), np.zeros(other))


# The definitions


def test_the_definitions_of_the_first_scorer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both distances within 1%, for a picture that is shrunk and one that is enlarged."""
    tool, folder = SHARED / "tools" / "score.py", SHARED / "data" / "eval"
    if not (tool.exists() and folder.exists()):
        pytest.skip("the first scorer and its pictures lie beside the repository, which they do not here")
    monkeypatch.setenv("PINXIT_CACHE", str(tmp_path / "cache"))
    name, content, style = (folder / "pairs_40.tsv").read_text().splitlines()[1].split("\t")
    with PIL.Image.open(folder / content) as picture, PIL.Image.open(folder / style) as reference:
        painted = PIL.Image.blend(picture.convert("RGB"), reference.convert("RGB").resize(picture.size), 0.5)
        painted.save(tmp_path / f"{name}.png")
        reference.convert("RGB").resize((100, 80)).save(tmp_path / "style.png")
    (tmp_path / "pairs.tsv").write_text(f"{name}\t{folder / content}\tstyle.png\n")
    command = [sys.executable, str(tool), "pairs.tsv", ".", "--size", "128", "--json", "result.json"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    expected = json.loads((tmp_path / "result.json").read_text())["rows"][0]
    result = Scorer(size=128).score(folder / content, tmp_path / "style.png", tmp_path / f"{name}.png")
    assert result.content == pytest.approx(expected["content"], rel=0.01)
    assert result.style == pytest.approx(expected["style"], rel=0.01)
    assert 0 < result.ssim < 1


def test_the_style_alone_is_the_same_distance(measured: list[Any]) -> None:
    scorer = Scorer(size=32)
    assert scorer.style(flat(1.0), flat(0.25)) == scorer.score(flat(0.5), flat(1.0), flat(0.25)).style
