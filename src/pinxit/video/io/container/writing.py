"""Encodes frames to segments: short films of their own, complete on disk, which `join` makes into one film."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
from av import VideoFrame, VideoStream
from av.container import InputContainer, OutputContainer

from pinxit.config.options import Film
from pinxit.errors import BadOption, WriteFailed, nearest
from pinxit.files import atomic
from pinxit.images import Image
from pinxit.video.io.container.reading import MATRICES
from pinxit.video.io.film import Color, Cut, Info, Plane

LIMITED = 1
"""FFmpeg's number of the limited range of samples, the usual one."""


@dataclass(frozen=True, slots=True)
class Codec:
    """The settings of one of FFmpeg's encoders."""

    encoder: str
    formats: dict[int, str]
    """Pixel format for each bit depth."""
    crf: int | None
    options: dict[str, str]
    keeps_depth: bool = True
    """Whether a film of 10 bits stays so by default."""


CODECS = {
    "h264": Codec("libx264", {8: "yuv420p", 10: "yuv420p10le"}, 16, {"preset": "veryfast"}, keeps_depth=False),
    "h265": Codec("libx265", {8: "yuv420p", 10: "yuv420p10le"}, 20, {"preset": "medium", "x265-params": "log-level=0"}),
    "vp9": Codec("libvpx-vp9", {8: "yuv420p"}, 28, {"b": "0", "cpu-used": "4", "row-mt": "1"}),
    "prores": Codec("prores_ks", {10: "yuv422p10le"}, None, {"profile": "3"}),
    "lossless": Codec("ffv1", {8: "bgr0"}, None, {}),
}
"""All codecs that are written; ``lossless`` is the stage before GIF and WebP.

h264: a frame of a painted film of 512 px takes 3.2 ms of CPU time and 11.2 kB, at 40.6 dB; the preset faster with CRF
17 took 5.0 ms and 10.2 kB, at 40.8 dB.
"""

FORMATS = {
    ".mp4": ("mp4", ("h264", "h265", "vp9")),
    ".m4v": ("mp4", ("h264", "h265")),
    ".mov": ("mov", ("h264", "h265", "prores")),
    ".mkv": ("matroska", ("h264", "h265", "vp9", "prores")),
    ".webm": ("webm", ("vp9",)),
    ".avi": ("avi", ("h264",)),
    ".gif": ("gif", ("lossless",)),
    ".webp": ("webp", ("lossless",)),
}
"""``extension -> (FFmpeg's format, the codecs it holds, the default first)``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """How the frames of one film are encoded: the same for all its segments."""

    format: str
    codec: str
    pixels: str
    crf: int | None
    size: tuple[int, int]
    """(height, width) of the encoded frames, px."""
    time_base: Fraction
    rate: Fraction
    aspect: Fraction
    color: Color

    @property
    def segment_format(self) -> str:
        """FFmpeg's format of the segments, which keeps every time base and holds the codec."""
        return "mov" if self.codec == "prores" else "nut"

    @property
    def in_order(self) -> bool:
        """Whether frames must be encoded in the order of display, as AVI knows no other."""
        return self.format == "avi"


def coding(target: Path, film: Film, info: Info, size: tuple[int, int], cut: Cut) -> Coding:
    """Return how the frames of ``cut``, painted at ``size``, are written to a film named ``target``.

    H.264, H.265 and VP9 halve the chroma resolution and need even sides: an odd last row or column is left out.

    Raises `BadOption` for an extension of no film, and for a codec or depth that the format does not hold.
    """
    suffix = target.suffix.lower()
    if suffix not in FORMATS:
        hint = nearest(suffix, FORMATS) if suffix else ": its extension must be one of " + ", ".join(FORMATS)
        folder = "a name without extension is a folder of pictures"
        raise BadOption(f"the name {target.name!r} is not a film's{hint}; {folder}")
    format, codecs = FORMATS[suffix]
    name = codecs[0] if film.codec == "auto" else film.codec
    if name not in codecs:
        what = "chooses its own codec" if codecs == ("lossless",) else f"holds {', '.join(codecs)}"
        raise BadOption(f"a {suffix} file {what}, not {name}; omit --codec, or give another name")
    codec, (height, width) = CODECS[name], size
    return Coding(
        format=format,
        codec=name,
        pixels=codec.formats[_depth(film, codec, name, info)],
        crf=film.crf if film.crf >= 0 and codec.crf is not None else codec.crf,
        size=size if name == "lossless" else (max(2, height - height % 2), max(2, width - width % 2)),
        time_base=cut.time_base(info),
        rate=cut.rate(info),
        aspect=info.aspect,
        color=info.color,
    )


