"""The verbs: one-shot `stylize`, and `Stylizer` for one style and many pictures."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import threading
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from pinxit import __version__, images
from pinxit.config.options import METHOD_OPTIONS, METHODS, Adain, Limits, Look, Output, specs, split
from pinxit.errors import BadOption, MissingExtra, nearest
from pinxit.files import recipe
from pinxit.images import Image, color
from pinxit.methods.base import Step
from pinxit.methods.base import Stylizer as Painter
from pinxit.styles import style as styles
from pinxit.styles.code import StyleCode


@dataclass(frozen=True, slots=True, eq=False)
class Painting:
    """A finished picture and how it came about."""

    image: Image
    """(H, W, 3), or (H, W, 4) if the content is transparent somewhere; sRGB, in [0, 1]."""
    recipe: dict[str, Any]
    """All that is needed to paint it again; see `pinxit.files.recipe`."""

    def save(self, target: Any, *, format: str = "", protect: Iterable[Any] = (), **output_options: Any) -> None:
        """Write the picture, whole or not at all, with its recipe inside.

        ``target``: a path whose ending names the format, or a file open for writing with ``format`` given.
        ``protect``: files that must not be overwritten. ``output_options``: those of `pinxit.config.options.Output`.

        Raises `BadOption`, `WriteFailed`, `DiskFull`.
        """
        (output,) = split(output_options, Output)
        text = recipe.dumps(recipe.with_output(self.recipe, output))
        images.write(self.image, target, format=format, recipe=text, output=output, protect=protect)


class Stylizer:
    """A hand that holds one style: pay for the style once, then paint as many pictures as you like.

    ``style``    a path, bytes, an open file, an array (H, W, 3) in [0, 1], or the name of a trained style; several in a
                 list; or weighted, as a mapping from pictures to weights or a list of such pairs
    ``method``   one of `pinxit.config.options.METHODS`; '' takes fast for a trained style, otherwise the first
    ``masks``    one for each style: the region that it paints
    ``options``  those of `pinxit.config.options.Look` and of the method

    Raises `BadOption`, and all that reading pictures raises.
    """

    def __init__(
        self,
        style: Any,
        *,
        method: str = "",
        masks: Sequence[Any] | None = None,
        limits: Limits | None = None,
        **options: Any,
    ) -> None:
        if method and method not in METHOD_OPTIONS:
            raise BadOption(f"unknown method {method!r}{nearest(method, METHOD_OPTIONS)}")
        if method:
            _sorted(options, method)  # what is wrong with them is said before pictures are read
        self.limits = limits or Limits()
        self.style = styles.gather(style, masks, self.limits)
        self.method = method_for(self.style, method)
        self.look, self.options = _sorted(options, self.method)
        self._kept: Painter | None = None
        _refuse_strangers(self.method, self.look, self.style)

    def warm_up(self) -> None:
        """Begin to open the network of a one-pass method in a thread, so that it is there when a photo has been read.

        It goes on to look at the styles, for photos no smaller than they are to be painted. What goes wrong is raised
        when a photo is painted.
        """
        if self.method != "optimize":
            threading.Thread(target=self._opened).start()

    def _opened(self) -> None:
        with contextlib.suppress(Exception):
            painter: Any = painter_for(self.method, self.style, self.look, self.options)
            if self.look.color == "style":  # otherwise each photo has pictures of its own
                painter.see_styles(self.look.size)

    def steps(self, content: Any) -> Generator[Step]:
        """Paint step by step: progress, preview and cancel are the caller's to make of it.

        Every step's ``preview()`` is (H, W, 3) in [0, 1]; the last one's is the result.
        """
        photo = self.open(content)
        seen, painter = self._prepared(photo.rgb)
        if self.method != "optimize":
            onepass: Any = painter
            yield from onepass.steps(seen, over=photo.rgb if photo.spare else photo.rgb.copy())
            return
        for step in painter.steps(seen):
            yield replace(step, preview=partial(self._finished, step.preview, photo.rgb))

    def painting(self, content: Any, image: Image) -> Painting:
        """Return what ``steps`` gave, finished or not, as a `Painting`: full size, alpha back, with its recipe."""
        photo = self.open(content)
        full = images.resize(image, photo.rgb.shape[:2])
        whole = full if photo.alpha is None else images.join_alpha(full, photo.alpha)
        parts = (self.look, self.options)
        return Painting(whole, recipe.make(self.method, parts, photo.named, self.style.origins, __version__))

    def __call__(self, content: Any) -> Painting:
        """Paint one picture."""
        photo = self.open(content, spare=isinstance(content, str | os.PathLike | bytes))
        for step in self.steps(photo):
            last = step
        return self.painting(photo, last.preview())

    def open(self, content: Any, *, spare: bool = False) -> Photo:
        """Return a content, read and at the size it is painted in: ``steps`` and ``painting`` take that too.

        ``spare`` says that it will be painted once only, so that ``steps`` may paint over it: a large one then takes
        half of the memory.

        Raises all that reading pictures raises.
        """
        if isinstance(content, Photo):
            return content
        image, named = styles.load(content, self.limits, self.look.size)
        rgb, alpha = images.split_alpha(image)
        size = images.fit(image.shape[:2], self.look.size)
        return Photo(images.resize(rgb, size), None if alpha is None else images.resize(alpha, size), named, spare)

    def _prepared(self, photo: Image) -> tuple[Image, Painter]:
        """Return the photo as the painter sees it, and the painter: one for all photos if no colors are matched."""
        if self.look.color != "style":
            return prepared(self.method, photo, self.style, self.look, self.options)
        if self._kept is None:
            self._kept = painter_for(self.method, self.style, self.look, self.options)
        return photo, self._kept

    def _finished(self, preview: Any, photo: Image) -> Image:
        image = preview()
        return color.finish(self.look.color, image, images.resize(photo, image.shape[:2]))


def _sorted(options: dict[str, Any], method: str) -> tuple[Any, ...]:
    """Sort ``options`` into those of the look and those of the method.

    Raises `BadOption` as `split` does; for another method's option it names that method.
    """
    own = {*specs(Look), *specs(METHOD_OPTIONS[method])}
    for name in options:
        others = [other for other, cls in METHOD_OPTIONS.items() if name in specs(cls)]
        if name not in own and others:
            raise BadOption(
                f"the option {name!r} is the method {others[0]}'s, and this is {method}: "
                f"leave it out, or choose the method {others[0]}"
            )
    return split(options, Look, METHOD_OPTIONS[method])


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A content picture at the size it is painted in: what `Stylizer.open` returns."""

    rgb: Image
    alpha: np.ndarray[Any, Any] | None
    named: recipe.Named
    spare: bool = False
    """Whether ``rgb`` may be painted over."""


