"""Joins segments to one film, packet by packet, with the sound, subtitles and chapters of the source."""

from __future__ import annotations

import heapq
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.subtitles.stream import SubtitleStream
from av.video.stream import VideoStream

from pinxit.config.options import Limits
from pinxit.video.io.container.animation import animate
from pinxit.video.io.container.reading import open_film, readable
from pinxit.video.io.container.writing import Coding, Segment, open_segment, seal, write_failure

if TYPE_CHECKING:
    from av.container.core import Chapter

    TimedPacket = tuple[float, Packet[VideoStream] | Packet[AudioStream] | Packet[Stream]]
    """A decoding time in seconds, and its packet."""

DECODER_DELAY = 3
"""Frames that a decoder may have to wait for: one more than B-frames in a pyramid need."""
SOUND_COPIED = {
    "mp4": ("aac", "mp3", "ac3", "eac3", "opus", "flac", "alac"),
    "mov": ("aac", "mp3", "ac3", "eac3", "alac", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_f32le"),
    "webm": ("opus", "vorbis"),
    "avi": ("mp3", "ac3", "pcm_s16le"),
}
"""Sound codecs that a format holds as they are; Matroska holds all."""
SOUND_CODECS = {"mp4": "aac", "mov": "aac", "matroska": "aac", "webm": "libopus", "avi": "libmp3lame"}
"""The encoder of sound that the format cannot hold."""
SUBTITLE_CODECS = {"mp4": ("mov_text",), "mov": ("mov_text",), "webm": ("webvtt",), "avi": ()}
"""Subtitle codecs that a format holds; Matroska holds all."""
TRACK_SKEW = 10
"""Seconds after the end at which reading the source stops: no track has packets before the end left."""


@dataclass(frozen=True, slots=True)
class Accompaniment:
    """The film whose sound, subtitles and chapters are taken over, and the part of it."""

    path: Path
    start: float = 0.0
    """Seconds."""
    end: float = 0.0
    """Seconds; 0: up to the end."""
    limits: Limits = field(default_factory=Limits)


@dataclass(slots=True)
class _Track:
    """A stream of the source on its way into the film."""

    source: AudioStream | SubtitleStream
    target: AudioStream | SubtitleStream
    encoder: AudioStream | None = None
    """The target of sound that cannot be copied."""


def join(
    segments: Sequence[Segment], target: Path, coding: Coding, sound: Accompaniment | None = None, *, comment: str = ""
) -> list[str]:
    """Write the film ``target``, whole or not at all; return what of the source could not be taken over, in words.

    ``comment``  goes into the film's metadata

    Raises `WriteFailed`, `DiskFull`.
    """
    part = target.with_name(f".pinxit-{secrets.token_hex(8)}.part")
    try:
        if coding.codec == "lossless":
            animate(segments, part, coding)
            lost: list[str] = []
        else:
            lost = _join(segments, part, coding, sound, comment)
        seal(part, target)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise write_failure(error, target.name) from error
    finally:
        part.unlink(missing_ok=True)
    return lost


def _join(
    segments: Sequence[Segment], path: Path, coding: Coding, sound: Accompaniment | None, comment: str
) -> list[str]:
    options = {"movflags": "faststart"} if coding.format in ("mp4", "mov") else {}
    lost: list[str] = []
    with av.open(str(path.absolute()), "w", format=coding.format, options=options) as film:
        with open_segment(segments[0], coding) as first:
            video = film.add_stream_from_template(first.streams.video[0])
            video.time_base = coding.time_base
            video.sample_aspect_ratio = coding.aspect
        if comment:
            film.metadata["comment"] = comment
        streams = [_video_packets(segments, video, coding)]
        source = open_film(sound.path, sound.limits) if sound else None
        try:
            if sound and source:
                tracks, lost = _tracks(source, film, coding.format)
                film.set_chapters(_chapters(source, sound.start, sound.end))
                until = sound.end - sound.start if sound.end else _end_seconds(segments[-1], coding)
                streams.append(_sound_packets(source, tracks, sound.start, until))
            for _, packet in heapq.merge(*streams, key=lambda item: item[0]):
                film.mux(packet)
        finally:
            if source:
                source.close()
    return lost


def _video_packets(segments: Iterable[Segment], target: VideoStream, coding: Coding) -> Iterator[TimedPacket]:
    """Yield the packets of all segments with their decoding times.

    Each segment was encoded by itself, so that its decoding times begin anew. They are rebuilt from the display times,
    which in rising order are the decoding times too, once shifted by the decoder's delay.
    """
    early: list[int] = []  # the last DECODER_DELAY display times before this segment
    for each in segments:
        with open_segment(each, coding) as segment:
            packets = [packet for packet in segment.demux(video=0) if packet.pts is not None and packet.size]
            ticks = [round((packet.pts or 0) * packet.time_base / coding.time_base) for packet in packets]
            shift = each.first - min(ticks)
            shown = sorted(tick + shift for tick in ticks)
            step = max(1, round(1 / (coding.rate * coding.time_base)))
            delay = 0 if coding.in_order else DECODER_DELAY
            early = early or [shown[0] - step * (delay - i) for i in range(delay)]
            queue = [*early, *shown]
            for packet, tick, decoded in zip(packets, ticks, queue, strict=False):
                duration = round((packet.duration or 0) * packet.time_base / coding.time_base)
                packet.stream, packet.time_base = target, coding.time_base
                packet.pts, packet.dts, packet.duration = tick + shift, decoded, duration
                yield float(decoded * coding.time_base), packet
            early = queue[len(queue) - delay :]


def _end_seconds(segment: Segment, coding: Coding) -> float:
    """Return the time, in seconds, at which the last frame of a segment ends."""
    with open_segment(segment, coding) as opened:
        packets = opened.demux(video=0)
        times = [packet.pts * packet.time_base for packet in packets if packet.pts is not None and packet.size]
    return float(segment.first * coding.time_base + max(times) - min(times) + 1 / coding.rate)


def _tracks(source: InputContainer, film: OutputContainer, format: str) -> tuple[dict[int, _Track], list[str]]:
    """Add the source's sound and subtitles to the film; return them by the source's stream number, and what is lost."""
    tracks: dict[int, _Track] = {}
    lost = []
    for stream in source.streams:
        if isinstance(stream, AudioStream):
            track = _sound_track(stream, film, format)
        elif isinstance(stream, SubtitleStream):
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


def _sound_track(stream: AudioStream, film: OutputContainer, format: str) -> _Track | None:
    context = stream.codec_context
    if context is None or not context.sample_rate:
        return None
    copied = SOUND_COPIED.get(format)
    if copied is None or context.codec.canonical_name in copied:
        return _Track(stream, film.add_stream_from_template(stream))
    rate = 48_000 if format == "webm" else context.sample_rate
    encoder = cast(AudioStream, film.add_stream(SOUND_CODECS[format], rate=rate, layout=context.layout.name))
    return _Track(stream, encoder, encoder)


def _subtitle_track(stream: SubtitleStream, film: OutputContainer, format: str) -> _Track | None:
    copied = SUBTITLE_CODECS.get(format)
    if stream.codec_context is None or (copied is not None and stream.codec_context.name not in copied):
        return None
    return _Track(stream, film.add_stream_from_template(stream))


def _sound_packets(
    source: InputContainer, tracks: dict[int, _Track], start: float, until: float
) -> Iterator[TimedPacket]:
    """Yield the tracks' packets from ``start``, which becomes time 0, up to ``until``, seconds."""
    if not tracks:
        return
    latest = 0.0
    for packet in readable(source.demux(*(track.source for track in tracks.values()))):
        if packet.pts is None or not packet.size:
            continue
        time = float(packet.pts * packet.time_base) - start
        if time > until + TRACK_SKEW:
            break
        if time >= until or (time < 0 and start):
            continue
        for shifted in _shifted(packet, tracks[packet.stream.index], start):
            latest = max(latest, float(shifted.dts * shifted.time_base)) if shifted.dts is not None else latest
            yield latest, shifted
    for track in tracks.values():
        for packet in track.encoder.encode(None) if track.encoder else []:
            yield latest, packet


def _shifted(packet: Packet[Stream], track: _Track, start: float) -> Iterator[Packet[Stream]]:
    """Yield the packet, or the result of encoding it again, ``start`` seconds earlier."""
    shift = round(start / packet.time_base)
    if track.encoder is None:
        packet.pts = (packet.pts or 0) - shift
        packet.dts = packet.pts if packet.dts is None else packet.dts - shift
        packet.stream = track.target
        yield packet
        return
    try:
        frames = cast(AudioStream, track.source).decode(packet)
    except av.FFmpegError:
        return
    for frame in frames:
        if frame.pts is not None and frame.time_base is not None:
            frame.pts -= round(start / frame.time_base)
        yield from track.encoder.encode(frame)


def _chapters(source: InputContainer, start: float, end: float) -> list[Chapter]:
    """Return the chapters between ``start`` and ``end``, in seconds, timed from ``start``."""
    chapters: list[Chapter] = []
    for chapter in source.chapters():
        base = chapter["time_base"] or Fraction(1, av.time_base)
        shift, stop = round(start / base), round(end / base) if end else chapter["end"]
        if chapter["end"] > shift and chapter["start"] < stop:
            begin, last = max(0, chapter["start"] - shift), min(chapter["end"], stop) - shift
            chapters.append({**chapter, "start": begin, "end": last})
    return chapters
