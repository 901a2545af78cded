"""The public face: the names of `pinxit`, the install, and what the READMEs tell people to type."""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from pathlib import Path

import pytest

import pinxit
from pinxit.cli.app import COMMANDS
from pinxit.cli.command import load

ROOT = Path(__file__).parent.parent
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]


def test_the_public_names() -> None:
    assert sorted(pinxit.__all__) == list(pinxit.__all__)
    for name in pinxit.__all__:
        assert getattr(pinxit, name).__doc__ or name == "__version__"
    assert {"PinxitError", "Stylizer", "__version__", "stylize"} <= set(pinxit.__all__)


def test_the_changelog_knows_the_version_or_what_will_be_in_it() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{pinxit.__version__}]" in text or "## [Unreleased]" in text


def test_the_light_install_stays_light() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    base = {re.split(r"[<>=!~\[ ]", wanted)[0] for wanted in project["dependencies"]}
    assert base <= {"numpy", "pillow", "onnxruntime", "click", "rich", "platformdirs"}


def blocks(path: Path, language: str) -> list[str]:
    """The fenced code blocks of a page in one language ('' for those without)."""
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def commands(path: Path) -> list[list[str]]:
    """The shell commands of a page, as words."""
    text = "\n".join(block for language in ("", "sh", "bash", "shell", "console") for block in blocks(path, language))
    lines = [line.removeprefix("$ ") for line in text.replace("\\\n", " ").splitlines()]
    return [shlex.split(line, comments=True) for line in lines if re.match(r"(make|pinxit)\b", line)]


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^\.PHONY: (\w+)", makefile, re.MULTILINE))


def test_the_makefile_has_the_promised_targets() -> None:
    assert {"demo", "test", "check", "bench", "dist"} <= targets()


@pytest.mark.parametrize("path", [*READMES, ROOT / "CONTRIBUTING.md"], ids=lambda path: path.name)
def test_every_command_on_the_page_exists(path: Path) -> None:
    typed = commands(path)
    assert typed, "a page that people start from shows a command"
    for words in typed:
        if words[0] == "make":
            assert {word for word in words[1:] if "=" not in word} <= targets()
        elif not words[1].startswith("-"):
            parse(words[1:])


def parse(words: list[str]) -> None:
    """Let the real command line parse ``words`` up to a pipe or redirection; it exits where it does not know one."""
    end = next((i for i, word in enumerate(words) if word in {"|", ">", "<", "&&"}), len(words))
    assert words[0] in COMMANDS
    load(COMMANDS[words[0]]).make_context(words[0], words[1:end])


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_python_on_the_page_uses_names_that_exist(path: Path) -> None:
    for block in blocks(path, "python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "pinxit":
                assert node.attr in pinxit.__all__


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_every_file_on_the_page_exists(page: str) -> None:
    """Paths are written from the root, such as `tests/`, or from ``src/pinxit``, such as `config/options.py`."""
    paths = re.findall(r"`([\w./-]+(?:\.py|\.md|/))`", (ROOT / page).read_text(encoding="utf-8"))
    assert len(paths) > 20
    assert [path for path in paths if not ((ROOT / path).exists() or (ROOT / "src/pinxit" / path).exists())] == []
