"""Turns the request of a job into its settings and its folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from pinxit.errors import MissingExtra, NotFound, count
from pinxit.files import atomic
from pinxit.methods.table import default_for
from pinxit.service.context import Service
from pinxit.service.forms import JobForm, choose
from pinxit.service.inputs import ImageRef, Inputs, StyleRef
from pinxit.service.jobs import record
from pinxit.service.jobs.kinds import KINDS, Kind
from pinxit.service.jobs.record import PHOTOS, REQUEST, FileRef, Job, JobRequest, Json, Settings, StyleFile
from pinxit.service.limits import ServiceLimits
from pinxit.service.options import field_error, parse
from pinxit.service.uploads import copy, size_of


def settings_of(form: JobForm, inputs: Inputs, limits: ServiceLimits) -> tuple[Kind, Settings]:
    """Return the kind of job and its checked settings.

    Raises `BadOption`, and `MissingExtra` if the server lacks packages for it.
    """
    if form.kind not in KINDS:
        raise field_error("kind", f"kind must be one of {', '.join(KINDS)}")
    kind = KINDS[form.kind]
    if kind.missing():
        raise MissingExtra(f"{kind.name} on this server", kind.missing())
    for name in ("name", "photo") if kind.content else ("content", "mask", "weight"):
        if getattr(form, name):
            raise field_error(name, f"jobs of the kind {kind.name} take no {name}: leave it out")
    if kind.content and inputs.content is None:
        raise field_error("content", "give a content: a file, or the id of an upload")
    default = default_for(trained=inputs.trained).name
    method = choose("method", form.method, kind.methods, default if default in kind.methods else "")
    format = choose("format", form.format, kind.formats)
    values = parse(form.options(), limits, *kind.options(method))
    output = values.pop() if kind.content else {}
    options = {option: value for part in values for option, value in part.items()}
    if kind.name == "train":
        _check_training(form, inputs, options)
    return kind, Settings(kind=kind.name, method=method, options=options, output=output, format=format)


def _check_training(form: JobForm, inputs: Inputs, options: Json) -> None:
    """Raise `BadOption` if the names do not match the styles, or nothing would be trained."""
    if len(form.name) != len(inputs.styles):
        counts = f"{count(len(form.name), 'name')} for {count(len(inputs.styles), 'style')}"
        raise field_error("name", f"{counts}; give one for each")
    if not options.get("minutes", 1) and not options.get("steps"):
        raise field_error("minutes", "a training needs minutes or steps above 0")
    if any(style.image.kind != "image" for style in inputs.styles):
        raise field_error("style", "a style is trained from its picture: send the picture itself")


def stored(service: Service, client: str, inputs: Inputs, names: Sequence[str], settings: Settings) -> Job:
    """Create the folder of a job with all its files, and return the job.

    Raises `DiskFull`, `WriteFailed`, `NotFound`.
    """
    masks = [style.mask for style in inputs.styles]
    images = [inputs.content, *(style.image for style in inputs.styles), *masks, *inputs.photos]
    service.store.make_room(sum(_size(image) for image in images if image))
    with service.store.building(service.store.jobs) as (id, folder):
        if inputs.content:
            _put(service, inputs.content, folder / "content")
        styles = [
            _put_style(service, style, index, names[index] if names else style.image.name, folder)
            for index, style in enumerate(inputs.styles)
        ]
        for index, photo in enumerate(inputs.photos):
            (folder / PHOTOS).mkdir(exist_ok=True)
            _put(service, photo, folder / PHOTOS / f"{index:03}.jpg")
        request = JobRequest(**settings, styles=styles)
        atomic.save(json.dumps(request).encode(), folder / REQUEST)
        job = Job(id=id, client=client, request=request)
        record.save(job, folder)
        return job


def _put_style(service: Service, style: StyleRef, index: int, name: str, folder: Path) -> StyleFile:
    mask = None
    if style.mask:
        mask = FileRef(file=f"mask-{index}", sha256=_put(service, style.mask, folder / f"mask-{index}"))
    file = f"style-{index}"
    digest = _put(service, style.image, folder / file)
    return StyleFile(file=file, sha256=digest, name=name, weight=style.weight, mask=mask, row=style.image.row)


def _size(image: ImageRef) -> int:
    if image.upload:
        return image.upload.bytes
    return size_of(image.file.file) if image.file else Path(image.path).stat().st_size


def _put(service: Service, image: ImageRef, target: Path) -> str:
    """Copy a file into the folder of a job, and return its sha256."""
    if image.file is not None:
        image.file.file.seek(0)
        return copy(image.file.file, target)
    source = service.uploads.path(image.upload) if image.upload else Path(image.path)
    try:
        shutil.copyfile(source, target)
        return record.digest_of(target)
    except FileNotFoundError as error:
        raise NotFound("an upload was deleted: upload it again") from error
