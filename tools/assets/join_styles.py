"""Join trained styles of two networks with the same shared weights into one network.

::

    python tools/assets/join_styles.py FIRST.pinxit SECOND.pinxit OUTPUT.pinxit              # all styles of both
    python tools/assets/join_styles.py FIRST.pinxit SECOND.pinxit OUTPUT.pinxit --only a,b   # of the second only these

``pinxit train gallery --begin FIRST.pinxit --only ...`` leaves the shared weights unchanged, so that styles can be
trained apart, judged, and added to the network without changing those that it has.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pinxit.errors import BadOption
from pinxit.files import network_file
from pinxit.nn.transform_net import TransformNet
from pinxit.training import export, start
from pinxit.training.style_images import select_names

CLOSE = 2e-3
"""Largest relative difference between shared weights that were stored in half precision twice."""


def join(first: Path, second: Path, output: Path, only: str = "") -> list[str]:
    """Write the network to ``output``; return the names of its styles.

    Raises `BadOption` where the networks have other shared weights, or an unknown or repeated name.
    """
    (before, cards), (added, new_cards) = _read(first), _read(second)
    _check_shared(before, added)
    chosen = select_names([str(card["name"]) for card in new_cards], only)
    names = [*(str(card["name"]) for card in cards), *(str(new_cards[number]["name"]) for number in chosen)]
    if len(set(names)) < len(names):
        raise BadOption("both networks have a style of the same name: leave it out with --only")
    *columns, photo = _columns(before)
    new = _columns(added)
    network = start.with_columns(before, torch.stack([*columns, *(new[number] for number in chosen), photo]))
    styles = [*cards, *(new_cards[number] for number in chosen)]
    facts = [_facts(path) for path in (first, second)]
    each = {**facts[0]["scores"].get("each", {}), **facts[1]["scores"].get("each", {})}
    notes = {
        "kind": network_file.TRAINED,
        "styles": styles,
        "scores": {"each": {name: each[name] for name in names if name in each}},
        "recipe": {**facts[0]["recipe"], "joined": facts[1]["recipe"]},
    }
    export.write(output, network.shape, network.state_dict(), facts[0]["steps"] + facts[1]["steps"], notes)
    return names


def _read(path: Path) -> tuple[TransformNet, Sequence[Mapping[str, object]]]:
    network, cards = export.read(path)
    if not isinstance(network, TransformNet):
        raise BadOption(f"{path.name} is a network for any style: name networks of trained styles")
    return network, cards


def _facts(path: Path) -> dict[str, Any]:
    card, _ = network_file.load(network_file.read_bytes(path), path.name)
    return card


@torch.no_grad()
def _columns(network: TransformNet) -> Tensor:
    columns: Tensor = network.modulation(torch.eye(network.shape.code))
    return columns


def _check_shared(one: TransformNet, other: TransformNet) -> None:
    theirs = other.state_dict()
    for name, weights in one.state_dict().items():
        if name.startswith("modulation."):
            continue
        same = weights.shape == theirs[name].shape
        if not same or (weights - theirs[name]).abs().max() > CLOSE * weights.abs().max():
            raise BadOption(f"the networks differ in their shared weights: {name}; train with --begin and --only")


def main() -> None:
    """Join what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name in ("first", "second", "output"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--only", default="", help="names of the second network's styles, as NAME,NAME")
    options = parser.parse_args()
    print("\n".join(join(options.first, options.second, options.output, options.only)))


if __name__ == "__main__":
    main()
