"""`Painting`: a painted picture with its recipe, as files, notebooks and other libraries take it."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Unpack

import numpy as np
from numpy.typing import DTypeLike, NDArray

from pinxit import images
from pinxit.config.keywords import OutputKeywords
from pinxit.config.options import Output
from pinxit.config.spec import split
from pinxit.errors import BadOption, MissingExtra
from pinxit.files import recipe
from pinxit.images.types import Image, PillowImage

if TYPE_CHECKING:
    import torch

DISPLAYED = 1024
"""Long side, px, of the picture that a notebook shows of a `Painting`."""


@dataclass(frozen=True, slots=True, eq=False)
class Painting:
    """A painted picture and its recipe.

    ``np.asarray(painting)`` and ``torch.as_tensor(painting)`` are ``image``; with the dtype uint8 or uint16 its values
    are scaled to that and rounded, and any other type of integers is refused, `BadOption`.
    """

    image: Image
    """(H, W, 3), or (H, W, 4) if the content is transparent somewhere; sRGB, in [0, 1]."""
    recipe: dict[str, Any]
    """Everything needed to paint it again; see `pinxit.files.recipe`."""
    warning: str = ""
    """What to check in the result, such as a mask that was stretched to the content's shape; '' for nothing."""
    inputs: tuple[str, ...] = ()
    """Paths of content, styles and masks, which `save` never overwrites."""

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
        ``protect``  files that must not be overwritten, besides ``inputs``
        ``options``  those of `pinxit.config.options.Output`

        Raises `BadOption`, `WriteFailed`, `DiskFull`.
        """
        (output,) = split(options, Output)
        text = recipe.dumps(recipe.with_output(self.recipe, output))
        target = os.path.expanduser(target) if isinstance(target, str | os.PathLike) else target
        images.write(self.image, target, format=format, recipe=text, output=output, protect=(*self.inputs, *protect))

    def to_pil(self) -> PillowImage:
        """Return the picture as a `PIL.Image.Image`, RGB or RGBA, 8 bits."""
        return images.to_pillow(self.image)

    def to_tensor(self) -> torch.Tensor:
        """Return the picture as a tensor (C, H, W), float32 in [0, 1]; raises `MissingExtra` without PyTorch."""
        if importlib.util.find_spec("torch") is None:
            raise MissingExtra("to_tensor", "optimize")
        import torch

        return torch.from_numpy(np.moveaxis(self.image, 2, 0).copy())

    def show(self) -> None:
        """Show the picture: in a notebook below the cell, else in the desktop's program for pictures.

        Raises `NotFound` where there is no such program.
        """
        if not _show_in_notebook(self):
            images.show(self.image)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        if dtype is None or np.dtype(dtype).kind not in "biu":
            return np.array(self.image, dtype, copy=copy)
        if np.dtype(dtype) not in (np.uint8, np.uint16):
            raise BadOption(f"a painting has values in [0, 1]; as integers it is uint8 or uint16, not {dtype!r}")
        if copy is False:
            raise ValueError("integers are a copy of a painting: leave out copy=False")
        integers: NDArray[Any] = np.rint(self.image * np.float32(np.iinfo(dtype).max)).astype(dtype)
        return integers

    def __dlpack__(self, **request: Any) -> object:
        return self.image.__dlpack__(**request)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.image.__dlpack_device__()

    def _repr_png_(self) -> bytes:
        return images.encode(images.resize(self.image, images.fit(self.image.shape[:2], DISPLAYED)), "png")

    def __repr__(self) -> str:
        height, width = self.image.shape[:2]
        styles = " + ".join(filter(None, (style["name"] for style in self.recipe["styles"])))
        return f"<Painting {width} x {height}, {self.recipe['method']}{', ' if styles else ''}{styles}>"


def _show_in_notebook(painting: Painting) -> bool:
    """Show a painting below the cell that runs, and return whether there is one."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if not hasattr(shell, "kernel"):  # a terminal's shell has none, and shows no pictures
        return False
    from IPython.display import display

    display(painting)
    return True
