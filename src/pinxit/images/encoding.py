"""Arrays to picture files: PNG, JPEG, WebP, TIFF, GIF; with the recipe and none of the input's metadata."""

import io
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from pinxit.config.options import Output
from pinxit.errors import BadOption, Diverged, NotFound, OutOfMemory, TooLarge
from pinxit.files import atomic
from pinxit.images import metadata, png, profiles
from pinxit.images.types import Image

DEFAULTS = Output()

_FORMATS = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "webp": "WEBP", "tif": "TIFF", "tiff": "TIFF"}
_LONGEST_SIDE = {"JPEG": 65_500, "WEBP": 16_383}
_XMP_TAG = 700
_BAND = 512  # rows converted at a time, so that a large picture is not copied three times

Frame = NDArray[np.uint8]  # (H, W, 3), sRGB, 0 to 255


def write(
    image: Image,
    target: str | os.PathLike[str] | BinaryIO,
    *,
    format: str = "",
    recipe: str = "",
    output: Output = DEFAULTS,
    protect: Iterable[str | os.PathLike[str]] = (),
) -> None:
    """Write ``image`` to the path or open binary file ``target``; a path whole or not at all.

    ``format`` is by default the ending of the target's name; see `encode`. ``protect`` are the inputs, which are
    never overwritten.

    Raises what `encode` raises, `BadOption` if the name ends in no known format, `WriteFailed`, `DiskFull`.
    """
    if isinstance(target, str | os.PathLike):
        data = encode(image, format or format_of(target), recipe=recipe, output=output)
        atomic.save(data, target, protect=protect)
        return
    data = encode(image, format, recipe=recipe, output=output)
    try:
        target.write(data)
        target.flush()
    except OSError as error:
        raise atomic.failure(error, "the picture") from error


def format_of(target: str | os.PathLike[str]) -> str:
    """Return the format that a file's name ends in, without the dot; raises `BadOption` if pinxit does not write it."""
    name = Path(target).name
    suffix = Path(target).suffix.lower().removeprefix(".")
    if not suffix:
        raise BadOption(f"the name {name!r} does not say the format: let it end in .png, .jpg, .webp or .tiff")
    _known(suffix, f"the output {name} ends in")
    return suffix


def check_format(format: str, target: str | os.PathLike[str]) -> None:
    """Raise `BadOption` if pinxit does not write ``format``, or the target's name ends in another one."""
    kind = _known(format.lower(), "format is")
    suffix = Path(target).suffix.removeprefix(".")
    if _FORMATS.get(suffix.lower(), kind) != kind:
        name = Path(target).name
        raise BadOption(f"{name} ends in {suffix!r}, but format is {format!r}: leave that out, or give another name")


def encode(image: Image, format: str, *, recipe: str = "", output: Output = DEFAULTS) -> bytes:
    """Return ``image``, (H, W, 3 or 4) in [0, 1], as the bytes of a picture file; equal inputs give equal bytes.

    ``format`` is png, jpeg (jpg), webp or tiff (tif). 8 bits a sample, rounded to nearest; values outside
    [0, 1] are clipped. The file has an sRGB profile, and the ``recipe`` as UTF-8 text. Alpha is written; for JPEG,
    which has none, the picture is put on white.

    Raises `BadOption` for another format, `Diverged` for a picture that is not finite everywhere, `TooLarge`
    for one with a side longer than the format allows, `BadRecipe` for a recipe of more than 60,000 bytes.
    """
    kind = _known(format.lower(), "format is")
    if image.ndim != 3 or image.shape[2] not in (3, 4):
        raise ValueError(f"an image is (H, W, 3) or (H, W, 4), not {image.shape}")
    longest = _LONGEST_SIDE.get(kind, 2**31 - 1)
    if max(image.shape[:2]) > longest:
        raise TooLarge(f"{kind} has at most {longest:,} px a side; write PNG or TIFF, or paint smaller")
    if kind == "JPEG" and image.shape[2] == 4:
        alpha = image[..., 3:]
        image = image[..., :3] * alpha + (1 - alpha)
    recipe = metadata.clean(recipe)
    try:
        samples = _to_bytes(image)
        if kind == "PNG":
            return png.encode(samples, profiles.srgb(), metadata.KEYWORD, recipe)
        file = io.BytesIO()
        PIL.Image.fromarray(samples).save(file, kind, icc_profile=profiles.srgb(), **_settings(kind, recipe, output))
        return file.getvalue()
    except MemoryError as error:
        raise OutOfMemory("not enough memory to encode the picture; paint smaller") from error


def deep_png(image: Image) -> bytes:
    """Return ``image``, (H, W, 3 or 4) in [0, 1], as a PNG of 16 bits a sample, in sRGB."""
    return png.encode(np.rint(np.clip(image, 0, 1) * 65535).astype(np.uint16), profiles.srgb())


def to_pillow(image: Image) -> PIL.Image.Image:
    """Return ``image``, (H, W, 3 or 4) in [0, 1], as a picture of Pillow, 8 bits a sample, in sRGB."""
    picture = PIL.Image.fromarray(_to_bytes(image))
    picture.info["icc_profile"] = profiles.srgb()
    return picture


def has_screen() -> bool:
    """Return whether there is a desktop, where a program can show a picture."""
    return sys.platform != "linux" or not {"DISPLAY", "WAYLAND_DISPLAY"}.isdisjoint(os.environ)


def show(image: Image) -> None:
    """Open ``image`` in the desktop's program for pictures; raises `NotFound` where there is none."""
    from PIL import ImageShow  # looks for programs when it is imported

    if not has_screen() or not ImageShow.show(to_pillow(image)):
        raise NotFound("no program that shows pictures was found here: save the picture to a file")


def encode_gif(frames: Sequence[Frame], *, frame_ms: int, last_ms: int) -> bytes:
    """Return a looping GIF of ``frames``, all of one size, each with its own 256 colors.

    Each frame is shown for ``frame_ms`` milliseconds, the last for ``last_ms``: multiples of 10, as GIF counts.
    """
    pictures = [PIL.Image.fromarray(frame).quantize(256, dither=PIL.Image.Dither.FLOYDSTEINBERG) for frame in frames]
    durations = [frame_ms] * (len(pictures) - 1) + [last_ms]
    file = io.BytesIO()
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:], duration=durations, loop=0, optimize=False)
    return file.getvalue()


def _known(format: str, what: str) -> str:
    if format not in _FORMATS:
        raise BadOption(f"{what} {format!r}; pinxit writes png, jpeg, webp and tiff")
    return _FORMATS[format]


def _to_bytes(image: Image) -> NDArray[np.uint8]:
    samples = np.empty(image.shape, np.uint8)
    for row in range(0, len(image), _BAND):
        band = image[row : row + _BAND]
        if not np.isfinite(band).all():
            raise Diverged("the picture has values that are not finite and was not written; lower the learning rate")
        samples[row : row + _BAND] = np.rint(np.clip(band, 0, 1) * 255)
    return samples


def _settings(kind: str, recipe: str, output: Output) -> dict[str, Any]:
    """Return the keywords of Pillow's save for each format."""
    packet = metadata.pack(recipe) if recipe else b""
    if kind == "TIFF":
        return {"compression": "tiff_adobe_deflate", "tiffinfo": {_XMP_TAG: packet} if packet else {}}
    if kind == "WEBP":
        return {"quality": output.quality, "xmp": packet}
    # Full-resolution color: strokes are saturated, and halved chroma smears their edges.
    return {"quality": output.quality, "subsampling": 0, "xmp": packet}
