from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from service.domain.alert import Alert, AlertKind, AlertState, health_key
from service.domain.alerting import Step
from service.domain.check import Outcome
from service.domain.health import (
    ROLLOVER_GRACE,
    Condition,
    change_conditions,
    count_mismatches,
    data_conditions,
    key_of,
    limit_conditions,
    moment,
    scope_unknown,
    step,
)
from service.domain.health_moves import condition_moves
from service.domain.limit_change import ChangeState
from service.domain.policy import Severity
from service.domain.state import OrganizationState
from service.domain.thresholds import Moved
from service.domain.usage import FigureState, UsageSnapshot
from tests.builders import (
    HOUR,
    MINUTE,
    NOON,
    Fields,
    alert,
    book,
    by_key,
    change,
    failure,
    figure,
    reading,
    report,
    report_of,
    row,
    sighting,
    snapshot,
    state,
)

QUARTER = timedelta(minutes=15)
KIND = AlertKind.LIMIT_REACHED


def condition(is_on: bool | None, **changes: Fields) -> Condition:  # noqa: FBT001 - what a case is about
    return Condition(
        kind=KIND, is_on=is_on, severity=Severity.CRITICAL, reason="why", **changes
    )


KEY = key_of("acme", condition(None))


def health(**changes: Fields) -> Alert:
    return alert(KEY.threshold_id, policy_id="", scope="", period="", **changes)


FIRING, RESOLVED = health(), health(state=AlertState.RESOLVED)


@pytest.mark.parametrize(
    ("before", "is_on", "state", "outcome", "firing"),
    [
        pytest.param(None, False, None, "below", None, id="never wrong"),
        pytest.param(None, None, None, "below", None, id="not to be told"),
        pytest.param(None, True, "firing", "fired", 1, id="wrong"),
        pytest.param(FIRING, True, "firing", "firing", 1, id="still wrong"),
        pytest.param(FIRING, None, "firing", "firing", 1, id="doubt ends nothing"),
        pytest.param(FIRING, False, "resolved", "resolved", 1, id="right again"),
        pytest.param(RESOLVED, True, "firing", "fired", 2, id="wrong again"),
        pytest.param(RESOLVED, False, "resolved", "below", 1, id="right for long"),
    ],
)
def test_a_health_alert_moves_on_edges_only(
    before: Alert | None, state: str, outcome: str, firing: int, *, is_on: bool | None
) -> None:
    moved = step(before, condition(is_on), KEY, NOON)

    assert moved.outcome.value == outcome
    assert moved.is_changed is (outcome in {"fired", "resolved"})
    assert (moved.alert.state.value if moved.alert else None) == state
    assert (moved.alert.firing if moved.alert else None) == firing


def test_what_happened_and_is_over_fires_and_resolves_at_once() -> None:
    first = moment(None, condition(is_on=True), KEY, NOON).alert
    assert first is not None
    assert (first.state, first.reason) == (
        AlertState.RESOLVED,
        condition(is_on=True).reason,
    )

    again = moment(FIRING, condition(is_on=True), KEY, NOON)
    assert again.outcome is Outcome.FIRED
    assert again.alert is not None
    assert again.alert.firing == 2
    nothing = moment(first, condition(is_on=False), KEY, NOON)
    assert nothing.outcome is Outcome.BELOW


def conditions(
    seen: UsageSnapshot, known: OrganizationState, now: datetime = NOON
) -> dict[AlertKind, bool | None]:
    looked_at = book(seen, known, now=now)
    return {
        each.kind: each.is_on
        for each in data_conditions(looked_at, known, QUARTER, now)
    }


LOST = snapshot(limit=failure(), usage=failure())


@pytest.mark.parametrize(
    ("seen", "good_at", "expected"),
    [
        pytest.param(snapshot(), NOON - HOUR, False, id="a good figure"),
        pytest.param(LOST, NOON, None, id="lost at this very moment"),
        pytest.param(LOST, NOON - QUARTER + MINUTE, None, id="lost of late"),
        pytest.param(LOST, NOON - QUARTER, True, id="lost for as long as it may"),
        pytest.param(LOST, None, True, id="never had"),
        pytest.param(
            snapshot(usage=failure()), NOON - QUARTER, True, id="one source for long"
        ),
        pytest.param(
            snapshot(limit=reading(currency="USD")), NOON, True, id="another currency"
        ),
    ],
)
def test_an_unknown_figure_is_told_after_a_while(
    seen: UsageSnapshot, good_at: datetime | None, *, expected: bool | None
) -> None:
    known = state(last_good=None if good_at is None else sighting(900, good_at))

    assert conditions(seen, known)[AlertKind.DATA_UNKNOWN] is expected


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        pytest.param(ROLLOVER_GRACE - MINUTE, None, id="some hours are usual"),
        pytest.param(ROLLOVER_GRACE, True, id="more are news"),
    ],
)
def test_a_total_that_does_not_follow_the_calendar(
    late: timedelta, *, expected: bool | None
) -> None:
    at = datetime(2026, 9, 1, tzinfo=UTC) + late
    seen = snapshot(at=at, limit=reading(4000), usage=report_of(0, at))
    known = state(last_total=Decimal(4000))

    assert conditions(seen, known, at)[AlertKind.DATA_UNKNOWN] is expected


