"""``pinxit score``: measure the distances of painted pictures to their content and to their style."""

import dataclasses
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from pinxit import images
from pinxit.batch.plan import output_names
from pinxit.cli.command import PATH, Argument, Command
from pinxit.cli.flags import takes_options
from pinxit.cli.language import translate
from pinxit.cli.progress import printable, say_failure
from pinxit.config.options import Scoring
from pinxit.config.schema import SCORE_GROUPS
from pinxit.errors import BadOption, NotFound, PartlyDone, PinxitError
from pinxit.metrics.distances import Score, Scorer, mean

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")
"""Endings of painted pictures, in the order in which they are searched."""


EXPLANATIONS = (
    "style: how far from the painting, in the features of VGG-19; 0 is its style. Typical: 0.1 to 0.5.",
    "content: how far from the photo, in the same features; 0 is the photo. SSIM: how like the photo; 1 is the photo.",
    "patch precision: how far details are from those of the painting; 0 is best.",
)
"""What each column of the table answers."""
Trio = tuple[str, Path, Path, Path]
"""A name, a content picture, a style picture, and the picture painted from both."""


@click.command(cls=Command)
@click.argument(
    "pictures",
    cls=Argument,
    nargs=-1,
    required=True,
    type=PATH,
    metavar="CONTENT STYLE PAINTED",
    help="Three pictures; or a folder of contents, a style or a folder of styles, and a folder of painted pictures, "
    "matched by name; or, with --pairs, only the folder of painted pictures.",
)
@click.option(
    "--pairs",
    type=PATH,
    help="File with lines of NAME, CONTENT and STYLE, separated by tabs; paths start at its folder.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@takes_options(SCORE_GROUPS)
def score(pictures: tuple[Path, ...], pairs: Path | None, as_json: bool, options: dict[str, Any]) -> None:
    """Score painted pictures: content distance, style distance and patch precision (0 is best), SSIM (1 is best)."""
    scoring = Scoring(**options)
    trios = list(_from_pairs(pairs, pictures) if pairs else _from_pictures(pictures))
    if not trios:
        raise BadOption(f"{pairs.name!r} names no pictures" if pairs else f"{pictures[0].name!r} contains no pictures")
    scorer = Scorer(vgg=scoring.vgg, size=scoring.size)
    scores: dict[str, Score] = {}
    failed: list[str] = []
    for name, *files in trios:
        try:
            scores[name] = scorer.score(*files)
        except PinxitError as error:
            if len(trios) == 1:
                raise
            say_failure(name, error)
            failed.append(name)
    if as_json:
        rows = [{"name": name, **dataclasses.asdict(one)} for name, one in scores.items()]
        average = dataclasses.asdict(mean(scores.values())) if scores else None
        print(json.dumps({"mean": average, "rows": rows}, indent=2))
    else:
        _print_table(scores)
    if failed:
        raise PartlyDone(f"{len(failed)} of {len(trios)} pictures could not be scored: {', '.join(failed)}")


def _from_pairs(pairs: Path, pictures: Sequence[Path]) -> Iterator[Trio]:
    if len(pictures) != 1 or not os.path.isdir(pictures[0]):
        raise BadOption("with --pairs, name only the folder of the painted pictures")
    try:
        lines = pairs.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise NotFound(f"{pairs.name!r} is not a text file that can be read") from error
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split("\t")
        if len(parts) != 3:
            raise BadOption(f"line {number} of {pairs.name!r} must be NAME, CONTENT and STYLE, separated by tabs")
        name, content, style = parts
        yield name, pairs.parent / content, pairs.parent / style, _painted(pictures[0], [name])


def _from_pictures(pictures: Sequence[Path]) -> Iterator[Trio]:
    if len(pictures) != 3:
        raise BadOption("score needs three pictures, or three folders: CONTENT STYLE PAINTED")
    content, style, painted = pictures
    if not os.path.isdir(content):
        yield painted.name, content, style, painted
        return
    if not os.path.isdir(painted):
        raise BadOption(f"{content.name!r} is a folder, so the third must be the folder of the painted pictures")
    contents = images.find_pictures(content)
    styles = {file.stem: file for file in images.find_pictures(style)} if os.path.isdir(style) else {}
    for file, stem in zip(contents, output_names(contents, ""), strict=True):
        if os.path.isdir(style) and file.stem not in styles:
            raise NotFound(f"the folder of styles has no picture called {file.stem!r}")
        yield file.stem, file, styles.get(file.stem, style), _painted(painted, [stem, file.stem])


def _painted(folder: Path, stems: list[str]) -> Path:
    """Return the painted picture with one of the stems, or the expected path if there is none."""
    paths = [folder / (stem + ending) for stem in stems for ending in ENDINGS]
    return next((path for path in paths if os.path.isfile(path)), paths[0])


def _print_table(scores: dict[str, Score]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("picture")
    for name in ("content", "style", "SSIM", "patch precision"):
        table.add_column(name, justify="right")
    for name, one in scores.items():
        table.add_row(escape(printable(name)), *_cells(one))
    if len(scores) > 1:
        table.add_section()
        table.add_row(f"mean of {len(scores)}", *_cells(mean(scores.values())))
    console = Console()
    console.print(table)
    for words in EXPLANATIONS:
        console.print(translate(words), markup=False, highlight=False, soft_wrap=True)


def _cells(one: Score) -> list[str]:
    return [f"{number:.4f}" for number in dataclasses.astuple(one)]
