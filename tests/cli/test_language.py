"""The command line in Chinese: the catalog, its gaps, the columns, and who speaks it."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import pinxit
from pinxit import errors
from pinxit.cli import language
from pinxit.cli.app import app, run
from pinxit.cli.command import Argument

SOURCE = Path(pinxit.__file__).parent
WORDS: dict[str, dict[str, str]] = json.loads((SOURCE / "cli" / "words.zh.json").read_text("utf-8"))
GAP = re.compile(r"\{\d\}")


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PINXIT_LANG", "zh")
    language.chinese.cache_clear()
    yield
    language.chinese.cache_clear()


@pytest.mark.parametrize(
    ("variables", "speaks"),
    [
        ({}, False),
        ({"LANG": "zh_CN.UTF-8"}, True),
        ({"LANG": "en_US.UTF-8"}, False),
        ({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, False),
        ({"PINXIT_LANG": "en", "LC_ALL": "zh_CN.UTF-8"}, False),
        ({"PINXIT_LANG": "zh", "LC_ALL": "C"}, True),
    ],
)
def test_the_first_variable_that_is_set_chooses(
    variables: dict[str, str], speaks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PINXIT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    language.chinese.cache_clear()
    assert language.chinese() is speaks
    language.chinese.cache_clear()


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("english", "translated"),
    [
        ("Print JSON.", "输出 JSON。"),
        ("unknown command 'x': did you mean 'y'?", "没有命令 'x'：是不是想写 'y'？"),
        ("size is 3; it must be from 16 to 65500 px", "size 为 3；必须是 16 至 65500 像素"),
        ("Pooling in VGG-19. (max, average; default max)", "VGG-19 中的池化。（max, average；默认 max）"),
        ("The photo.  [required]", "照片。 [必填]"),
        ("a {0} that nobody wrote", "a {0} that nobody wrote"),
        ("", ""),
    ],
)
def test_sentences_their_gaps_and_facts_are_translated(english: str, translated: str) -> None:
    assert language.translate(english) == translated


def test_english_stays_as_it_is() -> None:
    assert language.translate("Print JSON.") == "Print JSON."


@pytest.mark.usefixtures("chinese")
def test_help_and_errors_are_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["stylize", "--help"]) == 0
    assert "用任意一幅图的风格绘制图片。" in capsys.readouterr().out
    assert run(["stylize", "nowhere.jpg", "--style", "a.jpg"]) != 0
    assert "没有这个文件" in capsys.readouterr().err


@given(st.text("照片， a-b。", max_size=60), st.integers(4, 30))
def test_no_line_is_wider_than_it_may_be_and_nothing_is_lost(text: str, width: int) -> None:
    lines = language.wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert cell_len(line.rstrip("，。")) <= max(width, *(cell_len(word) for word in re.findall("[ -~]+", line)), 0)


def test_the_gaps_of_both_languages_are_the_same() -> None:
    for section in WORDS.values():
        for english, translated in section.items():
            assert sorted(set(GAP.findall(english))) == sorted(set(GAP.findall(translated))), english


def helps() -> Iterator[str]:
    """Every help text of the command line."""

    def of(command: click.Command) -> Iterator[str]:
        if command.help:
            yield " ".join(command.help.split())
            yield " ".join(command.get_short_help_str(limit=1000).split())
        for parameter in command.params:
            if isinstance(parameter, click.Option | Argument) and parameter.help:
                yield parameter.help
        if isinstance(command, click.Group):
            for name in command.list_commands(click.Context(command)):
                each = command.get_command(click.Context(command), name)
                assert each
                yield from of(each)

    return of(app)


@pytest.mark.usefixtures("chinese")
def test_every_help_text_is_translated() -> None:
    missing = {text for text in helps() if not re.search("[\u4e00-\u9fff]", language.translate(text))}
    assert not missing


def messages() -> Iterator[str]:
    """Every text in the source that may be printed, with numbered gaps."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr | ast.Constant | ast.BinOp):
                gaps = iter(range(10))
                text = _template(node, gaps)
                if text:
                    yield text


def _template(node: ast.expr, gaps: Iterator[int]) -> str:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_template(each, gaps) for each in values)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _template(left, gaps) + _template(right, gaps)
        case ast.FormattedValue():
            return f"{{{next(gaps, 9)}}}"
    return ""


@pytest.mark.usefixtures("chinese")
def test_no_entry_is_stale() -> None:
    """What is translated is printed: as a message, as a help text, or as a heading of the help."""
    printed = {re.sub(r"(\{\d\})+$", "", text) for text in messages()} | set(helps())
    printed |= {text.partition(" (")[0] for text in printed}
    printed |= {"Usage: ", ":", "[required]", "Show this message and exit."}
    stale = [each for each in WORDS["sentences"] if re.sub(r"(\{\d\})+$", "", each) not in printed]
    assert not stale


@pytest.mark.usefixtures("chinese")
def test_every_error_is_translated() -> None:
    """Those of the service apart, which its page translates by their kind."""
    entries = {re.sub(r"(\{\d\})+$", "", each) for each in WORDS["sentences"]}
    missing = []
    for path in SOURCE.rglob("*.py"):
        if "service" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                text = re.sub(r"(\{\d\})+$", "", _template(node.exc.args[0], iter(range(10))))
                is_ours = getattr(errors, ast.unparse(node.exc.func).rpartition(".")[2], None)
                if is_ours not in (None, errors.MissingExtra) and " " in text and "{0}" != text and text not in entries:
                    missing.append(f"{path.name}: {text}")
    assert not missing
