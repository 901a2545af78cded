"""Channels and blocks removed from a trained transform network: which, and that the rest predicts them."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn

from pinxit.config.training import TrainAdain, counts_of
from pinxit.errors import BadOption
from pinxit.nn.shape import Shape
from pinxit.nn.transform_net import AnyStyleNet
from pinxit.training import any_style
from pinxit.training.export import export, pack, read_any_style
from pinxit.training.pruning import _convolutions, links, prune
from support.networks import SMALL, trained_network
from support.trainings import make_cheap

pytest_plugins = ["support.training_fixtures"]


def crops(seed: int = 0, count: int = 3) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    rough = [torch.rand((4, 3, 6, 6), generator=generator) for _ in range(count)]
    return [nn.functional.interpolate(each, (32, 32), mode="bilinear") for each in rough]


def painted(network: AnyStyleNet) -> Tensor:
    (batch,) = crops(seed=9, count=1)
    with torch.no_grad():
        found: Tensor = network.transform_net(batch, network.encoder(batch).roll(1, 0)[:, None])[0]
    return found


def doubled(network: AnyStyleNet) -> AnyStyleNet:
    """Return a network that paints the same with twice the channels at stride 2 and 4: each is there twice."""
    old = network.shape
    wide = AnyStyleNet(dataclasses.replace(old, widths=tuple(2 * n if i < 2 else n for i, n in enumerate(old.widths))))
    wide.encoder.load_state_dict(network.encoder.state_dict())
    sources, targets = _convolutions(network.transform_net), _convolutions(wide.transform_net)
    rows, start = [], 0
    with torch.no_grad():
        for layer in network.transform_net.layers:
            rows.append(start + torch.arange(layer.outputs).repeat(2 if layer.level <= 2 else 1))
            start += layer.outputs
        for name, target in targets.items():
            weight, bias = (each.detach() for each in sources[name].parameters())
            more = [a // b for a, b in zip(target.weight.shape[:2], weight.shape[:2], strict=True)]
            target.weight.copy_(weight.repeat(*more, 1, 1) / more[1])
            dict(target.named_parameters())["bias"].copy_(bias.repeat(more[0]))
        both = torch.cat([torch.cat(rows), start + torch.cat(rows)])
        wide.transform_net.modulation.weight.copy_(network.transform_net.modulation.weight[both])
        wide.transform_net.modulation.bias.copy_(network.transform_net.modulation.bias[both])
    return wide.eval()


def test_channels_that_are_there_twice_are_not_missed() -> None:
    plain = trained_network()
    wide = doubled(plain)
    torch.testing.assert_close(painted(wide), painted(plain), rtol=1e-3, atol=1e-3)
    again = prune(wide, SMALL, crops())
    assert again.shape == SMALL
    torch.testing.assert_close(painted(again), painted(plain), rtol=2e-2, atol=5e-3)


def test_all_channels_kept_is_the_same_network() -> None:
    network = trained_network()
    same = prune(network, SMALL, crops())
    torch.testing.assert_close(painted(same), painted(network), rtol=1e-3, atol=1e-3)


def test_channels_that_are_added_are_kept_together() -> None:
    chain = links(Shape(widths=(4, 6, 8), blocks=(1, 1, 1)))
    assert chain["stem"].reads == "picture"
    assert {chain[name].writes for name in ("down2", "up2", "block2_1b")} == {"level2"}
    assert chain["block1_1b"].writes == chain["up1"].writes != chain["stem"].writes
    assert chain["block3_1b"].writes == chain["down3"].writes == chain["up2"].reads
    assert chain["out"].reads == chain["up1"].writes


def leveled(network: AnyStyleNet, shift: float, *names: str) -> AnyStyleNet:
    """Return the network with AdaIN setting these layers to ``shift`` in every style."""
    start, half = 0, network.transform_net.channels
    weight, bias = network.transform_net.modulation.weight, network.transform_net.modulation.bias
    with torch.no_grad():
        for layer in network.transform_net.layers:
            if layer.name in names:
                for first, value in ((start, 0.0), (half + start, shift)):
                    weight[first : first + layer.outputs] = 0
                    bias[first : first + layer.outputs] = value
            start += layer.outputs
    return network


@pytest.mark.parametrize("shift", [0.0, 0.7])
@pytest.mark.parametrize("blocks", [(0, 0, 1), (1, 0, 0), (0, 0, 0)])
def test_blocks_that_add_the_same_everywhere_are_not_missed(blocks: tuple[int, ...], shift: float) -> None:
    network = leveled(trained_network(), shift, "block1_1b", "block3_1b")
    shorter = prune(network, dataclasses.replace(SMALL, blocks=blocks), crops())
    assert shorter.shape.blocks == blocks
    torch.testing.assert_close(painted(shorter), painted(network), rtol=1e-3, atol=2e-3)


@pytest.mark.parametrize("changed", [{"widths": (5, 6, 8)}, {"blocks": (1, 1, 1)}])
def test_more_than_there_is_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(BadOption, match=f"--{next(iter(changed))} can only be less"):
        prune(trained_network(), dataclasses.replace(SMALL, **changed), crops())


@pytest.mark.parametrize("text", ["16,", "a", "16;48", "-1", "1.5", "99999"])
@pytest.mark.parametrize("name", ["widths", "blocks"])
def test_words_that_are_no_counts(name: str, text: str) -> None:
    with pytest.raises(BadOption, match=re.escape(f"{name} is {text!r}")):
        TrainAdain(**cast(Any, {name: text}))


def test_counts() -> None:
    assert counts_of("widths", " 16, 48 ") == (16, 48)
    assert counts_of("widths", " ") == ()
    assert counts_of("blocks", "0,1") == (0, 1)
    with pytest.raises(BadOption, match="from 1"):
        TrainAdain(widths="0,4")


def train_and_export(pictures: Path, out: Path, begin: str, widths: str, blocks: str = "") -> AnyStyleNet:
    options = TrainAdain(
        minutes=0, steps=2, begin=begin, widths=widths, blocks=blocks, batch=2, crop_size=32, image_size=36, warmup=1,
        pruned_vgg_share=0.0,
        threads=1, precision="float32", save_minutes=1e6,
    )  # fmt: skip
    list(any_style.train(pictures, pictures, out, options, SMALL))
    export(out, out / "trained.pinxit")
    return read_any_style(out / "trained.pinxit")


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    make_cheap(monkeypatch)


def test_a_training_thins_out_the_network_it_begins_with(tmp_path: Path, photos: Path) -> None:
    begin = tmp_path / "begin.pinxit"
    begin.write_bytes(pack(trained_network(), 5))
    found = train_and_export(photos, tmp_path / "out", str(begin), "3,5,8", "0,0,1").shape
    assert found == dataclasses.replace(SMALL, widths=(3, 5, 8), blocks=(0, 0, 1))


def test_a_training_from_nothing_has_the_widths_asked_for(tmp_path: Path, photos: Path) -> None:
    assert train_and_export(photos, tmp_path / "out", "", "3,5,7").shape == dataclasses.replace(SMALL, widths=(3, 5, 7))
    assert train_and_export(photos, tmp_path / "short", "", "", "0,0,0").shape == dataclasses.replace(
        SMALL, blocks=(0, 0, 0)
    )
    for counts in ({"widths": "3,5"}, {"widths": "", "blocks": "0,0,0,1"}):
        with pytest.raises(BadOption, match="3 strides"):
            train_and_export(photos, tmp_path / "other", "", **counts)
