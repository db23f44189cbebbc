"""Policies as people write them: budgets, thresholds and what they do.

Validation here is domain knowledge; where a value stands in a file is the loader's.
Amounts are in the organization's currency, percents of the budget.
"""

from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from service.domain.activity import ActivityKey
from service.domain.document import (
    Amount,
    Currency,
    Document,
    Duration,
    Name,
    PositiveDuration,
    Share,
    ShareOrAmount,
    Text,
    Version,
    one_line,
    refuse,
    schema_of,
)
from service.domain.effect import Then
from service.domain.money import Money
from service.domain.period import PeriodKind
from service.domain.quantity import Percent
from service.domain.scope import Category, Scope
from service.domain.watch import ActivityWatch, PaceWatch, UsageWatch, not_counted

_NOT_THE_WHOLE = (
    "{key}: the provider's limit is the whole organization's for a month, so this needs"
    " a policy without scope and with period: month"
)

# What a threshold may watch, exactly one of these.
_WATCHES = ("spend", "forecast", "limit", "pace", "usage", "activity")


class Severity(StrEnum):
    """How much a person should mind."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Give 0 for info, 1 for warning, 2 for critical."""
        return list(Severity).index(self)


class Mode(StrEnum):
    """Whether a policy may touch the limit."""

    OBSERVE = "observe"  # decide and record only
    ENFORCE = "enforce"


class Budget(Document):
    """The amount planned for a scope and period."""

    amount: Amount = Field(
        description="What is planned, a bare number in `currency`; 0 means zero.",
        examples=[5000],
    )
    currency: Currency = Field(
        description="ISO 4217; must be the organization's.", examples=["EUR"]
    )
    period: PeriodKind = Field(
        PeriodKind.MONTH,
        description="The provider's calendar (UTC); weeks begin on Monday.",
        examples=["month"],
    )

    @property
    def money(self) -> Money:
        """Give the budget as money."""
        return Money(self.amount, self.currency)

    def amount_of(self, value: Percent | Decimal) -> Decimal:
        """Give an amount as it is, and a percent as that share of the budget."""
        return value.of(self.amount) if isinstance(value, Percent) else value


class PolicyScope(Document):
    """What a policy looks at; left out, the whole organization."""

    workspace: Text | None = Field(
        None, description="One workspace, by name or uuid.", examples=["Search"]
    )
    categories: tuple[Category, ...] = Field(
        (), description="Only these categories of usage; [] is all.", examples=[["ocr"]]
    )
    models: tuple[Text, ...] = Field(
        (),
        description="Only models whose billed display name matches one of these globs;"
        " case matters; [] is all.",
        examples=[["mistral-large-*"]],
    )


class Threshold(Document):
    """Something to watch, and what to do when it is crossed.

    `spend`, `forecast` and `limit` fire at or above their bound, `pace`, `usage` and
    `activity` beyond it.
    """

    id: Name = Field(
        description="The identity within the policy; another id is another alert.",
        examples=["near-limit"],
    )
    spend: ShareOrAmount | None = Field(
        None,
        description="Fires when the spend in scope since the period began reaches this"
        " percent of the budget, or this amount.",
        examples=["80%"],
    )
    forecast: ShareOrAmount | None = Field(
        None,
        description="Fires when the spend in scope expected at the period's end reaches"
        " this percent of the budget, or this amount; needs seven days of history.",
        examples=["100%"],
    )
    limit: Share | None = Field(
        None,
        description="Fires when month-to-date spend reaches this share of the"
        " provider's spend limit; whole organization and month only.",
        examples=["85%"],
    )
    pace: PaceWatch | None = Field(
        None,
        description="Fires when a window costs a multiple of what these hours of the"
        " week usually cost, by what was observed over at least 14 days.",
        examples=[{"window": "3h", "above": "5x", "at_least": 20}],
    )
    usage: UsageWatch | None = Field(
        None,
        description="Fires beyond a number of units consumed in scope.",
        examples=[{"unit": "api_tokens", "above": 2_000_000_000}],
    )
    activity: ActivityWatch | None = Field(
        None,
        description="Fires beyond a count of what people do in le Chat and Vibe Code,"
        " each user, agent or workspace on their own or all together.",
        examples=[
            {
                "metric": "lechat.messages",
                "per": "user",
                "window": "month",
                "above": 5000,
            }
        ],
    )
    held_for: Duration | None = Field(
        None,
        alias="for",
        description="Fires only after the crossing has been seen for so long.",
        examples=["6h"],
    )
    severity: Severity = Field(
        Severity.WARNING, description="How much to mind.", examples=["warning"]
    )
    notify: tuple[Text, ...] | None = Field(
        None,
        description="Channels to tell; left out, the guard's default_channels.",
        examples=[["finops"]],
    )
    repeat: PositiveDuration | None = Field(
        None,
        description="Remind after so long while it fires; left out, tell once.",
        examples=["3d"],
    )
    then: Then | None = Field(
        None,
        description="What to do about the provider's spend limit; left out, only tell.",
        examples=[{"cap_limit": {"to": "100%"}, "approval": "none"}],
    )

    @model_validator(mode="after")
    def _watches_one_thing(self) -> Self:
        watches = [getattr(self, name) for name in _WATCHES]
        if sum(watch is not None for watch in watches) != 1:
            refuse(
                (
                    (),
                    f"a threshold watches exactly one of {', '.join(_WATCHES)}",
                ),
            )
        return self


