"""``pinxit train gallery``: train one network on every work of a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pinxit.batch import catalog
from pinxit.cli.command import PATH, QUIET, Argument, Command
from pinxit.cli.flags import takes_options
from pinxit.cli.progress import say
from pinxit.cli.train.run import FOLDER, JSON, PHOTOS, RENAMED_FLAGS, run_training
from pinxit.config.training import TRAIN_FAST_GROUPS
from pinxit.files.network_file import ENDING

EVERYDAY = (
    "pictures", "output", "photos", "folder", "sheet", "card", "strong", "minutes", "begin", "only", "quiet",
)  # fmt: skip


@click.command(cls=Command, everyday=EVERYDAY, renamed=RENAMED_FLAGS)
@click.argument("works", cls=Argument, type=PATH, metavar="TABLE.toml", help="Names and works; see models/gallery.")
@click.option("--pictures", required=True, type=PATH, metavar="DIR", help="Folder of the works' pictures.")
@click.option("--output", "-o", type=PATH, metavar=f"FILE{ENDING}", help="Network to write.")
@PHOTOS
@FOLDER
@click.option("--sheet", multiple=True, type=PATH, metavar="PHOTO", help="Photo to paint in every style; repeat it.")
@click.option(
    "--card", type=PATH, metavar="DIR", help="Folder for the card and the sheets (default: that of the network)."
)
@QUIET
@JSON
@takes_options(TRAIN_FAST_GROUPS)
def gallery(
    works: Path,
    pictures: Path,
    output: Path | None,
    photos: Path | None,
    folder: Path | None,
    sheet: tuple[Path, ...],
    card: Path | None,
    quiet: bool,
    as_json: bool,
    options: dict[str, Any],
) -> None:
    """Train one network on every work of a table; write its card and sheets."""
    rows = catalog.read(works)
    target = output or Path(f"{works.stem}{ENDING}")
    styles = {work.name: catalog.picture(work, pictures) for work in rows}
    metadata = {work.name: work.facts for work in rows}
    result = run_training(styles, target, quiet, as_json, photos=photos, folder=folder, metadata=metadata, **options)
    if result.output.is_file():
        for path in catalog.publish(result.output, card or target.parent, list(sheet)):
            say(f"wrote {path}")
