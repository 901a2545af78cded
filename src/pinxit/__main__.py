"""``python -m pinxit``: the same as the command ``pinxit``."""

from pinxit.cli import main

if __name__ == "__main__":
    main()
