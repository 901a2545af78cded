"""``pinxit batch``: paint all pictures of a folder, a bucket or a list."""

import dataclasses
import json
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from pinxit.cli.command import QUIET, Argument, Command, takes_method
from pinxit.cli.flags import takes_options
from pinxit.cli.interrupt import STOPPED
from pinxit.cli.progress import ProgressBar, duration, say, say_failure
from pinxit.config.options import Output
from pinxit.config.schema import STYLIZE_GROUPS
from pinxit.config.spec import specs
from pinxit.errors import PartlyDone, PinxitError, count

EVERYDAY = (
    *("source", "style", "output", "engine", "address", "workers", "seconds", "method", "format", "quiet", "as_json"),
    *("size", "strength", "style_scale", "color"),
)
LOUD_FAILURES = 20
"""How many failures are printed; all are in ``failures.csv``."""


@click.command(cls=Command, everyday=EVERYDAY)
@click.argument(
    "source",
    cls=Argument,
    metavar="SOURCE",
    help="Folder, pattern, list (.txt, .csv or .parquet with the column path) or picture; local, or an fsspec URL such "
    "as s3://bucket/photos.",
)
@click.option(
    "--style", "-s", multiple=True, required=True, metavar="STYLE", help="Style to paint every picture in; repeat it."
)
@click.option("--output", "-o", required=True, metavar="TARGET", help="Folder or fsspec URL of the paintings.")
@click.option(
    "--engine", default="local", show_default=True, metavar="WORD", help="local: this machine; ray: a cluster."
)
@click.option("--address", default="", metavar="ADDRESS", help="Address of the Ray cluster; auto finds one.")
@click.option("--workers", default=0, metavar="N", help="Processes or, at most, actors; 0 takes one for each core.")
@click.option(
    "--seconds", default=600.0, show_default=True, metavar="X", help="Seconds after which a picture is given up."
)
@click.option("--format", default="png", show_default=True, metavar="FORMAT", help="png, jpeg, webp or tiff.")
@takes_method()
@QUIET
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON for each painting.")
@takes_options(STYLIZE_GROUPS)
def batch(
    source: str, style: tuple[str, ...], output: str, quiet: bool, as_json: bool, options: dict[str, Any], **how: Any
) -> None:
    """Paint many pictures, on this machine or on a Ray cluster; run it again to continue.

    What was painted and has not changed is skipped. A picture that fails is listed in failures.csv.
    """
    from pinxit.batch.painter import BatchJob
    from pinxit.batch.run import run

    written = {name: options.pop(name) for name in specs(Output) if name in options}
    job = BatchJob(output, style, how["method"], options, written, how["format"], how["seconds"])
    counts: Counter[str] = Counter()
    begun = time.monotonic()
    try:
        rows = run(job, source, how["engine"], how["workers"], how["address"])
        with closing(rows), ProgressBar(f"painting {Path(source).name}", quiet or as_json) as bar:
            for row in rows:
                counts["failed" if row.error else "painted"] += 1
                if as_json:
                    print(json.dumps(dataclasses.asdict(row)), flush=True)
                elif row.error and counts["failed"] <= LOUD_FAILURES:
                    say_failure(Path(row.input).name, PinxitError(row.error))
                speed = counts.total() / max(1e-3, time.monotonic() - begun)
                bar.show(
                    f"{counts.total()} done, {counts['failed']} failed, {speed:.1f} a second", counts.total(), None
                )
    except KeyboardInterrupt:
        say(f"stopped after {count(counts.total(), 'painting')}; run the same command to continue")
        raise click.exceptions.Exit(STOPPED) from None
    _summarize(counts, time.monotonic() - begun, output, quiet)


def _summarize(counts: Counter[str], seconds: float, output: str, quiet: bool) -> None:
    if counts["failed"]:
        pictures = count(counts.total(), "painting")
        raise PartlyDone(f"{counts['failed']} of {pictures} failed; failures.csv in {output} says why")
    if not quiet and not counts:
        say("nothing to do: every picture was painted by an earlier run")
    elif not quiet:
        say(f"painted {count(counts['painted'], 'picture')} into {output} in {duration(seconds)}")
