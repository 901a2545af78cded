"""Multipart requests to what was asked for, each field checked; nothing in them is decoded here."""

from __future__ import annotations

import contextlib
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request

from pinxit.errors import BadOption, BadRequest, TooLarge, UnsupportedFormat
from pinxit.service.limits import ServiceLimits
from pinxit.service.store import is_id
from pinxit.service.uploads import Upload, Uploads, size_of

REPEATED = ("style", "weight", "mask", "name", "photo")
WAYS = ("a picture as a file", "the id of an upload", "the name of a style")


@dataclass(frozen=True, slots=True)
class Given:
    """One picture of a request: a file that came with it, an upload, or a file of the server's own with a name."""

    file: UploadFile | None = None
    upload: Upload | None = None
    path: str = ""
    sha256: str = ""
    name: str = ""
    kind: str = "image"
    row: int | None = None
    """Which of a network's styles it is, where it is one that a network was taught."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One style with its weight and mask."""

    given: Given
    weight: float
    mask: Given | None


@dataclass(slots=True)
class Form:
    """The fields of a request."""

    content: Given | None
    styles: list[Wanted]
    options: dict[str, str] = field(default_factory=dict)
    """Every other field."""
    names: list[str] = field(default_factory=list)
    """What the styles are to be called."""
    photos: list[Given] = field(default_factory=list)

    @property
    def trained(self) -> bool:
        """Whether a style is one that a network was taught."""
        return any(each.given.row is not None for each in self.styles)

    def contents(self) -> Given:
        """Return the content.

        Raises `BadOption` where there is none.
        """
        if self.content is None:
            raise fault("content", "give a content: a picture as a file, or the id of an upload")
        return self.content

    def refuse(self, *names: str) -> None:
        """Raise `BadOption` for one of these fields, if it is given: what is asked for has no use for it."""
        given = {
            "content": self.content is not None,
            "weight": any(each.weight != 1 for each in self.styles),
            "mask": any(each.mask for each in self.styles),
            "name": bool(self.names),
            "photo": bool(self.photos),
        }
        for name in names:
            if given[name]:
                raise fault(name, f"there is no {name} in this kind of work: leave it out")

    def take(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        """Take one field out.

        Raises `BadOption` for a value that is none of the choices.
        """
        value = self.options.pop(name, "") or default
        if value not in choices:
            raise fault(name, f"{name} must be one of {', '.join(choices)}")
        return value


def fault(name: str, message: str) -> BadOption:
    """Return the error of one field."""
    error = BadOption(message)
    error.field = name
    return error


@contextlib.asynccontextmanager
async def received(request: Request, limits: ServiceLimits) -> AsyncIterator[FormData]:
    """Yield the parts of a multipart request, whose files are deleted afterwards.

    Raises `UnsupportedFormat` for another kind of request, `BadRequest` for a broken one.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise UnsupportedFormat("send multipart/form-data, as curl -F and every browser's forms do")
    form: FormData | None = None
    try:
        form = await request.form(max_files=limits.parts, max_fields=limits.parts, max_part_size=limits.field_bytes)
        yield form
    except ClientDisconnect as error:
        raise BadRequest("the request ended too early") from error
    except MultiPartException as error:
        raise BadRequest(
            "the multipart request cannot be read: it is broken, or has too many or too large fields"
        ) from error
    finally:
        if form is not None:
            await form.close()


Find = Callable[[str], Given]
"""The style of a name; raises `NotFound`."""


def read(form: FormData, client: str, uploads: Uploads, find: Find, limits: ServiceLimits) -> Form:
    """Return what the fields say.

    Raises `BadOption`, `NotFound`, `TooLarge`.
    """
    single = _single(form)
    for name in single:
        if isinstance(single[name], UploadFile) and name != "content":
            raise fault(name, f"{name} is no file")
    sent = single.pop("content", None)
    content = None if sent is None else _given("content", sent, client, uploads, None, limits)
    styles = [_given("style", each, client, uploads, find, limits) for each in form.getlist("style")]
    if not 1 <= len(styles) <= limits.style_count:
        raise fault("style", f"{len(styles)} styles are given; there must be from 1 to {limits.style_count}")
    weights = _weights(form.getlist("weight"), len(styles))
    masks = _masks(form.getlist("mask"), len(styles), client, uploads, limits)
    wanted = [Wanted(*each) for each in zip(styles, weights, masks, strict=True)]
    names = [str(name).strip() for name in form.getlist("name")]
    photos = [_given("photo", each, client, uploads, None, limits) for each in form.getlist("photo")]
    if len(photos) > limits.train_photos:
        raise fault("photo", f"{len(photos)} photos are given; at most {limits.train_photos} are taken")
    return Form(content, wanted, {name: str(value) for name, value in single.items()}, names, photos)


def read_plain(form: FormData, client: str, uploads: Uploads, limits: ServiceLimits, name: str) -> Form:
    """Return what the fields of a form say that has one picture, called ``name``, and options.

    Raises what `read` raises.
    """
    single = _single(form)
    if name not in single or any(form.getlist(each) for each in REPEATED):
        raise fault(name, f"give one picture, in the field {name!r}, and no style")
    picture = _given(name, single.pop(name), client, uploads, None, limits)
    for each in single:
        if isinstance(single[each], UploadFile):
            raise fault(each, f"{each} is no file")
    return Form(picture, [], {each: str(value) for each, value in single.items()})


def _single(form: FormData) -> dict[str, Any]:
    """Return the fields that may be there once.

    Raises `BadOption` for one that is there twice.
    """
    single: dict[str, Any] = {}
    for name, value in form.multi_items():
        if name in REPEATED:
            continue
        if name in single:
            raise fault(name[:100], "this field is given twice")
        single[name] = value
    return single


def _given(name: str, value: Any, client: str, uploads: Uploads, find: Find | None, limits: ServiceLimits) -> Given:
    if isinstance(value, UploadFile):
        return Given(file=_sized(name, value, limits))
    text = str(value)
    if is_id(text):
        upload = uploads.get(client, text)
        if name != "content" and upload.kind == "film":
            raise fault(name, f"this {name} is a film; it must be a picture")
        return Given(upload=upload, kind=upload.kind)
    if find is not None and text:
        return find(text)
    raise fault(name, f"{name} must be {' or '.join(WAYS if find else WAYS[:2])}")


def _sized(name: str, file: UploadFile, limits: ServiceLimits) -> UploadFile:
    size = size_of(file.file)
    most = max(limits.film_bytes, limits.image_bytes) if name == "content" else limits.image_bytes
    if size > most:
        error = TooLarge(f"the {name} has {size:,} bytes; at most {most:,} are taken")
        error.field = name
        raise error
    return file


def _weights(values: list[Any], styles: int) -> list[float]:
    if not values:
        return [1.0] * styles
    if len(values) != styles:
        raise fault("weight", f"{len(values)} weights for {styles} styles; give one for each, or none")
    weights = [_weight(value) for value in values]
    if not any(weights):
        raise fault("weight", "every style's weight is 0: give at least one a weight above 0")
    return weights


def _weight(value: Any) -> float:
    try:
        weight = math.nan if isinstance(value, UploadFile) else float(value)
    except ValueError:
        weight = math.nan
    if not 0 <= weight <= 1e6:
        raise fault("weight", "a weight must be a number from 0 to 1e6")
    return weight


def _masks(values: list[Any], styles: int, client: str, uploads: Uploads, limits: ServiceLimits) -> list[Given | None]:
    if not values:
        return [None] * styles
    if len(values) != styles:
        raise fault(
            "mask", f"{len(values)} masks for {styles} styles; give one for each (empty for none), or no mask at all"
        )
    return [_given("mask", value, client, uploads, None, limits) if _is_there(value) else None for value in values]


def _is_there(value: Any) -> bool:
    return bool(size_of(value.file)) if isinstance(value, UploadFile) else bool(value)
