"""What the rules of a limit change start from, and what they come to."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import assert_never

from service.domain.alert import Alert
from service.domain.effect import CapLimit, LimitEffect, RaiseLimit, SetLimit
from service.domain.figure_book import FigureBook
from service.domain.guard import Guardrails, Organization
from service.domain.limit_change import (
    ChangeKind,
    ChangeState,
    LimitChange,
    is_raise,
)
from service.domain.policy import Mode, Policy, Threshold
from service.domain.state import OrganizationState
from service.domain.usage import Figure, SpendLimit

_HOURS = 24
_MAY_RAISE = (ChangeKind.RAISE, ChangeKind.SET, ChangeKind.TRACK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """How far an approval lets an effect go; `is_spent` once it was carried out."""

    target: Decimal
    is_lowering: bool
    is_spent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An effect that a firing threshold asks for.

    `permit` is there where a person (or their silence) let it go ahead. `is_by_bound`
    says that only the most the spend may be crosses the threshold.
    """

    alert: Alert
    policy: Policy
    threshold: Threshold
    effect: LimitEffect
    permit: Permit | None = None
    is_by_bound: bool = False

    @property
    def binds(self) -> bool:
        """Say whether its cap holds: one that waits for a person holds nothing yet."""
        then = self.threshold.then
        return self.permit is not None or then is None or then.asks is None

    @property
    def kind(self) -> ChangeKind:
        """Give the kind of change the effect makes."""
        match self.effect:
            case CapLimit():
                return ChangeKind.CAP
            case RaiseLimit():
                return ChangeKind.RAISE
            case SetLimit():
                return ChangeKind.SET
            case _:
                assert_never(self.effect)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A limit that could be set now; `exact` is the amount before rounding."""

    kind: ChangeKind
    target: Decimal
    exact: Decimal
    is_lowering: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pursuit:
    """Where a policy whose limit follows wants it; `target` is exact."""

    policy_id: str
    mode: Mode
    target: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """All that the rules look at: the figures, the memory and what bounds a change.

    `changes` are those of at least this period and the last day; `ceiling` comes from
    outside the policy files, in whole units; `burn_rate` is the spend per hour;
    `pursuit` is there where a limit that follows is to be moved.
    """

    organization: Organization
    book: FigureBook
    state: OrganizationState
    changes: tuple[LimitChange, ...]
    is_paused: bool
    ceiling: int | None
    now: datetime
    check_id: str
    burn_rate: Decimal | None = None
    pursuit: Pursuit | None = None

    @property
    def guardrails(self) -> Guardrails:
        """Give the organization's guardrails."""
        return self.organization.guardrails

    @property
    def figure(self) -> Figure:
        """Give the organization's counted spend of the month."""
        return self.book.total

    @property
    def limit(self) -> SpendLimit | None:
        """Give the provider's limit as read, None where it was unreadable."""
        return self.book.observed

    @property
    def day_need(self) -> Decimal:
        """Give what a day costs: the last 24 h or last month's average, the greater."""
        burnt = (self.burn_rate or Decimal(0)) * _HOURS
        final = self.state.final_total
        return max(burnt, Decimal(0) if final is None else final / 30)

    @property
    def ceilings(self) -> tuple[Decimal, ...]:
        """Give what binds every limit: the guardrail and the one from outside."""
        inner = self.guardrails.max_limit
        outer = None if self.ceiling is None else Decimal(self.ceiling)
        return tuple(each for each in (inner, outer) if each is not None)

    def applied(self, *kinds: ChangeKind) -> tuple[LimitChange, ...]:
        """Give the changes of these kinds that came into force."""
        return tuple(
            change
            for change in self.changes
            if change.state is ChangeState.APPLIED and change.kind in kinds
        )

    def applied_raises(self) -> tuple[LimitChange, ...]:
        """Give the automatic raises that came into force; some others are raises."""
        return tuple(
            change
            for change in self.applied(*_MAY_RAISE)
            if is_raise(change.before, change.after)
        )