def _depth(film: Film, codec: Codec, name: str, info: Info) -> int:
    if film.depth == "auto":
        depth = min(info.depth, 10) if codec.keeps_depth else 8
        return depth if depth in codec.formats else min(codec.formats)
    if int(film.depth) not in codec.formats:
        depths = " or ".join(str(bits) for bits in codec.formats)
        raise BadOption(f"{name} is written with {depths} bits, not {film.depth}; omit --depth")
    return int(film.depth)


AVX_512 = 13
"""OpenCV's number of the CPU feature CV_CPU_AVX_512F (opencv2/core/cvdef.h)."""
REPRODUCIBLE = {"x264-params": "asm=avx2"}
"""Options that make x264 reproducible, as a resumed film needs. With AVX-512 its output varies from run to run if the
width of a frame is no multiple of 128 px (its macroblock tree reads uninitialized memory); without it, it is no slower
and always the same."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A finished segment."""

    path: Path
    first: int
    """``pts`` of its first frame."""


class SegmentWriter:
    """Writes a segment; the file gets its name once it is complete. Raises `WriteFailed`, `DiskFull`."""

    def __init__(self, path: Path, coding: Coding) -> None:
        self.path, self.coding = path, coding
        self._unfinished = path.with_suffix(".part")
        self.first = self.frames = 0
        """``pts`` of the first frame; number of frames."""
        with writes(path.name):
            self._container = av.open(str(self._unfinished.absolute()), "w", format=coding.segment_format)
            self._stream = _video_stream(self._container, coding)

    def add(self, image: Image, alpha: Plane | None, pts: int, ticks: int = 0) -> None:
        """Encode one frame, (H, W, 3) in [0, 1]; films have no ``alpha``."""
        frame = _frame(image, self.coding)
        frame.pts, frame.time_base = pts, self.coding.time_base
        if ticks:
            frame.duration = ticks
        self.first = self.first if self.frames else pts
        self.frames += 1
        with writes(self.path.name):
            self._container.mux(self._stream.encode(frame))

    def close(self) -> Path:
        """Complete the segment and give it its name; return its path."""
        with writes(self.path.name):
            self._container.mux(self._stream.encode())
            self._container.close()
            seal(self._unfinished, self.path)
        return self.path


def _video_stream(container: OutputContainer, coding: Coding) -> VideoStream:
    codec = CODECS[coding.codec]
    options = {**codec.options, **({"crf": str(coding.crf)} if coding.crf is not None else {})}
    options |= {"bf": "0"} if coding.in_order else {}
    options |= REPRODUCIBLE if codec.encoder == "libx264" and cv2.checkHardwareSupport(AVX_512) else {}
    stream = cast(VideoStream, container.add_stream(codec.encoder, rate=coding.rate, options=options))
    stream.height, stream.width = coding.size
    stream.pix_fmt = coding.pixels
    context = stream.codec_context
    context.time_base = coding.time_base
    context.gop_size = 250
    context.sample_aspect_ratio = coding.aspect
    if coding.codec != "lossless":
        context.colorspace, context.color_range = coding.color.space, LIMITED
        context.color_primaries, context.color_trc = coding.color.primaries, coding.color.transfer
    return stream


def _frame(image: Image, coding: Coding) -> VideoFrame:
    height, width = coding.size
    deep = "10" in coding.pixels
    cut = np.clip(image[:height, :width], 0, 1) * np.float32(65535 if deep else 255)
    if cut.shape[:2] != coding.size:  # a side of one pixel, doubled
        cut = np.pad(cut, ((0, height - cut.shape[0]), (0, width - cut.shape[1]), (0, 0)), mode="edge")
    samples = np.ascontiguousarray(np.rint(cut).astype(np.uint16 if deep else np.uint8))
    frame = VideoFrame.from_ndarray(samples, format="rgb48le" if deep else "rgb24")
    if coding.codec == "lossless":
        return frame.reformat(format=coding.pixels)
    space = MATRICES[coding.color.space]
    return frame.reformat(format=coding.pixels, dst_colorspace=space, dst_color_range=LIMITED)


def open_segment(segment: Segment, coding: Coding) -> InputContainer:
    """Open a finished segment."""
    formats = {"nut": "nut", "mov": "mov,mp4,m4a,3gp,3g2,mj2"}[coding.segment_format]
    options = {"format_whitelist": formats, "protocol_whitelist": "file"}
    return av.open(str(segment.path.absolute()), "r", options=options)


def seal(part: Path, path: Path) -> None:
    """Flush a closed file to disk, then give it its final name."""
    with open(part, "rb+") as file:
        os.fsync(file.fileno())
    os.replace(part, path)


@contextmanager
def writes(name: str) -> Iterator[None]:
    """Raise errors of writing the film called ``name`` as `WriteFailed` or `DiskFull`."""
    try:
        yield
    except (av.FFmpegError, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise atomic.failure(OSError(error.errno, ""), name) from error
        hint = "try another --codec or another extension"
        raise WriteFailed(f"{name} cannot be written: the encoder refuses it; {hint}") from error
