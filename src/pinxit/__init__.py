"""pinxit repaints photos and films in the style of any picture."""

__version__ = "0.1.0"

from pinxit.api import Painting, Stylizer, code, stylize
from pinxit.errors import PinxitError
from pinxit.filming import stylize_video
from pinxit.stylecode import StyleCode
from pinxit.stylizer import Step
from pinxit.teaching import Lesson, train

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
