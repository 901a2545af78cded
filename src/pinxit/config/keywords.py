"""Types of the public verbs' keyword options, for editors and type checkers; `pinxit.config.options` defines them."""

from typing import TypedDict


class LookKeywords(TypedDict, total=False):
    """The options of `pinxit.config.options.Look`."""

    size: int
    strength: float
    style_scale: float
    color: str
    seed: int


class AdainKeywords(TypedDict, total=False):
    """The options of `pinxit.config.options.Adain`; those of `pinxit.config.options.Fast` are among them."""

    model: str
    provider: str
    tile: int
    threads: int


class StylizeKeywords(LookKeywords, AdainKeywords, total=False):
    """The options of the look and of all methods."""

    content_weight: float
    style_weight: float
    tv_weight: float
    content_layers: str
    style_layers: str
    losses: str
    effort: str
    optimizer: str
    steps: int
    levels: int
    init: str
    learning_rate: float
    pooling: str
    vgg: str
    device: str
    precision: str


class VideoKeywords(StylizeKeywords, total=False):
    """The options of films, of the look and of all methods."""

    steadiness: float
    paint_every: int
    temporal_weight: float
    start: float
    end: float
    fps: float
    codec: str
    crf: int
    depth: str
    segment: int


class OutputKeywords(TypedDict, total=False):
    """The options of `pinxit.config.options.Output`."""

    quality: int


class ScoringKeywords(TypedDict, total=False):
    """The options of `pinxit.config.options.Scoring`."""

    size: int
    vgg: str
