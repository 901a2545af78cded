"""Paints the tasks of a batch, in whatever process: reads, paints, writes, and returns the row of the manifest."""

import functools
import hashlib
import io
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pinxit import __version__
from pinxit.api import Stylizer
from pinxit.batch.items import Item
from pinxit.batch.records import Record
from pinxit.batch.storage import Storage
from pinxit.config.options import Limits, Output
from pinxit.errors import PinxitError
from pinxit.files.fingerprint import fingerprint
from pinxit.styles import gallery


@dataclass(frozen=True, slots=True)
class BatchJob:
    """What all pictures of a batch have in common."""

    target: str
    styles: tuple[str, ...]
    """Every picture is painted in each."""
    method: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    """Options of the look and the method."""
    output: Mapping[str, object] = field(default_factory=dict)
    """Options of `Output`."""
    format: str = "png"
    seconds: float = 600.0
    """Most seconds of a picture."""


@dataclass(frozen=True, slots=True)
class Task:
    """One painting of a batch."""

    item: Item
    style: str
    name: str
    """See `Record`."""


def tasks(job: BatchJob, item: Item) -> Iterator[Task]:
    """Yield the paintings of a picture. Their names follow from the picture's and from the recipe alone."""
    for style in (item.style,) if item.style else job.styles:
        stem = re.sub(r"[^\w.-]", "_", Path(style).stem)
        made_of = [__version__, job.method, _style_id(style), {**job.options, **item.options}, {**job.output}]
        id = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:8]
        yield Task(item, style, f"{item.key}.{stem}.{id}.{job.format}")


@functools.cache
def _style_id(style: str) -> str:
    trained = gallery.find(style)
    return trained.fingerprint if trained else fingerprint(Path(style)).sha256


class BatchPainter:
    """Paints tasks. Networks and style codes are opened once."""

    def __init__(self, job: BatchJob, threads: int) -> None:
        self.job, self.threads, self.target = job, threads, Storage(job.target)
        self.worker = f"{os.uname().nodename if hasattr(os, 'uname') else 'windows'}-{os.getpid()}"
        self._stylizer = functools.lru_cache(maxsize=64)(self._make)

    def __call__(self, task: Task) -> Record:
        """Paint one task. An error that concerns this picture alone is in the row."""
        begun = time.perf_counter()
        record = functools.partial(Record, task.item.url, style=task.style, name=task.name, worker=self.worker)
        try:
            source = Storage(task.item.url)
            etag = task.item.etag or source.look().etag
            data = source.read(source.path, Limits().image_bytes)
            painting = self._stylizer(task.style, json.dumps(task.item.options, sort_keys=True))(data)
            painting.recipe["content"]["name"] = os.path.basename(task.item.key)
            painting.recipe["options"]["threads"] = self.job.options.get("threads", 0)  # not this process' share
            file = io.BytesIO()
            painting.save(file, format=self.job.format, **self.job.output)  # type: ignore[arg-type]
            output = f"{self.target.path.rstrip('/')}/{task.name}"
            self.target.write(output, file.getvalue())
        except PinxitError as error:
            return record(task.item.etag, seconds=time.perf_counter() - begun, error=str(error))
        return record(
            etag,
            output=self.target.named(output),
            sha256=hashlib.sha256(file.getvalue()).hexdigest(),
            recipe=json.dumps(painting.recipe),
            seconds=time.perf_counter() - begun,
        )

    def _make(self, style: str, item_options: str) -> Stylizer:
        options = {**self.job.options, **json.loads(item_options), "threads": self.threads}
        return Stylizer(style, method=self.job.method, **options)


def check(job: BatchJob) -> None:
    """Raise what every picture would raise: for a style that is not there, a wrong option, an unknown format."""
    Output(**job.output)  # type: ignore[arg-type]
    for style in job.styles:
        Stylizer(style, method=job.method, **job.options)  # type: ignore[arg-type]
