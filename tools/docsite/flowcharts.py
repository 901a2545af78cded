"""Draws the Mermaid flowcharts of the pages as SVG, so that the site needs no script for them.

It knows what these pages use: boxes with lines of text, arrows with labels, and one level of groups. Boxes stand in
rows, each below all boxes that lead to it; arrows between the same boxes become one, with all labels.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

_NODE = re.compile(r"(\w+)(?:\[\(?\"(.*?)\"\)?\])?")
_ARROW = re.compile(r"\s*-->(?:\|\"?(.*?)\"?\|)?\s*")
LINE, MARGIN, GAP, ROW_GAP = 18, 10, 18, 48
SWEEPS = 8
STYLE = (
    "text{font:13px system-ui,sans-serif;text-anchor:middle;fill:#222}.l{font-size:12px;fill:#7a2e22;stroke:#fff;"
    "stroke-width:5px;paint-order:stroke}path{fill:none;stroke:#7a2e22;stroke-width:1.3}rect{fill:#faf3ef;stroke:#b5887c}"
    ".g{fill:none;stroke-dasharray:4 4}.b{font-weight:600}"
)


@dataclass(slots=True, eq=False)
class Box:
    """A box of the chart, or (without lines) the bend of an arrow that passes a row."""

    lines: list[str] = field(default_factory=list)
    group: str = ""
    row: int = 0
    room: float = 4  # least width, px: of a bend, that of its arrow's label
    x: float = 0  # of its center
    y: float = 0  # of its upper side

    @property
    def width(self) -> float:
        """In px, by the widest line."""
        return max((_width(line) + 2 * MARGIN for line in self.lines), default=self.room)

    @property
    def height(self) -> float:
        """In px."""
        return len(self.lines) * LINE + 10 if self.lines else 0


@dataclass(slots=True)
class Arrow:
    """An arrow through boxes: its first and last one, and a bend in every row between them."""

    path: list[Box]  # downward
    labels: list[str]
    heads: set[str] = field(default_factory=lambda: {"end"})

    @property
    def lines(self) -> list[str]:
        """All labels, one a line."""
        return [label for label in self.labels if label]


def draw(chart: str) -> str:
    """Return a Mermaid flowchart as SVG."""
    boxes, arrows = _parse(chart)
    loops = [arrow for arrow in arrows if arrow.path[0] is arrow.path[1]]
    arrows = [arrow for arrow in arrows if arrow not in loops]
    rows = _rows(boxes, arrows)
    _place(rows, arrows)
    left = min(box.x - box.width / 2 for box in boxes) - 2 * MARGIN
    width = max(box.x + box.width / 2 for box in boxes) + 2 * MARGIN - left
    height = max(box.y + box.height for box in boxes) + 2 * MARGIN
    frames, names = _groups(boxes)
    shapes = [*frames, *(_line(arrow) for arrow in arrows), *map(_box, boxes), *names, *map(_label, arrows)]
    shapes += [_text(f"↻ {line}", a.path[0].x, a.path[0].y - 4) for a in loops for line in a.lines]
    head = '<marker id="h" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:.0f} -24 {width:.0f} {height + 24:.0f}" '
        f'width="{width:.0f}" height="{height + 24:.0f}"><style>{STYLE}</style><defs>{head} '
        f'orient="auto-start-reverse">'
        f'<path d="M0 0 8 4 0 8z" style="fill:#7a2e22;stroke:none"/></marker></defs>{"".join(shapes)}</svg>'
    )


def words(chart: str) -> str:
    """Return what a flowchart's boxes are called, for readers who do not see it."""
    return ", ".join(re.sub("</?b>", "", box.lines[0]) for box in _parse(chart)[0])


def _parse(chart: str) -> tuple[list[Box], list[Arrow]]:
    boxes: dict[str, Box] = {}
    arrows: dict[tuple[str, str], Arrow] = {}
    group = ""
    for line in map(str.strip, chart.splitlines()[1:]):
        if match := re.match(r"subgraph \w+\[\"(.*)\"\]", line):
            group = match[1]
        elif line == "end":
            group = ""
        elif line:
            _statement(line, group, boxes, arrows)
    return list(boxes.values()), list(arrows.values())


def _statement(line: str, group: str, boxes: dict[str, Box], arrows: dict[tuple[str, str], Arrow]) -> None:
    """Read a chain of boxes and arrows."""
    before, label, position = "", "", 0
    while match := _NODE.match(line, position):
        name, text = match.groups()
        box = boxes.setdefault(name, Box(group=group))
        if text or not box.lines:
            box.lines = (text or name).split("<br/>")
        if before and (name, before) in arrows and name != before:
            arrows[name, before].heads.add("start")
            arrows[name, before].labels.append(label)
        elif before:
            arrows.setdefault((before, name), Arrow([boxes[before], box], [])).labels.append(label)
        if not (arrow := _ARROW.match(line, match.end())):
            break
        before, label, position = name, arrow[1] or "", arrow.end()


