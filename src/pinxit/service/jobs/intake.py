"""Turns the request of a job into its settings and its folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pinxit.errors import MissingExtra, count
from pinxit.files import atomic
from pinxit.methods.table import default_for
from pinxit.service.context import Service
from pinxit.service.forms import JobForm, choose
from pinxit.service.inputs import Inputs
from pinxit.service.jobs import record
from pinxit.service.jobs.kinds import KINDS, Kind
from pinxit.service.jobs.record import PHOTOS, REQUEST, FileRef, Job, JobRequest, Json, Settings, StyleFile
from pinxit.service.limits import ServiceLimits
from pinxit.service.options import field_error, parse


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
    service.store.make_room(sum(image.size() for image in images if image))
    with service.store.building(service.store.jobs) as (id, folder):
        request = JobRequest(**settings, styles=_copy_files(inputs, names, folder))
        atomic.save(json.dumps(request).encode(), folder / REQUEST)
        job = Job(id=id, client=client, request=request)
        record.save(job, folder)
        return job


def _copy_files(inputs: Inputs, names: Sequence[str], folder: Path) -> list[StyleFile]:
    """Copy all files of a job into its folder, and return its styles."""
    if inputs.content:
        inputs.content.copy_to(folder / "content")
    for index, photo in enumerate(inputs.photos):
        (folder / PHOTOS).mkdir(exist_ok=True)
        photo.copy_to(folder / PHOTOS / f"{index:03}.jpg")
    styles = []
    for index, style in enumerate(inputs.styles):
        file, mask, image = f"style-{index}", f"mask-{index}", style.image
        styles.append(
            StyleFile(
                file=file,
                sha256=image.copy_to(folder / file),
                name=names[index] if names else image.name,
                weight=style.weight,
                mask=FileRef(file=mask, sha256=style.mask.copy_to(folder / mask)) if style.mask else None,
                row=image.row,
            )
        )
    return styles
