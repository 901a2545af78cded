"""``pinxit demo``: the pictures that come with pinxit, painted by every method that is installed."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import click
import pytest

from pinxit import images
from pinxit.cli import demo
from pinxit.methods.table import OPTIMIZE
from support.fakes import Run, Screen
from support.networks import tiny_vgg

EXAMPLES = Path(__file__).parents[2] / "examples" / "pictures"


@pytest.fixture(autouse=True)
def _thin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pinxit.nn.vgg_weights.load", tiny_vgg)


def test_every_method_paints_the_photo(pinxit: Run) -> None:
    done = pinxit("demo", "--size", "48")
    assert done.code == 0
    assert "painted pinxit_demo.jpg by adain, fast, optimize" in done.said
    begun = [line for line in done.said.splitlines() if line.endswith(": 0%")]
    assert begun == ["demo: adain, 1 / 3: 0%", "demo: fast, 2 / 3: 0%", "demo: optimize, 3 / 3: 0%"]
    photo, page = images.read(demo.PHOTO, long_side=48), images.read("pinxit_demo.jpg")
    assert page.shape[1] == 3 * 12 + 2 * photo.shape[1], "two in a row"


def test_without_pytorch_the_other_methods_paint_and_the_cure_is_told(
    pinxit: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "OPTIMIZE", dataclasses.replace(OPTIMIZE, packages=("no_such_package",)))
    done = pinxit("demo", "--size", "48")
    assert "pip install '.[optimize]'" in done.said
    assert "by adain, fast\n" in done.said


@pytest.mark.parametrize("name", ["lake.jpg", "starry_night.jpg"])
def test_the_pictures_are_those_of_the_examples(name: str) -> None:
    shipped = {path.name: path for path in (demo.PHOTO, demo.PAINTING)}[name]
    assert shipped.read_bytes() == (EXAMPLES / name).read_bytes()
    assert shipped.stat().st_size < 150_000


@pytest.mark.parametrize(("flag", "display", "opened"), [((), True, 1), ((), False, 0), (("--no-open",), True, 0)])
def test_the_sheet_is_opened_where_there_is_a_screen(
    flag: tuple[str, ...], display: bool, opened: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched: list[str] = []
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sys, "stderr", Screen())
    monkeypatch.setattr(click, "launch", launched.append)
    monkeypatch.setattr("pinxit.batch.sheet.compare", lambda *things, **more: images.read(demo.PHOTO))
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":0") if display else monkeypatch.delenv("DISPLAY", raising=False)
    demo.demo.main(["-o", "out.jpg", *flag], standalone_mode=False)
    assert len(launched) == opened
