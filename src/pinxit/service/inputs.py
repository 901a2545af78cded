"""Turns the fields of a request into pictures and, for a job, into settings and a folder.

Each picture is a file of the request, an upload, or a named style.
"""

import dataclasses
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from starlette.datastructures import UploadFile as StarletteFile

from pinxit.errors import MissingExtra, NotFound, TooLarge, count
from pinxit.files import atomic
from pinxit.methods.table import default_for
from pinxit.service.context import Service
from pinxit.service.forms import FileOrText, JobForm, StyledForm, choose
from pinxit.service.jobs.kinds import KINDS, Kind
from pinxit.service.jobs.record import PHOTOS, REQUEST, Job, JobRequest, Settings
from pinxit.service.limits import ServiceLimits
from pinxit.service.options import field_error, parse
from pinxit.service.store import Json, is_id, save_record
from pinxit.service.uploads import copy, size_of
from pinxit.service.workers.runtime import field_context
from pinxit.service.workers.wire import SourceDict, StyleDict

FORMS = ("a picture file", "the id of an upload", "the name of a style")
"""The forms of a style; other pictures have the first two."""


@dataclass(frozen=True, slots=True)
class ImageRef:
    """A picture, film or style of a request: either a file of the request, or a file of the service at ``path``."""

    kind: Literal["image", "film", "code", "trained"] = "image"
    file: StarletteFile | None = None
    path: Path = Path()
    sha256: str = ""  # The digest of the file at ``path``
    name: str = ""
    row: int | None = None  # The number of a trained style within its network

    async def source(self, parts: list[bytes]) -> SourceDict:
        """Return how a message refers to the file. A file of the request is added to the ``parts`` of the message."""
        if self.file is None:
            return {"file": str(self.path), "sha256": self.sha256, "row": self.row}
        parts.append(await self.file.read())
        return {"part": len(parts) - 1}

    def size(self) -> int:
        """Return the size of the file in bytes; 0 if it was deleted."""
        if self.file is not None:
            return size_of(self.file.file)
        return self.path.stat().st_size if self.path.exists() else 0

    def copy_to(self, target: Path) -> str:
        """Copy the file, and return its sha256. Raises `NotFound`, `DiskFull`, `WriteFailed`."""
        if self.file is not None:
            self.file.file.seek(0)
            return copy(self.file.file, target)
        try:
            with self.path.open("rb") as file:
                return copy(file, target)
        except FileNotFoundError as error:
            raise NotFound("an upload was deleted: upload it again") from error


@dataclass(frozen=True, slots=True)
class StyleRef:
    """A style of a request, with its weight and mask."""

    image: ImageRef
    weight: float
    mask: ImageRef | None

    async def source(self, parts: list[bytes]) -> StyleDict:
        """Return the style as a message has it. See `ImageRef.source`."""
        source, mask = await self.image.source(parts), await self.mask.source(parts) if self.mask else None
        return {**source, "name": self.image.name, "weight": self.weight, "mask": mask}


@dataclass(frozen=True, slots=True)
class Inputs:
    """The pictures of a request."""

    styles: list[StyleRef]
    content: ImageRef | None = None
    photos: list[ImageRef] = field(default_factory=list)

    @property
    def trained(self) -> bool:
        """Whether one of the styles is a trained one."""
        return any(style.image.row is not None for style in self.styles)


class Resolver:
    """Resolves the pictures in the requests of one client."""

    def __init__(self, service: Service, client: str) -> None:
        self.service, self.client = service, client

    def inputs(self, form: StyledForm, content: FileOrText | None, photos: Sequence[FileOrText]) -> Inputs:
        """Return all pictures of a form. Raises `BadOption`, `NotFound`, `TooLarge`."""
        limits, number = self.service.limits, len(form.style)
        for name, values, allowed in (
            ("photo", photos, limits.train_photos),
            ("style", form.style, limits.style_count),
        ):
            if len(values) > allowed:
                raise field_error(name, f"{len(values)} {name}s are given; at most {allowed} are allowed")
        images = [self.image("style", value) for value in form.style]
        _check_one_each("weight", form.weight, number, "or none")
        if form.weight and not any(form.weight):
            raise field_error("weight", "every style's weight is 0: give at least one a weight above 0")
        _check_one_each("mask", form.mask, number, "empty for the area outside the others, or no mask at all")
        masks = [self.image("mask", value) if _is_given(value) else None for value in form.mask]
        styles = zip(images, form.weight or [1.0] * number, masks or [None] * number, strict=True)
        return Inputs(
            [StyleRef(*style) for style in styles],
            None if content is None else self.image("content", content),
            [self.image("photo", photo) for photo in photos],
        )

    def image(self, name: str, value: FileOrText) -> ImageRef:
        """Return the picture in the field ``name``. Raises `BadOption`, `NotFound`, `TooLarge`."""
        if isinstance(value, StarletteFile):
            self._check_size(name, value)
            return ImageRef(file=value)
        if is_id(value):
            upload = self.service.uploads.get(self.client, value)
            if name != "content" and upload.kind == "film":
                raise field_error(name, f"this {name} is a film; it must be a picture")
            return ImageRef(upload.kind, path=self.service.uploads.path(upload), sha256=upload.sha256)
        if name == "style" and value:
            style = self.service.client_styles.find(self.client, value) or self.service.gallery.find(value)
            return ImageRef(style.kind, None, style.path, style.sha256, style.name, style.row)
        raise field_error(name, f"{name} must be {' or '.join(FORMS if name == 'style' else FORMS[:2])}")

    def with_pictures(self, inputs: Inputs) -> Inputs:
        """Return the inputs with pictures in place of trained styles."""
        return dataclasses.replace(inputs, styles=[self._with_picture(style) for style in inputs.styles])

    def _with_picture(self, style: StyleRef) -> StyleRef:
        """Return a trained style as its picture: the whole one if the service has it, else the network's small one."""
        image = style.image
        if image.row is None:
            return style
        trained = self.service.client_styles.find(self.client, image.name)
        if trained and trained.picture:
            picture = ImageRef(path=trained.picture.path, sha256=trained.picture.sha256, name=image.name)
            return dataclasses.replace(style, image=picture)
        small = self.service.client_styles.thumbnail(self.client, image.name) if trained else None
        file = StarletteFile(io.BytesIO(small or self.service.gallery.small(image.name)))
        return dataclasses.replace(style, image=ImageRef(file=file, name=image.name))

    def _check_size(self, name: str, file: StarletteFile) -> None:
        limits, size = self.service.limits, size_of(file.file)
        allowed = max(limits.film_bytes, limits.image_bytes) if name == "content" else limits.image_bytes
        if size > allowed:
            with field_context(name):
                raise TooLarge(f"the {name} has {size:,} bytes; at most {allowed:,} are allowed")


