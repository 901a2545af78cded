"""The server's end of a worker process: starts it, sends requests to it, watches its memory, and ends it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import cast

from pinxit.errors import OutOfMemory, PinxitError, WorkerDied
from pinxit.service.limits import ServiceLimits
from pinxit.service.workers import wire
from pinxit.service.workers.runtime import SETTINGS
from pinxit.service.workers.wire import BrokenPipe, Message

READ_AHEAD = 2**20
WATCH_SECONDS = 0.2
SECRET = "PINXIT_API_KEY"
"""The environment variable of the API keys, which the workers do not need and do not get."""


class WorkerProcess:
    """A worker process and both pipes to it."""

    def __init__(self, process: asyncio.subprocess.Process, memory: int) -> None:
        self._process, self._memory, self._request = process, memory, 0
        self._stdin = cast(asyncio.StreamWriter, process.stdin)
        self._stdout = cast(asyncio.StreamReader, process.stdout)
        self._watch = asyncio.create_task(self._watch_memory())
        self.over_memory = False

    @classmethod
    async def start(cls, module: str, limits: ServiceLimits, threads: int, memory: int, cwd: Path) -> WorkerProcess:
        """Start ``python -m MODULE``."""
        settings = json.dumps({"limits": dataclasses.asdict(limits), "threads": threads})
        env = {**os.environ, SETTINGS: settings, "MALLOC_ARENA_MAX": "2"}
        env.pop(SECRET, None)
        command, pipe = (sys.executable, "-m", module), asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, limit=READ_AHEAD, env=env, cwd=cwd
        )
        return cls(process, memory)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.returncode is None

    async def send(self, message: Message) -> None:
        """Send a message. Raises `BrokenPipe`."""
        try:
            for piece in wire.pack(message):
                self._stdin.write(piece)
            await self._stdin.drain()
        except (OSError, RuntimeError) as error:
            raise BrokenPipe from error

    async def receive(self) -> Message:
        """Receive the next message. Raises `BrokenPipe`."""
        return await wire.receive(self._stdout)

    async def ask(self, message: Message, seconds: float) -> Message:
        """Return the answer to a request. Raises `BrokenPipe`, and `TimeoutError` after ``seconds``.

        After a cancellation the worker still works at the request: call `cancel` then.
        """
        self._request += 1
        async with asyncio.timeout(seconds):
            await self.send(Message({**message.head, "id": self._request}, message.parts))
            return await self.receive()

    async def cancel(self, seconds: float) -> bool:
        """Cancel the current request. Return whether the worker is free within ``seconds``."""
        try:
            async with asyncio.timeout(seconds):
                await self.send(Message({"op": "cancel", "id": self._request}))
                while (await self.receive()).head.get("id") != self._request:
                    pass
        except (BrokenPipe, TimeoutError):
            return False
        return True

    def death(self) -> PinxitError:
        """Return the error of a process that has ended during its work."""
        if self.over_memory:
            return OutOfMemory("this needs more memory than the service allows: ask for a smaller size")
        return WorkerDied("the process that worked at this died: try again, and report it if it happens again")

    def kill(self) -> None:
        """Send the signal to end."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def wait(self) -> None:
        """Wait until the process has ended."""
        await self._process.wait()

    async def close(self) -> None:
        """Kill the process, wait for its end, and close the pipes."""
        self._watch.cancel()
        self.kill()
        await self._process.wait()
        self._stdin.close()

    async def _watch_memory(self) -> None:
        """Kill the process if its resident memory exceeds the limit."""
        while self.alive:
            if resident(self._process.pid) > self._memory:
                self.over_memory = True
                self.kill()
            await asyncio.sleep(WATCH_SECONDS)


def resident(pid: int) -> int:
    """Return the resident memory of a process in bytes; 0 if the system does not report it."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
