"""`stylize_video` and ``pinxit video`` from end to end, with a network of random weights."""

from __future__ import annotations

import functools
import itertools
import json
import sys
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import pinxit
from pinxit import images
from pinxit.errors import BadOption, MissingExtra
from pinxit.video.report import Progress
from pinxit.video.score import score_video
from support.fakes import Pictures, Screen
from support.films import decoded, film, moving


def painted(tmp_path: Path, network: Path, style: Any, name: str = "o", **options: Any) -> list[np.ndarray[Any, Any]]:
    """Paint six frames to lossless pictures, without blending; return them."""
    source = film(tmp_path / "a.mp4", moving(6)) if not (tmp_path / "a.mp4").exists() else tmp_path / "a.mp4"
    pinxit.stylize_video(source, style, tmp_path / name, model=str(network), threads=1, **{"steadiness": 0, **options})
    return [images.read(path) for path in sorted((tmp_path / name).iterdir())]


def test_each_frame_is_painted_like_a_picture(
    tmp_path: Path, network: Path, picture: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pinxit.methods.onepass.any_style.FILM_EMPHASIS", 1.0)  # the only intended difference
    style = picture("style.png", shift=0.5)
    frames = painted(tmp_path, network, style)
    content = decoded(tmp_path / "a.mp4")[0][2]
    alone = pinxit.stylize(content, style, method="adain", model=str(network)).image
    assert np.abs(frames[2] - alone).max() < 1.1 / 255


@pytest.mark.parametrize(
    ("name", "said"), [("steadines", "steadiness"), ("fsp", "fps"), ("resum", "resume"), ("strengh", "strength")]
)
def test_an_unknown_option_of_a_film_gets_the_word_for_it(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(BadOption, match=f"unknown option '{name}': did you mean '{said}'"):
        pinxit.stylize_video(tmp_path / "a.mp4", tmp_path / "s.png", tmp_path / "o.mp4", **{name: 1})  # type: ignore[arg-type]
    with pytest.raises(BadOption, match=r"known are .*paint_every.* strength.* tile"):
        pinxit.stylize_video(tmp_path / "a.mp4", tmp_path / "s.png", tmp_path / "o.mp4", zzz=1)  # type: ignore[call-arg]


def test_strength_follows_its_keyframes(tmp_path: Path, network: Path, picture: Pictures) -> None:
    frames = painted(tmp_path, network, picture("style.png", shift=0.5), strengths="0s:0 0.2s:1")
    before = decoded(tmp_path / "a.mp4")[0]
    distances = [np.abs(a - b).mean() for a, b in zip(frames, before, strict=True)]
    assert distances[0] < 0.005
    assert distances[5] > distances[2] > 0.02


def test_one_style_becomes_another(tmp_path: Path, network: Path, picture: Pictures) -> None:
    first, second = picture("one.png"), picture("two.png", shift=0.5)
    alone = [painted(tmp_path, network, style, name) for style, name in ((first, "f"), (second, "s"))]
    mixed = painted(tmp_path, network, first, "m", to=second, mix="0s:0 0.2s:1")
    assert np.abs(mixed[0] - alone[0][0]).max() < 1.1 / 255
    assert np.abs(mixed[5] - alone[1][5]).max() < 1.1 / 255
    assert np.abs(mixed[2] - alone[0][2]).mean() > 0.001
    ended = painted(tmp_path, network, first, "e", to=second)
    assert np.abs(ended[0] - alone[0][0]).max() < 1.1 / 255
    with pytest.raises(BadOption, match="--to"):
        painted(tmp_path, network, first, "x", mix="0s:0 1s:1")


def test_a_mask_moves(tmp_path: Path, network: Path, picture: Pictures) -> None:
    style = picture("style.png", shift=0.5)
    halves = [np.zeros((48, 64, 3), np.float32) for _ in range(6)]
    for number, half in enumerate(halves):
        half[:, : 32 if number < 3 else 0] = 1
    mask = film(tmp_path / "mask.mp4", halves)
    frames = painted(tmp_path, network, style, masks=[str(mask)])
    whole = painted(tmp_path, network, style, "whole")
    assert np.abs(frames[1][:, :20] - whole[1][:, :20]).mean() < np.abs(frames[5][:, :20] - whole[5][:, :20]).mean()


def test_transparency_is_a_mask_and_is_kept(tmp_path: Path, network: Path, picture: Pictures) -> None:
    (tmp_path / "in").mkdir()
    for number, frame in enumerate(moving(2)):
        alpha = np.ones((48, 64, 1), np.float32)
        alpha[:, :32] = 0
        images.write(np.concatenate([frame, alpha], axis=2), tmp_path / "in" / f"{number}.png")
    style = picture("style.png", shift=0.5)
    pinxit.stylize_video(tmp_path / "in", style, tmp_path / "o", masks=["alpha"], model=str(network), threads=1)
    out = images.read(tmp_path / "o" / "frame_000002.png")
    assert out.shape == (48, 64, 4)
    assert out[:, :32, 3].max() == 0


def test_colors_of_the_photo_are_kept(tmp_path: Path, network: Path, picture: Pictures) -> None:
    frames = painted(tmp_path, network, picture("style.png", shift=0.5), color="luminance")
    chroma = [frame[..., 0] - frame[..., 2] for frame in (frames[3], decoded(tmp_path / "a.mp4")[0][3])]
    assert np.corrcoef(chroma[0].ravel(), chroma[1].ravel())[0, 1] > 0.95


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"'\.\[video\]'"):
        pinxit.stylize_video("a.mp4", "b.png", "c.mp4")


def test_a_steady_film_scores_better(tmp_path: Path, network: Path, picture: Pictures) -> None:
    rng = np.random.default_rng(0)
    noisy = [np.clip(p + rng.normal(0, 0.05, p.shape), 0, 1).astype(np.float32) for p in moving(8, 96, 128)]
    source = film(tmp_path / "a.mp4", noisy)
    for name, steadiness in (("raw", 0.0), ("steady", 0.9)):
        painted(tmp_path, network, picture("style.png", shift=0.5), name, steadiness=steadiness)
    raw, steady = (score_video(source, tmp_path / name).warping for name in ("raw", "steady"))
    assert steady < 0.5 * raw


def interrupted(tmp_path: Path, network: Path, style: Path, **options: Any) -> dict[str, Any]:
    """Stop a film after its third frame; return the options that resume it."""
    source, count = film(tmp_path / "a.mp4", moving(6)), itertools.count(1)
    words = {"model": str(network), "threads": 1, "segment": 2, **options}
    report = pinxit.stylize_video(source, style, tmp_path / "o.mp4", stop=lambda: next(count) == 3, **words)
    assert not report.finished
    return {**words, "resume": True}


@pytest.mark.parametrize("methods", [("", "adain"), ("adain", ""), ("adain", "adain")])
def test_the_record_names_the_method_and_resuming_may_name_it(
    tmp_path: Path, network: Path, picture: Pictures, methods: tuple[str, str]
) -> None:
    style = picture("style.png", shift=0.5)
    words = interrupted(tmp_path, network, style, method=methods[0])
    assert json.loads((tmp_path / "o.mp4.job" / "job.json").read_text())["recipe"]["method"] == "adain"
    report = pinxit.stylize_video(tmp_path / "a.mp4", style, tmp_path / "o.mp4", **{**words, "method": methods[1]})
    assert (report.finished, report.frames) == (True, 6)
    with av.open(str(tmp_path / "o.mp4")) as container:
        assert json.loads(container.metadata["comment"])["method"] == "adain"


def test_a_job_of_another_method_is_refused(tmp_path: Path, network: Path, picture: Pictures) -> None:
    style = picture("style.png", shift=0.5)
    words = interrupted(tmp_path, network, style)
    del words["model"]
    with pytest.raises(BadOption, match=r"paints something else \(another method"):
        pinxit.stylize_video(tmp_path / "a.mp4", style, tmp_path / "o.mp4", **{**words, "method": "optimize"})


def test_a_job_without_a_method_is_refused(tmp_path: Path, network: Path, picture: Pictures) -> None:
    style = picture("style.png", shift=0.5)
    words = interrupted(tmp_path, network, style)
    record = tmp_path / "o.mp4.job" / "job.json"
    record.write_text(record.read_text().replace('"method": "adain"', '"method": ""'))
    with pytest.raises(BadOption, match="does not say its method"):
        pinxit.stylize_video(tmp_path / "a.mp4", style, tmp_path / "o.mp4", **words)


def test_progress_shows_a_bar_and_ends_a_film_that_is_continued(
    tmp_path: Path, network: Path, picture: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    film(tmp_path / "a.mp4", moving(6))
    seen: list[Progress] = []

    def progress(film: Progress) -> bool:
        seen.append(film)
        return film.frame == 3

    words: dict[str, Any] = {"model": str(network), "threads": 1, "segment": 2}
    paint = functools.partial(pinxit.stylize_video, tmp_path / "a.mp4", picture("s.png"), tmp_path / "o", **words)
    report = paint(progress=progress)
    assert (report.frames, report.finished, len(seen)) == (3, False, 3)
    assert len(repr(seen[0])) < 100
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    assert paint(progress=True, resume=True).finished
    assert "frame 6" in screen.getvalue()