def _rows(boxes: list[Box], arrows: list[Arrow]) -> list[list[Box]]:
    """Give every box the row below those that lead to it, and every longer arrow its bends; return the rows."""
    below: dict[int, set[int]] = {id(box): {id(box)} for box in boxes}
    for arrow in arrows:
        if id(arrow.path[0]) in below[id(arrow.path[1])]:  # it leads back up
            arrow.path.reverse()
            arrow.heads = {"start"}
        upper, lower = map(id, arrow.path)
        for reached in below.values():
            reached |= below[lower] if upper in reached else set()
    for _ in boxes:
        for arrow in arrows:
            arrow.path[-1].row = max(arrow.path[-1].row, arrow.path[0].row + 1)
    rows: list[list[Box]] = [[] for _ in range(1 + max(box.row for box in boxes))]
    for box in boxes:
        rows[box.row].append(box)
    for arrow in arrows:
        start, end = arrow.path
        bends = [Box(row=row, room=max(map(_width, arrow.lines), default=4)) for row in range(start.row + 1, end.row)]
        arrow.path = [start, *bends, end]
        for bend in bends:
            rows[bend.row].append(bend)
    return rows


def _place(rows: list[list[Box]], arrows: list[Arrow]) -> None:
    """Order each row by its neighbors, and bring every box as near to them as its row leaves room."""
    near: dict[int, list[Box]] = {id(box): [] for row in rows for box in row}
    for arrow in arrows:
        for upper, lower in pairwise(arrow.path):
            near[id(upper)].append(lower)
            near[id(lower)].append(upper)
    y = 0.0
    for row in rows:
        height = max(box.height for box in row)
        for box in row:
            box.y = y + (height - box.height) / 2
        _spread(row, [0.0] * len(row))
        most = max((len(arrow.lines) for arrow in arrows if any(box in row for box in arrow.path[:-1])), default=0)
        y += height + ROW_GAP + LINE * max(0, most - 1)
    for sweep in range(SWEEPS):
        for row in rows[:: -1 if sweep % 2 else 1]:
            wanted = {id(b): sum(n.x for n in near[id(b)]) / len(near[id(b)]) if near[id(b)] else b.x for b in row}
            row.sort(key=lambda box: wanted[id(box)])
            _spread(row, [wanted[id(box)] for box in row])


def _spread(row: list[Box], wanted: list[float]) -> None:
    """Put the boxes of a row where they want to be, side by side without overlaps, and right in the mean."""
    for number, (box, x) in enumerate(zip(row, wanted, strict=True)):
        box.x = x
        if number:
            other = row[number - 1]
            box.x = max(x, other.x + (other.width + box.width) / 2 + GAP)
    shift = sum(x - box.x for box, x in zip(row, wanted, strict=True)) / len(row)
    for box in row:
        box.x += shift


def _box(box: Box) -> str:
    left = box.x - box.width / 2
    shape = f'<rect x="{left:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="4"/>'
    for number, line in enumerate(box.lines):
        kind = ' class="b"' if "<b>" in line else ""
        text = escape(re.sub("</?b>", "", line))
        shape += f'<text{kind} x="{box.x:.1f}" y="{box.y + (number + 1) * LINE:.1f}">{text}</text>'
    return shape


def _line(arrow: Arrow) -> str:
    points = [(box.x, box.y + box.height, box.x, box.y) for box in arrow.path]
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x, y, _, _), (_, _, to_x, to_y) in pairwise(points):
        middle = (y + to_y) / 2
        path += f"C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}"
    heads = "".join(f' marker-{end}="url(#h)"' for end in sorted(arrow.heads))
    return f'<path d="{path}"{heads}/>'


def _label(arrow: Arrow) -> str:
    upper, *bends, lower = arrow.path
    share = 0.6  # nearer to the box that it leads to, where arrows from one box have parted
    if bends:
        upper = lower = bends[len(bends) // 2]
    x, y = upper.x + share * (lower.x - upper.x), upper.y + upper.height + share * (lower.y - upper.y - upper.height)
    top = y - LINE * (len(arrow.lines) - 1) / 2
    return "".join(_text(line, x, top + LINE * number) for number, line in enumerate(arrow.lines))


def _text(text: str, x: float, y: float) -> str:
    return f'<text class="l" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _groups(boxes: list[Box]) -> tuple[list[str], list[str]]:
    """Return the frames of the groups, and their names, which lie above the arrows."""
    frames, names = [], []
    for name in sorted({box.group for box in boxes} - {""}):
        inside = [box for box in boxes if box.group == name]
        left, right = min(b.x - b.width / 2 for b in inside), max(b.x + b.width / 2 for b in inside)
        half = max((right - left) / 2, _width(name) / 2) + MARGIN
        middle, top = (left + right) / 2, min(box.y for box in inside) - 24
        height = max(box.y + box.height for box in inside) + MARGIN - top
        frames.append(
            f'<rect class="g" x="{middle - half:.1f}" y="{top:.1f}" width="{2 * half:.1f}" height="{height:.1f}"/>'
        )
        names.append(_text(name, middle, top + 13))
    return frames, names


def _width(text: str) -> float:
    """Return the width of a line in the drawing's font, px, about."""
    letter_width = 7.8 if "<b>" in text else 7.2
    text = re.sub("</?b>", "", text)
    return sum(13.5 if unicodedata.east_asian_width(letter) in "WF" else letter_width for letter in text)
