"""Styles that were trained apart come into one network: ``tools/assets/join_styles.py``."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

from pinxit.errors import BadOption
from pinxit.files.network_file import TRAINED
from pinxit.nn.transform_net import TransformNet
from pinxit.training import export, start
from support.networks import facts_of, network_of, write_styles

sys.path.insert(0, str(Path(__file__).parents[2] / "tools" / "assets"))

import join_styles


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A network of the styles one and two, and one of three and four with the same shared weights."""
    first, before = tmp_path / "first.pinxit", network_of(2)
    notes = {"kind": TRAINED, "styles": [facts_of("one"), facts_of("two")]}
    export.write(first, before.shape, before.state_dict(), 7, notes)
    network, _ = export.read(first)
    assert isinstance(network, TransformNet)
    torch.manual_seed(1)
    columns = 2 * torch.randn(3, len(network.modulation.bias))
    added = start.with_columns(network, columns).eval()
    (tmp_path / "second.pinxit").write_bytes(export.pack(added, 5, {"styles": [facts_of("three"), facts_of("four")]}))
    return first, tmp_path / "second.pinxit"


def test_the_new_network_paints_every_style_as_its_own_network_did(pair: tuple[Path, Path], tmp_path: Path) -> None:
    output = tmp_path / "both.pinxit"
    assert join_styles.join(*pair, output, "four") == ["one", "two", "four"]
    both, cards = export.read(output)
    assert [card["name"] for card in cards] == ["one", "two", "four"]
    photo = torch.rand(1, 3, 32, 32)
    for number, (path, column) in enumerate([(pair[0], 0), (pair[0], 1), (pair[1], 1), (pair[0], 2)]):
        network, _ = export.read(path)
        with torch.no_grad():
            expected, found = (
                each(photo, torch.eye(each.shape.code)[place][None, None])[0]
                for each, place in ((network, column), (both, number))
            )
        torch.testing.assert_close(found, expected, atol=2 / 255, rtol=0)


def test_networks_that_do_not_fit_together_are_refused(pair: tuple[Path, Path], tmp_path: Path) -> None:
    other = write_styles(tmp_path / "other.pinxit", "five", seed=3)
    for second, only, words in (
        (other, "", "differ in their shared weights"),
        (pair[0], "", "same name"),
        (pair[1], "six", "only names the style 'six'"),
    ):
        with pytest.raises(BadOption, match=words):
            join_styles.join(pair[0], second, tmp_path / "none.pinxit", only)
    assert not (tmp_path / "none.pinxit").exists()
