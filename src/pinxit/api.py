"""The verbs: `stylize` for one picture, `Stylizer` for one style and many pictures, `encode_style` for a style code."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, BinaryIO, Unpack

import numpy as np
from numpy.typing import NDArray

from pinxit import __version__, images
from pinxit.config.options import METHOD_OPTIONS, Adain, Limits, Look, MethodOptions, Output
from pinxit.config.spec import specs, split
from pinxit.errors import BadOption, memory_errors
from pinxit.files import recipe
from pinxit.files.fingerprint import FileId
from pinxit.images import Image
from pinxit.images.inputs import load
from pinxit.images.memo import Memo
from pinxit.images.types import Picture
from pinxit.methods import table
from pinxit.methods.base import FrameStylizer, Step
from pinxit.styles import style as styles
from pinxit.styles.code import StyleCode
from pinxit.styles.style import StyleInput

if TYPE_CHECKING:
    from pinxit.config.keywords import AdainKeywords, OutputKeywords, StylizeKeywords

MOST_RESULTS = 8
"""Results kept of a photo (`Photo.memo`): recolored style pictures are as large as the style pictures themselves."""


@dataclass(frozen=True, slots=True, eq=False)
class Painting:
    """A painted picture and its recipe."""

    image: Image
    """(H, W, 3), or (H, W, 4) if the content is transparent somewhere; sRGB, in [0, 1]."""
    recipe: dict[str, Any]
    """Everything needed to paint it again; see `pinxit.files.recipe`."""
    warning: str = ""
    """What to check in the result, such as a mask that was stretched to the content's shape; '' for nothing."""

    def save(
        self,
        target: str | os.PathLike[str] | BinaryIO,
        *,
        format: str = "",
        protect: Iterable[str | os.PathLike[str]] = (),
        **options: Unpack[OutputKeywords],
    ) -> None:
        """Write the picture, whole or not at all, with its recipe inside.

        ``target``   a path whose ending names the format, or a file open for writing together with ``format``
        ``protect``  files that must not be overwritten
        ``options``  those of `pinxit.config.options.Output`

        Raises `BadOption`, `WriteFailed`, `DiskFull`.
        """
        (output,) = split(options, Output)
        text = recipe.dumps(recipe.with_output(self.recipe, output))
        images.write(self.image, target, format=format, recipe=text, output=output, protect=protect)


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A content picture at the size in which it is painted: what `Stylizer.open` returns."""

    rgb: Image
    alpha: NDArray[np.float32] | None
    source: FileId
    overwritable: bool = False
    """Whether painting may replace the pixels of ``rgb``."""
    memo: Memo = field(default_factory=lambda: Memo(MOST_RESULTS), repr=False)
    """Results derived from ``rgb``, for the next time it is painted."""


class Stylizer:
    """Holds one style: prepares it once and paints any number of pictures.

    ``style``    a path, bytes, an open file, an array (H, W, 3) in [0, 1], a `StyleCode`, or the name of a trained
                 style; several in a list; several with weights as a mapping or a list of pairs
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

        Every step's ``preview()`` is (H, W, 3) in [0, 1]; the last one's is the result.
        """
        photo = self.open(content)
        with memory_errors():
            steps = self._stylizer.steps(photo.rgb, overwrite=photo.overwritable, memo=photo.memo)
            if stretched := self.style.mask_warning(photo.rgb.shape[:2]):
                first = next(steps)
                yield replace(first, warning="; ".join(filter(None, [stretched, first.warning])))
            yield from steps

    def painting(self, content: Picture | Photo, image: Image) -> Painting:
        """Return a preview, finished or not, as a `Painting`: at full size, with the content's alpha and the recipe."""
        photo = self.open(content)
        full = images.join_alpha(images.resize(image, photo.rgb.shape[:2]), photo.alpha)
        options = (self.look, self.options)
        made = recipe.make(self.method.name, options, photo.source, self.style.origins, __version__)
        return Painting(full, made)

    def __call__(self, content: Picture | Photo) -> Painting:
        """Paint one picture."""
        photo = self.open(content, overwritable=isinstance(content, str | os.PathLike | bytes))
        warnings = []
        for step in self.steps(photo):
            warnings.append(step.warning)
        return replace(self.painting(photo, step.preview()), warning="; ".join(filter(None, warnings)))

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
        return Photo(images.resize(rgb, size), resized, source, overwritable)


def _split(options: Mapping[str, object], kind: type[MethodOptions]) -> tuple[Look, MethodOptions]:
    """Split keywords into those of the look and those of a method.

    Raises `BadOption` as `split` does, and for an option of another method.
    """
    for name in options:
        owners = [other for other, cls in METHOD_OPTIONS.items() if name in specs(cls)]
        if owners and kind.method not in owners:
            raise BadOption(
                f"the option {name!r} belongs to the method {owners[0]}, and this is {kind.method}: "
                f"leave it out, or choose the method {owners[0]}"
            )
    return split(options, Look, kind)


def encode_style(style: Picture, *, limits: Limits | None = None, **options: Unpack[AdainKeywords]) -> StyleCode:
    """Return the code of a style picture: a few kilobytes that ``.save(path)`` stores and that serve as a style.

    ``style``    a path, bytes, an open file or an array (H, W, 3) in [0, 1]
    ``options``  those of `pinxit.config.options.Adain`; the code fits only the network that they name

    Raises `PinxitError`: every error that the input or the options can cause.

    >>> pinxit.encode_style("wave.jpg").save("wave.style")  # doctest: +SKIP
    """
    from pinxit.methods.onepass.any_style import encode

    (adain,) = split(options, Adain)
    image, source = load(style, limits or Limits())
    return encode(images.split_alpha(image)[0], source, adain)


def stylize(
    content: Picture,
    style: StyleInput,
    *,
    method: str = "",
    masks: Sequence[Picture | None] | None = None,
    server: str = "",
    **options: Unpack[StylizeKeywords],
) -> Painting:
    """Repaint ``content`` in the style of ``style``.

    ``content``  a path, bytes, an open file, or an array (H, W, 3) in [0, 1]
    ``style``, ``method``, ``masks``, ``options``: see `Stylizer`
    ``server``   address of a pinxit server (``pinxit serve``) that paints instead, such as ``"http://127.0.0.1:8000"``;
                 files are sent to it

    Raises `PinxitError`: every error that the input or the options can cause.

    >>> pinxit.stylize("harbor.jpg", {"wave.jpg": 0.7, "scream.jpg": 0.3}, size=1024).save("out.png")  # doctest: +SKIP
    """
    if not server:
        return Stylizer(style, method=method, masks=masks, **options)(content)
    from pinxit import client

    picture = client.stylize(server, content, style, masks, method, options)
    return Painting(images.read(picture), recipe.loads(images.read_recipe(picture)).as_dict())
