"""The licences of what is installed: the page lists all of it, and the images' files say what to know."""

from __future__ import annotations

import importlib.util
import re
from email.message import Message
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def licenses() -> ModuleType:
    spec = importlib.util.spec_from_file_location("licenses", ROOT / "tools" / "licenses.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_has_every_package_that_pyproject_names(licenses: ModuleType) -> None:
    packages, _ = (ROOT / "docs" / "licenses.md").read_text(encoding="utf-8").split("| package | library")
    rows = dict(line.removeprefix("| ").split(" | ", 1) for line in packages.splitlines() if line.startswith("| "))
    for extra, needs in licenses.extras().items():
        for need in needs:
            by = "every install" if extra == "pinxit" else extra
            assert by in rows[canonicalize_name(Requirement(need).name)], need


def test_both_languages_have_the_same_tables(licenses: ModuleType) -> None:
    english, chinese = (
        re.findall(r"^\|.*\|$", path.read_text(encoding="utf-8"), re.MULTILINE) for path in licenses.PAGES.values()
    )
    rows = [line[2:-2].split(" | ") for line in english if not line.startswith("|-")]
    assert len(rows) > 100
    assert "\n".join(chinese) == licenses.markdown(rows, "zh")


def test_requirements_are_followed(licenses: ModuleType) -> None:
    assert {"rich", "markdown-it-py", "mdurl"} <= licenses.closure(
        ["rich>=1", "nothing-of-this-name", "av; python_version < '3'"]
    )
    assert "av" not in licenses.closure(["av; python_version < '3'"])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"License-Expression": "MIT", "License": "a text\nof lines"}, "MIT"),
        ({"Classifier": "License :: OSI Approved :: MIT License", "License": "x"}, "MIT License"),
        ({"License": "BSD\nof three lines"}, "BSD"),
        ({}, "see its files"),
    ],
)
def test_a_licence_is_said_in_a_few_words(licenses: ModuleType, fields: dict[str, str], said: str) -> None:
    package = Message()
    for name, value in fields.items():
        package[name] = value
    assert licenses.licence(package) == said


@pytest.mark.parametrize("file", ["NOTICE", "Dockerfile", "docs/licenses.md", "docs/licenses.zh-CN.md"])
def test_who_passes_an_image_on_reads_of_the_gpl(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    assert all(word in text for word in ("libx264", "libx265", "docs/licenses.md" if "docs" not in file else "GPL"))
