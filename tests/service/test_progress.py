"""What a job tells of its progress."""

import io

import pytest

from pinxit.service.workers import job, wire


def test_the_time_left_follows_the_speed_since_the_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 5.0, 6.0, 25.0, 26.0, 45.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    sent = io.BytesIO()
    reporter = job.ProgressReporter(sent)
    for index, share in enumerate([0.1, 0.11, 0.5, 0.51, 0.9], 1):
        reporter.step(share, index, 5, None)
    sent.seek(0)
    left = [wire.read(sent).head["progress"]["seconds_left"] for _ in range(5)]
    assert left == [None, None, 25.0, 25.1, 5.0], "a fast step now and then does not mislead"
