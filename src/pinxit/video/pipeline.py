"""The film pipeline: decodes, paints and encodes at the same time, segment by segment.

Decoding (with the flow search) and painting each run in a thread of their own, a few frames ahead
(`pinxit.video.prefetch`); the caller's thread renders and encodes. Nothing here grows with the length of the film
except the list of segments.
"""

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing

from pinxit import cores
from pinxit.errors import BadFilm
from pinxit.methods.progress import ends
from pinxit.video import flow
from pinxit.video.io.film import Cut, Frame, Plane, Source
from pinxit.video.io.target import OpenSegment, Target
from pinxit.video.prefetch import DEPTH, prefetch
from pinxit.video.record import Record, State
from pinxit.video.report import RATE_FRAMES, Progress, Report
from pinxit.video.steady_stylizer import PreparedFrame, Render, SteadyStylizer

PREPARED, PREPARED_BYTES = 8, 64 << 20
"""Limits of the frames prepared ahead: their number, and their bytes as colors and flow in float32. The film's first
frame waits for the style's code."""


def paint(
    source: Source,
    cut: Cut,
    target: Target,
    stylizer: SteadyStylizer,
    record: Record,
    segment_frames: int,
    watch: Callable[[Progress], object],
    stop: Callable[[], bool],
) -> Report:
    """Paint the frames that the record lacks, and finish the target.

    ``watch`` and ``stop`` are called after every frame; True ends the film there, and the job can be resumed.

    Raises `BadFilm` if there is no frame at all, and what reading, painting and writing raise; the job then remains.
    """
    times = deque([time.perf_counter()], maxlen=RATE_FRAMES + 1)
    expected, rest, stopped = cut.expected(source.info), None, False
    with flow.limited_threads(), closing(prefetch(_painted(source, cut, stylizer, record))) as painted:
        for first in painted:
            segment = target.segment(record)
            for frame, render, alpha, after in itertools.chain([first], itertools.islice(painted, segment_frames - 1)):
                image, state = render(), after
                segment.add(image, alpha, frame.pts, frame.ticks)
                times.append(time.perf_counter())
                done = record.frames + segment.frames
                speed = (len(times) - 1) / (times[-1] - times[0])
                if stopped := ends(watch, Progress(done, max(expected, done), speed, image)) or stop():
                    break
            file = segment.close()
            if segment.frames < segment_frames:  # the last one; after a stop it is painted again by the resumed job
                rest = segment
                break
            record.add(segment.frames, segment.first, state, file)
            if stopped:
                break
    return _finish(source, target, record, rest, stopped)


def _finish(source: Source, target: Target, record: Record, rest: OpenSegment | None, stopped: bool) -> Report:
    """Finish the target; ``rest`` is the last segment, if it is shorter than the others and not in the record."""
    frames = record.frames + (rest.frames if rest else 0)
    if not frames:
        record.remove()
        raise BadFilm(f"{source.info.name} has no frame in the chosen part: check --start and --end")
    lost = target.finish(record, rest)
    if stopped:
        return Report(frames=frames, complaint="", lost=tuple(lost), finished=False)
    record.remove()
    return Report(frames=frames, complaint=source.complaint(), lost=tuple(lost), finished=True)


def _painted(
    source: Source, cut: Cut, stylizer: SteadyStylizer, record: Record
) -> Iterator[tuple[Frame, Render, Plane | None, State]]:
    """Yield the frames that follow those of the record, each with what renders it, its alpha, and the state after."""
    state = record.state
    base = float(cut.time_base(source.info))
    frames = itertools.islice(cut.frames(source), record.frames, None)
    with closing(prefetch(_prepared(frames, stylizer), _prepare_depth(source.info.size))) as ready:
        for frame, prepared in ready:
            render, alpha, state = stylizer(prepared, frame.pts * base, state)
            yield frame, render, alpha, state


def _prepared(frames: Iterator[Frame], stylizer: SteadyStylizer) -> Iterator[tuple[Frame, PreparedFrame]]:
    """Yield each frame with what the stylizer prepares of it, in a thread of lower priority than painting.

    Threads started from here inherit the priority: the decoder's end with the film, but OpenCV's would stay and run
    behind all others for good. Where OpenCV has several threads, there are cores enough to keep the priority.
    """
    if flow.threads() == 1:
        cores.lower_priority()
    prepared: PreparedFrame | None = None
    for frame in frames:
        prepared = stylizer.prepare(*frame.load(), prepared)
        yield frame, prepared


def _prepare_depth(size: tuple[int, int]) -> int:
    """Return how many frames of ``size`` = (height, width) may be prepared ahead."""
    height, width = size
    return max(DEPTH, min(PREPARED, PREPARED_BYTES // (24 * height * width)))
