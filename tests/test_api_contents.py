"""The public verbs with the types that Python programs have: pictures in and out, many pictures, progress, listings."""

from __future__ import annotations

import ast
import inspect
import io
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import PIL.Image
import pytest

import pinxit
from pinxit import errors, images
from support import pictures

STYLE = pictures.scene(20, 20)[::-1]


def test_pictures_of_pillow_arrays_and_tensors_paint_what_the_file_paints(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    photo, path = pictures.scene(), tmp_path / "photo.png"
    images.write(pictures.scene_float(), path)
    expected = pinxit.stylize(path, STYLE).image
    for same in (PIL.Image.open(path), photo, torch.from_numpy(photo).movedim(2, 0), path.read_bytes()):
        assert np.array_equal(pinxit.stylize(same, PIL.Image.fromarray(STYLE)).image, expected)


def test_masks_of_pillow_and_tensors_paint_what_arrays_paint() -> None:
    torch = pytest.importorskip("torch")
    mask = np.zeros((16, 24), bool)
    mask[:8] = True
    as_tensor = torch.from_numpy(~mask)[None]
    styles = [STYLE, 255 - STYLE]
    expected = pinxit.stylize(pictures.scene(), styles, masks=[mask, ~mask]).image
    again = pinxit.stylize(pictures.scene(), styles, masks=[PIL.Image.fromarray(mask), as_tensor]).image
    assert np.abs(again - expected).max() < 1e-5


def test_a_painting_is_what_other_libraries_take() -> None:
    torch = pytest.importorskip("torch")
    clear = np.dstack([pictures.scene(), pictures.scene()[..., :1]])
    painting = pinxit.stylize(clear, STYLE)
    assert np.asarray(painting) is painting.image
    assert np.array(painting, np.float64).dtype == np.float64
    assert painting.to_pil().mode == "RGBA"
    assert np.abs(np.asarray(painting.to_pil()) / 255 - painting.image).max() <= 0.5 / 255 + 1e-6
    assert torch.equal(painting.to_tensor(), torch.from_numpy(painting.image).permute(2, 0, 1))
    assert images.read(painting._repr_png_()).shape == (16, 24, 4)
    again = pinxit.stylize(painting, STYLE)
    assert again.image.shape == painting.image.shape
    assert repr(again) == "<Painting 24 x 16, adain>"


def test_a_painting_is_short_to_print_and_small_in_a_notebook(tmp_path: Path) -> None:
    images.write(pictures.scene_float(), tmp_path / "wave.png")
    painting = pinxit.stylize(pictures.scene(), [tmp_path / "wave.png", STYLE])
    assert repr(painting) == "<Painting 24 x 16, adain, wave.png>"
    large = pinxit.Painting(np.zeros((100, 3000, 3), np.float32), painting.recipe)
    assert images.read(large._repr_png_()).shape == (34, 1024, 3)


def test_a_painting_is_shown_by_the_desktop_or_the_lack_of_one_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import ImageShow

    shown: list[PIL.Image.Image] = []

    def show(picture: PIL.Image.Image) -> bool:
        shown.append(picture)
        return len(shown) == 1

    monkeypatch.setattr(ImageShow, "show", show)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", ":0")
    painting = pinxit.stylize(pictures.scene(), STYLE)
    painting.show()
    assert shown[0].size == (24, 16)
    with pytest.raises(pinxit.NotFound, match="save the picture"):
        painting.show()
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(pinxit.NotFound, match="save the picture"):
        painting.show()
    assert len(shown) == 2, "no program is asked where there is no screen"


def test_in_a_notebook_a_painting_is_shown_below_the_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by the desktop of the machine that the kernel runs on; but a terminal's IPython shows no pictures."""
    shown: list[object] = []
    shell = SimpleNamespace(kernel=1)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=shown.append))
    monkeypatch.setattr("pinxit.images.show", lambda image: pytest.fail("the desktop was asked"))
    painting = pinxit.Painting(np.zeros((2, 2, 3), np.float32), {"method": "adain", "styles": []})
    painting.show()
    assert shown == [painting]
    del shell.kernel
    monkeypatch.setattr("pinxit.images.show", shown.append)
    painting.show()
    assert shown[1] is painting.image


def test_without_pytorch_a_tensor_is_refused_with_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    painting = pinxit.stylize(pictures.scene(), STYLE)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(pinxit.MissingExtra, match="optimize"):
        painting.to_tensor()


def test_home_folders_of_photo_style_and_painting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    images.write(pictures.scene_float(), tmp_path / "a.png")
    pinxit.encode_style("~/a.png").save("~/a.style")
    pinxit.stylize("~/a.png", {"~/a.style": 1, "~/a.png": 2}).save("~/out.png")
    assert images.read(tmp_path / "out.png").shape == (16, 24, 3)


def test_an_address_is_no_style_and_no_film_either() -> None:
    for call in (
        lambda: pinxit.stylize(pictures.scene(), "https://example.org/wave.jpg"),
        lambda: pinxit.stylize_video("https://example.org/clip.mp4", STYLE, "out.mp4"),
    ):
        with pytest.raises(pinxit.NotFound, match="save it first"):
            call()


