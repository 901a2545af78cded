"""The command line: one module for each command, and what they share. Only this package prints or exits.

Results go to standard output, messages and progress to standard error. Exit status: 0 done, 2 wrong use, 3 some of
several pictures failed, 130 stopped by Ctrl-C, and those of `pinxit.errors`.
"""

import gc
import logging
import os
import signal
import sys
import warnings

from pinxit.cli import headstart
from pinxit.cli.interrupt import STOPPED, stop, watch

LEAN = {"OPENBLAS_NUM_THREADS": "1", "NUMPY_MADVISE_HUGEPAGE": "0"}
"""Environment variables while numpy is imported. BLAS, which painting does not use, starts no threads: they would spin
for 0.07 s during the next imports. Arrays are not put in huge pages: clearing the first one takes 15 ms for a picture
of 1024x1024."""

OTHERS_SPEAK = ("serve", "studio", "train")
"""Commands that leave standard error to libraries and worker processes, too."""

OWN_END = ("serve", "studio", "batch")
"""Commands that may take a while to end in order after Ctrl-C."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line, by default the process's own, and end the process with its exit status.

    Everything else is imported in here, so that Ctrl-C ends the process quietly from the start.
    """
    if arguments is None:
        _silence_libraries(sys.argv[1:])
    gc.disable()  # until the command is imported: collecting while nothing can be garbage took 9 of 102 ms
    try:
        if arguments is None and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, stop)
            if sys.argv[1:2] and sys.argv[1] not in OWN_END and "RANK" not in os.environ:
                watch()  # torchrun, which sets RANK, sends a second signal itself
        _import_numpy()
        headstart.begin(sys.argv[1:] if arguments is None else arguments)
        from pinxit.cli import app

        status = app.run(arguments)
    except KeyboardInterrupt:
        status = STOPPED
    finally:
        gc.enable()  # in case no command was imported, and the caller goes on
    if arguments is None:
        _leave(status)
    sys.exit(status)


def _silence_libraries(words: list[str]) -> None:
    """Drop warnings and logs, and keep what C libraries such as libtiff and FFmpeg print off standard error.

    ``--verbose`` and ``--debug`` let it through.
    """
    if not sys.stderr or {"-v", "--verbose", "--debug"} & set(words) or set(words[:1]) & set(OTHERS_SPEAK):
        return
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding=sys.stderr.encoding, errors=sys.stderr.errors)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _import_numpy() -> None:
    """Import numpy with the environment `LEAN`, which is not meant for later imports such as PyTorch."""
    added = {name: value for name, value in LEAN.items() if name not in os.environ}
    os.environ.update(added)
    try:
        import numpy  # noqa: F401
    finally:
        for name in added:
            del os.environ[name]


def _leave(status: int) -> None:
    """End the process at once, unless standard output cannot be written: Python then reports that.

    Python's own exit takes longer than decoding a photo; after Ctrl-C it waits for threads, and may end by the signal.
    """
    streams = [stream for stream in (sys.stdout, sys.stderr) if stream]  # None: closed by the caller
    try:
        for stream in streams:
            stream.flush()
    except (OSError, ValueError):
        if status != STOPPED:
            return
    os._exit(status)
