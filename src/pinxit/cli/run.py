"""Reads the command line, runs the command, and makes of what is raised a line and an exit status."""

from __future__ import annotations

import os

import click

from pinxit.cli import by_ctrl_c
from pinxit.cli.app import DEBUG, app
from pinxit.cli.progress import say, say_error
from pinxit.errors import DiskFull, NotFound, PinxitError
from pinxit.files import atomic

BUG_EXIT_CODE = 70


def run(arguments: list[str] | None = None) -> int:
    """Run the command line, by default the process' own, and return its exit status.

    A `PinxitError` becomes one line; anything else is a fault of pinxit's own, and is said to be one. What Ctrl-C
    raises, click's Abort among it, goes on to the caller.
    """
    try:
        status = app.main(arguments, prog_name="pinxit", standalone_mode=False)
    except click.ClickException as error:
        say_error(error.format_message())
        if isinstance(error, click.UsageError) and error.ctx:
            say(f"See {error.ctx.command_path} --help.")
        return error.exit_code
    except Exception as error:
        if os.environ.get(DEBUG) or by_ctrl_c(error):
            raise
        error = _outside(error) or error
        if isinstance(error, PinxitError):
            say_error(str(error))
            return error.exit_code
        say_error(f"this is a bug in pinxit ({type(error).__name__}); run again with pinxit --debug to see where")
        return BUG_EXIT_CODE
    return status or 0


def _outside(error: Exception) -> PinxitError | None:
    """Return our words for what no part of pinxit can be asked to expect: a full disk, no folder."""
    if not isinstance(error, OSError):
        return None
    try:
        os.getcwd()
    except OSError:
        return NotFound("the current folder is no longer there: change to one that is")
    failure = atomic.failure(error, "standard output")
    return failure if isinstance(failure, DiskFull) else None
