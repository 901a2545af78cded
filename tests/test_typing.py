"""What mypy knows of a user's program: every option's type, and what each call returns."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

PROGRAM = """
from collections.abc import Iterator
from typing import Unpack, assert_type

import numpy as np
import PIL.Image
import pinxit

photo = PIL.Image.new("RGB", (8, 8))
assert_type(pinxit.stylize(photo, "wave.jpg"), pinxit.Painting)
assert_type(pinxit.stylize(np.zeros((8, 8)), {"wave.jpg": 0.5}, masks=[photo]), pinxit.Painting)
assert_type(pinxit.stylize([photo, "b.jpg"], photo, progress=True), list[pinxit.Painting])
assert_type(pinxit.stylize(iter([photo]), photo, progress=lambda step: step.loss), Iterator[pinxit.Painting])
painting = pinxit.Stylizer("wave.jpg", size="full", color="luminance")(photo)
assert_type(painting, pinxit.Painting)
assert_type(painting.to_pil(), PIL.Image.Image)
assert_type(pinxit.stylize(painting, "wave.jpg"), pinxit.Painting)
assert_type(pinxit.methods(), dict[str, pinxit.MethodInfo])


def wrapped(name: str, **options: Unpack[pinxit.StylizeKeywords]) -> pinxit.Painting:
    return pinxit.stylize(name, "wave.jpg", **options)


wrapped("a.jpg", size="full", color="coral")
wrapped("a.jpg", sise=4)  # wrong
pinxit.stylize_video("a.mp4", "wave.jpg", "b.mp4", progress=lambda film: film.frame)
stylizer = pinxit.Stylizer("wave.jpg")
for step in stylizer.steps(photo):
    pass
stylizer.painting(photo, step).save("out.png")
stylizer.painting(photo, step.preview())  # wrong
assert_type(list(pinxit.styles()), list[str])
painting.save("out.jpg", quality=90)

pinxit.stylize(photo, "wave.jpg", strenght=1)  # wrong
pinxit.stylize(photo, "wave.jpg", size="huge")  # wrong
pinxit.stylize(photo, "wave.jpg", color="luminence")  # wrong
pinxit.Stylizer("wave.jpg", effort=3)  # wrong
pinxit.stylize_video("a.mp4", "wave.jpg", "b.mp4", codec="av2")  # wrong
painting.save("out.jpg", quality="best")  # wrong
pinxit.stylise(photo, "wave.jpg")  # wrong
"""


CONFIG = """
[mypy]
strict = true
mypy_path = {src}
cache_dir = {cache}
[mypy-torch.*,rich.*,onnxruntime.*,pinxit.methods.onepass.*,pinxit.methods.optimize.*,pinxit.training.*,pinxit.video.*]
follow_imports = skip
[mypy-pinxit.training.train,pinxit.video.api]
follow_imports = silent
"""
"""What the types of the public names do not depend on is skipped: mypy would take a minute to read it."""


@pytest.mark.timeout(600)
def test_mypy_knows_every_option_and_result(tmp_path: Path) -> None:
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("needs mypy, of pinxit[dev]")
    from mypy import api

    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "mypy.ini").write_text(CONFIG.format(src=ROOT / "src", cache=tmp_path / "cache"))
    out, _, _ = api.run([str(tmp_path / "program.py"), "--config-file", str(tmp_path / "mypy.ini")])
    wrong = [number for number, line in enumerate(PROGRAM.splitlines(), 1) if line.endswith("# wrong")]
    reported = {int(number) for number in re.findall(r"program\.py:(\d+): error", out)}
    assert reported == set(wrong), out
