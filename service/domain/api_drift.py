"""A provider whose answers are not what was agreed (F3): told with what has changed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from service.domain import health
from service.domain.alert import Alert, AlertKind
from service.domain.alerting import Step
from service.domain.case import Case
from service.domain.check import Outcome
from service.domain.policy import Severity
from service.domain.shape import ShapeChanges, listed, together
from service.domain.state import OrganizationState
from service.domain.thresholds import Moved
from service.domain.usage import Failure, LimitReading

NEW_FIELDS = "new_fields"
# The list of workspaces is read every hour while a policy names one.
_LIST_HOLDS = timedelta(hours=2)
# A provider that invents names would otherwise fill the memory, and nag.
_MOST_REMEMBERED = 200


def api_moves(case: Case, state: OrganizationState) -> Iterator[Moved]:
    """Move the alert of what has changed, and tell once of fields that are new.

    `state` has the rate limits that this check read.
    """
    changes = together((case.book.shape_changes, *_remembered(state, case.now)))
    alerts, name = case.memory.alerts, case.organization.name
    broken = tuple(_broken(case, changes))
    drift = _condition(case, broken)
    key = health.key_of(name, drift)
    before = alerts.get(key)
    step = _with_news(health.step(before, drift, key, case.now), drift, broken, case)
    if step.alert is not None:
        yield Moved(step=step, channels=case.default_channels)
    news = _news(case.memory.state, changes)
    if news:
        new = _new_fields(news)
        key = health.key_of(name, new)
        told = health.moment(alerts.get(key), new, key, case.now)
        yield Moved(step=told, channels=case.default_channels)


def remember_additions(state: OrganizationState, case: Case) -> OrganizationState:
    """Keep the new fields that this check tells of, so that none is told twice."""
    changes = together((case.book.shape_changes, *_remembered(state, case.now)))
    news = _news(state, changes)
    if not news:
        return state
    return replace(state, known_additions=(*state.known_additions, *news))


def _remembered(state: OrganizationState, now: datetime) -> Iterator[ShapeChanges]:
    """Give what is true of answers that are not read at every check."""
    if state.rate_limit is not None:
        yield state.rate_limit.shape_changes
    read_at = state.workspaces_at
    if read_at is not None and not health.is_overdue(read_at, now, _LIST_HOLDS):
        yield from (each.shape_changes for each in state.workspaces)


def _news(state: OrganizationState, changes: ShapeChanges) -> tuple[str, ...]:
    room = _MOST_REMEMBERED - len(state.known_additions)
    known = frozenset(state.known_additions)
    return tuple(each for each in changes.added if each not in known)[:room]


def _broken(case: Case, changes: ShapeChanges) -> Iterator[str]:
    book = case.book
    if not isinstance(book.usage, Failure):
        for word, names in (
            ("new", book.usage.unknown_categories),
            ("missing", book.usage.missing_categories),
        ):
            yield from (f"{word} category {name}" for name in names)
    if isinstance(book.limit, LimitReading) and book.limit.limit is None:
        yield "GET /spend-limit no longer names the limit"
    yield from changes.broken


def _condition(case: Case, broken: tuple[str, ...]) -> health.Condition:
    """Tell whether the provider's interface has changed.

    What cannot be read is news only when it lasts: one odd page mends itself.
    """
    book, good = case.book, case.memory.state.last_good
    failures = [each for each in (book.limit, book.usage) if isinstance(each, Failure)]
    moved = tuple(each.detail for each in failures if each.is_drift)
    after = case.policies.guard.unknown_after
    lasts = good is None or health.is_overdue(good.at, case.now, after)
    is_on = bool(broken) or (bool(moved) and lasts)
    return health.Condition(
        kind=AlertKind.API_DRIFT,
        is_on=None if failures and not is_on else is_on,
        severity=Severity.WARNING,
        reason=f"the provider's answers have changed: {listed((*broken, *moved))}",
    )


def _with_news(
    step: Step, drift: health.Condition, broken: tuple[str, ...], case: Case
) -> Step:
    """Tell again of an alert that stands, where more has changed since it was told."""
    alert: Alert | None = step.alert
    if alert is None or step.outcome is not Outcome.FIRING:
        return step
    if all(each in alert.reason for each in broken) or drift.reason == alert.reason:
        return step
    told = replace(alert, reason=drift.reason, last_told_at=case.now)
    return Step(alert=told, outcome=Outcome.FIRING, is_changed=True, is_update=True)


def _new_fields(news: tuple[str, ...]) -> health.Condition:
    return health.Condition(
        kind=AlertKind.API_DRIFT,
        is_on=True,
        severity=Severity.INFO,
        reason=f"the provider's answers have new fields, and no figure is worse for"
        f" it: {listed(news)}",
        subject=NEW_FIELDS,
    )
