"""Picture files to arrays: the header is checked before decoding, and decoder errors become `PinxitError`."""

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from pinxit.config.options import Limits
from pinxit.errors import BadImage, BadRecipe, MissingExtra, PinxitError, TooLarge
from pinxit.images import metadata, netpbm, tiff
from pinxit.images.samples import to_array
from pinxit.images.sizes import fit, resize
from pinxit.images.sources import fetch, sniff
from pinxit.images.types import Image, Source

DEFAULTS = Limits()

_ORIENTATION = 0x0112
# Rec. 709, applied to the sRGB values; they sum to 1, so a gray mask keeps its values.
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
# Pixels accepted from any number of bytes; they take some 500 MB and two seconds at most.
_SMALL_ENOUGH = 25_000_000
# Pixels times scans of a JPEG, about two seconds of decoding; a typical progressive file has ten scans.
_SCAN_WORK = 3_200_000_000
# Pieces in which a file is read once, under a second; a PNG of 256 MB has some 160,000.
_READS = 1 << 18
# Segments of metadata in a JPEG, each of up to 64 KB, which Pillow joins or takes apart one by one.
_METADATA = 64
# Most bytes of Exif that are read for the orientation; cameras write up to 64 KB.
_EXIF = 1 << 18
# Warning filters and Pillow's pixel limit are global to the process: one thread changes them at a time.
_ONE_AT_A_TIME = threading.RLock()


@dataclass(frozen=True, slots=True)
class Header:
    """Format and size of a picture file, read without decoding it."""

    format: str  # Pillow's name of it, or PNM
    size: tuple[int, int]  # (height, width), px, upright


def look(source: Source, limits: Limits = DEFAULTS) -> Header:
    """Return a picture's `Header`; raises the same as `read`, except for damage that only decoding finds."""
    name, data = fetch(source, limits.image_bytes)
    kind = sniff(name, data)
    if kind == "PNM":
        return Header(kind, netpbm.decode(name, data, limits.image_pixels).shape[:2])
    with _opened(name, data, kind, limits) as picture:
        width, height = picture.size
        return Header(kind, (width, height) if _orientation(picture) >= 5 else (height, width))


def read(source: Source, limits: Limits = DEFAULTS, *, long_side: int = 0) -> Image:
    """Return a picture as float32 sRGB in [0, 1]: (H, W, 3), or (H, W, 4) if its file has transparency.

    ``source`` is a path, a picture file's bytes, or an open binary file. The content decides the format: JPEG, PNG,
    WebP, TIFF, BMP, GIF, AVIF, JPEG 2000, PGM, PPM, and HEIC if pillow-heif is installed. Only the first of several
    frames or pages is read. The picture is turned upright by its EXIF orientation and converted to sRGB by its ICC
    profile. Alpha is the last channel; colors are not premultiplied. 16-bit gray keeps its precision, and so does
    16-bit color without a profile. Gamma chunks of PNG are ignored, as in most programs.

    ``long_side``, px: if it is not 0, a larger JPEG is decoded at an eighth, a quarter or half of its size where
    that is enough, and resized to that long side.

    Raises `NotFound`, `UnsupportedFormat`, `TooLarge` (by the header, before decoding), `MissingExtra` (HEIC
    without pillow-heif) or `BadImage`.
    """
    return decode(*fetch(source, limits.image_bytes), limits, long_side)


def decode(name: str, data: bytes, limits: Limits, long_side: int = 0) -> Image:
    """Return the picture in a file's bytes, as `read` does; ``name`` is for messages."""
    kind = sniff(name, data)
    if kind == "PNM":
        return netpbm.decode(name, data, limits.image_pixels)
    with _opened(name, data, kind, limits) as picture:
        full = picture.height, picture.width
        if long_side:
            picture.draft(None, fit(full, long_side)[::-1])  # which only JPEG supports
        smaller = (picture.height, picture.width) != full
        image = to_array(picture, lambda: PIL.Image.open(_Bounded(name, data, kind), formats=[kind]))
        orientation = _orientation(picture)
    return _upright(resize(image, fit(full, long_side)) if smaller else image, orientation)


def from_pillow(picture: PIL.Image.Image, limits: Limits = DEFAULTS) -> Image:
    """Return a picture of Pillow, opened or made, as `read` returns that of its file; raises `TooLarge`, `BadImage`.

    One of mode F is (H, W), and its numbers are not changed: they have no usual range.
    """
    if picture.width * picture.height > limits.image_pixels:
        raise TooLarge(f"the picture has more than the {limits.image_pixels:,} pixels allowed; resize it")
    try:
        image = np.asarray(picture) if picture.mode == "F" else to_array(picture)
    except Exception as error:  # decoders raise anything
        raise BadImage(
            "the picture cannot be decoded: its file is damaged, or was closed before it was read"
        ) from error
    return _upright(image, _orientation(picture))


def read_mask(source: Source, limits: Limits = DEFAULTS) -> NDArray[np.float32]:
    """Return a picture as a mask, as `to_mask` does; raises the same as `read`."""
    return to_mask(read(source, limits))


def to_mask(image: Image) -> NDArray[np.float32]:
    """Return a picture, (H, W, 3 or 4), as a mask, (H, W) in [0, 1]: its luminance, black where it is transparent.

    If a picture has one color and its alpha varies, alpha is the mask.
    """
    luminance: NDArray[np.float32] = np.minimum(image[..., :3] @ _LUMINANCE, 1)
    if image.shape[2] == 3:
        return luminance
    alpha = image[..., 3]
    visible = image[alpha > 0][:, :3]
    if alpha.min() < alpha.max() and (visible == visible[0]).all():
        return np.ascontiguousarray(alpha)
    return luminance * alpha


