"""The engines of a batch: the processes of this machine, or of a Ray cluster. Both give the same bytes."""

import logging
import multiprocessing
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from typing import Any

from pebble import ProcessExpired, ProcessPool

from pinxit import cores
from pinxit.batch.items import Item
from pinxit.batch.painter import BatchJob, BatchPainter, Task
from pinxit.batch.records import Record
from pinxit.errors import BadOption, MissingExtra, NotFound, WorkerDied, nearest

AHEAD = 2
"""Tasks handed to the processes ahead of each that works."""
DEATHS = 2
"""A picture at which so many processes died is given up."""

ACTOR_CPUS = 1
"""Cores of an actor."""

NO_START = (
    "the processes that paint end as soon as they start: a program must call this inside "
    'if __name__ == "__main__":, because each process runs the program\'s file; else there may be too little memory'
)

_painters: list[BatchPainter] = []
"""The painter of this process."""


class Local:
    """Processes of this machine. One that hangs or dies is replaced; only its picture is lost."""

    def __init__(self, job: BatchJob, workers: int = 0, threads: int = 0) -> None:
        self.job = job
        self.workers = workers or cores.allowed()
        self.pool = ProcessPool(
            self.workers,
            initializer=_open,
            initargs=(job, threads or max(1, cores.allowed() // self.workers)),
            context=multiprocessing.get_context("spawn"),
        )

    def run(self, tasks: Iterable[Task]) -> Iterator[Record]:
        """Paint tasks in any order; few are taken from ``tasks`` ahead of the painting."""
        waiting: dict[Future[Record], tuple[Task, int]] = {}

        def begin(task: Task, deaths: int = 0) -> None:
            try:
                waiting[self.pool.schedule(_paint, (task,), timeout=self.job.seconds)] = task, deaths
            except RuntimeError as error:  # the pool is broken
                raise WorkerDied(NO_START) from error

        def finished() -> Iterator[Record]:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                task, deaths = waiting.pop(future)
                try:
                    yield future.result()
                except BrokenProcessPool as error:
                    raise WorkerDied(NO_START) from error
                except TimeoutError:
                    yield _failed(task, f"this took longer than the {self.job.seconds:g} s allowed")
                except ProcessExpired:
                    if deaths + 1 < DEATHS:
                        begin(task, deaths + 1)
                    else:
                        yield _failed(task, "the process that painted it died, twice: it may need too much memory")

        for task in tasks:
            begin(task)
            if len(waiting) >= (1 + AHEAD) * self.workers:
                yield from finished()
        while waiting:
            yield from finished()

    def close(self) -> None:
        """End the processes, whatever they do."""
        self.pool.stop()  # type: ignore[no-untyped-call]
        self.pool.join()


class OnRay:
    """Actors of a Ray cluster, fed with paths by Ray Data. Each has a process for its painting, as `Local` has."""

    def __init__(self, job: BatchJob, workers: int = 0, address: str = "") -> None:
        try:
            import ray
            import ray.data
        except ImportError as error:
            raise MissingExtra("the engine ray", "batch") from error
        logging.getLogger("ray").setLevel(logging.CRITICAL)
        self.job, self.ray = job, ray
        if not ray.is_initialized():
            where = address or "local"
            try:
                ray.init(where, log_to_driver=False, include_dashboard=False, logging_level=logging.CRITICAL)
            except Exception as error:  # Ray raises many types, plain Exception among them
                raise NotFound("no Ray cluster answers, or it does not start here: see --address") from error
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = context.enable_operator_progress_bars = False
        self.workers = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))  # type: ignore[no-untyped-call]

    def run(self, tasks: Iterable[Task]) -> Iterator[Record]:
        """Paint tasks in any order."""
        rows = [asdict(task) for task in tasks]
        if not rows:
            return
        blocks = max(1, min(len(rows), max(2 * self.workers, len(rows) // 16)))
        actors = self.ray.data.ActorPoolStrategy(min_size=1, max_size=self.workers)
        painted = self.ray.data.from_items(rows, override_num_blocks=blocks).map_batches(
            RayPainter, fn_constructor_args=(self.job,), batch_size=1, num_cpus=ACTOR_CPUS, compute=actors
        )
        for row in painted.iter_rows():
            yield Record(**row)

    def close(self) -> None:
        """Leave the cluster."""
        self.ray.shutdown()


class RayPainter:
    """An actor: paints in a process of its own, so that a picture that hangs or kills costs only itself."""

    def __init__(self, job: BatchJob) -> None:
        self.local = Local(job, workers=1, threads=ACTOR_CPUS)

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """Paint a batch of one row, as Ray Data hands it over: column -> values, of many types, hence `Any`."""
        (item,), (style,), (name,) = batch["item"], batch["style"], batch["name"]
        options = {option: value for option, value in (item["options"] or {}).items() if value is not None}
        (record,) = self.local.run([Task(Item(**{**item, "options": options}), str(style), str(name))])
        return {column: [value] for column, value in asdict(record).items()}


ENGINES = ("local", "ray")


def open_engine(name: str, job: BatchJob, workers: int, address: str) -> Local | OnRay:
    """Return an engine by name; raises `BadOption`, `MissingExtra`."""
    if name not in ENGINES:
        raise BadOption(f"unknown engine {name!r}{nearest(name, ENGINES)}")
    return OnRay(job, workers, address) if name == "ray" else Local(job, workers)


def _open(job: BatchJob, threads: int) -> None:
    """Begin a process. Ctrl-C is the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _painters.append(BatchPainter(job, threads))


def _paint(task: Task) -> Record:
    return _painters[0](task)


def _failed(task: Task, error: str) -> Record:
    return Record(task.item.url, task.item.etag, task.style, task.name, error=error)
