"""Built-in health alerts: what is wrong with the figures, the limit or the guard."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from service.domain.alert import (
    Alert,
    AlertKey,
    AlertKind,
    AlertState,
    health_key,
)
from service.domain.alerting import Step, resolve
from service.domain.check import Outcome
from service.domain.cost import Cost
from service.domain.figure_book import FigureBook
from service.domain.limit_change import ChangeState, LimitChange
from service.domain.money import spoken
from service.domain.policy import Severity
from service.domain.state import OrganizationState
from service.domain.usage import Failure, Figure, FigureState, LimitReading

# A provider's total may follow the calendar some hours late; past this it is news.
ROLLOVER_GRACE = timedelta(hours=6)
_MISMATCHES_THAT_ALERT = 2
# A key or a currency that is wrong does not mend itself, so nobody waits for it.
_LASTING = frozenset({"wrong_currency"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that is wrong or not; `is_on` is None where it cannot be told."""

    kind: AlertKind
    is_on: bool | None
    severity: Severity
    reason: str
    subject: str = ""
    value: Decimal | None = None
    unit: str = ""


def key_of(organization: str, condition: Condition) -> AlertKey:
    """Give the identity under which a condition is filed."""
    return health_key(organization, condition.kind, condition.subject)


def step(
    before: Alert | None, condition: Condition, key: AlertKey, now: datetime
) -> Step:
    """Move a health alert by one check: on the edge, never on the level."""
    is_firing = before is not None and before.state is AlertState.FIRING
    if condition.is_on is None or condition.is_on == is_firing:
        outcome = Outcome.FIRING if is_firing else Outcome.BELOW
        return Step(alert=before, outcome=outcome)
    if before is not None and is_firing:
        return resolve(before, "recovered", now)
    fired = Alert(
        key=key,
        firing=1 if before is None else before.firing + 1,
        kind=condition.kind,
        severity=condition.severity,
        state=AlertState.FIRING,
        value=condition.value,
        bound=None,
        unit=condition.unit,
        fired_at=now,
        last_told_at=now,
        reason=condition.reason,
    )
    return Step(alert=fired, outcome=Outcome.FIRED, is_changed=True)


def moment(
    before: Alert | None, condition: Condition, key: AlertKey, now: datetime
) -> Step:
    """Fire and resolve at once: for what happened and is over, such as a drift.

    The reason stays what happened, for the one message there is tells it.
    """
    quiet = None if before is None else replace(before, state=AlertState.RESOLVED)
    fired = step(quiet, condition, key, now)
    if fired.alert is None or fired.outcome is not Outcome.FIRED:
        return fired
    over = replace(fired.alert, state=AlertState.RESOLVED, resolved_at=now)
    return Step(alert=over, outcome=Outcome.FIRED, is_changed=True)


def data_conditions(
    book: FigureBook, state: OrganizationState, unknown_after: timedelta, now: datetime
) -> tuple[Condition, ...]:
    """Tell what is wrong with the figures of the whole organization."""
    cost = book.cost()
    return (
        _unknown(book.total, state, unknown_after, now, book),
        _price_missing(cost),
        Condition(
            kind=AlertKind.SPEND_MISMATCH,
            is_on=_is_mismatched(book.total, state),
            severity=Severity.WARNING,
            reason=book.total.detail,
        ),
    )


def _unknown(
    figure: Figure,
    state: OrganizationState,
    unknown_after: timedelta,
    now: datetime,
    book: FigureBook,
) -> Condition:
    good = state.last_good
    is_on: bool | None
    if figure.is_good:
        is_on = False
    elif figure.reason == "period_not_rolled":
        is_on = True if now - book.month.start >= ROLLOVER_GRACE else None
    elif (
        good is None
        or figure.reason in _LASTING
        or is_overdue(good.at, now, unknown_after)
    ):
        is_on = True
    else:
        is_on = None
    since = "ever" if good is None else f"since {good.at:%Y-%m-%d %H:%M} UTC"
    return Condition(
        kind=AlertKind.DATA_UNKNOWN,
        is_on=is_on,
        severity=Severity.CRITICAL,
        reason=f"no good spend figure {since}: {figure.reason}, {figure.detail}",
    )


def is_overdue(at: datetime, now: datetime, after: timedelta) -> bool:
    """Say whether a figure is too old; one of the future has an age nobody knows."""
    return not timedelta(0) <= now - at < after


def scope_unknown(
    scope: str,
    figure: Figure,
    last_seen: datetime | None,
    after: timedelta,
    now: datetime,
) -> Condition:
    """Tell whether a scope of its own has been unknown for too long."""
    is_on: bool | None = False
    if figure.state is FigureState.UNKNOWN:
        is_over = last_seen is None or is_overdue(last_seen, now, after)
        is_on = True if is_over else None
    return Condition(
        kind=AlertKind.DATA_UNKNOWN,
        is_on=is_on,
        severity=Severity.WARNING,
        reason=f"no good figure of {scope}: {figure.reason}, {figure.detail}",
        subject=scope,
    )


def _price_missing(cost: Cost | Failure) -> Condition:
    if isinstance(cost, Failure):
        return Condition(
            kind=AlertKind.PRICE_MISSING,
            is_on=None,
            severity=Severity.WARNING,
            reason=cost.detail,
        )
    share = cost.unpriced_percent
    return Condition(
        kind=AlertKind.PRICE_MISSING,
        is_on=not cost.is_complete,
        severity=Severity.WARNING,
        reason=f"no price for {cost.unpriced_named}, {spoken(share)} % of the units;"
        f" the spend is at most {spoken(cost.ceiling)} if they cost as much as the"
        " dearest of their kind",
        value=share,
        unit="%",
    )


def _is_mismatched(figure: Figure, state: OrganizationState) -> bool | None:
    match figure.state:
        case FigureState.MISMATCH:
            return True if state.mismatches >= _MISMATCHES_THAT_ALERT else None
        case FigureState.KNOWN:
            return False
        case _:
            return None


def count_mismatches(before: int, figure: Figure) -> int:
    """Count the checks in a row that saw the two sources differ."""
    match figure.state:
        case FigureState.MISMATCH:
            return before + 1
        case FigureState.KNOWN:
            return 0
        case _:
            return before


def limit_conditions(reading: LimitReading | Failure) -> tuple[Condition, ...]:
    """Tell what the provider itself says is wrong."""
    read = reading if isinstance(reading, LimitReading) else None
    return (
        Condition(
            kind=AlertKind.LIMIT_REACHED,
            is_on=None if read is None else read.is_reached,
            severity=Severity.CRITICAL,
            reason="the provider says that the limit is reached: requests may fail",
        ),
        Condition(
            kind=AlertKind.PAYMENT_FAILED,
            is_on=None if read is None else read.payment_failed,
            severity=Severity.CRITICAL,
            reason="the provider could not take its last payment",
        ),
    )


def change_conditions(
    changes: tuple[LimitChange, ...], state: OrganizationState
) -> tuple[Condition, ...]:
    """Tell what is wrong with changes of the limit."""
    return (
        Condition(
            kind=AlertKind.LIMIT_CHANGE_UNKNOWN,
            is_on=any(change.state is ChangeState.UNKNOWN for change in changes),
            severity=Severity.CRITICAL,
            reason="a limit change was sent and cannot be read back; nothing more is"
            " changed until it can",
        ),
        Condition(
            kind=AlertKind.LIMIT_CHANGE_FAILED,
            is_on=state.is_circuit_open,
            severity=Severity.CRITICAL,
            reason=f"{state.failures} limit changes failed in a row;"
            " no automatic change until a person resumes",
        ),
    )
