"""Flowcharts as drawings: their rows, their arrows, and what two arrows between the same boxes become."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

TOOLS = Path(__file__).parents[2] / "tools" / "docsite"
CHART = """flowchart LR
    a["<b>one</b><br/>first"] -->|"go"| b["two & more"] --> c
    b -->|back| a
    c -->|home| a
    c -->|again| c
"""


@pytest.fixture
def flowcharts(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(TOOLS))
    return importlib.import_module("flowcharts")


def test_boxes_stand_in_rows_and_arrows_have_heads(flowcharts: ModuleType) -> None:
    svg = flowcharts.draw(CHART)
    texts = [element.text for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["one", "first", "two & more", "c", "go", "back", "home", "↻ again"]
    tops = [float(y) for y in re.findall(r'<rect x="[^"]+" y="([^"]+)"', svg)]
    assert tops == sorted(set(tops)), "each box is below those that lead to it"
    assert re.findall(r"marker-(end|start)=", svg) == ["end", "start", "end", "start"]


def test_a_reader_who_does_not_see_it_gets_the_boxes(flowcharts: ModuleType) -> None:
    assert flowcharts.words(CHART) == "one, two & more, c"
