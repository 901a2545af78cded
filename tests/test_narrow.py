"""Channels taken from a taught painter: which, and that the others tell what they told."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from networks import SMALL, taught, thin_vgg
from pinxit.course import TrainAdain, widths_of
from pinxit.errors import BadOption
from pinxit.optimize import weights
from pinxit.training import adain
from pinxit.training.export import export, pack, read
from pinxit.training.narrow import _convolutions, links, narrowed
from pinxit.training.networks import Network, Shape

pytest_plugins = ["lesson_fixtures"]


def crops(seed: int = 0, count: int = 3) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    rough = [torch.rand((4, 3, 6, 6), generator=generator) for _ in range(count)]
    return [nn.functional.interpolate(each, (32, 32), mode="bilinear") for each in rough]


def painted(network: Network) -> Tensor:
    (batch,) = crops(seed=9, count=1)
    with torch.no_grad():
        found: Tensor = network.painter(batch, network.encoder(batch).roll(1, 0)[:, None])[0]
    return found


def doubled(network: Network) -> Network:
    """Return a network that paints the same with twice the channels at stride 2 and 4: each is there twice."""
    old = network.shape
    wide = Network(dataclasses.replace(old, widths=tuple(2 * n if i < 2 else n for i, n in enumerate(old.widths))))
    wide.encoder.load_state_dict(network.encoder.state_dict())
    sources, targets = _convolutions(network.painter), _convolutions(wide.painter)
    rows, start = [], 0
    with torch.no_grad():
        for layer in network.painter.layers:
            rows.append(start + torch.arange(layer.outputs).repeat(2 if layer.level <= 2 else 1))
            start += layer.outputs
        for name, target in targets.items():
            weight, bias = (each.detach() for each in sources[name].parameters())
            more = [a // b for a, b in zip(target.weight.shape[:2], weight.shape[:2], strict=True)]
            target.weight.copy_(weight.repeat(*more, 1, 1) / more[1])
            dict(target.named_parameters())["bias"].copy_(bias.repeat(more[0]))
        both = torch.cat([torch.cat(rows), start + torch.cat(rows)])
        wide.painter.modulation.weight.copy_(network.painter.modulation.weight[both])
        wide.painter.modulation.bias.copy_(network.painter.modulation.bias[both])
    return wide.eval()


def test_channels_that_are_there_twice_are_not_missed() -> None:
    plain = taught()
    wide = doubled(plain)
    torch.testing.assert_close(painted(wide), painted(plain), rtol=1e-3, atol=1e-3)
    again = narrowed(wide, SMALL.widths, crops())
    assert again.shape == SMALL
    torch.testing.assert_close(painted(again), painted(plain), rtol=2e-2, atol=5e-3)


def test_all_channels_kept_is_the_same_network() -> None:
    network = taught()
    same = narrowed(network, SMALL.widths, crops())
    torch.testing.assert_close(painted(same), painted(network), rtol=1e-3, atol=1e-3)


def test_channels_that_are_added_are_kept_together() -> None:
    chain = links(Shape(widths=(4, 6, 8), blocks=(1, 1, 1)))
    assert chain["stem"].reads == "picture"
    assert {chain[name].writes for name in ("down2", "up2", "block2_1b")} == {"level2"}
    assert chain["block1_1b"].writes == chain["up1"].writes != chain["stem"].writes
    assert chain["block3_1b"].writes == chain["down3"].writes == chain["up2"].reads
    assert chain["out"].reads == chain["up1"].writes


@pytest.mark.parametrize("widths", [(4, 6), (5, 6, 8), (4, 6, 8, 8)])
def test_other_widths_are_refused(widths: tuple[int, ...]) -> None:
    with pytest.raises(BadOption, match="--widths"):
        narrowed(taught(), widths, crops())


@pytest.mark.parametrize("text", ["16,", "a", "16;48", "0,4", "-1", "1.5", "99999"])
def test_words_that_are_no_widths(text: str) -> None:
    with pytest.raises(BadOption, match=re.escape(repr(text))):
        TrainAdain(widths=text)
    assert widths_of(" 16, 48 ") == (16, 48)
    assert widths_of(" ") == ()


def lesson(pictures: Path, out: Path, begin: str, widths: str) -> Network:
    options = TrainAdain(
        minutes=0, steps=2, begin=begin, widths=widths, batch=2, side=32, stored=36, warmup=1, thin=0.0, threads=1,
        precision="float32", save_minutes=1e6,
    )  # fmt: skip
    list(adain.train(pictures, pictures, out, options, SMALL))
    export(out, out / "taught.pinxit")
    return read(out / "taught.pinxit")


@pytest.fixture(autouse=True)
def _thin_vgg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "load", thin_vgg)


def test_a_training_thins_out_the_network_it_begins_with(tmp_path: Path, source: Path) -> None:
    begin = tmp_path / "begin.pinxit"
    begin.write_bytes(pack(taught(), 5))
    assert lesson(source, tmp_path / "out", str(begin), "3,5,8").shape.widths == (3, 5, 8)


def test_a_training_from_nothing_has_the_widths_asked_for(tmp_path: Path, source: Path) -> None:
    assert lesson(source, tmp_path / "out", "", "3,5,7").shape == dataclasses.replace(SMALL, widths=(3, 5, 7))
    with pytest.raises(BadOption, match="3 strides"):
        lesson(source, tmp_path / "other", "", "3,5")
