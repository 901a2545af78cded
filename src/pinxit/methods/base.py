"""The contract of methods: `Method` is an entry of the table, `Stylizer` paints pictures, `FrameStylizer` films."""

import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from pinxit.config.options import Look, MethodOptions
from pinxit.errors import MissingExtra
from pinxit.images import Image
from pinxit.images.memo import Memo
from pinxit.images.types import Window
from pinxit.styles.style import Style

Options = TypeVar("Options", bound=MethodOptions)
FrameState = dict[str, NDArray[np.float32]]
"""What `FrameStylizer.repaint` needs of a painted frame: arrays by name; empty where a method cannot repaint."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way to a picture."""

    index: int
    of: int
    loss: float
    preview: Callable[[], Image]  # renders the present picture at the size of the present level, when it is called
    losses: dict[str, float] = field(default_factory=dict)
    size: tuple[int, int] = (0, 0)  # (height, width) of the present level, px
    warning: str = ""
    share: float = 0.0  # of the work done, 0 to 1, where it differs from ``index / of``; 0: unknown
    begun: bool = True  # whether anything is painted yet; before that the preview is the content
    picture: int = 0  # which of several pictures is painted, counted from 0

    @property
    def done(self) -> float:
        """The share of the work that is done, 0 to 1."""
        return min(1.0, self.share or self.index / max(1, self.of))


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """The previous frame of a film, warped to the present one, which a new frame should stay close to."""

    picture: Image  # of the content's shape
    trust: NDArray[np.float32]  # (H, W) in [0, 1]: how reliable the picture is at each pixel
    weight: float  # of the distance to the picture, in methods that minimize a loss
    strokes: NDArray[np.float32] | None = None
    """(H, W): fine detail of the picture, in luminance, which one-pass methods add to their input."""

    def add_strokes(self, content: Image) -> Image:
        """Return the content with the strokes, (H, W, 3) in [0, 1]."""
        if self.strokes is None:
            return content
        return np.asarray((content + self.strokes[..., None]).clip(0, 1), np.float32)


class Stylizer(ABC):
    """Holds one style and paints any picture with it. Safe to share between threads."""

    @abstractmethod
    def steps(self, content: Image, *, overwrite: bool = False, memo: Memo | None = None) -> Generator[Step]:
        """Paint step by step; the last step's preview is the result.

        ``content``    (H, W, 3), sRGB, in [0, 1]
        ``overwrite``  the result may replace the pixels of ``content`` in place, which saves memory
        ``memo``       results derived from ``content`` in earlier calls; None: it is painted once
        """

    def __call__(self, content: Image) -> Image:
        """Paint ``content``, (H, W, 3) in [0, 1]; the result has the same shape."""
        for step in self.steps(content):
            last = step
        return last.preview()

    def warm_up(self, long_side: int) -> None:  # noqa: B027 (optional)
        """Compute in advance what does not depend on the content, for contents of ``long_side`` px."""


class FrameStylizer(Stylizer):
    """Also paints the frames of a film, each with a guide from the one before."""

    @abstractmethod
    def paint_frame(self, content: Image, guide: Guide | None = None) -> tuple[Image, FrameState]:
        """Paint a frame; return it, and the state from which later frames are repainted in part.

        ``guide`` is None for the first frame of a scene.
        """

    def repaint(self, content: Image, windows: Sequence[Window], state: FrameState, margin: int) -> list[Image]:
        """Paint the ``windows`` of a frame that differs little from the one that ``state`` belongs to.

        ``margin`` pixels around each window are painted too and cut off.
        """
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Method(Generic[Options]):
    """One entry of the table of methods (`pinxit.methods.table`)."""

    options: type[Options]
    make_stylizer: Callable[[Style, Look, Options], FrameStylizer]
    one_pass: bool  # whether a picture takes seconds; films are then painted frame by frame, and repainted in part
    paints_codes: bool = False  # whether it paints style codes in place of style pictures
    paints_trained: bool = False  # whether it paints trained styles, and nothing else
    packages: tuple[str, ...] = ()  # those that must be installed besides pinxit's own
    extra: str = ""  # the extra of pinxit that installs them

    @property
    def name(self) -> str:
        """The word that users write."""
        return self.options.method

    def make(self, style: Style, look: Look, options: MethodOptions) -> FrameStylizer:
        """Return the stylizer of one style; the method's package is imported here, not earlier.

        Raises `MissingExtra`, `TypeError` for another method's options, and whatever the stylizer raises.
        """
        if not isinstance(options, self.options):
            raise TypeError(f"the method {self.name} takes {self.options.__name__}, not {type(options).__name__}")
        self.require_packages()
        return self.make_stylizer(style, look, options)

    def require_packages(self) -> None:
        """Raise `MissingExtra` if a package that the method needs is not installed."""
        if any(importlib.util.find_spec(package) is None for package in self.packages):
            raise MissingExtra(f"the method {self.name!r}", self.extra)
