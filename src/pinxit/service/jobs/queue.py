"""The queue of jobs. They run in order, a few at a time, each in a process of its own."""

import asyncio
import contextlib
import dataclasses
import math
import shutil
import time
from pathlib import Path

from pinxit import cores
from pinxit.errors import Busy, Deadline, NotFound, NotYet, OutOfMemory, PinxitError
from pinxit.service import problems, schemas
from pinxit.service.client_styles import ClientStyles
from pinxit.service.jobs import record
from pinxit.service.jobs.events import EventStreams
from pinxit.service.jobs.kinds import KINDS, MEDIA_TYPES
from pinxit.service.jobs.record import Job
from pinxit.service.metrics import Metrics
from pinxit.service.store import Json, Store, save_record
from pinxit.service.workers.process import WorkerProcess
from pinxit.service.workers.runtime import bug, error_of
from pinxit.service.workers.wire import BrokenPipe, Message

MODULE = "pinxit.service.workers.job"
SAVE_SECONDS = 5.0
"""The least time between two records of a job's previews, which the next server needs after a kill of this one."""
MAX_ATTEMPTS = 2  # A job that ended with its process or its server this often is not started again
MAX_WARNINGS = 16


class JobQueue:
    """All jobs of the store."""

    def __init__(self, store: Store, metrics: Metrics, client_styles: ClientStyles) -> None:
        self.store, self.metrics, self.client_styles = store, metrics, client_styles
        self.limits = store.limits
        self._jobs: dict[str, Job] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._processes: dict[str, WorkerProcess] = {}
        self.streams = EventStreams(self.public)
        self._saved: dict[str, float] = {}
        self._opened = False
        self._restore()

    # ------------------------------------------------------------------ life cycle

    def _restore(self) -> None:
        """Load the jobs of an earlier server."""
        for job in self.store.restored(self.store.jobs, record.load):
            self._jobs[job.id] = job
            if job.live and (outcome := record.load_outcome(self.folder(job))):
                self._done(job, outcome)
            elif job.state == "running" and job.attempts >= MAX_ATTEMPTS:
                self._end(job, "interrupted")
            elif job.state == "running":
                self._set(job, "queued")

    def open(self) -> None:
        """Start to run jobs."""
        self._opened = True
        self._start_next()

    async def close(self) -> None:
        """Stop the running jobs. The next server queues them again."""
        self._opened = False
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def sweep(self, now: float) -> None:
        """Delete the jobs that have expired."""
        for job in list(self._jobs.values()):
            expires = self._expires(job)
            if expires is not None and expires < now:
                self._forget(job)

    # ------------------------------------------------------------------ requests of clients

    def check_room(self, client: str, kind: str = "") -> None:
        """Raise `Busy` if this client, or the queue of this kind, has too many jobs for one more."""
        live = [job for job in self._jobs.values() if job.live]
        lane = [job for job in live if kind and _lane(job.kind) == _lane(kind)]
        queued = sum(job.state == "queued" for job in lane)
        wait = max(1, math.ceil(min(self.limits.optimize_seconds, 60.0)))
        allowed = self.limits.jobs_per_client
        if sum(job.client == client for job in live) >= allowed:
            raise Busy(f"you have {allowed} live jobs, the most allowed: wait, or cancel one", wait)
        slots = self.limits.jobs_at_once
        if queued >= slots * self.limits.jobs_queued and len(lane) - queued >= slots:
            raise Busy(f"{queued} jobs are waiting: try again later", wait)

    def begin(self, job: Job) -> None:
        """Queue a new job whose folder is complete, or raise `Busy` and delete it if the queue is full meanwhile."""
        try:
            self.check_room(job.client, job.kind)
        except Busy:
            self._forget(job)
            raise
        last = max((other.order for other in self._jobs.values()), default=0)
        if job.order <= last:  # the clock was set back
            job.order = last + 1
            self._save(job)
        self._jobs[job.id] = job
        self._count()
        self._start_next()

    def get(self, client: str, name: str) -> Job:
        """Return a job of this client. Raises `NotFound`."""
        job = self._jobs.get(name)
        if job is None or job.client != client:
            raise NotFound("there is no such job, or it was deleted")
        return job

    def of_client(self, client: str) -> list[Job]:
        """Return the jobs of a client, newest first."""
        return sorted((job for job in self._jobs.values() if job.client == client), key=lambda job: -job.order)

    async def stop(self, job: Job) -> None:
        """Make a running job end after its current step with the result so far. Raises `NotYet` for other jobs."""
        if job.state != "running" or not KINDS[job.kind].can_stop:
            kinds = " and ".join(kind.name for kind in KINDS.values() if kind.can_stop)
            raise NotYet(f"only running jobs of the kinds {kinds} can be stopped; DELETE cancels a job")
        if process := self._processes.get(job.id):
            with contextlib.suppress(BrokenPipe):
                await process.send(Message({"op": "stop"}))

    async def remove(self, job: Job) -> bool:
        """Cancel a live job and return True, or delete an ended one and return False."""
        if not job.live:
            self._forget(job)
            return False
        self._end(job, "cancelled")
        if running := self._running.get(job.id):
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            self._running.pop(job.id, None)  # a task cancelled before its first step does not do this itself
            shutil.rmtree(self.folder(job) / record.WORK, ignore_errors=True)  # written until the process was killed
            self._keep_leftover(job)
        self._start_next()
        return True

    def folder(self, job: Job) -> Path:
        """Return the folder of a job."""
        return self.store.jobs / job.id

    def public(self, job: Job) -> schemas.Job:
        """Return what a client sees of a job."""
        position = None
        if job.state == "queued":
            before = [other for other in self._jobs.values() if other.state == "queued" and other.order < job.order]
            position = 1 + sum(_lane(other.kind) == _lane(job.kind) for other in before)
        url = f"/v1/jobs/{job.id}"
        links = {"self": url, **{name: f"{url}/{name}" for name in ("events", "preview", "result")}}
        result = job.result and {**job.result, "media_type": MEDIA_TYPES[job.request["format"]]}
        derived = {"place": position, "expires": self._expires(job), "links": links, "result": result}
        return schemas.Job.model_validate({**dataclasses.asdict(job), "kind": job.kind, **derived})

    def _expires(self, job: Job) -> float | None:
        """Return when a job is deleted; None for a live one."""
        return None if job.live else (job.finished or job.created) + self.limits.job_seconds

    # ------------------------------------------------------------------ running

    def _start_next(self) -> None:
        """Start as many waiting jobs as may run."""
        waiting = sorted((job for job in self._jobs.values() if job.state == "queued"), key=lambda job: job.order)
        for job in waiting:
            running = [self._jobs[name] for name in self._running if name in self._jobs]
            in_lane = sum(_lane(other.kind) == _lane(job.kind) for other in running)
            if self._opened and job.id not in self._running and in_lane < self.limits.jobs_at_once:
                self._running[job.id] = asyncio.create_task(self._run(job))

    async def _run(self, job: Job) -> None:
        """Run a job to its end, and start the next one whatever happens."""
        try:
            while not await self._attempt(job):
                pass
        except PinxitError as error:
            self._end(job, "failed", error)
        except asyncio.CancelledError:
            if job.state == "running":  # the server is shutting down
                job.attempts -= 1
                self._set(job, "queued")
        except Exception as error:
            self._end(job, "failed", bug(error))
        finally:
            self._running.pop(job.id, None)
            self._start_next()

    async def _attempt(self, job: Job) -> bool:
        """Run a job in a new process. Return False if that died and the job may be tried again."""
        job.attempts, job.started = job.attempts + 1, time.time()
        self._set(job, "running")
        threads = max(1, cores.allowed() - (1 if cores.allowed() > 2 else 0))
        folder, memory = self.folder(job), self.limits.job_bytes
        process = self._processes[job.id] = await WorkerProcess.start(MODULE, self.limits, threads, memory, folder)
        try:
            await self._listen(job, process)
        except BrokenPipe:
            await process.wait()
            error = process.death()
            if outcome := record.load_outcome(folder):
                self._done(job, outcome)
            elif isinstance(error, OutOfMemory) or job.attempts >= MAX_ATTEMPTS:
                raise error from None
            else:
                return False
        finally:
            del self._processes[job.id]
            await process.close()
        return True

    async def _listen(self, job: Job, process: WorkerProcess) -> None:
        """Pass on the messages of a job's process until the job has ended.

        Raises `BrokenPipe` if the process dies, `Deadline` if it takes too long, and the errors of the job.
        """
        seconds, kind = float(getattr(self.limits, f"{job.kind}_seconds")), KINDS[job.kind]
        clock = asyncio.get_running_loop().time
        ends, stopped = clock() + seconds, False
        while True:
            silence_ends = clock() + self.limits.silent_seconds
            try:
                async with asyncio.timeout_at(min(ends, silence_ends)):
                    head = (await process.receive()).head
            except TimeoutError:
                if silence_ends < ends:
                    silence = f"nothing came of this for {self.limits.silent_seconds:g} s, and it was ended"
                    raise Deadline(f"{silence}: ask for a smaller size, or take another style") from None
                if stopped or not kind.can_stop:
                    raise Deadline(f"this took longer than the {seconds:g} s allowed: ask for a smaller size") from None
                stopped, ends = True, ends + kind.grace
                self._warn(job, f"stopped at the time limit of {seconds:g} s")
                await process.send(Message({"op": "stop"}))
                continue
            if head.get("event") == "done":
                self._done(job, head["outcome"])
                return
            if head.get("event") == "error":
                raise error_of(head["error"])
            self._pass_on(job, head)

    def _pass_on(self, job: Job, head: Json) -> None:
        """Note an event of a job's process, and send it to the clients that follow the job."""
        if head.get("event") == "warning":
            self._warn(job, str(head["text"])[:500])
        elif head.get("event") == "progress":
            job.progress = dict(head["progress"])
            self.streams.publish(job, "progress", schemas.Progress(**job.progress))
        elif head.get("event") == "preview":
            job.preview = dict(head["preview"])
            if time.monotonic() - self._saved.get(job.id, 0.0) >= SAVE_SECONDS:
                self._save(job)
            url = f"/v1/jobs/{job.id}/preview?index={job.preview['index']}"
            self.streams.publish(job, "preview", schemas.Preview(**job.preview, url=url))

    def _warn(self, job: Job, text: str) -> None:
        job.warnings = [*job.warnings[1 - MAX_WARNINGS :], text]
        self.streams.publish(job, "state", self.public(job))

    # ------------------------------------------------------------------ states

    def _done(self, job: Job, outcome: Json) -> None:
        job.result = outcome
        if job.kind == "train":
            try:
                folder = self.folder(job)
                pictures = {style["name"]: folder / style["file"] for style in job.request["styles"]}
                self.client_styles.add(job.client, job.id, folder / outcome["file"], pictures)
            except PinxitError as error:
                job.warnings = [*job.warnings, f"the style was not added to your styles: {error}"]
        self._end(job, "done")

    def _keep_leftover(self, job: Job) -> None:
        """Make the network of a training's last checkpoint the result of an unfinished job."""
        if job.kind != "train" or job.result or job.live:
            return
        step = job.progress["index"] if job.progress else 0
        made = {"file": record.NETWORK, "height": None, "width": None, "stopped": step}
        with contextlib.suppress(OSError):  # there was no checkpoint
            job.result = record.outcome_of(self.folder(job), made)
            self._save(job)

    def _end(self, job: Job, state: str, error: PinxitError | None = None) -> None:
        if not job.live:
            return
        job.finished = time.time()
        job.error = problems.describe(error).model_dump() if error else None
        self.metrics.job_seconds.labels(job.kind, state).observe(job.finished - (job.started or job.finished))
        self._set(job, state)
        shutil.rmtree(self.folder(job) / record.WORK, ignore_errors=True)
        if state in ("failed", "interrupted"):
            self._keep_leftover(job)

    def _set(self, job: Job, state: str) -> None:
        job.state = state
        self._save(job)
        self._count()
        self.streams.publish(job, "state", self.public(job))

    def _save(self, job: Job) -> None:
        self._saved[job.id] = time.monotonic()
        with contextlib.suppress(PinxitError):  # a full disk loses the record of the state, not the job
            save_record(job, self.folder(job), without="request")

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
