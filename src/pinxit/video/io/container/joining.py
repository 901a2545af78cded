"""Segments to one film: strung together packet by packet, with the sound, subtitles and chapters of the source."""

from __future__ import annotations

import heapq
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from pinxit.config.options import Limits
from pinxit.video.io.container.reading import open_film
from pinxit.video.io.container.writing import Coding, seal, write_failure

DELAY = 3
"""Frames that a decoder may have to wait for: one more than B-frames in a pyramid need."""
SOUND_COPIED = {
    "mp4": ("aac", "mp3", "ac3", "eac3", "opus", "flac", "alac"),
    "mov": ("aac", "mp3", "ac3", "eac3", "alac", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_f32le"),
    "webm": ("opus", "vorbis"),
    "avi": ("mp3", "ac3", "pcm_s16le"),
}
"""Sound that a format holds as it is; Matroska holds all."""
SOUND_CODECS = {"mp4": "aac", "mov": "aac", "matroska": "aac", "webm": "libopus", "avi": "libmp3lame"}
"""What sound is coded in where the file cannot hold the source's."""
SUBTITLE_CODECS = {"mp4": ("mov_text",), "mov": ("mov_text",), "webm": ("webvtt",), "avi": ()}
"""Subtitles that a format holds; Matroska holds all."""


Container = Any
Packet = Any
"""PyAV's objects, whose own types say of much that it might be None, or a stream of any kind."""


@dataclass(frozen=True, slots=True)
class Part:
    """A finished segment, and the ``pts`` of its first frame."""

    path: Path
    first: int


@dataclass(slots=True)
class _Track:
    """A stream of the source on its way into the film."""

    source: Any
    target: Any
    encoder: Any = None
    """An audio stream that encodes, where the sound cannot be copied."""


def join(
    parts: Sequence[Part],
    target: Path,
    coding: Coding,
    *,
    source: Path | None,
    start: float = 0.0,
    end: float = 0.0,
    comment: str = "",
    limits: Limits | None = None,
) -> list[str]:
    """Write the film ``target``, whole or not at all; return what of the source could not be taken along, in words.

    ``source``  the film whose sound, subtitles and chapters are taken, from ``start`` to ``end`` (0: its end), s
    ``comment`` goes into the film's metadata

    Raises `WriteFailed`, `DiskFull`.
    """
    part = target.with_name(f".pinxit-{secrets.token_hex(8)}.part")
    try:
        if coding.codec == "lossless":
            _animate(parts, part, coding)
            lost: list[str] = []
        else:
            lost = _join(parts, part, coding, source, start, end, comment, limits or Limits())
        seal(part, target)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise write_failure(error, target.name) from error
    finally:
        part.unlink(missing_ok=True)
    return lost


def _join(
    parts: Sequence[Part],
    path: Path,
    coding: Coding,
    source: Path | None,
    start: float,
    end: float,
    comment: str,
    limits: Limits,
) -> list[str]:
    options = {"movflags": "faststart"} if coding.format in ("mp4", "mov") else {}
    lost: list[str] = []
    with av.open(str(path.absolute()), "w", format=coding.format, options=options) as film:
        with open_part(parts[0], coding) as first:
            picture = film.add_stream_from_template(first.streams.video[0])
            picture.time_base = coding.time_base
            picture.sample_aspect_ratio = coding.aspect
        if comment:
            film.metadata["comment"] = comment
        streams = [_pictures(parts, picture, coding)]
        sound = open_film(source, limits) if source else None
        try:
            if sound:
                tracks, lost = _tracks(sound, film, coding.format)
                film.set_chapters(_chapters(sound, start, end))
                until = end - start if end else _shown_until(parts[-1], coding)
                streams.append(_sound(sound, tracks, start, until))
            for _, packet in heapq.merge(*streams, key=lambda item: item[0]):
                film.mux(packet)
        finally:
            if sound:
                sound.close()
    return lost


def open_part(part: Part, coding: Coding) -> Container:
    """Open one of our own segments."""
    formats = {"nut": "nut", "mov": "mov,mp4,m4a,3gp,3g2,mj2"}[coding.segment_format]
    options = {"format_whitelist": formats, "protocol_whitelist": "file"}
    return av.open(str(part.path.absolute()), "r", options=options)


def _pictures(parts: Iterable[Part], target: Any, coding: Coding) -> Iterator[tuple[float, Packet]]:
    """Yield the packets of all segments with their decoding time in seconds.

    Each segment was coded by itself, so that its decoding times begin anew. They are made again from the times
    of showing, which in order are the decoding times too, once shifted by as many frames as may wait.
    """
    early: list[int] = []  # the last DELAY times of showing before this segment
    for part in parts:
        with open_part(part, coding) as segment:
            stream = segment.streams.video[0]
            packets = [packet for packet in segment.demux(stream) if packet.pts is not None and packet.size]
            ticks = [round(packet.pts * packet.time_base / coding.time_base) for packet in packets]
            shift = part.first - min(ticks)
            shown = sorted(tick + shift for tick in ticks)
            step = max(1, round(1 / (coding.rate * coding.time_base)))
            delay = 0 if coding.in_order else DELAY
            early = early or [shown[0] - step * (delay - i) for i in range(delay)]
            queue = [*early, *shown]
            for packet, tick, decoded in zip(packets, ticks, queue, strict=False):
                ticks_long = round((packet.duration or 0) * packet.time_base / coding.time_base)
                packet.stream, packet.time_base = target, coding.time_base
                packet.pts, packet.dts, packet.duration = tick + shift, decoded, ticks_long
                yield float(decoded * coding.time_base), packet
            early = queue[len(queue) - delay :]


def _shown_until(part: Part, coding: Coding) -> float:
    """Return the time, in seconds, at which the last frame of a segment ends."""
    with open_part(part, coding) as segment:
        packets = [packet for packet in segment.demux(video=0) if packet.pts is not None and packet.size]
        low = min(packet.pts * packet.time_base for packet in packets)
        high = max(packet.pts * packet.time_base for packet in packets)
    return float(part.first * coding.time_base + high - low + 1 / coding.rate)


def _tracks(source: Container, film: Container, format: str) -> tuple[dict[int, _Track], list[str]]:
    """Add the sound and subtitles of the source to the film; return them by the source's stream number."""
    tracks: dict[int, _Track] = {}
    lost = []
    for stream in source.streams:
        if stream.type == "audio":
            track = _sound_track(stream, film, format)
        elif stream.type == "subtitle":
            track = _subtitle_track(stream, film, format)
        else:
            continue
        if track is None:
            lost.append(f"{stream.type} stream {stream.index} ({stream.codec_context.name})")
            continue
        tracks[stream.index] = track
        language = stream.metadata.get("language")
        if language:
            track.target.metadata["language"] = language
    return tracks, lost


def _sound_track(stream: Any, film: Container, format: str) -> _Track | None:
    if stream.codec_context is None or not stream.codec_context.sample_rate:
        return None
    copied = SOUND_COPIED.get(format)
    if copied is None or stream.codec_context.codec.canonical_name in copied:
        return _Track(stream, film.add_stream_from_template(stream))
    rate = 48_000 if format == "webm" else stream.codec_context.sample_rate
    encoder = film.add_stream(SOUND_CODECS[format], rate=rate, layout=stream.codec_context.layout.name)
    return _Track(stream, encoder, encoder=encoder)


def _subtitle_track(stream: Any, film: Container, format: str) -> _Track | None:
    held = SUBTITLE_CODECS.get(format)
    if stream.codec_context is None or (held is not None and stream.codec_context.name not in held):
        return None
    return _Track(stream, film.add_stream_from_template(stream))


def _sound(source: Container, tracks: dict[int, _Track], start: float, until: float) -> Iterator[tuple[float, Packet]]:
    """Yield the packets of the tracks with their time in seconds, moved so that ``start`` is 0, up to ``until``."""
    if not tracks:
        return
    wanted = [track.source for track in tracks.values()]
    packets = source.demux(*wanted)
    late = 0.0
    while True:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, OSError):  # cut off: the film ends where it is cut
            packet = None
        if packet is None:
            break
        if packet.pts is None or not packet.size:
            continue
        time = float(packet.pts * packet.time_base) - start
        if time >= until:
            if time > until + 10:  # no other track will still be before the end
                break
            continue
        if time < 0 and start:
            continue
        track = tracks[packet.stream.index]
        for ready in _shifted(packet, track, start):
            late = max(late, float(ready.dts * ready.time_base)) if ready.dts is not None else late
            yield late, ready
    for track in tracks.values():
        for ready in track.encoder.encode(None) if track.encoder else []:
            yield late, ready


