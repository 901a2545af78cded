"""``pinxit studio``: the web page and the HTTP API."""

import webbrowser
from typing import Unpack

import click

from pinxit.cli.command import Command
from pinxit.cli.progress import say
from pinxit.cli.serve import EVERYDAY, ServiceFlags, run, takes_service_flags
from pinxit.errors import BadOption
from pinxit.studio import STATIC


@click.command(cls=Command, everyday=(*EVERYDAY, "browser"))
@takes_service_flags
@click.option("--browser/--no-browser", default=True, help="Open the page in a browser.")
def studio(browser: bool, **flags: Unpack[ServiceFlags]) -> None:
    """Serve the web page and the HTTP API, and open the page."""
    if not STATIC.is_dir():
        raise BadOption("this installation has no page: reinstall pinxit, or use pinxit serve")

    def ready(url: str) -> None:
        say(f"pinxit is at {url}; Ctrl-C stops it")
        if browser:
            webbrowser.open(url)

    run(flags, page=STATIC, ready=ready)
