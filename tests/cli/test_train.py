"""``pinxit train``: its commands train, export and pack; old flags work and say their new name."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pinxit.cli.command import Command
from pinxit.cli.train.adain import ANY_STYLE_FILE, TRAINED_STYLES_FILE, adain, pack
from pinxit.cli.train.styles import RENAMED_FLAGS, fast, gallery
from pinxit.config.schema import renamed_flags
from pinxit.config.training import RENAMED, TrainAdain, TrainFast
from pinxit.errors import NotFound
from pinxit.styles import gallery as networks
from pinxit.training import any_style
from pinxit.training.train import TrainingResult
from pinxit.training.train import train as real_train
from support.fakes import Run
from support.networks import SMALL
from support.trainings import make_cheap

pytest_plugins = ["support.training_fixtures"]


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    make_cheap(monkeypatch)


def flags(**options: object) -> list[str]:
    return [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]


TINY = flags(begin="scratch", crop_size=32, image_size=36, style_size=48, crops=4, minutes=0, steps=5)


@pytest.mark.parametrize("command", [adain, fast, gallery])
def test_help_shows_about_ten_options(command: Command) -> None:
    names = {parameter.name for parameter in command.params}
    assert command.everyday <= names
    assert 8 <= len(command.everyday - {"help"}) <= 12
    assert len(names) > 20


def test_every_old_flag_has_a_new_one() -> None:
    adain_flags = renamed_flags(TrainAdain)
    assert adain_flags["--average"] == "--ema-decay"
    assert adain_flags["--thin"] == "--pruned-vgg-share"
    assert RENAMED_FLAGS == renamed_flags(TrainFast)
    assert RENAMED_FLAGS["--painted"] == "--style-size"
    assert len({**adain_flags, **RENAMED_FLAGS}) == len(RENAMED)
    assert pack.renamed == {"--side": "--image-size"}


def test_a_network_for_any_style_is_trained_and_exported(pinxit: Run, photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    start = TrainAdain(minutes=0.0, steps=10, batch=2, crop_size=32, image_size=36, precision="float32")
    list(any_style.train(photos, photos, out, start, SMALL))
    words = ["train", "adain", "--photos", photos, "--paintings", photos, "--out", out]
    options = flags(steps=20, minutes=0, batch=2, crop_size=32, stored=36, precision="float32", threads=1)
    run = pinxit(*words, *options)
    assert run.code == 0, run.said
    assert "--stored is now --image-size" in run.said
    assert "step 20  100% of this run" in run.said
    assert "making the networks to begin with\ntraining; from now on Ctrl-C" in run.said
    assert (out / ANY_STYLE_FILE).is_file()
    assert pinxit("train", "export", tmp_path / "nothing").code == NotFound.exit_code


def test_pictures_are_packed(pinxit: Run, photos: Path, tmp_path: Path) -> None:
    assert "packed" in pinxit("train", "pack", photos, "-o", tmp_path / "p.npz", "--image-size", "36").said
    assert (tmp_path / "p-0.npz").is_file()


def test_styles_are_trained_with_progress_and_a_result(
    pinxit: Run, styles: dict[str, Path], photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "two.pinxit"
    both = ["-s", styles["red"], "-s", styles["blue"]]
    run = pinxit("train", "fast", *both, "--photos", photos, "-o", out, *TINY, "--json")
    assert run.code == 0, run.said
    assert "100%, at most 0:00 left" in run.said
    stages = ["reading the photos", "measuring the styles", "evaluating held-out photos"]
    begun = [f"two.pinxit: preparing, which --minutes does not count: {stage}" for stage in stages]
    assert run.said.splitlines()[:4] == [*begun, "two.pinxit: training; from now on Ctrl-C leaves a usable network"]
    result = json.loads(run.out)
    assert result["finished"]
    assert result["steps"] == 5
    assert [style.name for style in networks.read(out)] == ["red", "blue"]
    again = pinxit("train", "export", tmp_path / "two-training")
    assert again.code == 0, again.said
    assert (tmp_path / "two-training" / TRAINED_STYLES_FILE).is_file()


@pytest.mark.parametrize(
    ("stage", "said"), [("measuring the styles", "nothing to save yet"), ("", "finishing this step")]
)
def test_ctrl_c_leaves_a_network_from_the_moment_that_is_said(
    pinxit: Run,
    styles: dict[str, Path],
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    said: str,
) -> None:
    out = tmp_path / "red.pinxit"

    def train(*arguments: Any, prepare: Callable[[str], None], **options: Any) -> TrainingResult:
        def press(words: str) -> None:
            prepare(words)
            if words == stage:
                signal.raise_signal(signal.SIGINT)

        return real_train(*arguments, prepare=press, **options)

    monkeypatch.setattr("pinxit.cli.train.styles.train", train)
    words = ["train", "fast", "-s", styles["red"], "--photos", photos, "-o", out, *TINY, "--steps=500"]
    result = pinxit(*words)
    assert result.code == 130
    assert said in result.said
    assert out.is_file() == (not stage)


def test_one_style_is_named_after_its_network(
    pinxit: Run, styles: dict[str, Path], photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "sunset.pinxit"
    run = pinxit("train", "fast", "-s", styles["red"], "--photos", photos, "-o", out, *TINY[1:], "--from-scratch")
    assert run.code == 0, run.said
    assert [style.name for style in networks.read(out)] == ["sunset"]


def test_flags_that_contradict_each_other_are_refused(pinxit: Run, styles: dict[str, Path], tmp_path: Path) -> None:
    both = ["-s", styles["red"], "-s", styles["blue"], "-o", tmp_path / "t.pinxit"]
    twice = pinxit("train", "fast", *both, "--from-scratch", "--begin", tmp_path / "other.pinxit")
    assert "--from-scratch and --begin contradict each other" in twice.said
    named = pinxit("train", "fast", *both, "--name", "rot", *TINY)
    assert "--name is given once for 2 styles" in named.said
