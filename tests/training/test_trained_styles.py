"""The recipe for trained styles: it learns, tunes itself, stops, continues, and survives."""

from __future__ import annotations

import base64
import contextlib
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn

from pinxit import images
from pinxit.errors import BadOption, BadWeights, Diverged, MissingExtra, NotFound
from pinxit.files import network_file
from pinxit.nn import vgg_weights as weights
from pinxit.nn.transform_net import TransformNet
from pinxit.styles import gallery
from pinxit.training import checkpoint, data, trained_styles, trainer
from pinxit.training import export as export_trained
from pinxit.training.__main__ import main
from pinxit.training.export import pack
from pinxit.training.schedules import DEFAULT_DISTANCE
from pinxit.training.start import initial_network
from pinxit.training.state import TrainingState
from pinxit.training.style_images import load_style_images
from pinxit.training.trained_styles import TrainedStylesRecipe
from support.networks import SMALL, facts_of, network_of, tiny_vgg, trained_network, write_styles
from support.trainings import ema_of, notes_of, options, run_training

CPU = torch.device("cpu")

pytest_plugins = ["support.training_fixtures"]


@pytest.fixture(autouse=True)
def _tiny_vgg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "load", tiny_vgg)


def test_it_learns_and_leaves_a_network_that_paints_each_style(
    styles: dict[str, Path], photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "two.pinxit"
    steps = run_training(styles, photos, out, steps=60, learning_rate=5e-3)
    assert steps[-1].losses["style"] < 0.9 * steps[0].losses["style"]
    assert (steps[-1].step, steps[-1].share, steps[-1].seconds_left, steps[-1].skipped) == (60, 1.0, 0.0, 1)
    red, blue = gallery.read(out)
    assert (red.name, blue.name) == ("red", "blue")
    assert set(red.scores) == {"content", "style"}
    folder = tmp_path / "two-training"
    assert (folder / "curve.csv").is_file()
    sheet = images.read(folder / "sheets" / "00000060.jpg")
    assert sheet.shape == (2 * 256, 4 * 256, 3), "one photo; and itself, two styles, and as it is"
    step, shape, _ = checkpoint.load_ema(folder)
    assert (step, shape.code) == (60, 3)


def test_the_card_holds_picture_recipe_and_scores(styles: dict[str, Path], photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "red.pinxit"
    metadata = {"red": {"title": "Red", "artist": "Nobody"}}
    steps = trained_styles.train(
        {"red": styles["red"]}, out, options(steps=5), photos=photos, shape=SMALL, metadata=metadata
    )
    list(steps)
    (red,) = gallery.read(out)
    assert red.credit == "Red, Nobody"
    notes = notes_of(tmp_path / "red-training")
    assert notes["recipe"]["strong"] == "strong"
    assert notes["styles"][0]["sha256"] == red.facts["sha256"]
    thumbnail = notes["styles"][0]["thumbnail"]
    assert isinstance(thumbnail, str)
    assert images.read(base64.b64decode(thumbnail)).shape == (36, 48, 3)


def test_the_card_names_no_folder_of_whoever_trained_it(styles: dict[str, Path], photos: Path, tmp_path: Path) -> None:
    (tmp_path / "any.pinxit").write_bytes(pack(trained_network(), 0))
    how = options(steps=5, begin=str(tmp_path / "any.pinxit"), vgg=str(tmp_path / "vgg.h5"))
    out = tmp_path / "red.pinxit"
    list(trained_styles.train({"red": styles["red"]}, out, how, photos=photos))
    card, _ = network_file.load(out.read_bytes(), out.name)
    assert (card["recipe"]["begin"], card["recipe"]["vgg"]) == ("any.pinxit", "vgg.h5")
    assert str(tmp_path) not in json.dumps(card)


def test_a_style_stays_about_as_far_as_it_lay(styles: dict[str, Path], photos: Path, tmp_path: Path) -> None:
    started: dict[str, list[float]] = {}
    for begin in ("scratch", "shipped"):
        run_training(styles, photos, tmp_path / f"{begin}.pinxit", begin=begin, steps=1, learning_rate=1e-6)
        notes = notes_of(tmp_path / f"{begin}-training")
        started[begin] = notes["start_distances"]
        held_out = cast(dict[str, dict[str, float]], notes["scores"]["each"])
    assert started["scratch"] == [DEFAULT_DISTANCE, DEFAULT_DISTANCE]
    for distance, name in zip(started["shipped"], styles, strict=True):
        assert distance != DEFAULT_DISTANCE
        assert distance == pytest.approx(held_out[name]["content"], abs=0.05), "one step later"


def test_stopped_and_resumed_is_as_if_never_stopped(styles: dict[str, Path], photos: Path, tmp_path: Path) -> None:
    run_training(styles, photos, tmp_path / "one.pinxit", steps=20)
    out = tmp_path / "two.pinxit"
    with contextlib.closing(trained_styles.train(styles, out, options(steps=20), photos=photos, shape=SMALL)) as steps:
        next(steps)
    assert gallery.read(out), "closing leaves a network"
    run_training(styles, photos, out, steps=20)
    one, two = ema_of(tmp_path / "one-training"), ema_of(tmp_path / "two-training")
    for name, value in one.items():
        torch.testing.assert_close(value, two[name], rtol=1e-3, atol=1e-5, msg=name)


def test_the_clock_does_not_steer_a_training_of_given_steps(
    styles: dict[str, Path], photos: Path, tmp_path: Path
) -> None:
    weights_of = []
    for pause in (1e6, 0.0):
        out = tmp_path / f"{pause}.pinxit"
        run_training({"red": styles["red"]}, photos, out, steps=20, save_minutes=pause)
        weights_of.append(ema_of(trained_styles.default_folder(out)))
    assert all(torch.equal(value, weights_of[1][name]) for name, value in weights_of[0].items())


def test_what_held_out_photos_told_stays_known(
    styles: dict[str, Path], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "STEERING_STEPS", 10)
    out = tmp_path / "two.pinxit"
    offsets = []
    for _ in range(2):
        run_training(styles, photos, out, steps=10)
        offsets.append(notes_of(tmp_path / "two-training")["held_out_offsets"])
    assert all(offsets[0]), "held-out photos differ from those learned from"
    assert offsets[1] == offsets[0]


def test_a_training_of_other_styles_is_not_gone_on_with(styles: dict[str, Path], photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.pinxit"
    run_training({"red": styles["red"]}, photos, out, steps=5)
    with pytest.raises(BadOption, match=r"training of other styles \(red\)"):
        run_training({"red": styles["blue"]}, photos, out, steps=5)


def test_a_finished_training_is_left_as_it_is(styles: dict[str, Path], photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.pinxit"
    run_training(styles, photos, out, steps=5)
    before = ema_of(tmp_path / "x-training")
    assert run_training(styles, photos, out, steps=5) == []
    assert all(torch.equal(value, before[name]) for name, value in ema_of(tmp_path / "x-training").items())


def test_numbers_that_are_not_finite_lead_back_to_good_weights(
    styles: dict[str, Path], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = TrainingState.update

    def poisoned(state: TrainingState, losses: Callable[[nn.Module], Tensor], learning_rate: float) -> Tensor:
        values = update(state, losses, learning_rate)
        if state.step == 3:
            with torch.no_grad():
                assert isinstance(state.network, TransformNet)
                state.network.out.weight.fill_(math.nan)
        return values

    monkeypatch.setattr(TrainingState, "update", poisoned)
    monkeypatch.setattr(TrainedStylesRecipe, "interval", 2)
    steps = run_training(styles, photos, tmp_path / "x.pinxit", steps=20)
    warned = [progress.warning != "" for progress in steps]
    assert warned[:2] == [False, True]
    assert not any(warned[2:])
    assert len(warned) > 7
    assert all(value.isfinite().all() for value in ema_of(tmp_path / "x-training").values())


def test_a_training_that_stays_lost_is_given_up_with_good_weights_saved(
    styles: dict[str, Path], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TrainingState, "is_finite", lambda state: False)
    monkeypatch.setattr(TrainedStylesRecipe, "interval", 2)
    with pytest.raises(Diverged, match="learning-rate"):
        run_training(styles, photos, tmp_path / "x.pinxit", steps=400)
    assert gallery.read(tmp_path / "x.pinxit")


def test_what_cannot_be_trained_is_refused(styles: dict[str, Path], photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.pinxit"
    with pytest.raises(BadOption, match="--minutes or --steps"):
        run_training(styles, photos, out)
    with pytest.raises(BadOption, match=r"must end in \.pinxit"):
        run_training(styles, photos, tmp_path / "x.onnx", steps=5)
    with pytest.raises(BadOption, match="at least one"):
        run_training([], photos, out, steps=5)
    with pytest.raises(BadOption, match="two styles are called 'red'"):
        run_training([styles["red"], styles["red"]], photos, out, steps=5)
    with pytest.raises(BadOption, match="cannot be called"):
        run_training({"a/b": styles["red"]}, photos, out, steps=5)
    with pytest.raises(NotFound):
        run_training(styles, tmp_path / "nowhere", out, steps=5)
    assert not (tmp_path / "x-training").exists(), "nothing was started"


def test_what_is_no_part_of_the_work_is_cut_off(styles: dict[str, Path]) -> None:
    whole, cut = (load_style_images(styles, 48, {"red": facts})[0] for facts in ({}, {"trim": "0% 25% 0% 25%"}))
    picture = images.split_alpha(images.read(styles["red"]))[0]
    middle = images.cut(picture, (0, 0.25, 0, 0.25))
    scale = 48 / max(middle.shape[:2])
    assert cut.image.shape[:2] == tuple(round(scale * side) for side in middle.shape[:2])
    assert cut.image.shape != whole.image.shape
    assert cut.facts["sha256"] == whole.facts["sha256"], "it is known again by its file"


def started(path: Path | str, styles: dict[str, Path]) -> Any:
    squares = torch.randint(0, 256, (3, 36, 36, 3), dtype=torch.uint8)
    return initial_network(None, str(path), load_style_images(styles, 48), squares)


def test_a_warm_start_paints_what_the_network_of_any_style_does(styles: dict[str, Path], tmp_path: Path) -> None:
    network = trained_network()
    (tmp_path / "any.pinxit").write_bytes(pack(network, 0, half=False))
    painter = started(tmp_path / "any.pinxit", styles)
    content = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        for place, style in enumerate(load_style_images(styles, 48)):
            expected, _ = network.transform_net(content, network.encoder(style.pixels)[:, None])
            found, _ = painter(content, torch.eye(3)[place][None, None])
            torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)


def test_a_start_from_trained_styles_keeps_those_it_knows(styles: dict[str, Path], tmp_path: Path) -> None:
    before = network_of(1)
    images_of_styles = load_style_images(styles, 48)
    notes = {"styles": [{**facts_of("other"), "sha256": images_of_styles[1].facts["sha256"]}]}
    (tmp_path / "one.pinxit").write_bytes(export_trained.pack(before, 0, notes, half=False))
    painter = started(tmp_path / "one.pinxit", styles)
    content = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        for row, code in ((1, 0), (2, 1)):  # blue, which it knows; and the photo
            expected, _ = before(content, torch.eye(2)[code][None, None])
            torch.testing.assert_close(painter(content, torch.eye(3)[row][None, None])[0], expected)


def test_photos_come_with_scikit_image_or_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    found = data.sample_photos()
    assert {path.name for path in found} == set(data.SAMPLE_PHOTOS)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"without --photos.*'\.\[train\]'"):
        data.sample_photos()


def test_a_network_without_the_package_onnx_is_exported_elsewhere(
    styles: dict[str, Path], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        without.setattr("pinxit.training.trained_styles.importlib.util.find_spec", lambda name: None)
        run_training(styles, photos, tmp_path / "x.pinxit", steps=5)
    assert not (tmp_path / "x.pinxit").exists()
    assert export_trained.has_trained_styles(tmp_path / "x-training")
    assert export_trained.export(tmp_path / "x-training", tmp_path / "x.pinxit") <= 1 / 255
    assert len(gallery.read(tmp_path / "x.pinxit")) == 2


def test_a_network_of_other_sizes_than_its_card_tells_is_refused(tmp_path: Path) -> None:
    path = write_styles(tmp_path / "x.pinxit", "a")
    card, graphs = network_file.load(path.read_bytes(), path.name)
    path.write_bytes(network_file.dump({**card, "shape": {}}, graphs))
    with pytest.raises(BadWeights, match="does not hold its weights"):
        export_trained.read(path)


def test_the_bare_command_line_trains_styles_too(
    styles: dict[str, Path], photos: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run_training({"red": styles["red"]}, photos, tmp_path / "red.pinxit", steps=5)  # it continues this small network
    caplog.set_level("INFO", "pinxit.training")
    words = ["fast", "--style", str(styles["red"]), "--photos", str(photos), "-o", str(tmp_path / "red.pinxit")]
    small = ["--crop-size", "32", "--image-size", "36", "--style-size", "48", "--crops", "4"]
    main([*words, *small, "--minutes", "0", "--steps", "10"])
    assert "step 10" in caplog.text
