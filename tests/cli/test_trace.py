"""What a descent leaves behind: a table, a plot, pictures on the way, a timelapse."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinxit import images
from pinxit.cli import trace
from pinxit.cli.progress import Watcher
from pinxit.cli.trace import Timelapse, Trace, is_due
from pinxit.errors import BadOption, MissingExtra, WriteFailed
from pinxit.methods.base import Step
from support.fakes import steps_of


def ticking() -> Iterator[float]:
    """Seconds that go by one at a time."""
    yield from map(float, range(1000))


def traced(folder: Path, steps: Iterator[Step]) -> list[dict[str, str]]:
    """Run a trace and return the rows of its table."""
    clock = ticking()
    with Trace(folder, clock=lambda: next(clock)) as watch:
        for step in steps:
            watch(step)
    with (folder / "loss.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_has_every_step_with_every_loss(tmp_path: Path) -> None:
    rows = traced(tmp_path / "new" / "folder", steps_of(4))
    assert [row["step"] for row in rows] == ["1", "2", "3", "4"]
    assert rows[1] == {
        "step": "2",
        "seconds": "2.0",
        "height": "24",
        "width": "32",
        "loss": "0.5",
        "content": "0.125",
        "style": "0.375",
    }


def test_the_table_is_on_disk_while_the_descent_goes_on(tmp_path: Path) -> None:
    watch = Trace(tmp_path)
    for step in steps_of(3):
        watch(step)
        assert len((tmp_path / "loss.csv").read_text().splitlines()) == step.index + 1
    watch.close()


def test_the_plot_is_a_picture(tmp_path: Path) -> None:
    traced(tmp_path, steps_of(6, sizes=[(12, 16), (24, 32)]))
    plot = images.read(tmp_path / "loss.png")
    assert plot.shape[0] > 300
    assert plot[..., :3].std() > 0.02


def test_losses_that_no_logarithm_knows_leave_gaps(tmp_path: Path) -> None:
    steps = [Step(i, 2, loss, lambda: np.zeros((16, 16, 3), np.float32)) for i, loss in ((1, 0.0), (2, -1.0))]
    traced(tmp_path, iter(steps))
    assert (tmp_path / "loss.png").exists()


def test_the_pictures_on_the_way_are_few_and_hold_the_first_and_the_last(tmp_path: Path) -> None:
    traced(tmp_path, steps_of(95))
    names = sorted(path.name for path in tmp_path.glob("step_*.png"))
    assert len(names) == 20
    assert names[0] == "step_00001.png"
    assert names[-1] == "step_00095.png"
    assert images.read(tmp_path / names[0]).shape == (24, 32, 3)


@given(st.integers(1, 3000), st.integers(1, 100))
def test_about_as_many_steps_are_due_as_were_asked_for(of: int, count: int) -> None:
    due = [i for i in range(1, of + 1) if is_due(Step(i, of, 0.0, lambda: np.zeros((1, 1, 3), np.float32)), count)]
    assert due[0] == 1
    assert due[-1] == of
    assert len(due) <= count + 2


def test_a_trace_stopped_early_is_whole(tmp_path: Path) -> None:
    def stopped() -> Iterator[Step]:
        yield from list(steps_of(100))[:7]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        traced(tmp_path, stopped())
    assert len((tmp_path / "loss.csv").read_text().splitlines()) == 8
    assert images.read(tmp_path / "loss.png").size


def test_a_trace_without_steps_has_no_plot(tmp_path: Path) -> None:
    assert traced(tmp_path, iter(())) == []
    assert not (tmp_path / "loss.png").exists()


def test_a_trace_needs_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteFailed):
        Trace(tmp_path / "file")


def test_without_matplotlib_the_cure_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="pip install"):
        Trace(tmp_path)


def frames_of(path: Path) -> list[PIL.Image.Image]:
    """All frames of an animated GIF."""
    with PIL.Image.open(io.BytesIO(path.read_bytes())) as gif:
        frames = []
        for index in range(gif.n_frames):  # type: ignore[attr-defined]
            gif.seek(index)
            frames.append(gif.copy())
        return frames


def test_a_timelapse_has_frames_of_one_size_and_lingers_on_the_last(tmp_path: Path) -> None:
    path = tmp_path / "out.gif"
    with Timelapse(path) as watch:
        for step in steps_of(10, sizes=[(6, 8), (12, 16), (24, 32)]):
            watch(step)
    frames = frames_of(path)
    assert len(frames) == 10
    assert {frame.size for frame in frames} == {(32, 24)}
    assert [frame.info["duration"] for frame in frames] == [trace.FRAME_MS] * 9 + [trace.LAST_MS]


def test_a_timelapse_ends_with_the_picture_as_it_is_even_if_stopped_between_frames(tmp_path: Path) -> None:
    path = tmp_path / "out.gif"
    with Timelapse(path) as watch:
        for step in list(steps_of(200))[:6]:  # due are 1 and 4
            watch(step)
    frames = frames_of(path)
    assert len(frames) == 3
    last = np.asarray(frames[-1].convert("RGB")).astype(float) / 255
    assert np.abs(last - step.preview()).mean() < 0.03


def test_a_timelapse_is_no_larger_than_it_has_to_be(tmp_path: Path) -> None:
    path = tmp_path / "out.gif"
    with Timelapse(path) as watch:
        for step in steps_of(1, sizes=[(500, 1000)]):
            watch(step)
    assert frames_of(path)[0].size == (480, 240)


def test_a_timelapse_is_a_gif(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match=r"ending in \.gif"):
        Timelapse(tmp_path / "out.mp4")


def test_inputs_are_never_written_over(tmp_path: Path) -> None:
    def watcher(path: Path) -> Watcher:
        return Timelapse(path, protect=[path]) if path.suffix == ".gif" else Trace(path.parent, protect=[path])

    for name in ("loss.png", "step_00001.png", "out.gif"):
        path = tmp_path / name
        path.write_bytes(b"precious")
        with pytest.raises(WriteFailed, match="is an input"), watcher(path) as watch:
            watch(next(steps_of(1)))
        assert path.read_bytes() == b"precious"


def test_a_timelapse_without_a_place_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(WriteFailed, match="the folder no does not exist"):
        Timelapse(tmp_path / "no" / "out.gif")


def test_a_timelapse_of_nothing_writes_nothing(tmp_path: Path) -> None:
    with Timelapse(tmp_path / "out.gif"):
        pass
    assert not list(tmp_path.iterdir())
