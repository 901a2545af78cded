"""The command line from outside: what it writes, says and returns."""

from __future__ import annotations

import io
import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from pinxit import images
from pinxit.cli.app import BUG_EXIT_CODE
from pinxit.errors import BadImage, OutOfMemory
from support.fakes import FakeStylizer, Pictures, Run

pytestmark = pytest.mark.usefixtures("fake_stylizer")


def test_one_picture(pinxit: Run) -> None:
    result = pinxit("stylize", "a.png", "--style", "style.png", "-o", "out.jpg")
    assert result.code == 0
    assert images.read("out.jpg").shape == (24, 32, 3)
    assert result.out == b""
    assert "painted out.jpg (32 x 24)" in result.said
    assert "a warning [of] sorts" in result.said


def test_without_an_output_it_is_named_after_the_content(pinxit: Run) -> None:
    assert pinxit("stylize", "a.png", "-s", "style.png").code == 0
    assert Path("a_pinxit.png").exists()


def test_options_reach_the_method_and_the_file(pinxit: Run) -> None:
    pinxit(
        *"stylize a.png -s style.png -o out.jpg --size 64 --style-scale 2 --steps 9 --init noise --quality 5".split()
    )
    made = FakeStylizer.made
    assert (made.look.size, made.look.style_scale, made.optimize.steps, made.optimize.init) == (64, 2.0, 9, "noise")
    assert json.loads(pinxit("recipe", "out.jpg").out)["output"] == {"quality": 5}


def test_a_picture_smaller_than_its_photo_is_said_to_be(pinxit: Run, picture: Pictures, tmp_path: Path) -> None:
    picture("in/b.png")
    images.write(np.zeros((20, 600, 3), np.float32), tmp_path / "in/wide.png")
    images.write(np.zeros((700, 20, 3), np.float32), tmp_path / "in/high.png")
    said = pinxit("stylize", "in", "-s", "style.png", "-o", "out").said
    assert said.count("px; --size full paints all of it") == 1
    assert "painted at 512 of 700 px" in said
    assert "painted out/wide.png (512 x 17) in 0." in said
    for words in (["--size", "full"], ["--size", "16"], ["-q"]):
        assert "--size full" not in pinxit("stylize", "in", "-s", "style.png", "-o", "out", *words).said
    assert pinxit("stylize", "in/high.png", "-s", "style.png", "--size", "full", "-o", "full.png").code == 0
    assert FakeStylizer.made.look.size == 65_500


def test_a_size_that_the_photo_does_not_have_is_a_warning(pinxit: Run) -> None:
    words = ["stylize", "a.png", "-s", "style.png", "-o", "out.png", "--size"]
    for quiet in ([], ["-q"]):
        said = pinxit(*words, "3000", *quiet).said
        assert "painted at 32 px, not 3000: a photo is never enlarged; choose a larger one, or enlarge it first" in said
    for size in ("32", "full"):
        assert "enlarge" not in pinxit(*words, size).said
    assert "enlarge" not in pinxit("stylize", "--recipe", "out.png", "-o", "again.png").said


def test_styles_weights_and_masks_go_together(pinxit: Run, picture: Pictures) -> None:
    for name in ("wave.png", "sky.png", "ground.png"):
        picture(name)
    words = "-s style.png --weight 0.7 --mask sky.png -s wave.png --weight 0.3 --mask ground.png"
    assert pinxit("stylize", "a.png", *words.split()).code == 0
    assert FakeStylizer.made.style == [(Path("style.png"), 0.7), (Path("wave.png"), 0.3)]
    assert FakeStylizer.made.masks == [Path("sky.png"), Path("ground.png")]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("a.png", "name a style"),
        ("-s style.png", "name a content"),
        ("a.png -s style.png --size 9", "from 16 to 65500 px"),
        ("a.png -s style.png --color strange", "color cannot be 'strange'"),
        ("a.png -s style.png --method optimise", "did you mean 'optimize'"),
        ("a.png -s style.png --weight 1 --weight 2", "2 times for 1 style;"),
        ("a.png -s style.png -s style.png", "named twice"),
        ("a.png -s style.png -o out.xyz", "pinxit writes png, jpeg, webp and tiff"),
        ("a.png -s style.png --format xyz", "pinxit writes png, jpeg, webp and tiff"),
        ("a.png -s style.png --method optimize --timelapse out.mp4", "ending in .gif"),
        ("a.png -s style.png --trace tr", "--trace shows a painting step by step, and adain paints in one: add"),
        ("a.png -s style.png --timelapse out.gif", "--timelapse shows a painting step by step, and adain"),
        ("a.png style.png -s style.png", "-o FOLDER"),
        (
            "a.png style.png -s style.png -o multi.png",
            "'multi.png' is a picture's name; several pictures need a folder",
        ),
        ("a.png -s style.png --steps many", "--steps"),
        ("a.png -s style.png --stepps 3", "--steps"),
        ("a.png -s style.png --json -o -", "--json"),
    ],
)
def test_wrong_use_is_one_helpful_message_and_exit_2(pinxit: Run, words: str, message: str) -> None:
    before = sorted(Path().iterdir())
    result = pinxit("stylize", *words.split())
    assert (result.code, result.out) == (2, b"")
    assert message in result.said
    assert "Traceback" not in result.said
    assert sorted(Path().iterdir()) == before


