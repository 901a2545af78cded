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
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


def test_only_allowed_cores_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {1, 5, 7}, raising=False)
    assert cores.allowed() == 3


@pytest.mark.parametrize(("there", "counted"), [(6, 6), (None, 1)])
def test_where_the_system_does_not_say_all_cores_count(
    there: int | None, counted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: there)
    assert cores.allowed() == counted


@linux
def test_a_thread_that_goes_behind_is_nicer_than_the_others() -> None:
    def work() -> int:
        cores.lower_priority()
        return niceness()

    own = niceness()
    assert in_a_thread(work) == min(own + cores.BEHIND, 19)
    assert niceness() == own
    assert in_a_thread(niceness) == own, "those that come after are as they were"


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_where_it_cannot_be_nothing_happens(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise PermissionError

    own = niceness() if sys.platform == "linux" else 0
    monkeypatch.setattr(os, "setpriority", refuse, raising=False)
    monkeypatch.setattr(sys, "platform", platform if sys.platform == "linux" else sys.platform)
    cores.lower_priority()
    monkeypatch.undo()
    assert sys.platform != "linux" or niceness() == own


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
    own = niceness()
    frames = [Still(), Still()]
    stylizer = Preparing()
    list(prefetch(pipeline._prepared(iter(frames), stylizer)))  # type: ignore[arg-type]
    assert stylizer.niceness == [min(own + cores.BEHIND, 19) if behind else own] * 2
    assert niceness() == own