def _shifted(packet: Packet, track: _Track, start: float) -> Iterator[Packet]:
    """Yield the packet, or what encoding it anew gives, ``start`` seconds earlier."""
    shift = round(start / packet.time_base)
    if track.encoder is None:
        packet.pts -= shift
        packet.dts = packet.pts if packet.dts is None else packet.dts - shift
        packet.stream = track.target
        yield packet
        return
    try:
        frames = packet.decode()
    except av.FFmpegError:
        return
    for frame in frames:
        frame.pts = None if frame.pts is None else frame.pts - round(start / frame.time_base)
        yield from track.encoder.encode(frame)


def _chapters(source: Container, start: float, end: float) -> list[Any]:
    """Return the chapters between ``start`` and ``end``, in seconds, timed from ``start``."""
    found = []
    for chapter in source.chapters():
        base = chapter["time_base"] or Fraction(1, av.time_base)
        shift, stop = round(start / base), round(end / base) if end else chapter["end"]
        if chapter["end"] > shift and chapter["start"] < stop:
            begin, last = max(0, chapter["start"] - shift), min(chapter["end"], stop) - shift
            found.append({**chapter, "start": begin, "end": last})
    return found


def _animate(parts: Sequence[Part], path: Path, coding: Coding) -> None:
    """Decode lossless segments and write them as GIF or animated WebP."""
    webp = coding.format == "webp"
    with av.open(str(path.absolute()), "w", format=coding.format, options={"loop": "0"}) as film:
        codec, pixels = ("libwebp_anim", "bgra") if webp else ("gif", "pal8")
        options = {"quality": "80", "lossless": "0"} if webp else {}
        stream: Any = film.add_stream(codec, rate=coding.rate, options=options)
        stream.height, stream.width = coding.size
        stream.pix_fmt = pixels
        stream.codec_context.time_base = Fraction(1, 1000) if webp else Fraction(1, 100)
        for frame in _palettes(_decoded(parts, coding), coding) if not webp else _decoded(parts, coding):
            frame.pts = round(frame.pts * coding.time_base / stream.codec_context.time_base)
            frame.time_base = stream.codec_context.time_base
            film.mux(stream.encode(frame.reformat(format=pixels) if webp else frame))
        film.mux(stream.encode())


