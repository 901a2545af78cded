"""What `test_house` reads sources by: circles of imports, bound names, and the words that are not to come back."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping

OLD_NAMES = set(
    "Hand FramePainter Lesson _Course Course Footing Exhibition Samples Sitter Places Balance Painter AdainPainter "
    "FastPainter Gatys _Steering Way Kept Canvas _Look Taught Ledger Manner Asked Doors Guard Ears Teller HungUp "
    "Given Wanted _laid _strong wet woven turned weave squeeze narrow leader_says leads joined held spare "
    "_refuse_strangers gather keep kept carry go_behind give_back told taught teach footing exhibition "
    "sitter sitters lesson lessons".split()
)
"""Names of earlier versions; each has a word of the field in its place."""

EMPTY_NAMES = set("found own given known seen place whole wanted hand".split())
"""Names that do not say what they hold."""

OLD_WORDS = re.compile(
    r"\b([Tt]aught(?!\")|[Tt]each|[Tt]eaches|[Tt]eaching|[Ll]essons?|[Ss]itters?|[Ff]ootings?|[Ee]xhibitions?"
    r"|_?Course|AdainPainter|FastPainter|FramePainter|Gatys(?=\()|HungUp|Teller|go_behind|leader_says"
    r"|_refuse_strangers|networkfile|stylecode|ownstyles)\b|影片|教(?!程)"
)
"""Words of earlier versions in code, sentences and pages (教程 is a tutorial). A quoted ``"taught"`` is in files."""


def bound(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, int]]:
    """Yield every name that code defines, with its line: functions, classes, parameters, variables, attributes."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname, node.lineno) for alias in node.names if alias.asname)


def circles(graph: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Return the groups of nodes that reach each other (Tarjan, "Depth-first search and linear graph algorithms")."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(node: str) -> None:
        order[node] = low[node] = len(order)
        stack.append(node)
        for target in graph[node]:
            if target not in order:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], order[target])
        if low[node] == order[node]:
            start = stack.index(node)
            groups.append(sorted(stack[start:]))
            del stack[start:]

    for node in graph:
        if node not in order:
            visit(node)
    return [group for group in groups if len(group) > 1]
