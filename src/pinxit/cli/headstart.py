"""Opens the network that a command will most likely paint with while the command line is still being imported and read.

Nothing is decided here: what `pinxit.methods.onepass.network` has opened is there when the command asks for it; if it asks for
something else, a core that was idle has worked for nothing.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Sequence
from itertools import pairwise

COMMANDS = "stylize", "video"
STYLE = ("--style", "-s")
OTHERWISE = ("--method", "--model", "--provider", "--threads", "--recipe", "--help", "-h")
"""Options that paint by something else, or elsewhere, or not at all."""


def likely(words: Sequence[str]) -> bool:
    """Return whether a command line paints by the network of any style that comes with pinxit."""
    if not set(words[:1]) & set(COMMANDS):
        return False
    from pinxit.files.network_file import ENDING  # no other command pays for it

    spread = [part for word in words for part in (word.split("=", 1) if word.startswith("--") else [word])]
    styles = [value for word, value in pairwise(spread) if word in STYLE]
    pictures = all(os.path.isfile(style) and not style.endswith(ENDING) for style in styles)
    return bool(styles) and pictures and not set(spread) & set(OTHERWISE)


def begin(words: Sequence[str]) -> threading.Thread | None:
    """Begin to open that network, in a thread, where it is likely to be wanted."""
    if not likely(words):
        return None
    thread = threading.Thread(target=_open, daemon=True)
    thread.start()
    return thread


def _open() -> None:
    with contextlib.suppress(Exception):  # whatever is wrong is said when it is asked for
        from pinxit.methods.onepass import network as model

        model.open_once(model.SHIPPED)
