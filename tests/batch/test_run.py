"""Batches: sources, targets, resuming, failures, and both engines."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pebble", reason="batches need the extra batch")

import fsspec
import pebble
import pyarrow.parquet as parquet
from PIL import Image

import pinxit
from pinxit.batch import engines, items
from pinxit.batch.items import read_items
from pinxit.batch.painter import BatchJob, BatchPainter, tasks
from pinxit.batch.records import Manifest, Record
from pinxit.batch.run import run
from pinxit.batch.storage import Storage
from pinxit.errors import BadImage, BadOption, NotFound

SIZE = 32


def write_picture(path: Path, color: tuple[int, int, int]) -> Path:
    """Write a small gradient in a color."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.linear_gradient("L").resize((SIZE, SIZE)).convert("RGB").point(
        [min(255, value * each // 128) for each in color for value in range(256)]
    ).save(path)
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number in range(3):
        write_picture(tmp_path / "photos" / f"{number}.png", (40 * number, 100, 200))
    write_picture(tmp_path / "photos" / "deep" / "0.jpg", (9, 9, 90))
    return tmp_path / "photos"


@pytest.fixture
def style(tmp_path: Path) -> str:
    return str(write_picture(tmp_path / "wave.png", (200, 30, 60)))


def rows_of(target: Path) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = parquet.read_table(target / "_pinxit" / "manifest.parquet").to_pylist()
    return rows


def paint(photos: Path, style: str, target: Path, **options: object) -> list[Record]:
    return list(run(BatchJob(str(target), (style,), options={"size": SIZE, **options}), str(photos), workers=1))


# ------------------------------------------------------------------------------------------------- sources and names


def test_a_folder_a_pattern_and_lists_name_their_pictures(photos: Path) -> None:
    assert [item.key for item in read_items(str(photos))] == ["0.png", "1.png", "2.png", "deep/0.jpg"]
    assert [item.key for item in read_items(f"{photos}/*.png")] == ["0.png", "1.png", "2.png"]
    assert [item.key for item in read_items(str(photos / "1.png"))] == ["1.png"]
    (photos / "list.txt").write_text("1.png\n\ndeep/0.jpg\n")
    assert [item.key for item in read_items(str(photos / "list.txt"))] == ["1.png", "deep/0.jpg"]
    (photos / "list.csv").write_text("path,style,strength,size\n1.png,a.jpg,0.5,\n2.png,,,64\n")
    one, two = read_items(str(photos / "list.csv"))
    assert (one.style, one.options, two.style, two.options) == ("a.jpg", {"strength": 0.5}, "", {"size": 64})


def test_parquet_lists_are_read(photos: Path) -> None:
    import pyarrow

    table = pyarrow.table({"path": ["1.png", "2.png"], "strength": [0.5, None]})
    parquet.write_table(table, photos / "list.parquet")
    assert [item.options for item in read_items(str(photos / "list.parquet"))] == [{"strength": 0.5}, {}]


def test_wrong_sources_are_refused(photos: Path, tmp_path: Path) -> None:
    (photos / "list.csv").write_text("path,strenght\n1.png,0.5\n")
    with pytest.raises(BadOption, match="did you mean 'strength'"):
        list(read_items(str(photos / "list.csv")))
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadImage, match="no pictures"):
        list(read_items(str(tmp_path / "empty")))
    with pytest.raises(NotFound):
        list(read_items("nothing://here/"))


def test_names_follow_from_picture_and_recipe_alone(style: str, tmp_path: Path) -> None:
    def name(**options: object) -> str:
        job = BatchJob("memory://out", (style,), options=options)
        (task,) = tasks(job, items.Item("memory://x/a.jpg", "x/a.jpg"))
        return task.name

    assert name(size=64) == name(size=64) != name(size=65)
    assert name().startswith("x/a.jpg.wave.")
    before = name()
    write_picture(Path(style), (1, 2, 3))
    from pinxit.batch import painter

    painter._style_id.cache_clear()
    assert name() != before


def test_a_target_in_the_source_is_refused(photos: Path, style: str) -> None:
    with pytest.raises(BadOption, match="lies in the source"):
        paint(photos, style, photos / "painted")


# ------------------------------------------------------------------------------------------------- painting, again


def test_a_picture_is_painted_once_and_again_where_it_changed(photos: Path, style: str, tmp_path: Path) -> None:
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    first = paint(photos, style, tmp_path / "out")
    assert sum(not record.error for record in first) == 4
    (failed,) = [record for record in first if record.error]
    assert failed.input.endswith("broken.jpg")
    assert "broken.jpg" in (tmp_path / "out" / "failures.csv").read_text()
    rows = rows_of(tmp_path / "out")
    assert len(rows) == 5
    for row in rows:
        assert bool(row["error"]) != bool(row["output"])
        assert Path(row["output"]).exists()  # '' is the present folder
    assert os.listdir(tmp_path / "out" / "_pinxit") == ["manifest.parquet"]

    write_picture(photos / "1.png", (250, 250, 0))
    os.utime(photos / "1.png", (time.time() + 5,) * 2)
    again = paint(photos, style, tmp_path / "out")
    assert sorted(Path(record.input).name for record in again) == ["1.png", "broken.jpg"]
    (photos / "broken.jpg").unlink()
    assert paint(photos, style, tmp_path / "out") == []
    assert len(paint(photos, style, tmp_path / "out", strength=0.5)) == 4


