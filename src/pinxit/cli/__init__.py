"""The command line. Nothing but this package prints or sets an exit status.

Results go to standard output, everything said on the way to standard error. Exit status: 0 done,
2 wrong use, 3 some of several pictures failed, 130 stopped by Ctrl-C, and those of `pinxit.errors`.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import NoReturn

STOPPED = 130
"""Exit status after Ctrl-C."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process with its exit status.

    It imports the rest itself, so that Ctrl-C ends it quietly from the start.
    """
    try:
        from pinxit.cli import run

        status = run.run(arguments)
    except BaseException as error:
        if not by_ctrl_c(error):
            raise
        if arguments is None:
            _leave()
        status = STOPPED
    sys.exit(status)


def _leave() -> NoReturn:
    """End the process at once: Python, taking everything apart, waits for threads and may end by the signal itself."""
    with contextlib.suppress(OSError):
        for stream in filter(None, (sys.stdout, sys.stderr)):  # None: closed by who called
            stream.flush()
    os._exit(STOPPED)


def by_ctrl_c(error: BaseException | None) -> bool:
    """Return whether Ctrl-C is behind ``error``: compiled modules make an `ImportError` of it while they load."""
    while error and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None
