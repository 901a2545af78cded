"""Runs what has no record yet, both programs in turns, and writes the records."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import machine
from benchmarks.folders import sha256
from benchmarks.optimize import records
from benchmarks.optimize.programs import (
    PACE,
    SHORT,
    TIMED,
    TRACED,
    WARM_UP,
    Program,
    Setting,
    Task,
    code_fingerprint,
    seconds_a_step,
)
from benchmarks.optimize.records import Point, Record
from benchmarks.pairs import Pair
from benchmarks.processes import Usage, measure
from pinxit.errors import PartlyDone

Say = Callable[[str], None]

WARM_UP_SIZE = 64
SEPARATE, SAME = "separate", "same"
"""Where the curve's pictures come from: separate runs, or the timed ones."""


def plan(
    pairs: Sequence[Pair],
    programs: Sequence[Program],
    setting: Setting,
    folder: Path,
    *,
    curves: str = "",
    short_steps: int = 0,
) -> list[Task]:
    """Return the runs in order: pair by pair both programs, who goes first changing from pair to pair.

    ``curves`` is '', `SEPARATE` or `SAME`. With ``short_steps`` the peer only does that many, once a pair.
    """
    kinds = {"": (TIMED,), SEPARATE: (TIMED, TRACED), SAME: (TRACED,)}[curves]
    tasks: list[Task] = []
    for number, pair in enumerate(pairs):
        for kind in kinds:
            for program in programs[:: -1 if number % 2 else 1]:
                if not (program.takes_steps and short_steps):
                    steps = setting.peer_steps if program.takes_steps else None
                    tasks.append(Task(program, pair, kind, setting, steps, folder))
                elif kind == kinds[0]:
                    tasks.append(Task(program, pair, SHORT, setting, short_steps, folder))
    return tasks


def run(tasks: Sequence[Task], say: Say, *, fresh: bool = False) -> None:
    """Do every task that has no record yet (with ``fresh``, every one), and write its record.

    Raises `PartlyDone` at the end where a program failed, with the names of the pairs.
    """
    warm: set[str] = set()
    failed: list[str] = []
    for number, task in enumerate(tasks, 1):
        name = f"{task.program.name} on {task.pair.name} ({task.kind})"
        stored = None if fresh else records.of(task)
        if stored:
            say(f"{number}/{len(tasks)}  {name}: already measured{_of_other_code(stored)}")
            continue
        if task.program.name not in warm:
            warm.add(task.program.name)
            _warm_up(task)
        record = _paint(task)
        if record is None:
            failed.append(name)
            say(f"{number}/{len(tasks)}  {name}: failed; see {task.log}")
        else:
            say(f"{number}/{len(tasks)}  {name}: {record.seconds:.1f} s")
    if failed:
        raise PartlyDone(f"{len(failed)} of {len(tasks)} runs failed: {', '.join(failed)}")


def _of_other_code(record: Record) -> str:
    same = record.code == code_fingerprint(record.program)
    return "" if same else f", though {record.program}'s code has changed since; --fresh measures again"


def _warm_up(task: Task) -> None:
    """Let the program paint something tiny, so that neither reads from a cold disk; pinxit unpacks its weights now."""
    setting = Setting(WARM_UP_SIZE, 0, task.setting.device)
    steps = 0 if task.program.takes_steps else None
    tiny = Task(task.program, task.pair, WARM_UP, setting, steps, task.folder)
    tiny.log.parent.mkdir(parents=True, exist_ok=True)
    measure(task.program.command(tiny), tiny.log)  # where it fails, the run proper fails too and says so
    tiny.picture.unlink(missing_ok=True)


def _paint(task: Task) -> Record | None:
    """Run ``task`` and write its record; None where it failed."""
    _clear(task)
    usage = measure(task.program.command(task), task.log)
    if usage.exit_code != 0 or not task.picture.is_file():
        return None
    record = _record(task, usage)
    records.save(record, task.record)
    return record


def _clear(task: Task) -> None:
    """Delete what an earlier run of the same task left."""
    task.picture.parent.mkdir(parents=True, exist_ok=True)
    for path in (task.record, task.picture):
        path.unlink(missing_ok=True)
    shutil.rmtree(task.trace, ignore_errors=True)


def _record(task: Task, usage: Usage) -> Record:
    return Record(
        program=task.program.name,
        version=task.program.version(),
        code=code_fingerprint(task.program.name),
        kind=task.kind,
        pair=task.pair.name,
        content_sha256=sha256(task.pair.content),
        style_sha256=sha256(task.pair.style),
        size=task.setting.size,
        steps=task.steps,
        device=task.setting.device,
        machine=machine.describe(),
        seconds=usage.seconds,
        cpu_seconds=usage.cpu_seconds,
        peak_bytes=usage.peak_bytes,
        seconds_a_step=seconds_a_step(usage.output, task.steps) if task.kind == SHORT and task.steps else None,
        pace=PACE,
        picture_sha256=sha256(task.picture),
        points=_points(task, usage) if task.kind == TRACED else (),
    )


def _points(task: Task, usage: Usage) -> tuple[Point, ...]:
    """Return the pictures saved on the way and the finished one, dated by their files.

    A last one saved on the way that is the finished picture, byte for byte, is taken once.
    """
    saved = sorted(task.trace.glob(task.program.snapshots), key=lambda path: path.stat().st_mtime_ns)
    if not saved or saved[-1].read_bytes() != task.picture.read_bytes():
        saved.append(task.picture)
    return tuple(
        Point(
            file=path.relative_to(task.picture.parent).as_posix(),
            seconds=max(0.0, path.stat().st_mtime - usage.started),
        )
        for path in saved
    )