@pytest.mark.parametrize(
    ("words", "code"),
    [("gone.png -s style.png", 66), ("a.png -s style.png -o a.png", 73), ("a.png -s style.png -o no/out.png", 73)],
)
def test_other_errors_end_with_their_own_status(pinxit: Run, words: str, code: int) -> None:
    result = pinxit("stylize", *words.split())
    assert result.code == code
    assert result.said.count("\n") == 1
    assert result.said.startswith("pinxit: ")


def test_a_bug_is_called_a_bug(pinxit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(index: int) -> None:
        raise ZeroDivisionError("private words")

    monkeypatch.setattr(FakeStylizer, "before_step", staticmethod(stumble))
    result = pinxit("stylize", "a.png", "-s", "style.png")
    assert result.code == BUG_EXIT_CODE
    assert "this is a bug" in result.said
    assert "private words" not in result.said
    with pytest.raises(ZeroDivisionError):
        pinxit("--debug", "stylize", "a.png", "-s", "style.png")
    os.environ.pop("PINXIT_DEBUG")


def test_from_standard_input_to_standard_output(pinxit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(Path("a.png").read_bytes())))
    result = pinxit("stylize", "-", "-s", "style.png")
    assert result.code == 0
    assert images.read(result.out).shape == (24, 32, 3)
    assert result.out.startswith(b"\x89PNG")
    assert "painted standard output" in result.said


def test_the_format_of_standard_output_can_be_chosen(pinxit: Run) -> None:
    assert pinxit("stylize", "a.png", "-s", "style.png", "-o", "-", "--format", "jpeg").out.startswith(b"\xff\xd8")


