"""pinxit repaints photos and films in the style of any picture."""

__version__ = "0.1.0"

from pinxit.api import Painting, Stylizer, stylize
from pinxit.errors import PinxitError
from pinxit.stylizer import Step

__all__ = ["Painting", "PinxitError", "Step", "Stylizer", "__version__", "stylize"]
