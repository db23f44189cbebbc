"""Everything that a step writes into an alert, and what it says of itself."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from service.domain.alert import Alert, AlertKind, AlertState
from service.domain.alerting import Step, advance, key_of, resolve
from service.domain.check import Outcome
from service.domain.crossing import Crossing
from tests.builders import HOUR, MINUTE, NOON, alert, key, policy, threshold

SEEN = Crossing(
    kind=AlertKind.SPEND,
    value=Decimal(2600),
    bound=Decimal(2500),
    unit="EUR",
    is_crossed=True,
    is_certain=True,
    may_resolve=False,
    reason="because",
)
PATIENT = threshold(spend="50%", for_="1h", severity="critical")
BELOW = replace(SEEN, is_crossed=False, value=Decimal(10), may_resolve=True)


def waiting() -> Alert:
    return alert(
        state=AlertState.PENDING,
        held=10 * MINUTE,
        last_true_at=NOON - 5 * MINUTE,
        value=Decimal(2550),
        bound=Decimal(2400),
        fired_at=None,
        last_told_at=None,
        reason="older",
    )


def test_a_key_names_whose_alert_it_is() -> None:
    watched = policy(threshold(spend="50%"))
    found = key_of(watched, "half", "2026-08")

    assert (found.organization, found.policy_id) == ("acme", watched.id)
    assert (found.threshold_id, found.period) == ("half", "2026-08")
    assert found.scope == watched.target_key


def test_a_crossing_that_has_to_last_begins_whole() -> None:
    begun = Alert(
        key=key(),
        firing=1,
        kind=AlertKind.SPEND,
        severity=PATIENT.severity,
        state=AlertState.PENDING,
        value=Decimal(2600),
        bound=Decimal(2500),
        unit="EUR",
        pending_at=NOON,
        last_true_at=NOON,
        reason="because",
    )

    assert advance(None, SEEN, PATIENT, key(), NOON) == Step(
        alert=begun, outcome=Outcome.PENDING, is_changed=True
    )


def test_a_crossing_that_lasts_is_kept_as_it_is_now() -> None:
    before = waiting()
    after = replace(
        before,
        held=15 * MINUTE,
        last_true_at=NOON,
        value=Decimal(2600),
        bound=Decimal(2500),
        reason="because",
    )

    assert advance(before, SEEN, PATIENT, key(), NOON) == Step(
        alert=after, outcome=Outcome.PENDING, is_changed=True
    )


def test_doubt_stops_the_clock_of_a_waiting_alert() -> None:
    unknown = replace(SEEN, is_crossed=None, value=None)
    stopped = replace(waiting(), last_true_at=None)

    assert advance(waiting(), unknown, PATIENT, key(), NOON) == Step(
        alert=stopped, outcome=Outcome.UNKNOWN, is_changed=True
    )


def test_a_firing_alert_goes_on_with_what_is_so_now() -> None:
    now = replace(
        alert(),
        value=Decimal(2600),
        bound=Decimal(2500),
        severity=PATIENT.severity,
        reason="because",
    )

    assert advance(alert(reason="older"), SEEN, PATIENT, key(), NOON) == Step(
        alert=now, outcome=Outcome.FIRING, is_changed=True
    )
    assert advance(now, SEEN, PATIENT, key(), NOON) == Step(
        alert=now, outcome=Outcome.FIRING
    )


def test_a_reminder_says_that_it_is_one() -> None:
    insistent = threshold(spend="50%", repeat="1h")
    told = alert(fired_at=NOON - HOUR, last_told_at=NOON - HOUR)
    step = advance(told, SEEN, insistent, key(), NOON)

    assert (step.outcome, step.is_changed, step.is_reminder, step.is_update) == (
        Outcome.FIRING,
        True,
        True,
        False,
    )
    assert step.alert is not None
    assert step.alert.last_told_at == NOON


def test_a_waiting_alert_that_falls_is_idle_with_nothing_held() -> None:
    idle = replace(waiting(), state=AlertState.IDLE, held=timedelta(0))

    assert advance(waiting(), BELOW, PATIENT, key(), NOON) == Step(
        alert=idle, outcome=Outcome.BELOW, is_changed=True
    )
    assert resolve(waiting(), "removed", NOON) == Step(
        alert=replace(idle, reason="removed"), outcome=Outcome.BELOW, is_changed=True
    )


def test_an_end_has_its_time_and_its_reason() -> None:
    raised = replace(BELOW, bound=Decimal(9000), may_resolve=False)
    ends = [
        advance(alert(), raised, PATIENT, key(), NOON),
        advance(alert(), BELOW, PATIENT, key(), NOON),
        resolve(alert(), "removed", NOON),
    ]

    assert [
        (each.alert.resolved_at, each.alert.reason, each.outcome, each.is_changed)
        for each in ends
        if each.alert is not None
    ] == [
        (NOON, reason, Outcome.RESOLVED, True)
        for reason in ("policy_changed", "recovered", "removed")
    ]