def test_a_terminal_is_spared(pinxit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert pinxit("stylize", "a.png", "-s", "style.png", "-o", "-").code == 2


def test_quiet_says_only_warnings_and_verbose_every_step(pinxit: Run) -> None:
    assert pinxit("stylize", "a.png", "-s", "style.png", "-q").said == "a warning [of] sorts\n"
    assert "step 3/10" in pinxit("stylize", "a.png", "-s", "style.png", "-v").said


def test_a_folder_with_one_bad_file_is_painted_but_for_that_one(pinxit: Run, picture: Pictures) -> None:
    picture("in/one.png")
    picture("in/two.jpg")
    Path("in/broken.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing more")
    result = pinxit("stylize", "in", "-s", "style.png", "-o", "out/deep", "--json", "--trace", "tr", "--steps", "10")
    assert result.code == 3
    assert "1 of 3 pictures could not be painted: broken.png" in result.said
    assert "pinxit: broken.png is damaged" in result.said  # the name once
    assert sorted(os.listdir("out/deep")) == [".pinxit-done.jsonl", "one.png", "two.png"]
    assert sorted(os.listdir("tr")) == ["broken", "one", "two"]
    lines = [json.loads(line) for line in result.out.splitlines()]
    assert [Path(one["content"]).name for one in lines] == ["broken.png", "one.png", "two.jpg"]
    assert "error" in lines[0]
    assert (lines[1]["width"], lines[1]["steps"], lines[1]["finished"]) == (32, 10, True)


@pytest.mark.parametrize("error", [BadImage("no [red] picture"), OutOfMemory("too little")])
def test_the_error_of_a_single_picture_is_its_own(
    pinxit: Run, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(index: int) -> None:
        raise error

    monkeypatch.setattr(FakeStylizer, "before_step", staticmethod(fail))
    result = pinxit("stylize", "a.png", "-s", "style.png", "-o", "out.png")
    assert result.code == error.exit_code  # type: ignore[attr-defined]
    assert result.said == f"pinxit: {error}\n"


def test_a_trace_that_fails_on_the_way_costs_no_picture(pinxit: Run) -> None:
    Path("trace/step_00001.png").mkdir(parents=True)
    result = pinxit(*"stylize a.png -s style.png -o out.png --trace trace --method optimize".split())
    assert result.code == 0
    assert "painting goes on without it" in result.said
    assert images.read("out.png").shape == (24, 32, 3)


def test_trace_and_timelapse_are_written(pinxit: Run) -> None:
    words = "-s style.png -o out.png --trace trace --timelapse out.gif --method optimize"
    assert pinxit("stylize", "a.png", *words.split()).code == 0
    assert {"loss.csv", "loss.png", "step_00001.png", "step_00010.png"} <= set(os.listdir("trace"))
    assert images.read("out.gif").shape == (24, 32, 3)


# ---------------------------------------------------------------------------------------- Ctrl-C


def ctrl_c_at(step: int, monkeypatch: pytest.MonkeyPatch, times: int = 1, number: int = signal.SIGINT) -> None:
    """Press Ctrl-C while ``step`` is being computed."""

    def press(index: int) -> None:
        if index == step:
            for _ in range(times):
                os.kill(os.getpid(), number)

    monkeypatch.setattr(FakeStylizer, "before_step", staticmethod(press))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_saves_the_best_so_far(pinxit: Run, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    before = signal.getsignal(number)
    ctrl_c_at(4, monkeypatch, number=number)
    result = pinxit("stylize", "a.png", "-s", "style.png", "-o", "out.png", "--trace", "trace", "--effort", "good")
    assert result.code == 130
    assert "stopped early; saved out.png" in result.said
    assert images.read("out.png").shape == (24, 32, 3)
    assert len(Path("trace/loss.csv").read_text().splitlines()) == 5
    assert json.loads(pinxit("recipe", "out.png").out)["stopped"] == 4
    assert signal.getsignal(number) == before


@pytest.mark.parametrize(("step", "times"), [(1, 1), (4, 2)], ids=["before anything", "twice"])
def test_ctrl_c_stops_at_once(pinxit: Run, monkeypatch: pytest.MonkeyPatch, step: int, times: int) -> None:
    ctrl_c_at(step, monkeypatch, times)
    assert pinxit("stylize", "a.png", "-s", "style.png", "-o", "out.png").code == 130
    assert sorted(os.listdir()) == ["a.png", "style.png"]


def test_ctrl_c_during_the_last_step_promises_nothing_else_than_the_finished_picture(
    pinxit: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctrl_c_at(10, monkeypatch)
    result = pinxit("stylize", "a.png", "-s", "style.png", "-o", "out.png")
    assert "finishing this step, then saving the picture" in result.said
    assert "as it is" not in result.said
    assert "painted out.png" in result.said
    assert json.loads(pinxit("recipe", "out.png").out)["stopped"] == 0


def test_ctrl_c_in_a_folder_saves_the_present_picture_and_begins_no_other(
    pinxit: Run, picture: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture("in/one.png")
    picture("in/two.png")
    ctrl_c_at(3, monkeypatch)
    result = pinxit("stylize", "in", "-s", "style.png", "-o", "out")
    assert (result.code, os.listdir("out")) == (130, ["one.png"])
    assert "0 of 2 painted; the same command with --resume goes on" in result.said, "one is not finished"


def test_ctrl_c_before_anything_is_painted_saves_nothing(
    pinxit: Run, picture: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeStylizer, "looks", 3)
    ctrl_c_at(3, monkeypatch)
    assert pinxit("stylize", "a.png", "-s", "style.png", "-o", "out.png").code == 130
    assert sorted(os.listdir()) == ["a.png", "style.png"]
    picture("in/one.png")
    picture("in/two.png")
    press = FakeStylizer.before_step

    def in_the_second(index: int) -> None:
        if os.listdir("out"):
            press(index)

    monkeypatch.setattr(FakeStylizer, "before_step", staticmethod(in_the_second))
    assert pinxit("stylize", "in", "-s", "style.png", "-o", "out").code == 130
    assert [name for name in os.listdir("out") if name.endswith(".png")] == ["one.png"], "the photo is no painting"


def test_resume_leaves_out_what_is_done(pinxit: Run, picture: Pictures, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("in/one.png", "in/three.png", "in/two.png"):
        picture(name)
    words = ["stylize", "in", "-s", "style.png", "-o", "out", "--json"]

    def painted(*more: str) -> list[str]:
        return [Path(json.loads(line)["content"]).name for line in pinxit(*words, *more).out.splitlines()]

    assert painted() == ["one.png", "three.png", "two.png"]
    Path("out/two.png").unlink()
    Path("out/three.png").write_bytes(b"another picture")
    result = pinxit(*words, "--resume")
    assert "skipped 1 of 3 pictures" in result.said
    assert sorted(Path(json.loads(line)["content"]).name for line in result.out.splitlines()) == [
        "three.png",
        "two.png",
    ]
    assert painted("--resume") == []
    assert painted("--resume", "--seed", "1") == ["one.png", "three.png", "two.png"]
    assert painted() == ["one.png", "three.png", "two.png"]


def test_a_picture_that_ctrl_c_cut_short_is_painted_again(
    pinxit: Run, picture: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture("in/one.png")
    picture("in/two.png")
    with monkeypatch.context() as within:
        ctrl_c_at(3, within)
        assert pinxit("stylize", "in", "-s", "style.png", "-o", "out").code == 130
    result = pinxit("stylize", "in", "-s", "style.png", "-o", "out", "--resume", "--json")
    assert len(result.out.splitlines()) == 2


def test_resume_is_for_several(pinxit: Run) -> None:
    result = pinxit("stylize", "a.png", "-s", "style.png", "--resume")
    assert result.code == 2
    assert "several" in result.said


def test_what_is_painted_already_needs_no_network(
    pinxit: Run, picture: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("in/one.png", "in/two.png"):
        picture(name)
    words = ["stylize", "in", "-s", "style.png", "-o", "out"]
    assert pinxit(*words).code == 0
    monkeypatch.setattr(FakeStylizer, "warm_up", lambda self: pytest.fail("it was opened"))
    result = pinxit(*words, "--resume")
    assert result.code == 0
    assert "skipped 2 of 2 pictures" in result.said