def _check_one_each(name: str, values: Sequence[object], styles: int, otherwise: str = "") -> None:
    """Raise `BadOption` if there are values of a field, but not one for each style."""
    if len(values) != styles and (values or not otherwise):
        counts = f"{count(len(values), name)} for {count(styles, 'style')}"
        raise field_error(name, f"{counts}; give one for each{', ' if otherwise else ''}{otherwise}")


def _is_given(value: FileOrText) -> bool:
    return bool(size_of(value.file)) if isinstance(value, StarletteFile) else bool(value)


def settings_of(form: JobForm, inputs: Inputs, limits: ServiceLimits) -> tuple[Kind, Settings]:
    """Return the kind of job and its checked settings. Raises `BadOption`, `MissingExtra`."""
    if form.kind not in KINDS:
        raise field_error("kind", f"kind must be one of {', '.join(KINDS)}")
    kind = KINDS[form.kind]
    if kind.missing():
        raise MissingExtra(f"{kind.name} on this server", kind.missing())
    for name in kind.refused:
        if getattr(form, name):
            raise field_error(name, f"jobs of the kind {kind.name} take no {name}: leave it out")
    if kind.content and inputs.content is None:
        raise field_error("content", "give a content: a file, or the id of an upload")
    if kind.name == "explain" and len(inputs.styles) > 1:
        raise field_error("style", "a page explains one style: leave the others out")
    default = default_for(trained=inputs.trained).name
    method = choose("method", form.method, kind.methods, default if default in kind.methods else "")
    format = choose("format", form.format, kind.formats)
    values = parse(form.options(), limits, *kind.options(method))
    output = values.pop() if kind.paints else {}
    options = {option: value for part in values for option, value in part.items()}
    if kind.name == "train":
        _check_training(form, inputs, options)
    return kind, Settings(kind=kind.name, method=method, options=options, output=output, format=format)


def _check_training(form: JobForm, inputs: Inputs, options: Json) -> None:
    """Raise `BadOption` if the names do not match the styles, or nothing would be trained."""
    _check_one_each("name", form.name, len(inputs.styles))
    if not options.get("minutes", 1) and not options.get("steps"):
        raise field_error("minutes", "a training needs minutes or steps above 0")
    if any(style.image.kind != "image" for style in inputs.styles):
        raise field_error("style", "a style is trained from its picture: send the picture itself")


def stored(service: Service, client: str, inputs: Inputs, names: Sequence[str], settings: Settings) -> Job:
    """Create the folder of a job with all its files. Raises `DiskFull`, `WriteFailed`, `NotFound`."""
    masks = [style.mask for style in inputs.styles]
    images = [inputs.content, *(style.image for style in inputs.styles), *masks, *inputs.photos]
    size = sum(image.size() for image in images if image)
    with service.store.building(service.store.jobs, size) as (id, folder):
        request = JobRequest(**settings, styles=_copy_files(inputs, names, folder))
        atomic.save(json.dumps(request).encode(), folder / REQUEST)
        job = Job(id=id, client=client, request=request)
        save_record(job, folder, without="request")
        return job


def _copy_files(inputs: Inputs, names: Sequence[str], folder: Path) -> list[StyleDict]:
    """Copy all files of a job into its folder, and return its styles."""
    if inputs.content:
        inputs.content.copy_to(folder / "content")
    for index, photo in enumerate(inputs.photos):
        (folder / PHOTOS).mkdir(exist_ok=True)
        photo.copy_to(folder / PHOTOS / f"{index:03}.jpg")
    styles: list[StyleDict] = []
    for index, style in enumerate(inputs.styles):
        name = names[index] if names else style.image.name
        mask = _stored_file(style.mask, folder / f"mask-{index}") if style.mask else None
        file = _stored_file(style.image, folder / f"style-{index}")
        styles.append({**file, "name": name, "weight": style.weight, "mask": mask})
    return styles


def _stored_file(image: ImageRef, path: Path) -> SourceDict:
    return {"file": path.name, "sha256": image.copy_to(path), "row": image.row}
