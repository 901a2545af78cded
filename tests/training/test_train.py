"""The verb `train`, as a program uses it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pinxit
from pinxit import images
from pinxit.errors import BadOption
from pinxit.nn import vgg_weights as weights
from pinxit.training.export import pack
from pinxit.training.trainer import Progress
from support.fakes import gradient
from support.networks import SMALL, tiny_vgg, trained_network

SETTINGS: dict[str, Any] = {
    "crop_size": 32,
    "image_size": 36,
    "style_size": 48,
    "crops": 4,
    "minutes": 0,
    "precision": "float32",
}


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of photos; the loss network and the one to begin with are small."""
    monkeypatch.setattr(weights, "load", tiny_vgg)
    for number in range(3):
        images.write(gradient(40, 50, shift=number / 10), tmp_path / f"{number}.png")
    (tmp_path / "any").mkdir()
    (tmp_path / "any" / "small.pinxit").write_bytes(pack(trained_network(), 0))
    return tmp_path


def test_a_style_is_trained_watched_stopped_and_gone_on_with(photos: Path) -> None:
    style = np.random.default_rng(0).random((30, 40, 3), np.float32)
    seen: list[Progress] = []
    options = {**SETTINGS, "begin": str(photos / "any" / "small.pinxit"), "steps": 20}
    out = photos / "out" / "noise.pinxit"
    out.parent.mkdir()

    def train(stop: bool) -> pinxit.TrainingResult:
        return pinxit.train({"noise": style}, out, photos=photos, progress=seen.append, stop=lambda: stop, **options)

    result = train(stop=True)
    assert (result.steps, result.finished, len(seen)) == (5, False, 1)
    result = train(stop=False)
    assert (result.steps, result.finished) == (20, True)
    assert 0 < result.style < 5
    assert result.content > 0
    assert SMALL.widths == (4, 6, 8)
    painted = pinxit.stylize(gradient(40, 50), out, threads=1)
    assert painted.recipe["method"] == "fast"


def test_an_option_that_is_none_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match=r"unknown option 'minuts': did you mean 'minutes'\?"):
        pinxit.train(tmp_path / "nothing.jpg", tmp_path / "out.pinxit", minuts=3)
