"""The multipart requests as pydantic models. Their option fields are generated from the options classes.

The endpoints read their forms by `read_form`, since FastAPI would read a form before any code of the endpoint: without
the service's limits, and before a full queue could refuse it.
"""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated, Any, ClassVar, TypeVar, get_origin

from fastapi import UploadFile
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, WithJsonSchema, create_model
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from pinxit.config.options import Explain, Film, Look, Output
from pinxit.config.spec import Options, Value
from pinxit.config.training import TrainFast
from pinxit.errors import BadOption, BadRequest, UnsupportedFormat
from pinxit.files import atomic
from pinxit.methods.table import METHODS, method_names
from pinxit.service.jobs.kinds import FILM_FORMATS, IMAGE_FORMATS, KINDS, NETWORK_FORMATS, PAGE_FORMATS
from pinxit.service.limits import ServiceLimits
from pinxit.service.options import field_error, public, public_schema, unknown_field
from pinxit.service.schemas import EXAMPLES

ONE_PASS = method_names(one_pass=True)
FORMATS = IMAGE_FORMATS + FILM_FORMATS + NETWORK_FORMATS + PAGE_FORMATS
LIMITS = ServiceLimits()  # The default limits, which the description of the API shows
_FILE = {"type": "string", "format": "binary"}
File = Annotated[UploadFile, WithJsonSchema(_FILE)]
FileOrText = Annotated[UploadFile | str, WithJsonSchema(_FILE)]
"""A file, or a text that names one. Browsers and Swagger UI offer a file chooser for it."""
Weight = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Name = Annotated[str, StringConstraints(strip_whitespace=True)]


def _choice(description: str, choices: tuple[str, ...]) -> Any:  # Any, as the result of pydantic's Field
    return Field("", description=description, json_schema_extra={"enum": list(choices), "default": choices[0]})


def _several(description: str, allowed: int) -> Any:
    return Field([], description=description, json_schema_extra={"maxItems": allowed})


class Form(BaseModel):
    """The fields of a request."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    option_names: ClassVar[tuple[str, ...]] = ()

    def options(self) -> dict[str, Value]:
        """Return the options that the request sets, by name."""
        return {name: getattr(self, name) for name in self.option_names if name in self.model_fields_set}


class UploadForm(Form):
    """The fields of ``POST /v1/uploads``."""

    file: File = Field(description="A picture, a film or a style code.")


class ConvertForm(Form):
    """The fields of ``POST /v1/convert``, besides the options."""

    file: FileOrText = Field(description="A picture painted by pinxit: a file, or the id of an upload.")
    format: str = _choice("Format of the response.", IMAGE_FORMATS)


class StyledForm(Form):
    """The fields of requests with styles."""

    style: list[FileOrText] = Field(
        description="A picture or style code: a file, the id of an upload, or the name of a style.",
        json_schema_extra={"minItems": 1, "maxItems": LIMITS.style_count},
    )
    weight: list[Weight] = _several("The weight of each style.", LIMITS.style_count)
    mask: list[FileOrText] = _several(
        "The mask of each style: a file, the id of an upload, or empty for the area outside all masks.",
        LIMITS.style_count,
    )


class StylizeForm(StyledForm):
    """The fields of ``POST /v1/stylize``, besides the options."""

    content: FileOrText = Field(description="The picture to paint: a file, or the id of an upload.")
    method: str = _choice("A one-pass method.", ONE_PASS)
    format: str = _choice("Format of the response.", IMAGE_FORMATS)


class JobForm(StyledForm):
    """The fields of ``POST /v1/jobs``, besides the options."""

    kind: str = Field(description="The kind of job.", json_schema_extra={"enum": list(KINDS)})
    content: FileOrText = Field("", description="The picture or film to paint: a file, or the id of an upload.")
    method: str = _choice("The method that paints the frames of a film.", ONE_PASS)
    format: str = _choice("Format of the result.", tuple(dict.fromkeys(FORMATS)))
    name: list[Name] = _several("For the kind train: the names of the new styles.", LIMITS.style_count)
    photo: list[FileOrText] = _several(
        "For the kind train: training photos; without any, the server's own.", LIMITS.train_photos
    )


F = TypeVar("F", bound=Form)


def _with_options(form: type[F], *classes: type[Options]) -> type[F]:
    """Return a form with the options of ``classes`` as fields. `options.parse` checks their ranges."""
    fields: dict[str, Any] = {}  # create_model takes a field as (type, FieldInfo)
    for cls in classes:
        properties = public_schema(cls, LIMITS)["properties"]
        for name, (kind, default, _) in public(cls).items():
            fields.setdefault(name, (Annotated[kind, WithJsonSchema(properties[name])], Field(default)))
    extended = create_model(form.__name__, __base__=form, __doc__=form.__doc__, **fields)
    extended.option_names = tuple(fields)
    return extended


STYLIZE = _with_options(StylizeForm, Look, *(method.options for method in METHODS if method.one_pass), Output)
CONVERT = _with_options(ConvertForm, Output)
JOB = _with_options(JobForm, Look, *(method.options for method in METHODS), Film, Output, TrainFast, Explain)


def body_of(form: type[Form], *examples: str) -> dict[str, Any]:
    """Return the OpenAPI description of a form, with examples by their names, as ``openapi_extra`` of an endpoint."""
    described = {name: {"summary": name, "value": EXAMPLES["forms"][name]} for name in examples}
    content = {"multipart/form-data": {"schema": form.model_json_schema(), "examples": described}}
    return {"requestBody": {"required": True, "content": content}}


@contextlib.asynccontextmanager
async def read_form(request: Request, form: type[F], limits: ServiceLimits) -> AsyncIterator[F]:
    """Yield the checked fields of a multipart request, and delete its files afterwards.

    Raises `UnsupportedFormat` for another type of body, `BadRequest` for a broken one, `BadOption` for a wrong field.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise UnsupportedFormat("send multipart/form-data, as curl -F and HTML forms do")
    data = await _parsed(request, limits)
    try:
        yield validated(form, data)
    finally:
        await data.close()


