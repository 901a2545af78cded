"""Joins segments to one film, with the sound, subtitles and chapters of the source, or to an animation."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
from av import AudioStream, Packet, VideoFrame, VideoStream
from av.container import InputContainer, OutputContainer
from av.stream import Stream
from av.subtitles.stream import SubtitleStream

from pinxit.files import atomic
from pinxit.video.io.container.reading import FilmFile, open_film, readable
from pinxit.video.io.container.writing import Coding, Segment, open_segment, writes
from pinxit.video.io.film import Cut

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


@dataclass(slots=True)
class _Track:
    """A stream of the source on its way into the film."""

    source: AudioStream | SubtitleStream
    target: AudioStream | SubtitleStream
    encoder: AudioStream | None = None
    """The target of sound that cannot be copied."""


def join(
    segments: Sequence[Segment],
    target: Path,
    coding: Coding,
    source: FilmFile | None = None,
    cut: Cut = Cut(),  # noqa: B008 (frozen)
    comment: str = "",
) -> list[str]:
    """Write the film ``target``, whole or not at all, with the sound of a part of ``source``; return what it lost.

    Raises `WriteFailed`, `DiskFull`.
    """
    lost: list[str] = []
    with writes(target.name), atomic.unfinished(target) as file:
        part = Path(file.name)
        if coding.codec == "lossless":
            _animate(segments, part, coding)
        else:
            lost = _join(segments, part, coding, source, cut, comment)
        atomic.finish(file, target)
    return lost


def _join(
    segments: Sequence[Segment], path: Path, coding: Coding, source: FilmFile | None, cut: Cut, comment: str
) -> list[str]:
    options = {"movflags": "faststart"} if coding.format in ("mp4", "mov") else {}
    lost: list[str] = []
    with ExitStack() as opened:
        film = opened.enter_context(av.open(str(path.absolute()), "w", format=coding.format, options=options))
        with open_segment(segments[0], coding) as first:
            video = film.add_stream_from_template(first.streams.video[0])
            video.time_base = coding.time_base
            video.sample_aspect_ratio = coding.aspect
        if comment:
            film.metadata["comment"] = comment
        streams = [_video_packets(segments, video, coding)]
        if source:
            sound = opened.enter_context(open_film(source.path, source.limits))
            tracks, lost = _tracks(sound, film, coding.format)
            film.set_chapters(_chapters(sound, cut))
            until = cut.end - cut.start if cut.end else _end_seconds(segments[-1], coding)
            streams.append(_sound_packets(sound, tracks, cut.start, until))
        for _, packet in heapq.merge(*streams, key=lambda item: item[0]):
            film.mux(packet)
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
        if not isinstance(stream, AudioStream | SubtitleStream):
            continue
        track = _track(stream, film, format)
        if track is None:
            codec = stream.codec_context.name if stream.codec_context else "of an unknown codec"
            lost.append(f"{stream.type} stream {stream.index} ({codec})")
            continue
        tracks[stream.index] = track
        if language := stream.metadata.get("language"):
            track.target.metadata["language"] = language
    return tracks, lost


def _track(stream: AudioStream | SubtitleStream, film: OutputContainer, format: str) -> _Track | None:
    """Add a stream to the film, copied or to be encoded again; None if the film cannot hold it."""
    context = stream.codec_context
    if context is None or (isinstance(stream, AudioStream) and not stream.codec_context.sample_rate):
        return None
    if isinstance(stream, AudioStream):
        copied, codec = SOUND_COPIED.get(format), context.codec.canonical_name
    else:
        copied, codec = SUBTITLE_CODECS.get(format), context.name
    if copied is None or codec in copied:
        return _Track(stream, film.add_stream_from_template(stream))
    if isinstance(stream, SubtitleStream):
        return None
    rate = 48_000 if format == "webm" else stream.codec_context.sample_rate
    layout = stream.codec_context.layout.name
    encoder = cast(AudioStream, film.add_stream(SOUND_CODECS[format], rate=rate, layout=layout))
    return _Track(stream, encoder, encoder)


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


def _chapters(source: InputContainer, cut: Cut) -> list[Chapter]:
    """Return the chapters of the part, timed from its start."""
    chapters: list[Chapter] = []
    for chapter in source.chapters():
        base = chapter["time_base"] or Fraction(1, av.time_base)
        shift, stop = round(cut.start / base), round(cut.end / base) if cut.end else chapter["end"]
        if chapter["end"] > shift and chapter["start"] < stop:
            begin, last = max(0, chapter["start"] - shift), min(chapter["end"], stop) - shift
            chapters.append({**chapter, "start": begin, "end": last})
    return chapters


def _animate(segments: Sequence[Segment], path: Path, coding: Coding) -> None:
    """Decode lossless segments and write them as an endless animation, ``coding.format`` being gif or webp."""
    webp = coding.format == "webp"
    with av.open(str(path.absolute()), "w", format=coding.format, options={"loop": "0"}) as film:
        codec, pixels = ("libwebp_anim", "bgra") if webp else ("gif", "pal8")
        options = {"quality": "80", "lossless": "0"} if webp else {}
        stream = cast(VideoStream, film.add_stream(codec, rate=coding.rate, options=options))
        stream.height, stream.width = coding.size
        stream.pix_fmt = pixels
        base = stream.codec_context.time_base = Fraction(1, 1000) if webp else Fraction(1, 100)
        frames = _decoded(segments, coding)
        for frame in frames if webp else _with_palettes(frames, coding):
            frame.pts = round((frame.pts or 0) * coding.time_base / base)
            frame.time_base = base
            film.mux(stream.encode(frame.reformat(format=pixels) if webp else frame))
        film.mux(stream.encode())


def _decoded(segments: Sequence[Segment], coding: Coding) -> Iterator[VideoFrame]:
    """Yield the frames of the segments, with ``pts`` in ticks of the coding."""
    for segment in segments:
        with open_segment(segment, coding) as opened:
            shift = None
            for frame in opened.decode(video=0):
                tick = round((frame.pts or 0) * (frame.time_base or coding.time_base) / coding.time_base)
                shift = segment.first - tick if shift is None else shift
                frame.pts, frame.time_base = tick + shift, coding.time_base
                yield frame


def _with_palettes(frames: Iterable[VideoFrame], coding: Coding) -> Iterator[VideoFrame]:
    """Yield each frame in the 256 colors that suit it best."""
    graph = av.filter.Graph()
    height, width = coding.size
    pixels = av.VideoFormat(coding.pixels, width, height)
    source = graph.add_buffer(width=width, height=height, format=pixels, time_base=coding.time_base)
    split, palette = graph.add("split"), graph.add("palettegen", "stats_mode=single:reserve_transparent=0")
    use, sink = graph.add("paletteuse", "new=1:dither=bayer:bayer_scale=3"), graph.add("buffersink")
    source.link_to(split)
    split.link_to(use, 0, 0)
    split.link_to(palette, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    for frame in frames:
        pts = frame.pts
        graph.push(frame)
        painted = cast(VideoFrame, graph.pull())
        painted.pts = pts
        yield painted
