"""pinxit repaints photos and films in the style of any picture."""

__version__ = "0.1.0"

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pinxit.api import Painting, Stylizer, code, stylize
    from pinxit.errors import PinxitError
    from pinxit.methods.base import Step
    from pinxit.styles.code import StyleCode
    from pinxit.training.train import Lesson, train
    from pinxit.video.api import stylize_video

__all__ = [
    "Lesson",
    "Painting",
    "PinxitError",
    "Step",
    "StyleCode",
    "Stylizer",
    "__version__",
    "code",
    "stylize",
    "stylize_video",
    "train",
]

_MODULES = {
    "api": ("Painting", "Stylizer", "code", "stylize"),
    "errors": ("PinxitError",),
    "video.api": ("stylize_video",),
    "styles.code": ("StyleCode",),
    "methods.base": ("Step",),
    "training.train": ("Lesson", "train"),
}

if not TYPE_CHECKING:  # there, a name that does not exist should stay one

    def __getattr__(name: str) -> Any:
        """Import a public name when it is first asked for: who paints pictures need not wait for films."""
        for module, names in _MODULES.items():
            if name in names:
                found = globals()[name] = getattr(importlib.import_module(f"pinxit.{module}"), name)
                return found
        raise AttributeError(f"module 'pinxit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
