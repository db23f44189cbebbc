"""What a person may say about a limit moved outside: keep it, or put it back."""

from dataclasses import dataclass
from datetime import datetime

from service.domain.drift import DriftNews, DriftTurn, Followed
from service.domain.errors import Conflict
from service.domain.guard import Organization
from service.domain.limit_change import ChangeKind, LimitChange, is_raise
from service.domain.money import Money
from service.domain.period import month_of
from service.domain.settlement import adopt
from service.domain.state import Drift, OrganizationState
from service.domain.usage import LimitReading
from service.pipeline.cycle import WAIT_FOR_CHECK
from service.pipeline.decide import require_organization
from service.pipeline.drift_record import record_drift
from service.pipeline.limits import (
    LimitRequest,
    present_limit,
    set_once,
    until_still,
)
from service.pipeline.reconcile import reconcile
from service.ports import Lock, Services

_PUT_BACK = "put back to where it was before it was moved outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """A limit moved outside that a person keeps; policies keep off it until then."""

    organization: str
    drift: Drift
    by: str
    until: datetime


def adopt_drift(services: Services, *, actor: str, organization: str) -> Adopted:
    """Take the limit as it was last seen as this person's choice for the period.

    The provider is not asked: a limit that has moved on since is a drift of its own.
    Raises `NotFound`, `Conflict` where no drift is open, and `WriterBusy`.
    """
    require_organization(services.policies.current(), organization)
    with (
        services.locks.organization(organization, WAIT_FOR_CHECK),
        services.transaction() as work,
    ):
        now = services.clock.now()
        state, until = work.state(organization), month_of(now).end
        drift = _open_drift(state)
        kept = adopt(state, drift.observed, now, until, by=actor)
        sentence = (
            f"{drift.observed} is kept: adopted by {actor}, and policies keep off it"
            f" until {until:%Y-%m-%d %H:%M} UTC"
        )
        news = DriftNews(turn=DriftTurn.ADOPTED, drift=drift, sentence=sentence)
        work.save_state(kept)
        record_drift(services, work, Followed(state=kept, news=(news,)), now, actor)
    services.wake_delivery()
    return Adopted(organization=organization, drift=drift, by=actor, until=until)


def _open_drift(state: OrganizationState) -> Drift:
    if state.drift is None:
        raise Conflict(
            f"the limit of {state.organization} was not moved outside, or somebody has"
            " decided about it already"
        )
    return state.drift


def revert_drift(services: Services, *, actor: str, organization: str) -> LimitChange:
    """Put the limit back for a person, the same guarded way as setting it.

    Raises `NotFound`, `Conflict` where no drift is open or where it was is below what
    is spent by now or no limit at all, `AboveCeiling`, `WriterBusy` and, when the
    present limit cannot be read, `ProviderError`.
    """
    require_organization(services.policies.current(), organization)
    with services.locks.organization(organization, WAIT_FOR_CHECK) as lock:
        change = until_still(lambda: _revert_once(services, actor, organization, lock))
    services.wake_delivery()
    return change


def _revert_once(
    services: Services, actor: str, name: str, lock: Lock
) -> tuple[LimitChange, bool]:
    organization = require_organization(services.policies.current(), name)
    with services.transaction() as work:
        _open_drift(work.state(name))
    reading = present_limit(services, organization)
    # It may be back by now, which ends the drift and leaves nothing to do.
    reconcile(services, name, reading)
    with services.transaction() as work:
        state = work.state(name)
    drift = _open_drift(state)
    _require_revertible(organization, drift, reading, state)
    request = LimitRequest(
        organization=name,
        wanted=drift.before,
        note=_PUT_BACK,
        actor=actor,
        kind=ChangeKind.REVERT,
    )
    return set_once(services, request, lock)


def _require_revertible(
    organization: Organization,
    drift: Drift,
    reading: LimitReading,
    state: OrganizationState,
) -> None:
    before = drift.before.amount
    if before is None:
        raise Conflict(
            "there was no limit before, and that is never put back: keep the present"
            " limit with adopt, or set one"
        )
    spent = state.last_total if reading.total is None else reading.total
    is_lowering = is_raise(drift.before, reading.limit)
    if is_lowering and spent is not None and before.amount < spent:
        raise Conflict(
            f"{before} is below the spend of {Money(spent, organization.currency)}:"
            " keep the present limit with adopt, or set another one"
        )