@pytest.mark.parametrize(
    ("mismatches", "seen", "expected"),
    [
        pytest.param(1, snapshot(usage=report_of(1300)), None, id="the first"),
        pytest.param(2, snapshot(usage=report_of(1300)), True, id="the second"),
        pytest.param(9, snapshot(), False, id="agreed again"),
        pytest.param(9, LOST, None, id="not to be told"),
    ],
)
def test_a_mismatch_is_told_when_two_checks_saw_it(
    mismatches: int, seen: UsageSnapshot, *, expected: bool | None
) -> None:
    known = state(mismatches=mismatches)

    assert conditions(seen, known)[AlertKind.SPEND_MISMATCH] is expected


@pytest.mark.parametrize(
    ("seen_as", "expected"),
    [
        (FigureState.MISMATCH, 3),
        (FigureState.KNOWN, 0),
        (FigureState.INCOMPLETE, 2),
        (FigureState.UNKNOWN, 2),
    ],
)
def test_mismatches_are_counted_in_a_row(seen_as: FigureState, expected: int) -> None:
    assert count_mismatches(2, figure(1000, seen_as)) == expected


def test_a_figure_of_the_future_has_no_age_to_wait_for() -> None:
    """The clock was set back: nobody can say how long it has been unknown."""
    known = state(last_good=sighting(900, NOON + HOUR))

    assert conditions(LOST, known)[AlertKind.DATA_UNKNOWN] is True


UNPRICED = report(row(100_000), row(1, billing_metric="new"))


@pytest.mark.parametrize(
    ("kind", "usage", "expected"),
    [
        pytest.param("price_missing", UNPRICED, True, id="no price"),
        pytest.param("price_missing", report_of(1000), False, id="all prices"),
        pytest.param("price_missing", failure(), None, id="no rows to price"),
    ],
)
def test_what_is_wrong_with_the_answer_is_told(
    kind: str, usage: Fields, *, expected: bool | None
) -> None:
    assert conditions(snapshot(usage=usage), state())[AlertKind(kind)] is expected


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        pytest.param(reading(), [False, False], id="all is well"),
        pytest.param(reading(is_reached=True), [True, False], id="the limit"),
        pytest.param(reading(payment_failed=True), [False, True], id="the payment"),
        pytest.param(failure(), [None, None], id="no answer"),
    ],
)
def test_what_the_provider_says_itself(
    read: Fields, expected: list[bool | None]
) -> None:
    assert [each.is_on for each in limit_conditions(read)] == expected


@pytest.mark.parametrize(
    ("made", "known", "expected"),
    [
        pytest.param((), state(), [False, False], id="nothing was tried"),
        pytest.param(
            (change(), change(state=ChangeState.UNKNOWN)),
            state(),
            [True, False],
            id="one cannot be read back",
        ),
        pytest.param(
            (change(state=ChangeState.FAILED),),
            state(),
            [False, False],
            id="a failure",
        ),
        pytest.param(
            (), state(is_circuit_open=True), [False, True], id="the circuit is open"
        ),
    ],
)
def test_what_is_wrong_with_limit_changes(
    made: Fields, known: OrganizationState, expected: list[bool]
) -> None:
    assert [each.is_on for each in change_conditions(made, known)] == expected


@pytest.mark.parametrize(
    ("amount", "last_seen", "expected"),
    [
        pytest.param(10, None, False, id="known"),
        pytest.param(None, None, True, id="never known"),
        pytest.param(None, NOON - QUARTER + MINUTE, None, id="lost of late"),
        pytest.param(None, NOON - QUARTER, True, id="lost for as long as it may"),
    ],
)
def test_a_scope_of_its_own_is_missed_after_a_while(
    amount: int | None, last_seen: datetime | None, *, expected: bool | None
) -> None:
    found = scope_unknown("acme;x", figure(amount), last_seen, QUARTER, NOON)

    assert found.is_on is expected
    assert found.subject == "acme;x"


FIRED = Alert(
    key=KEY,
    firing=1,
    kind=KIND,
    severity=Severity.CRITICAL,
    state=AlertState.FIRING,
    value=Decimal(7),
    bound=None,
    unit="%",
    fired_at=NOON,
    last_told_at=NOON,
    reason="why",
)
OVER = replace(FIRED, state=AlertState.RESOLVED, resolved_at=NOON)


@pytest.mark.parametrize(
    ("move", "before", "is_on", "expected"),
    [
        pytest.param(step, None, True, FIRED, id="begun"),
        pytest.param(step, RESOLVED, True, replace(FIRED, firing=2), id="begun anew"),
        pytest.param(
            step, FIRED, False, replace(OVER, reason="recovered"), id="recovered"
        ),
        pytest.param(moment, None, True, OVER, id="over at once"),
        pytest.param(moment, FIRING, True, replace(OVER, firing=2), id="and again"),
    ],
)
def test_an_alert_that_moved_is_written_whole(
    move: Callable[..., Step], before: Alert | None, expected: Alert, *, is_on: bool
) -> None:
    found = condition(is_on, value=Decimal(7), unit="%")
    outcome = Outcome.FIRED if is_on else Outcome.RESOLVED

    assert move(before, found, KEY, NOON) == Step(
        alert=expected, outcome=outcome, is_changed=True
    )


def test_two_of_one_kind_are_told_apart_by_what_they_are_of() -> None:
    lost = scope_unknown("acme;x", figure(None), None, QUARTER, NOON)
    key = health_key("acme", AlertKind.DATA_UNKNOWN, "acme;x")

    assert key_of("acme", lost) == key
    before = replace(OVER, key=key)
    assert list(condition_moves([lost], "acme", by_key(before), ("it",), NOON)) == [
        Moved(step=step(before, lost, key, NOON), channels=("it",))
    ]
