"""The manifest of a batch: one row for each painting, in Parquet files in the target's folder ``_pinxit``.

Rows are written while the batch runs, some at a time, into files of their own, which the end joins into one. A painting
is there before its row: who is killed in between paints that one again.
"""

import csv
import dataclasses
import io
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType

import pyarrow
import pyarrow.parquet as parquet

from pinxit.batch.storage import Storage

FOLDER, JOINED, FAILURES = "_pinxit", "manifest.parquet", "failures.csv"
ROWS, SECONDS = 500, 2.0
"""Rows are written when there are so many, or after so many seconds."""


@dataclass(frozen=True, slots=True)
class Record:
    """One painting, or why there is none."""

    input: str
    """Path of the picture; its URL where it is not a local file."""
    etag: str
    style: str
    name: str
    """The painting's name in the target, which says from what and how it is made: ``KEY.STYLE.ID.png``."""
    output: str = ""
    """The painting's path, or its URL; '' where there is none."""
    sha256: str = ""
    """Of the painting's file."""
    recipe: str = ""
    """JSON."""
    seconds: float = 0.0
    worker: str = ""
    error: str = ""
    """'' where it was painted."""


_SCHEMA = pyarrow.schema(
    [(each.name, pyarrow.float64() if each.type is float else pyarrow.string()) for each in dataclasses.fields(Record)]
)


class Manifest:
    """The rows of a target. A context manager: its end joins the files, and writes ``failures.csv``."""

    def __init__(self, target: Storage) -> None:
        self.target, self.folder = target, f"{target.path.rstrip('/')}/{FOLDER}"
        self.done: dict[str, str] = {}
        """Name -> the etag of the input that the painting was made from."""
        self._new: list[Record] = []
        self._written = time.monotonic()
        for record in self._read():
            self._note(record)

    def is_done(self, name: str, etag: str) -> bool:
        """Return whether a painting is finished and its input unchanged since."""
        return bool(etag) and self.done.get(name) == etag

    def add(self, record: Record) -> None:
        """Add a row."""
        self._note(record)
        self._new.append(record)
        if len(self._new) >= ROWS or time.monotonic() - self._written > SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write the rows that are not written yet."""
        if self._new:
            self._write(f"{uuid.uuid4().hex}.parquet", self._new)
        self._new, self._written = [], time.monotonic()

    def __enter__(self) -> "Manifest":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.flush()
        if error is None:
            self.join()

    def join(self) -> None:
        """Join all files into one, each name by its last row, and list the failures."""
        files = self._files()
        last = {record.name: record for record in self._read()}
        self._write(JOINED, list(last.values()))
        for path in files:
            if not path.endswith(JOINED):
                self.target.remove(path)
        failed = [record for record in last.values() if record.error]
        text = io.StringIO()
        csv.writer(text).writerows([("input", "style", "error"), *((r.input, r.style, r.error) for r in failed)])
        path = f"{self.target.path.rstrip('/')}/{FAILURES}"
        self.target.write(path, text.getvalue().encode()) if failed else self.target.remove(path)

    def _note(self, record: Record) -> None:
        self.done.pop(record.name, None)
        if not record.error:
            self.done[record.name] = record.etag

    def _files(self) -> list[str]:
        """Return the manifest's files: the joined one first, since the others are newer."""
        try:
            self.target.system.invalidate_cache()
            paths = [str(path) for path in self.target.system.ls(self.folder, detail=False)]
        except FileNotFoundError:
            return []
        main = [path for path in paths if path.endswith(JOINED)]
        return main + sorted(path for path in paths if path.endswith(".parquet") and path not in main)

    def _read(self) -> Iterator[Record]:
        for path in self._files():
            with self.target.system.open(path, "rb") as file:
                for batch in parquet.ParquetFile(file).iter_batches():
                    yield from (Record(**row) for row in batch.to_pylist())

    def _write(self, name: str, records: list[Record]) -> None:
        table = pyarrow.Table.from_pylist([dataclasses.asdict(record) for record in records], schema=_SCHEMA)
        sink = pyarrow.BufferOutputStream()
        parquet.write_table(table, sink)
        self.target.write(f"{self.folder}/{name}", sink.getvalue().to_pybytes())
