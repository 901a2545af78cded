"""``pinxit serve`` and ``pinxit studio``: the HTTP API, alone or with the web page."""

from __future__ import annotations

import importlib.util
import webbrowser
from collections.abc import Callable
from pathlib import Path

import click

from pinxit.cli.command import PATH, Command
from pinxit.cli.flags import takes_options
from pinxit.cli.progress import say
from pinxit.errors import BadOption, MissingExtra
from pinxit.service.limits import ServiceLimits
from pinxit.studio import STATIC

NEEDED = ("fastapi", "fastapi_offline", "uvicorn", "httptools", "python_multipart", "prometheus_client")
EVERYDAY = ("host", "port", "allow_host", "store", "styles", "browser", "size", "painters", "image_bytes", "film_bytes")
"""The options that ``--help`` shows; ``--help-all`` shows the others."""
_ADDRESS = (
    click.option(
        "--host",
        default="127.0.0.1",
        show_default=True,
        metavar="ADDRESS",
        help="Address to listen on; one that other machines can reach needs a key in PINXIT_API_KEY.",
    ),
    click.option("--port", default=8000, show_default=True, metavar="N", help="Port to listen on; 0 picks a free one."),
    click.option(
        "--allow-host", multiple=True, metavar="NAME", help="Host name that requests may use; repeat it for several."
    ),
    click.option("--store", type=PATH, metavar="DIR", help="Folder of jobs and uploads (default: in your user data)."),
    click.option("--styles", type=PATH, metavar="DIR", help="Folder of pictures to offer as named styles."),
)


def _takes_address(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that both commands share."""
    for option in reversed(_ADDRESS):
        function = option(function)
    return function


@click.command(cls=Command, everyday=EVERYDAY)
@_takes_address
@takes_options({"Limits": ServiceLimits})
def serve(
    host: str,
    port: int,
    allow_host: tuple[str, ...],
    store: Path | None,
    styles: Path | None,
    options: dict[str, float],
) -> None:
    """Serve the HTTP API."""
    _run((host, port, allow_host), (store, styles), options, page=None, open_browser=False)


@click.command(cls=Command, everyday=EVERYDAY)
@_takes_address
@click.option("--browser/--no-browser", default=True, help="Open the page in a browser.")
@takes_options({"Limits": ServiceLimits})
def studio(
    host: str,
    port: int,
    allow_host: tuple[str, ...],
    store: Path | None,
    styles: Path | None,
    browser: bool,
    options: dict[str, float],
) -> None:
    """Serve the web page and the HTTP API, and open the page."""
    if not STATIC.is_dir():
        raise BadOption("this installation has no page: reinstall pinxit, or use pinxit serve")
    _run((host, port, allow_host), (store, styles), options, page=STATIC, open_browser=browser)


def _run(
    listen: tuple[str, int, tuple[str, ...]],
    folders: tuple[Path | None, Path | None],
    options: dict[str, float],
    *,
    page: Path | None,
    open_browser: bool,
) -> None:
    """Serve at (host, port, names) with the folders (store, styles)."""
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        raise MissingExtra("the service", "studio")
    from pinxit.service.app import Setup
    from pinxit.service.server import Address, access_policy, run, store_folder

    (host, port, names), (store, styles) = listen, folders
    address = Address(host=host, port=port, names=names)
    setup = Setup(
        store=store_folder(store),
        styles=styles,
        page=page,
        access=access_policy(address),
        limits=ServiceLimits(**options),  # type: ignore[arg-type]  # the class checks the types
    )

    def ready(url: str) -> None:
        say(f"pinxit is at {url if page else url + 'v1/'}; Ctrl-C stops it")
        if open_browser:
            webbrowser.open(url)

    run(setup, address, ready)
