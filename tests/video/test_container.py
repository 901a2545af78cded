"""Film files: every container in and out, with times, sound and chapters; and those that are no good."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from pinxit.config.options import Film, Limits
from pinxit.errors import BadFilm, BadOption, NotFound, TooLarge, UnsupportedFormat
from pinxit.video.io.container import FilmFile, Segment, SegmentWriter, coding, join
from pinxit.video.io.film import Cut
from support.films import VIDEO, decoded, film, moving

LIMITS = Limits()


def copied(
    source: Path, target: Path, *, part: int = 8, end: float = 0.0, start: float = 0.0, **wishes: Any
) -> list[str]:
    """Write ``source`` again as ``target``, in segments of ``part`` frames; return what was lost."""
    opened = FilmFile(source, LIMITS)
    info = opened.info
    rate_known = target.suffix == ".avi"
    cut = Cut(start, end, float(info.rate) if rate_known else 0)
    how = coding(target, Film(**wishes), info, info.size, cut)
    frames = list(opened.frames())
    parts = []
    for first in range(0, len(frames), part):
        path = target.with_name(f"{first:06d}.nut")
        segment = SegmentWriter(path, how)
        for number, frame in enumerate(frames[first : first + part], first):
            pts, ticks = (number, 0) if rate_known else (frame.pts, frame.ticks)
            segment.add(frame.load()[0], None, pts, ticks)
        segment.close()
        parts.append(Segment(path, segment.first))
    return join(parts, target, how, opened, cut, "how it was painted")


def packets(path: Path, kind: str) -> list[tuple[float, float]]:
    """Return when each packet of sound or pictures is shown and decoded, in seconds."""
    with av.open(str(path)) as container:
        stream = next(each for each in container.streams if each.type == kind)
        found: Iterator[Any] = container.demux(stream)
        return [(float(p.pts * p.time_base), float((p.dts or 0) * p.time_base)) for p in found if p.pts is not None]


def length(path: Path, kind: str) -> float:
    times = [time for time, _ in packets(path, kind)]
    return max(times) - min(times)


@pytest.mark.parametrize("kind", VIDEO)
def test_every_container_is_read_with_all_its_frames(tmp_path: Path, kind: str) -> None:
    source = FilmFile(film(tmp_path / f"a.{kind}", sound=True), LIMITS)
    frames = list(source.frames())
    assert len(frames) == 24
    assert source.info.size == (48, 64)
    assert source.info.rate == 24
    assert abs(source.info.frames - 24) <= 1
    assert not source.complaint()
    times = [float(frame.pts * source.info.time_base) for frame in frames]
    assert np.allclose(np.diff(times), 1 / 24, atol=0.002)
    image, alpha = frames[5].load()
    assert image.dtype == np.float32
    assert alpha is None
    assert np.abs(image - moving()[5]).mean() < 0.03


@pytest.mark.parametrize("kind", ["mp4", "mov", "mkv", "webm", "avi"])
def test_every_container_is_written_with_sound_and_times(tmp_path: Path, kind: str) -> None:
    source = film(tmp_path / "a.mp4", sound=True)
    target = tmp_path / f"o.{kind}"
    assert copied(source, target) == []
    images, times = decoded(target)
    assert len(images) == 24
    assert np.allclose([float(time - times[0]) for time in times], np.arange(24) / 24, atol=0.0011)
    assert max(np.abs(a - b).mean() for a, b in zip(images, moving(), strict=True)) < 0.04
    assert length(target, "audio") == pytest.approx(length(source, "audio"), abs=0.05)
    if kind != "avi":  # its frames have no times
        skew = min(packets(target, "audio"))[0] - float(times[0])
        assert abs(skew - min(packets(source, "audio"))[0]) < 0.04


@pytest.mark.parametrize(
    ("name", "codec"), [("o.mp4", "h265"), ("o.mkv", "vp9"), ("o.mov", "prores"), ("o.mp4", "h264")]
)
def test_codecs(tmp_path: Path, name: str, codec: str) -> None:
    copied(film(tmp_path / "a.mp4"), tmp_path / name, codec=codec)
    with av.open(str(tmp_path / name)) as container:
        found = container.streams.video[0].codec_context.name
    assert {"h265": "hevc"}.get(codec, codec) in found
    images, _ = decoded(tmp_path / name)
    assert np.abs(images[20] - moving()[20]).mean() < 0.04


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_animations(tmp_path: Path, kind: str) -> None:
    target = tmp_path / f"o.{kind}"
    copied(film(tmp_path / "a.mp4", rate=20), target)
    if kind == "webp":
        data = target.read_bytes()
        assert data.count(b"ANMF") == 24
        assert struct.unpack("<H", data[data.index(b"ANIM") + 12 : data.index(b"ANIM") + 14]) == (0,)  # endless
        return
    images, times = decoded(target)
    assert [float(time) for time in times] == pytest.approx(np.arange(24) / 20)
    assert np.abs(images[20] - moving()[20]).mean() < 0.06


def test_decoding_times_rise_across_segments(tmp_path: Path) -> None:
    copied(film(tmp_path / "a.mp4", moving(40)), tmp_path / "o.mp4", part=7)
    times = packets(tmp_path / "o.mp4", "video")
    assert all(late[1] > early[1] for early, late in itertools.pairwise(times))
    assert all(shown >= decoding for shown, decoding in times)


@pytest.mark.parametrize("kind", ["mp4", "mkv"])
def test_irregular_times_are_kept(tmp_path: Path, kind: str) -> None:
    ticks = [0, 40, 100, 110, 200, 500, 520, 560, 900, 1000]
    source = film(tmp_path / "a.mkv", moving(10), times=ticks, time_base=Fraction(1, 1000))
    copied(source, tmp_path / f"o.{kind}", part=4)
    _, times = decoded(tmp_path / f"o.{kind}")
    assert [round(1000 * time) for time in times] == ticks


def test_chapters_comment_and_language_are_copied(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mkv", sound=True, chapters=True)
    copied(source, tmp_path / "o.mp4")
    with av.open(str(tmp_path / "o.mp4")) as container:
        assert [chapter["metadata"]["title"] for chapter in container.chapters()] == ["one", "two"]
        assert container.metadata["comment"] == "how it was painted"


def test_sound_of_an_unknown_codec_is_left_out(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mkv", sound=True)
    source.write_bytes(source.read_bytes().replace(b"A_AAC", b"A_NEW"))
    assert copied(source, tmp_path / "o.mp4") == ["audio stream 1 (of an unknown codec)"]


def test_sound_that_the_container_cannot_hold_is_encoded_again(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mp4", sound=True)
    copied(source, tmp_path / "o.webm")
    with av.open(str(tmp_path / "o.webm")) as container:
        assert container.streams.audio[0].codec_context.name == "opus"
        found: Any = container.decode(audio=0)
        wave = np.concatenate([frame.to_ndarray()[0] for frame in found])
    spectrum = np.abs(np.fft.rfft(wave[4800 : 4800 + 24_000]))
    assert np.argmax(spectrum) == pytest.approx(440 / 2, abs=2)


@pytest.mark.parametrize("size", [(49, 65), (1, 1), (48, 63)])
def test_odd_sizes_become_even(tmp_path: Path, size: tuple[int, int]) -> None:
    pictures = [np.ascontiguousarray(picture[: size[0], : size[1]]) for picture in moving(6, 64, 80)]
    source = film(tmp_path / "a.mkv", pictures, codec="ffv1", pixels="bgr0")
    copied(source, tmp_path / "o.mp4")
    images, _ = decoded(tmp_path / "o.mp4")
    assert images[0].shape[:2] == tuple(max(2, side - side % 2) for side in size)
    height, width = size[0] - size[0] % 2 or 1, size[1] - size[1] % 2 or 1
    assert np.abs(images[3][:height, :width] - pictures[3][:height, :width]).mean() < 0.05


def test_ten_bits_stay_ten_bits(tmp_path: Path) -> None:
    ramp = np.repeat(np.linspace(0.4, 0.6, 256, dtype=np.float32)[None, :, None], 64, axis=0).repeat(3, axis=2)
    source = film(tmp_path / "a.mkv", [ramp] * 3, pixels="yuv420p10le")
    opened = FilmFile(source, LIMITS)
    assert opened.info.depth == 10
    values = np.unique(next(opened.frames()).load()[0][32, :, 1])
    assert len(values) > 60, "8 bits would leave about 52 steps"
    copied(source, tmp_path / "o.mp4", codec="h265")
    assert FilmFile(tmp_path / "o.mp4", LIMITS).info.depth == 10


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_rotated_films_come_out_upright(tmp_path: Path, turns: int) -> None:
    path = film(tmp_path / "a.mp4", moving(4))
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40
    a, b = [(0, 1), (-1, 0), (0, -1)][turns - 1]
    data[matrix : matrix + 36] = struct.pack(">9i", a << 16, b << 16, 0, -b << 16, a << 16, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    opened = FilmFile(path, LIMITS)
    upright = np.rot90(moving(4)[2], -turns)  # the matrix of 1 turn shows the film turned clockwise by 90 degrees
    assert opened.info.size == upright.shape[:2]
    assert np.abs(list(opened.frames())[2].load()[0] - upright).mean() < 0.04


def test_colors_of_hd_and_sd_survive(tmp_path: Path) -> None:
    for height in (96, 720):
        flat = np.broadcast_to(np.array([0.8, 0.15, 0.3], np.float32), (height, 128, 3))
        source = film(tmp_path / f"{height}.mp4", [np.ascontiguousarray(flat)] * 2, pixels="yuv444p")
        copied(source, tmp_path / "o.mp4")
        before = next(FilmFile(source, LIMITS).frames()).load()[0]
        after = next(FilmFile(tmp_path / "o.mp4", LIMITS).frames()).load()[0]
        assert np.abs(before - after).max() < 0.02


# ------------------------------------------------------------------ files that are no good


@pytest.mark.parametrize(
    "text", ["ffconcat version 1.0\nfile real.mp4\n", "#EXTM3U\n#EXTINF:1,\nreal.mp4\n", "v=0\nm=video 1 RTP/AVP 96\n"]
)
def test_a_playlist_is_refused_whatever_its_name(tmp_path: Path, text: str) -> None:
    film(tmp_path / "real.mp4")
    (tmp_path / "evil.mp4").write_text(text)
    with pytest.raises(UnsupportedFormat, match=r"evil\.mp4"):
        FilmFile(tmp_path / "evil.mp4", LIMITS)


@pytest.mark.parametrize("kind", VIDEO)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_cut_files_are_read_up_to_the_cut_or_refused(tmp_path: Path, kind: str, share: float) -> None:
    rng = np.random.default_rng(0)
    noisy = [np.clip(picture + rng.normal(0, 0.1, picture.shape), 0, 1).astype(np.float32) for picture in moving(48)]
    path = film(tmp_path / f"a.{kind}", noisy, options={"movflags": "faststart"} if kind in ("mp4", "mov") else None)
    size = round(share * path.stat().st_size) // 188 * 188 + 94  # ends within a packet of a .ts
    path.write_bytes(path.read_bytes()[:size])
    try:
        source = FilmFile(path, LIMITS)
    except BadFilm:
        assert share == 0.1, "only a file without a complete frame is refused"
        return
    count = sum(1 for frame in source.frames() if frame.load()[0] is not None)
    assert count <= 48
    if kind == "ts":  # it has no duration
        assert source.complaint() == f"ended early, within a packet, after {count} frames"
    else:
        assert source.complaint() == f"ended early: {count} of 48 frames"
    source.skim()
    assert source.complaint().startswith("ended early")


def test_a_film_without_its_index_is_reported_as_cut_off(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4")
    path.write_bytes(path.read_bytes()[:-600])
    with pytest.raises(BadFilm, match="index is missing"):
        FilmFile(path, LIMITS)


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(BadFilm, match="has no video"):
        FilmFile(path, LIMITS)


def test_a_film_of_no_frames_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=24)
        stream.height, stream.width, stream.pix_fmt = 48, 64, "bgr0"
        container.start_encoding()
    with pytest.raises(BadFilm, match=r"a\.mkv"):
        FilmFile(path, LIMITS)


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"", BadFilm), (b"\x1aE\xdf\xa3", BadFilm), (b"GIF89a", BadFilm), (b"hello " * 99, UnsupportedFormat)],
)
def test_bytes_that_are_not_a_film(tmp_path: Path, content: bytes, kind: type[Exception]) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(kind, match=r"a\.mp4"):
        FilmFile(tmp_path / "a.mp4", LIMITS)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        FilmFile(tmp_path / "nothing.mp4", LIMITS)
    with pytest.raises(NotFound):
        FilmFile(Path("concat:a.mp4|b.mp4"), LIMITS)
    with pytest.raises(BadFilm, match="not a file"):
        FilmFile(tmp_path, LIMITS)


@pytest.mark.parametrize("limits", [Limits(film_bytes=100), Limits(film_side=63), Limits(film_seconds=0.5)])
def test_limits(tmp_path: Path, limits: Limits) -> None:
    with pytest.raises(TooLarge, match=r"a\.mp4"):
        FilmFile(film(tmp_path / "a.mp4"), limits)


def test_flipped_bytes_give_frames_or_an_error(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    whole = film(tmp_path / "a.mkv").read_bytes()
    for _ in range(25):
        data = np.frombuffer(whole, np.uint8).copy()
        places = rng.integers(0, len(data), 20)
        data[places] = rng.integers(0, 256, 20)
        (tmp_path / "b.mkv").write_bytes(data.tobytes())
        try:
            source = FilmFile(tmp_path / "b.mkv", LIMITS)
            for frame in source.frames():
                assert np.isfinite(frame.load()[0]).all()
        except (BadFilm, UnsupportedFormat, TooLarge):
            continue


@pytest.mark.parametrize(
    ("name", "wishes"),
    [
        ("o.webm", {"codec": "h264"}),
        ("o.gif", {"codec": "h265"}),
        ("o.mp4", {"codec": "vp9", "depth": "10"}),
        ("o.mp5", {}),
        ("o.mp4", {"depth": "16"}),
    ],
)
def test_impossible_outputs_are_refused(tmp_path: Path, name: str, wishes: dict[str, Any]) -> None:
    info = FilmFile(film(tmp_path / "a.mp4", moving(2)), LIMITS).info
    with pytest.raises(BadOption):
        coding(tmp_path / name, Film(**wishes), info, info.size, Cut())


@pytest.mark.parametrize("matrix", [8, *range(10, 18)])
def test_colors_that_cannot_be_converted_are_refused(tmp_path: Path, matrix: int) -> None:
    source = film(tmp_path / "a.mkv", moving(2), matrix=matrix)
    with pytest.raises(BadFilm, match=rf"a\.mkv has colors in the matrix {matrix} "):
        FilmFile(source, Limits())


@pytest.mark.parametrize("matrix", [1, 4, 5, 6, 7, 9, 3, 18])
def test_colors_of_other_matrices_are_read_and_written(tmp_path: Path, matrix: int) -> None:
    source = FilmFile(film(tmp_path / "a.mkv", moving(2), matrix=matrix), Limits())
    assert len([frame.load() for frame in source.frames()]) == 2
    assert source.info.color.space == (matrix if matrix < 10 and matrix != 3 else 6)
    made = coding(tmp_path / "o.mkv", Film(), source.info, (48, 64), Cut())
    writer = SegmentWriter(tmp_path / "0.nut", made)
    writer.add(moving(1)[0], None, 0)
    assert join([Segment(writer.close(), 0)], tmp_path / "o.mkv", made) == []
