"""The verbs: `stylize` for pictures, `Stylizer` for one style and many pictures, `encode_style` for a style code."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field, replace
from typing import Any, Unpack, cast, overload

import numpy as np
from numpy.typing import NDArray

from pinxit import __version__, images
from pinxit.config.keywords import AdainKeywords, StylizeKeywords
from pinxit.config.options import METHOD_OPTIONS, Adain, Limits, Look, MethodOptions
from pinxit.config.spec import Options, specs, split
from pinxit.errors import BadOption, memory_errors, nearest
from pinxit.files import recipe
from pinxit.files.fingerprint import FileId
from pinxit.images import Image
from pinxit.images.inputs import is_picture, load
from pinxit.images.memo import Memo
from pinxit.images.painting import Painting
from pinxit.images.sources import local
from pinxit.images.types import Picture, Tensor
from pinxit.methods import table
from pinxit.methods.base import FrameStylizer, Step
from pinxit.methods.progress import StepWatcher, Watch
from pinxit.styles import style as styles
from pinxit.styles.code import StyleCode
from pinxit.styles.style import StyleInput


class _Arguments(StylizeKeywords, total=False):
    """The keywords of `stylize`."""

    method: str
    masks: Sequence[Picture | None] | None
    server: str
    progress: Watch


MOST_RESULTS = 8
"""Results kept of a photo (`Photo.memo`): recolored style pictures are as large as the style pictures themselves."""
ARGUMENTS = ("method", "masks", "progress")
"""Keywords that are no options, for the message about an unknown one."""
WEIGHTS = ": weights are given with the styles, {'wave.jpg': 0.7, 'scream.jpg': 0.3} or [(picture, 0.7), (other, 0.3)]"


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A content picture at the size in which it is painted: what `Stylizer.open` returns."""

    rgb: Image
    alpha: NDArray[np.float32] | None
    source: FileId
    overwritable: bool = False
    """Whether painting may replace the pixels of ``rgb``."""
    files: tuple[str, ...] = ()
    """The path that it was read from, if any."""
    memo: Memo = field(default_factory=lambda: Memo(MOST_RESULTS), repr=False)
    """Results derived from ``rgb``, for the next time it is painted."""