def test_a_list_gives_a_list_and_a_batch_too() -> None:
    torch = pytest.importorskip("torch")
    photos = [pictures.scene(), pictures.scene(8, 8)]
    paintings = pinxit.stylize(photos, STYLE)
    assert [each.image.shape[:2] for each in paintings] == [(16, 24), (8, 8)]
    assert np.array_equal(paintings[1].image, pinxit.stylize(photos[1], STYLE).image)
    batch = pinxit.stylize(torch.rand(2, 3, 16, 16), STYLE)
    assert [each.image.shape for each in batch] == [(16, 16, 3)] * 2
    assert pinxit.stylize([], STYLE) == []


def test_an_iterator_is_painted_as_it_is_asked_for() -> None:
    opened: list[int] = []

    def photos() -> Iterator[images.Image]:
        for side in (8, 12, 16):
            opened.append(side)
            yield pictures.scene_float(side, side)

    paintings = pinxit.stylize(photos(), STYLE)
    assert opened == []
    assert next(paintings).image.shape == (8, 8, 3)
    assert opened == [8]
    assert len(list(paintings)) == 2
    with pytest.raises(pinxit.BadOption, match="did you mean"):
        pinxit.stylize(photos(), STYLE, sise=3)  # type: ignore[call-overload]


def test_a_function_is_called_with_every_step() -> None:
    steps: list[pinxit.Step] = []
    pinxit.stylize([pictures.scene(), pictures.scene()], STYLE, progress=steps.append)
    assert [step.done for step in steps if step.done == 1] == [1, 1]
    with pytest.raises(pinxit.BadOption, match="leave out one of them"):
        pinxit.stylize(pictures.scene(), STYLE, progress=True, server="http://127.0.0.1:1")


def test_the_size_full_has_its_word() -> None:
    full = pinxit.Stylizer(STYLE, size="full")
    assert full.look.size == 65_500
    with pytest.raises(pinxit.BadOption, match="of type int, or 'full', not"):
        pinxit.Stylizer(STYLE, size="ful")  # type: ignore[arg-type]


def test_the_types_of_the_verbs_are_there_at_run_time() -> None:
    assert typing.get_type_hints(pinxit.stylize)["method"] is str
    assert typing.get_type_hints(pinxit.stylize_video)["return"].__name__ == "Report"
    assert typing.get_type_hints(pinxit.StylizeKeywords)["style_scale"] is float


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("weight", "{'wave.jpg': 0.7,"),
        ("weights", "{'wave.jpg': 0.7,"),
        ("mask", "'masks'"),
        ("zzz", "masks, progress"),
    ],
)
def test_words_of_the_command_line_get_those_of_python(name: str, cure: str) -> None:
    with pytest.raises(pinxit.BadOption, match=cure):
        pinxit.stylize(pictures.scene(), STYLE, **{name: 1})  # type: ignore[call-overload]


def test_codes_are_short_to_print(tmp_path: Path) -> None:
    images.write(pictures.scene_float(), tmp_path / "wave.png")
    assert repr(pinxit.encode_style(tmp_path / "wave.png")) == "<StyleCode wave.png>"


def test_methods_and_styles_are_listed_by_name() -> None:
    assert next(iter(pinxit.methods())) == "adain"
    assert set(pinxit.methods()) >= {"fast", "optimize"}
    optimize = pinxit.methods()["optimize"]
    assert str(optimize).startswith("Optimizes the pixels")
    assert (optimize.options["steps"].default, optimize.options["steps"].high) == (0, 100_000)
    assert str(optimize.options["seed"]).endswith("any number of threads. (0 to 4294967295; default 0)")
    assert "16 to 65500 px, or full" in str(optimize.options["size"])
    assert {"color", "losses"} <= optimize.options.keys() - {"tile"} == optimize.options.keys()
    starry_night = pinxit.styles()["starry-night"]
    assert repr(starry_night).startswith("<TrainedStyle starry-night: The Starry Night, Vincent van Gogh")
    painted = pinxit.stylize(pictures.scene(), starry_night)
    assert np.array_equal(painted.image, pinxit.stylize(pictures.scene(), "starry-night").image)


def test_all_errors_are_in_one_place_and_the_common_ones_at_hand() -> None:
    names = {name for name, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, pinxit.PinxitError)}
    elsewhere = [
        f"{path.name}: {node.name}"
        for path in Path(errors.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if path.name != "errors.py" and isinstance(node, ast.ClassDef)
        if names & {ast.unparse(base).rpartition(".")[2] for base in node.bases}
    ]
    assert elsewhere == []
    exported = [name for name, value in inspect.getmembers(errors, inspect.isclass) if name in pinxit.__all__]
    local = {name for name in names if not issubclass(getattr(errors, name), errors.ServiceError)}
    assert local - {"PartlyDone"} <= set(exported)


def test_open_files_may_be_many() -> None:
    data = pictures.saved(pictures.scene(), "PNG")
    assert len(pinxit.stylize([io.BytesIO(data), io.BytesIO(data)], STYLE)) == 2
