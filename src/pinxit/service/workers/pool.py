"""The processes that paint in one pass, and the queue in front of them.

As in imgproxy, a request is refused at once (`Busy`) if the queue is full, and waits for a process otherwise. A process
that dies, hangs or grows too large is replaced; no other request is lost with it.
"""

import asyncio
import contextlib
import math
import time
from collections import Counter, deque
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pinxit import cores
from pinxit.errors import Busy, Deadline, OutOfMemory
from pinxit.service.limits import ServiceLimits
from pinxit.service.metrics import Metrics
from pinxit.service.workers.process import WorkerProcess
from pinxit.service.workers.runtime import error_of
from pinxit.service.workers.wire import BrokenPipe, Message

MODULE = "pinxit.service.workers.one_pass"
CANCEL_SECONDS = 0.5  # How long a process may take to cancel a request before it is replaced
START_SECONDS = 60.0
MAX_CONTENTS = 16  # How many decoded contents of a process are remembered
MAX_PAUSE = 30.0  # The longest pause before another start of a process that does not start, s
FIRST_ESTIMATE = 1.0  # The assumed time of a request before one was measured, s


@dataclass(eq=False, slots=True)
class _Worker:
    """A process of the pool."""

    process: WorkerProcess
    busy: bool = False
    used: float = 0.0  # When its last request began
    contents: deque[str] = field(default_factory=lambda: deque(maxlen=MAX_CONTENTS))


class WorkerPool:
    """A fixed number of processes that paint in one pass."""

    def __init__(self, limits: ServiceLimits, folder: Path, metrics: Metrics, shared: bool) -> None:
        self.limits, self.folder, self.metrics = limits, folder, metrics
        self.admitted: Counter[str] = Counter()  # The requests of each client that wait or are worked at
        self._places = limits.workers * (1 + limits.queue)
        self._share = -(-self._places // 2) if shared else self._places  # Of one client
        self.seconds = FIRST_ESTIMATE  # The moving average of the time of a painting
        self._size = limits.workers
        self._workers: list[_Worker] = []
        self._freed = asyncio.Semaphore(0)
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Start the processes, without waiting for them."""
        for _ in range(self._size):
            self._spawn(self._keep_running())

    async def close(self) -> None:
        """End the processes."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for worker in self._workers:
            await worker.process.close()

    @property
    def ready(self) -> bool:
        """Whether at least one process can paint."""
        return any(worker.process.alive for worker in self._workers)

    def check_room(self, client: str) -> None:
        """Raise `Busy` if the queue is full, or this client's share of it."""
        waiting = self.admitted.total()
        if waiting >= self._places or self.admitted[client] >= self._share:
            seconds = max(1, math.ceil(self.seconds * waiting / self._size))
            raise Busy(f"{waiting} requests are waiting: try again in {seconds} s", seconds)

    @contextlib.contextmanager
    def admission(self, client: str) -> Iterator[None]:
        """Count one request, whose body has come, while it waits or is worked at. Raises `Busy`."""
        self.check_room(client)
        self.admitted[client] += 1
        self.metrics.waiting.set(self.admitted.total())
        try:
            yield
        finally:
            self.admitted[client] -= 1
            self.metrics.waiting.set(self.admitted.total())

    async def run(self, message: Message, seconds: float, content: str = "") -> Message:
        """Return a process's answer, preferably one's that has decoded the file with the sha256 ``content``.

        If the process dies, a second one is tried. A cancellation frees the process.
        Raises the errors of the work, `Deadline` after ``seconds``, `OutOfMemory`, `WorkerDied`.
        """
        retry = True
        while True:
            worker = await self._take(content)
            try:
                return await self._ask(worker, message, seconds)
            except BrokenPipe:
                error = worker.process.death()
                self._replace(worker, "memory" if isinstance(error, OutOfMemory) else "died")
                if isinstance(error, OutOfMemory) or not retry:
                    raise error from None
                retry = False

    async def _ask(self, worker: _Worker, message: Message, seconds: float) -> Message:
        begun = time.perf_counter()
        try:
            answer = await worker.process.ask(message, seconds)
        except TimeoutError as error:
            self._replace(worker, "deadline")
            raise Deadline(f"this took longer than the {seconds:g} s allowed: ask for a smaller size") from error
        except asyncio.CancelledError:
            self._spawn(self._cancel(worker))
            raise
        duration = time.perf_counter() - begun
        self.metrics.work.observe(duration)
        if message.head["op"] == "paint":
            self.seconds += (duration - self.seconds) / 8
        self._free(worker)
        if not answer.head.get("ok"):
            raise error_of(answer.head.get("error") or {})
        return answer

    async def _take(self, content: str) -> _Worker:
        """Wait for a free process. Prefer one that has decoded ``content``, then the one that was idle longest."""
        idle: list[_Worker] = []
        try:
            async with asyncio.timeout(self.limits.paint_seconds * (1 + self.limits.queue)):
                while not idle:  # a free process may have died
                    await self._freed.acquire()
                    idle = [worker for worker in self._workers if not worker.busy]
        except TimeoutError as error:
            raise Deadline("no process became free in time: try again later") from error
        worker = min(idle, key=lambda each: (content not in each.contents, each.used))
        worker.busy = True
        worker.used = time.monotonic()
        if content and content not in worker.contents:
            worker.contents.append(content)
        self.metrics.busy.inc()
        return worker

    def _free(self, worker: _Worker) -> None:
        self.metrics.busy.dec()
        worker.busy = False
        self._freed.release()

    def _replace(self, worker: _Worker, why: str) -> None:
        self.metrics.busy.dec()
        self.metrics.replaced.labels(why).inc()
        worker.process.kill()

    async def _cancel(self, worker: _Worker) -> None:
        if await worker.process.cancel(CANCEL_SECONDS):
            self._free(worker)
        else:
            self._replace(worker, "hung up")

    async def _keep_running(self) -> None:
        """Start a process, and another one whenever it ends."""
        pause = 0.0
        while True:
            await asyncio.sleep(pause)
            process = await self._start()
            if process is None:
                pause = min(MAX_PAUSE, 2 * pause + 1)
                continue
            pause = 0.0
            worker = _Worker(process)
            self._workers.append(worker)
            self.metrics.painters.set(len(self._workers))
            self._freed.release()
            await process.wait()
            if not worker.busy:
                self.metrics.replaced.labels("died").inc()
            self._workers.remove(worker)
            self.metrics.painters.set(len(self._workers))
            await process.close()

    async def _start(self) -> WorkerProcess | None:
        """Return a new process that is ready, or None if it does not become ready."""
        threads = max(1, cores.allowed() // self._size)
        process = await WorkerProcess.start(MODULE, self.limits, threads, self.limits.painter_bytes, self.folder)
        ready = False
        try:
            async with asyncio.timeout(START_SECONDS):
                ready = bool((await process.receive()).head.get("ready"))
        except (BrokenPipe, TimeoutError):
            pass
        finally:
            if not ready:
                await process.close()
        return process if ready else None

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
