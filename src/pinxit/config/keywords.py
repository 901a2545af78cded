"""Types of the public verbs' keyword options, for editors and type checkers; `pinxit.config.options` defines them."""

from typing import Literal, TypedDict


class LookKeywords(TypedDict, total=False):
    """The options of `pinxit.config.options.Look`."""

    size: int | Literal["full"]
    strength: float
    style_scale: float
    color: Literal["style", "luminance", "coral", "histogram"]
    seed: int


class AdainKeywords(TypedDict, total=False):
    """The options of `pinxit.config.options.Adain`; those of `pinxit.config.options.Fast` are among them."""

    model: str
    provider: Literal["auto", "cpu", "cuda", "coreml", "directml", "openvino"]
    tile: int
    threads: int


class StylizeKeywords(LookKeywords, AdainKeywords, total=False):
    """The options of the look and of all methods."""

    content_weight: float
    style_weight: float
    tv_weight: float
    content_layers: str
    style_layers: str
    losses: Literal["neighbors", "relative", "gatys"]
    effort: Literal["quick", "good", "best"]
    optimizer: Literal["lbfgs", "adam"]
    steps: int
    levels: int
    init: str
    learning_rate: float
    pooling: Literal["max", "average"]
    vgg: str
    device: Literal["auto", "cpu", "cuda", "mps"]
    precision: Literal["auto", "float32", "bfloat16"]


class VideoKeywords(StylizeKeywords, total=False):
    """The options of films, of the look and of all methods."""

    steadiness: float
    paint_every: int
    temporal_weight: float
    start: float
    end: float
    fps: float
    codec: Literal["auto", "h264", "h265", "vp9", "prores"]
    crf: int
    depth: Literal["auto", "8", "10", "16"]
    segment: int


class OutputKeywords(TypedDict, total=False):
    """The options of `pinxit.config.options.Output`."""

    quality: int


class ScoringKeywords(TypedDict, total=False):
    """The options of `pinxit.config.options.Scoring`."""

    size: int
    vgg: str
