"""A process of the service as the server sees it: started, asked, watched, ended."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import sys
from pathlib import Path
from typing import Any

from pinxit.errors import Deadline, OutOfMemory, PinxitError, WorkerDied
from pinxit.service.limits import ServiceLimits
from pinxit.service.workers import wire
from pinxit.service.workers.one_pass import SETTINGS
from pinxit.service.workers.wire import BrokenPipe, Message

READ_AHEAD = 2**20
WATCH_SECONDS = 0.2
SECRET = "PINXIT_API_KEY"
"""Kept from the processes, which have no use for it."""


class Process:
    """One running process of pinxit's and both pipes to it."""

    def __init__(self, process: asyncio.subprocess.Process, memory: int) -> None:
        self._process, self._memory = process, memory
        self._numbers = itertools.count(1)
        self._watch = asyncio.create_task(self._watched())
        self.over_memory = False

    @classmethod
    async def start(cls, module: str, limits: ServiceLimits, threads: int, memory: int, cwd: Path) -> Process:
        """Start ``python -m MODULE``."""
        settings = {"limits": limits.as_dict(), "threads": threads}
        kept = {name: value for name, value in os.environ.items() if name != SECRET}
        env = {**kept, SETTINGS: json.dumps(settings), "MALLOC_ARENA_MAX": "2"}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=READ_AHEAD,
            env=env,
            cwd=cwd,
        )
        return cls(process, memory)

    @property
    def pid(self) -> int:
        """Its number in the system."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.returncode is None

    async def send(self, message: Message) -> None:
        """Send a message.

        Raises `BrokenPipe`.
        """
        pipe = self._process.stdin
        if pipe is None:
            raise BrokenPipe
        try:
            pipe.write(wire.pack(message))
            for part in message.parts:
                pipe.write(part)
            await pipe.drain()
        except (OSError, RuntimeError) as error:
            raise BrokenPipe from error

    async def receive(self) -> Message:
        """Receive the next message.

        Raises `BrokenPipe`.
        """
        if self._process.stdout is None:
            raise BrokenPipe
        return await wire.receive(self._process.stdout)

    async def ask(self, message: Message, seconds: float) -> Message:
        """Send a request and return its answer.

        Raises `BrokenPipe`, and `TimeoutError` after so many seconds. Cancelled, it leaves the process at work: call
        `quiet` then.
        """
        self.asked = next(self._numbers)
        async with asyncio.timeout(seconds):
            await self.send(Message({**message.head, "id": self.asked}, message.parts))
            return await self.receive()

    async def quiet(self, seconds: float) -> bool:
        """Break off the present request; return whether the process is free within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self.send(Message({"op": "cancel", "id": self.asked}))
                while (await self.receive()).head.get("id") != self.asked:
                    pass
        except (BrokenPipe, TimeoutError):
            return False
        return True

    def death(self) -> PinxitError:
        """Return why a process that is gone failed its work."""
        if self.over_memory:
            return OutOfMemory("this needs more memory than the service allows: ask for a smaller size")
        return WorkerDied("the process that worked at this died: try again, and if it happens again, tell us")

    async def kill(self) -> None:
        """End it at once."""
        self._watch.cancel()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    async def wait(self) -> None:
        """Wait until it has ended."""
        await self._process.wait()

    async def _watched(self) -> None:
        """End it where its resident memory goes over the limit."""
        while self.alive:
            if resident(self.pid) > self._memory:
                self.over_memory = True
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()
            await asyncio.sleep(WATCH_SECONDS)


def resident(pid: int) -> int:
    """Return the bytes of memory that a process holds; 0 where the system does not tell."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def answered(message: Message) -> Message:
    """Return an answer.

    Raises the error that it carries.
    """
    head: dict[str, Any] = message.head
    if head.get("ok"):
        return message
    from pinxit.service.workers.runtime import raised

    if head.get("cancelled"):
        raise Deadline("the work was broken off")
    raise raised(head.get("error") or {})
