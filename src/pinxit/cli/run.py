"""Runs a command line; turns errors into one line and an exit status."""

import os

import click

from pinxit.cli.app import DEBUG, app
from pinxit.cli.interrupt import by_ctrl_c
from pinxit.cli.progress import say, say_error
from pinxit.errors import DiskFull, NotFound, PinxitError
from pinxit.files import atomic

BUG_EXIT_CODE = 70


def run(arguments: list[str] | None = None) -> int:
    """Run the command line, by default that of the process, and return its exit status.

    What Ctrl-C raises, such as click's Abort, reaches the caller.
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
        error = _environment_failure(error) or error
        if isinstance(error, PinxitError):
            say_error(str(error))
            return error.exit_code
        say_error(f"this is a bug in pinxit ({type(error).__name__}); run again with pinxit --debug to see where")
        return BUG_EXIT_CODE
    return status or 0


def _environment_failure(error: Exception) -> PinxitError | None:
    """Return a `PinxitError` for a failure that can happen anywhere: a full disk, or no current folder."""
    if not isinstance(error, OSError):
        return None
    try:
        os.getcwd()
    except OSError:
        return NotFound("the current folder is no longer there: change to one that is")
    failure = atomic.failure(error, "standard output")
    return failure if isinstance(failure, DiskFull) else None
