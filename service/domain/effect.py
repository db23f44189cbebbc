"""What a threshold may do to the provider's spend limit when it fires."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from service.domain.document import (
    CapTarget,
    Count,
    Document,
    Duration,
    Flag,
    PositiveDuration,
    ShareOrAmount,
    refuse,
)
from service.domain.quantity import Percent, as_written


def _is_more_than_nothing(value: Percent | object) -> bool:
    return bool(value.percent if isinstance(value, Percent) else value)


class RaiseLimit(Document):
    """Raise the provider's spend limit by a bounded step, once per firing."""

    by: ShareOrAmount = Field(
        description="The step: an amount, or a percent of the budget.", examples=["20%"]
    )
    up_to: ShareOrAmount | None = Field(
        None,
        description="Never above this: an amount, or a percent of the budget.",
        examples=[6000],
    )
    times_per_period: Annotated[Count, Field(ge=1)] | None = Field(
        None,
        description="Most raises of this threshold in one month.",
        examples=[2],
    )
    cooldown: Duration | None = Field(
        None,
        description="Least time between two raises of this threshold; the guardrails'"
        " own cooldown holds as well.",
        examples=["24h"],
    )
    expires: PositiveDuration | None = Field(
        None,
        description="How long the raise lasts; then the limit goes back by itself, not"
        " below the spend with a day's need. Left out, it stays.",
        examples=["24h"],
    )

    @model_validator(mode="after")
    def _raises(self) -> Self:
        if not _is_more_than_nothing(self.by):
            refuse((("by",), "a raise by nothing raises nothing"))
        return self


class CapLimit(Document):
    """Lower the provider's spend limit; never raises it.

    Ends at or above the spend unless `below_spend`, which stops production at once.
    """

    to: CapTarget = Field(
        description="An amount, a percent of the budget, or `spend + …` of either.",
        examples=["100%", 4200, "spend + 5%"],
    )
    below_spend: Flag = Field(
        default=False,
        description="Whether it may end below what is spent: production stops at once.",
        examples=[False],
    )


class SetLimit(Document):
    """Set the provider's spend limit, in either direction."""

    to: ShareOrAmount = Field(
        description="An amount, or a percent of the budget.", examples=[5000]
    )


LimitEffect = RaiseLimit | CapLimit | SetLimit


class OnExpiry(StrEnum):
    """What follows when nobody answers in time."""

    DENY = "deny"  # nothing is changed
    APPLY = "apply"  # carried out as if approved


class AskFirst(Document):
    """A person is asked before the effect is carried out."""

    expires: PositiveDuration = Field(
        timedelta(hours=2),
        description="How long there is to answer; a reminder goes out at half time.",
        examples=["2h"],
        json_schema_extra={"default": "2h"},
    )
    on_expiry: OnExpiry = Field(
        OnExpiry.DENY,
        description="What follows when nobody answers in time: deny or apply.",
        examples=["deny"],
    )


def _approval(value: object) -> object:
    if isinstance(value, Mapping):
        # Here, so that a mistake is found at its key and not once for each choice.
        return AskFirst.model_validate(value)
    if value is None or isinstance(value, AskFirst) or value == "none":
        return value
    raise ValueError(
        "expected none, or how long a person has to answer, like {expires: 2h,"
        f" on_expiry: deny}}, not {as_written(value)}"
    )


class Then(Document):
    """What a threshold does when it fires: exactly one effect, and who approves it."""

    raise_limit: RaiseLimit | None = Field(
        None,
        description="Raise the provider's spend limit by a bounded step.",
        examples=[{"by": "20%", "up_to": 6000}],
    )
    cap_limit: CapLimit | None = Field(
        None,
        description="Lower the provider's spend limit; needs `approval`.",
        examples=[{"to": "100%"}],
    )
    set_limit: SetLimit | None = Field(
        None,
        description="Set the provider's spend limit, up or down; needs `approval`.",
        examples=[{"to": 5000}],
    )
    approval: Annotated[
        Literal["none"] | AskFirst | None, BeforeValidator(_approval)
    ] = Field(
        None,
        description="Whether a person is asked first, and by when. Left out, a raise"
        " asks nobody; a cap or a set must say it, for reaching a limit stops"
        " production.",
        examples=["none", {"expires": "2h", "on_expiry": "deny"}],
    )

    @property
    def effect(self) -> LimitEffect:
        """Give the one effect."""
        effects = (self.raise_limit, self.cap_limit, self.set_limit)
        return next(effect for effect in effects if effect is not None)

    @property
    def asks(self) -> AskFirst | None:
        """Give how a person is asked first; None where nobody is."""
        return self.approval if isinstance(self.approval, AskFirst) else None

    @model_validator(mode="after")
    def _one_effect_and_who_approves(self) -> Self:
        effects = (self.raise_limit, self.cap_limit, self.set_limit)
        if sum(effect is not None for effect in effects) != 1:
            refuse(((), "needs exactly one of raise_limit, cap_limit, set_limit"))
        # Reaching a limit stops production, so somebody must have said so (F19).
        if self.raise_limit is None and self.approval is None:
            who = "add approval: none, or approval: {expires: 2h} to ask a person"
            refuse(((), f"a cap or a set must say who approves: {who}"))
        return self
