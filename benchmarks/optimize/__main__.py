"""``python -m benchmarks.optimize``: measures pinxit beside pastiche; see benchmarks/README.md."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import folders, pairs
from benchmarks.optimize import contact_sheet, figures, report, runner, scoring
from benchmarks.optimize.programs import PROGRAMS, Setting
from pinxit.errors import PinxitError
from pinxit.files import atomic

OUT = folders.OUT / "optimize"
PAGE = "optimize.md"
INTERRUPTED = 130


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    options = argparse.ArgumentParser(
        prog="python -m benchmarks.optimize", description="Measure pinxit beside pastiche."
    )
    add = options.add_argument
    add("--pairs", type=_count, default=6, metavar="N", help="the first N pairs (default %(default)s)")
    add("--tsv", type=Path, metavar="FILE", help="a table of pairs: name, content, style (default: see the README)")
    add("--peer-steps", type=_count, default=500, metavar="N", help="steps of pastiche (default %(default)s)")
    add("--size", type=_count, default=512, metavar="PX", help="long side of the pictures (default %(default)s)")
    add("--device", choices=("cpu", "cuda"), default="cpu", help="where both compute (default %(default)s)")
    add(
        "--out",
        type=Path,
        default=OUT,
        metavar="DIR",
        help="where pictures and records go (default benchmarks/out/optimize)",
    )
    add("--only", choices=[program.name for program in PROGRAMS], help="run only this one")
    add("--fresh", action="store_true", help="measure again what is already measured")
    add(
        "--report",
        action="store_true",
        help="run nothing; write benchmarks/results/optimize.md and the READMEs' table from the records",
    )
    add(
        "--curves",
        nargs="?",
        choices=(runner.SEPARATE, runner.SAME),
        const=runner.SEPARATE,
        default="",
        help="also measure when style distances are reached: in separate runs, or in the timed ones (same)",
    )
    add(
        "--peer-seconds-steps",
        type=_count,
        default=0,
        metavar="K",
        help="let pastiche do K steps only, and extrapolate its time to --peer-steps",
    )
    return options


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not at least 1")
    return number


def compare(arguments: argparse.Namespace) -> None:
    """Run, score and report.

    Raises a `PinxitError`; where a program failed on a pair, `PartlyDone`, but only after the report.
    """
    chosen = pairs.choose(arguments.tsv, arguments.pairs)
    setting = Setting(arguments.size, arguments.peer_steps, arguments.device)
    failure: PinxitError | None = None
    if not arguments.report:
        programs = [program for program in PROGRAMS if arguments.only in (None, program.name)]
        short_steps = arguments.peer_seconds_steps
        tasks = runner.plan(chosen, programs, setting, arguments.out, curves=arguments.curves, short_steps=short_steps)
        try:
            runner.run(tasks, say, fresh=arguments.fresh)
        except PinxitError as error:
            failure = error
    scoring.complete(chosen, setting, arguments.out, say)
    write_report(figures.gather(chosen, setting, arguments.out), setting, arguments.out, publish=arguments.report)
    if failure:
        raise failure


def write_report(rows: Sequence[figures.Row], setting: Setting, out: Path, *, publish: bool) -> None:
    """Write the report and the contact sheet to ``out``, and with ``publish`` to the project's pages."""
    out.mkdir(parents=True, exist_ok=True)
    atomic.save(report.results(rows, setting).encode(), out / PAGE)
    file = io.BytesIO()
    contact_sheet.contact_sheet(rows, out).save(file, "PNG")
    atomic.save(file.getvalue(), out / "contact_sheet.png")
    say(f"\n{report.summary(rows, setting)}\n")
    written = [out / PAGE, out / "contact_sheet.png"]
    if publish:
        written += report.publish(rows, setting, folders.ROOT)
    for path in written:
        say(f"wrote {path}")


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


def main(words: list[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    arguments = parser().parse_args(words)
    try:
        compare(arguments)
    except PinxitError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("stopped; the same command resumes here", file=sys.stderr)
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
