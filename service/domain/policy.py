"""Policies as people write them: budgets, thresholds and what they do.

Validation here is domain knowledge; where a value stands in a file is the loader's.
Amounts are in the organization's currency, percents of the budget.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from service.domain.money import Money
from service.domain.period import PeriodKind
from service.domain.quantity import (
    Amount,
    CapTarget,
    Currency,
    Document,
    Duration,
    Name,
    Share,
    ShareOrAmount,
)
from service.domain.scope import Category, Scope


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

    amount: Amount
    currency: Currency
    period: PeriodKind = PeriodKind.MONTH

    @property
    def money(self) -> Money:
        """Give the budget as money."""
        return Money(self.amount, self.currency)


class PolicyScope(Document):
    """What a policy looks at; left out, the whole organization."""

    workspace: str | None = None
    categories: tuple[Category, ...] = ()
    models: tuple[str, ...] = ()


class UsageWatch(Document):
    """Units consumed in scope, by the provider's event type; fires beyond `above`."""

    unit: str
    above: Amount


class RaiseLimit(Document):
    """Raise the provider's spend limit by a bounded step, once per firing."""

    by: ShareOrAmount
    up_to: ShareOrAmount | None = None
    times_per_period: Annotated[int, Field(ge=1)] | None = None
    cooldown: Duration | None = None


class CapLimit(Document):
    """Lower the provider's spend limit; never raises it.

    Ends at or above the spend unless `below_spend`, which stops production at once.
    """

    to: CapTarget
    below_spend: bool = False


class SetLimit(Document):
    """Set the provider's spend limit, in either direction."""

    to: ShareOrAmount


LimitEffect = RaiseLimit | CapLimit | SetLimit


class Approval(Document):
    """Ask a person first; what happens when nobody answers in time."""

    expires: Duration
    on_expiry: Literal["deny", "apply"] = "deny"


class Then(Document):
    """What a threshold does when it fires: exactly one effect, and who approves it."""

    raise_limit: RaiseLimit | None = None
    cap_limit: CapLimit | None = None
    set_limit: SetLimit | None = None
    approval: Literal["none"] | Approval | None = None

    @property
    def effect(self) -> LimitEffect:
        """Give the one effect."""
        effects = (self.raise_limit, self.cap_limit, self.set_limit)
        return next(effect for effect in effects if effect is not None)

    @model_validator(mode="after")
    def _one_effect_and_who_approves(self) -> Self:
        effects = (self.raise_limit, self.cap_limit, self.set_limit)
        if sum(effect is not None for effect in effects) != 1:
            raise ValueError(
                "then: needs exactly one of raise_limit, cap_limit, set_limit"
            )
        # Reaching a limit stops production, so somebody must have said so (F19).
        if self.raise_limit is None and self.approval is None:
            raise ValueError("a cap or a set must say who approves: add approval: none")
        return self


class Threshold(Document):
    """Something to watch, and what to do when it is crossed.

    `spend` and `limit` fire at or above their bound, `usage` beyond it.
    """

    id: Name
    spend: ShareOrAmount | None = None
    limit: Share | None = None
    usage: UsageWatch | None = None
    held_for: Annotated[Duration | None, Field(alias="for")] = None
    severity: Severity = Severity.WARNING
    notify: tuple[str, ...] | None = None
    repeat: Duration | None = None
    then: Then | None = None

    @model_validator(mode="after")
    def _watches_one_thing(self) -> Self:
        if (
            sum(watch is not None for watch in (self.spend, self.limit, self.usage))
            != 1
        ):
            raise ValueError("a threshold watches exactly one of spend, limit, usage")
        return self


class Policy(Document):
    """A budget for a scope, with its thresholds; `id` is its identity for ever."""

    id: Name
    title: str = ""
    owner: str | None = None
    organization: str
    scope: PolicyScope = PolicyScope()
    budget: Budget
    mode: Mode = Mode.OBSERVE
    thresholds: tuple[Threshold, ...] = ()

    @property
    def target(self) -> Scope:
        """Give what the policy applies to, with its organization."""
        return Scope(
            organization=self.organization,
            workspace=self.scope.workspace,
            categories=tuple(category.value for category in self.scope.categories),
            models=self.scope.models,
        )

    @model_validator(mode="after")
    def _threshold_ids_differ(self) -> Self:
        ids = [threshold.id for threshold in self.thresholds]
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise ValueError(f"two thresholds are called {', '.join(twice)}")
        return self

    @model_validator(mode="after")
    def _effects_need_the_organization_and_a_month(self) -> Self:
        whole = self.target.is_organization and self.budget.period is PeriodKind.MONTH
        for threshold in self.thresholds:
            if threshold.then is not None and not whole:
                raise ValueError(
                    f"threshold {threshold.id}: the provider's limit is the whole"
                    " organization's for a month, so only a policy of organization"
                    " scope and period month may change it"
                )
            if threshold.limit is not None and not self.target.is_organization:
                raise ValueError(
                    f"threshold {threshold.id}: limit: needs organization scope"
                )
        return self


class PolicyFile(Document):
    """Any other file of the folder."""

    version: Literal[1]
    policies: tuple[Policy, ...] = ()


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of a policy file, for editors."""
    schema: dict[str, Any] = PolicyFile.model_json_schema(by_alias=True)
    return schema
