"""How an organization stands now, from what its last check kept."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from service.domain.alert import Alert
from service.domain.approval import Approval
from service.domain.briefing import exposure, headroom, hours_left, money
from service.domain.check import Check
from service.domain.expected import Expected
from service.domain.figures import unknown
from service.domain.money import Money
from service.domain.past_read import (
    NOTHING_READ,
    HistoryProgress,
    PastRead,
    PastReads,
)
from service.domain.state import Drift, OrganizationState
from service.domain.track_state import Hold
from service.domain.usage import Failure, FigureState, SpendLimit


class StatusState(StrEnum):
    """One word for an organization, the worst first."""

    UNKNOWN = "unknown"  # no figure that can be trusted to any degree
    PAUSED = "paused"  # automatic changes are stopped
    ALERTING = "alerting"
    OK = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationStatus:
    """How an organization stands; None wherever it cannot be told.

    `spend` is the last check's figure, `last_good_spend` the last that was known, with
    its time; `spend_limit` is the newest known, of `spend_limit_at`. `data_age` counts
    from the reading the figure rests on. `burn_rate` is per hour; `exposure` what can
    be burnt before the next check sees it; `awaiting` are requests for approval that
    nobody has answered yet; `history` is how much of the past is known;
    `forecast` that of the last check, in `currency`; `hold` is there while a limit that
    follows waits for a person.
    """

    name: str
    currency: str
    state: StatusState
    data_state: FigureState
    data_reason: str | None
    data_detail: str
    spend: Money | None
    last_good_spend: Money | None
    last_good_at: datetime | None
    spend_limit: SpendLimit | None
    headroom: Money | None
    burn_rate: Money | None
    hours_left: Decimal | None
    exposure: Money | None
    data_age: timedelta | None
    open_alerts: tuple[Alert, ...]
    last_check_id: str | None
    last_check_at: datetime | None
    next_check_at: datetime | None
    is_circuit_open: bool = False
    override_until: datetime | None = None
    spend_limit_at: datetime | None = None
    raise_ends_at: datetime | None = None
    drift: Drift | None = None
    awaiting: tuple[Approval, ...] = ()
    history: HistoryProgress = NOTHING_READ
    forecast: Expected = None
    hold: Hold | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is kept of an organization; `check` is None before the first."""

    name: str
    currency: str
    check: Check | None
    state: OrganizationState | None
    alerts: Iterable[Alert]
    is_paused: bool
    awaiting: tuple[Approval, ...] = ()
    past_reads: tuple[PastRead, ...] = ()


def status_of(
    standing: Standing, *, interval: timedelta, now: datetime
) -> OrganizationStatus:
    """Tell how an organization stands at this moment.

    Figures age between checks: what the last one saw is shown with its age, and what
    cannot be told stays untold.
    """
    check, memory = _in_currency(standing), standing.state
    standing = replace(standing, check=check)
    alerts = tuple(alert for alert in standing.alerts if alert.is_open)
    good = None
    if memory is not None:
        good = memory.in_currency(standing.currency).last_good
    spend = None if check is None else check.spend.amount
    limit, limit_at = _newest_limit(standing)
    rate = None if check is None else check.burn_rate
    age = _age(check, good.at if good else None, now)
    left = headroom(spend, limit)
    currency = standing.currency
    override = None if memory is None else memory.override
    is_overridden = override is not None and now < override.until
    return OrganizationStatus(
        name=standing.name,
        currency=currency,
        state=_word(check, alerts, is_paused=standing.is_paused),
        data_state=FigureState.UNKNOWN if check is None else check.spend.state,
        data_reason="not_checked" if check is None else check.spend.reason,
        data_detail="no check was made yet" if check is None else check.spend.detail,
        spend=money(spend, currency),
        last_good_spend=money(None if good is None else good.amount, currency),
        last_good_at=None if good is None else good.at,
        spend_limit=limit,
        headroom=money(left, currency),
        burn_rate=money(rate, currency),
        hours_left=hours_left(left, rate),
        exposure=money(exposure(rate, age, interval), currency),
        data_age=age,
        open_alerts=alerts,
        last_check_id=None if check is None else check.id,
        last_check_at=None if check is None else check.at,
        next_check_at=now if check is None else check.at + interval,
        is_circuit_open=memory is not None and memory.is_circuit_open,
        override_until=override.until if override and is_overridden else None,
        spend_limit_at=limit_at,
        raise_ends_at=_raise_ends_at(memory),
        drift=None if memory is None else memory.drift,
        hold=None if memory is None else memory.track.hold,
        awaiting=standing.awaiting,
        forecast=None if check is None else check.forecast,
        history=PastReads(standing.past_reads, currency).progress(now),
    )


def _in_currency(standing: Standing) -> Check | None:
    """Give the last check, without figures where they are in another currency (F12)."""
    check = standing.check
    if check is None or check.currency == standing.currency:
        return check
    why = f"the last check was in {check.currency}, and none was made since"
    figure = unknown("currency_changed", why)
    none = Failure(reason="currency_changed", detail=why)
    return replace(check, spend=figure, limit=None, burn_rate=None, forecast=none)


def _newest_limit(standing: Standing) -> tuple[SpendLimit | None, datetime | None]:
    """Give the limit as it was last known, by a check or by a change since."""
    check, memory = standing.check, standing.state
    is_read = check is not None and check.limit is not None
    seen = (check.limit, check.at) if check is not None and is_read else (None, None)
    if memory is None or memory.limit_known_at is None or memory.reference is None:
        return seen
    known = memory.reference if memory.drift is None else memory.drift.observed
    is_newer = check is None or memory.limit_known_at > check.at
    is_ours = known.amount is None or known.amount.currency == standing.currency
    return (known, memory.limit_known_at) if is_newer and is_ours else seen


def _raise_ends_at(memory: OrganizationState | None) -> datetime | None:
    ends = () if memory is None else memory.raise_ends
    return min((each.ends_at for each in ends), default=None)


def _age(
    check: Check | None, good_at: datetime | None, now: datetime
) -> timedelta | None:
    """Give the age of the figure shown; of the last good one while it is unknown."""
    as_of = good_at
    if check is not None and check.spend.as_of is not None:
        as_of = check.spend.as_of
    return None if as_of is None else max(now - as_of, timedelta(0))


def _word(
    check: Check | None, alerts: tuple[Alert, ...], *, is_paused: bool
) -> StatusState:
    if check is None or check.spend.state is FigureState.UNKNOWN:
        return StatusState.UNKNOWN
    if is_paused:
        return StatusState.PAUSED
    return StatusState.ALERTING if alerts else StatusState.OK
