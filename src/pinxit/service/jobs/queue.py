"""The queue of jobs: in order, a few at a time, each in a process of its own, each done once."""

from __future__ import annotations

import asyncio
import contextlib
import math
import shutil
import time
from pathlib import Path
from typing import Any

from pinxit import cores
from pinxit.errors import Busy, Deadline, NotFound, NotYet, OutOfMemory, PinxitError
from pinxit.service import problems
from pinxit.service.client_styles import OwnStyles
from pinxit.service.jobs import record
from pinxit.service.jobs.events import Followers
from pinxit.service.jobs.kinds import KINDS
from pinxit.service.jobs.record import Job
from pinxit.service.limits import ServiceLimits
from pinxit.service.metrics import Metrics
from pinxit.service.options import MEDIA_TYPES
from pinxit.service.store import Store
from pinxit.service.workers.process import Process
from pinxit.service.workers.runtime import raised
from pinxit.service.workers.wire import BrokenPipe, Message

MODULE = "pinxit.service.workers.job"
SAVE_SECONDS = 5.0
"""Least time between two records of a job's progress, which the next server shows where this one is killed."""
MOST_ATTEMPTS = 2
"""A job that twice ended with its process, or with the server, is not begun again."""


class Jobs:
    """All jobs that are kept."""

    def __init__(self, store: Store, metrics: Metrics, trained: OwnStyles) -> None:
        self.store, self.metrics, self.trained = store, metrics, trained
        self.limits: ServiceLimits = store.limits
        self._jobs: dict[str, Job] = {}
        self._running: dict[str, tuple[asyncio.Task[None], list[Process]]] = {}
        self.followers = Followers(self.public)
        self._saved: dict[str, float] = {}
        self._opened = False
        self._find()

    # ------------------------------------------------------------------ their life

    def _find(self) -> None:
        """Find the jobs of an earlier server again."""
        for job in self.store.restored(self.store.jobs, record.load):
            self._jobs[job.id] = job
            if job.live and (told := record.outcome(self.folder(job))):
                self._done(job, told)
            elif job.state == "running" and job.attempts >= MOST_ATTEMPTS:
                self._end(job, "interrupted")
            elif job.state == "running":
                self._set(job, "queued")

    def open(self) -> None:
        """Begin to work."""
        self._opened = True
        self._next()

    async def close(self) -> None:
        """End what runs; it is queued again by the next server."""
        self._opened = False
        running = list(self._running.values())
        for task, _ in running:
            task.cancel()
        await asyncio.gather(*(task for task, _ in running), return_exceptions=True)

    def sweep(self, now: float) -> None:
        """Forget the jobs that ended long enough ago."""
        for job in list(self._jobs.values()):
            expires = self.expires(job)
            if expires is not None and expires < now:
                self._forget(job)

    # ------------------------------------------------------------------ what clients do

    def check_room(self, client: str, kind: str = "") -> None:
        """Raise `Busy` where one more job of this client's, or of this kind, would be too many."""
        live = [job for job in self._jobs.values() if job.live]
        lane = [job for job in live if kind and _lane(job.kind) == _lane(kind)]
        queued = sum(job.state == "queued" for job in lane)
        wait = max(1, math.ceil(min((self.limits.optimize_seconds, 60.0))))
        if sum(job.client == client for job in live) >= self.limits.jobs_per_client:
            most = self.limits.jobs_per_client
            raise Busy(f"you have {most} live jobs already, as many as one may have: wait, or cancel one", wait)
        most = self.limits.jobs_at_once
        if queued >= most * self.limits.jobs_queued and len(lane) - queued >= most:
            raise Busy(f"{queued} jobs are waiting already: come again later", wait)

    def add(self, name: str, client: str, request: dict[str, Any], folder: Path) -> Job:
        """Write a new job's record into its folder, which is still being filled; `begin` it afterwards."""
        job = Job(id=name, client=client, request=request)
        record.save(job, folder)
        return job

    def begin(self, job: Job) -> None:
        """Queue a job whose folder is whole.

        Raises `Busy`, and forgets it, where others took its place meanwhile.
        """
        try:
            self.check_room(job.client, job.kind)
        except Busy:
            self._forget(job)
            raise
        self._jobs[job.id] = job
        self._count()
        self._next()

    def get(self, client: str, name: str) -> Job:
        """Return a job of this client's.

        Raises `NotFound`.
        """
        job = self._jobs.get(name)
        if job is None or job.client != client:
            raise NotFound("there is no such job: it never was, or it was deleted")
        return job

    def of(self, client: str) -> list[Job]:
        """Return the jobs of a client, newest first."""
        return sorted((job for job in self._jobs.values() if job.client == client), key=lambda job: -job.order)

    async def stop(self, job: Job) -> None:
        """Let a running job end after its present step, and keep what it has.

        Raises `NotYet` where that cannot be.
        """
        if job.state != "running" or not KINDS[job.kind].stops:
            kinds = " and ".join(kind.name for kind in KINDS.values() if kind.stops)
            raise NotYet(f"only running jobs of the kinds {kinds} can be stopped; DELETE cancels a job")
        for process in self._running[job.id][1]:
            with contextlib.suppress(BrokenPipe):
                await process.send(Message({"op": "stop"}))

    async def remove(self, job: Job) -> bool:
        """Cancel a live job, and return True; or forget one that has ended."""
        if not job.live:
            self._forget(job)
            return False
        running = self._running.get(job.id)
        self._end(job, "cancelled")
        if running:
            running[0].cancel()
            await asyncio.gather(running[0], return_exceptions=True)
            self._running.pop(job.id, None)  # one that was cancelled before its first moment could not say so
            shutil.rmtree(self.folder(job) / record.WORK, ignore_errors=True)  # it worked on until it was killed
            self._keep_leftover(job)
        self._next()
        return True

    def folder(self, job: Job) -> Path:
        """Return where a job lies."""
        return self.store.jobs / job.id

    def expires(self, job: Job) -> float | None:
        """Return when a job is forgotten; None for a live one."""
        return None if job.live else (job.finished or job.created) + self.limits.job_seconds

    def public(self, job: Job) -> dict[str, Any]:
        """Return what is told of a job."""
        place = None
        if job.state == "queued":
            before = [other for other in self._jobs.values() if other.state == "queued" and other.order < job.order]
            place = 1 + sum(_lane(other.kind) == _lane(job.kind) for other in before)
        return record.public(job, place, self.expires(job))

    # ------------------------------------------------------------------ the work

    def _next(self) -> None:
        """Start as many of those that wait as may run."""
        waiting = sorted((job for job in self._jobs.values() if job.state == "queued"), key=lambda job: job.order)
        for job in waiting:
            beside = sum(
                _lane(self._jobs[name].kind) == _lane(job.kind) for name in self._running if name in self._jobs
            )
            if not self._opened or job.id in self._running or beside >= self.limits.jobs_at_once:
                continue
            processes: list[Process] = []
            self._running[job.id] = asyncio.create_task(self._run(job, processes)), processes

    async def _run(self, job: Job, processes: list[Process]) -> None:
        """Work at a job until it has ended, and whatever happens, let the next one begin."""
        try:
            await self._attempt(job, processes)
        except PinxitError as error:
            for process in processes:
                await process.kill()
            self._end(job, "failed", error)
        except asyncio.CancelledError:
            if job.state == "running":  # the server goes down
                job.attempts -= 1
                self._set(job, "queued")
        except Exception as error:
            self._end(job, "failed", PinxitError(f"this is a bug in pinxit ({type(error).__name__})"))
        finally:
            for process in processes:
                await process.kill()
            self._running.pop(job.id, None)
            self._next()

    async def _attempt(self, job: Job, processes: list[Process]) -> None:
        while True:
            job.attempts, job.started = job.attempts + 1, time.time()
            self._set(job, "running")
            threads = max(1, cores.allowed() - (1 if cores.allowed() > 2 else 0))
            process = await Process.start(MODULE, self.limits, threads, self.limits.job_bytes, self.folder(job))
            processes.append(process)
            try:
                await self._listen(job, process)
                return
            except BrokenPipe:
                await process.wait()
                error = process.death()
                await process.kill()
                if (told := record.outcome(self.folder(job))) is not None:
                    self._done(job, told)
                    return
                if isinstance(error, OutOfMemory) or job.attempts >= MOST_ATTEMPTS:
                    raise error from None

    async def _listen(self, job: Job, process: Process) -> None:
        """Pass on what a job's process tells until it has ended.

        Raises `BrokenPipe` where it dies, `Deadline` where it takes too long, and the errors of the work.
        """
        seconds = float(getattr(self.limits, f"{job.kind}_seconds"))
        ends = asyncio.get_running_loop().time() + seconds
        stopped = False
        while True:
            try:
                async with asyncio.timeout_at(ends):
                    head = (await process.receive()).head
            except TimeoutError:
                if stopped or not KINDS[job.kind].stops:
                    raise Deadline(f"this took longer than the {seconds:g} s allowed: ask for a smaller size") from None
                stopped, ends = True, ends + KINDS[job.kind].grace
                self._told(job, {"event": "warning", "text": f"stopped at the {seconds:g} s that a job may take"})
                await process.send(Message({"op": "stop"}))
                continue
            if head.get("event") == "done":
                self._done(job, head["outcome"])
                return
            if head.get("event") == "error":
                raise raised(head["error"])
            self._told(job, head)

    def _told(self, job: Job, head: dict[str, Any]) -> None:
        event = str(head.get("event"))
        if event == "warning":
            job.warnings = [*job.warnings[-15:], str(head["text"])[:500]]
            self.followers.publish(job, "state", self.public(job))
        elif event == "progress":
            job.progress = head["progress"]
            self.followers.publish(job, "progress", dict(head["progress"]))
        elif event == "preview":
            job.preview = head["preview"]
            if time.monotonic() - self._saved.get(job.id, 0.0) >= SAVE_SECONDS:
                self._save(job)
            index = int(head["preview"]["index"])
            url = f"/v1/jobs/{job.id}/preview?index={index}"
            self.followers.publish(job, "preview", {**head["preview"], "url": url})

    # ------------------------------------------------------------------ states

    def _done(self, job: Job, outcome: dict[str, Any]) -> None:
        media = MEDIA_TYPES[str(job.request["format"])]
        job.result = {"media_type": media, **outcome}
        if job.kind == "train":
            try:
                folder, styles = self.folder(job), job.request["styles"]
                pictures = {str(each["name"]): folder / str(each["file"]) for each in styles}
                self.trained.keep(job.client, job.id, folder / str(outcome["file"]), pictures)
            except PinxitError as error:
                job.warnings = [*job.warnings, f"the style is not on the shelf: {error}"]
        self._end(job, "done")

    def _keep_leftover(self, job: Job) -> None:
        """Let the network that a training left be the result of a job that did not come to its end."""
        if job.kind != "train" or job.result or job.live:
            return
        told = record.leftover(self.folder(job), int((job.progress or {}).get("index") or 0))
        if told is not None:
            job.result = {"media_type": MEDIA_TYPES[str(job.request["format"])], **told}
            self._save(job)

    def _end(self, job: Job, state: str, error: PinxitError | None = None) -> None:
        if not job.live:
            return
        job.finished = time.time()
        job.error = problems.body(error) if error else None
        self.metrics.job_seconds.labels(job.kind, state).observe(job.finished - (job.started or job.finished))
        self._set(job, state)
        shutil.rmtree(self.folder(job) / record.WORK, ignore_errors=True)
        if state in ("failed", "interrupted"):
            self._keep_leftover(job)

    def _set(self, job: Job, state: str) -> None:
        job.state = state
        self._save(job)
        self._count()
        self.followers.publish(job, "state", self.public(job))

    def _save(self, job: Job) -> None:
        self._saved[job.id] = time.monotonic()
        with contextlib.suppress(PinxitError):  # a full disk loses the record of the state, not the job
            record.save(job, self.folder(job))

    def _forget(self, job: Job) -> None:
        self._jobs.pop(job.id, None)
        self._saved.pop(job.id, None)
        self._count()
        with contextlib.suppress(NotFound):
            self.store.remove(self.store.jobs, job.id)

    def _count(self) -> None:
        for state in (*record.LIVE, *record.ENDED):
            self.metrics.jobs.labels(state).set(sum(job.state == state for job in self._jobs.values()))


def _lane(kind: str) -> str:
    return KINDS[kind].lane
