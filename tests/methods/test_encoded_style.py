"""Style codes are computed once for each picture, whatever style, stylizer, photo, strength or thread asks for them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import pinxit
from pinxit.api import Photo, Stylizer
from pinxit.batch import sheet
from pinxit.config.options import Limits
from pinxit.images import Image
from pinxit.methods.onepass import network
from pinxit.methods.onepass.any_style import EncodedStyle
from pinxit.styles.style import Reference, Style
from support.fakes import gradient


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """The shapes of all pictures that are encoded."""
    shapes: list[tuple[int, ...]] = []
    encode = network.OnePassNetwork.encode

    def counted(self: network.OnePassNetwork, picture: network.Floats) -> network.Floats:
        shapes.append(picture.shape)
        return encode(self, picture)

    monkeypatch.setattr(network.OnePassNetwork, "encode", counted)
    return shapes


def picture(seed: int, side: int = 64) -> Image:
    return np.random.default_rng(seed).random((side, side, 3), np.float32)


def test_styles_that_share_a_picture_share_its_codes(encoded: list[tuple[int, ...]]) -> None:
    shipped = network.open_once(network.SHIPPED, threads=1)
    one, other = Reference(picture(0)), Reference(picture(1))
    first = EncodedStyle(Style((one,)), shipped).codes(448)
    mask = np.ones((4, 4), np.float32)
    both = EncodedStyle(Style((other, replace(one, weight=0.5, mask=mask))), shipped).codes(448)
    assert np.array_equal(first[0], both[1])
    assert len(encoded) == 2
    EncodedStyle(Style((one,)), shipped).codes(300)
    EncodedStyle(Style((Reference(picture(0)),)), shipped).codes(448)
    assert len(encoded) == 4, "another size and another reference are encoded"


def test_threads_that_ask_at_once_encode_once(encoded: list[tuple[int, ...]]) -> None:
    style = EncodedStyle(Style((Reference(picture(0)),)), network.open_once(network.SHIPPED, threads=1))
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(style.codes, [448] * 8))
    assert all((each == codes[0]).all() for each in codes)
    assert len(encoded) == 1


@pytest.mark.parametrize(("color", "times"), [("style", 1), ("luminance", 3), ("coral", 3)])
def test_a_folder_of_photos_encodes_the_style_once_unless_each_recolors_it(
    encoded: list[tuple[int, ...]], color: Any, times: int
) -> None:
    stylizer = Stylizer(picture(0), color=color, threads=1)
    for seed in (1, 2, 3):
        stylizer(np.resize(gradient(40, 48, shift=seed / 4), (448, 40, 3)))
    assert len(encoded) == times


@pytest.mark.parametrize("color", ["style", "luminance", "histogram"])
def test_another_strength_on_an_open_photo_encodes_nothing_again(encoded: list[tuple[int, ...]], color: Any) -> None:
    style = Stylizer(picture(0), threads=1).style
    photo: Photo | None = None
    for strength in (0.9, 0.5, 0.2):
        stylizer = Stylizer(style, strength=strength, color=color, threads=1)
        photo = stylizer.open(photo or picture(1))
        *_, _last = stylizer.steps(photo)
    assert len(encoded) == 2, "the style and the photo"


def test_a_sheet_between_styles_encodes_each_style_once(encoded: list[tuple[int, ...]]) -> None:
    sheet.between(picture(0), [picture(1), picture(2)], 4, size=64, threads=1)
    assert len(encoded) == 2


def test_a_photo_keeps_few_recolored_styles() -> None:
    photo = Stylizer(picture(0), size=64, threads=1).open(picture(1))
    for seed in range(12):
        *_, _last = Stylizer(picture(seed), color="coral", size=64, threads=1).steps(photo)
    assert len(photo.memo) <= 8


def test_the_public_verb_encodes_at_every_size(encoded: list[tuple[int, ...]]) -> None:
    code = pinxit.encode_style(picture(0), limits=Limits(), threads=1)
    assert len(encoded) == len(code.sides)
