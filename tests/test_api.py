"""The public verbs, from a user's inputs to a file on disk, on a thin network of random weights."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import pinxit
from pinxit import images
from pinxit.cli import app
from pinxit.config.options import Limits
from pinxit.errors import BadOption, MissingExtra, NotFound, PinxitError, TooLarge, WriteFailed
from pinxit.files import recipe
from pinxit.files.fingerprint import FileId
from pinxit.images import Image
from support.networks import tiny_vgg

QUICK: dict[str, Any] = {"steps": 2, "threads": 1, "size": 32, "method": "optimize"}


def picture(seed: int, height: int = 24, width: int = 36, channels: int = 3) -> Image:
    return np.random.default_rng(seed).random((height, width, channels), np.float32)


@pytest.fixture(autouse=True)
def _thin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinxit.nn.vgg_weights.load", tiny_vgg)


def test_size_is_the_long_side_and_a_content_is_never_enlarged() -> None:
    assert pinxit.stylize(picture(0), picture(1), **QUICK).image.shape == (21, 32, 3)
    assert pinxit.stylize(picture(0, 9, 12), picture(1), **QUICK).image.shape == (9, 12, 3)


def test_paths_bytes_and_open_files_paint_the_same(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    images.write(picture(0), path)
    painted = [
        pinxit.stylize(content, picture(1), **QUICK).image
        for content in (path, path.read_bytes(), io.BytesIO(path.read_bytes()))
    ]
    assert np.array_equal(painted[0], painted[1])
    assert np.array_equal(painted[0], painted[2])


def test_transparency_comes_back() -> None:
    content = picture(0, 20, 20, 4)
    painted = pinxit.stylize(content, picture(1), **QUICK).image
    assert painted.shape == (20, 20, 4)
    assert np.array_equal(painted[..., 3], content[..., 3])


def test_save_writes_the_recipe_and_it_reads_back(tmp_path: Path) -> None:
    photo, out = tmp_path / "photo.png", tmp_path / "out.png"
    images.write(picture(0), photo)
    painting = pinxit.stylize(photo, {tmp_path / "photo.png": 2.0}, **QUICK)
    painting.save(out)
    loaded = recipe.loads(images.read_recipe(out))
    assert loaded.content.name == "photo.png"
    assert loaded.styles[0].weight == 2.0
    assert loaded.options["steps"] == 2
    assert loaded.version == pinxit.__version__
    assert np.allclose(images.read(out), painting.image, atol=1 / 255)


def test_the_same_call_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.png", "two.png"):
        pinxit.stylize(picture(0), picture(1), **QUICK).save(tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


@pytest.mark.parametrize("color", ["luminance", "coral", "histogram"])
def test_every_way_to_keep_the_colors_keeps_them_better_than_none(color: str) -> None:
    content = np.clip(picture(0) * 0.2 + np.array([0.7, 0.2, 0.1], np.float32), 0, 1)
    style = np.clip(picture(1) * 0.2 + np.array([0.1, 0.2, 0.7], np.float32), 0, 1)

    def away(mode: str) -> float:
        painted = pinxit.stylize(content, style, **{**QUICK, "color": mode}).image
        return float(np.abs(painted.mean((0, 1)) - content.mean((0, 1))).sum())

    assert away(color) < 0.5 * away("style")


def test_steps_show_pictures_in_the_final_colors() -> None:
    stylizer = pinxit.Stylizer(picture(1), color="luminance", **QUICK)
    steps = list(stylizer.steps(picture(0)))
    finished = stylizer.painting(picture(0), steps[-1])
    assert np.array_equal(finished.image, steps[-1].preview())


def test_a_step_becomes_a_painting_of_full_size_that_says_where_it_stopped() -> None:
    stylizer = pinxit.Stylizer(picture(1), **{**QUICK, "levels": 2, "size": 64, "steps": 4})
    first, *_, last = stylizer.steps(picture(0, 48, 72))
    assert first.preview().shape[0] < 43
    assert stylizer.painting(picture(0, 48, 72), first).image.shape == (43, 64, 3)
    assert stylizer.painting(picture(0, 48, 72), first).recipe["stopped"] == 1
    assert stylizer.painting(picture(0, 48, 72), last).recipe == stylizer(picture(0, 48, 72)).recipe


def refuse(step: pinxit.Step) -> object:
    if step.index == 3:
        raise StopIteration
    return step.index  # is true, and not True


@pytest.mark.parametrize("progress", [lambda step: step.index == 3, lambda step: np.float32(step.index) == 3, refuse])
def test_a_painting_that_progress_stops_is_repeated_to_the_same_bytes(
    progress: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    images.write(picture(0), "photo.png")
    images.write(picture(1), "style.png")
    words: dict[str, Any] = {**QUICK, "steps": 8}
    pinxit.stylize("photo.png", "style.png", progress=progress, **words).save("stopped.png")
    stylizer = pinxit.Stylizer("style.png", **words)
    for step in stylizer.steps("photo.png"):
        if step.index == 3:
            break
    stylizer.painting("photo.png", step).save("steps.png")
    run = CliRunner().invoke(app.app, ["stylize", "--recipe", "stopped.png", "-o", "again.png"])
    assert run.exit_code == 0, run.output
    assert recipe.loads(images.read_recipe("stopped.png")).stopped == 3
    assert len({Path(name).read_bytes() for name in ("stopped.png", "steps.png", "again.png")}) == 1
    pinxit.stylize("photo.png", "style.png", **words).save("finished.png")
    assert not np.array_equal(images.read("finished.png"), images.read("stopped.png"))


def test_progress_learns_which_picture_it_sees_and_stops_that_one() -> None:
    seen: list[tuple[int, int]] = []

    def progress(step: pinxit.Step) -> bool:
        seen.append((step.picture, step.index))
        return step.picture == 1

    paintings = pinxit.stylize([picture(0), picture(1), picture(2)], picture(3), progress=progress, **QUICK)
    assert seen == [(0, 1), (0, 2), (1, 1), (2, 1), (2, 2)]
    assert [each.recipe["stopped"] for each in paintings] == [0, 1, 0]


def test_other_exceptions_of_progress_come_through() -> None:
    def fail(step: pinxit.Step) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        pinxit.stylize(picture(0), picture(1), progress=fail, **QUICK)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "optimise"}, "did you mean 'optimize'"),
        ({"sise": 3}, "did you mean 'size'"),
        ({"size": 3}, "from 16"),
        ({"color": "luminence"}, "did you mean 'luminance'"),
    ],
)
def test_wrong_words_get_the_nearest_right_one(options: dict[str, Any], message: str) -> None:
    with pytest.raises(BadOption, match=message):
        pinxit.Stylizer(picture(1), **{**QUICK, **options})


def test_a_missing_file_is_named() -> None:
    with pytest.raises(NotFound, match=r"none\.jpg"):
        pinxit.stylize("none.jpg", picture(1), **QUICK)


def test_without_torch_the_cure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install '\.\[optimize\]'"):
        pinxit.stylize(picture(0), picture(1), **QUICK)


def test_an_open_file_may_be_painted_and_then_made_a_painting(tmp_path: Path) -> None:
    images.write(picture(0), tmp_path / "photo.png")
    stylizer = pinxit.Stylizer(picture(1), **QUICK)
    with (tmp_path / "photo.png").open("rb") as file:
        *_, last = stylizer.steps(file)
        painting = stylizer.painting(file, last)
    assert np.array_equal(painting.image, stylizer(tmp_path / "photo.png").image)


def test_strength_zero_is_the_content_in_every_color_mode() -> None:
    content = picture(0, 20, 30)
    for color in ("style", "luminance", "coral", "histogram"):
        painted = pinxit.stylize(content, picture(1), strength=0.0, color=color, **QUICK).image
        np.testing.assert_allclose(painted, content, atol=1e-6)


def test_a_picture_that_is_wholly_transparent_is_painted_under() -> None:
    clear = picture(0, 20, 20, 4)
    clear[..., 3] = 0
    painted = pinxit.stylize(clear, clear, **QUICK).image
    assert np.isfinite(painted).all()
    assert not painted[..., 3].any()


@pytest.mark.parametrize(
    "content", [picture(0)[..., :2], picture(0) * 2, picture(0) * np.nan, np.zeros((0, 4, 3)), None, 3]
)
def test_what_is_no_content_is_refused(content: Any) -> None:
    with pytest.raises(BadOption):
        pinxit.stylize(content, picture(1), **QUICK)


def test_the_limits_hold_for_style_and_content(tmp_path: Path) -> None:
    images.write(picture(0), tmp_path / "photo.png")
    small = Limits(image_pixels=100)
    with pytest.raises(TooLarge):
        pinxit.Stylizer(tmp_path / "photo.png", limits=small, **QUICK)
    with pytest.raises(TooLarge):
        pinxit.Stylizer(picture(1), limits=small, **QUICK)(tmp_path / "photo.png")


def test_a_recipe_paints_the_same_picture_again(tmp_path: Path) -> None:
    photo, style, other, mask, start = (
        tmp_path / f"{name}.png" for name in ("photo", "style", "other", "mask", "start")
    )
    for seed, path in enumerate((photo, style, other, start)):
        images.write(picture(seed), path)
    images.write(np.linspace(0, 1, 24 * 36 * 3, dtype=np.float32).reshape(24, 36, 3), mask)
    masks: list[Any] = [mask, None]
    words: dict[str, Any] = {**QUICK, "color": "coral", "strength": 0.8, "seed": 7, "init": str(start)}
    pinxit.stylize(photo, {style: 0.7, other: 0.3}, masks=masks, **words).save(tmp_path / "out.png")

    loaded = recipe.loads(images.read_recipe(tmp_path / "out.png"))
    assert [each.mask and each.mask.name for each in loaded.styles] == ["mask.png", None]

    def locate(file_id: FileId, what: str) -> Path:
        return recipe.find(file_id, what, [tmp_path])

    again = pinxit.stylize(
        locate(loaded.content, "content"),
        [(locate(each.picture, "style"), each.weight) for each in loaded.styles],
        method=loaded.method,
        masks=[locate(each.mask, "mask") if each.mask else None for each in loaded.styles],
        **recipe.options_with_files(loaded, locate),
    )
    again.save(tmp_path / "again.png")
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "out.png").read_bytes()


def test_a_painting_is_saved_into_an_open_file_and_never_over_what_is_protected(tmp_path: Path) -> None:
    painting = pinxit.stylize(picture(0), picture(1), **QUICK)
    file = io.BytesIO()
    painting.save(file, format="jpeg", quality=80)
    assert images.read(file.getvalue()).shape == painting.image.shape
    images.write(picture(0), tmp_path / "photo.png")
    before = (tmp_path / "photo.png").read_bytes()
    with pytest.raises(PinxitError):
        painting.save(tmp_path / "photo.png", protect=[tmp_path / "photo.png"])
    assert (tmp_path / "photo.png").read_bytes() == before
    with pytest.raises(BadOption, match="did you mean 'quality'"):
        painting.save(tmp_path / "out.jpg", qualty=80)


@pytest.mark.parametrize("name", ["photo.png", "style.png", "mask.png"])
def test_a_painting_is_never_saved_over_what_it_was_painted_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for seed, file in enumerate(("photo.png", "style.png", "mask.png")):
        images.write(picture(seed), tmp_path / file)
    monkeypatch.chdir(tmp_path)
    painting = pinxit.stylize("photo.png", [(Path("style.png"), 1.0)], masks=["mask.png"], **QUICK)
    before = (tmp_path / name).read_bytes()
    monkeypatch.chdir(tmp_path.parent)
    with pytest.raises(WriteFailed, match=f"{name} is an input"):
        painting.save(tmp_path / name)
    assert (tmp_path / name).read_bytes() == before
    painting.save(tmp_path / "out.png")


def test_progress_is_a_function_or_a_bar() -> None:
    wrong: dict[str, Any] = {**QUICK, "progress": "yes"}
    with pytest.raises(BadOption, match="progress is 'yes'; it must be True, False, or a function"):
        pinxit.stylize(picture(0), picture(1), **wrong)


def test_one_stylizer_paints_many_pictures_and_keeps_nothing_of_them() -> None:
    stylizer = pinxit.Stylizer(picture(1), **QUICK)
    first = stylizer(picture(0)).image
    stylizer(picture(2, 10, 50))
    assert np.array_equal(stylizer(picture(0)).image, first)


def test_one_stylizer_may_be_shared_between_threads() -> None:
    stylizer = pinxit.Stylizer(picture(1), **QUICK)
    contents = [picture(seed) for seed in range(4)]
    alone = [stylizer(content).image for content in contents]
    with ThreadPoolExecutor(4) as pool:
        together = [painting.image for painting in pool.map(stylizer, contents)]
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))


@pytest.mark.parametrize(("method", "option", "owner"), [("adain", "steps", "optimize"), ("optimize", "tile", "adain")])
def test_an_option_of_another_method_is_told_to_be_that_ones(method: str, option: str, owner: str) -> None:
    options: dict[str, Any] = {option: 5}
    with pytest.raises(BadOption, match=f"'{option}' belongs to the method {owner}, and this is {method}"):
        pinxit.Stylizer(np.zeros((8, 8, 3), np.float32), method=method, **options)


def test_options_imply_their_method() -> None:
    assert pinxit.Stylizer(picture(1), losses="gatys", steps=3).method.name == "optimize"
    assert pinxit.Stylizer(picture(1), tile=64).method.name == "adain"


def test_a_mask_of_another_shape_is_stretched_and_said_to_be() -> None:
    square = np.eye(24, dtype=np.float32)
    stylizer = pinxit.Stylizer([picture(2), picture(3)], masks=[square, None], **QUICK)
    warnings = [step.warning for step in stylizer.steps(picture(1))]
    assert "the mask of style 1 has another shape (24 x 24) than the picture (32 x 21)" in warnings[0]
    assert not any(warnings[1:])
    assert "is stretched" in stylizer(picture(1)).warning
    assert not pinxit.stylize(picture(1), picture(2), **QUICK).warning
