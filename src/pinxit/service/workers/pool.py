"""The processes that paint in one pass, and the queue in front of them.

As in imgproxy, a request is refused at once (`Busy`) if the queue is full, and waits for a process otherwise. A process
that dies, hangs or grows too large is replaced; no other request is lost with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import deque
from collections.abc import Coroutine, Iterator
from pathlib import Path

from pinxit import cores
from pinxit.errors import Busy, Deadline, PinxitError, WorkerDied
from pinxit.service.limits import ServiceLimits
from pinxit.service.metrics import Metrics
from pinxit.service.workers.process import WorkerProcess, checked
from pinxit.service.workers.wire import BrokenPipe, Message

MODULE = "pinxit.service.workers.one_pass"
CANCEL_SECONDS = 0.5
"""How long a process may take to cancel a request before it is replaced."""
START_SECONDS = 60.0
MAX_CONTENTS = 16
"""How many decoded contents of a process are remembered."""
MAX_PAUSE = 30.0
"""The longest pause before another start of a process that does not start, s."""
FIRST_ESTIMATE = 1.0
"""The assumed time of a request before one was measured, s."""


class _Slot:
    """A slot of the pool: a process, or the start of its successor."""

    def __init__(self) -> None:
        self.process: WorkerProcess | None = None
        self.contents: deque[str] = deque(maxlen=MAX_CONTENTS)
        self.used = 0.0
        """When its last request began."""
        self.busy = True
        """Whether it cannot take a request: its process is at work or not ready."""


class WorkerPool:
    """A fixed number of processes that paint in one pass."""

    def __init__(self, limits: ServiceLimits, folder: Path, metrics: Metrics) -> None:
        self.limits, self.folder, self.metrics = limits, folder, metrics
        self.slots = [_Slot() for _ in range(limits.workers)]
        self.admitted = 0
        self.seconds = FIRST_ESTIMATE
        """The moving average of the time of a painting."""
        self._waiting: deque[asyncio.Future[_Slot]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def open(self) -> None:
        """Start the processes, without waiting for them."""
        for slot in self.slots:
            self._spawn(self._fill(slot))

    async def close(self) -> None:
        """End the processes."""
        self._closed = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for slot in self.slots:
            if slot.process:
                await slot.process.kill()

    @property
    def ready(self) -> bool:
        """Whether at least one process can paint."""
        return any(slot.process and slot.process.alive for slot in self.slots)

    @contextlib.contextmanager
    def admission(self) -> Iterator[None]:
        """Count one request while it waits or is worked at. Raises `Busy` if the queue is full."""
        if self.admitted >= len(self.slots) * (1 + self.limits.queue):
            seconds = max(1, math.ceil(self.seconds * self.admitted / len(self.slots)))
            raise Busy(f"{self.admitted} requests are waiting: try again in {seconds} s", seconds)
        self.admitted += 1
        self.metrics.waiting.set(self.admitted)
        try:
            yield
        finally:
            self.admitted -= 1
            self.metrics.waiting.set(self.admitted)

    async def run(self, message: Message, seconds: float, content: str = "") -> Message:
        """Return a process's answer to a message. If the process dies, a second one is tried.

        A process that has decoded the file with the sha256 ``content`` is preferred. A cancellation frees the process.

        Raises the errors of the work, `Deadline` after ``seconds``, `OutOfMemory`, `WorkerDied`.
        """
        failure: PinxitError = WorkerDied("the process that worked at this died: try again")
        for _ in range(2):
            slot = await self._take(content)
            try:
                return await self._ask(slot, message, seconds)
            except BrokenPipe:
                failure = slot.process.death() if slot.process else failure
                self._replace(slot, "memory" if slot.process and slot.process.over_memory else "died")
                if slot.process and slot.process.over_memory:
                    break
        raise failure

    async def _ask(self, slot: _Slot, message: Message, seconds: float) -> Message:
        if slot.process is None:
            raise BrokenPipe
        begun = time.perf_counter()
        try:
            answer = await slot.process.ask(message, seconds)
        except TimeoutError as error:
            self._replace(slot, "deadline")
            raise Deadline(f"this took longer than the {seconds:g} s allowed: ask for a smaller size") from error
        except asyncio.CancelledError:
            self._spawn(self._cancel(slot))
            raise
        duration = time.perf_counter() - begun
        self.metrics.work.observe(duration)
        if message.head["op"] == "paint":
            self.seconds += (duration - self.seconds) / 8
        self._free(slot)
        return checked(answer)

    async def _take(self, content: str) -> _Slot:
        """Wait for a free process. Prefer one that has decoded ``content``, then the one that was idle longest."""
        free = [slot for slot in self.slots if not slot.busy]
        if free:
            slot = min(free, key=lambda each: (content not in each.contents, each.used))
            slot.busy = True
        else:
            future: asyncio.Future[_Slot] = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            try:
                slot = await asyncio.wait_for(future, self.limits.paint_seconds * (1 + self.limits.queue))
            except TimeoutError as error:
                raise Deadline("no process became free in time: try again later") from error
            except asyncio.CancelledError:
                if future.done() and not future.cancelled():
                    self._free(future.result())
                raise
            finally:
                with contextlib.suppress(ValueError):
                    self._waiting.remove(future)
        if content and content not in slot.contents:
            slot.contents.append(content)
        slot.used = time.monotonic()
        self.metrics.busy.inc()
        return slot

    def _free(self, slot: _Slot) -> None:
        self.metrics.busy.dec()
        self._offer(slot)

    def _offer(self, slot: _Slot) -> None:
        """Give a free process to the request that has waited longest."""
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(slot)
                return
        slot.busy = False

    async def _cancel(self, slot: _Slot) -> None:
        if slot.process and await slot.process.cancel(CANCEL_SECONDS):
            self._free(slot)
        else:
            self._replace(slot, "hung up")

    def _replace(self, slot: _Slot, why: str) -> None:
        self.metrics.busy.dec()
        self.metrics.replaced.labels(why).inc()
        self._spawn(self._fill(slot))

    async def _fill(self, slot: _Slot) -> None:
        """Start a process in a slot, with as many attempts as it takes."""
        slot.busy = True
        slot.contents.clear()
        if slot.process:
            await slot.process.kill()
            slot.process = None
            self._count()
        pause = 0.0
        while not self._closed:
            await asyncio.sleep(pause)
            process = await self._start()
            if process:
                slot.process = process
                self._count()
                self._spawn(self._await_death(slot, process))
                self._offer(slot)
                return
            pause = min(MAX_PAUSE, 2 * pause + 1)

    async def _start(self) -> WorkerProcess | None:
        threads = max(1, cores.allowed() // len(self.slots))
        process = await WorkerProcess.start(MODULE, self.limits, threads, self.limits.painter_bytes, self.folder)
        try:
            async with asyncio.timeout(START_SECONDS):
                if (await process.receive()).head.get("ready"):
                    return process
        except (BrokenPipe, TimeoutError):
            pass
        except asyncio.CancelledError:
            await process.kill()
            raise
        await process.kill()
        return None

    async def _await_death(self, slot: _Slot, process: WorkerProcess) -> None:
        """Replace a process that dies while it is idle."""
        await process.wait()
        if slot.process is process and not slot.busy and not self._closed:
            slot.busy = True
            self.metrics.replaced.labels("died").inc()
            self._spawn(self._fill(slot))

    def _count(self) -> None:
        self.metrics.painters.set(sum(slot.process is not None for slot in self.slots))

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        if self._closed:
            work.close()
            return
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