class Stylizer:
    """Holds one style: prepares it once and paints any number of pictures.

    ``style``    a picture, as `stylize` takes one as content, a `StyleCode`, or the name of a trained style; several in
                 a list; several with weights as a mapping or a list of pairs
    ``method``   a name in `pinxit.methods.table`; by default the one that suits the style and the options
    ``masks``    for each style the region that it paints: a picture, or None
    ``options``  those of `pinxit.config.options.Look` and of the method

    Raises `BadOption`, and everything that reading pictures raises.
    """

    def __init__(
        self,
        style: StyleInput,
        *,
        method: str = "",
        masks: Sequence[Picture | None] | None = None,
        limits: Limits | None = None,
        **options: Unpack[StylizeKeywords],
    ) -> None:
        if method:
            _split(options, table.by_name(method).options)  # wrong options are reported before pictures are read
        self.limits = limits or Limits()
        self.style = styles.load_styles(style, masks, self.limits)
        pictures = [] if isinstance(style, styles.Style) else [picture for picture, _ in styles.weighted(style)]
        self.files = _files(*pictures, *(masks or ()))
        trained = any(reference.trained for reference in self.style.references)
        self.method = table.by_name(method) if method else table.default_for(trained=trained, options=options)
        self.look, self.options = _split(options, self.method.options)
        table.check_compatible(self.method, self.style, self.look)

    def warm_up(self) -> None:
        """Open the network of a one-pass method and encode the style in a thread, while a photo is being read."""

        def warm_up() -> None:
            with contextlib.suppress(Exception):  # it is raised again when a photo is painted
                self._stylizer.warm_up(self.look.size)

        if self.method.one_pass:
            threading.Thread(target=warm_up).start()

    @functools.cached_property
    def _stylizer(self) -> FrameStylizer:
        return self.method.make(self.style, self.look, self.options)

    def steps(self, content: Picture | Photo) -> Generator[Step]:
        """Paint step by step, so that the caller can show progress and previews and can stop.

        Every step's ``preview()`` is (H, W, 3) in [0, 1]; the last one's is the result. `painting` makes a `Painting`
        of a step, finished or not.
        """
        photo = self.open(content, overwritable=True)
        with memory_errors():
            steps = self._stylizer.steps(photo.rgb, overwrite=photo.overwritable, memo=photo.memo)
            if stretched := self.style.mask_warning(photo.rgb.shape[:2]):
                first = next(steps)
                yield replace(first, warning="; ".join(filter(None, [stretched, first.warning])))
            yield from steps

    def painting(self, content: Picture | Photo, step: Step) -> Painting:
        """Return the picture of a step, at full size, with the content's alpha and its recipe.

        The recipe says after which step an unfinished one was stopped; repeated, it stops there, too.
        """
        photo = self.open(content)
        full = images.join_alpha(images.resize(step.preview(), photo.rgb.shape[:2]), photo.alpha)
        options = (self.look, self.options)
        made = recipe.make(self.method.name, options, photo.source, self.style.origins, __version__)
        stopped = step.index if step.index < step.of else 0
        return Painting(full, {**made, "stopped": stopped}, step.warning, photo.files + self.files)

    @overload
    def __call__(self, content: Tensor, *, progress: Watch = False) -> Painting | Any: ...
    @overload
    def __call__(self, content: Picture | Photo, *, progress: Watch = False) -> Painting: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, content: Sequence[Picture | Photo], *, progress: Watch = False) -> list[Painting]: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, content: Iterable[Picture | Photo], *, progress: Watch = False) -> Iterator[Painting]: ...
    def __call__(
        self, content: Picture | Photo | Iterable[Picture | Photo], *, progress: Watch = False
    ) -> Painting | list[Painting] | Iterator[Painting]:
        """Paint one picture, or several: see `stylize`."""
        return _one_or_many(content, lambda pictures: self._paint(pictures, progress))

    def _paint(self, contents: Iterable[Picture | Photo], progress: Watch) -> Iterator[Painting]:
        with StepWatcher(progress, len(contents) if isinstance(contents, Sized) else None) as watch:
            for content in contents:
                photo = self.open(content, overwritable=True)
                warnings = []
                for step in self.steps(photo):
                    warnings.append(step.warning)
                    if watch(step) and step.begun:
                        break
                yield replace(self.painting(photo, step), warning="; ".join(filter(None, warnings)))
                watch.next_picture()

    def open(self, content: Picture | Photo, *, overwritable: bool = False) -> Photo:
        """Read a content and resize it to the size in which it is painted.

        ``overwritable``  the photo is painted once, so ``steps`` may overwrite it: a large one takes half the memory

        Raises everything that reading pictures raises.
        """
        if isinstance(content, Photo):
            return content
        image, source = load(content, self.limits, self.look.size)
        rgb, alpha = images.split_alpha(image)
        size = images.fit(image.shape[:2], self.look.size)
        resized = None if alpha is None else images.resize(alpha, size)
        return Photo(images.resize(rgb, size), resized, source, overwritable, _files(content))


def _files(*pictures: object) -> tuple[str, ...]:
    """Return the absolute paths of those pictures that are paths."""
    return tuple(os.path.abspath(local(each)) for each in pictures if isinstance(each, str | os.PathLike))


def _one_or_many(
    content: Picture | Photo | Iterable[Picture | Photo],
    paint: Callable[[Iterable[Picture | Photo]], Iterator[Painting]],
) -> Painting | list[Painting] | Iterator[Painting]:
    """Return the painting of one content; a list for a list, a tuple or a batch, an iterator for any other iterable."""
    if isinstance(content, Photo) or is_picture(content):
        (painting,) = paint([cast(Picture, content)])
        return painting
    paintings = paint(cast(Iterable[Picture], content))
    return list(paintings) if isinstance(content, Sized) else paintings


def unknown_option(name: str, *classes: type[Options], arguments: Iterable[str] = ARGUMENTS) -> BadOption:
    """Return the error of a keyword that is no option of these classes and none of a verb's ``arguments``."""
    names = [*(option for cls in classes for option in specs(cls)), *arguments]
    return BadOption(f"unknown option {name!r}{WEIGHTS if name in ('weight', 'weights') else nearest(name, names)}")


