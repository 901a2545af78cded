"""Make the example pictures of the studio's page: paintings and photos.

::

    python tools/assets/make_studio_pictures.py            # into src/pinxit/studio/static/pictures

The paintings are those of `make_pictures`. The photo of the lake is computed here: a landscape of noise,
rendered with light and a reflection; the cat and the coffee are CC0 photos from scikit-image.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from make_pictures import Picture, content, make_style
from numpy.typing import NDArray
from painting import STYLES
from PIL import Image
from scipy.ndimage import map_coordinates  # type: ignore[import-untyped]

FOLDER = Path(__file__).parents[2] / "src" / "pinxit" / "studio" / "static" / "pictures"
PAINTING, PAINTING_SMALL = 640, 192  # px, long side
PHOTO_SMALL = 160
LAKE = (1280, 853)
PHOTOS = {"cat": "chelsea", "coffee": "coffee"}
Map = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="*", help="names to make (default: all)")
    only = parser.parse_args().only
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in STYLES:
        if not only or name in only:
            picture = shot(make_style(name, 2 * PAINTING))
            write(picture, PAINTING, f"{name}.webp", quality=82, method=6)
            write(square(picture), PAINTING_SMALL, f"{name}-small.webp", quality=80, method=6)
    for name in ("lake", "cat", "coffee"):
        if not only or name in only:
            picture = shot(lake(*LAKE) if name == "lake" else content(PHOTOS[name]))
            write(picture, max(picture.size), f"{name}.jpg", quality=88)
            write(square(picture), PHOTO_SMALL, f"{name}-small.jpg", quality=85)


def shot(picture: Picture) -> Image.Image:
    return Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))


def square(picture: Image.Image) -> Image.Image:
    """Cut the middle out."""
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return picture.crop((left, top, left + side, top + side))


def write(picture: Image.Image, side: int, name: str, **options: Any) -> None:
    small = picture.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    small.save(FOLDER / name, **options)


def noise(rng: np.random.Generator, side: int, fall: float, coarsest: float = 1.0) -> Map:
    """Noise that tiles, (side, side), mean 0 and deviation 1, whose amplitude falls with frequency ** ``fall``."""
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)) * side
    spectrum = rng.normal(size=frequency.shape) + 1j * rng.normal(size=frequency.shape)
    spectrum *= np.where(frequency < coarsest, 0, np.maximum(frequency, 1) ** -fall)
    field = np.fft.irfft2(spectrum, s=(side, side))
    return np.asarray((field - field.mean()) / field.std())


def lake(width: int, height: int) -> Picture:
    """A mountain lake in the evening, (height, width, 3)."""
    rng = np.random.default_rng(7)
    horizon = int(height * 0.56)
    sky = _sky(width, height, horizon, rng)
    land, far = _mountains(width, height, horizon, rng, sky)
    scene = np.where(far[..., None] > 0, land, sky)
    scene = _mirrored(scene, horizon, rng)
    scene = _shore(scene, horizon, rng)
    grain = rng.normal(size=(height, width, 1)) * 0.012
    return np.clip(scene + grain, 0, 1).astype(np.float32)


def _sky(width: int, height: int, horizon: int, rng: np.random.Generator) -> Map:
    """From blue above to a warm band at the horizon, with clouds that catch the light from below."""
    y = (np.arange(height)[:, None] / horizon).clip(0, 1)
    x = np.arange(width)[None] / width
    stops = np.array([[0.17, 0.30, 0.52], [0.44, 0.58, 0.74], [0.93, 0.76, 0.60], [1.0, 0.80, 0.55]])
    sky = np.stack([np.interp(y[:, 0], [0, 0.45, 0.85, 1], stops[:, c]) for c in range(3)], 1)[:, None].repeat(width, 1)
    glow = np.exp(-(((x - 0.68) / 0.22) ** 2) - ((y - 0.9) / 0.35) ** 2)
    sky = sky + glow[..., None] * np.array([0.25, 0.14, 0.02])
    # clouds: noise seen in perspective, on a plane overhead
    depth = 1 / (1.12 - y)
    field = noise(rng, 1024, 1.75, 3)
    rows = (depth * 210).astype(int) % 1024
    columns = (((x - 0.5) * depth * 560) + 700).astype(int) % 1024
    density = np.clip(field[rows, columns] * 0.55 - 0.12, 0, 1) ** 0.8 * np.clip((y < 0.97) * (1.15 - y), 0, 1)
    lit = np.array([1.0, 0.80, 0.66]) * (0.75 + 0.35 * glow[..., None])
    lit = lit + np.array([0.0, 0.02, 0.08]) * (1 - y[..., None])
    cloudy: Map = sky * (1 - density[..., None] * 0.9) + lit * density[..., None] * 0.9
    return cloudy


def _mountains(width: int, height: int, horizon: int, rng: np.random.Generator, sky: Map) -> tuple[Map, Map]:
    """Ridges from far to near over the sky; their color (height, width, 3), and where they are."""
    side = 2048
    ridged = 1 - np.abs(noise(rng, side, 2.3, 3)) * 0.9
    ground = ridged * 0.62 + noise(rng, side, 2.1, 4) * 0.20 + noise(rng, side, 1.7, 24) * 0.05
    slope_y, slope_x = np.gradient(ground * 60)
    light = (0.80 * slope_x - 0.25 * slope_y + 0.62) / np.sqrt(1 + slope_x**2 + slope_y**2)
    color, where = np.zeros((height, width, 3)), np.zeros((height, width))
    rows = np.arange(height)[:, None]
    for distance in np.geomspace(9.0, 1.25, 760):
        across = (np.arange(width) / width - 0.5) * distance * 150 + 940
        z = int(distance * 90 + 310) % side
        here = np.interp(across % side, np.arange(side), ground[z])
        valley = np.clip(np.abs((np.arange(width) / width - 0.60) * distance * 0.9) - 0.28, 0, 1) ** 0.8
        rise = (here + 0.15) * (0.25 + valley * 1.15) * min(1.0, (distance - 1.0) / 1.3) - 0.16
        top = horizon - rise / distance * height * 1.15
        sun = np.interp(across % side, np.arange(side), light[z])[:, None]
        shade = np.clip(sun, 0.05, 1.5)
        snow = np.clip((rise[:, None] - 0.62 + 0.25 * sun) * 5, 0, 1)
        forest = np.clip((0.50 - rise[:, None]) * 4, 0, 1)
        rock = np.array([0.40, 0.36, 0.35]) * (1 - forest) + np.array([0.13, 0.22, 0.13]) * forest
        stuff = (rock * (1 - snow) + np.array([0.98, 0.95, 0.95]) * snow) * shade * np.array([1.18, 0.98, 0.82])
        stuff = stuff + np.array([0.05, 0.07, 0.12]) * (1 - shade.clip(0, 1))
        haze = 1 - np.exp(-distance / 7.5)
        tint = np.array([0.80, 0.70, 0.66])
        fill = (rows >= top[None]) & (rows < horizon + 2)
        color = np.where(fill[..., None], (stuff * (1 - haze) + tint * haze)[None], color)
        where = np.where(fill, 1, where)
    return color, where


def _mirrored(scene: Map, horizon: int, rng: np.random.Generator) -> Map:
    """Below the horizon, water: the scene upside down, blurred along the waves, darker toward us."""
    height, width = scene.shape[:2]
    below = np.arange(horizon, height)
    near = (below - horizon) / (height - horizon)
    waves = noise(rng, 1024, 1.1, 6)
    depth = 1 / (near + 0.035)
    across = (np.arange(width)[None] - width / 2) * (depth / 14)[:, None]
    places = np.stack([np.broadcast_to((depth * 90)[:, None], across.shape), across])
    crest = map_coordinates(waves, places, order=1, mode="grid-wrap")
    ripple = crest * (2.0 + 9.0 * near[:, None])
    source = np.clip(2 * horizon - below[:, None] - 1 + ripple * 1.6 - near[:, None] * 10, 0, horizon - 1).astype(int)
    x = np.clip(np.arange(width)[None] + ripple * 0.4, 0, width - 1).astype(int)
    mirrored = scene[source, x] * (0.86 - 0.22 * near[:, None, None]) + np.array([0.01, 0.04, 0.07])
    glint = np.clip(crest - 1.1, 0, 1)[..., None] * 0.12
    out = scene.copy()
    out[horizon:] = mirrored + glint
    return out


def _shore(scene: Map, horizon: int, rng: np.random.Generator) -> Map:
    """Pines along the near shore at the left and the right, dark against the light."""
    height, width = scene.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(float)
    left, right = np.exp(-((columns / width / 0.20) ** 2)), np.exp(-(((1 - columns / width) / 0.12) ** 2))
    bank = horizon + height * (0.34 - 0.30 * left - 0.10 * right)
    bank = bank + noise(rng, 2048, 1.5, 12)[0, :width][None] * 3 + height * 0.14
    alpha = np.clip((rows - bank) / 2, 0, 1)
    texture = noise(rng, 2048, 0.9, 30)[:height, :width]
    grass = np.array([0.10, 0.115, 0.06]) * (1 + 0.35 * texture[..., None])
    for _ in range(34):
        x = rng.choice([rng.uniform(-10, width * 0.26), rng.uniform(width * 0.90, width + 10)], p=[0.72, 0.28])
        tall = height * rng.uniform(0.16, 0.40) * (1 if x < width / 2 else 0.62)
        foot = bank[0, int(np.clip(x, 0, width - 1))] + rng.uniform(4, 24)
        down = np.clip((rows - (foot - tall)) / tall, 0, 1)
        tiers = 0.72 + 0.28 * ((down * rng.uniform(9, 13) + 0.16 * np.sin(columns * 0.9 + x)) % 1)
        half = tall * 0.17 * down**0.85 * tiers * (1 + 0.14 * texture)
        inside = (np.abs(columns - x) < half) & (down > 0) & (rows < foot)
        alpha = np.maximum(alpha, inside * 0.985)
    dark = grass * np.where(rows > bank, 1.0, 0.55)[..., None]
    shore: Map = scene * (1 - alpha[..., None]) + dark * alpha[..., None]
    return shore


if __name__ == "__main__":
    main()
