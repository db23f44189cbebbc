"""What ships works: without a finding, under the published schema, and current."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from service.domain import guard, policy
from service.domain.effect import CapLimit, RaiseLimit
from service.policy_files import validate
from service.policy_files.reader import Reading, read_set
from tests.house.project import ROOT
from tests.policies.shipped import ENVIRONMENT, EXPANDER, SHIPPED, TESTDATA

SCHEMAS = {"guard": guard.json_schema(), "policy": policy.json_schema()}


def read_shipped() -> Reading:
    files = sorted(SHIPPED.glob("*.yaml"))
    return read_set([(f.name, f.read_text("utf-8")) for f in files], EXPANDER)


def as_an_editor_reads(file: Path) -> object:
    return yaml.safe_load(file.read_text("utf-8"))


def schema_for(file: Path) -> dict[str, Any]:
    return SCHEMAS["guard" if file.name == "guard.yaml" else "policy"]


def test_every_shipped_policy_loads_without_a_finding() -> None:
    assert validate(SHIPPED, ENVIRONMENT, require_variables=True) == ()


def test_the_shipped_organization_raises_and_caps_within_its_guardrails() -> None:
    reading = read_shipped()
    monthly = next(d.policy for d in reading.policies if d.policy.id == "acme-monthly")
    effects = {t.id: t.then.effect for t in monthly.thresholds if t.then is not None}

    raised, capped = effects["near-limit"], effects["stop"]
    assert isinstance(raised, RaiseLimit)
    assert isinstance(capped, CapLimit)
    assert raised.up_to == Decimal(6000)
    assert str(capped.to) == "100%"


def test_the_shipped_files_hold_no_secret() -> None:
    told = "".join(file.read_text("utf-8") for file in SHIPPED.glob("*.yaml"))

    assert "api_key: ${" in told
    assert "sg_" not in told


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.yaml")), ids=lambda f: f.name)
def test_shipped_files_pass_the_published_schema(file: Path) -> None:
    errors = Draft202012Validator(schema_for(file)).iter_errors(
        as_an_editor_reads(file)
    )

    assert [error.message for error in errors] == []


@pytest.mark.parametrize("name", ["unknown-key", "wrong-unit", "amount-with-unit"])
def test_an_editor_sees_mistakes_by_the_schema_alone(name: str) -> None:
    broken = as_an_editor_reads(TESTDATA / "policies" / f"{name}.yaml")

    assert not Draft202012Validator(SCHEMAS["policy"]).is_valid(broken)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_published_schema_is_current(name: str) -> None:
    published = json.loads((ROOT / "docs" / f"{name}.schema.json").read_text("utf-8"))

    Draft202012Validator.check_schema(published)
    assert published == SCHEMAS[name]


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_key_is_described_with_an_example(name: str) -> None:
    schema = SCHEMAS[name]
    bare = [
        f"{kind['title']}.{key}"
        for kind in (schema, *schema["$defs"].values())
        for key, described in kind.get("properties", {}).items()
        if not described.get("description") or not described.get("examples")
    ]

    assert bare == []