def test_what_was_painted_before_a_kill_is_not_painted_again(photos: Path, style: str, tmp_path: Path) -> None:
    rows = run(BatchJob(str(tmp_path / "out"), (style,), options={"size": SIZE}), str(photos), workers=1)
    first = next(rows)
    rows.close()  # as Ctrl-C does: no end, no joined file
    again = paint(photos, style, tmp_path / "out")
    assert first.name not in {record.name for record in again}
    assert len(rows_of(tmp_path / "out")) == 4


def test_memory_and_files_get_the_same_bytes(photos: Path, style: str, tmp_path: Path) -> None:
    paint(photos, style, tmp_path / "out")
    files = {path.name: path.read_bytes() for path in (tmp_path / "out").rglob("*.png")}
    job = BatchJob("memory://bucket/out", (style,), options={"size": SIZE})
    painter = BatchPainter(job, threads=1)
    for item in read_items(str(photos)):
        (task,) = tasks(job, item)
        record = painter(task)
        assert not record.error
        assert record.output == f"memory:///bucket/out/{task.name}"
        assert fsspec.filesystem("memory").cat(record.output) == files[Path(task.name).name]


def test_a_list_paints_each_row_as_it_says(photos: Path, style: str, tmp_path: Path) -> None:
    other = write_picture(tmp_path / "other.png", (10, 220, 30))
    (photos / "list.csv").write_text(f"path,style,strength\n0.png,{other},\n0.png,,0\n")
    first, second = paint(photos / "list.csv", style, tmp_path / "out")
    assert {first.style, second.style} == {str(other), style}
    assert sorted(json.loads(each.recipe)["options"]["strength"] for each in (first, second)) == [0, 1]


# ------------------------------------------------------------------------------------------------- what goes wrong


class SabotagedPool(pebble.ProcessPool):
    """Its processes hang, or die, at pictures of these names."""

    def schedule(self, function: Any, args: Any = (), kwargs: Any = None, timeout: Any = None) -> Any:
        name = Path(args[0].item.url).name
        function, args = {"0.png": (time.sleep, (60,)), "1.png": (os._exit, (9,))}.get(name, (function, args))
        return super().schedule(function, args, timeout=timeout)


def test_a_picture_that_hangs_or_kills_costs_only_itself(
    photos: Path, style: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "ProcessPool", SabotagedPool)
    job = BatchJob(str(tmp_path / "out"), (style,), options={"size": SIZE}, seconds=8.0)
    records = {record.input.rpartition("/")[2]: record for record in run(job, f"{photos}/*.png", workers=1)}
    assert "longer than the 8 s" in records["0.png"].error
    assert "died" in records["1.png"].error
    assert not records["2.png"].error


def test_storage_that_fails_once_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinxit.batch.storage.FIRST_PAUSE", 0.0)
    answers: list[Exception | None] = [OSError("slow down"), OSError("slow down"), None]

    def ask() -> str:
        answer = answers.pop(0)
        if answer:
            raise answer
        return "here"

    assert Storage("memory://x").retried(ask, "x") == "here"
    answers[:] = [OSError("slow down")] * 4
    with pytest.raises(NotFound, match="storage does not answer"):
        Storage("memory://x").retried(ask, "x")


def test_the_last_row_of_an_output_counts(tmp_path: Path) -> None:
    target = Storage(str(tmp_path))
    with Manifest(target) as manifest:
        manifest.add(Record("a", "1", "s", "out", error="bad"))
        assert not manifest.is_done("out", "1")
        manifest.add(Record("a", "1", "s", "out"))
    assert Manifest(target).is_done("out", "1")
    assert not Manifest(target).is_done("out", "2")


# ------------------------------------------------------------------------------------------------- Ray


@pytest.mark.timeout(240)
@pytest.mark.filterwarnings("ignore")
def test_ray_gives_the_same_bytes(photos: Path, style: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray", reason="the engine ray needs Ray")
    monkeypatch.setenv("RAY_raylet_start_wait_time_s", "180")  # on a busy machine
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(pinxit.__file__).parents[1])]))
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    here = paint(photos, style, tmp_path / "here")
    job = BatchJob(str(tmp_path / "there"), (style,), options={"size": SIZE})
    there = list(run(job, str(photos), engine="ray", workers=1))
    assert {r.name: r.sha256 for r in here} == {r.name: r.sha256 for r in there}
    assert list(run(job, f"{photos}/*.png", engine="ray")) == []
