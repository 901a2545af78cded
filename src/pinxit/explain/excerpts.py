"""The running lines of pinxit that compute the page's formulas, read from its sources."""

import html
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pinxit
from pinxit.images import color
from pinxit.methods.onepass import any_style
from pinxit.methods.optimize import descent, losses, neighbors
from pinxit.nn import convolution, gram, normalization, vgg


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of a function: those from the first that contains ``marker``, ``count`` of them."""

    function: Callable[..., object]
    marker: str
    count: int = 1


EXCERPTS = {
    "convolution": Excerpt(convolution.direct, "F.conv2d"),
    "input": Excerpt(vgg.VGG19.walk, 'self.get_buffer("gain")'),
    "gram": Excerpt(gram._product, "f @ f.mT"),
    "positions": Excerpt(gram.gram, "return g /"),
    "content": Excerpt(losses.Content.__call__, "fixed_sum"),
    "style": Excerpt(losses.Style.__call__, "difference =", 2),
    "total": Excerpt(losses.total, "term.weight * term.loss"),
    "descent": Excerpt(descent._evaluate_and_move, "loss.backward()", 4),
    "start": Excerpt(color.coral, "change =", 2),
    "nearest": Excerpt(neighbors.nearest, "argmax"),
    "distance": Excerpt(neighbors.NeighborLosses._distance, "cosine =", 3),
    "statistics": Excerpt(normalization.statistics, "torch.var_mean", 2),
    "adain": Excerpt(normalization.adain, "gain =", 2),
    "blend": Excerpt(any_style.AnyStyleStylizer.codes, "moved:"),
}
"""By the names that the page's template has in ``<!--code NAME-->``."""


def shown(name: str) -> str:
    """Return the lines of an excerpt as HTML, with their file and line, linked to the whole function."""
    lines, start, file = _source(name)
    first = _first(name, lines)
    chosen = lines[first : first + EXCERPTS[name].count]
    indent = min(len(line) - len(line.lstrip()) for line in chosen)
    code = html.escape("".join(line[indent:] for line in chosen).rstrip())
    label = f"{file}:{start + first}"
    return f'<div class="code"><a href="#code-{name}">{label}</a><pre><code>{code}</code></pre></div>'


def listing() -> str:
    """Return every function that an excerpt is from, whole, with the excerpt marked, as HTML."""
    return "\n".join(map(_listed, EXCERPTS))


def _listed(name: str) -> str:
    lines, start, file = _source(name)
    first = _first(name, lines)
    indent = len(lines[0]) - len(lines[0].lstrip())
    marked = range(first, first + EXCERPTS[name].count)
    texts = [html.escape(line[indent:].rstrip()) for line in lines]
    code = "\n".join(f"<mark>{text}</mark>" if number in marked else text for number, text in enumerate(texts))
    title = f"{file}:{start} <code>{EXCERPTS[name].function.__qualname__}</code>"
    return f'<details id="code-{name}"><summary>{title}</summary><pre><code>{code}</code></pre></details>'


def _source(name: str) -> tuple[list[str], int, str]:
    """Return the lines of an excerpt's function, the number of the first, and its file."""
    function = inspect.unwrap(EXCERPTS[name].function)
    lines, start = inspect.getsourcelines(function)
    file = Path(inspect.getfile(function)).relative_to(Path(pinxit.__file__).parent.parent)
    return [re.sub(r" +# (type: ignore|noqa).*", "", line) for line in lines], start, file.as_posix()


def _first(name: str, lines: list[str]) -> int:
    return next(number for number, line in enumerate(lines) if EXCERPTS[name].marker in line)
