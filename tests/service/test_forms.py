"""Forms, options and errors of the service, without a server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData

from pinxit import errors
from pinxit.config.options import METHOD_OPTIONS, Look
from pinxit.config.schema import flag
from pinxit.config.spec import Value, specs
from pinxit.errors import BadOption, NotFound
from pinxit.service import forms, options, problems
from pinxit.service.limits import ServiceLimits
from pinxit.styles import gallery

pytest.importorskip("fastapi")


@pytest.mark.parametrize(
    "cls", [cls for cls in vars(errors).values() if isinstance(cls, type)], ids=lambda cls: cls.__name__
)
def test_every_error_is_a_problem(cls: type) -> None:
    if not issubclass(cls, errors.PinxitError):
        return
    error = cls("films", "video") if cls is errors.MissingExtra else cls("what helps")
    problem = problems.describe(error)
    assert re.fullmatch(r"urn:pinxit:problem:[a-z-]+", problem.type)
    assert problem.status == cls.http_status
    assert problem.title == cls.__name__


def test_fields_become_options_by_their_types() -> None:
    form = {"content": "x", "style": "y", "size": "64", "strength": "1", "tile": "0"}
    values = forms.validated(forms.STYLIZE, FormData(form)).options()
    look, method = options.parse(values, ServiceLimits(), Look, METHOD_OPTIONS["adain"])
    assert look == {"size": 64, "strength": 1.0}
    assert method == {"tile": 0}
    with pytest.raises(BadOption, match="did you mean 'strength'"):
        forms.validated(forms.STYLIZE, FormData({**form, "strenght": "1"}))


@given(st.dictionaries(st.sampled_from(["size", "strength", "content", "style", "weight", "x"]), st.text(max_size=5)))
def test_a_form_is_accepted_or_refused_with_the_name_of_a_field(form: dict[str, str]) -> None:
    try:
        values: dict[str, Value] = forms.validated(forms.STYLIZE, FormData(form)).options()
    except BadOption as error:
        refused = error.field
    else:
        refused = "nothing"
        assert set(values) == set(form) & {"size", "strength"}
    assert refused


@pytest.mark.parametrize("init", ["/etc/passwd", "../x.png", "http://evil.example/x.png", ""])
def test_options_that_name_files_accept_only_their_words(init: str) -> None:
    with pytest.raises(BadOption, match="init"):
        options.parse({"init": init}, ServiceLimits(), METHOD_OPTIONS["optimize"])


def limits_table() -> str:
    """Return the limits as the Markdown table of ``docs/service.md``."""
    rows = [
        f"| `{name}` | `{flag(name)}` | {spec.help} | {shown(default)}{' ' + spec.unit if spec.unit else ''} |"
        for name, (_, default, spec) in specs(ServiceLimits).items()
        if isinstance(default, int | float)
    ]
    return "\n".join(["| limit | flag | meaning | default |", "|---|---|---|---:|", *rows]) + "\n"


def shown(value: float) -> str:
    for unit, size in (("Gi", 2**30), ("Mi", 2**20)):
        if value >= size and value % size == 0:
            return f"{value // size} {unit}"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def test_the_page_lists_every_limit() -> None:
    page = (Path(__file__).parents[2] / "docs" / "service.md").read_text("utf-8")
    assert limits_table() in page, f"write this table into docs/service.md:\n{limits_table()}"


def test_named_styles_need_their_folder(tmp_path: Path) -> None:
    from pinxit.service.gallery import Gallery

    with pytest.raises(NotFound):
        Gallery(tmp_path / "nowhere")
    assert [each.name for each in Gallery(None).list()] == [style.name for style in gallery.installed()]
