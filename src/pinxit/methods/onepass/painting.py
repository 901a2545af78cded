"""What both one-pass methods do: paint pictures in steps, and films by frame, with color modes and strength."""

import functools
from abc import abstractmethod
from collections.abc import Callable, Generator, Sequence
from typing import ClassVar

import numpy as np

from pinxit.config.options import Look
from pinxit.images import Image, color
from pinxit.images.memo import Memo
from pinxit.images.types import Window
from pinxit.methods.base import FrameState, FrameStylizer, Guide, Step
from pinxit.methods.onepass.layered import LayeredPainting
from pinxit.methods.onepass.levels import PaintConfig
from pinxit.methods.onepass.network import Floats, OnePassNetwork
from pinxit.methods.recolor import recolored
from pinxit.styles.style import Style

CODES, STATISTICS = "codes", "statistics"  # entries of a frame's state: (N, code), and `LayeredPainting.statistics`


class OnePassStylizer(FrameStylizer):
    """Paints in one pass of a network."""

    fade: ClassVar[int]  # `PaintConfig.fade`
    grain: ClassVar[bool]  # `PaintConfig.grain`

    def __init__(self, style: Style, look: Look, tile: int, network: OnePassNetwork) -> None:
        self.style, self.look, self.tile, self.network = style, look, tile, network

    @abstractmethod
    def codes(self, content: Image, style: Style, memo: Memo, *, film: bool = False) -> Floats:
        """Return the code of each style, (N, code), with strength in it.

        ``content``, ``style``  in the colors that the network sees
        ``memo``                of the content
        ``film``                whether the content is a frame of a film
        """

    def steps(self, content: Image, *, overwrite: bool = False, memo: Memo | None = None) -> Generator[Step]:
        """Paint in one step, or part by part; finished parts replace the content."""
        size = content.shape[:2]
        painted = content if overwrite else content.copy()
        if not self.look.strength:
            yield Step(1, 1, 0.0, lambda: painted, size=size)
            return
        memo = Memo() if memo is None else memo
        toned, style = recolored(self.look.color, content, self.style, memo)
        codes = functools.cache(lambda: self.codes(toned, style, memo))
        painting = LayeredPainting(self._config(toned, toned, style, codes))
        count, begun = painting.count, False
        pending: list[tuple[Window, Image]] = []
        for number, part in enumerate(painting.parts(), 1):
            if part is not None:
                window, image = part
                pending.append((window, color.finish(self.look.color, image, painted[window])))
                # Later windows start at this one's rows or below, but what they read reaches above.
                waits = overwrite and number < count
                pending = flush_rows(painted, pending, window[0].start - painting.reach if waits else size[0])
                begun = True
            yield Step(number, count, 0.0, lambda: painted, size=size, begun=begun)

    def paint_frame(self, content: Image, guide: Guide | None = None) -> tuple[Image, FrameState]:
        """Paint a whole frame; the network sees the guide's strokes in it."""
        toned, style = recolored(self.look.color, content, self.style)
        if not self.look.strength:
            return color.finish(self.look.color, toned, content), {}
        shown = toned if guide is None else guide.add_strokes(toned)
        codes = functools.cache(lambda: self.codes(toned, style, Memo(), film=True))
        painting = LayeredPainting(self._config(toned, shown, style, codes))
        painted = np.empty_like(content)
        for part in painting.parts():
            if part is not None:
                painted[part[0]] = part[1]
        state = {CODES: codes(), STATISTICS: painting.statistics}
        return color.finish(self.look.color, painted, content), state

    def repaint(self, content: Image, windows: Sequence[Window], state: FrameState, margin: int) -> list[Image]:
        """Paint windows of a frame with the codes and statistics of an earlier one."""
        toned = color.toned(self.look.color, content)
        painting = LayeredPainting(self._config(toned, toned, self.style, lambda: state[CODES]), state[STATISTICS])
        return [color.finish(self.look.color, painting.repaint(window, margin), content[window]) for window in windows]

    def _config(self, content: Image, shown: Image, style: Style, codes: Callable[[], Floats]) -> PaintConfig:
        return PaintConfig(content, shown, style, codes, self.network, self.look, self.fade, self.tile, self.grain)


def flush_rows(painted: Image, pending: list[tuple[Window, Image]], end: int) -> list[tuple[Window, Image]]:
    """Write the pending pixels above row ``end`` into the picture; return those that stay pending."""
    rest: list[tuple[Window, Image]] = []
    for (rows, columns), image in pending:
        stop = min(max(end, rows.start), rows.stop)
        painted[rows.start : stop, columns] = image[: stop - rows.start]
        if stop < rows.stop:
            below = image if stop == rows.start else image[stop - rows.start :].copy()  # a view would keep all of it
            rest.append(((slice(stop, rows.stop), columns), below))
    return rest
