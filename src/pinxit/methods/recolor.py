"""Keeping the photo's colors with any method: what `pinxit.images.color` does before and after painting."""

from collections.abc import Callable, Generator
from dataclasses import replace
from functools import partial

from pinxit.images import Image, color, resize
from pinxit.images.memo import Memo
from pinxit.methods.base import FrameState, FrameStylizer, Guide, Step
from pinxit.styles.style import Reference, Style


class RecoloringStylizer(FrameStylizer):
    """Paints each photo with style pictures recolored for it, by the stylizer that ``make`` returns for them.

    ``mode`` is that of `pinxit.config.options.Look.color`.
    """

    def __init__(self, make: Callable[[Style], FrameStylizer], style: Style, mode: str) -> None:
        self._make, self._style, self._mode = make, style, mode

    def steps(self, content: Image, *, overwrite: bool = False, memo: Memo | None = None) -> Generator[Step]:
        """Paint; every preview is in its final colors."""
        toned, style = recolored(self._mode, content, self._style, memo)
        for step in self._make(style).steps(toned):
            yield replace(step, preview=partial(self._finished, step, content))

    def paint_frame(self, content: Image, guide: Guide | None = None) -> tuple[Image, FrameState]:
        """Paint a whole frame."""
        toned, style = recolored(self._mode, content, self._style)
        painted, state = self._make(style).paint_frame(toned, guide)
        return color.finish(self._mode, painted, content), state

    def _finished(self, step: Step, content: Image) -> Image:
        image = step.preview()
        return color.finish(self._mode, image, resize(content, image.shape[:2]))


def recolored(mode: str, content: Image, style: Style, memo: Memo | None = None) -> tuple[Image, Style]:
    """Return the content and the style as a method should see them in color mode ``mode``.

    ``memo``  of the content: a style picture is recolored for it once
    """
    if mode == "style":
        return content, style
    results = Memo() if memo is None else memo

    def recolor(reference: Reference) -> Reference:
        made = results.get(
            (mode, reference.memo),
            lambda: replace(reference, image=color.recolor(mode, reference.image, content), memo=Memo()),
        )
        return replace(reference, image=made.image, memo=made.memo)

    toned = results.get(mode, lambda: color.toned(mode, content))
    return toned, Style(tuple(map(recolor, style.references)))
