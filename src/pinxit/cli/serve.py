"""``pinxit serve`` and ``pinxit studio``: the HTTP API, and the web page on top of it."""

from __future__ import annotations

import importlib.util
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pinxit.cli.command import PATH, Command
from pinxit.cli.flags import takes_options
from pinxit.cli.progress import say
from pinxit.errors import BadOption, MissingExtra
from pinxit.service.limits import ServiceLimits
from pinxit.studio import STATIC

NEEDED = ("fastapi", "uvicorn", "httptools", "python_multipart", "prometheus_client")

LIMITS = "Limits"

_ADDRESS = (
    click.option(
        "--host",
        default="127.0.0.1",
        show_default=True,
        metavar="ADDRESS",
        help="Address to listen on; beyond loopback only with a key.",
    ),
    click.option("--port", default=8000, show_default=True, metavar="N", help="Port to listen on; 0 takes a free one."),
    click.option(
        "--allow-host", multiple=True, metavar="NAME", help="Name that requests may use; repeat it for several."
    ),
    click.option("--store", type=PATH, metavar="DIR", help="Folder for jobs and uploads (default: in your user data)."),
    click.option("--styles", type=PATH, metavar="DIR", help="Folder of pictures that are styles with names."),
)


def _takes_address(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that both faces of the service have."""
    for option in reversed(_ADDRESS):
        function = option(function)
    return function


@click.command(cls=Command)
@_takes_address
@takes_options({LIMITS: ServiceLimits})
def serve(
    host: str, port: int, allow_host: tuple[str, ...], store: Path | None, styles: Path | None, options: dict[str, Any]
) -> None:
    """Serve the HTTP API."""
    _run(host, port, allow_host, store, styles, options, page=None, open_browser=False)


@click.command(cls=Command)
@_takes_address
@click.option("--browser/--no-browser", default=True, help="Open the page in a browser.")
@takes_options({LIMITS: ServiceLimits})
def studio(
    host: str,
    port: int,
    allow_host: tuple[str, ...],
    store: Path | None,
    styles: Path | None,
    browser: bool,
    options: dict[str, Any],
) -> None:
    """Serve the web page and the HTTP API, and open the page."""
    if not STATIC.is_dir():
        raise BadOption("this installation has no page: reinstall pinxit, or take pinxit serve")
    _run(host, port, allow_host, store, styles, options, page=STATIC, open_browser=browser)


def _run(
    host: str,
    port: int,
    names: tuple[str, ...],
    store: Path | None,
    styles: Path | None,
    options: dict[str, Any],
    *,
    page: Path | None,
    open_browser: bool,
) -> None:
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        raise MissingExtra("the service", "studio")
    from pinxit.service.app import Setup
    from pinxit.service.server import Address, doors, run, store_folder

    address = Address(host=host, port=port, names=names)
    setup = Setup(
        store=store_folder(store), styles=styles, page=page, doors=doors(address), limits=ServiceLimits(**options)
    )

    def ready(url: str) -> None:
        say(f"pinxit is at {url if page else url + 'v1/'}; Ctrl-C stops it")
        if open_browser:
            webbrowser.open(url)

    run(setup, address, ready)
