"""``pinxit serve``: the HTTP API; and what ``pinxit studio`` shares with it."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict, Unpack

import click

from pinxit.cli.command import PATH, Command
from pinxit.cli.flags import Handler, takes_options
from pinxit.cli.progress import say
from pinxit.errors import MissingExtra
from pinxit.service.limits import ServiceLimits

NEEDED = ("fastapi", "fastapi_offline", "uvicorn", "httptools", "python_multipart", "prometheus_client")
EVERYDAY = ("host", "port", "allow_host", "store", "styles", "size", "painters", "image_bytes", "film_bytes")
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


class ServiceFlags(TypedDict):
    """The values of the flags that both commands have."""

    host: str
    port: int
    allow_host: tuple[str, ...]
    store: Path | None
    styles: Path | None
    options: dict[str, Any]


def takes_service_flags(function: Handler) -> Handler:
    """Give a command the flags of the service."""
    decorated = takes_options({"Limits": ServiceLimits})(function)
    for option in reversed(_ADDRESS):
        decorated = option(decorated)
    return decorated


@click.command(cls=Command, everyday=EVERYDAY)
@takes_service_flags
def serve(**flags: Unpack[ServiceFlags]) -> None:
    """Serve the HTTP API."""
    run(flags, page=None, ready=lambda url: say(f"pinxit is at {url}v1/; Ctrl-C stops it"))


def run(flags: ServiceFlags, *, page: Path | None, ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C; ``ready`` is called with the address once the service listens.

    Raises `MissingExtra`, and everything that starting the service raises.
    """
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        raise MissingExtra("the service", "studio")
    from pinxit.service import server
    from pinxit.service.context import Setup

    address = server.Address(host=flags["host"], port=flags["port"], names=flags["allow_host"])
    setup = Setup(
        store=server.store_folder(flags["store"]),
        styles=flags["styles"],
        page=page,
        access=server.access_policy(address),
        limits=ServiceLimits(**flags["options"]),
    )
    server.run(setup, address, ready)
