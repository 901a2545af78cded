"""The small parts of the service: messages, the cache, the store, and what it needs of the library."""

from __future__ import annotations

import asyncio
import io
import json
import struct
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinxit import images
from pinxit.api import Stylizer
from pinxit.errors import BadImage, DiskFull, NotFound, OutOfMemory, PinxitError, TooLarge, UnsupportedFormat
from pinxit.methods.onepass import network
from pinxit.service.client_styles import ClientStyles
from pinxit.service.jobs import record
from pinxit.service.jobs.queue import JobQueue
from pinxit.service.limits import ServiceLimits
from pinxit.service.metrics import Metrics
from pinxit.service.store import RECORD, Store, is_id, new_id, save_record
from pinxit.service.uploads import FileInfo, sniff
from pinxit.service.workers import runtime, wire
from pinxit.service.workers.sources import Cache, check
from pinxit.service.workers.wire import BrokenPipe, Message
from support.pictures import rotated, saved, scene

heads = st.dictionaries(st.text(min_size=1).filter(lambda key: key != "parts"), st.integers() | st.text(), max_size=3)


@given(heads, st.lists(st.binary(max_size=100), max_size=3))
def test_messages_arrive_as_they_were_sent(head: dict[str, object], parts: list[bytes]) -> None:
    pipe = io.BytesIO()
    wire.write(pipe, Message(head, parts))
    received = wire.read(io.BytesIO(pipe.getvalue()))
    assert {**head, "parts": [len(part) for part in parts]} == received.head
    assert list(received.parts) == parts


@given(st.binary(max_size=64))
def test_noise_is_a_broken_pipe_and_nothing_else(data: bytes) -> None:
    for noise in (data, struct.pack(">I", len(data)) + data, b'\0\0\0\x0d{"parts":[5]}' + data[:4]):
        try:
            message = wire.read(io.BytesIO(noise))
        except BrokenPipe:
            continue
        assert isinstance(message.head["parts"], list)


@pytest.mark.parametrize("head", [b"[]", b'{"parts": 5}', b'{"parts": [-1]}', b'{"parts": [true]}', b"[" * 5000, b"{}"])
def test_heads_that_lie_are_refused(head: bytes) -> None:
    async def receive() -> None:
        stream = asyncio.StreamReader()
        stream.feed_data(struct.pack(">I", len(head)) + head)
        stream.feed_eof()
        await wire.receive(stream)

    with pytest.raises(BrokenPipe):
        asyncio.run(receive())


def test_errors_cross_the_pipe_with_their_class_words_and_field() -> None:
    with pytest.raises(TooLarge) as caught, runtime.field_context("content"):
        raise TooLarge("too large, save it smaller")
    back = runtime.error_of(runtime.as_dict(caught.value))
    assert type(back) is TooLarge
    assert str(back) == "too large, save it smaller"
    assert back.field == "content"
    assert isinstance(runtime.error_of(runtime.as_dict(MemoryError())), OutOfMemory)
    bug = runtime.error_of(runtime.as_dict(RuntimeError("/secret/path")))
    assert type(bug) is PinxitError
    assert "secret" not in str(bug)
    assert type(runtime.error_of({"title": "SystemExit", "detail": "x"})) is PinxitError


def test_the_least_recently_used_value_leaves_the_cache_first() -> None:
    cache, made = Cache(10), list[str]()

    def made_now(key: str) -> tuple[str, int]:
        made.append(key)
        return key, 4

    def make(key: str) -> str:
        return str(cache.get((key,), lambda: made_now(key)))

    assert [make(key) for key in "aabacab"] == list("aabacab")
    assert made == ["a", "b", "c", "b"]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", BadImage),
        (saved(scene(), "GIF"), UnsupportedFormat),
        (saved(scene(), "TIFF"), UnsupportedFormat),
        (saved(scene(15, 40), "PNG"), BadImage),
        (saved(scene(16, 900), "PNG"), TooLarge),
    ],
    ids=["empty", "gif", "tiff", "small", "long"],
)
def test_pictures_are_refused_by_their_header(data: bytes, error: type[PinxitError]) -> None:
    with pytest.raises(error):
        check(data, ServiceLimits())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_header_gives_the_upright_size(orientation: int) -> None:
    assert images.look(rotated(scene(20, 30), orientation, "JPEG")).size == (20, 30)


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_large_jpeg_is_decoded_small_and_looks_the_same(orientation: int) -> None:
    data = rotated(scene(400, 601), orientation, "JPEG", quality=95)
    whole = images.read(data)
    small = images.read(data, long_side=150)
    assert small.shape[:2] == images.fit(whole.shape[:2], 150)
    assert np.abs(small - images.resize(whole, small.shape[:2])).max() < 0.03
    assert np.array_equal(images.read(data, long_side=601), whole)
    png = saved(scene(400, 601), "PNG")
    assert images.read(png, long_side=150).shape == (400, 601, 3), "only JPEG can"


