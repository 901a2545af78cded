"""The process of the command ``pinxit``, which ``python -m pinxit`` starts too."""

import _signal  # type: ignore[import-not-found]  # signal imports enum; Ctrl-C meanwhile leaves a traceback

if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:  # KeyboardInterrupt in an import may hang for good
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)

from pinxit.cli import main

if __name__ == "__main__":
    main()
