"""The API conforms to its OpenAPI description: schemathesis generates requests from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from support.service_server import Server

pytest.importorskip("fastapi")

CASES = 20
"""For each operation."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    words = ["--jobs-per-client", "1000", "--jobs-queued", "1000", "--painters", "1"]
    with Server(tmp_path_factory.mktemp("service") / "store", *words, stub=True) as one:
        yield one.wait_ready()


@pytest.fixture(scope="module")
def schemathesis() -> Any:
    """The package, imported here because that takes seconds, which listing the tests need not take."""
    return pytest.importorskip("schemathesis")


def operations(server: Server, schemathesis: Any) -> list[Any]:
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    return [result.ok() for result in schema.get_all_operations()]


@pytest.mark.timeout(400)
def test_every_operation_conforms_to_its_description(server: Server, schemathesis: Any) -> None:
    from hypothesis import HealthCheck, Phase, given, settings

    asked = 0
    for operation in operations(server, schemathesis):

        @given(case=operation.as_strategy())
        @settings(
            max_examples=CASES,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        def ask(case: Any) -> None:
            nonlocal asked
            asked += 1
            answer = case.call(base_url=server.url, timeout=30)
            case.validate_response(
                answer,
                checks=[
                    schemathesis.checks.not_a_server_error,
                    schemathesis.checks.status_code_conformance,
                    schemathesis.checks.content_type_conformance,
                    schemathesis.checks.response_schema_conformance,
                ],
            )

        ask()
    assert asked > 100


def example_in(api: dict[str, Any], schema: dict[str, Any]) -> Any:
    """Return the example of a model in the description, or one put together from those of its fields."""
    model = api["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    fields = {name: field["examples"][0] for name, field in model["properties"].items() if "examples" in field}
    return model["examples"][0] if "examples" in model else fields


def test_every_answer_has_its_schema_and_an_example_that_fits_it(server: Server) -> None:
    validator = pytest.importorskip("jsonschema_rs", reason="schemathesis brings it")
    with server.client() as client:
        api = client.get("/openapi.json").json()
    bare = []
    for path, operations in api["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            for sent in operation.get("requestBody", {}).get("content", {}).values():
                bare += [f"{where} body"] if not {"example", "examples"} & sent.keys() else []
            bare += [f"{where} {one['name']}" for one in operation.get("parameters", []) if "examples" not in one]
            for status, answer in operation["responses"].items():
                for media, content in answer.get("content", {}).items():
                    bare += [f"{where} {status} {media}"] if not content.get("schema") else []
                    if media == "application/json":
                        example = example_in(api, content["schema"])
                        validator.validate({**content["schema"], "components": api["components"]}, example)
    assert bare == []