class Track(Document):
    """A limit that follows healthy spend, so that a runaway burns little."""

    headroom: PositiveDuration = Field(
        description="How long healthy spend must find room below the limit: what is"
        " left is what that needs and a fifth more, up to twice that on lively days."
        " Shorter saves more and stops more.",
        examples=["3d"],
    )
    floor: ShareOrAmount | None = Field(
        None,
        description="Never lowered below this: an amount, or a percent of the budget.",
        examples=[1000],
    )
    ceiling: ShareOrAmount | None = Field(
        None,
        description="Never raised above this: an amount, or a percent of the budget.",
        examples=[6000],
    )


class Policy(Document):
    """A budget for a scope, with its thresholds; `id` is its identity for ever."""

    id: Name = Field(
        description="The identity; everything else may change freely.",
        examples=["acme-monthly"],
    )
    title: Annotated[str, Field(max_length=200), AfterValidator(one_line)] = Field(
        "",
        description="What it is about, for people.",
        examples=["Everything Acme buys from Mistral"],
    )
    owner: Text | None = Field(
        None, description="Whom to ask about it.", examples=["platform@acme.example"]
    )
    organization: Text = Field(
        description="An organization that guard.yaml names.", examples=["acme"]
    )
    scope: PolicyScope = Field(
        PolicyScope(),
        description="Which part of the usage counts; left out, all of it.",
        examples=[{"categories": ["ocr"]}],
        json_schema_extra={"default": {}},
    )
    budget: Budget = Field(
        description="The amount planned for a period.",
        examples=[{"amount": 5000, "currency": "EUR", "period": "month"}],
    )
    mode: Mode = Field(
        Mode.OBSERVE,
        description="observe: decide and record, never touch the limit; enforce: also"
        " change it.",
        examples=["enforce"],
    )
    thresholds: tuple[Threshold, ...] = Field(
        (),
        description="What to watch.",
        examples=[[{"id": "half", "spend": "50%", "severity": "info"}]],
    )

    track: Track | None = Field(
        None,
        description="Keep the provider's limit just above what healthy spend needs;"
        " takes the place of the guardrails' baseline_limit.",
        examples=[{"headroom": "3d", "floor": 1000, "ceiling": 6000}],
    )

    @cached_property
    def target(self) -> Scope:
        """Give what the policy applies to, with its organization."""
        return Scope(
            organization=self.organization,
            workspace=self.scope.workspace,
            categories=tuple(category.value for category in self.scope.categories),
            models=self.scope.models,
        )

    @cached_property
    def target_key(self) -> str:
        """Give the text that stands for the target in the identity of alerts."""
        return self.target.key

    def period_of(self, threshold: Threshold) -> PeriodKind:
        """Give what a threshold's alerts are filed under: its window, or the budget's.

        Activity is counted over a window of its own.
        """
        watch = threshold.activity
        return self.budget.period if watch is None else watch.window

    def activity_key(self, watch: ActivityWatch) -> ActivityKey:
        """Give the figure that a watch of activity asks for."""
        return ActivityKey(
            metric=watch.metric,
            per=watch.per,
            window=watch.window,
            workspace=self.scope.workspace,
        )

    @model_validator(mode="after")
    def _threshold_ids_differ(self) -> Self:
        ids = [threshold.id for threshold in self.thresholds]
        refuse(
            *(
                (
                    ("thresholds", index, "id"),
                    f"two thresholds of policy {self.id} are called {each}",
                )
                for index, each in enumerate(ids)
                if each in ids[:index]
            )
        )
        return self

    @model_validator(mode="after")
    def _the_limit_can_follow(self) -> Self:
        track = self.track
        if track is None or track.floor is None or track.ceiling is None:
            return self
        floor = self.budget.amount_of(track.floor)
        if floor >= self.budget.amount_of(track.ceiling):
            refuse(
                (("track", "floor"), "must be below the ceiling: nothing could move")
            )
        return self

    @model_validator(mode="after")
    def _activity_is_counted_so(self) -> Self:
        for index, threshold in enumerate(self.thresholds):
            has_effect = threshold.then is not None
            found = not_counted(threshold.activity, self.target, has_effect=has_effect)
            place: tuple[str | int, ...] = ("thresholds", index)
            refuse(*(((*place, *at), text) for at, text in found))
        return self

    @model_validator(mode="after")
    def _the_limit_is_the_whole_organizations_for_a_month(self) -> Self:
        if self.target.is_organization and self.budget.period is PeriodKind.MONTH:
            return self
        refuse(
            *(
                (("thresholds", index, key), _NOT_THE_WHOLE.format(key=key))
                for index, threshold in enumerate(self.thresholds)
                for key in ("limit", "then")
                if getattr(threshold, key) is not None
            ),
            *(
                ()
                if self.track is None
                else ((("track",), _NOT_THE_WHOLE.format(key="track")),)
            ),
        )
        return self


class PolicyFile(Document):
    """Any other file of the folder."""

    version: Version = Field(description="The version of the language.", examples=[1])
    policies: tuple[Policy, ...] = Field(
        description="Policies; an id is unique in the whole folder.",
        examples=[[]],
    )


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of a policy file, for editors."""
    return schema_of(PolicyFile, "Spendguard policies")
