"""Some styles of a network are trained further, and everything else stays unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pinxit.errors import BadOption
from pinxit.nn import vgg_weights as weights
from pinxit.nn.transform_net import TransformNet
from pinxit.training import export as export_trained
from support.networks import tiny_vgg
from support.trainings import ema_of, run_training

pytest_plugins = ["support.training_fixtures"]


@pytest.fixture(autouse=True)
def _tiny_vgg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "load", tiny_vgg)


def test_one_style_alone_is_trained_and_all_else_stays(styles: dict[str, Path], photos: Path, tmp_path: Path) -> None:
    run_training(styles, photos, tmp_path / "both.pinxit", steps=2)
    before, _ = export_trained.read(tmp_path / "both.pinxit")
    run_training(styles, photos, tmp_path / "on.pinxit", steps=6, begin=str(tmp_path / "both.pinxit"), only="blue")
    after, known = export_trained.read(tmp_path / "on.pinxit")
    assert [each["name"] for each in known] == ["red", "blue"]
    assert isinstance(before, TransformNet)
    assert isinstance(after, TransformNet)
    codes = torch.eye(3)
    one, two = (network.modulation(codes) for network in (before, after))
    torch.testing.assert_close(one[[0, 2]], two[[0, 2]], rtol=2e-3, atol=2e-3)  # written as half precision twice
    assert (one[1] - two[1]).abs().max() > 0.01
    for name, value in before.state_dict().items():
        if not name.startswith("modulation"):
            torch.testing.assert_close(value, after.state_dict()[name], msg=name)


def test_what_stayed_so_far_can_be_trained_later(styles: dict[str, Path], photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "two.pinxit"
    run_training(styles, photos, out, steps=3, only="red")
    before = ema_of(tmp_path / "two-training")
    run_training(styles, photos, out, steps=6)
    after = ema_of(tmp_path / "two-training")
    moved = [name for name, value in after.items() if not torch.equal(value, before[name])]
    assert len(moved) > 5


def test_where_others_were_trained_too_they_would_not_stay(
    styles: dict[str, Path], photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "two.pinxit"
    run_training(styles, photos, out, steps=2)
    with pytest.raises(BadOption, match="--begin"):
        run_training(styles, photos, out, steps=4, only="red")
    run_training(styles, photos, tmp_path / "one.pinxit", steps=2, only="red")
    assert run_training(styles, photos, tmp_path / "one.pinxit", steps=4, only="red")


def test_a_style_that_none_is_called_cannot_be_the_only_one(
    styles: dict[str, Path], photos: Path, tmp_path: Path
) -> None:
    with pytest.raises(BadOption, match="did you mean 'blue'"):
        run_training(styles, photos, tmp_path / "two.pinxit", steps=1, only="red, bleu")
