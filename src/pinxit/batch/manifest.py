"""The manifest of a folder of painted pictures, by which a later run skips the finished ones.

The file ``.pinxit-done.jsonl`` of the folder has one line of JSON for each finished picture::

    {"output": "harbor.png", "made": "sha256 of everything it was made from", "sha256": "of the picture's file"}

A picture counts as done while neither its file nor anything that it was made from has changed.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from pinxit.errors import NotFound
from pinxit.files import atomic
from pinxit.files.fingerprint import fingerprint

NAME = ".pinxit-done.jsonl"


class Manifest:
    """Records which pictures of one folder are done.

    ``folder``   must exist
    ``made_of``  what all pictures have in common: anything that JSON can hold
    ``inputs``   files that all pictures are painted from
    ``resume``   whether the present manifest counts; otherwise it is removed

    Raises `NotFound` for a missing input, `WriteFailed`.
    """

    def __init__(self, folder: Path, made_of: object, inputs: Iterable[Path], *, resume: bool) -> None:
        self._path = folder / NAME
        self._common = [made_of, [fingerprint(path).sha256 for path in inputs]]
        self._done: dict[str, tuple[str, str]] = {}
        if not resume:
            self._path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            for line in self._path.read_bytes().splitlines():
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    entry = json.loads(line)
                    self._done[str(entry["output"])] = str(entry["made"]), str(entry["sha256"])

    def done(self, content: Path, output: Path) -> bool:
        """Return whether ``output`` is the finished painting of ``content``."""
        made, written = self._done.get(output.name, ("", ""))
        with contextlib.suppress(NotFound):
            return bool(made) and made == self._made(content) and written == fingerprint(output).sha256
        return False

    def add(self, content: Path, output: Path) -> None:
        """Record that ``output`` is finished; raises `WriteFailed`, `DiskFull`."""
        entry = {"output": output.name, "made": self._made(content), "sha256": fingerprint(output).sha256}
        try:
            with self._path.open("a+b") as file:
                file.seek(0)
                is_torn = not (file.read() or b"\n").endswith(b"\n")  # its last line is unfinished
                file.write(b"\n" * is_torn + json.dumps(entry).encode() + b"\n")
        except OSError as error:
            raise atomic.failure(error, NAME) from error

    def _made(self, content: Path) -> str:
        parts = [*self._common, fingerprint(content).sha256]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
