"""``pinxit webcam``: paint a camera's picture live, in any style."""

import time
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from pinxit.cli.command import QUIET, Command, takes_styles
from pinxit.cli.flags import takes_options
from pinxit.cli.progress import duration, say
from pinxit.config.options import Limits
from pinxit.config.schema import WEBCAM_GROUPS
from pinxit.video.api import need_packages
from pinxit.video.live import Live

STYLE_KEYS = {"n": 1, "p": -1}
"""``key -> how many styles to go on``."""
QUIT = "q"


@click.command(cls=Command, everyday="style quiet camera mirror size strength color steadiness paint_every".split())
@takes_styles("Picture to paint in the style of; repeat it to switch between styles with n and p.")
@QUIET
@takes_options(WEBCAM_GROUPS)
def webcam(style: tuple[Path, ...], quiet: bool, options: dict[str, Any]) -> None:
    """Paint a camera's picture live, in a window. Keys: n for the next style, p for the previous one, q to quit."""
    need_packages()
    from pinxit.video.io.camera import pictures
    from pinxit.video.window import open_window

    live, painted = Live(list(style), **options), 0
    with closing(open_window()) as window, closing(pictures(live.webcam.camera, Limits())) as photos:
        begun = time.perf_counter()
        for photo in photos:
            painted += 1
            key = window.show(live(photo), f"{live.name} - n: next style, p: previous style, q: quit")
            if key == QUIT:
                break
            if key in STYLE_KEYS:
                live.turn(STYLE_KEYS[key])
        seconds = time.perf_counter() - begun
    if not quiet:
        say(f"{painted} pictures in {duration(seconds)}: {painted / max(seconds, 1e-9):.1f} a second")
