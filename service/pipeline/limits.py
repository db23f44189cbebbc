"""What a person does to the limit goes the same guarded way as what a policy does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from service.domain.errors import (
    AboveCeiling,
    BelowSpend,
    InvalidInput,
    ProviderMalformed,
    RoleTooLow,
)
from service.domain.figures import check_limit
from service.domain.guard import Organization
from service.domain.limit_change import (
    ChangeKind,
    ChangeState,
    LimitChange,
    change_id,
    is_raise,
)
from service.domain.money import Money
from service.domain.period import month_of
from service.domain.recording import change_fact
from service.domain.usage import Failure, LimitReading, SpendLimit
from service.pipeline.cycle import WAIT_FOR_CHECK
from service.pipeline.decide import require_organization
from service.pipeline.enforce import RESTARTS, carry_out, conclude, has_moved
from service.pipeline.reconcile import reconcile
from service.ports import Lock, Services

_ROUTE = "GET /spend-limit"
_NEEDS_ADMIN = "raising the spend limit needs the role admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRequest:
    """A limit that a person wants; `expires_at` ends the override, not the limit.

    Who may not raise may still lower, and keep the limit where it is; below the spend,
    which stops production at once, only with `below_spend`. `kind` tells a limit put
    back from one that is chosen, which alone is an override.
    """

    organization: str
    wanted: SpendLimit
    note: str
    actor: str
    expires_at: datetime | None = None
    may_raise: bool = True
    below_spend: bool = False
    kind: ChangeKind = ChangeKind.MANUAL


def set_limit(services: Services, request: LimitRequest) -> LimitChange:
    """Set the limit for a person; it holds against policies until it expires.

    Persons obey the ceilings only. Raises `NotFound`, `InvalidInput` (no whole units,
    another currency, an expiry that has passed), `AboveCeiling`, `BelowSpend`,
    `RoleTooLow` for a raise by who may not, `WriterBusy`, and `ProviderError` when the
    present limit cannot be read.
    """
    _settable(services, request)
    with services.locks.organization(request.organization, WAIT_FOR_CHECK) as lock:
        change = until_still(lambda: set_once(services, request, lock))
    services.wake_delivery()
    return change


def until_still(once: Callable[[], tuple[LimitChange, bool]]) -> LimitChange:
    """Do it again, twice at most, while the limit moves before it is sent."""
    change, is_moved = once()
    for _ in range(RESTARTS):
        if is_moved:
            change, is_moved = once()
    return change


def _settable(services: Services, request: LimitRequest) -> Organization:
    policies = services.policies.current()
    organization = require_organization(policies, request.organization)
    require_settable(services, organization, request)
    return organization


def ceiling_of(services: Services, organization: Organization) -> Decimal | None:
    """Give the lowest ceiling that binds everybody, None where there is none."""
    outer = services.limits.ceiling(organization.name)
    ceilings = [organization.guardrails.max_limit, outer]
    return min((Decimal(each) for each in ceilings if each is not None), default=None)


def require_settable(
    services: Services, organization: Organization, request: LimitRequest
) -> None:
    """Refuse what no person may ask for, with what is allowed instead."""
    ceiling, amount = ceiling_of(services, organization), request.wanted.amount
    if request.expires_at is not None and request.expires_at <= services.clock.now():
        raise InvalidInput("expires_at has already passed")
    if amount is None:
        if not request.may_raise:
            raise RoleTooLow(_NEEDS_ADMIN)
        if ceiling is not None:
            raise AboveCeiling(
                f"no limit at all is above the ceiling of {ceiling:f}"
                f" {organization.currency}"
            )
        return
    if amount.currency != organization.currency:
        raise InvalidInput(
            f"the limit of {organization.name} is in {organization.currency},"
            f" not {amount.currency}"
        )
    if amount.amount < 0 or amount.amount != amount.amount.to_integral_value():
        raise InvalidInput(f"the provider takes whole units only, not {amount}")
    if ceiling is not None and amount.amount > ceiling:
        raise AboveCeiling(
            f"{amount} is above the ceiling of {ceiling:f} {organization.currency}"
        )


def set_once(
    services: Services, request: LimitRequest, lock: Lock
) -> tuple[LimitChange, bool]:
    """Give the change with its end, and whether the limit moved before it was sent."""
    # Asked again: a ceiling may have come down while another had the lock.
    organization = _settable(services, request)
    api = services.admin_api(organization.name)
    reading = present_limit(services, organization)
    if not request.may_raise and is_raise(reading.limit, request.wanted):
        raise RoleTooLow(_NEEDS_ADMIN)
    is_below = _is_below_spend(request, reading)
    if is_below and not request.below_spend:
        raise BelowSpend(
            f"{request.wanted} is below the {_spent(reading)} spent this month:"
            " production stops at once. To do so all the same, say below_spend: true"
            " (on the command line --below-spend)"
        )
    reconcile(services, organization.name, reading)
    change = _plan(services, request, reading, below_spend=is_below)
    ended, after = carry_out(services, api, change, lock, actor=request.actor)
    conclude(services, ended, after, decision=None, actor=request.actor)
    return ended, has_moved(ended, after)


def present_limit(services: Services, organization: Organization) -> LimitReading:
    """Read the limit as it is now; raise `ProviderError` where that cannot be told."""
    answer = services.admin_api(organization.name).spend_limit()
    reading = check_limit(answer, organization)
    if isinstance(reading, Failure):
        raise ProviderMalformed(reading.detail, route=_ROUTE)
    if reading.limit is None:
        raise ProviderMalformed("the answer names no limit", route=_ROUTE)
    return reading


def _is_below_spend(request: LimitRequest, reading: LimitReading) -> bool:
    """Say whether it lowers the limit below the spend, as far as that is told."""
    amount, total = request.wanted.amount, reading.total
    if amount is None or total is None or request.kind is not ChangeKind.MANUAL:
        return False
    return is_raise(request.wanted, reading.limit) and amount.amount < total


def _spent(reading: LimitReading) -> Money:
    return Money(reading.total or Decimal(0), reading.currency)


def _plan(
    services: Services,
    request: LimitRequest,
    reading: LimitReading,
    *,
    below_spend: bool,
) -> LimitChange:
    """Record what a person wants, as a change of the limit as it was just read."""
    now = services.clock.now()
    month = month_of(now)
    name = request.organization
    with services.transaction() as work:
        changes = work.limit_changes(name, month.start)
        change = LimitChange(
            id=change_id(name, request.actor, f"{now.isoformat()}:{len(changes)}"),
            organization=name,
            kind=request.kind,
            state=ChangeState.PLANNED,
            before=reading.limit,
            after=request.wanted,
            planned_at=now,
            requested_by=request.actor,
            period=month.key,
            note=request.note,
            expires_at=request.expires_at,
            below_spend=below_spend,
        )
        work.save_limit_change(change)
        work.record(change_fact(change, now, None, request.actor))
    return change
