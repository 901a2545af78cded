"""Reads film files: checks the header first, then decodes, and keeps what decodes of a damaged file.

A file is opened only in one of the `FORMATS`, whatever its name: a playlist or a concatenation script named ``.mp4``
would otherwise make FFmpeg open the files that it lists.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
from av import Packet, VideoFrame, VideoStream
from av.container import InputContainer
from av.stream import Stream

from pinxit.config.options import Limits
from pinxit.errors import BadFilm, NotFound, TooLarge, UnsupportedFormat
from pinxit.images import Image
from pinxit.video.io.film import Color, Frame, Info, Plane

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,gif"
"""FFmpeg's names of the formats that are opened."""
KINDS = "MP4, MOV, MKV, WebM, AVI, TS or GIF"
BT709, BT601 = 1, 6
"""Color spaces in the code points of ITU-T H.273."""
MATRICES = {BT709: 1, 4: 4, 5: 5, BT601: 5, 7: 7, 9: 9}
"""``color space -> FFmpeg's number for converting it``."""
OTHER_MATRICES = (8, *range(10, 18))
"""Color spaces that are not converted: YCgCo, ICtCp, constant luminance and the like."""
HD_LINES = 720
"""A film of unspecified colors has those of BT.709 from this height on, and of BT.601 below."""
TS_PACKETS = (188, 192, 204)
"""Bytes of a transport stream's packet: plain, with a time, with a checksum (ISO/IEC 13818-1, Blu-ray, DVB)."""
TEXT: dict[str, Any] = {} if int(av.__version__.partition(".")[0]) >= 19 else {"metadata_errors": "replace"}
"""Lets PyAV read text that is not UTF-8, which from version 19 on it always does."""
SLACK = 2.5
"""Frames by which a film may be shorter than its header says before it counts as cut off."""


class FilmFile:
    """A `pinxit.video.io.film.Source`: the first video stream of a film file.

    Raises `NotFound`, `UnsupportedFormat`, `TooLarge` (by the header, before decoding), and `BadFilm` for a file that
    is damaged or has no video.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path, self.limits = path, limits
        with open_film(path, limits) as container:
            self.info = _info(path.name, container, limits)
            self._has_duration = bool(_stream_seconds(container.streams.video[0]))
            self._format = container.format.name
        self._begin()

    def _begin(self) -> None:
        self._decoded = self._damaged = 0
        self._reached, self._problem, self._ended = 0.0, "", False

    def frames(self) -> Iterator[Frame]:
        """Yield every frame that decodes, also after damaged data, with rising times.

        A frame without a time follows the one before. An AVI numbers its frames in the order of decoding, not of
        display: they are counted instead.
        """
        self._begin()
        step = max(1, round(1 / (self.info.rate * self.info.time_base)))
        last, following = -(2**62), 0
        with open_film(self.path, self.limits) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            for frame in _decode(self._packets(container), stream):
                if frame is None:
                    self._damaged += 1
                    continue
                if _upright_size(frame) != self.info.size:
                    self._problem = f"the size of the pictures changes after {self._decoded} frames"
                    return
                self._decoded += 1
                last = max(following if self._format == "avi" or frame.pts is None else frame.pts, last + 1)
                ticks = int(frame.duration or 0)
                following = last + (ticks or step)
                yield Frame(last, ticks, partial(_pixels, frame, self.info.color))
            self._ended = True

    def _packets(self, container: InputContainer) -> Iterator[Packet[Stream]]:
        """Yield packets, and remember the latest time that one of them covers."""
        for packet in readable(container.demux()):
            counts = packet.stream is container.streams.video[0] or not self._has_duration
            if counts and packet.pts is not None and packet.time_base and packet.size:
                end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
                self._reached = max(self._reached, end)
            yield packet

    def skim(self) -> None:
        """Read the whole file without decoding it."""
        self._begin()
        with open_film(self.path, self.limits) as container:
            for packet in self._packets(container):
                self._decoded += packet.stream is container.streams.video[0] and bool(packet.size)
        self._ended = True

    def complaint(self) -> str:
        """Return how the film ended early; '' if it did not, or was not read to its end."""
        if self._problem or not self._ended:
            return self._problem
        slack = SLACK / max(1.0, float(self.info.rate))
        fewer = self._format == "avi" and self._decoded < self.info.frames - SLACK
        if fewer or (self.info.seconds and self._reached < self.info.seconds - slack):
            return f"ended early: {self._decoded} of {max(self.info.frames, self._decoded)} frames"
        if self._format == "mpegts" and all(self.path.stat().st_size % packet for packet in TS_PACKETS):  # no duration
            return f"ended early, within a packet, after {self._decoded} frames"
        if self._damaged:
            return f"{self._damaged} damaged frames were left out; {self._decoded} are painted"
        return ""


def _decode(packets: Iterator[Packet[Stream]], stream: VideoStream) -> Iterator[VideoFrame | None]:
    """Yield the stream's frames, and None for damaged data; decoding recovers at the next key frame."""
    for packet in packets:
        if packet.stream is stream:
            try:
                yield from stream.decode(packet)
            except (av.FFmpegError, MemoryError):
                yield None


def readable(packets: Iterator[Packet[Stream]]) -> Iterator[Packet[Stream]]:
    """Yield packets up to the point where the file is cut off."""
    try:
        yield from packets
    except (av.FFmpegError, OSError):
        return


