"""Options of the trainings, declared like those in `pinxit.config.options`."""

from dataclasses import dataclass

from pinxit.config.options import STYLE_LAYERS, Optimize
from pinxit.config.spec import Options, check, option, same
from pinxit.errors import BadOption

STRENGTHS = {"gentle": 0.25, "medium": 0.5, "strong": 0.75, "wild": 1.0}
"""Words for how strongly a trained style paints."""

COUNTS = {"widths": (1, 4096, "16,32,128,128"), "blocks": (0, 64, "0,1,0,4")}
"""Fewest and most channels, and residual blocks, at one stride; and an example."""

WINDOW = 64
"""Side of the windows in which `grid_artifact_loss` of `pinxit.training.losses.pixels` looks for grids, px."""

SCRATCH = "scratch"
"""The value of ``begin`` that starts from random weights."""

RENAMED = {
    "average": "ema_decay", "clip": "grad_clip", "each": "styles_per_photo", "identities": "identity_share",
    "painted": "style_size", "photos_stored": "photo_size", "places_weight": "position_bias_weight",
    "quiet_weight": "flat_region_weight", "recolored": "recolor_share", "side": "crop_size", "stored": "image_size",
    "style_layers": "gram_layers", "thin": "pruned_vgg_share", "weave_weight": "grid_artifact_weight",
}  # fmt: skip
"""Old name of an option -> its name now. The command line accepts the old ones until the next version."""


def _weight(default: float, help: str) -> float:
    return option(default, help, low=0.0, high=1e6)


def _minutes(default: float, help: str) -> float:
    return option(default, help, low=0.0, high=1e6, unit="minutes")


