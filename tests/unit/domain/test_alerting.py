from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from service.domain.alert import Alert, AlertKind, AlertState
from service.domain.alerting import Step, advance, resolve
from service.domain.check import Outcome
from service.domain.crossing import Crossing
from service.domain.policy import Threshold
from tests.builders import DAY, HOUR, MINUTE, NOON, Fields, alert, key, threshold


def crossing(*, is_crossed: bool | None = True, **changes: Fields) -> Crossing:
    built = Crossing(
        kind=AlertKind.SPEND,
        value=Decimal(2600),
        bound=Decimal(2500),
        unit="EUR",
        is_crossed=is_crossed,
        is_certain=True,
        may_resolve=False,
        reason="because",
    )
    return replace(built, **changes)


PLAIN = threshold(spend="50%")
PATIENT = threshold(spend="50%", for_="1h")
INSISTENT = threshold(spend="50%", repeat="3d")
UNKNOWN = crossing(is_crossed=None, value=None, is_certain=False)
FAR_BELOW = crossing(is_crossed=False, may_resolve=True)


def moved(
    before: Alert | None,
    seen: Crossing,
    on: Threshold = PLAIN,
    now: datetime = NOON,
) -> Step:
    return advance(before, seen, on, key(), now)


def pending(held: timedelta, last: datetime | None = NOON - 5 * MINUTE) -> Alert:
    return alert(
        state=AlertState.PENDING,
        held=held,
        last_true_at=last,
        fired_at=None,
        last_told_at=None,
    )


@pytest.mark.parametrize(
    ("before", "seen", "state", "outcome"),
    [
        pytest.param(
            None, crossing(is_crossed=False), None, "below", id="never crossed"
        ),
        pytest.param(None, crossing(), "firing", "fired", id="crossed"),
        pytest.param(None, UNKNOWN, None, "unknown", id="not to be told"),
        pytest.param(alert(), crossing(), "firing", "firing", id="still crossed"),
        pytest.param(alert(), UNKNOWN, "firing", "unknown", id="doubt ends nothing"),
        pytest.param(
            alert(),
            crossing(is_crossed=False),
            "firing",
            "firing",
            id="restated below its bound",
        ),
        pytest.param(alert(), FAR_BELOW, "resolved", "resolved", id="recovered"),
        pytest.param(
            alert(),
            crossing(is_crossed=False, may_resolve=True, is_certain=False),
            "firing",
            "firing",
            id="one source alone resolves nothing",
        ),
        pytest.param(
            alert(),
            crossing(is_crossed=False, bound=Decimal(9000), is_certain=False),
            "firing",
            "firing",
            id="one source alone resolves nothing after a raised budget",
        ),
        pytest.param(
            alert(),
            crossing(is_crossed=False, bound=Decimal(2501)),
            "resolved",
            "resolved",
            id="the budget was raised",
        ),
        pytest.param(
            alert(),
            crossing(is_crossed=False, bound=Decimal(2400)),
            "firing",
            "firing",
            id="the budget was lowered and the spend restated",
        ),
        pytest.param(
            alert(state=AlertState.RESOLVED),
            crossing(is_crossed=False),
            "resolved",
            "below",
            id="resolved stays resolved",
        ),
        pytest.param(
            alert(state=AlertState.RESOLVED), crossing(), "firing", "fired", id="again"
        ),
        pytest.param(
            alert(state=AlertState.IDLE),
            crossing(is_crossed=False),
            "idle",
            "below",
            id="idle",
        ),
    ],
)
def test_an_alert_moves_on_edges_only(
    before: Alert | None, seen: Crossing, state: str | None, outcome: str
) -> None:
    step = moved(before, seen)

    assert step.outcome.value == outcome
    assert (None if step.alert is None else step.alert.state.value) == state


@pytest.mark.parametrize(
    ("before", "firing"),
    [
        pytest.param(None, 1, id="the first"),
        pytest.param(alert(state=AlertState.RESOLVED), 2, id="after a resolved one"),
        pytest.param(
            alert(state=AlertState.RESOLVED, firing=7), 8, id="after the seventh"
        ),
        pytest.param(alert(state=AlertState.IDLE), 1, id="an idle number is free"),
    ],
)
def test_each_firing_has_its_own_number_and_id(
    before: Alert | None, firing: int
) -> None:
    fired = moved(before, crossing()).alert

    assert fired is not None
    assert fired.firing == firing
    assert fired.id == alert(firing=firing).id
    assert (fired.fired_at, fired.last_told_at, fired.reason) == (NOON, NOON, "because")
    assert not fired.effect_done
    assert fired.skips == ()


