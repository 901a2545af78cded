"""``pinxit webcam``: a camera's picture in any style, live."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinxit.cli.command import QUIET, Command, takes_styles
from pinxit.cli.flags import takes_options
from pinxit.cli.interrupt import STOPPED
from pinxit.cli.progress import duration, say
from pinxit.config.options import Limits
from pinxit.config.schema import WEBCAM_GROUPS
from pinxit.images import Image
from pinxit.video.api import need_packages
from pinxit.video.live import Live

if TYPE_CHECKING:
    from pinxit.video.window import Window

TURNS = {"n": 1, "p": -1}
QUIT = "q"


@click.command(cls=Command)
@takes_styles("Style; repeat it, and n and p go from one to the next.")
@QUIET
@takes_options(WEBCAM_GROUPS)
def webcam(style: tuple[Path, ...], quiet: bool, options: dict[str, Any]) -> None:
    """Paint what the camera sees, live in a window. Keys: n and p for the next style and the one before, q to end."""
    need_packages()
    from pinxit.video.io.camera import pictures
    from pinxit.video.window import open_window

    live = Live(list(style), **options)
    try:
        with closing(open_window()) as window, closing(pictures(live.webcam.camera, Limits())) as seen:
            painted, seconds = _show(live, window, seen)
    except KeyboardInterrupt:
        raise click.exceptions.Exit(STOPPED) from None
    if not quiet:
        say(f"{painted} pictures in {duration(seconds)}: {painted / max(seconds, 1e-9):.1f} a second")


def _show(live: Live, window: Window, seen: Iterator[Image]) -> tuple[int, float]:
    """Paint and show until q; return how many pictures, and in how many seconds."""
    begun = time.perf_counter()
    painted = 0
    for photo in seen:
        painted += 1
        key = window.show(live(photo), f"{live.name} - n: next style, p: the one before, q: end")
        if key == QUIT:
            break
        if key in TURNS:
            live.turn(TURNS[key])
    return painted, time.perf_counter() - begun
