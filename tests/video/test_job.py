"""Jobs: segments, resuming after any end, folders of pictures, parts of films."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from pinxit import images
from pinxit.config.options import Film, Limits
from pinxit.errors import BadFilm, BadOption, DiskFull, WriteFailed
from pinxit.images import Image
from pinxit.images.types import Window
from pinxit.video.frame_stylizer import FilmStylizer
from pinxit.video.io import container
from pinxit.video.io.film import Cut, Frame, Info, Plane, Source
from pinxit.video.io.sources import Folder
from pinxit.video.job import Job, open_film
from pinxit.video.record import State
from pinxit.video.report import Progress, Report
from pinxit.video.temporal_blend import WarpedFrame
from support.films import decoded, film, moving


@dataclass
class Negative:
    """Paints negatives, and can fail."""

    fails_at: float = 1e9
    painted: list[float] = field(default_factory=list)
    uses_previous: bool = False

    def paint(self, photo: Image, alpha: Any, seconds: float, before: WarpedFrame | None) -> tuple[Image, State]:
        self.work(seconds)
        return 1 - photo, {"sum": np.asarray(photo.sum())}

    def repaint(
        self, photo: Image, windows: Sequence[Window], seconds: float, state: State, margin: int
    ) -> list[Image]:
        self.work(seconds)
        assert "sum" in state
        return [1 - photo[window] for window in windows]

    def masks(self, alpha: Plane | None, seconds: float) -> list[Plane]:
        return []

    def same_style(self, since: float, seconds: float) -> bool:
        if seconds >= self.fails_at:
            raise RuntimeError("power cut")
        return True

    def work(self, seconds: float) -> None:
        self.same_style(0, seconds)
        self.painted.append(seconds)


def run(
    source: Path,
    output: Path,
    *,
    stylizer: Negative | None = None,
    stop: Callable[[], bool] = lambda: False,
    resume: bool = False,
    strict: bool = False,
    side: int = 512,
    **wishes: Any,
) -> tuple[list[Progress], Report]:
    options = Film(**{"segment": 8, **wishes})
    opened, job = open_film(source, options, Limits(), strict), Job(output, side, options, (source,), resume)
    progress: list[Progress] = []
    paints = cast(FilmStylizer, stylizer or Negative())
    return progress, job.run(opened, paints, {"method": "negative"}, progress.append, stop)


def test_a_film_is_painted_from_start_to_end(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mp4", moving(20), sound=True)
    progress, report = run(source, tmp_path / "o.mp4", steadiness=0)
    assert report == Report(frames=20, complaint="", lost=(), finished=True)
    assert [each.frame for each in progress] == list(range(1, 21))
    assert {each.of for each in progress} == {20}
    assert progress[-1].seconds_left == 0
    painted, times = decoded(tmp_path / "o.mp4")
    assert np.abs(painted[13] - (1 - decoded(source)[0][13])).mean() < 0.02
    assert times == decoded(source)[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "o.mp4"]


@pytest.mark.parametrize("fails_at", [0.01, 0.3, 0.34, 0.6, 0.78])
def test_a_resumed_run_gives_the_same_bytes(tmp_path: Path, fails_at: float) -> None:
    source = film(tmp_path / "a.mp4", moving(20), sound=True)
    run(source, tmp_path / "whole.mp4")
    with pytest.raises(RuntimeError, match="power cut"):
        run(source, tmp_path / "o.mp4", stylizer=Negative(fails_at))
    assert not (tmp_path / "o.mp4").exists()
    stylizer = Negative()
    _, report = run(source, tmp_path / "o.mp4", stylizer=stylizer, resume=True)
    assert report.finished
    assert report.frames == 20
    assert len(stylizer.painted) <= 20 - 8 * int(fails_at * 24 / 8 - 0.01), "at most one segment is painted twice"
    assert (tmp_path / "o.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()


def test_a_failure_while_joining_is_mended_by_resuming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*words: Any, **more: Any) -> None:
        raise DiskFull("no space left")

    source = film(tmp_path / "a.mp4", moving(20), sound=True)
    run(source, tmp_path / "whole.mp4")
    with monkeypatch.context() as patch:
        patch.setattr(container, "join", full)
        with pytest.raises(DiskFull):
            run(source, tmp_path / "o.mp4")
    assert not (tmp_path / "o.mp4").exists()
    stylizer = Negative()
    _, report = run(source, tmp_path / "o.mp4", stylizer=stylizer, resume=True)
    assert (report.finished, report.frames) == (True, 20)
    assert min(stylizer.painted) >= 16 / 24, "only the last segment, which was short, is painted again"
    assert (tmp_path / "o.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()


@pytest.mark.parametrize("frames", [1, 8, 13])
def test_stopping_leaves_a_film_that_plays_and_a_job_to_resume(tmp_path: Path, frames: int) -> None:
    source = film(tmp_path / "a.mp4", moving(20), sound=True)
    run(source, tmp_path / "whole.mp4")
    count = iter(range(1, 100))
    _, report = run(source, tmp_path / "o.mp4", stop=lambda: next(count) == frames)
    assert not report.finished
    assert len(decoded(tmp_path / "o.mp4")[0]) == report.frames == frames
    if frames >= 8:  # a segment is finished
        with pytest.raises(BadOption, match="--resume"):
            run(source, tmp_path / "o.mp4")
        with pytest.raises(BadOption, match="something else"):
            run(source, tmp_path / "o.mp4", resume=True, steadiness=0.2)
    run(source, tmp_path / "o.mp4", resume=True)
    assert (tmp_path / "o.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()


@pytest.mark.parametrize("damage", ["job.json", "000000.nut", "state"])
def test_a_damaged_job_is_reported(tmp_path: Path, damage: str) -> None:
    source = film(tmp_path / "a.mp4", moving(20))
    with pytest.raises(RuntimeError):
        run(source, tmp_path / "o.mp4", stylizer=Negative(0.5))
    folder = tmp_path / "o.mp4.job"
    (file,) = [path for path in folder.iterdir() if path.name.startswith(damage)]
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(BadFilm, match="delete that folder"):
        run(source, tmp_path / "o.mp4", resume=True)


def test_a_job_without_a_finished_segment_blocks_nothing(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mp4", moving(4))
    with pytest.raises(RuntimeError):
        run(source, tmp_path / "o.mp4", stylizer=Negative(0))
    assert not (tmp_path / "o.mp4.job").exists()
    (tmp_path / "o.mp4.job").mkdir()  # as a killed process leaves it
    (tmp_path / "o.mp4.job" / "job.json").write_text('{"format": 6, "recipe": {"method": "old"}, "segments": []}')
    (tmp_path / "o.mp4.job" / "000000.part").write_bytes(b"?")
    assert run(source, tmp_path / "o.mp4")[1].finished


def test_resuming_without_a_job_begins_one(tmp_path: Path) -> None:
    _, report = run(film(tmp_path / "a.mp4", moving(4)), tmp_path / "o.mp4", resume=True)
    assert report.finished


def test_a_half_deleted_folder_is_no_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = film(tmp_path / "a.mp4", moving(9))
    monkeypatch.setattr("shutil.rmtree", lambda folder, ignore_errors: (folder / "000000.nut").unlink())
    run(source, tmp_path / "o.mp4")
    assert (tmp_path / "o.mp4.job" / "000001.nut").exists()
    monkeypatch.undo()
    _, report = run(source, tmp_path / "o.mp4", resume=True)
    assert report.frames == 9
    assert not (tmp_path / "o.mp4.job").exists()


def test_the_record_names_the_finished_segments(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        run(film(tmp_path / "a.mp4", moving(20)), tmp_path / "o.mp4", stylizer=Negative(0.7))
    record = json.loads((tmp_path / "o.mp4.job" / "job.json").read_text())
    assert [segment["frames"] for segment in record["segments"]] == [8, 8]
    assert record["recipe"]["method"] == "negative"


def test_parts_and_rates(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mp4", moving(48), sound=True)
    _, report = run(source, tmp_path / "part.mp4", start=0.5, end=1.5)
    assert report.frames == 24
    painted, times = decoded(tmp_path / "part.mp4")
    assert times[0] == 0
    assert np.abs(painted[0] - (1 - decoded(source)[0][12])).mean() < 0.03
    _, report = run(source, tmp_path / "slow.mp4", fps=10)
    assert report.frames == 20
    assert decoded(tmp_path / "slow.mp4")[1][7] * 10 == 7
    _, report = run(source, tmp_path / "fast.mp4", fps=48, end=1)
    assert report.frames == 48
    with pytest.raises(BadOption, match="not after"):
        run(source, tmp_path / "x.mp4", start=1, end=1)
    with pytest.raises(BadFilm, match="--start"):
        run(source, tmp_path / "x.mp4", start=5)
    assert not (tmp_path / "x.mp4.job").exists()


@pytest.mark.parametrize(("ticks", "frames"), [((0, 24 * 10**12), 1), ((24 * 10**12, 0), 48)])
def test_a_damaged_time_stamp_is_not_filled_with_copies(ticks: tuple[int, int], frames: int) -> None:
    """A frame 31,000 years after the other, or one that is shown as long."""

    class Damaged:
        info = Info(name="a.mkv", size=(2, 2), time_base=Fraction(1, 24), rate=Fraction(24), seconds=0, frames=0)

        def frames(self) -> Iterator[Frame]:
            yield Frame(0, ticks[0], lambda: (np.zeros((2, 2, 3), np.float32), None))
            if ticks[1]:
                yield Frame(ticks[1], 1, lambda: (np.zeros((2, 2, 3), np.float32), None))

    source = cast(Source, Damaged())
    with pytest.raises(BadFilm, match=r"a\.mkv shows one frame for 1000000000000 s.*--fps.*--end"):
        list(itertools.islice(Cut(fps=24).frames(source), 1000))
    assert len(list(itertools.islice(Cut(fps=24, end=2).frames(source), 1000))) == frames


def test_size_is_the_long_side(tmp_path: Path) -> None:
    run(film(tmp_path / "a.mp4", moving(3, 96, 128)), tmp_path / "o.mp4", side=64)
    assert decoded(tmp_path / "o.mp4")[0][0].shape == (48, 64, 3)


def test_a_film_that_is_cut_off_is_painted_up_to_the_cut(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mkv", moving(96))
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    _, report = run(source, tmp_path / "o.mp4")
    assert report.complaint == f"ended early: {report.frames} of 96 frames"
    assert 0 < report.frames == len(decoded(tmp_path / "o.mp4")[0]) < 96
    with pytest.raises(BadFilm, match="ended early"):
        run(source, tmp_path / "strict.mp4", strict=True)
    assert not list(tmp_path.glob("strict*"))


@pytest.mark.parametrize("depth", ["8", "16"])
def test_folders_of_pictures_in_and_out(tmp_path: Path, depth: str) -> None:
    (tmp_path / "in").mkdir()
    for number, picture in enumerate(moving(11)):
        images.write(picture, tmp_path / "in" / f"shot_{number + 5}.png")
    _, report = run(tmp_path / "in", tmp_path / "out", depth=depth, steadiness=0)
    assert report.frames == 11
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [f"frame_{number:06d}.png" for number in range(1, 12)]
    first = images.read(tmp_path / "out" / "frame_000006.png")
    assert np.abs(first - (1 - images.read(tmp_path / "in" / "shot_10.png"))).max() < 1e-4
    with pytest.raises(WriteFailed, match="already has pictures"):
        run(tmp_path / "in", tmp_path / "out")
    _, report = run(tmp_path / "in", tmp_path / "o.mp4", fps=12)
    assert decoded(tmp_path / "o.mp4")[1][1] * 12 == 1


def test_a_folder_is_resumed(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mp4", moving(20))
    run(source, tmp_path / "whole")
    with pytest.raises(RuntimeError):
        run(source, tmp_path / "out", stylizer=Negative(0.5))
    run(source, tmp_path / "out", resume=True)
    for path in (tmp_path / "whole").iterdir():
        assert path.read_bytes() == (tmp_path / "out" / path.name).read_bytes()


def test_deep_pictures_keep_sixteen_bits(tmp_path: Path) -> None:
    ramp = np.linspace(0, 1, 999, dtype=np.float32).reshape(27, 37, 1).repeat(4, axis=2)
    (tmp_path / "a.png").write_bytes(images.deep_png(ramp))
    assert np.abs(images.read(tmp_path / "a.png") - ramp).max() < 1 / 65535
    assert Folder(tmp_path, Limits()).info.depth == 16


def test_a_folder_that_ends_in_a_broken_picture(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number, picture in enumerate(moving(3)):
        images.write(picture, tmp_path / "in" / f"{number}.png")
    (tmp_path / "in" / "2.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    _, report = run(tmp_path / "in", tmp_path / "o.mp4")
    assert report.complaint.startswith("ended early: 2 of 3 frames")
    with pytest.raises(BadFilm):
        run(tmp_path / "in", tmp_path / "o2.mp4", strict=True)


def test_the_source_is_never_overwritten(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mp4", moving(3))
    before = source.read_bytes()
    with pytest.raises(WriteFailed, match="never overwritten"):
        run(source, source)
    assert source.read_bytes() == before


def test_a_part_of_a_film_is_not_reported_as_ended_early(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mp4", moving(20), sound=True)
    _, report = run(source, tmp_path / "o.mp4", end=0.4)
    assert report.frames < 12
    assert not report.complaint
