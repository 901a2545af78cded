"""Recipes survive the round trip, repeat what they say, and never crash on what a stranger wrote."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinxit.config.options import METHOD_OPTIONS, Look, Optimize, Output
from pinxit.errors import BadRecipe, NotFound
from pinxit.files import recipe
from pinxit.files.fingerprint import FileId
from pinxit.files.recipe import Recipe, StyleEntry

SHA = "0123456789abcdef" * 4

names = st.text(st.characters(exclude_characters="/\0"), max_size=40).filter(lambda name: name not in (".", ".."))
named = st.builds(FileId, names, st.text("0123456789abcdef", min_size=64, max_size=64))
references = st.builds(StyleEntry, named, st.floats(0, 1e9), st.none() | named)
looks = st.builds(Look, size=st.integers(16, 65_500), strength=st.floats(0, 1), seed=st.integers(0, 2**32 - 1))
recipes = st.builds(
    recipe.make,
    st.just("optimize"),
    st.tuples(looks, st.builds(Optimize, steps=st.integers(0, 100), tv_weight=st.floats(0, 1e12))),
    named,
    st.lists(references, min_size=1, max_size=4),
    st.just("0.1.0"),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def example(**changes: Any) -> dict[str, Any]:
    """A whole recipe as a dict, with some of its parts replaced."""
    made = recipe.make(
        "optimize", (Look(), Optimize()), FileId("a.jpg", SHA), [StyleEntry(FileId("b.png", SHA))], "0.1.0"
    )
    return {**made, **changes}


@given(recipes)
def test_dumps_and_loads(made: dict[str, Any]) -> None:
    text = recipe.dumps(made)
    assert recipe.loads(text).as_dict() == made
    assert recipe.dumps(recipe.loads(text).as_dict()) == text


@pytest.mark.parametrize("method", METHOD_OPTIONS)
def test_every_method_has_its_recipe(method: str) -> None:
    styles = [StyleEntry(FileId("b.png", SHA))]
    made = recipe.make(method, (Look(), METHOD_OPTIONS[method]()), FileId("a.jpg", SHA), styles, "0.1.0")
    assert recipe.loads(recipe.dumps(made)).as_dict() == made


@given(recipes)
def test_a_recipe_is_one_line_of_ascii(made: dict[str, Any]) -> None:
    text = recipe.dumps(made)
    assert text.isascii()
    assert "\n" not in text


def test_a_recipe_has_every_option_and_no_folder(tmp_path: Path) -> None:
    start = tmp_path / "start.png"
    start.write_bytes(b"start")
    look, optimize = Look(size=99), Optimize(init=str(start))
    made = recipe.make(
        "optimize", (look, optimize), FileId("a.jpg", SHA), [StyleEntry(FileId("b.png", SHA), 2.0)], "0.1.0"
    )
    assert made["options"]["size"] == 99
    assert made["options"]["init"] == "start.png"
    assert made["files"] == {"init": {"name": "start.png", "sha256": hashlib.sha256(b"start").hexdigest()}}
    assert str(tmp_path) not in recipe.dumps(made)


def test_a_word_is_not_taken_for_a_file() -> None:
    assert example()["files"] == {}


def test_an_option_whose_file_is_gone_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"gone\.png"):
        recipe.make("optimize", (Optimize(init=str(tmp_path / "gone.png")),), FileId("", SHA), [], "0.1.0")


def test_the_output_options_are_added() -> None:
    made = recipe.with_output(example(), Output(quality=80))
    assert recipe.loads(recipe.dumps(made)).output == {"quality": 80}


@given(st.text())
def test_any_text_is_a_recipe_or_a_bad_one(text: str) -> None:
    with pytest.raises(BadRecipe):
        recipe.loads(text)


@given(st.dictionaries(st.sampled_from(sorted(example())), json_values, min_size=1))
def test_any_part_replaced_by_any_json_is_read_or_refused(changes: dict[str, Any]) -> None:
    try:
        read = recipe.loads(json.dumps(example(**changes)))
    except BadRecipe:
        return
    assert isinstance(read, Recipe)


@given(st.data())
def test_any_one_character_changed_is_read_or_refused(data: st.DataObject) -> None:
    text = recipe.dumps(example())
    position = data.draw(st.integers(0, len(text) - 1))
    changed = text[:position] + data.draw(st.characters()) + text[position + 1 :]
    try:
        assert recipe.loads(changed).styles
    except BadRecipe:
        return


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "[" * 60_000,
        "9" * 5_000,
        " " * 100_000,
        json.dumps(example(), indent=1)[:-5],
        json.dumps(example(options={"strength": math.nan})),
        json.dumps(example(options={"tv_weight": 10**400})),
    ],
    ids=["empty", "null", "list", "deep", "long number", "long", "cut", "NaN", "beyond floats"],
)
def test_garbage_is_a_bad_recipe(text: str) -> None:
    with pytest.raises(BadRecipe):
        recipe.loads(text)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": 2, "pinxit": "9.0"}, r"made by pinxit 9\.0 of a format"),
        ({"format": True}, "format"),
        ({"format": "1"}, "format"),
        ({"method": "magic"}, "does not have the recipe's method"),
        ({"method": 3}, "'method' is missing or not a JSON string"),
        ({"options": {"sise": 512}}, "did you mean 'size'"),
        ({"options": {"size": 70000}}, "from 16 to 65500 px"),
        ({"options": []}, "'options' is missing or not a JSON object"),
        ({"styles": []}, "0 styles"),
        ({"styles": [{}] * 65}, "65 styles"),
        ({"styles": ["b.png"]}, "style must be a JSON object"),
        ({"styles": [{"name": "b", "sha256": SHA, "weight": -1}]}, "weight"),
        ({"styles": [{"name": "b", "sha256": SHA, "weight": True}]}, "weight"),
        ({"styles": [{"name": "b", "sha256": SHA, "weight": 10**400}]}, "weight"),
        ({"styles": [{"name": "b", "sha256": SHA, "weight": 1, "mask": 7}]}, "mask must be a JSON object"),
        ({"content": {"name": "a.jpg", "sha256": "12"}}, "64 hexadecimal digits"),
        ({"content": {"name": "a.jpg", "sha256": SHA.upper()}}, "64 hexadecimal digits"),
        ({"files": {"size": {"name": "a", "sha256": SHA}}}, "takes none"),
        ({"files": {"pooling": {"name": "a", "sha256": SHA}}}, "takes none"),
        ({"options": {"init": "/home/somebody/private.png"}}, "without its sha256"),
        ({"options": {"vgg": "../weights.pth"}}, "without its sha256"),
        ({"output": {"quality": 0}}, "quality"),
        ({"stopped": None}, "'stopped' is missing"),
    ],
)
def test_each_fault_is_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadRecipe, match=words):
        recipe.loads(json.dumps(example(**changes)))


@pytest.mark.parametrize("name", ["../a.jpg", "/etc/passwd", "..", ".", "a/", "./a", "a\0b", "x" * 256])
def test_a_name_that_leads_out_of_the_folder_is_refused(name: str) -> None:
    with pytest.raises(BadRecipe, match="plain name"):
        recipe.loads(json.dumps(example(content={"name": name, "sha256": SHA})))


def test_an_input_is_found_in_the_first_folder_that_has_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, data in ((first, b"other"), (second, b"right")):
        folder.mkdir()
        (folder / "a.jpg").write_bytes(data)
    file = FileId("a.jpg", hashlib.sha256(b"right").hexdigest())
    assert recipe.find(file, "content", [first, second]) == second / "a.jpg"


def test_an_input_that_changed_is_refused_with_both_ways_out(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"new")
    file = FileId("a.jpg", hashlib.sha256(b"old").hexdigest())
    words = rf"'a.jpg' is not the style.*{file.sha256[:12]}.*without --recipe"
    with pytest.raises(BadRecipe, match=words):
        recipe.find(file, "style", [tmp_path])
    with pytest.raises(BadRecipe, match=words):
        recipe.check(file, "style", path)


def test_a_missing_input_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRecipe, match=r"the mask 'a\.jpg' is neither beside"):
        recipe.find(FileId("a.jpg", SHA), "mask", [tmp_path])


def test_an_input_that_was_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRecipe, match="give it yourself"):
        recipe.find(FileId("", SHA), "content", [tmp_path])


def test_options_get_the_present_paths_of_their_files(tmp_path: Path) -> None:
    (tmp_path / "start.png").write_bytes(b"start")
    made = recipe.make(
        "optimize",
        (Optimize(init=str(tmp_path / "start.png")),),
        FileId("a", SHA),
        [StyleEntry(FileId("b", SHA))],
        "0.1.0",
    )
    read = recipe.loads(recipe.dumps(made))
    located = recipe.options_with_files(read, lambda file, role: recipe.find(file, role, [tmp_path]))
    assert located == {**made["options"], "init": str(tmp_path / "start.png")}
