"""Policies on the wire, their thresholds in the words of the policy files."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field

from service.api.bodies.base import (
    Body,
    MoneyBody,
    Sent,
    example,
    plain,
)
from service.api.problems import finding_fields
from service.domain.errors import Finding
from service.domain.money import shown
from service.domain.policy import Mode
from service.domain.policy_set import DeclaredPolicy, PolicySet, PolicySource
from service.domain.quantity import Percent, SpendPlus, shown_duration

YAML_EXAMPLE = """\
version: 1
policies:
  - id: acme-chat
    title: Chat of Acme
    organization: acme
    scope: {categories: [chat]}
    budget: {amount: 1000, currency: EUR}
    thresholds:
      - {id: most, spend: 80%, severity: warning}
"""


class PolicyItem(Body):
    """A policy in force; `definition` has it in the words of the policy files."""

    model_config = example(
        id="acme-monthly",
        title="Everything Acme buys",
        owner="platform@acme.example",
        organization="acme",
        mode="observe",
        budget={"amount": "5000.00", "currency": "EUR"},
        period="month",
        source="file",
        file="acme.yaml",
        line=3,
        revision="6f1c0d",
        commit=None,
        definition={
            "id": "acme-monthly",
            "organization": "acme",
            "budget": {"amount": "5000", "currency": "EUR", "period": "month"},
            "thresholds": [{"id": "half", "spend": "50%", "severity": "info"}],
        },
    )

    id: str
    title: str
    owner: str | None
    organization: str
    mode: Mode
    budget: MoneyBody
    period: str
    source: PolicySource
    file: str | None
    line: int | None
    revision: str
    commit: str | None
    definition: dict[str, Any]


class RevisionItem(Body):
    """A load of the policy set; `error` where it was refused, else it came in force.

    `file` and `text` are of the file that declares the policy asked for.
    """

    model_config = example(
        revision="6f1c0d",
        loaded_at="2026-08-20T12:00:00Z",
        source="folder",
        commit="4b825dc",
        author="A. Person",
        error=None,
        file="acme.yaml",
        text=YAML_EXAMPLE,
    )

    revision: str
    loaded_at: datetime
    source: str
    commit: str | None
    author: str | None
    error: str | None
    file: str
    text: str


class YamlText(Sent):
    """YAML inside JSON, for clients that send nothing else."""

    model_config = example(yaml=YAML_EXAMPLE)

    yaml: str = Field(min_length=1)


class FindingItem(Body):
    """One thing wrong or doubtful, by place."""

    model_config = example(
        file="request.yaml",
        line=3,
        column=5,
        message="unknown key 'treshold'; did you mean 'thresholds'?",
        severity="error",
    )

    file: str
    line: int
    column: int
    message: str
    severity: str


class Findings(Body):
    """What a validation found; valid without an error, warnings or not."""

    model_config = example(valid=True, findings=[])

    valid: bool
    findings: list[FindingItem]


def policy_item(declared: DeclaredPolicy, policies: PolicySet) -> PolicyItem:
    """Give a policy of the set in force."""
    policy = declared.policy
    budget = policy.budget.money
    return PolicyItem(
        id=policy.id,
        title=policy.title,
        owner=policy.owner,
        organization=policy.organization,
        mode=policy.mode,
        budget=MoneyBody(amount=shown(budget.amount), currency=budget.currency),
        period=policy.budget.period,
        source=declared.source,
        file=declared.file,
        line=declared.line,
        revision=policies.revision,
        commit=policies.commit,
        definition=as_written(policy),
    )


def finding_item(finding: Finding) -> FindingItem:
    """Give a finding; lines and columns count from 1."""
    return FindingItem(**finding_fields(finding))


def as_written(document: BaseModel) -> dict[str, Any]:
    """Give a part of a policy in the words of a file; what was left out stays out."""
    fields = type(document).model_fields
    return {
        fields[name].alias or name: _written(getattr(document, name))
        for name in fields
        if name in document.model_fields_set
    }


def _written(value: object) -> Any:  # noqa: ANN401 - any JSON
    match value:
        case BaseModel():
            return as_written(value)
        case Percent() | SpendPlus():
            return str(value)
        case Decimal():
            return plain(value)
        case timedelta():
            return shown_duration(value)
        case tuple():
            return [_written(each) for each in value]
        case _:
            return value
