"""The benchmark of trained styles, on tiny pictures with small networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.onepass import trained_styles, training_curves
from benchmarks.onepass.training_curves import Point

from pinxit import images
from pinxit.metrics.distances import Score
from pinxit.nn import vgg_weights as weights
from pinxit.training.export import pack
from support.fakes import gradient
from support.networks import tiny_vgg, trained_network, write_styles

WORKS = '[wave]\nwork = "m_7"\ntitle = "T"\nartist = "A"\nyear = "1"\nmuseum = "M"\nlicence = "CC0"\n'


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two contents, one work, one network of it; the networks that come with pinxit and VGG-19 are small."""
    monkeypatch.setattr(weights, "load", tiny_vgg)
    monkeypatch.setattr(trained_styles, "LARGE", 64)
    (tmp_path / "any.pinxit").write_bytes(pack(trained_network(), 0))
    monkeypatch.setattr("pinxit.methods.onepass.any_style.SHIPPED", tmp_path / "any.pinxit")
    for name in ("contents/one.png", "contents/two.png", "pictures/m_7.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        images.write(np.clip(gradient(60, 80, shift=len(name) / 40), 0, 1), tmp_path / name)
    (tmp_path / "works.toml").write_text(WORKS)
    write_styles(tmp_path / "net.pinxit", "wave")
    return tmp_path


def words(place: Path, *more: str) -> list[str]:
    return [
        str(place / "net.pinxit"), "--works", str(place / "works.toml"), "--pictures", str(place / "pictures"),
        "--contents", str(place / "contents"), "--size", "64", "--out", str(place / "out"), *more,
    ]  # fmt: skip


def test_it_paints_scores_times_and_reports(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trained_styles.main(words(place)) == 0
    page = (place / "out" / "trained-styles.md").read_text(encoding="utf-8")
    assert "| wave | " in page
    assert "2 contents at 64 px" in page
    assert "| fast | " in page
    first = capsys.readouterr().out
    (place / "out" / "fast" / "wave" / "one.png").touch()
    assert trained_styles.main(words(place)) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("wave")] == [
        line for line in first.splitlines() if line.startswith("wave")
    ], "records are kept"


def test_all_paint_the_work_without_its_frame(place: Path) -> None:
    (place / "works.toml").write_text(WORKS + 'trim = "10% 0% 0% 25%"\n')
    arguments = trained_styles.parser().parse_args(words(place))
    ((_, work),) = trained_styles.selected(arguments).styles.values()
    whole = images.read(place / "pictures" / "m_7.png")
    assert images.read(work).shape == (whole.shape[0] - whole.shape[0] // 10, whole.shape[1] - whole.shape[1] // 4, 3)


def test_what_is_not_there_is_said(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trained_styles.main(words(place, "--only", "other")) != 0
    assert "none of the network's styles" in capsys.readouterr().err


def test_a_ratio_is_to_adain(place: Path) -> None:
    bench = trained_styles.selected(trained_styles.parser().parse_args(words(place)))
    scores = {"wave": {"fast": Score(0.8, 0.2, 0.5, 0.3), "adain": Score(0.7, 0.4, 0.5, 0.3)}}
    page = trained_styles.report(bench, scores, {"fast": {"warm": 0.5, "cold": 1.0}}, {"warm": [Point(1, 0.8, 0.5)]})
    assert "| wave | 0.200 | 0.800 | 0.400 | 0.700 | 0.50 |" in page
    assert "| fast | 0.50 s | 1.00 s |" in page


def test_the_table_of_starts_has_the_last_score_until_each_minute() -> None:
    curves = {
        "warm": [Point(0.4, 0.8, 0.5), Point(1.2, 0.8, 0.3), Point(2.5, 0.8, 0.25)],
        "cold": [Point(1.5, 0.9, 0.6)],
    }
    lines = training_curves.table_of(curves).splitlines()
    assert lines[0] == "| minutes | warm: style; content | cold: style; content |"
    assert lines[2:] == [
        "| 0.5 | 0.500; 0.800 | \N{EN DASH} |",
        "| 1 | 0.500; 0.800 | \N{EN DASH} |",
        "| 2 | 0.300; 0.800 | 0.600; 0.900 |",
        "| 2.5 | 0.250; 0.800 | 0.600; 0.900 |",
    ]


def test_both_starts_are_trained_and_read(place: Path) -> None:
    found = training_curves.run(
        place / "pictures" / "m_7.png", place / "contents", 0.0, place / "out", lambda line: None,
        steps=5, crop_size=32, image_size=36, style_size=48, crops=4,
    )  # fmt: skip
    assert set(found) == {"warm", "cold"}
    assert all(curve[-1].style > 0 for curve in found.values())
