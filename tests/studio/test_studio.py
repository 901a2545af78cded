"""The studio's files: whole, in two languages, with nothing inline and nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pinxit import errors, images
from pinxit.config.options import Adain, Film, Look, Optimize, Output
from pinxit.config.spec import specs
from pinxit.config.training import STRENGTHS, TrainFast
from pinxit.service import problems
from pinxit.studio import CONTENT_SECURITY_POLICY, STATIC

SCRIPTS = sorted(STATIC.glob("js/*.js"))
SHEETS = sorted(STATIC.glob("css/*.css"))
PAGE = (STATIC / "index.html").read_text(encoding="utf-8")
PAINTING = (Look, Adain, Optimize, Film, Output)
OPERATORS = {"model", "provider", "threads", "vgg", "device"}
MAX_LINES = 350


def words(language: str) -> dict[str, str]:
    text = (STATIC / "js" / f"words.{language}.js").read_text(encoding="utf-8")
    return dict(re.findall(r'^  "?([\w.\-]+)"?: "(.*)",$', text, re.MULTILINE))


def holes(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_the_words_of_both_languages_fill_the_same_holes() -> None:
    english, chinese = words("en"), words("zh")
    assert len(english) > 100
    assert english.keys() <= chinese.keys()
    for key, text in english.items():
        assert holes(chinese[key]) <= holes(text) | {"seconds"}, key
        assert text.strip(), key


def test_every_word_the_page_asks_for_is_there() -> None:
    asked = set(re.findall(r'data-t(?:-label|-title)?="([\w.\-]+)"', PAGE))
    for script in SCRIPTS:
        asked |= set(re.findall(r'\bt\("([\w.\-]+)"', script.read_text(encoding="utf-8")))
    assert asked - words("en").keys() == set()


def test_every_option_the_page_shows_has_a_name_and_help_in_chinese() -> None:
    chinese = words("zh")
    train = (STATIC / "js" / "train.js").read_text(encoding="utf-8")
    training = set(re.findall(r'"(\w+)"', "".join(re.findall(r"^const M\w+ = \[.*\];$", train, re.MULTILINE))))
    assert training < specs(TrainFast).keys()
    painting = {name: spec.spec.help for cls in PAINTING for name, spec in specs(cls).items()}
    shown = painting.keys() - OPERATORS | training
    assert {f"option.{name}" for name in shown} - chinese.keys() == set()
    assert {f"help.{name}" for name in shown} - chinese.keys() == set()
    other = {name for name in training & painting.keys() if specs(TrainFast)[name].spec.help != painting[name]}
    assert other >= {"steps", "learning_rate"}
    assert {f"help.train.{name}" for name in other} - chinese.keys() == set(), "one name, two meanings"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_choice_the_page_shows_has_a_plain_label(language: str) -> None:
    """No value of the command line, such as lbfgs, recolored or shipped, reaches the page."""
    shown = {name: spec.spec for cls in PAINTING for name, spec in specs(cls).items() if name not in OPERATORS}
    shown["begin"] = specs(TrainFast)["begin"].spec
    choices = {f"choice.{name}.{word}": word for name, spec in shown.items() for word in (*spec.choices, *spec.words)}
    choices |= {f"choice.strong.{word}": word for word in STRENGTHS}
    labels = words(language)
    assert choices.keys() - labels.keys() == set()
    assert {key for key, word in choices.items() if labels[key] == word} == set()


def test_no_help_of_the_page_names_a_value_of_the_command_line() -> None:
    english = words("en")
    spelled = {name: spec.spec for cls in (*PAINTING, TrainFast) for name, spec in specs(cls).items()}
    values = {
        "lbfgs",
        "adam",
        "gatys",
        "recolored",
        "shipped",
        "scratch",
        "vp9",
        "h264",
        "neighbors",
        "bfloat16",
        "auto",
    }
    shown = {name for name in spelled if f"option.{name}" in words("zh")}
    read = {name: english.get(f"help.{name}", spelled[name].help) for name in shown}
    plain = {name: text.replace("(bfloat16)", "") for name, text in read.items()}
    assert {name for name, text in plain.items() if values & set(re.findall(r"\w+", text))} == set()


def test_every_error_of_the_service_has_words_in_chinese() -> None:
    def tree(cls: type[errors.PinxitError]) -> set[type[errors.PinxitError]]:
        return {cls}.union(*map(tree, cls.__subclasses__()))

    kinds = {problems.describe(cls.__new__(cls)).type.rpartition(":")[2] for cls in tree(errors.PinxitError)}
    assert "bad-option" in kinds
    assert {kind for kind in kinds if f"problem.{kind}" not in words("zh")} == set()


def test_chinese_is_chinese() -> None:
    latin = [key for key, text in words("zh").items() if not re.search(r"[\u4e00-\u9fff]", text)]
    assert set(latin) <= {
        "language.other",
        "language.switch",
        "dot",
        "comma",
        "download.jpeg",
        "download.webp",
        "download.tiff",
    }


@pytest.mark.parametrize("path", [*SCRIPTS, *SHEETS, *STATIC.glob("*.[hs][tv]*")], ids=lambda p: p.name)
def test_nothing_comes_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"(https?:)?//[\w-]+\.\w|@import|@font-face", text)


def test_nothing_is_inline() -> None:
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=", PAGE)
    for script in SCRIPTS:
        text = script.read_text(encoding="utf-8")
        assert not re.search(r'\beval\(|new Function|innerHTML|setAttribute\("style"', text), script.name
    assert "unsafe" not in CONTENT_SECURITY_POLICY


def test_what_the_page_names_is_in_the_folder() -> None:
    named = set(re.findall(r'(?:src|href)="([\w/.-]+\.\w+)', PAGE))
    for script in SCRIPTS:
        text = script.read_text(encoding="utf-8")
        named |= {f"js/{name}" for name in re.findall(r'from "\./([\w.]+)"', text)}
        named |= set(re.findall(r'"((?:pictures/)?[\w-]+\.(?:svg|jpg|webp))"', text)) - {
            "picture.jpg",
            "-small.jpg",
            "download.webp",
        }
    own = re.findall(r'^  \["(\w+)", "', (STATIC / "js" / "palette.js").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(own) == 11
    named |= {f"pictures/{name}{end}.webp" for name in own for end in ("", "-small")}
    assert {name for name in named if not (STATIC / name).is_file()} == set()


def test_the_symbols_it_draws_are_in_the_icons() -> None:
    symbols = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))
    used = set(re.findall(r"icons\.svg#([\w-]+)", PAGE))
    for script in SCRIPTS:
        used |= set(re.findall(r'icon\("([\w-]+)"\)', script.read_text(encoding="utf-8")))
    assert used - symbols == set()


def test_the_page_is_light() -> None:
    """All but the pictures of paintings, of which only the small ones load at once."""
    large = {path for path in STATIC.glob("pictures/*") if not path.stem.endswith("-small")}
    first = [path for path in STATIC.rglob("*") if path.is_file() and path not in large]
    assert sum(path.stat().st_size for path in first) < 380_000
    assert sum(path.stat().st_size for path in large) < 2_000_000


@pytest.mark.parametrize("path", sorted(STATIC.glob("pictures/*.[jw]*")), ids=lambda p: p.name)
def test_its_pictures_can_be_painted_with(path: Path) -> None:
    assert images.read(path).shape[2] == 3


@pytest.mark.parametrize("path", [*SCRIPTS, *SHEETS], ids=lambda p: p.name)
def test_files_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES
