"""The process of the command ``pinxit``, which ``python -m pinxit`` starts too."""

import signal

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # KeyboardInterrupt in an import may hang for good
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from pinxit.cli import main

if __name__ == "__main__":
    main()
