"""The example programs, run as they are, on small pictures and with the shipped network."""

from __future__ import annotations

import ast
import json
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pinxit
from pinxit import images
from support.films import film, moving

EXAMPLES = Path(__file__).parent.parent / "examples"
FROM_NOTHING = {
    "from_scratch.py": 90,
    "adain_from_scratch.py": 100,
    "train_one_style.py": 135,
    "video_consistency.py": 100,
}
"""The examples that build a paper's method, and the most lines that they may have."""


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(("photo.png", "wave.png", "dots.png", "photos/a.png", "photos/b.png")):
        Path(name).parent.mkdir(exist_ok=True)
        images.write(np.random.default_rng(number).random((48, 64, 3), np.float32), name)


def run(name: str, *words: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(sys, "argv", [name, *words])
    return runpy.run_path(str(EXAMPLES / name), run_name="__main__")


def test_one_picture(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run("one_picture.py", "photo.png", "wave.png", "out.png", monkeypatch=monkeypatch)
    assert images.read("out.png").shape == (48, 64, 3)
    assert "64 x 48 px" in capsys.readouterr().out


def test_a_folder_with_a_broken_picture(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    Path("photos/c.jpg").write_bytes(b"not a picture")
    run("folder.py", "photos", "wave.png", "out", monkeypatch=monkeypatch)
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.png", "b.png"]
    assert capsys.readouterr().err.startswith("c.jpg: ")


def test_two_styles(monkeypatch: pytest.MonkeyPatch) -> None:
    run("two_styles.py", "photo.png", "wave.png", "dots.png", "both.png", monkeypatch=monkeypatch)
    run("one_picture.py", "photo.png", "wave.png", "one.png", monkeypatch=monkeypatch)
    assert not np.array_equal(images.read("both.png"), images.read("one.png"))


def test_a_film(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    film(Path("clip.mp4"), moving(4))
    run("film.py", "clip.mp4", "wave.png", "dots.png", "out.mp4", monkeypatch=monkeypatch)
    assert Path("out.mp4").stat().st_size > 0
    assert "out.mp4: 4 frames" in capsys.readouterr().out


def test_a_style_code_paints_what_its_painting_paints(monkeypatch: pytest.MonkeyPatch) -> None:
    run("style_code.py", "wave.png", "wave.style", "photo.png", "out.png", monkeypatch=monkeypatch)
    pinxit.stylize("photo.png", "wave.png", size=1024).save("again.png")
    assert Path("wave.style").stat().st_size < 20_000
    np.testing.assert_allclose(images.read("out.png"), images.read("again.png"), atol=1.5 / 255)


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_a_descent_from_scratch_lowers_its_losses(optimizer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    words = ("photo.png", "wave.png", "out.png", "--size", "40", "--evaluations", "6", "--optimizer", optimizer)
    curve = run("from_scratch.py", *words, monkeypatch=monkeypatch)["curve"]
    assert sum(curve[-1]) < 0.9 * sum(curve[0])
    assert images.read("out.png").shape == (30, 40, 3)
    assert images.read("out.losses.png").size


def test_the_losses_from_scratch_are_those_of_pinxit() -> None:
    pytest.importorskip("torch")
    import torch

    from pinxit.config.options import Look, Optimize
    from pinxit.methods.optimize.objective import GramLosses
    from pinxit.methods.optimize.regions import Region
    from pinxit.nn.vgg import VGG19
    from pinxit.nn.vgg_weights import load

    generator = torch.Generator().manual_seed(0)
    sides = [(48, 64), (56, 40), (48, 64)]
    photo, painting, picture = (torch.rand(1, 3, *each, generator=generator) for each in sides)
    options = Optimize(losses="gatys")
    network = VGG19(load(options.vgg), GramLosses.layers(options))
    pinxits = GramLosses(network, photo, [Region(((painting, 1.0),), None, 1.0)], Look(), options)(picture)

    names = runpy.run_path(str(EXAMPLES / "from_scratch.py"))
    features, gram = names["features"], names["gram"]
    a = {name: gram(f) for name, f in features(painting).items()}
    content, style = names["losses"](picture, features(photo)[names["CONTENT_LAYER"]], a)
    assert float(content) == pytest.approx(float(pinxits["content"]), rel=1e-4)
    assert float(style) == pytest.approx(float(pinxits["style"]), rel=1e-4)


def test_adain_from_scratch_reaches_its_target(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    import torch

    words = ("photo.png", "wave.png", "out.png", "--size", "40", "--evaluations", "6")
    names = run("adain_from_scratch.py", *words, monkeypatch=monkeypatch)
    first, *_, last = names["curve"]
    assert last[0] + 10 * last[1] < 0.9 * (first[0] + 10 * first[1])
    assert images.read("out.png").shape == (30, 40, 3)
    x, y = torch.tensor([0.0, 2, 4]).view(1, 1, 1, 3), torch.tensor([9.0, 11]).view(1, 1, 1, 2)
    np.testing.assert_allclose(names["adain"](x, y).flatten(), [10 - 1.5**0.5, 10, 10 + 1.5**0.5], atol=1e-4)


def test_a_network_trained_on_one_style(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("skimage")
    words = ("wave.png", "photo.png", "out.png", "--size", "40", "--steps", "40")
    curve = run("train_one_style.py", *words, monkeypatch=monkeypatch)["curve"]
    assert np.mean(curve[-10:], 0)[1] < 0.95 * np.mean(curve[:10], 0)[1]
    assert images.read("out.png").shape == (28, 40, 3)
    assert images.read("out.losses.png").size


def test_blended_frames_follow_the_film(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("skimage")
    words = ("wave.png", "frames", "--size", "64", "--frames", "3")
    names = run("video_consistency.py", *words, monkeypatch=monkeypatch)
    alone, blended = names["means"]
    assert 0 < blended < 0.5 * alone
    assert [images.read(f"frames/{number:03}.png").shape for number in range(3)] == [(64, 128, 3)] * 3
    moved = np.zeros((8, 8, 1), np.float32)
    moved[2, 5] = 1
    one_left = np.broadcast_to(np.array([-1, 0], np.float32), (8, 8, 2)).copy()
    assert names["warp"](moved, one_left)[2, 6] == 1, "p is at p + w(p) in the other frame"
    trusted = names["trust"](one_left, -one_left)
    assert trusted[1:-1, 2:].all()
    assert not trusted[:, 0].any(), "it was beyond the frame"
    assert not names["trust"](one_left, one_left).any()


def test_the_notebook_of_pillow_numpy_and_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.chdir(EXAMPLES)
    notebook = json.loads((EXAMPLES / "pictures_in_python.ipynb").read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    names: dict[str, Any] = {}
    shown = []
    for cell in notebook["cells"]:
        assert not cell.get("outputs"), "it is stored without its results"
        if cell["cell_type"] == "code":
            *lines, last = ast.parse("".join(cell["source"])).body
            exec(compile(ast.Module(lines, []), cell["id"], "exec"), names)
            names["SIZE"] = 48
            if isinstance(last, ast.Expr):
                shown.append(eval(compile(ast.Expression(last.value), cell["id"], "eval"), names))
            else:
                exec(compile(ast.Module([last], []), cell["id"], "exec"), names)
    paintings = [each for each in shown if isinstance(each, pinxit.Painting)]
    assert [images.read(each._repr_png_()).shape for each in paintings] == [(27, 48, 3)] * 2
    assert any(getattr(each, "size", None) == (48, 48) for each in shown), "a picture of Pillow, turned"
    assert tuple(names["painting"].image.shape) == (32, 48, 3)
    assert any(str(each) == "torch.Size([2, 3, 27, 48])" for each in shown)


def test_examples_are_short() -> None:
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in EXAMPLES.glob("*.py")}
    uses = {name: length for name, length in lengths.items() if name not in FROM_NOTHING}
    assert len(uses) >= 5
    assert max(uses.values()) <= 40
    assert [name for name, most in FROM_NOTHING.items() if lengths[name] > most] == []
