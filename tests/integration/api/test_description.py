"""The API describes itself: every route, every error, with examples that hold."""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import pytest

from service.api.app import create_app
from service.api.gate import is_open
from tests.integration.api.serving import Served
from tests.unit.pipeline.respond_world import World

SCHEMA: Mapping[str, Any] = create_app(World().services()).openapi()


def operations() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in SCHEMA["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_operations_have_names_that_stay() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]

    assert len(names) == len(set(names))
    assert {"read_status", "run_checks", "set_spend_limit"} <= set(names)


@pytest.mark.parametrize(
    ("path", "method", "operation"),
    list(operations()),
    ids=[f"{method} {path}" for path, method, _ in operations()],
)
def test_each_operation_says_what_it_is_for(
    path: str, method: str, operation: Mapping[str, Any]
) -> None:
    assert method in {"get", "put", "post", "delete"}
    assert operation["summary"]
    assert operation["description"]
    assert len(operation["tags"]) == 1
    if path.startswith("/api/v1") and not is_open(path):
        assert operation["security"] == [{"key": []}]
        assert {"401", "403", "429", "503"} <= set(operation["responses"])


def test_every_tag_is_explained() -> None:
    explained = {tag["name"] for tag in SCHEMA["tags"]}

    assert {tag for _, _, each in operations() for tag in each["tags"]} <= explained


def test_every_parameter_is_described() -> None:
    for path, _, operation in operations():
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "query":
                assert parameter.get("description"), (path, parameter["name"])


def examples() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, schema in SCHEMA["components"]["schemas"].items():
        if "example" in schema:
            yield name, schema


@pytest.mark.parametrize(("name", "schema"), list(examples()))
def test_each_example_is_what_it_is_an_example_of(
    name: str, schema: Mapping[str, Any]
) -> None:
    assert name
    whole = {**schema, "components": SCHEMA["components"]}

    jsonschema.Draft202012Validator(whole).validate(schema["example"])


def test_every_answer_has_an_example() -> None:
    named = {name for name, _ in examples()}
    for path, _, operation in operations():
        for content in _contents(operation):
            shown = _item_name(content["schema"]) if "schema" in content else None
            assert shown in named or "example" in content or shown is None, path


def _contents(operation: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for response in operation["responses"].values():
        yield from response.get("content", {}).values()
    yield from operation.get("requestBody", {}).get("content", {}).values()


def _item_name(schema: Mapping[str, Any]) -> str | None:
    """Give the name of a schema, or of its items where it is a list."""
    for option in schema.get("anyOf", ()):
        if "$ref" in option:
            return _item_name(option)
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name.startswith("Listing"):
        found = SCHEMA["components"]["schemas"][name]["properties"]["items"]["items"]
        return _item_name(found)
    return name or None


def test_the_description_is_served_to_who_has_a_key(served: Served) -> None:
    with served.anybody() as nobody:
        assert nobody.get("/openapi.json").status_code == 401

    answer = served.viewer.http.get("/openapi.json")

    assert answer.json()["openapi"].startswith("3.1")
    assert "/api/v1/status" in answer.json()["paths"]
