"""A batch from its source to its manifest."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import replace

from pinxit.batch.engines import open_engine
from pinxit.batch.items import Item, read_items
from pinxit.batch.painter import BatchJob, Task, check, tasks
from pinxit.batch.records import Manifest, Record
from pinxit.batch.storage import Storage
from pinxit.errors import BadOption, NotFound


def run(job: BatchJob, source: str, engine: str = "local", workers: int = 0, address: str = "") -> Generator[Record]:
    """Paint what is not done yet; yield the rows. However it ends, what was painted is in the manifest."""
    target, inputs = Storage(job.target), Storage(source)
    if type(target.system) is type(inputs.system) and f"{target.path}/".startswith(f"{inputs.path.rstrip('/')}/"):
        raise BadOption(f"{target.path!r} lies in the source, and would be painted itself: choose a folder beside it")
    check(job)
    items = read_items(source)
    with Manifest(target) as manifest, closing(open_engine(engine, job, workers, address)) as painters:
        for record in painters.run(undone(job, items, manifest)):
            manifest.add(record)
            yield record


def undone(job: BatchJob, items: Iterable[Item], manifest: Manifest) -> Iterator[Task]:
    """Yield the tasks that are not done yet."""
    for item in items:
        for task in tasks(job, item):
            if task.name in manifest.done and not item.etag:
                with suppress(NotFound):  # it is reported when it is painted
                    item = replace(item, etag=Storage(item.url).look().etag)
            if not manifest.is_done(task.name, item.etag):
                yield task
