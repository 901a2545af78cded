"""The network that a training of styles starts from, and the one that target distances are measured from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from pinxit.config.training import STRENGTHS, TrainFast
from pinxit.training import start, trained_styles
from pinxit.training.export import pack
from pinxit.training.start import initial_network, reference_network
from pinxit.training.style_images import StyleImage, load_style_images
from support.networks import trained_network, write_styles


@pytest.fixture
def styles() -> list[StyleImage]:
    random = np.random.default_rng(0)
    return load_style_images({name: random.random((40, 48, 3), np.float32) for name in ("one", "two")}, 48)


PHOTOS = torch.from_numpy(np.random.default_rng(1).integers(0, 256, (3, 36, 36, 3), np.uint8))


def any_style(folder: Path, seed: int) -> Path:
    path = folder / f"any{seed}.pinxit"
    path.write_bytes(pack(trained_network(seed), 0))
    return path


def test_a_network_for_any_style_is_its_own_measure(styles: list[StyleImage], tmp_path: Path) -> None:
    begin = str(any_style(tmp_path, 0))
    network = initial_network(None, begin, styles, PHOTOS)
    measure = reference_network(network, begin, styles, PHOTOS)
    assert measure.shape.code == len(styles) + 1
    for name, value in network.state_dict().items():
        assert torch.equal(measure.state_dict()[name], value), name


def test_what_was_trained_styles_is_measured_by_the_network_that_comes_with_pinxit(
    styles: list[StyleImage], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "SHIPPED", any_style(tmp_path, 7))
    before = str(write_styles(tmp_path / "before.pinxit", "one", "two"))
    network = initial_network(None, before, styles, PHOTOS)
    measure = reference_network(network, before, styles, PHOTOS).state_dict()
    shipped = initial_network(None, "shipped", styles, PHOTOS).state_dict()
    begun = network.state_dict()
    assert all(torch.equal(measure[name], value) for name, value in shipped.items())
    assert not torch.equal(measure["modulation.bias"], begun["modulation.bias"])


def test_one_style_of_several_may_be_painted_more_strongly() -> None:
    picture = np.zeros((40, 48, 3), np.float32)
    styles = load_style_images({"one": picture, "two": picture}, 48, {"two": {"strong": "wild"}})
    assert trained_styles.strengths(styles, TrainFast(strong="0.4")) == [0.4, STRENGTHS["wild"]]
