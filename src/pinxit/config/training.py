"""How the one-pass networks are taught: their options, as those in `pinxit.config.options`."""

from __future__ import annotations

from dataclasses import dataclass

from pinxit.config.options import STYLE_LAYERS, Optimize
from pinxit.config.spec import Options, check, option, same
from pinxit.errors import BadOption

STRENGTHS = {"gentle": 0.25, "medium": 0.5, "strong": 0.75, "wild": 1.0}
"""Words for how strongly to paint."""

COUNTS = {"widths": (1, 4096, "16,32,128,128"), "blocks": (0, 64, "0,1,0,4")}
"""Fewest and most channels, and residual blocks, at a stride; and an example."""

WINDOW = 64
"""Side of the squares in which `pinxit.training.losses.grid_artifact` looks for grids, px."""

SCRATCH = "scratch"
"""Where a training begins that knows nothing yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainAdain(Options):
    """How the network of the method adain is taught."""

    minutes: float = option(60.0, "How long to train in this run.", low=0.0, high=1e6, unit="minutes")
    total_minutes: float = option(
        0.0,
        "How long all runs together will train, which the learning rate follows; 0: as long as the runs so far and "
        "this one.",
        low=0.0,
        high=1e6,
        unit="minutes",
    )
    steps: int = option(0, "Steps of all runs together; 0 lets the minutes decide.", low=0, high=100_000_000)
    batch: int = option(16, "Photos, and paintings, a step, for each process.", low=1, high=4096)
    each: int = option(
        1,
        "Paintings in which each photo of a step is painted. More costs less a picture: the loss network looks at each "
        "photo and each painting once.",
        low=1,
        high=64,
    )
    side: int = option(256, "Side of the squares that are painted.", low=32, high=1024, unit="px")
    stored: int = option(
        512,
        "Side of the pictures kept in memory, of which squares are cut: strokes are learned at this size. No more than "
        "the pictures' own short side: enlarged ones are soft, and teach soft strokes.",
        low=32,
        unit="px",
    )
    photos_stored: int = option(
        0,
        "The same for the photos alone; 0: as the paintings. Larger, for networks that will paint large pictures: more "
        "is flat there, and wants strokes.",
        low=0,
        unit="px",
    )
    learning_rate: float = option(1e-3, "Adam's highest learning rate.", low=1e-8, high=1.0)
    warmup: int = option(500, "Steps over which the learning rate rises.", low=0, high=1_000_000)
    clip: float = option(1.0, "Largest norm of the gradient.", low=1e-6, high=1e6)
    average: float = option(0.999, "Share of the averaged weights that a step keeps.", low=0.0, high=0.999999)
    content_weight: float = option(0.3, "Weight of the content loss.", low=0.0, high=1e6)
    style_weight: float = option(1.0, "Weight of the style loss.", low=0.0, high=1e6)
    moments_weight: float = option(0.1, "Weight of the features' means and deviations.", low=0.0, high=1e6)
    identity_weight: float = option(2.0, "Weight of painting a picture in its own style.", low=0.0, high=1e6)
    tv_weight: float = option(0.02, "Weight of the total variation.", low=0.0, high=1e6)
    weave_weight: float = option(
        0.0,
        "Weight of grids that stand out with the painter's strides, 2, 4 and 8 px; it needs a --side of 64 px or more.",
        low=0.0,
        high=1e6,
    )
    thin: float = option(
        0.7,
        "Share of the training in which the losses are those of a VGG-19 with half of its channels, which takes a "
        "third of the time; the rest, which finishes the network, sees with the whole one.",
        low=0.0,
        high=1.0,
    )
    begin: str = option("", "A finished network, as a file, to begin with in place of random weights.")
    widths: str = option(
        "",
        "Channels of the painter at stride 2, 4, 8, 16, as 16,32,128,128: fewer paint faster. With --begin, that "
        "network's channels are thinned out to so many. Empty: as many as the network has.",
    )
    blocks: str = option(
        "",
        "Residual blocks of the painter at these strides, as 0,1,0,4: fewer paint faster. With --begin, that network's "
        "last ones are left out. Empty: as many as the network has.",
    )
    content_layers: str = option("conv4_1,conv4_2", "Layers of the content loss: NAME or NAME=WEIGHT.")
    style_layers: str = option(",".join(STYLE_LAYERS), "Layers of the style loss: NAME or NAME=WEIGHT.")
    identities: float = option(0.125, "Share of the photos that are painted in their own style too.", low=0.0, high=1.0)
    recolored: float = option(0.3, "Share of the styles seen in other colors.", low=0.0, high=1.0)
    save_minutes: float = option(2.0, "Time between checkpoints.", low=0.0, high=1e6, unit="minutes")
    seed: int = option(0, "Seed of every random number.", low=0, high=2**32 - 1)
    vgg: str = same(Optimize, "vgg")
    device: str = same(Optimize, "device")
    precision: str = option("auto", "Arithmetic of the networks.", choices=("auto", "float32", "bfloat16"))
    compile: bool = option(False, "Let torch.compile make the network faster, after a minute's wait.")
    threads: int = same(Optimize, "threads")

    def __post_init__(self) -> None:
        check(self)
        for name in COUNTS:
            counts_of(name, getattr(self, name))
        if self.weave_weight and self.side < WINDOW:
            raise BadOption(f"side is {self.side}; with a weave_weight it must be {WINDOW} px or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainFast(Options):
    """How a network of one style, or of several, is taught."""

    strong: str = option(
        "strong",
        "How strongly to paint: gentle, medium, strong, wild, or a number from 0 (the photo, touched up) to 1 (paint, "
        "with a photo under it). The weights of the losses follow from it.",
    )
    minutes: float = option(
        15.0,
        "The longest that all runs together train; they stop sooner where the held-out score no longer improves.",
        low=0.0,
        high=1e6,
        unit="minutes",
    )
    steps: int = option(0, "Stop after so many steps; 0 lets minutes and score decide.", low=0, high=100_000_000)
    begin: str = option(
        "shipped",
        "Where to start: shipped (the network of adain that comes with pinxit), scratch (random weights), or "
        "a finished network, as a file.",
        words=("shipped", SCRATCH),
    )
    only: str = option(
        "",
        "Names of the styles to teach, as NAME,NAME; the others, and what all share, stay as they are. Empty: all.",
    )
    batch: int = option(
        1, "Photos a step, for each process: one large square teaches more than two small ones.", low=1, high=4096
    )
    side: int = option(224, "Side of the squares that are painted.", low=32, high=1024, unit="px")
    stored: int = option(384, "Side of the photos kept in memory, of which squares are cut.", low=32, unit="px")
    painted: int = option(
        512, "Long side of the pictures that strokes are made for: the style is seen at this size.", low=32, unit="px"
    )
    crops: int = option(512, "Different squares of photos to learn from; their features are kept.", low=1, high=100_000)
    learning_rate: float = option(1e-3, "Adam's highest learning rate.", low=1e-8, high=1.0)
    warmup: int = option(30, "Steps over which the learning rate rises.", low=0, high=1_000_000)
    clip: float = option(1.0, "Largest norm of the gradient.", low=1e-6, high=1e6)
    average: float = option(0.99, "Share of the averaged weights that a step keeps.", low=0.0, high=0.999999)
    tv_weight: float = option(0.02, "Weight of the total variation, which smooths noise.", low=0.0, high=1e6)
    moments_weight: float = option(0.1, "Weight of the features' means and deviations.", low=0.0, high=1e6)
    places_weight: float = option(
        50.0, "Weight of how much some places, as the left edge, are painted otherwise than others.", low=0.0, high=1e6
    )
    quiet_weight: float = option(
        0.0,
        "Weight of painting nothing where a photo shows nothing, as in a sky: for works of few things on empty ground.",
        low=0.0,
        high=1e6,
    )
    identity_weight: float = option(2.0, "Weight of painting a photo as it is at strength 0.", low=0.0, high=1e6)
    save_minutes: float = option(1.0, "Least time between two scores and checkpoints.", low=0.0, unit="minutes")
    seed: int = same(TrainAdain, "seed")
    vgg: str = same(Optimize, "vgg")
    device: str = same(Optimize, "device")
    precision: str = same(TrainAdain, "precision")
    threads: int = same(Optimize, "threads")

    def __post_init__(self) -> None:
        check(self)
        self.share()

    def share(self) -> float:
        """Return how strongly to paint, as `share_of` reads it."""
        return share_of(self.strong)


def share_of(strong: str) -> float:
    """Return how strongly to paint, 0 to 1, for a word or a number that says so.

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
    """Return how many channels, or blocks, to have at each stride, for ``16,32,128,128``; for an empty text, nothing.

    ``name``  which of `COUNTS`

    Raises `BadOption` for any other text.
    """
    low, high, example = COUNTS[name]
    words = [word.strip() for word in text.split(",")] if text.strip() else []
    if not all(word.isdecimal() and low <= int(word) <= high for word in words):
        raise BadOption(f"{name} is {text!r}; it must be numbers from {low} to {high}, as {example}")
    return tuple(map(int, words))


def trim_of(trim: str) -> tuple[float, float, float, float]:
    """Return which shares of a picture's sides to cut off, 0 to 0.45, for ``5% 3% 5% 3%``: top, right, bottom, left.

    One number stands for all four; an empty text for nothing.

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


TRAIN_GROUPS: dict[str, type[Options]] = {"Training adain": TrainAdain}
"""``heading -> options class`` of ``pinxit train adain``."""

TEACH_GROUPS: dict[str, type[Options]] = {"Training fast": TrainFast}
"""The same of ``pinxit train fast`` and ``pinxit train gallery``."""
