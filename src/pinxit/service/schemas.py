"""The JSON bodies of the API as pydantic models, from which FastAPI makes the OpenAPI description."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, create_model

from pinxit.config.spec import Value, specs
from pinxit.service.jobs.kinds import KINDS
from pinxit.service.jobs.record import ENDED, LIVE
from pinxit.service.limits import ServiceLimits

JsonSchema = dict[str, Any]  # A JSON Schema, whose values may be of every type
STATIC = Path(__file__).parent / "static"
EXAMPLES: dict[str, JsonSchema] = json.loads((STATIC / "examples.json").read_text("utf-8"))
"""The examples in the OpenAPI description: those of JSON bodies by the names of their models, and those of forms."""
EXAMPLE_ID: str = EXAMPLES["Job"]["id"]


def moment(time: object) -> object:
    """Return a Unix time as ISO 8601 in UTC, and anything else unchanged."""
    if not isinstance(time, float | int):
        return time
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def if_set(default: object) -> Any:  # Any, as the result of pydantic's Field
    """Return a field that is left out of the JSON if it is empty."""
    return Field(default, exclude_if=lambda value: not value)


Id = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
Moment = Annotated[str, BeforeValidator(moment), Field(description="A time in UTC, ISO 8601.")]
Translations = Annotated[dict[str, str], Field(description="A text by language code.")]


class Problem(BaseModel):
    """An error (RFC 9457). ``field`` names the field of the request that it is about."""

    type: str
    title: str
    status: int
    detail: str
    field: str = if_set("")


class Upload(BaseModel):
    """A file stored for use in requests."""

    id: Id
    kind: Literal["image", "film", "code"]
    format: str
    bytes: int
    width: int | None
    height: int | None
    sha256: str
    created: Moment
    expires: Moment


class Progress(BaseModel):
    """How far a job is; ``index`` counts the finished steps or frames."""

    index: int
    of: int | None = None
    share: Annotated[float, Field(json_schema_extra={"minimum": 0, "maximum": 1})]
    loss: float | None = None
    losses: dict[str, float | None] = if_set({})
    scores: dict[str, float] = if_set({})
    width: int | None = None
    height: int | None = None
    seconds: float
    seconds_left: float | None = None


class Preview(BaseModel):
    """The newest preview picture of a job."""

    index: int
    width: int
    height: int
    url: str = if_set("")


class Result(BaseModel):
    """The result file of a job; ``stopped`` is the step after which the job was stopped, or 0."""

    media_type: str
    bytes: int
    width: int | None
    height: int | None
    sha256: str
    stopped: int
    steps: int = if_set(0)
    scores: dict[str, float | None] = if_set({})


class RequestedStyle(BaseModel):
    """One style of a job's request."""

    name: str
    weight: float


class JobRequest(BaseModel):
    """What a job was asked to do."""

    method: str
    options: dict[str, Value]
    format: str
    styles: list[RequestedStyle]


class Job(BaseModel):
    """A job; ``place`` is its place in the queue, 1 for the next."""

    id: Id
    kind: Annotated[str, Field(json_schema_extra={"enum": list(KINDS)})]
    state: Annotated[str, Field(json_schema_extra={"enum": [*LIVE, *ENDED]})]
    place: int | None
    created: Moment
    started: Moment | None
    finished: Moment | None
    expires: Moment | None
    attempts: int
    progress: Progress | None
    preview: Preview | None
    warnings: list[str]
    error: Problem | None
    result: Result | None
    request: JobRequest
    links: dict[str, str]


class Jobs(BaseModel):
    """The jobs of a client, newest first."""

    jobs: list[Job]


class Style(BaseModel):
    """A named style; ``picture`` is the picture of it that the method optimize would use."""

    name: str
    title: Translations
    kind: Literal["image", "code", "trained"]
    credit: Translations
    own: Annotated[bool, Field(description="Whether this client trained it.")]
    network: Annotated[str | None, Field(description="The sha256 of the network that holds it.")]
    picture: Literal["whole", "small"] | None
    thumbnail: str


class Styles(BaseModel):
    """The named styles that a client may use."""

    styles: list[Style]


class Method(BaseModel):
    """A method, the kinds of jobs that use it, and the JSON Schemas of its options."""

    name: str
    passes: Annotated[Literal["one", "many"], Field(alias="pass")]
    kinds: list[str]
    options: dict[str, JsonSchema]


class Kind(BaseModel):
    """A kind of job; ``missing`` is the extra that must be installed on the server first."""

    name: str
    content: str
    methods: list[str]
    formats: list[str]
    available: bool
    missing: str
    options: JsonSchema | None


class DefaultMethods(BaseModel):
    """The methods of requests that name none, by the kind of their styles."""

    picture: str
    trained: str


class Methods(BaseModel):
    """The methods, the kinds of jobs, and the JSON Schema of the options of films."""

    methods: list[Method]
    default: DefaultMethods
    kinds: list[Kind]
    film: JsonSchema


class Health(BaseModel):
    """A sign of life."""

    status: str


class Readiness(BaseModel):
    """Whether the server can paint now, and each check behind that."""

    status: str
    checks: dict[str, bool]


class Credentials(BaseModel):
    """The body of a sign-in."""

    key: Annotated[str, StringConstraints(pattern=r"^[ -~]*$")]


def _limits_model() -> type[BaseModel]:
    fields: dict[str, Any] = {  # create_model takes a field as (type, FieldInfo)
        name: (kind, Field(description=spec.help)) for name, (kind, _, spec) in specs(ServiceLimits).items()
    }
    return create_model("Limits", __doc__="Every limit of the service.", key_required=(bool, ...), **fields)


Limits = _limits_model()


def add_examples(schemas: dict[str, JsonSchema]) -> None:
    """Add an example to each schema. FastAPI would leave out the nulls of examples inside the models."""
    limits: dict[str, Value] = {name: default for name, (_, default, _) in specs(ServiceLimits).items()}
    lists = {"Jobs": {"jobs": [EXAMPLES["Job"]]}, "Styles": {"styles": [EXAMPLES["Style"]]}}
    examples = {**EXAMPLES, **lists, "Limits": {**limits, "key_required": False}}
    for name in schemas.keys() & examples.keys():
        schemas[name]["examples"] = [examples[name]]
