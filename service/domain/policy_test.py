"""Tests of policies as people write them: what is spent, and what is to come of it.

Amounts are in the organization's currency, times in UTC. What a test leaves out is
healthy: every answer comes, and nobody does anything.
"""

from dataclasses import dataclass
from typing import Any, Self

from pydantic import Field, model_validator

from service.domain.document import Document, Flag, Text, Version, refuse, schema_of
from service.domain.expectation import Expectation
from service.domain.policy_test_activity import Doing
from service.domain.policy_test_given import Act, Outage, Part, PastDays, RunClock
from service.domain.policy_test_times import times_that_do_not_fit
from service.domain.policy_test_values import LimitAmount, Series
from service.domain.spend_series import Between


class PolicyTest(Document):
    """One test: what is spent and done, and all that is to come of it."""

    name: Text = Field(
        description="What it shows, as a sentence.",
        examples=["Half of the budget is told once"],
    )
    organization: Text | None = Field(
        None,
        description="The organization; left out, the only one of guard.yaml.",
        examples=["acme"],
    )
    clock: RunClock = Field(
        description="When it begins, and how often it checks.",
        examples=[{"start": "2026-08-20 12:00"}],
    )
    limit: LimitAmount | None = Field(
        None,
        description="The provider's spend limit at the start, or unlimited; left out,"
        " the guard's baseline_limit, or unlimited where there is none.",
        examples=[5000],
    )
    spend: Series | None = Field(
        None,
        description="Spend since the month began, at times; a bare amount is that of"
        " the start. `20x` spends 20 times the usual of the history from the point"
        " before. Left out, what the parts come to, or what the history goes on with.",
        examples=[{"+0h": 2490, "+2h": 2510}],
    )
    between: Between = Field(
        Between.LINE,
        description="line: evenly from point to point; steps: at once at each point.",
        examples=["steps"],
    )
    history: PastDays | None = Field(
        None,
        description="What the days before the start cost.",
        examples=[{"days": 60, "day": 150, "weekend": 40}],
    )
    parts: tuple[Part, ...] = Field(
        (),
        description="Parts of the spend, by workspace, category and model.",
        examples=[[{"workspace": "Search", "spend": {"day 20": 1100}}]],
    )
    activity: tuple[Doing, ...] = Field(
        (),
        description="What people do in le Chat and Vibe Code; left out, nothing.",
        examples=[
            [
                {
                    "metric": "lechat.messages",
                    "per": "user",
                    "name": "ann",
                    "counts": {"+0h": 4990, "+2h": 5001},
                }
            ]
        ],
    )
    outages: tuple[Outage, ...] = Field(
        (),
        description="When the provider does not answer.",
        examples=[[{"from": "+1h", "to": "+2h", "of": "usage"}]],
    )
    acts: tuple[Act, ...] = Field(
        (),
        description="What persons do.",
        examples=[[{"at": "+1h", "approve": "acme-monthly/stop"}]],
    )
    expect: tuple[Expectation, ...] = Field(
        (),
        description="All that happens, in any order; [] is nothing at all.",
        examples=[[{"at": "+1h", "fires": "acme-monthly/half"}]],
    )
    ignore: tuple[Text, ...] = Field(
        (),
        description="Alerts that may come and go unsaid: globs on `policy/threshold`"
        " or on a health alert's kind. Limit changes are never ignored.",
        examples=[["acme-daily/*"]],
    )
    strict: Flag = Field(
        default=True,
        description="Whether what is not expected fails the test.",
        examples=[False],
    )

    @model_validator(mode="after")
    def _times_fit(self) -> Self:
        refuse(*times_that_do_not_fit(self))
        return self


class PolicyTestFile(Document):
    """A file of `tests/` beside the policies."""

    version: Version = Field(description="The version of the language.", examples=[1])
    tests: tuple[PolicyTest, ...] = Field(description="Tests.", examples=[[]])


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredTest:
    """A test, the organization it is of, and where it is written."""

    test: PolicyTest
    organization: str
    file: str
    line: int


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of a file of tests, for editors."""
    return schema_of(PolicyTestFile, "Spendguard policy tests")
