"""Film files to frames: look first, decode second, and keep what decodes of a broken one.

A file is opened only in one of the formats of `FORMATS`, whatever its name says: a playlist or a concatenation
script named ``.mp4`` would otherwise make FFmpeg open the files that it names.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from pinxit.config.options import Limits
from pinxit.errors import BadFilm, NotFound, TooLarge, UnsupportedFormat
from pinxit.images import Image
from pinxit.video.io.film import Color, Frame, Info, Plane

Container = Any
Stream = Any
VideoFrame = Any
"""PyAV's objects, whose own types say of much that it might be None, or a stream of any kind."""

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,gif"
"""FFmpeg's words for the formats that are opened."""
KINDS = "MP4, MOV, MKV, WebM, AVI, TS or GIF"
SUFFIXES = frozenset(".mp4 .m4v .mov .mkv .webm .avi .ts .m2ts .gif .3gp".split())

UNKNOWN = 2
"""H.273: not specified."""
BT709, BT601 = 1, 6
HD_LINES = 720
"""From this height on, a film that does not say otherwise has the colors of BT.709."""
TS_PACKETS = (188, 192, 204)
"""Bytes of a packet of a transport stream: by itself, with a time, with a check (ISO/IEC 13818-1, Blu-ray, DVB)."""
SLACK = 2.5
"""Frames by which a film may be shorter than it says before it counts as cut off."""


def is_film(path: Path) -> bool:
    """Return whether the name ends as those of films do."""
    return path.suffix.lower() in SUFFIXES


