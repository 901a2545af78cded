"""``pinxit score-video``: measure how steady a painted film is."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import click

from pinxit.cli.command import PATH, Argument, Command
from pinxit.cli.flags import takes_options
from pinxit.config.schema import SCORE_GROUPS
from pinxit.video.api import need_packages

FLOW = "File of the true flow from each frame to the next: .flo, .npy or .npz."


@click.command("score-video", cls=Command)
@click.argument("film", cls=Argument, type=PATH, metavar="FILM", help="The original film, or folder of pictures.")
@click.argument("painted", cls=Argument, type=PATH, metavar="PAINTED", help="The painted one, frame for frame.")
@click.option("--style", "-s", type=PATH, metavar="PICTURE", help="Measure the distance to this style too.")
@click.option("--flow", multiple=True, type=PATH, metavar="FILE", help=FLOW)
@takes_options(SCORE_GROUPS)
def score_video(film: Path, painted: Path, style: Path | None, flow: tuple[Path, ...], options: dict[str, Any]) -> None:
    """Print as JSON how steady a painted film is (warping error, 0 is perfect), and its distance to a style."""
    need_packages()
    from pinxit.video import score

    scores = score.score_video(film, painted, style=style, flows=list(flow) or None, **options)
    print(json.dumps(dataclasses.asdict(scores), indent=2))
