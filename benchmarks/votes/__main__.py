"""``python -m benchmarks.votes``: blind votes between two folders of results; README.md tells how to take them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks import folders, pairs
from benchmarks.votes import ballots, page, sheets
from pinxit.errors import PinxitError

OUT = folders.OUT / "votes"
INTERRUPTED = 130
DEFAULT = "(default %(default)s)"


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line."""
    top = argparse.ArgumentParser(prog="python -m benchmarks.votes", description="Blind votes between two programs.")
    commands = top.add_subparsers(dest="command", required=True)
    make = commands.add_parser("sheets", help="make sheets from two folders of results")
    make.add_argument("a", type=Path, metavar="FOLDER", help="results of one program, PAIR.png each")
    make.add_argument("b", type=Path, metavar="FOLDER", help="results of the other")
    make.add_argument("--tsv", type=Path, metavar="FILE", help="table of pairs: name, content, style (see the README)")
    make.add_argument("--pairs", type=int, default=24, metavar="N", help="the first N pairs (default %(default)s)")
    make.add_argument("--seed", type=int, default=0, help="of the order of A and B (default %(default)s)")
    make.add_argument("--serve", action="store_true", help="then serve the page")
    serve = commands.add_parser("serve", help="serve a page on this machine that shows the sheets and records votes")
    count = commands.add_parser("tally", help="print who won, with a 95%% interval, and the named faults")
    for command in (make, serve):
        command.add_argument("--sheets", type=Path, default=OUT / "sheets", metavar="DIR", help=DEFAULT)
        command.add_argument("--port", type=int, default=0, help="of the page (default: any that is free)")
    for command in (make, count):
        command.add_argument(
            "--keys", type=Path, default=OUT / "keys.json", metavar="FILE", help="(default %(default)s)"
        )
    for command in (make, serve, count):
        command.add_argument(
            "--votes", type=Path, default=OUT / "votes.tsv", metavar="FILE", help="(default %(default)s)"
        )
    return top


def run(arguments: argparse.Namespace) -> None:
    """Make sheets, serve them, or tally the votes.

    Raises a `PinxitError`.
    """
    if arguments.command == "sheets":
        chosen = pairs.choose(arguments.tsv, arguments.pairs)
        sheets.make(chosen, (arguments.a, arguments.b), arguments.sheets, arguments.keys, arguments.seed)
        print(f"{len(chosen)} sheets in {arguments.sheets}; the keys, not for judges, in {arguments.keys}", flush=True)
    if arguments.command == "tally":
        print(ballots.tally(sheets.read_keys(arguments.keys), ballots.read(arguments.votes)))
    if arguments.command == "serve" or (arguments.command == "sheets" and arguments.serve):
        with page.Ballot(arguments.sheets, arguments.votes, arguments.port) as ballot:
            print(f"judges vote at {ballot.url}; Ctrl-C ends it", flush=True)
            ballot.serve_forever()


def main(words: list[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    try:
        run(parser().parse_args(words))
    except PinxitError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
