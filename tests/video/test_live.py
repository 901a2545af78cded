"""Live painting in one of several styles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinxit.errors import BadOption
from pinxit.training.export import pack
from pinxit.video.live import Live
from support.fakes import gradient
from support.films import moving
from support.networks import trained_network


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("network") / "adain.pinxit"
    path.write_bytes(pack(trained_network(), 0))
    return str(path)


def live(network: str, **options: Any) -> Live:
    styles = [gradient(40, 40), gradient(40, 40, shift=0.6)]
    return Live(styles, model=network, threads=1, **options)


def test_the_picture_is_mirrored(network: str) -> None:
    photo = moving(1)[0]
    mirrored, plain = (live(network, mirror=mirror)(photo) for mirror in (True, False))
    assert mirrored.shape == photo.shape
    assert np.abs(mirrored - live(network, mirror=False)(photo[:, ::-1])).max() < 1e-5
    assert np.abs(plain - mirrored).mean() > 0.01


def test_another_style_starts_without_the_previous_picture(network: str) -> None:
    painter = live(network, mirror=False)
    photos = moving(4)
    first = [painter(photo) for photo in photos[:2]]
    painter.turn(1)
    other = painter(photos[2])
    alone = live(network, mirror=False, steadiness=0.0)
    assert not np.allclose(first[1], alone(photos[1]), atol=1e-4), "the previous picture is blended in"
    alone.turn(1)
    np.testing.assert_allclose(other, alone(photos[2]), atol=1e-5)


def test_styles_are_selected_in_a_circle(network: str, tmp_path: Path) -> None:
    painter = live(network)
    names = []
    for step in (1, 1, -1, -1):
        painter.turn(step)
        names.append(painter.name)
    assert names == ["style 2", "style 1", "style 2", "style 1"]


def test_a_style_is_required() -> None:
    with pytest.raises(BadOption, match="--style"):
        Live([])