def read_recipe(source: Source, limits: Limits = DEFAULTS) -> str:
    """Return the recipe that `write` put into a picture's metadata.

    Raises `BadRecipe` if there is none, and the same as `read`.
    """
    name, data = fetch(source, limits.image_bytes)
    kind = sniff(name, data)
    recipe = ""
    if kind != "PNM":
        with _opened(name, data, kind, limits) as picture:
            if kind == "PNG" and metadata.KEYWORD not in picture.info:
                picture.load()  # other programs may move text behind the pixels
            info = picture.info
            recipe = str(info.get(metadata.KEYWORD, "")) if kind == "PNG" else metadata.unpack(info.get("xmp", b""))
    if not recipe:
        raise BadRecipe(f"{name} has no recipe: it was not painted by pinxit, or its metadata was removed since")
    return recipe


@contextmanager
def _opened(name: str, data: bytes, kind: str, limits: Limits) -> Iterator[PIL.Image.Image]:
    """Yield the opened picture; meanwhile Pillow has our limits, gives no warnings, and its errors are translated."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", PIL.Image.DecompressionBombWarning)
        usual, PIL.Image.MAX_IMAGE_PIXELS = PIL.Image.MAX_IMAGE_PIXELS, limits.image_pixels
        PIL.Image.Exif.load = _load_exif  # type: ignore[assignment, method-assign]
        try:
            yield _open(name, data, kind, limits)
        except PinxitError:
            raise
        except (PIL.Image.DecompressionBombWarning, PIL.Image.DecompressionBombError) as error:
            raise TooLarge(
                f"{name} has more than the {limits.image_pixels:,} pixels allowed for one picture; save it smaller"
            ) from error
        except MemoryError as error:
            raise TooLarge(f"{name} needs more memory than is available; save it smaller") from error
        except Exception as error:  # decoders raise anything: one refusal in fifteen is no OSError
            raise BadImage(
                f"{name} is damaged, cut off or of a rare kind: its {kind} data cannot be decoded; "
                "try to open it in another program and to save it anew"
            ) from error
        finally:
            PIL.Image.MAX_IMAGE_PIXELS = usual
            PIL.Image.Exif.load = _exif_load  # type: ignore[method-assign]


def _open(name: str, data: bytes, kind: str, limits: Limits) -> PIL.Image.Image:
    """Return the picture with header read and checksums verified, but not decoded.

    Raises `TooLarge` for a small file that needs much work; Pillow enforces the limit of pixels.
    """
    if kind == "HEIF":
        try:
            import pillow_heif
        except ImportError as error:
            raise MissingExtra("opening HEIC pictures", "heif") from error
        pillow_heif.register_heif_opener()
    if kind == "JPEG" and max(map(data.count, (b"Exif\0\0", b"Photoshop 3.0\0"))) > _METADATA:
        raise TooLarge(f"{name} has far more metadata than a picture needs; save it anew")
    picture = PIL.Image.open(_Bounded(name, data, kind), formats=[kind])
    pixels = picture.width * picture.height
    if pixels > max(_SMALL_ENOUGH, limits.pixels_per_byte * len(data)):
        raise TooLarge(
            f"{name} says that it has {picture.width:,} x {picture.height:,} pixels in only {len(data):,} bytes, "
            "as no real picture does: it is damaged, or made to fill the memory"
        )
    if picture.format in ("JPEG", "MPO") and data.count(b"\xff\xda") * pixels > _SCAN_WORK:
        raise TooLarge(f"{name} has far more progressive scans than a JPEG of its size needs; save it anew")
    if kind != "PNG":  # no other format has checksums
        return picture
    picture.verify()  # after which it is unusable: open it again
    return PIL.Image.open(_Bounded(name, data, kind), formats=[kind])


_exif_load = PIL.Image.Exif.load


def _load_exif(exif: PIL.Image.Exif, data: bytes) -> None:
    """Read Exif as Pillow does, but none of more than `_EXIF` bytes: it makes an object of every number."""
    _exif_load(exif, data if len(data) <= _EXIF else b"")


class _Bounded(io.BytesIO):
    """A file in memory that may be read in `_READS` pieces, and twice as a whole: some keep their readers busy.

    The `tiff.hidden_tags` of a TIFF are read as tags of an unknown type, which Pillow leaves out.
    """

    def __init__(self, name: str, data: bytes, kind: str) -> None:
        super().__init__(data)
        self._name, self._reads, self._bytes = name, _READS, 2 * len(data) + _READS
        self._hidden = tiff.hidden_tags(name, data) if kind == "TIFF" else frozenset()

    def read(self, size: int | None = -1) -> bytes:
        """Read as any file does; raises `TooLarge` once it was enough."""
        is_hidden = self._hidden and self.tell() in self._hidden
        piece = super().read(size)
        self._reads, self._bytes = self._reads - 1, self._bytes - len(piece)
        if self._reads < 0 or self._bytes < 0:
            raise TooLarge(f"{self._name} is made of more pieces than a picture of its size has; save it anew")
        return piece[:2] + bytes(2) + piece[4:] if is_hidden else piece


def _orientation(picture: PIL.Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; 1 if it is missing or broken. Pillow itself turns TIFF while loading."""
    try:
        orientation = picture.getexif().get(_ORIENTATION, 1)
    except Exception:  # broken metadata is no reason to refuse a good picture
        return 1
    return orientation if orientation in range(1, 9) else 1


def _upright(image: Image, orientation: int) -> Image:
    """Rotate and mirror ``image`` by its EXIF orientation (EXIF 2.32, tag 274)."""
    if orientation >= 5:  # stored with rows and columns exchanged
        image = image.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    return np.ascontiguousarray(image)