@pytest.mark.parametrize(
    ("head", "info"),
    [
        (b"\0\0\0\x18ftypmp42", FileInfo("film", "MP4")),
        (b"\0\0\0\x18ftypavif", FileInfo("image", "")),
        (b"\x1aE\xdf\xa3....webm", FileInfo("film", "WEBM")),
        (b"\x1aE\xdf\xa3....matroska", FileInfo("film", "MKV")),
        (b"RIFF....AVI LIST", FileInfo("film", "AVI")),
        (b"RIFF....WEBPVP8 ", FileInfo("image", "")),
        (b'{"pinxit style code": 1', FileInfo("code", "JSON")),
        (b"", FileInfo("image", "")),
    ],
)
def test_files_are_recognized_by_their_first_bytes(head: bytes, info: FileInfo) -> None:
    assert sniff(head) == info


@given(st.text(max_size=40))
def test_only_names_of_the_service_are_ids(text: str) -> None:
    assert is_id(text) == (len(text) == 32 and set(text) <= set("0123456789abcdef"))
    assert is_id(new_id())


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", ServiceLimits(disk_floor=0))
    with store.building(store.jobs, 1) as (name, folder):
        (folder / "x").write_text("x")
        assert list(store.jobs.iterdir()) == []
    assert [path.name for path in store.jobs.iterdir()] == [name]
    with pytest.raises(RuntimeError), store.building(store.jobs, 1):
        raise RuntimeError
    assert list(store.tmp.iterdir()) == []
    store.remove(store.jobs, name)
    with pytest.raises(NotFound):
        store.folder(store.jobs, name)
    with pytest.raises(DiskFull), store.building(store.jobs, 2**60):
        pass
    store.close()


def test_jobs_keep_their_order_when_the_clock_is_set_back(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", ServiceLimits(disk_floor=0))
    jobs = JobQueue(store, Metrics(), ClientStyles(store))
    settings: record.Settings = {"kind": "optimize", "method": "optimize", "options": {}, "output": {}, "format": "png"}
    for moment in (2_000, 1_000, 3_000):
        with store.building(store.jobs, 1) as (name, folder):
            job = record.Job(id=name, client="a", request={**settings, "styles": []}, order=moment)
            (folder / record.REQUEST).write_text(json.dumps(job.request))
            save_record(job, folder, without="request")
        jobs.begin(job)
        assert jobs.public(job).place == len(jobs.of_client("a"))
    again = JobQueue(store, Metrics(), ClientStyles(store))
    assert [job.id for job in again.of_client("a")] == [job.id for job in jobs.of_client("a")]
    store.close()


@given(st.recursive(st.none() | st.integers() | st.text(), lambda each: st.dictionaries(st.text(), each), max_leaves=5))
def test_a_damaged_record_is_not_a_job(data: object) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in (record.REQUEST, RECORD, record.OUTCOME):
            (folder / file).write_text(json.dumps(data))
        assert record.load(folder) is None
        assert record.load_outcome(folder) is None


# ---------------------------------------------------------------------------- needs of the library


def test_a_pass_is_broken_off_within_a_moment_and_the_next_one_works() -> None:
    picture = np.random.default_rng(0).random((1024, 1024, 3), np.float32)
    stylizer = Stylizer(picture[:64, :64], method="adain", size=1024, threads=1)
    ended: list[Exception] = []

    def paint() -> None:
        try:
            stylizer(picture)
        except Exception as error:
            ended.append(error)

    thread = threading.Thread(target=paint)
    thread.start()
    while thread.is_alive() and not ended:
        network.halt()
        time.sleep(0.001)
    thread.join(30)
    assert ended, "it was halted before its end"
    assert stylizer(picture[:64, :64]).image.shape == (64, 64, 3)
