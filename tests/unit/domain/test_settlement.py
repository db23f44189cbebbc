from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from service.domain.limit_change import ChangeKind, ChangeState, FailReason, LimitChange
from service.domain.settlement import (
    DEADLINE,
    LATE_ARRIVAL,
    adopt,
    is_late_arrival,
    reconcile,
    reject,
    remember,
    settle,
)
from service.domain.state import Drift, Override
from service.domain.usage import SpendLimit
from tests.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    Fields,
    change,
    limit,
    override,
    state,
)

SECOND = timedelta(seconds=1)
OLD = limit(500)
PERIOD_END = NOON + 11 * DAY


def requested(age: timedelta, **changes: Fields) -> LimitChange:
    built = change(
        state=ChangeState.REQUESTED, requested_at=NOON - age, settled_at=None
    )
    return replace(built, **changes)


@pytest.mark.parametrize(
    ("observed", "age", "expected", "reason"),
    [
        pytest.param(
            limit(600), SECOND, "applied", "", id="the value asked for is applied"
        ),
        pytest.param(
            limit("600.00"),
            SECOND,
            "applied",
            "",
            id="the value asked for is applied however it is written",
        ),
        pytest.param(
            limit(600),
            2 * DAY,
            "applied",
            "",
            id="the value asked for is applied at any time later",
        ),
        pytest.param(
            limit(500),
            DEADLINE - SECOND,
            "requested",
            "",
            id="the old value is waited for until the deadline",
        ),
        pytest.param(
            limit(500),
            DEADLINE,
            "failed",
            "not_in_force",
            id="the old value at the deadline is not in force",
        ),
        pytest.param(
            limit(700),
            DEADLINE - SECOND,
            "requested",
            "",
            id="another value is no verdict before the deadline",
        ),
        pytest.param(
            limit(700),
            DEADLINE,
            "failed",
            "overtaken",
            id="another value at the deadline has overtaken it",
        ),
        pytest.param(
            limit(None),
            DEADLINE,
            "failed",
            "overtaken",
            id="unlimited at the deadline has overtaken it",
        ),
        pytest.param(
            None,
            DEADLINE - SECOND,
            "requested",
            "",
            id="unreadable is no verdict before the deadline",
        ),
        pytest.param(
            None, DEADLINE, "unknown", "", id="unreadable at the deadline is unknown"
        ),
    ],
)
def test_a_read_decides_what_became_of_a_request(
    observed: SpendLimit | None, age: timedelta, expected: str, reason: str
) -> None:
    settled = settle(requested(age), observed, NOON)

    assert (settled.state.value, settled.reason) == (expected, reason)
    if settled.state is not ChangeState.REQUESTED:
        assert (settled.observed, settled.settled_at) == (observed, NOON)


def test_an_unknown_change_stays_unknown_until_a_read() -> None:
    unknown = requested(DAY, state=ChangeState.UNKNOWN)

    assert settle(unknown, None, NOON) == unknown


def test_an_unknown_change_is_settled_by_the_next_good_read() -> None:
    unknown = requested(DAY, state=ChangeState.UNKNOWN)

    assert settle(unknown, limit(600), NOON).state is ChangeState.APPLIED
    assert settle(unknown, limit(500), NOON).reason == FailReason.NOT_IN_FORCE


def test_the_deadline_counts_from_the_plan_where_no_request_is_noted() -> None:
    restored = requested(DAY, requested_at=None, planned_at=NOON - DEADLINE)

    assert settle(restored, limit(500), NOON).state is ChangeState.FAILED


def test_a_refusal_keeps_what_the_provider_said() -> None:
    refused = reject(requested(SECOND), NOON, "amount: not a whole number")

    assert refused == replace(
        requested(SECOND),
        state=ChangeState.FAILED,
        settled_at=NOON,
        reason=FailReason.REJECTED,
        observed=limit(500),
        note="amount: not a whole number",
    )


def test_a_refusal_leaves_a_persons_own_words() -> None:
    refused = reject(requested(SECOND, note="launch day"), NOON, "no")

    assert refused.note == "launch day; no"


