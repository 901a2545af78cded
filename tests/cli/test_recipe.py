"""Painting again by the recipe inside a picture."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

import pinxit as package
from cli.test_stylize import ctrl_c_at
from pinxit.cli.request import Arguments, from_recipe
from pinxit.config.options import METHOD_OPTIONS, Look
from pinxit.config.spec import split
from support.fakes import FakeStylizer, Pictures, Run

pytestmark = pytest.mark.usefixtures("fake_stylizer")


@pytest.fixture
def painted(pinxit: Run, picture: Pictures) -> Path:
    """``out.png``, painted from ``a.png`` with two styles, masks and options other than the defaults."""
    for name in ("wave.png", "sky.png", "ground.png"):
        picture(name, shift=0.1)
    words = "-s style.png --weight 2 --mask sky.png -s wave.png --weight 1 --mask ground.png --seed 7 --init ground.png"
    assert pinxit("stylize", "a.png", "--method", "optimize", *words.split(), "-o", "out.png").code == 0
    return Path("out.png")


def test_the_recipe_is_printed_as_json(pinxit: Run, painted: Path) -> None:
    saved = json.loads(pinxit("recipe", painted).out)
    assert (saved["pinxit"], saved["method"], saved["options"]["seed"]) == (package.__version__, "optimize", 7)
    assert saved["content"]["name"] == "a.png"
    assert [(style["name"], style["weight"]) for style in saved["styles"]] == [("style.png", 2.0), ("wave.png", 1.0)]
    assert saved["files"]["init"]["name"] == "ground.png"


def test_a_picture_without_a_recipe_says_so(pinxit: Run) -> None:
    result = pinxit("recipe", "a.png")
    assert (result.code, result.out) == (65, b"")
    assert "recipe" in result.said


def test_it_repeats_to_the_same_bytes(pinxit: Run, painted: Path) -> None:
    assert pinxit("stylize", "--recipe", "out.png", "-o", "again.png").code == 0
    assert Path("again.png").read_bytes() == painted.read_bytes()


@pytest.mark.parametrize("ending", ["jpg", "webp", "tif"])
def test_every_format_repeats_with_its_quality(pinxit: Run, ending: str) -> None:
    first, second = f"one.{ending}", f"two.{ending}"
    words = "stylize a.png --method optimize -s style.png --quality 40 -o"
    assert pinxit(*words.split(), first).code == 0
    assert pinxit("stylize", "--recipe", first, "-o", second).code == 0
    assert Path(first).read_bytes() == Path(second).read_bytes()


def test_inputs_are_found_beside_the_picture(
    pinxit: Run, painted: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert pinxit("stylize", "--recipe", "../out.png", "-o", "again.png").code == 0
    assert Path("again.png").read_bytes() == (tmp_path / painted).read_bytes()


def test_inputs_are_found_in_the_current_folder(pinxit: Run, painted: Path) -> None:
    Path("far").mkdir()
    painted.rename("far/out.png")
    assert pinxit("stylize", "--recipe", "far/out.png", "-o", "again.png").code == 0
    assert Path("again.png").read_bytes() == Path("far/out.png").read_bytes()


def test_inputs_with_new_names_are_given_and_checked(pinxit: Run, painted: Path) -> None:
    Path("a.png").rename("renamed.png")
    assert pinxit("stylize", "--recipe", "out.png", "-o", "again.png").code == 65
    assert pinxit("stylize", "renamed.png", "--recipe", "out.png", "-o", "again.png").code == 0
    assert Path("again.png").read_bytes() == painted.read_bytes()


def test_all_missing_inputs_are_listed_with_the_command_to_type(pinxit: Run, painted: Path) -> None:
    Path("my photos").mkdir()
    for name in ("a.png", "wave.png", "sky.png"):
        Path(name).rename(f"my photos/{name}")
    result = pinxit("stylize", "--recipe", painted, "-o", "again.png")
    assert (result.code, len(result.said.splitlines())) == (65, 1)
    assert "'a.png', 'wave.png', 'sky.png': neither beside 'out.png' nor in the current folder" in result.said
    command = result.said.partition("or name it: ")[2].strip()
    assert command == (
        "pinxit stylize FOLDER/a.png --style style.png --style FOLDER/wave.png --mask FOLDER/sky.png --mask ground.png "
        "--recipe out.png -o again.png"
    )
    typed = shlex.split(command.replace("FOLDER/", "'my photos/'"))[1:]
    assert pinxit(*typed).code == 0
    assert Path("again.png").read_bytes() == painted.read_bytes()


def test_a_missing_start_may_be_replaced(pinxit: Run, painted: Path, picture: Pictures) -> None:
    Path("moved").mkdir()
    Path("ground.png").rename("moved/ground.png")
    masks = ["--mask", "sky.png", "--mask", "moved/ground.png"]
    said = pinxit("stylize", *masks, "--recipe", painted, "-o", "again.png").said
    assert "or name it: pinxit stylize --init FOLDER/ground.png --recipe" in said
    assert pinxit("stylize", *masks, "--init", "moved/ground.png", "--recipe", painted, "-o", "again.png").code == 0


@pytest.mark.parametrize("words", [["wave.png"], ["--style", "wave.png", "--style", "style.png"]])
def test_another_input_is_refused(pinxit: Run, painted: Path, words: list[str]) -> None:
    result = pinxit("stylize", *words, "--recipe", painted, "-o", "again.png")
    assert result.code == 65
    assert "sha256" in result.said
    assert not Path("again.png").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a.png", "a.png"], "one content picture"),
        (["-"], "one content picture"),
        (["-s", "style.png"], "has 2 styles, not 1"),
        (["--weight", "1"], "1 time for 2 styles"),
    ],
)
def test_what_does_not_fit_the_recipe_is_wrong_use(pinxit: Run, painted: Path, words: list[str], message: str) -> None:
    result = pinxit("stylize", *words, "--recipe", painted, "-o", "again.png")
    assert result.code == 2
    assert message in result.said


def test_an_input_that_changed_is_refused(pinxit: Run, painted: Path, picture: Pictures) -> None:
    picture("wave.png", shift=0.2)
    result = pinxit("stylize", "--recipe", painted, "-o", "again.png")
    assert result.code == 65
    assert "'wave.png' is not the style of the recipe" in result.said


def test_options_replace_those_of_the_recipe_and_make_a_new_one(pinxit: Run, painted: Path) -> None:
    assert pinxit("stylize", "--recipe", painted, "--seed", "8", "-o", "again.png").code == 0
    assert (FakeStylizer.made.look.seed, [weight for _, weight in FakeStylizer.made.style]) == (8, [2.0, 1.0])
    saved = json.loads(pinxit("recipe", "again.png").out)
    assert saved["options"]["seed"] == 8
    assert saved["files"]["init"]["name"] == "ground.png"


@pytest.mark.parametrize("method", METHOD_OPTIONS)
def test_another_method_takes_what_it_has_too(painted: Path, method: str) -> None:
    typed = Arguments(content=(), style=(), weight=(), mask=(), method=method, options={})
    request = from_recipe(painted, typed)
    look, _ = split(request.options, Look, METHOD_OPTIONS[method])
    assert look.seed == 7
    assert (request.method, request.weights, request.repeats) == (method, [2.0, 1.0], None)


def test_a_picture_stopped_early_repeats_to_the_same_step(pinxit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ctrl_c_at(4, monkeypatch)
    assert pinxit("stylize", "a.png", "--method", "optimize", "-s", "style.png", "-o", "out.png").code == 130
    ctrl_c_at(0, monkeypatch)
    assert pinxit("stylize", "--recipe", "out.png", "-o", "again.png").code == 0
    assert Path("again.png").read_bytes() == Path("out.png").read_bytes()


def test_the_picture_with_the_recipe_is_not_overwritten(pinxit: Run, painted: Path) -> None:
    assert pinxit("stylize", "--recipe", painted, "-o", painted).code == 73


def test_a_newer_pinxit_writes_its_own_version(pinxit: Run, painted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "__version__", "99.0")
    monkeypatch.setattr("support.fakes.__version__", "99.0")
    assert pinxit("stylize", "--recipe", painted, "-o", "again.png").code == 0
    assert json.loads(pinxit("recipe", "again.png").out)["pinxit"] == "99.0"
