"""Opens the network of the method adain in a thread while the command line is still being imported and read.

The command then finds it open, if it asks for that one.
"""

import contextlib
import os
import threading
from collections.abc import Sequence
from itertools import pairwise

COMMANDS = "stylize", "video"
STYLE = ("--style", "-s")
OTHER_NETWORK = ("--method", "--model", "--provider", "--threads", "--recipe", "--help", "-h")
"""Options by which the command may paint with another network, elsewhere, or not at all."""


def likely(words: Sequence[str]) -> bool:
    """Return whether a command line most likely paints with the network that comes with pinxit."""
    if not set(words[:1]) & set(COMMANDS):
        return False
    from pinxit.files.network_file import ENDING  # here, because other commands do not need it

    parts = [part for word in words for part in (word.split("=", 1) if word.startswith("--") else [word])]
    styles = [value for word, value in pairwise(parts) if word in STYLE]
    pictures = all(os.path.isfile(style) and not style.endswith(ENDING) for style in styles)
    return bool(styles) and pictures and not set(parts) & set(OTHER_NETWORK)


def begin(words: Sequence[str]) -> threading.Thread | None:
    """Begin to open that network in a thread if it is likely to be needed."""
    if not likely(words):
        return None
    thread = threading.Thread(target=_open, daemon=True)
    thread.start()
    return thread


def _open() -> None:
    with contextlib.suppress(Exception):  # the command reports what is wrong when it asks for the network
        from pinxit.methods.onepass import network

        network.open_once(network.SHIPPED)
