"""The command line. Nothing but this package prints or sets an exit status.

Results go to standard output, everything said on the way to standard error. Exit status: 0 done,
2 wrong use, 3 some of several pictures failed, 130 stopped by Ctrl-C, and those of `pinxit.errors`.
"""

from __future__ import annotations

import gc
import os
import sys

import click

from pinxit.cli import commands
from pinxit.cli.commands import DEBUG
from pinxit.cli.interrupt import EXIT_CODE
from pinxit.cli.speech import say, say_error
from pinxit.errors import PinxitError

BUG_EXIT_CODE = 70


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process with its exit status.

    A `PinxitError` becomes one line; anything else is a fault of pinxit's own, and is said to be one.
    """
    try:
        status = commands.app.main(arguments, prog_name="pinxit", standalone_mode=False)
    except click.Abort:
        sys.exit(EXIT_CODE)
    except click.ClickException as error:
        say_error(error.format_message())
        if isinstance(error, click.UsageError) and error.ctx:
            say(f"See {error.ctx.command_path} --help.")
        sys.exit(error.exit_code)
    except PinxitError as error:
        if os.environ.get(DEBUG):
            raise
        say_error(str(error))
        sys.exit(error.exit_code)
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        say_error(f"this is a bug in pinxit ({type(error).__name__}); run again with pinxit --debug to see where")
        sys.exit(BUG_EXIT_CODE)
    if arguments is None:
        gc.freeze()  # the process ends: to look once more through all that it holds takes longer than to decode a photo
    sys.exit(status)