def open_film(path: Path, limits: Limits) -> InputContainer:
    """Open a film file and read its header; raises what `FilmFile` raises."""
    name = path.name
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise NotFound(f"{name}: there is no such file; check the name and the folder") from error
    if not stat.S_ISREG(status.st_mode):
        raise BadFilm(f"{name} is not a file; name a film, or a folder of numbered pictures")
    if not status.st_size:
        raise BadFilm(f"{name} is empty: 0 bytes")
    if status.st_size > limits.film_bytes:
        raise TooLarge(f"{name} has more than the {limits.film_bytes:,} bytes allowed for one film; cut it into parts")
    # An absolute path cannot be mistaken for a protocol such as concat: or http:.
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file", "max_streams": str(limits.film_streams)}
    try:
        container: InputContainer = av.open(str(path.absolute()), "r", options=options, **TEXT)
    except (av.FFmpegError, OSError, ValueError, MemoryError) as error:
        raise _refusal(path) from error
    for stream in container.streams.video[:1]:
        if stream.codec_context:
            stream.codec_context.options = {"max_pixels": str(limits.film_side**2)}
    return container


def _refusal(path: Path) -> UnsupportedFormat | BadFilm:
    """Return pinxit's error for a file that FFmpeg does not open."""
    try:
        with path.open("rb") as file:
            head = file.read(1 << 12)
    except OSError:
        return BadFilm(f"{path.name} cannot be read: check its permissions and the disk")
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
        return BadFilm(f"{path.name} is cut off or damaged: its index is missing, and nothing can be read without it")
    if head.startswith((b"\x1aE\xdf\xa3", b"RIFF", b"GIF8", b"\x47")):
        return BadFilm(f"{path.name} is cut off or damaged: it cannot be opened")
    return UnsupportedFormat(f"{path.name} is not a film that pinxit opens, whatever its extension; save it as {KINDS}")


def _info(name: str, container: InputContainer, limits: Limits) -> Info:
    if not container.streams.video:
        raise BadFilm(f"{name} has no video: it holds only sound or text")
    stream = container.streams.video[0]
    context = stream.codec_context
    if context is None or not context.width or not context.height:
        raise BadFilm(f"{name} has a video stream that this FFmpeg cannot decode; save it as H.264 in MP4")
    if max(context.width, context.height) > limits.film_side:
        sides = f"{context.width} x {context.height} px"
        raise TooLarge(f"{name} has frames of {sides}; at most {limits.film_side} a side are opened")
    seconds = _seconds(container, stream)
    if seconds > limits.film_seconds:
        allowed = f"at most {limits.film_seconds:.0f} s are painted"
        raise TooLarge(f"{name} lasts {seconds:.0f} s; {allowed}: cut it into parts")
    frames = _decode(readable(container.demux()), stream)
    first = next((frame for frame in frames if frame), None)
    if not first:
        raise BadFilm(f"{name} has no frame that can be decoded: it is empty, cut off or damaged")
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
        color=_color(name, first),
    )


def _seconds(container: InputContainer, stream: VideoStream) -> float:
    """Return the time at which the video ends, by the header; 0 if unknown."""
    if seconds := _stream_seconds(stream):
        return _start(stream) + seconds
    return float(container.duration + (container.start_time or 0)) / av.time_base if container.duration else 0.0


def _start(stream: VideoStream) -> float:
    return float(stream.start_time or 0) * float(stream.time_base or 0)


def _stream_seconds(stream: VideoStream) -> float:
    """Return the video stream's own duration; 0 if unknown."""
    if stream.duration and stream.time_base:
        return float(stream.duration) * float(stream.time_base)
    tag = re.fullmatch(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)", stream.metadata.get("DURATION", ""))  # Matroska's tag
    return 3600 * int(tag[1]) + 60 * int(tag[2]) + float(tag[3]) if tag else 0.0


def _color(name: str, frame: VideoFrame) -> Color:
    space = BT709 if frame.format.is_rgb else int(frame.colorspace)
    if space in OTHER_MATRICES:
        raise BadFilm(f"{name} has colors in the matrix {space} of ITU-T H.273; save it in those of BT.709")
    if space not in MATRICES:  # unspecified, or reserved
        space = BT709 if frame.height >= HD_LINES else BT601
    return Color(space, int(frame.color_primaries), int(frame.color_trc))


def _turns(frame: VideoFrame) -> int:
    """Return the number of counterclockwise quarter turns that make the frame upright."""
    return int(round(frame.rotation / 90) % 4)


def _upright_size(frame: VideoFrame) -> tuple[int, int]:
    return (frame.width, frame.height) if _turns(frame) % 2 else (frame.height, frame.width)


def _pixels(frame: VideoFrame, color: Color) -> tuple[Image, Plane | None]:
    """Return the colors (H, W, 3) in [0, 1], upright, and the alpha (H, W) if there is one."""
    parts = frame.format.components
    deep = max(part.bits for part in parts) > 8
    alpha = any(part.is_alpha for part in parts)
    layout = ("rgba64le" if alpha else "rgb48le") if deep else ("rgba" if alpha else "rgb24")
    space = None if frame.format.is_rgb else MATRICES[color.space]
    samples = np.rot90(frame.to_ndarray(format=layout, src_colorspace=space), _turns(frame))
    pixels = np.ascontiguousarray(samples, np.float32) / np.float32(65535 if deep else 255)
    return np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3]) if alpha else None
