"""The command line. Nothing but this package prints or sets an exit status.

Results go to standard output, everything said on the way to standard error. Exit status: 0 done,
2 wrong use, 3 some of several pictures failed, 130 stopped by Ctrl-C, and those of `pinxit.errors`.
"""

from __future__ import annotations

import gc
import os
import sys

from pinxit.cli import headstart

STOPPED = 130
"""Exit status after Ctrl-C."""

LEAN = {"OPENBLAS_NUM_THREADS": "1", "NUMPY_MADVISE_HUGEPAGE": "0"}
"""Environment in which numpy is imported: BLAS, which is not used for painting, starts no threads, which would spin for
0.07 s beside what is imported after it; and arrays are not put in huge pages, of which a first one waits to be cleared
whole: 15 ms for a picture of 1024x1024."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process with its exit status.

    It imports the rest itself, so that Ctrl-C ends it quietly from the start.
    """
    gc.disable()  # until the command is imported: going through what cannot be garbage yet took 9 of 102 ms
    try:
        _import_numpy()
        headstart.begin(sys.argv[1:] if arguments is None else arguments)
        from pinxit.cli import run

        status = run.run(arguments)
    except BaseException as error:
        if not by_ctrl_c(error):
            raise
        status = STOPPED
    finally:
        gc.enable()  # where no command was imported, and whoever called goes on
    if arguments is None:
        _leave(status)
    sys.exit(status)


def _import_numpy() -> None:
    """Import numpy without what costs a short process time: see `LEAN`.

    It is read while numpy loads, and is not for others that load later, as PyTorch, whose BLAS it may be.
    """
    added = {name: value for name, value in LEAN.items() if name not in os.environ}
    os.environ.update(added)
    try:
        import numpy  # noqa: F401
    finally:
        for name in added:
            del os.environ[name]


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
