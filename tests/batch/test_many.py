"""`pinxit.stylize_many`."""

from pathlib import Path

import pytest
from PIL import Image

import pinxit

pytest.importorskip("pebble", reason="batches need the extra batch")


def test_a_row_for_each_painting(tmp_path: Path) -> None:
    for name in ("a", "b", "style"):
        Image.linear_gradient("L").resize((32, 32)).convert("RGB").save(tmp_path / f"{name}.png")
    styles = [str(tmp_path / "style.png"), "impasto"]
    rows = list(pinxit.stylize_many(str(tmp_path / "a.png"), styles, str(tmp_path / "out"), workers=1, size=32))
    assert [row.style for row in rows] == styles
    assert all(Path(row.output).exists() for row in rows)