def failed(age: timedelta, **changes: Fields) -> LimitChange:
    return requested(age, state=ChangeState.FAILED, reason="not_in_force", **changes)


@pytest.mark.parametrize(
    ("late", "observed", "expected"),
    [
        pytest.param(failed(HOUR - SECOND), limit(600), True, id="within the hour"),
        pytest.param(failed(HOUR), limit(600), False, id="not after the hour"),
        pytest.param(failed(MINUTE), limit(601), False, id="only the value asked for"),
        pytest.param(
            replace(failed(MINUTE), reason="rejected"),
            limit(600),
            False,
            id="not one the provider refused",
        ),
        pytest.param(
            requested(MINUTE), limit(600), False, id="only one thought to have failed"
        ),
    ],
)
def test_a_late_arrival_is_known_by_its_value(
    late: LimitChange, observed: SpendLimit, *, expected: bool
) -> None:
    assert is_late_arrival(late, observed, NOON) is expected
    assert timedelta(hours=1) == LATE_ARRIVAL


def reconciled(
    *changes: LimitChange,
    observed: SpendLimit | None,
    reference: SpendLimit | None = OLD,
) -> tuple[list[tuple[str, str]], SpendLimit | None, SpendLimit | None]:
    """Give the settled changes, the reference after, and where to it has drifted."""
    found = reconcile(state(reference=reference), changes, observed, NOON, PERIOD_END)
    settled = [(each.id, each.state.value) for each in found.settled]
    drifted_to = found.observed if found.is_drifted else None
    return settled, found.state.reference, drifted_to


def test_the_first_limit_seen_is_the_reference() -> None:
    assert reconciled(observed=limit(500), reference=None) == ([], limit(500), None)


def test_the_first_reference_is_not_ours_and_bounds_the_periods_raises() -> None:
    found = reconcile(
        state(reference=None, is_reference_ours=True),
        (),
        limit(500),
        NOON,
        PERIOD_END,
    )

    assert not found.state.is_reference_ours
    assert found.state.limit_at_start == limit(500)


def test_a_limit_at_its_reference_is_no_drift() -> None:
    assert reconciled(observed=limit(500)) == ([], limit(500), None)


def test_an_unreadable_limit_is_no_drift() -> None:
    assert reconciled(observed=None) == ([], limit(500), None)


def test_a_limit_moved_by_somebody_else_is_drift() -> None:
    assert reconciled(observed=limit(700)) == ([], limit(500), limit(700))


def test_a_limit_taken_away_by_somebody_else_is_drift() -> None:
    assert reconciled(observed=limit(None)) == ([], limit(500), limit(None))


def test_a_change_in_flight_is_no_drift() -> None:
    result = reconciled(requested(SECOND), observed=limit(550))

    assert result == ([], limit(500), None)


def test_a_request_of_ours_that_arrived_is_no_drift() -> None:
    result = reconciled(requested(MINUTE), observed=limit(600))

    assert result == ([("lc_1", "applied")], limit(600), None)


def test_an_overtaken_request_leaves_the_value_seen_as_a_drift() -> None:
    result = reconciled(requested(MINUTE), observed=limit(700))

    assert result == ([("lc_1", "failed")], limit(500), limit(700))


def test_a_late_arrival_is_no_drift() -> None:
    result = reconciled(failed(10 * MINUTE), observed=limit(600))

    assert result == ([("lc_1", "applied")], limit(600), None)


def test_an_arrival_after_the_hour_is_drift() -> None:
    result = reconciled(failed(HOUR), observed=limit(600))

    assert result == ([], limit(500), limit(600))


def test_a_retry_that_was_applied_leaves_the_first_try_failed() -> None:
    retried = change(id="lc_2", requested_at=NOON - 5 * MINUTE)

    result = reconciled(
        failed(10 * MINUTE), retried, observed=limit(600), reference=limit(600)
    )

    assert result == ([], limit(600), None)


