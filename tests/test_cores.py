"""How many cores count: those allowed, where the system says, otherwise all; and threads that let others go first."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

import numpy as np
import pytest

from pinxit import cores
from pinxit.video import pipeline
from pinxit.video.prefetch import prefetch

linux = pytest.mark.skipif(sys.platform != "linux", reason="only there threads have a niceness of their own")


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def in_a_thread(work: Callable[[], int]) -> int:
    values: list[int] = []
    thread = threading.Thread(target=lambda: values.append(work()))
    thread.start()
    thread.join()
    return values[0]


def test_only_allowed_cores_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {1, 5, 7}, raising=False)
    assert cores.allowed() == 3


@pytest.mark.parametrize(("available", "counted"), [(6, 6), (None, 1)])
def test_all_cores_count_where_the_system_does_not_say(
    available: int | None, counted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: available)
    assert cores.allowed() == counted


@linux
def test_a_thread_with_lower_priority_is_nicer_than_the_others() -> None:
    def work() -> int:
        cores.lower_priority()
        return niceness()

    before = niceness()
    assert in_a_thread(work) == min(before + cores.BEHIND, 19)
    assert niceness() == before
    assert in_a_thread(niceness) == before, "those that come after are as they were"


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_without_permission_nothing_happens(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise PermissionError

    before = niceness() if sys.platform == "linux" else 0
    monkeypatch.setattr(os, "setpriority", refuse, raising=False)
    monkeypatch.setattr(sys, "platform", platform if sys.platform == "linux" else sys.platform)
    cores.lower_priority()
    monkeypatch.undo()
    assert sys.platform != "linux" or niceness() == before


class Preparing:
    """Records the niceness of the thread that prepares frames."""

    def __init__(self) -> None:
        self.niceness: list[int] = []

    def prepare(self, photo: object, alpha: object, previous: object) -> None:
        self.niceness.append(niceness())


class Still:
    def load(self) -> tuple[object, None]:
        return np.zeros((2, 2, 3), np.float32), None


@linux
@pytest.mark.parametrize(("allowed", "behind"), [(2, True), (7, True), (8, False)])
def test_frames_are_prepared_at_a_lower_priority_where_cores_are_few(
    allowed: int, behind: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cores, "allowed", lambda: allowed)
    before = niceness()
    frames = [Still(), Still()]
    stylizer = Preparing()
    list(prefetch(pipeline._prepared(iter(frames), stylizer)))  # type: ignore[arg-type]
    assert stylizer.niceness == [min(before + cores.BEHIND, 19) if behind else before] * 2
    assert niceness() == before
