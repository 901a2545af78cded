"""The command line. Nothing but this package prints or sets an exit status.

Results go to standard output, everything said on the way to standard error. Exit status: 0 done,
2 wrong use, 3 some of several pictures failed, 130 stopped by Ctrl-C, and those of `pinxit.errors`.
"""

from __future__ import annotations

import os
import sys

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
        status = STOPPED
    if arguments is None:
        _leave(status)
    sys.exit(status)


def _leave(status: int) -> None:
    """End the process at once, unless what was printed cannot be written: then Python is to say so.

    Python, taking everything apart, needs longer for it than for decoding a photo; and after Ctrl-C it waits for
    threads, and may end by the signal itself.
    """
    streams = [stream for stream in (sys.stdout, sys.stderr) if stream]  # None: closed by who called
    try:
        for stream in streams:
            stream.flush()
    except (OSError, ValueError):
        if status != STOPPED:
            return
    os._exit(status)


def by_ctrl_c(error: BaseException | None) -> bool:
    """Return whether Ctrl-C is behind ``error``: compiled modules make an `ImportError` of it while they load."""
    while error and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None
