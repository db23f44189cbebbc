"""Anybody may ask for a higher limit; another person decides on it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from service.domain.approval import (
    WISH_EXPIRES,
    Approval,
    ApprovalState,
    approval_id,
)
from service.domain.approval_request import awaiting_change
from service.domain.approval_step import ApprovalEdge
from service.domain.briefing import headroom, hours_left, money
from service.domain.check import Check
from service.domain.effect import OnExpiry
from service.domain.errors import AlreadyRequested, InvalidInput
from service.domain.guard import Organization
from service.domain.limit_change import ChangeKind, change_id
from service.domain.money import Money
from service.domain.notification import Figures
from service.domain.period import month_of, previous_month
from service.domain.policy import Severity
from service.domain.recording import change_fact
from service.domain.usage import SpendLimit
from service.pipeline.approvals import record_step
from service.pipeline.cycle import WAIT_FOR_CHECK
from service.pipeline.decide import require_organization
from service.pipeline.limits import LimitRequest, require_settable
from service.ports import Services, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """More than the present limit, in whole units, asked for by a person.

    `expires_at` is until when policies are to keep off it.
    """

    organization: str
    amount: Decimal
    reason: str
    actor: str
    expires_at: datetime | None = None


def request_increase(services: Services, wish: Wish) -> Approval:
    """Ask for a higher limit; another person decides.

    Raises what `set_limit` raises for a limit nobody may set, `InvalidInput` for one
    that is no higher, and `AlreadyRequested`, naming the request that still waits.
    """
    policies = services.policies.current()
    organization = require_organization(policies, wish.organization)
    wanted = SpendLimit(Money(wish.amount, organization.currency))
    request = LimitRequest(
        organization=organization.name,
        wanted=wanted,
        note=wish.reason,
        actor=wish.actor,
        expires_at=wish.expires_at,
    )
    require_settable(services, organization, request)
    check = services.queries.last_check(organization.name)
    _require_higher(check, wish.amount)
    with (
        services.locks.organization(organization.name, WAIT_FOR_CHECK),
        services.transaction() as work,
    ):
        number = _number(services, work, wish)
        approval = _wish(services, organization, wish, check, number)
        change = awaiting_change(approval, month_of(approval.requested_at).key)
        work.save_limit_change(change)
        now = approval.requested_at
        work.record(change_fact(change, now, None, wish.actor))
        record_step(services, work, approval, ApprovalEdge.REQUESTED, wish.actor)
    services.wake_delivery()
    return approval


def _require_higher(check: Check | None, amount: Decimal) -> None:
    """Refuse what would not raise the limit, as far as the last check knows it."""
    limit = None if check is None else check.limit
    if limit is None:
        return
    if limit.amount is None or limit.amount.amount >= amount:
        raise InvalidInput(f"the limit is {limit} already: ask for more than that")


def _number(services: Services, work: UnitOfWork, wish: Wish) -> int:
    since = previous_month(month_of(services.clock.now())).start
    own = [
        each
        for each in work.approvals(wish.organization, since)
        if each.is_wish and each.requested_by == wish.actor
    ]
    waiting = [each for each in own if each.state is ApprovalState.PENDING]
    if waiting:
        raise AlreadyRequested(
            f"your request {waiting[0].id} for {waiting[0].after} still waits"
        )
    return len(own)


def _wish(
    services: Services,
    organization: Organization,
    wish: Wish,
    check: Check | None,
    number: int,
) -> Approval:
    now = services.clock.now()
    name = organization.name
    identity = approval_id(f"{name}/{wish.actor}/{now.isoformat()}", number)
    return Approval(
        id=identity,
        organization=name,
        state=ApprovalState.PENDING,
        kind=ChangeKind.MANUAL,
        change_id=change_id(name, wish.actor, identity),
        before=None if check is None else check.limit,
        after=SpendLimit(Money(wish.amount, organization.currency)),
        requested_by=wish.actor,
        requested_at=now,
        expires_at=now + WISH_EXPIRES,
        on_expiry=OnExpiry.DENY,
        reason=wish.reason,
        severity=Severity.WARNING,
        channels=services.policies.current().default_channels,
        override_until=wish.expires_at,
        figures=None if check is None else _figures(check, now),
    )


def _figures(check: Check, now: datetime) -> Figures:
    """Give what the last check saw, with its age; no provider is asked."""
    spend, currency = check.spend, check.currency
    left = headroom(spend.amount, check.limit)
    age = None if spend.as_of is None else int((now - spend.as_of).total_seconds())
    return Figures(
        state=spend.state.value,
        reason=spend.detail or spend.reason,
        spend=money(spend.amount, currency),
        as_of=spend.as_of,
        age_seconds=age,
        limit=None if check.limit is None else str(check.limit),
        headroom=money(left, currency),
        burn_rate=money(check.burn_rate, currency),
        hours_left=hours_left(left, check.burn_rate),
        forecast=check.forecast,
    )
