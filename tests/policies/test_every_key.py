"""Every key of the language is described, documented, and refused when it is wrong."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.house.project import ROOT
from tests.policies.schema_keys import GUARD, POLICY, Schema, all_keys, places
from tests.policies.shipped import SHIPPED, TESTDATA
from tests.policies.test_broken_files import EXPECTED
from tests.policies.test_policy_tests import EVERY_KIND

SCHEMAS = {"policy": POLICY, "guard": GUARD}
REFERENCE = (ROOT / "docs" / "policies.md").read_text("utf-8").partition("## Reference")
CODE = re.compile(r"```yaml\n(.*?)^```$|`([^`]+)`", re.DOTALL | re.MULTILINE)
FINDING = re.compile(r"(\d+):(\d+): (?:needs `(\w+)`)?")
NAMED = re.compile(r"^# yaml-language-server: \$schema=(\S+)$", re.MULTILINE)


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_every_key_stands_in_the_reference(schema: Schema) -> None:
    code = " ".join(" ".join(found) for found in CODE.findall(REFERENCE[2]))
    words = set(re.findall(r"\w+", code))

    assert [
        each for each in all_keys(schema) if each.rpartition(".")[2] not in words
    ] == []


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_every_word_that_a_key_takes_stands_in_the_reference(schema: Schema) -> None:
    code = {part for found in CODE.findall(REFERENCE[2]) for part in found}
    told = " ".join(code)

    assert [
        f"{kind['title']}: {word}"
        for kind in schema["$defs"].values()
        for word in kind.get("enum", ())
        if not re.search(rf"\b{word}\b", told)
    ] == []


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_every_kind_and_key_is_explained_to_an_editor(schema: Schema) -> None:
    kinds = (schema, *schema["$defs"].values())

    assert [each["title"] for each in kinds if not each.get("description")] == []


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_every_example_of_a_key_is_one_that_it_takes(schema: Schema) -> None:
    wrong = [
        f"{kind['title']}.{key}: {example}"
        for kind in (schema, *schema["$defs"].values())
        for key, described in kind.get("properties", {}).items()
        for example in described["examples"]
        if not Draft202012Validator({**described, "$defs": schema["$defs"]}).is_valid(
            example
        )
    ]

    assert wrong == []


@pytest.mark.parametrize("file", sorted(SHIPPED.rglob("*.yaml")), ids=lambda f: f.name)
def test_every_shipped_file_names_the_schema_that_explains_it(file: Path) -> None:
    named = NAMED.search(file.read_text("utf-8"))

    assert named is not None
    assert (file.parent / named[1]).is_file()


def refused_in(name: str, schema: Schema) -> Iterator[str]:
    """Name the keys of a broken file that its findings are about."""
    there = places((TESTDATA / name).read_text("utf-8"), schema)
    for finding in EXPECTED[name]:
        found = FINDING.match(finding)
        assert found is not None
        at = (int(found[1]), int(found[2]))
        about = [each for each in there if each.start <= at < each.end]
        # The innermost is the one that begins last.
        if about:
            yield max(about, key=lambda each: each.start).key
        if found[3] is not None:
            yield from (key for key in all_keys(schema) if key.endswith(f".{found[3]}"))


@pytest.mark.parametrize(("kind", "schema"), SCHEMAS.items(), ids=SCHEMAS)
def test_every_key_has_a_broken_file_in_which_it_is_refused(
    kind: str, schema: Schema
) -> None:
    folder = {"policy": "policies", "guard": "guards"}[kind]
    names = [each for each in EXPECTED if each.startswith(f"{folder}/")]
    refused = {key for name in names for key in refused_in(name, schema)}

    assert [each for each in all_keys(schema) if each not in refused] == []


def test_every_key_of_a_policy_stands_in_a_set_that_tests_are_run_on() -> None:
    tested = {
        place.key
        for folder in (SHIPPED, EVERY_KIND)
        for file in folder.glob("*.yaml")
        for place in places(file.read_text("utf-8"), POLICY)
    }

    assert [each for each in all_keys(POLICY) if each not in tested] == []
