"""Neural style transfer: repaints photos and films in the style of any picture."""

__version__ = "0.1.0"

TYPE_CHECKING = False  # as typing's, whose import takes longer than everything else here
if TYPE_CHECKING:
    from pinxit.api import Stylizer, encode_style, stylize
    from pinxit.batch.many import stylize_many
    from pinxit.config.keywords import StylizeKeywords, VideoKeywords
    from pinxit.config.schema import MethodInfo, OptionInfo
    from pinxit.errors import (
        BadFilm,
        BadImage,
        BadOption,
        BadRecipe,
        BadStyle,
        BadWeights,
        DiskFull,
        Diverged,
        MissingExtra,
        NotFound,
        OutOfMemory,
        PinxitError,
        ServiceError,
        TooLarge,
        UnsupportedFormat,
        WorkerDied,
        WriteFailed,
    )
    from pinxit.images.painting import Painting
    from pinxit.methods.base import Step
    from pinxit.methods.table import listed as methods
    from pinxit.styles.code import StyleCode
    from pinxit.styles.gallery import by_name as styles
    from pinxit.training.train import TrainingResult, train
    from pinxit.video.api import stylize_video

_MODULES = {
    "api": ("Stylizer", "encode_style", "stylize"),
    "images.painting": ("Painting",),
    "batch.many": ("stylize_many",),
    "config.keywords": ("StylizeKeywords", "VideoKeywords"),
    "config.schema": ("MethodInfo", "OptionInfo"),
    "errors": (
        *("BadFilm", "BadImage", "BadOption", "BadRecipe", "BadStyle", "BadWeights"),
        *("DiskFull", "Diverged", "MissingExtra", "NotFound", "OutOfMemory", "PinxitError"),
        *("ServiceError", "TooLarge", "UnsupportedFormat", "WorkerDied", "WriteFailed"),
    ),
    "video.api": ("stylize_video",),
    "styles.code": ("StyleCode",),
    "methods.base": ("Step",),
    "training.train": ("TrainingResult", "train"),
}

__all__ = [
    "BadFilm",
    "BadImage",
    "BadOption",
    "BadRecipe",
    "BadStyle",
    "BadWeights",
    "DiskFull",
    "Diverged",
    "MethodInfo",
    "MissingExtra",
    "NotFound",
    "OptionInfo",
    "OutOfMemory",
    "Painting",
    "PinxitError",
    "ServiceError",
    "Step",
    "StyleCode",
    "StylizeKeywords",
    "Stylizer",
    "TooLarge",
    "TrainingResult",
    "UnsupportedFormat",
    "VideoKeywords",
    "WorkerDied",
    "WriteFailed",
    "__version__",
    "encode_style",
    "methods",
    "styles",
    "stylize",
    "stylize_many",
    "stylize_video",
    "train",
]

if not TYPE_CHECKING:  # there, a name that does not exist should stay one

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used, so that painting a picture does not load what films need."""
        import importlib  # here, as Ctrl-C meanwhile would end the command line with a traceback

        if name in ("methods", "styles"):  # packages that can be called
            return importlib.import_module(f"pinxit.{name}")
        for module, names in _MODULES.items():
            if name in names:
                value: object = getattr(importlib.import_module(f"pinxit.{module}"), name)
                globals()[name] = value
                return value
        raise AttributeError(f"module 'pinxit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
