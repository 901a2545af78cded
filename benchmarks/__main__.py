"""``python -m benchmarks`` runs ``python -m benchmarks.optimize``: pinxit beside pastiche."""

import sys

from benchmarks.optimize.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
