"""What the test of a policy is given: a clock, past days, parts, outages and acts."""

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from service.domain.document import (
    Amount,
    Count,
    Document,
    Flag,
    PositiveDuration,
    Text,
    refuse,
)
from service.domain.policy_test_values import LimitAmount, Series, Time
from service.domain.quantity import as_written
from service.domain.scope import Category

_HOURS = re.compile(r"([01]?[0-9]|2[0-4])-([01]?[0-9]|2[0-4])")


def _hours(value: str) -> str:
    found = _HOURS.fullmatch(value)
    if not found or int(found[1]) >= int(found[2]):
        raise ValueError(f"expected hours like 8-18, not {as_written(value)}")
    return value


class RunClock(Document):
    """When a test begins and ends, and how often it checks."""

    start: Time = Field(
        description="The first check, in UTC: a date, and a time where it matters.",
        examples=["2026-08-20 12:00"],
    )
    step: PositiveDuration = Field(
        timedelta(minutes=15),
        description="A check is made so often, and at every time that the test names.",
        examples=["15m"],
        json_schema_extra={"default": "15m"},
    )
    end: Time | None = Field(
        None,
        description="The last check; left out, one step behind the last time named.",
        examples=["+2d"],
    )

    @model_validator(mode="after")
    def _begins_somewhere(self) -> Self:
        if self.start.at is None:
            refuse((("start",), "expected a date, like 2026-08-20 12:00"))
        return self


class PastDays(Document):
    """What the days before the test cost, so that there is a forecast and a pace."""

    days: Annotated[Count, Field(ge=1, le=400)] = Field(
        description="How many days before the start are known.", examples=[60]
    )
    day: Amount = Field(description="What a day cost.", examples=[150])
    weekend: Amount | None = Field(
        None,
        description="What a Saturday or Sunday cost; left out, as much as any day.",
        examples=[40],
    )
    hours: Annotated[str, AfterValidator(_hours)] = Field(
        "0-24",
        description="From which hour to which it was spent, in UTC.",
        examples=["8-18"],
    )

    @property
    def first_hour(self) -> int:
        """Give the hour at which a day's spend begins."""
        return int(self.hours.split("-")[0])

    @property
    def last_hour(self) -> int:
        """Give the hour at which it ends."""
        return int(self.hours.split("-")[1])


class Part(Document):
    """A part of the usage, for policies that look at parts."""

    workspace: Text | None = Field(
        None, description="The workspace, as policies name it.", examples=["Search"]
    )
    category: Category = Field(
        Category.COMPLETION, description="Its category.", examples=["ocr"]
    )
    model: Text = Field(
        "other",
        description="The model's display name as billed.",
        examples=["mistral-large-2512"],
    )
    spend: Series = Field(
        (),
        description="Its spend since the month began, as for the whole.",
        examples=[{"day 20": 300}],
        json_schema_extra={"default": {}},
    )
    units: Mapping[Text, Series] = Field(
        {},
        description="Units consumed since the month began, by the provider's event"
        " type.",
        examples=[{"api_tokens": {"day 20": 1_500_000_000}}],
    )
    history: PastDays | None = Field(
        None, description="What its past days cost.", examples=[{"days": 30, "day": 20}]
    )


class Lost(StrEnum):
    """What a provider does not answer."""

    EVERYTHING = "everything"
    USAGE = "usage"
    LIMIT = "limit"  # the spend limit, and the total that is counted against it
    TOTAL = "total"  # the total alone
    WORKSPACES = "workspaces"


class Outage(Document):
    """A time in which the provider does not answer, or leaves something out."""

    start: Time = Field(alias="from", description="When it begins.", examples=["+1h"])
    end: Time = Field(
        alias="to", description="When answers come again.", examples=["+2h"]
    )
    of: Lost = Field(
        Lost.EVERYTHING,
        description="everything, usage, limit, total or workspaces.",
        examples=["usage"],
    )


_ACTS = ("approve", "deny", "release", "console", "pause", "resume")


class Act(Document):
    """Something that a person does at a time: exactly one of the acts."""

    at: Time = Field(description="When.", examples=["+1h"])
    approve: Text | None = Field(
        None,
        description="Approve what this threshold asks for.",
        examples=["acme-monthly/stop"],
    )
    deny: Text | None = Field(
        None,
        description="Deny what this threshold asks for.",
        examples=["acme-monthly/stop"],
    )
    release: Flag | None = Field(
        None, description="Release a limit that holds.", examples=[True]
    )
    console: LimitAmount | None = Field(
        None,
        description="Set the limit in the provider's console, past Spendguard.",
        examples=[6000],
    )
    pause: Flag | None = Field(
        None, description="Pause all automatic changes.", examples=[True]
    )
    resume: Flag | None = Field(
        None, description="Allow automatic changes again.", examples=[True]
    )

    @model_validator(mode="after")
    def _is_one_act(self) -> Self:
        if sum(getattr(self, name) is not None for name in _ACTS) != 1:
            refuse(((), f"an act is exactly one of {', '.join(_ACTS)}"))
        return self