class FilmFile:
    """A `pinxit.video.io.film.Source`: the first picture stream of a film file.

    Raises `NotFound`, `UnsupportedFormat`, `TooLarge` (by the header, before decoding), and `BadFilm` for a file that
    is damaged or has no pictures.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path, self.limits = path, limits
        with open_film(path, limits) as container:
            self.info = _info(path.name, container, limits)
            self._own_length = bool(_own_seconds(container.streams.video[0]))
            self._counted = container.format.name == "avi"
            self._torn = container.format.name == "mpegts" and not _whole_packets(path.stat().st_size)
        self._begin()

    def _begin(self) -> None:
        self._decoded, self._damaged = 0, 0
        self._reached = 0.0
        self._trouble = ""
        self._ended = False

    def frames(self) -> Iterator[Frame]:
        """Yield every frame that decodes; what follows a damaged place is still tried."""
        self._begin()
        with open_film(self.path, self.limits) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            stream.codec_context.options = {"max_pixels": str(self.limits.film_side**2)}
            clock = _Clock(self.info, self._counted)
            for frame in self._decoded_frames(container, stream):
                if _upright_size(frame) != self.info.size:
                    self._trouble = f"the size of the pictures changes after {self._decoded} frames"
                    return
                self._decoded += 1
                yield clock.timed(frame)
            self._ended = True

    def _decoded_frames(self, container: Container, stream: Stream) -> Iterator[VideoFrame]:
        for packet in self._packets(container):
            if packet.stream is not stream:
                continue
            try:
                yield from packet.decode()
            except (av.FFmpegError, MemoryError):
                self._damaged += 1  # the next key frame mends it

    def _packets(self, container: Container) -> Iterator[Any]:
        """Yield packets, and remember how far in the film any of them reached."""
        packets = container.demux()
        while True:
            try:
                packet = next(packets, None)
            except (av.FFmpegError, OSError):
                return
            if packet is None:
                return
            told = packet.stream is container.streams.video[0] or not self._own_length
            if told and packet.pts is not None and packet.time_base and packet.size:
                end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
                self._reached = max(self._reached, end)
            yield packet

    def complaint(self) -> str:
        """Return in what way the film ended early; '' where it did not, or was not wanted to its end."""
        if self._trouble or not self._ended:
            return self._trouble
        slack = SLACK / max(1.0, float(self.info.rate))
        fewer = self._counted and self._decoded < self.info.frames - SLACK
        if fewer or (self.info.seconds and self._reached < self.info.seconds - slack):
            return f"ended early: {self._decoded} of {max(self.info.frames, self._decoded)} frames"
        if self._torn:  # a transport stream does not say how long it is
            return f"ended early, within a packet: {self._decoded} frames are there"
        if self._damaged:
            return f"{self._damaged} damaged frames were left out; {self._decoded} are painted"
        return ""

    def check_whole(self) -> None:
        """Read the file through without decoding it.

        Raises `BadFilm` where it is cut off.
        """
        with open_film(self.path, self.limits) as container:
            picture = container.streams.video[0]
            self._begin()
            self._ended = True
            for packet in self._packets(container):
                self._decoded += packet.stream is picture and bool(packet.size)
        if self.complaint():
            raise BadFilm(f"{self.path.name} {self.complaint()}; without --strict it is painted that far")


def _whole_packets(size: int) -> bool:
    """Return whether a transport stream of that many bytes may end where it was meant to."""
    return any(size % packet == 0 for packet in TS_PACKETS)


def open_film(path: Path, limits: Limits, formats: str = FORMATS) -> Container:
    """Open a film file and look at its header.

    Raises what `FilmFile` raises.
    """
    name = path.name
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise NotFound(f"{name}: there is no such file; check the name and the folder") from error
    if not stat.S_ISREG(status.st_mode):
        raise BadFilm(f"{name} is no file; name a film, or a folder of numbered pictures")
    if not status.st_size:
        raise BadFilm(f"{name} is empty: 0 bytes")
    if status.st_size > limits.film_bytes:
        raise TooLarge(f"{name} has more than the {limits.film_bytes:,} bytes allowed for one film; cut it in parts")
    # An absolute name is never taken for another protocol's, such as concat: or http:.
    options = {"format_whitelist": formats, "protocol_whitelist": "file", "max_streams": str(limits.film_streams)}
    try:
        return av.open(str(path.absolute()), "r", options=options, metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError, MemoryError) as error:
        raise _refusal(path) from error


def _refusal(path: Path) -> UnsupportedFormat | BadFilm:
    """Return our own words for a file that FFmpeg does not open."""
    try:
        with path.open("rb") as file:
            head = file.read(1 << 12)
    except OSError:
        return BadFilm(f"{path.name} cannot be read: check its permissions, and the disk")
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
        return BadFilm(f"{path.name} is cut off or damaged: its index is missing, so that nothing in it can be found")
    known = (b"\x1aE\xdf\xa3", b"RIFF", b"GIF8", b"\x47")
    if head.startswith(known):
        return BadFilm(f"{path.name} is cut off or damaged: it cannot be opened")
    return UnsupportedFormat(f"{path.name} is no film that pinxit opens, whatever its name ends in; save it as {KINDS}")


def _info(name: str, container: Container, limits: Limits) -> Info:
    if not container.streams.video:
        raise BadFilm(f"{name} has no pictures: it holds only sound or text")
    stream = container.streams.video[0]
    context = stream.codec_context
    if context is None or not context.width or not context.height:
        raise BadFilm(f"{name} has a picture stream that this FFmpeg cannot decode; save it as H.264 in MP4")
    if max(context.width, context.height) > limits.film_side:
        raise TooLarge(
            f"{name} has frames of {context.width} x {context.height} px; at most {limits.film_side} a side are opened"
        )
    seconds = _seconds(container, stream)
    if seconds > limits.film_seconds:
        raise TooLarge(
            f"{name} lasts {seconds:.0f} s; at most {limits.film_seconds:.0f} s are painted: cut it in parts"
        )
    first = _first_frame(name, container, stream, limits)
    rate = stream.average_rate or stream.guessed_rate or Fraction(25)
    pixel = stream.sample_aspect_ratio or Fraction(1)
    return Info(
        name=name,
        size=_upright_size(first),
        time_base=stream.time_base or Fraction(1, 90_000),
        rate=rate,
        seconds=seconds,
        frames=stream.frames or max(0, round((seconds - _start(stream)) * rate)),
        depth=max(part.bits for part in first.format.components),
        aspect=1 / pixel if _turns(first) % 2 else pixel,
        color=_color(first),
    )


def _seconds(container: Container, stream: Stream) -> float:
    """Return the time at which the pictures end, as the header tells; 0 where it does not."""
    if _own_seconds(stream):
        return _start(stream) + _own_seconds(stream)
    if container.duration:
        return float(container.duration + (container.start_time or 0)) / av.time_base
    return 0.0


def _start(stream: Stream) -> float:
    return float(stream.start_time or 0) * float(stream.time_base or 0)


def _own_seconds(stream: Stream) -> float:
    """Return how long the picture stream says that it is; 0 where it does not."""
    if stream.duration and stream.time_base:
        return float(stream.duration) * float(stream.time_base)
    told = re.fullmatch(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)", stream.metadata.get("DURATION", ""))  # Matroska's tag
    return 3600 * int(told[1]) + 60 * int(told[2]) + float(told[3]) if told else 0.0


def _first_frame(name: str, container: Container, stream: Stream, limits: Limits) -> VideoFrame:
    stream.codec_context.options = {"max_pixels": str(limits.film_side**2)}
    try:
        for packet in container.demux(stream):
            try:
                for frame in packet.decode():
                    return frame
            except av.FFmpegError:
                continue
    except (av.FFmpegError, OSError):
        pass
    raise BadFilm(f"{name} has no frame that can be decoded: it is empty, cut off or damaged")


def _color(frame: VideoFrame) -> Color:
    space = frame.colorspace
    if not frame.format.is_rgb and space in (0, UNKNOWN):
        space = BT709 if frame.height >= HD_LINES else BT601
    return Color(BT709 if frame.format.is_rgb else space, int(frame.color_primaries), int(frame.color_trc))


def _turns(frame: VideoFrame) -> int:
    """Return by how many quarters the frame has to be turned, counterclockwise, to be upright."""
    turns: int = round(frame.rotation / 90) % 4
    return turns


def _upright_size(frame: VideoFrame) -> tuple[int, int]:
    return (frame.width, frame.height) if _turns(frame) % 2 else (frame.height, frame.width)


class _Clock:
    """Gives each frame its time, and one to those that have none; time never runs backward.

    ``counted``: an AVI, which numbers its frames in the order of decoding, not of showing.
    """

    def __init__(self, info: Info, counted: bool) -> None:
        self._step = max(1, round(1 / (info.rate * info.time_base)))
        self._next = 0
        self._last = -(2**62)
        self._counted = counted
        self._color = info.color

    def timed(self, frame: VideoFrame) -> Frame:
        pts = self._next if self._counted or frame.pts is None else frame.pts
        pts = max(pts, self._last + 1)
        ticks = int(frame.duration or 0)
        self._last, self._next = pts, pts + (ticks or self._step)
        return Frame(pts, ticks, lambda: _pixels(frame, self._color))


def _pixels(frame: VideoFrame, color: Color) -> tuple[Image, Plane | None]:
    """Return the colors (H, W, 3) in [0, 1], upright, and the alpha (H, W) where there is one."""
    parts = frame.format.components
    deep = max(part.bits for part in parts) > 8
    alpha = any(part.is_alpha for part in parts)
    form = ("rgba64le" if alpha else "rgb48le") if deep else ("rgba" if alpha else "rgb24")
    space = None if frame.format.is_rgb else {BT601: 5}.get(color.space, color.space)
    samples = frame.to_ndarray(format=form, src_colorspace=space)
    samples = np.rot90(samples, _turns(frame))
    pixels = np.ascontiguousarray(samples, np.float32) / np.float32(65535 if deep else 255)
    return np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3]) if alpha else None