def prepared(method: str, photo: Image, style: styles.Style, look: Look, options: Any) -> tuple[Image, Painter]:
    """Return the photo as the painter sees it, and the painter, with the styles in the wanted colors."""
    seen = photo
    references = []
    for reference in style.references:
        seen, picture = color.prepare(look.color, photo, reference.image)
        references.append(replace(reference, image=picture))
    return seen, painter_for(method, styles.Style(tuple(references)), look, options)


def method_for(style: styles.Style, method: str, otherwise: str = METHODS[0]) -> str:
    """Return ``method``; where that is '', fast for a trained style, and ``otherwise`` for pictures."""
    trained = any(each.trained for each in style.references)
    return method or ("fast" if trained else otherwise)


def _refuse_strangers(method: str, look: Look, style: styles.Style) -> None:
    """Raise `BadOption` where a style is something that the method or the color cannot do with."""
    codes = any(each.code for each in style.references)
    trained = next((each.trained for each in style.references if each.trained), None)
    if codes and method not in ("adain", "fast"):
        raise BadOption(f"the method {method!r} needs the style picture itself, not its code: give the picture")
    if (codes or trained) and look.color in ("coral", "histogram"):
        raise BadOption(f"the color {look.color} changes the style picture, and there is none: give the picture")
    if trained and method != "fast":
        raise BadOption(
            f"{trained.name!r} is a style that a network was taught, which the method 'fast' alone paints: leave the "
            "method out, or give the picture itself"
        )
    if method == "fast":
        from pinxit.methods.onepass.trained_style import held

        held(style)


def code(style: Any, *, limits: Limits | None = None, **options: Any) -> StyleCode:
    """Return the code of a style picture, a few kilobytes: ``.save(path)`` keeps it, and it is a style itself.

    ``style`` is a path, bytes, an open file or an array (H, W, 3) in [0, 1]; ``options`` are those of
    `pinxit.config.options.Adain`, whose network the code is good for.

    Raises `PinxitError`: every error that the input or the options can cause.

    >>> pinxit.code("wave.jpg").save("wave.style")  # doctest: +SKIP
    """
    from pinxit.methods.onepass.any_style import encode

    (adain,) = split(options, Adain)
    image, named = styles.load(style, limits or Limits())
    return encode(images.split_alpha(image)[0], named, adain)


def painter_for(method: str, held: styles.Style, look: Look, options: Any) -> Painter:
    """Make the method's own stylizer. Only here does a method's package load."""
    if method == "adain":
        from pinxit.methods.onepass.any_style import AdainPainter

        return AdainPainter(held, look, options)
    if method == "fast":
        from pinxit.methods.onepass.trained_style import FastPainter

        return FastPainter(held, look, options)
    if importlib.util.find_spec("torch") is None:
        raise MissingExtra(f"the method {method!r}", "optimize")
    from pinxit.methods.optimize.gatys import Gatys

    return Gatys(held, look, options)


def stylize(
    content: Any,
    style: Any,
    *,
    method: str = "",
    masks: Sequence[Any] | None = None,
    server: str = "",
    **options: Any,
) -> Painting:
    """Repaint ``content`` in the style of ``style``.

    Both are paths, bytes, open files, or arrays (H, W, 3) in [0, 1]; ``style`` may be the name of a trained style, or
    several styles, as a list or as a mapping from pictures to weights, and ``masks`` may give each its region. Without
    ``method`` a trained style is painted by fast, a picture by adain. ``options`` are those of `pinxit.config.options.Look`
    and of the method. ``server``, such as ``"http://127.0.0.1:8000"``, lets that pinxit paint (``pinxit serve``), which
    need not have this machine's files.

    Raises `PinxitError`: every error that the input or the options can cause.

    >>> pinxit.stylize("harbor.jpg", {"wave.jpg": 0.7, "scream.jpg": 0.3}, size=1024).save("out.png")  # doctest: +SKIP
    """
    if server:
        return _by_server(server, content, style, method, masks, options)
    return Stylizer(style, method=method, masks=masks, **options)(content)


def _by_server(
    server: str, content: Any, style: Any, method: str, masks: Sequence[Any] | None, options: dict[str, Any]
) -> Painting:
    from pinxit import client

    pairs = styles.weighted(style)
    if masks is not None and len(masks) != len(pairs):
        raise BadOption(f"{len(masks)} masks for {len(pairs)} styles; give one mask for each style")
    picture = client.stylize(server, content, pairs, masks, method, options)
    return Painting(images.read(picture), recipe.loads(images.read_recipe(picture)).as_dict())