def test_a_resolved_alert_says_why_and_when() -> None:
    recovered = moved(alert(), FAR_BELOW).alert
    changed = moved(alert(), crossing(is_crossed=False, bound=Decimal(9000))).alert

    assert recovered is not None
    assert changed is not None
    assert (recovered.reason, recovered.resolved_at) == ("recovered", NOON)
    assert changed.reason == "policy_changed"


def test_a_patient_threshold_waits_first() -> None:
    step = moved(None, crossing(), PATIENT)

    assert step.outcome is Outcome.PENDING
    assert step.alert is not None
    assert (step.alert.held, step.alert.pending_at) == (timedelta(0), NOON)
    assert step.alert.fired_at is None


@pytest.mark.parametrize(
    ("before", "held", "state"),
    [
        pytest.param(pending(54 * MINUTE), 59 * MINUTE, "pending", id="a minute short"),
        pytest.param(pending(55 * MINUTE), HOUR, "firing", id="just long enough"),
        pytest.param(
            pending(59 * MINUTE, None), 59 * MINUTE, "pending", id="no time for a gap"
        ),
        pytest.param(
            pending(HOUR, None), HOUR, "firing", id="what was held before a gap counts"
        ),
        pytest.param(
            pending(MINUTE, NOON + HOUR), MINUTE, "pending", id="a clock set back"
        ),
    ],
)
def test_only_time_between_two_checks_that_saw_it_counts(
    before: Alert, held: timedelta, state: str
) -> None:
    step = moved(before, crossing(), PATIENT)

    assert step.alert is not None
    assert (step.alert.held, step.alert.state.value) == (held, state)


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(UNKNOWN, id="an unknown figure"),
        pytest.param(
            crossing(is_crossed=False, is_certain=False),
            id="one source alone, below its bound",
        ),
    ],
)
def test_doubt_freezes_the_time_a_crossing_was_held(seen: Crossing) -> None:
    step = moved(pending(30 * MINUTE), seen, PATIENT)

    assert step.alert is not None
    assert step.alert.state is AlertState.PENDING
    assert (step.alert.held, step.alert.last_true_at) == (30 * MINUTE, None)
    assert step.is_changed
    assert not moved(step.alert, seen, PATIENT).is_changed


def test_a_certain_figure_below_its_bound_starts_the_time_over() -> None:
    step = moved(pending(30 * MINUTE), crossing(is_crossed=False), PATIENT)

    assert step.alert is not None
    assert (step.alert.state, step.alert.held) == (AlertState.IDLE, timedelta(0))
    again = moved(step.alert, crossing(), PATIENT).alert
    assert again is not None
    assert (again.held, again.firing) == (timedelta(0), 1)


@pytest.mark.parametrize(
    ("before", "on", "is_reminder"),
    [
        pytest.param(alert(), PLAIN, False, id="without repeat never"),
        pytest.param(
            alert(last_told_at=NOON - 3 * DAY), INSISTENT, True, id="after three days"
        ),
        pytest.param(
            alert(last_told_at=NOON - 3 * DAY + MINUTE), INSISTENT, False, id="earlier"
        ),
        pytest.param(
            alert(last_told_at=None, fired_at=NOON - 3 * DAY),
            INSISTENT,
            True,
            id="since it fired",
        ),
        pytest.param(
            alert(last_told_at=NOON - 9 * DAY, acknowledged_at=NOON - DAY),
            INSISTENT,
            False,
            id="acknowledging stops them",
        ),
    ],
)
def test_reminders_come_only_where_repeat_asks(
    before: Alert, on: Threshold, *, is_reminder: bool
) -> None:
    step = moved(before, crossing(), on)

    assert step.is_reminder is is_reminder
    assert step.alert is not None
    assert (step.alert.last_told_at == NOON) is is_reminder


def test_no_reminder_goes_out_on_a_figure_that_is_unknown() -> None:
    assert not moved(alert(last_told_at=NOON - 9 * DAY), UNKNOWN, INSISTENT).is_reminder


def test_a_firing_alert_keeps_up_with_its_value() -> None:
    step = moved(alert(), crossing(value=Decimal(3000), bound=Decimal(2000)))

    assert step.alert is not None
    assert (step.alert.value, step.alert.bound) == (Decimal(3000), Decimal(2000))
    assert not moved(
        step.alert, crossing(value=Decimal(3000), bound=Decimal(2000))
    ).is_changed


def test_a_pending_alert_is_forgotten_and_a_firing_one_resolved() -> None:
    assert resolve(pending(MINUTE), "removed", NOON).outcome is Outcome.BELOW
    ended = resolve(alert(), "removed", NOON)

    assert ended.outcome is Outcome.RESOLVED
    assert ended.alert is not None
    assert (ended.alert.reason, ended.alert.resolved_at) == ("removed", NOON)
