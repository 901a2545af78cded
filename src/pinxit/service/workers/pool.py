"""The processes that paint in one pass, and the queue in front of them.

Two semaphores, after imgproxy: whoever comes when the queue is full is sent away at once (`Busy`); whoever was let in
waits for a process. A process that dies, hangs or grows too large is replaced, and takes no other request with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pinxit import cores
from pinxit.errors import Busy, Deadline, PinxitError, WorkerDied
from pinxit.service.limits import ServiceLimits
from pinxit.service.metrics import Metrics
from pinxit.service.workers.process import Process, answered
from pinxit.service.workers.wire import BrokenPipe, Message

MODULE = "pinxit.service.workers.one_pass"
QUIET_SECONDS = 0.5
"""How long a process has to break off what nobody waits for any more; then it is replaced."""
START_SECONDS = 60.0
REMEMBERED = 16
"""How many contents a process is known to have decoded."""
LONGEST_PAUSE = 30.0
USUAL_SECONDS = 1.0
"""Time of a request, s, before one was seen."""


class _Slot:
    """A place of the pool: a process, or the wait for the next one."""

    def __init__(self) -> None:
        self.process: Process | None = None
        self.contents: deque[str] = deque(maxlen=REMEMBERED)
        self.used = 0.0
        self.busy = True
        """Until its process is ready."""


class Pool:
    """Paints."""

    def __init__(self, limits: ServiceLimits, folder: Path, metrics: Metrics) -> None:
        self.limits, self.folder, self.metrics = limits, folder, metrics
        self.slots = [_Slot() for _ in range(limits.workers)]
        self.admitted = 0
        self.seconds = USUAL_SECONDS
        self._waiting: deque[asyncio.Future[_Slot]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def open(self) -> None:
        """Begin to start the processes."""
        for slot in self.slots:
            self._begin(self._fill(slot))

    async def close(self) -> None:
        """End them."""
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
        """Count one request.

        Raises `Busy` where the queue is full.
        """
        places = len(self.slots) * (1 + self.limits.queue)
        if self.admitted >= places:
            seconds = max(1, math.ceil(self.seconds * self.admitted / len(self.slots)))
            raise Busy(f"{self.admitted} requests are waiting already: come again in {seconds} s", seconds)
        self.admitted += 1
        self.metrics.waiting.set(self.admitted)
        try:
            yield
        finally:
            self.admitted -= 1
            self.metrics.waiting.set(self.admitted)

    async def run(self, head: dict[str, Any], parts: Sequence[bytes], seconds: float, content: str = "") -> Message:
        """Let a process do what ``head`` asks for; once more by another one, where the first dies of it.

        ``content``, a sha256, is better done by a process that has it decoded. Cancelled, it frees the process.

        Raises the errors of the work, `Deadline` after so many seconds, `OutOfMemory`, `WorkerDied`.
        """
        failure: PinxitError = WorkerDied("the process that worked at this died: try again")
        for _ in range(2):
            slot = await self._take(content)
            try:
                return await self._asked(slot, Message(head, parts), seconds)
            except BrokenPipe:
                failure = slot.process.death() if slot.process else failure
                self._replace(slot, "memory" if slot.process and slot.process.over_memory else "died")
                if slot.process and slot.process.over_memory:
                    break
        raise failure

    async def _asked(self, slot: _Slot, message: Message, seconds: float) -> Message:
        if slot.process is None:
            raise BrokenPipe
        begun = time.perf_counter()
        try:
            answer = await slot.process.ask(message, seconds)
        except TimeoutError as error:
            self._replace(slot, "deadline")
            raise Deadline(f"this took longer than the {seconds:g} s allowed: ask for a smaller size") from error
        except asyncio.CancelledError:
            self._begin(self._quieten(slot))
            raise
        took = time.perf_counter() - begun
        self.metrics.work.observe(took)
        if message.head["op"] == "paint":
            self.seconds += (took - self.seconds) / 8
        self._free(slot)
        return answered(answer)

    async def _take(self, content: str) -> _Slot:
        """Wait for a process; of several the one that has ``content``, or else the one that rested longest."""
        free = [slot for slot in self.slots if not slot.busy]
        if free:
            slot = min(free, key=lambda each: (content not in each.contents, each.used))
            slot.busy = True
        else:
            place: asyncio.Future[_Slot] = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            try:
                slot = await asyncio.wait_for(place, self.limits.paint_seconds * (1 + self.limits.queue))
            except TimeoutError as error:
                raise Deadline("no process became free in time: try again later") from error
            except asyncio.CancelledError:
                if place.done() and not place.cancelled():
                    self._free(place.result())
                raise
            finally:
                with contextlib.suppress(ValueError):
                    self._waiting.remove(place)
        if content and content not in slot.contents:
            slot.contents.append(content)
        slot.used = time.monotonic()
        self.metrics.busy.inc()
        return slot

    def _free(self, slot: _Slot) -> None:
        self.metrics.busy.dec()
        self._offer(slot)

    def _offer(self, slot: _Slot) -> None:
        """Give a free process to the first that waits."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(slot)
                return
        slot.busy = False

    async def _quieten(self, slot: _Slot) -> None:
        if slot.process and await slot.process.quiet(QUIET_SECONDS):
            self._free(slot)
        else:
            self._replace(slot, "hung up")

    def _replace(self, slot: _Slot, why: str) -> None:
        self.metrics.busy.dec()
        self.metrics.replaced.labels(why).inc()
        self._begin(self._fill(slot))

    async def _fill(self, slot: _Slot) -> None:
        """Start a process in a slot, however often it takes; then look after it until it dies at rest."""
        slot.busy = True
        slot.contents.clear()
        if slot.process:
            await slot.process.kill()
            slot.process = None
            self._count()
        pause = 0.0
        while not self._closed:
            await asyncio.sleep(pause)
            process = await self._started()
            if process:
                slot.process = process
                self._count()
                self._begin(self._guard(slot, process))
                self._offer(slot)
                return
            pause = min(LONGEST_PAUSE, 2 * pause + 1)

    async def _started(self) -> Process | None:
        threads = max(1, cores.allowed() // len(self.slots))
        process = await Process.start(MODULE, self.limits, threads, self.limits.painter_bytes, self.folder)
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

    async def _guard(self, slot: _Slot, process: Process) -> None:
        """Replace a process that dies while it has nothing to do."""
        await process.wait()
        if slot.process is process and not slot.busy and not self._closed:
            slot.busy = True
            self.metrics.replaced.labels("died").inc()
            self._begin(self._fill(slot))

    def _count(self) -> None:
        self.metrics.painters.set(sum(slot.process is not None for slot in self.slots))

    def _begin(self, work: Any) -> None:
        if self._closed:
            work.close()
            return
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