def _decoded(parts: Sequence[Part], coding: Coding) -> Iterator[Any]:
    """Yield the frames of the segments, with ``pts`` in ticks of the coding."""
    for part in parts:
        with open_part(part, coding) as segment:
            shift = None
            for frame in segment.decode(video=0):
                tick = round(frame.pts * frame.time_base / coding.time_base)
                shift = part.first - tick if shift is None else shift
                frame.pts, frame.time_base = tick + shift, coding.time_base
                yield frame


def _palettes(frames: Iterable[Any], coding: Coding) -> Iterator[Any]:
    """Yield each frame in the 256 colors that suit it best."""
    graph: Any = av.filter.Graph()
    height, width = coding.size
    source = graph.add_buffer(width=width, height=height, format=coding.pixels, time_base=coding.time_base)
    split, made = graph.add("split"), graph.add("palettegen", "stats_mode=single:reserve_transparent=0")
    use, sink = graph.add("paletteuse", "new=1:dither=bayer:bayer_scale=3"), graph.add("buffersink")
    source.link_to(split)
    split.link_to(use, 0, 0)
    split.link_to(made, 1, 0)
    made.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    for frame in frames:
        pts = frame.pts
        graph.push(frame)
        painted = graph.pull()
        painted.pts = pts
        yield painted