def _split(options: Mapping[str, object], kind: type[MethodOptions]) -> tuple[Look, MethodOptions]:
    """Split keywords into those of the look and those of a method.

    Raises `BadOption` as `split` does, and for an option of another method.
    """
    for name in options:
        owners = [other for other, cls in METHOD_OPTIONS.items() if name in specs(cls)]
        if not owners and name not in specs(Look):
            raise unknown_option(name, Look, kind)
        if owners and kind.method not in owners:
            raise BadOption(
                f"the option {name!r} belongs to the method {owners[0]}, and this is {kind.method}: "
                f"leave it out, or choose the method {owners[0]}"
            )
    return split(options, Look, kind)


def encode_style(style: Picture, *, limits: Limits | None = None, **options: Unpack[AdainKeywords]) -> StyleCode:
    """Return the code of a style picture: 20 kB that ``.save(path)`` stores; it serves as a style.

    ``style``    a picture, as `stylize` takes one as content
    ``options``  those of `pinxit.config.options.Adain`; the code fits only the network that they name

    Raises `PinxitError`: every error that the input or the options can cause.

    >>> pinxit.encode_style("wave.jpg").save("wave.style")  # doctest: +SKIP
    """
    from pinxit.methods.onepass.any_style import encode

    (adain,) = split(options, Adain)
    image, source = load(style, limits or Limits())
    return encode(images.split_alpha(image)[0], source, adain)


@overload
def stylize(content: Tensor, style: StyleInput, **arguments: Unpack[_Arguments]) -> Painting | Any: ...
@overload
def stylize(content: Picture, style: StyleInput, **arguments: Unpack[_Arguments]) -> Painting: ...  # type: ignore[overload-overlap]
@overload
def stylize(content: Sequence[Picture], style: StyleInput, **arguments: Unpack[_Arguments]) -> list[Painting]: ...  # type: ignore[overload-overlap]
@overload
def stylize(content: Iterable[Picture], style: StyleInput, **arguments: Unpack[_Arguments]) -> Iterator[Painting]: ...
def stylize(
    content: Picture | Iterable[Picture],
    style: StyleInput,
    *,
    method: str = "",
    masks: Sequence[Picture | None] | None = None,
    server: str = "",
    progress: Watch = False,
    **options: Unpack[StylizeKeywords],
) -> Painting | list[Painting] | Iterator[Painting]:
    """Repaint ``content`` in the style of ``style``.

    ``content``   a path, bytes, an open file, a `PIL.Image.Image`, an array (H, W), (H, W, 1, 3 or 4), float in [0, 1],
                  uint8 or uint16, or a tensor (C, H, W); a list of these, or a batch (B, C, H, W), gives a list of
                  paintings, an iterator an iterator, which paints one when it is asked for one
    ``style``, ``method``, ``masks``, ``options``: see `Stylizer`
    ``server``    address of a pinxit server (``pinxit serve``) that paints instead, such as
                  ``"http://127.0.0.1:8000"``; files are sent to it
    ``progress``  True for a bar, in a terminal or a notebook; or a function that is called with every `Step`: where it
                  returns True, this painting ends, as it is

    Raises `PinxitError`: every error that the input or the options can cause.

    >>> pinxit.stylize("harbor.jpg", {"wave.jpg": 0.7, "scream.jpg": 0.3}, size=1024).save("out.png")  # doctest: +SKIP
    """
    if not server:
        return Stylizer(style, method=method, masks=masks, **options)(content, progress=progress)
    if progress:
        raise BadOption("progress shows what is painted here, not what a server paints: leave out one of them")
    from pinxit import client

    def paint(contents: Iterable[Picture | Photo]) -> Iterator[Painting]:
        for each in contents:
            picture = client.stylize(server, cast(Picture, each), style, masks, method, options)
            yield Painting(images.read(picture), recipe.loads(images.read_recipe(picture)).as_dict())

    return _one_or_many(content, paint)
