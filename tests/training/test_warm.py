"""What a style's strength is measured from: a network for any style, whatever the training begins at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from pinxit.config.training import STRENGTHS, TrainFast
from pinxit.training import palette, warm
from pinxit.training import trained_styles as fast
from pinxit.training.export.any_style import pack
from support.networks import trained_network, write_styles


@pytest.fixture
def sitters() -> list[palette.Sitter]:
    random = np.random.default_rng(0)
    return palette.load({name: random.random((40, 48, 3), np.float32) for name in ("one", "two")}, 48)


PHOTOS = torch.from_numpy(np.random.default_rng(1).integers(0, 256, (3, 36, 36, 3), np.uint8))


def any_style(folder: Path, seed: int) -> Path:
    path = folder / f"any{seed}.pinxit"
    path.write_bytes(pack(trained_network(seed), 0))
    return path


def test_a_network_for_any_style_is_its_own_measure(sitters: list[palette.Sitter], tmp_path: Path) -> None:
    begin = str(any_style(tmp_path, 0))
    painter = warm.painter(None, begin, sitters, PHOTOS)
    measure = warm.untrained(painter, begin, sitters, PHOTOS)
    assert measure.shape.code == len(sitters) + 1
    for name, value in painter.state_dict().items():
        assert torch.equal(measure.state_dict()[name], value), name


def test_what_was_trained_styles_is_measured_by_the_network_that_comes_with_pinxit(
    sitters: list[palette.Sitter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "SHIPPED", any_style(tmp_path, 7))
    before = str(write_styles(tmp_path / "before.pinxit", "one", "two"))
    painter = warm.painter(None, before, sitters, PHOTOS)
    measure = warm.untrained(painter, before, sitters, PHOTOS).state_dict()
    shipped = warm.painter(None, "shipped", sitters, PHOTOS).state_dict()
    begun = painter.state_dict()
    assert all(torch.equal(measure[name], value) for name, value in shipped.items())
    assert not torch.equal(measure["modulation.bias"], begun["modulation.bias"])


def test_one_style_of_several_may_be_painted_more_strongly() -> None:
    picture = np.zeros((40, 48, 3), np.float32)
    styles = palette.load({"one": picture, "two": picture}, 48, {"two": {"strong": "wild"}})
    assert fast.strengths(styles, TrainFast(strong="0.4")) == [0.4, STRENGTHS["wild"]]
