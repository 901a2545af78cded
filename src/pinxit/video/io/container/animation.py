"""Writes lossless segments as GIF or animated WebP."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pinxit.video.io.container.writing import Coding, Segment, open_segment


def animate(segments: Sequence[Segment], path: Path, coding: Coding) -> None:
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
