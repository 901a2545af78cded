"""How many cores there are to compute with: those allowed, where the system says; otherwise those that are there."""

from __future__ import annotations

import os

import pytest

from pinxit import cores


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