class _Parser(MultiPartParser):
    """Starlette's parser, which also refuses a body that ends before its last boundary, or goes on after it."""

    complete = False

    def __init__(self, request: Request, limits: ServiceLimits) -> None:
        self._border = parse_options_header(request.headers["content-type"])[1].get(b"boundary", b"")
        counts = {"max_files": limits.parts, "max_fields": limits.parts}
        super().__init__(request.headers, self._checked(request), **counts, max_part_size=limits.field_bytes)

    def on_end(self) -> None:
        """Note the last boundary."""
        self.complete = True

    async def _checked(self, request: Request) -> AsyncGenerator[bytes, None]:
        last = b"\r\n--" + self._border + b"--"
        before = b"\r\n"  # the end of what came before, in which the last boundary may begin
        async for chunk in request.stream():
            was_complete = self.complete
            yield chunk
            rest = chunk if was_complete else (before + chunk).partition(last)[2] if self.complete else b""
            if rest.strip():
                raise MultiPartException("there is more after the last boundary")
            before = (before + chunk[-len(last) :])[-len(last) :]
        if not self.complete:
            raise MultiPartException("the last boundary is missing")


async def _parsed(request: Request, limits: ServiceLimits) -> FormData:
    try:
        return await _Parser(request, limits).parse()
    except ClientDisconnect as error:
        raise BadRequest("the request ended too early") from error
    except (MultiPartException, UnicodeError) as error:  # UnicodeError: of a charset such as "undefined"
        raise BadRequest("the multipart body is broken or cut, or has too many or too large fields") from error
    except OSError as error:
        raise atomic.failure(error, "the request") from error


def validated(form: type[F], data: FormData) -> F:
    """Return the fields of a request, each checked by itself. Raises `BadOption`."""
    values: dict[str, object] = {}
    for name in data:
        field = form.model_fields.get(name)
        sent = data.getlist(name)
        if field is not None and get_origin(field.annotation) is list:
            values[name] = sent
        elif len(sent) > 1:
            raise field_error(name, "this field is given twice")
        else:
            values[name] = sent[0]
    try:
        return form.model_validate(values)
    except ValidationError as error:
        raise _refusal(form, error) from None


_EXPECTED = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "string": "text",
    "is": "a file",
    "finite": "a finite number",
    "greater": "at least 0",
    "less": "at most 1e6",
}
"""What a field must be, by the first word of pydantic's type of error."""
_MISSING = {
    "content": "give a content: a picture file, or the id of an upload",
    "style": "give a style: a picture file, the id of an upload, or the name of a style",
    "file": "give one file, in the field 'file'",
    "kind": f"kind must be one of {', '.join(KINDS)}",
}


def _refusal(form: type[Form], error: ValidationError) -> BadOption:
    """Return the first of a form's errors in pinxit's words: pydantic's do not say what helps."""
    first = error.errors(include_url=False, include_input=False)[0]
    name = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        return unknown_field(name, form.model_fields)
    if first["type"] == "missing":
        return field_error(name, _MISSING.get(name, f"{name} is missing"))
    expected = "a file" if form is UploadForm else _EXPECTED.get(first["type"].partition("_")[0], "valid")
    return field_error(name, f"{name} must be {expected}" + (", not a file" if first["type"].endswith("_type") else ""))


def choose(name: str, value: str, choices: tuple[str, ...], default: str = "") -> str:
    """Return a field's value, or its default if it is empty. Raises `BadOption` for none of the choices."""
    chosen = value or default or choices[0]
    if chosen not in choices:
        raise field_error(name, f"{name} must be one of {', '.join(choices)}")
    return chosen
