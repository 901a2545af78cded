"""The ledger of a folder of painted pictures: what is done, so that a broken run need not do it again.

One line of JSON for each finished picture, in the file ``.pinxit-done.jsonl`` of the folder::

    {"output": "harbor.png", "made": "sha256 of all it was made of", "sha256": "of the picture's file"}

A picture counts as done only while its file is the one that was written, and nothing of what it is made of has
changed. A line that a broken run left unfinished counts as nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pinxit.errors import NotFound
from pinxit.files import atomic
from pinxit.files.recipe import fingerprint

NAME = ".pinxit-done.jsonl"


class Ledger:
    """Knows what is done in one folder.

    ``folder``  must exist
    ``made_of`` what all pictures have in common: anything that JSON can hold
    ``inputs``  files that all of them are painted from
    ``resume``  whether what is there counts; otherwise the ledger begins anew

    Raises `NotFound` for an input that is gone, `WriteFailed`.
    """

    def __init__(self, folder: Path, made_of: Any, inputs: Iterable[Path], *, resume: bool) -> None:
        self._path = folder / NAME
        self._common = [made_of, [fingerprint(path).sha256 for path in inputs]]
        self._done: dict[str, tuple[str, str]] = {}
        if resume:
            self._read()
        else:
            self._path.unlink(missing_ok=True)

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            for line in self._path.read_bytes().splitlines():
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    told = json.loads(line)
                    self._done[str(told["output"])] = str(told["made"]), str(told["sha256"])

    def done(self, content: Path, output: Path) -> bool:
        """Return whether ``output`` is what ``content`` would be painted to."""
        made, written = self._done.get(output.name, ("", ""))
        with contextlib.suppress(NotFound):
            return bool(made) and made == self._made(content) and written == fingerprint(output).sha256
        return False

    def add(self, content: Path, output: Path) -> None:
        """Write down that ``output`` is painted.

        Raises `WriteFailed`, `DiskFull`.
        """
        told = {"output": output.name, "made": self._made(content), "sha256": fingerprint(output).sha256}
        try:
            with self._path.open("ab") as file:
                file.write(b"\n" if self._torn() else b"")
                file.write(json.dumps(told).encode() + b"\n")
        except OSError as error:
            raise atomic.failure(error, NAME) from error

    def _torn(self) -> bool:
        """Return whether the last line was never finished."""
        data = self._path.read_bytes()
        return bool(data) and not data.endswith(b"\n")

    def _made(self, content: Path) -> str:
        whole = [*self._common, fingerprint(content).sha256]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
