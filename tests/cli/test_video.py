"""``pinxit video`` from end to end, with a network of random weights."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from pinxit import images
from pinxit.cli import video
from pinxit.video import record
from support.fakes import Run
from support.films import decoded, film, moving


def test_the_command_paints_and_reports(pinxit: Run, tmp_path: Path, network: Path) -> None:
    source = film(tmp_path / "clip.mp4", moving(6), sound=True)
    words = ["video", source, "-s", tmp_path / "style.png", "-o", tmp_path / "o.mp4", "--model", network]
    result = pinxit(*words, "--json", "--preview", tmp_path / "now.png")
    assert result.code == 0, result.said
    assert json.loads(result.out)["frames"] == 6
    assert "(6 frames)" in result.said
    assert "never enlarged" not in result.said
    assert images.read(tmp_path / "now.png").shape == (48, 64, 3)
    assert len(decoded(tmp_path / "o.mp4")[0]) == 6


def test_a_film_smaller_than_the_size_is_said_to_stay_so(pinxit: Run, tmp_path: Path, network: Path) -> None:
    source = film(tmp_path / "clip.mp4", moving(2))
    words = ["video", source, "-s", tmp_path / "style.png", "-o", tmp_path / "o.mp4", "--model", network]
    said = pinxit(*words, "--size", "256", "--quiet").said
    assert "painted at 64 px, not 256: a film is never enlarged; choose a larger one, or enlarge it first" in said


def test_a_film_that_ended_early_exits_with_3(pinxit: Run, tmp_path: Path, network: Path) -> None:
    source = film(tmp_path / "a.mkv", moving(48))
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    words = ["video", source, "-s", tmp_path / "style.png", "-o", tmp_path / "o.mp4", "--model", network]
    result = pinxit(*words)
    assert result.code == 3
    assert "of 48 frames" in result.said
    assert pinxit(*words, "--strict").code == 65


@pytest.mark.parametrize(
    ("parts", "said"), [(0, "nothing to save yet"), (1, "the finished parts are kept; continue with --resume")]
)
def test_ctrl_c_before_the_first_frame_says_whether_there_are_parts_to_continue(
    pinxit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: int, said: str
) -> None:
    def begin(film: Path, style: object, target: Path, **options: object) -> None:
        job = record.begin(target, {}, resume=False)
        for _ in range(parts):
            job.add(24, 0, {}, None)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(video, "stylize_video", begin)
    words = ["video", film(tmp_path / "clip.mp4", moving(2)), "-s", tmp_path / "style.png", "-o", tmp_path / "o.mp4"]
    result = pinxit(*words, "--threads", "1")  # with which no thread opens the network meanwhile
    assert result.code == 130
    assert result.said.strip() == f"pinxit: stopped at once; {said}"
