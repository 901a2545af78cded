"""``pinxit serve`` and ``pinxit studio``: the HTTP API, and the web page on top of it."""

from __future__ import annotations

import importlib.util
import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer

from pinxit.cli.speech import say
from pinxit.errors import BadOption, MissingExtra
from pinxit.studio import STATIC

NEEDED = ("fastapi", "uvicorn", "httptools", "python_multipart", "prometheus_client")

Host = Annotated[
    str, typer.Option("--host", metavar="ADDRESS", help="Address to listen on; beyond loopback only with a key.")
]
Port = Annotated[int, typer.Option("--port", metavar="N", help="Port to listen on; 0 takes a free one.")]
Names = Annotated[
    list[str] | None,
    typer.Option("--allow-host", metavar="NAME", help="Name that requests may use; repeat it for several."),
]
Store = Annotated[
    Path | None,
    typer.Option("--store", metavar="DIR", help="Folder for jobs and uploads (default: in your user data)."),
]
Styles = Annotated[
    Path | None, typer.Option("--styles", metavar="DIR", help="Folder of pictures that are styles with names.")
]


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    allow_host: Names = None,
    store: Store = None,
    styles: Styles = None,
    **options: Any,
) -> None:
    """Serve the HTTP API."""
    _run(host, port, allow_host, store, styles, options, page=None, open_browser=False)


def studio(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    allow_host: Names = None,
    store: Store = None,
    styles: Styles = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
    **options: Any,
) -> None:
    """Serve the web page and the HTTP API, and open the page."""
    if not STATIC.is_dir():
        raise BadOption("this installation has no page: reinstall pinxit, or take pinxit serve")
    _run(host, port, allow_host, store, styles, options, page=STATIC, open_browser=browser)


def _run(
    host: str,
    port: int,
    names: list[str] | None,
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
    from pinxit.service.limits import ServiceLimits
    from pinxit.service.serving import Address, doors, run, store_folder

    address = Address(host=host, port=port, names=tuple(names or ()))
    setup = Setup(
        store=store_folder(store), styles=styles, page=page, doors=doors(address), limits=ServiceLimits(**options)
    )

    def ready(url: str) -> None:
        say(f"pinxit is at {url if page else url + 'v1/'}; Ctrl-C stops it")
        if open_browser:
            webbrowser.open(url)

    run(setup, address, ready)
