"""The alert of a limit that was moved outside: what each turn makes of it."""

from dataclasses import replace

import pytest

from service.domain.alert import Alert, AlertKind, AlertState, health_key
from service.domain.alerting import Step
from service.domain.audit import SCHEDULER, AuditAction, Fact
from service.domain.check import Outcome
from service.domain.drift import DriftNews, DriftTurn, Followed
from service.domain.drift_moves import drift_facts, drift_moves
from service.domain.policy import Severity
from service.domain.state import Drift
from service.domain.thresholds import Moved
from tests.builders import DAY, HOUR, MINUTE, NOON, Fields, by_key, limit, state

DRIFT = Drift(
    before=limit(10_000), observed=limit(None), since=NOON - HOUR, seen_at=NOON - MINUTE
)
FIRED = Alert(
    key=health_key("acme", AlertKind.LIMIT_CHANGED_OUTSIDE),
    firing=1,
    kind=AlertKind.LIMIT_CHANGED_OUTSIDE,
    severity=Severity.WARNING,
    state=AlertState.FIRING,
    value=None,
    bound=None,
    unit="",
    fired_at=NOON,
    last_told_at=NOON,
    reason="it happened",
)
OPEN = replace(
    FIRED, fired_at=NOON - 2 * DAY, last_told_at=NOON - DAY, reason="before that"
)
OVER = replace(OPEN, state=AlertState.RESOLVED, resolved_at=NOON - HOUR)
ENDED: Fields = {
    "state": AlertState.RESOLVED,
    "resolved_at": NOON,
    "reason": "it happened",
}
TOLD: Fields = {"last_told_at": NOON, "reason": "it happened"}


def news(turn: DriftTurn, drift: Drift = DRIFT) -> DriftNews:
    return DriftNews(turn=turn, drift=drift, sentence="it happened")


def steps(
    before: Alert | None, *turns: DriftTurn, drift: Drift | None = DRIFT
) -> list[Step]:
    """Give the steps of these turns, after looking that finops hears of each."""
    followed = Followed(
        state=state(drift=drift), news=tuple(news(each) for each in turns)
    )
    alerts = {} if before is None else by_key(before)
    moved = list(drift_moves(followed, alerts, ("finops",), NOON))
    assert moved == [Moved(step=each.step, channels=("finops",)) for each in moved]
    return [each.step for each in moved]


def begun(alert: Alert) -> Step:
    return Step(alert=alert, outcome=Outcome.FIRED, is_changed=True)


def ended(alert: Alert) -> Step:
    return Step(alert=alert, outcome=Outcome.RESOLVED, is_changed=True)


def updated(alert: Alert, outcome: Outcome) -> Step:
    return Step(alert=alert, outcome=outcome, is_changed=True, is_update=True)


@pytest.mark.parametrize(
    ("turn", "before", "expected"),
    [
        ("seen", None, [begun(FIRED)]),
        ("seen", OVER, [begun(replace(FIRED, firing=2))]),
        ("seen", OPEN, [Step(alert=OPEN, outcome=Outcome.FIRING)]),
        ("moved", None, []),
        ("moved", OPEN, [updated(replace(OPEN, **TOLD), Outcome.FIRING)]),
        ("named", OVER, [updated(replace(OVER, **TOLD), Outcome.BELOW)]),
        ("adopted", None, [begun(replace(FIRED, **ENDED))]),
        ("adopted", OVER, [begun(replace(FIRED, **ENDED, firing=2))]),
        ("adopted", OPEN, [ended(replace(OPEN, **ENDED))]),
        ("reverted", OPEN, [ended(replace(OPEN, **ENDED))]),
        ("replaced", OPEN, [ended(replace(OPEN, **ENDED))]),
        ("returned", OPEN, [ended(replace(OPEN, **ENDED))]),
        ("returned", OVER, []),
        ("returned", None, []),
    ],
)
def test_a_turn_moves_the_alert(
    turn: str, before: Alert | None, expected: list[Step]
) -> None:
    assert steps(before, DriftTurn(turn)) == expected


def test_one_that_follows_on_another_in_the_same_check_fires_anew() -> None:
    assert steps(OPEN, DriftTurn.REPLACED, DriftTurn.SEEN) == [
        ended(replace(OPEN, **ENDED)),
        begun(replace(FIRED, firing=2)),
    ]


@pytest.mark.parametrize(
    ("before", "drift", "is_reminded"),
    [
        pytest.param(OPEN, DRIFT, True, id="told a day ago"),
        pytest.param(replace(OPEN, last_told_at=None), DRIFT, True, id="fired before"),
        pytest.param(
            replace(OPEN, last_told_at=NOON - DAY + MINUTE), DRIFT, False, id="told now"
        ),
        pytest.param(replace(OPEN, acknowledged_at=NOON), DRIFT, False, id="seen"),
        pytest.param(OPEN, None, False, id="nothing is open"),
        pytest.param(OVER, DRIFT, False, id="over"),
        pytest.param(None, DRIFT, False, id="never told"),
    ],
)
def test_what_nobody_has_decided_is_told_again_after_a_day(
    before: Alert | None, drift: Drift | None, *, is_reminded: bool
) -> None:
    reminders = [
        Step(
            alert=replace(each, last_told_at=NOON),
            outcome=Outcome.FIRING,
            is_changed=True,
            is_reminder=True,
        )
        for each in (before,)
        if each is not None and is_reminded
    ]

    assert steps(before, drift=drift) == reminders


@pytest.mark.parametrize(
    ("turn", "action", "is_ended"),
    [
        ("seen", AuditAction.DRIFT_SEEN, False),
        ("moved", AuditAction.DRIFT_SEEN, False),
        ("named", AuditAction.DRIFT_NAMED, False),
        ("adopted", AuditAction.LIMIT_REFERENCE_ADOPTED, True),
        ("reverted", AuditAction.DRIFT_REVERTED, True),
        ("replaced", AuditAction.DRIFT_ENDED, True),
        ("returned", AuditAction.DRIFT_ENDED, True),
    ],
)
def test_a_turn_is_recorded_whole_with_who_ended_it(
    turn: str, action: AuditAction, *, is_ended: bool
) -> None:
    named = replace(DRIFT, who="ada", moved_at=NOON - MINUTE)
    (fact,) = drift_facts("acme", [news(DriftTurn(turn), named)], NOON, "key:alice")

    assert fact == Fact(
        chain="acme",
        at=NOON,
        actor="key:alice" if is_ended else SCHEDULER,
        action=action,
        target="organization:acme",
        outcome=turn,
        reason="it happened",
        detail={
            "from": {"amount": "10000", "currency": "EUR", "unlimited": False},
            "to": {"unlimited": True},
            "who": "ada",
            "moved_at": "2026-08-20T11:59:00.000000Z",
        },
    )


def test_a_drift_of_nobody_is_recorded_without_a_name_or_time() -> None:
    (fact,) = drift_facts("acme", [news(DriftTurn.RETURNED)], NOON)

    assert fact.actor == SCHEDULER
    assert fact.detail is not None
    assert (fact.detail["who"], fact.detail["moved_at"]) == (None, None)