@pytest.mark.parametrize("is_reversed", [False, True], ids=["oldest", "newest"])
def test_a_value_seen_settles_the_open_request_and_not_an_earlier_failure(
    *, is_reversed: bool
) -> None:
    open_one = requested(MINUTE, id="lc_2")
    changes = [failed(10 * MINUTE), open_one]

    result = reconciled(
        *(reversed(changes) if is_reversed else changes), observed=limit(600)
    )

    assert result == ([("lc_2", "applied")], limit(600), None)


def test_a_first_try_may_arrive_late_over_a_second_request() -> None:
    second = requested(MINUTE, id="lc_2", after=limit(650))

    result = reconciled(failed(10 * MINUTE), second, observed=limit(600))

    assert result == ([("lc_2", "failed"), ("lc_1", "applied")], limit(600), None)


def test_what_somebody_set_outside_is_their_choice_until_the_period_ends() -> None:
    drift = Drift(before=OLD, observed=limit(700), since=NOON - HOUR, seen_at=NOON)
    before = state(is_reference_ours=True, wants_baseline=True, drift=drift)

    assert adopt(before, limit(700), NOON, PERIOD_END, "ada") == replace(
        before,
        reference=limit(700),
        is_reference_ours=False,
        limit_known_at=NOON,
        drift=None,
        wants_baseline=False,
        override=Override(limit=limit(700), by="ada", set_at=NOON, until=PERIOD_END),
    )


def remembered(ended: LimitChange, **known: Fields) -> dict[str, object]:
    after = remember(
        replace(state(), **known),
        ended,
        NOON,
        PERIOD_END,
    )
    return {
        "reference": after.reference,
        "ours": after.is_reference_ours,
        "failures": after.failures,
        "open": after.is_circuit_open,
        "retry_at": after.retry_at,
        "until": after.override.until if after.override else None,
    }


def test_an_applied_change_is_the_new_reference_and_ends_the_failures() -> None:
    assert remembered(change(), failures=2, retry_at=NOON + HOUR) == {
        "reference": limit(600),
        "ours": True,
        "failures": 0,
        "open": False,
        "retry_at": None,
        "until": None,
    }


@pytest.mark.parametrize(
    ("expires_at", "until"),
    [
        pytest.param(None, PERIOD_END, id="until the period ends"),
        pytest.param(NOON + HOUR, NOON + HOUR, id="until it expires"),
    ],
)
def test_what_a_person_set_is_an_override(
    expires_at: datetime | None, until: datetime
) -> None:
    manual = change(ChangeKind.MANUAL, expires_at=expires_at)

    assert remembered(manual)["until"] == until


def test_an_open_circuit_stays_open_until_a_person_closes_it() -> None:
    assert remembered(change(), is_circuit_open=True)["open"] is True


def test_a_restored_baseline_is_where_the_periods_raises_count_from() -> None:
    after = remember(
        state(wants_baseline=True, limit_at_start=limit(900)),
        change(ChangeKind.RESTORE, after=limit(500)),
        NOON,
        PERIOD_END,
    )

    assert after.limit_at_start == limit(500)
    assert not after.wants_baseline


@pytest.mark.parametrize(
    ("failures", "is_open", "wait"),
    [
        pytest.param(0, False, 5 * MINUTE, id="the first failure backs off"),
        pytest.param(1, False, 10 * MINUTE, id="the second backs off longer"),
        pytest.param(2, True, 15 * MINUTE, id="the third opens the circuit"),
    ],
)
def test_failed_changes_back_off_and_then_stop(
    failures: int, wait: timedelta, *, is_open: bool
) -> None:
    after = remembered(failed(MINUTE), failures=failures)

    assert after["failures"] == failures + 1
    assert after["open"] is is_open
    assert after["retry_at"] == NOON + wait
    assert after["reference"] == limit(10_000)


def test_a_persons_failed_change_does_not_count_towards_the_circuit() -> None:
    manual = failed(MINUTE, kind=ChangeKind.MANUAL)

    assert remembered(manual, failures=2)["failures"] == 2


def test_a_skipped_change_leaves_no_memory() -> None:
    before = state(override=override())

    skipped = change(state=ChangeState.SKIPPED)

    assert remember(before, skipped, NOON, PERIOD_END) == before