def _share(default: float, help: str) -> float:
    return option(default, help, low=0.0, high=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainAdain(Options):
    """How the network of the method adain is trained."""

    minutes: float = _minutes(60.0, "Length of this run.")
    total_minutes: float = _minutes(
        0.0, "Length of all runs together, by which the learning rate falls; 0: the runs so far and this one."
    )
    steps: int = option(0, "Steps of all runs together; 0: the minutes decide.", low=0, high=100_000_000)
    batch: int = option(16, "Photos, and paintings, per step and process.", low=1, high=4096)
    styles_per_photo: int = option(
        1, "Paintings in whose style each photo of a step is painted; more cost less per pair.", low=1, high=64
    )
    crop_size: int = option(256, "Side of the crops that are trained on.", low=32, high=1024, unit="px")
    image_size: int = option(
        512, "Short side to which pictures are resized before they are cropped: at most their own.", low=32, unit="px"
    )
    photo_size: int = option(
        0, "The same for the photos alone; 0: --image-size. Choose more to paint large pictures.", low=0, unit="px"
    )
    learning_rate: float = option(1e-3, "Adam's highest learning rate.", low=1e-8, high=1.0)
    warmup: int = option(500, "Steps over which the learning rate rises.", low=0, high=1_000_000)
    grad_clip: float = option(1.0, "Largest norm of the gradient.", low=1e-6, high=1e6)
    ema_decay: float = option(
        0.999, "Decay of the weights' exponential moving average, which is the network used.", low=0.0, high=0.999999
    )
    content_weight: float = _weight(0.3, "Weight of the content loss.")
    style_weight: float = _weight(1.0, "Weight of the Gram loss.")
    moments_weight: float = _weight(0.1, "Weight of the features' means and standard deviations.")
    remd_weight: float = _weight(0.0, "Weight of the relaxed earth mover's distance (STROTSS).")
    self_similarity_weight: float = _weight(
        0.0, "Weight of the content's self-similarity (STROTSS), which keeps faces whole."
    )
    palette_weight: float = _weight(0.0, "Weight of colors in other amounts than in the style picture.")
    identity_weight: float = _weight(2.0, "Weight of painting a photo in its own style.")
    tv_weight: float = _weight(0.02, "Weight of the total variation.")
    grid_artifact_weight: float = _weight(
        0.0, "Weight of grids with the network's strides, 2, 4 and 8 px; needs a --crop-size of 64 px or more."
    )
    pruned_vgg_share: float = _share(
        0.7, "Share of the training whose losses a pruned VGG-19 computes, in a third of the time."
    )
    begin: str = option("", "File of a trained network to start from, in place of random weights.")
    widths: str = option(
        "",
        "Channels of the transform network at strides 2, 4, 8, 16, as 16,32,128,128: fewer paint faster. With --begin, "
        "channels of that network are pruned. Empty: as many as the network has.",
    )
    blocks: str = option(
        "",
        "Residual blocks of the transform network at these strides, as 0,1,0,4: fewer paint faster. With --begin, the "
        "last blocks of that network are removed. Empty: as many as the network has.",
    )
    content_layers: str = option("conv4_1,conv4_2", "Layers of the content loss: NAME or NAME=WEIGHT.")
    gram_layers: str = option(
        ",".join(STYLE_LAYERS), "Layers of the Gram loss and of the moments: NAME or NAME=WEIGHT."
    )
    remd_layers: str = option(
        "conv2_1,conv3_1,conv4_1", "Layers of the relaxed earth mover's distance: NAME or NAME=WEIGHT."
    )
    remd_samples: int = option(
        512, "Positions per picture that the relaxed earth mover's distance compares.", low=16, high=4096
    )
    self_similarity_layers: str = option("conv4_1", "Layers of the self-similarity: NAME or NAME=WEIGHT.")
    identity_share: float = _share(0.125, "Share of the photos that are also painted in their own style.")
    recolor_share: float = _share(0.3, "Share of the paintings whose colors are changed.")
    save_minutes: float = _minutes(2.0, "Time between checkpoints.")
    seed: int = option(
        0,
        "Seed of every random number. With --steps and --minutes 0, equal trainings give equal weights on one machine "
        "with as many threads.",
        low=0,
        high=2**32 - 1,
    )
    vgg: str = same(Optimize, "vgg")
    device: str = same(Optimize, "device")
    precision: str = option("auto", "Arithmetic of the networks.", choices=("auto", "float32", "bfloat16"))
    compile: bool = option(False, "Speed the network up with torch.compile, which takes a minute first.")
    threads: int = same(Optimize, "threads")

    def __post_init__(self) -> None:
        check(self)
        for name in COUNTS:
            counts_of(name, getattr(self, name))
        _check_window(self.grid_artifact_weight, self.crop_size)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainFast(Options):
    """How a network of one style, or of several, is trained."""

    strong: str = option(
        "strong", "How strongly to paint: gentle, medium, strong, wild, or 0 (near the photo) to 1 (near the painting)."
    )
    minutes: float = _minutes(
        15.0, "Most minutes of all runs together; training ends sooner where the held-out score no longer improves."
    )
    steps: int = option(0, "Most steps of all runs together; 0: minutes and score decide.", low=0, high=100_000_000)
    begin: str = option(
        "shipped",
        "Network to start from: shipped (the network of adain that comes with pinxit), scratch (random weights), or "
        "the file of a trained network.",
        words=("shipped", SCRATCH),
    )
    only: str = option(
        "", "Names of the styles to train, as NAME,NAME; the others and the shared weights stay unchanged. Empty: all."
    )
    batch: int = option(
        1, "Photos per step and process: one large crop trains better than two small ones.", low=1, high=4096
    )
    crop_size: int = option(224, "Side of the crops that are trained on.", low=32, high=1024, unit="px")
    image_size: int = option(384, "Short side to which photos are resized before they are cropped.", low=32, unit="px")
    style_size: int = option(
        512, "Long side of the style picture: strokes suit pictures of this size.", low=32, unit="px"
    )
    crops: int = option(512, "Different crops of photos; their features are cached.", low=1, high=100_000)
    learning_rate: float = same(TrainAdain, "learning_rate")
    warmup: int = option(30, "Steps over which the learning rate rises.", low=0, high=1_000_000)
    grad_clip: float = same(TrainAdain, "grad_clip")
    ema_decay: float = option(
        0.99, "Decay of the weights' exponential moving average, which is the network used.", low=0.0, high=0.999999
    )
    tv_weight: float = _weight(0.02, "Weight of the total variation, which smooths noise.")
    moments_weight: float = same(TrainAdain, "moments_weight")
    gram_layers: str = same(TrainAdain, "gram_layers")
    remd_weight: float = same(TrainAdain, "remd_weight")
    remd_layers: str = same(TrainAdain, "remd_layers")
    remd_samples: int = same(TrainAdain, "remd_samples")
    self_similarity_weight: float = same(TrainAdain, "self_similarity_weight")
    position_bias_weight: float = _weight(
        50.0, "Weight of colors that the style puts at the same position of every picture."
    )
    flat_region_weight: float = _weight(
        0.0, "Weight of shapes painted into flat regions such as skies: for paintings with an empty ground."
    )
    palette_weight: float = same(TrainAdain, "palette_weight")
    grid_artifact_weight: float = same(TrainAdain, "grid_artifact_weight")
    identity_weight: float = _weight(2.0, "Weight of leaving a photo unchanged at strength 0.")
    save_minutes: float = option(1.0, "Least time between two evaluations and checkpoints.", low=0.0, unit="minutes")
    seed: int = same(TrainAdain, "seed")
    vgg: str = same(Optimize, "vgg")
    device: str = same(Optimize, "device")
    precision: str = same(TrainAdain, "precision")
    threads: int = same(Optimize, "threads")

    def __post_init__(self) -> None:
        check(self)
        share_of(self.strong)
        _check_window(self.grid_artifact_weight, self.crop_size)


def _check_window(grid_artifact_weight: float, crop_size: int) -> None:
    if grid_artifact_weight and crop_size < WINDOW:
        raise BadOption(f"crop_size is {crop_size}; with a grid_artifact_weight it must be {WINDOW} px or more")


def share_of(strong: str) -> float:
    """Return how strongly to paint, 0 to 1, from a word of `STRENGTHS` or a number.

    Raises `BadOption` for any other.
    """
    try:
        share = STRENGTHS[strong] if strong in STRENGTHS else float(strong)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise BadOption(f"strong is {strong!r}; it must be {', '.join(STRENGTHS)}, or a number from 0 to 1")
    return share


def counts_of(name: str, text: str) -> tuple[int, ...]:
    """Return the channels, or blocks, at each stride from ``16,32,128,128``; () from an empty text.

    ``name``  one of `COUNTS`

    Raises `BadOption` for any other text.
    """
    low, high, example = COUNTS[name]
    words = [word.strip() for word in text.split(",")] if text.strip() else []
    if not all(word.isdecimal() and low <= int(word) <= high for word in words):
        raise BadOption(f"{name} is {text!r}; it must be numbers from {low} to {high}, such as {example}")
    return tuple(map(int, words))


def trim_of(trim: str) -> tuple[float, float, float, float]:
    """Return the shares of a picture to cut off, 0 to 0.45, from ``5% 3% 5% 3%``: top, right, bottom, left.

    One number stands for all four sides, an empty text for no cut.

    Raises `BadOption` for any other.
    """
    words = trim.split() or ["0%"]
    try:
        shares = [float(word.removesuffix("%")) / 100 for word in words if word.endswith("%")]
    except ValueError:
        shares = []
    if len(shares) != len(words) or len(shares) not in (1, 4) or not all(0 <= share <= 0.45 for share in shares):
        raise BadOption(
            f"trim is {trim!r}; it must be a share to cut off, 0% to 45%, or four: top, right, bottom, left"
        )
    top, right, bottom, left = shares * (4 // len(shares))
    return top, right, bottom, left


TRAIN_ADAIN_GROUPS: dict[str, type[Options]] = {"Training adain": TrainAdain}
TRAIN_FAST_GROUPS: dict[str, type[Options]] = {"Training fast": TrainFast}
"""``heading -> options class`` of ``pinxit train adain``; and of ``pinxit train fast`` and ``gallery``."""
