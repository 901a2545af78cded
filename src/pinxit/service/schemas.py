"""The JSON bodies of the API as pydantic models, from which FastAPI makes the OpenAPI description."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model

from pinxit.config.options import specs
from pinxit.config.spec import Value
from pinxit.service.jobs.kinds import KINDS
from pinxit.service.jobs.record import ENDED, LIVE
from pinxit.service.limits import ServiceLimits

EXAMPLE_ID = "5f0c0123456789abcdef0123456789ab"
_HERE = f"/v1/jobs/{EXAMPLE_ID}"
JsonSchema = dict[str, Any]
"""A JSON Schema, whose values may be of every type."""
Id = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
Moment = Annotated[str, Field(description="A time in UTC, ISO 8601.")]
Translations = Annotated[dict[str, str], Field(description="A text by language code.")]


def moment(seconds: float) -> str:
    """Return a Unix time as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _example(**values: Any) -> ConfigDict:  # Any, as pydantic's JSON values
    return ConfigDict(json_schema_extra={"examples": [values]})


def example_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the example of a model, a JSON object."""
    return model.model_json_schema()["examples"][0]  # type: ignore[no-any-return]


class Problem(BaseModel):
    """An error (RFC 9457)."""

    model_config = _example(
        type="urn:pinxit:problem:too-large",
        title="TooLarge",
        status=413,
        detail="the picture is 20,000 px long; at most 16,384 px are allowed",
        field="content",
    )
    type: str
    title: str
    status: int
    detail: str
    field: Annotated[str, Field(description="The field of the request that the error is about.")] = ""


class Upload(BaseModel):
    """A file kept for use in requests."""

    model_config = _example(
        id=EXAMPLE_ID,
        kind="image",
        format="JPEG",
        bytes=3467489,
        width=4000,
        height=3000,
        sha256=64 * "0",
        created="2026-01-31T12:00:00.000Z",
        expires="2026-01-31T13:00:00.000Z",
    )
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
    """How far a job is."""

    index: Annotated[int, Field(description="The number of finished steps or frames.")]
    of: int | None = None
    share: Annotated[float, Field(json_schema_extra={"minimum": 0, "maximum": 1})]
    loss: float | None = None
    losses: dict[str, float | None] = {}
    scores: dict[str, float] = {}
    width: int | None = None
    height: int | None = None
    seconds: float
    seconds_left: float | None = None


class Preview(BaseModel):
    """The newest preview picture of a job."""

    index: int
    width: int
    height: int


class Result(BaseModel):
    """The result file of a job."""

    media_type: str
    bytes: int
    width: int | None
    height: int | None
    sha256: str
    stopped: Annotated[int, Field(description="The step after which the job was stopped; 0 for a job run to its end.")]
    steps: int = 0
    scores: dict[str, float | None] = {}


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
    """A job."""

    model_config = _example(
        id=EXAMPLE_ID,
        kind="optimize",
        state="running",
        place=None,
        created="2026-01-31T12:00:00.000Z",
        started="2026-01-31T12:00:01.000Z",
        finished=None,
        expires=None,
        attempts=1,
        progress={
            "loss": 0.83,
            "index": 12,
            "of": 45,
            "share": 0.21,
            "width": 256,
            "height": 192,
            "seconds": 9.1,
            "seconds_left": 34.0,
        },
        preview={"index": 12, "width": 256, "height": 192},
        warnings=[],
        error=None,
        result=None,
        request={
            "method": "optimize",
            "options": {"size": 512},
            "format": "png",
            "styles": [{"name": "wave", "weight": 1.0}],
        },
        links={"self": _HERE, **{name: f"{_HERE}/{name}" for name in ("events", "preview", "result")}},
    )
    id: Id
    kind: Annotated[str, Field(json_schema_extra={"enum": list(KINDS)})]
    state: Annotated[str, Field(json_schema_extra={"enum": [*LIVE, *ENDED]})]
    place: Annotated[int | None, Field(description="The place in the queue; 1 is the next.")]
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

    model_config = _example(jobs=[example_of(Job)])
    jobs: list[Job]


class Style(BaseModel):
    """A named style."""

    model_config = _example(
        name="wave",
        title={"en": "Wave", "zh": "浪"},
        kind="image",
        credit={},
        own=False,
        network=None,
        picture="whole",
        thumbnail="/v1/styles/wave/thumbnail",
    )
    name: str
    title: Translations
    kind: Literal["image", "code", "trained"]
    credit: Translations
    own: Annotated[bool, Field(description="Whether this client trained it.")]
    network: Annotated[str | None, Field(description="The sha256 of the network that holds it.")]
    picture: Annotated[Literal["whole", "small"] | None, Field(description="The picture that optimize would use.")]
    thumbnail: str


class Styles(BaseModel):
    """The named styles that a client may use."""

    model_config = _example(styles=[example_of(Style)])
    styles: list[Style]


class Method(BaseModel):
    """A method and the JSON Schemas of its options."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "adain",
                    "pass": "one",
                    "kinds": ["video"],
                    "options": {"look": {}, "method": {}, "output": {}},
                }
            ]
        }
    )
    name: str
    passes: Annotated[Literal["one", "many"], Field(alias="pass")]
    kinds: Annotated[list[str], Field(description="The kinds of jobs that use it.")]
    options: dict[str, JsonSchema]


class Kind(BaseModel):
    """A kind of job."""

    model_config = _example(
        name="optimize",
        content="image",
        methods=["optimize"],
        formats=["png", "jpeg", "webp", "tiff"],
        available=True,
        missing="",
        options=None,
    )
    name: str
    content: str
    methods: list[str]
    formats: list[str]
    available: bool
    missing: Annotated[str, Field(description="The extra that must be installed on the server first.")]
    options: JsonSchema | None


class DefaultMethods(BaseModel):
    """The methods used if a request names none, by the kind of its styles."""

    picture: str
    trained: str


class Methods(BaseModel):
    """The methods, the kinds of jobs, and the JSON Schema of the options of films."""

    model_config = _example(
        methods=[example_of(Method)],
        default={"picture": "adain", "trained": "fast"},
        kinds=[example_of(Kind)],
        film={},
    )
    methods: list[Method]
    default: DefaultMethods
    kinds: list[Kind]
    film: JsonSchema


class Health(BaseModel):
    """An answer of a running server."""

    model_config = _example(status="alive")
    status: str


class Readiness(BaseModel):
    """Whether the server can paint now, and each check behind that."""

    model_config = _example(status="ready", checks={"painters": True, "disk": True, "running": True})
    status: str
    checks: dict[str, bool]


class Credentials(BaseModel):
    """The body of a sign-in."""

    model_config = _example(key="one of the keys in PINXIT_API_KEY")
    key: Annotated[str, StringConstraints(pattern=r"^[ -~]*$")]


def _limits_model() -> type[BaseModel]:
    fields: dict[str, Any] = {  # create_model takes a field as (type, FieldInfo)
        name: (kind, Field(description=spec.help, examples=[default]))
        for name, (kind, default, spec) in specs(ServiceLimits).items()
    }
    return create_model(
        "Limits", __doc__="Every limit of the service.", key_required=(bool, Field(examples=[False])), **fields
    )


Limits = _limits_model()
