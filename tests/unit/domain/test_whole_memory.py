"""Everything that is remembered of a limit change that ended."""

from dataclasses import replace

import pytest

from service.domain.limit_change import ChangeKind, ChangeState, FailReason
from service.domain.settlement import Settlement, reconcile, remember
from service.domain.state import Drift, OrganizationState, Override
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

PERIOD_END = NOON + 11 * DAY
DRIFT = Drift(
    before=limit(500), observed=limit(900), since=NOON - HOUR, seen_at=NOON - HOUR
)


def before(**changes: Fields) -> OrganizationState:
    """Give a memory in which everything that a change may end still stands."""
    built = state(
        reference=limit(500),
        failures=2,
        retry_at=NOON + HOUR,
        wants_baseline=True,
        override=override(),
        drift=DRIFT,
    )
    return replace(built, **changes)


# What every change that came into force leaves: its limit of 600 EUR is ours.
APPLIED: Fields = {
    "reference": limit(600),
    "is_reference_ours": True,
    "limit_known_at": NOON,
    "failures": 0,
    "retry_at": None,
    "drift": None,
}


@pytest.mark.parametrize(
    ("kind", "changes", "more"),
    [
        pytest.param(ChangeKind.SET, {"after": limit(600)}, {}, id="set"),
        pytest.param(
            ChangeKind.MANUAL,
            {"requested_by": "key:alice"},
            {
                "wants_baseline": False,
                "override": Override(
                    limit=limit(600), by="key:alice", set_at=NOON, until=PERIOD_END
                ),
            },
            id="a person's choice",
        ),
        pytest.param(
            ChangeKind.RESTORE,
            {},
            {"wants_baseline": False, "limit_at_start": limit(600)},
            id="the baseline's return",
        ),
        pytest.param(
            ChangeKind.REVERT,
            {"requested_by": "key:alice"},
            {},
            id="put back by a person, elsewhere than it was",
        ),
    ],
)
def test_a_change_in_force_leaves(
    kind: ChangeKind, changes: Fields, more: Fields
) -> None:
    known = before(drift=replace(DRIFT, before=limit(700)))

    after = remember(known, change(kind, **changes), NOON, PERIOD_END)

    assert after == replace(known, **(APPLIED | more))


@pytest.mark.parametrize("is_ours", [True, False])
def test_what_was_put_back_is_as_much_ours_as_it_was(*, is_ours: bool) -> None:
    known = before(is_reference_ours=is_ours)
    back = change(ChangeKind.REVERT, before=limit(900), after=limit(500))

    after = remember(known, back, NOON, PERIOD_END)

    expected: Fields = APPLIED | {"reference": limit(500), "is_reference_ours": is_ours}
    assert after == replace(known, **expected)


def test_a_cap_above_where_a_drift_began_leaves_it_open_and_lower() -> None:
    cap = change(ChangeKind.CAP, before=limit(900), after=limit(800))

    after = remember(before(), cap, NOON, PERIOD_END)

    assert after == before(
        drift=replace(DRIFT, observed=limit(800)),
        limit_known_at=NOON,
        failures=0,
        retry_at=None,
    )


@pytest.mark.parametrize(
    ("kind", "to"),
    [
        pytest.param(ChangeKind.CAP, 500, id="a cap to where it was"),
        pytest.param(ChangeKind.MANUAL, 800, id="a person above where it was"),
        pytest.param(ChangeKind.REVERT, 800, id="a revert above where it was"),
    ],
)
def test_any_other_change_ends_a_drift(kind: ChangeKind, to: int) -> None:
    made = change(kind, before=limit(900), after=limit(to))

    after = remember(before(), made, NOON, PERIOD_END)

    assert (after.drift, after.reference) == (None, limit(to))


def test_a_late_arrival_is_kept_with_when_and_where_it_was_seen() -> None:
    failed = change(
        state=ChangeState.FAILED,
        requested_at=NOON - 10 * MINUTE,
        reason=FailReason.NOT_IN_FORCE,
        observed=limit(500),
    )
    known = state(reference=limit(500))

    found = reconcile(known, [failed], limit(600), NOON, PERIOD_END)

    arrived = replace(
        failed,
        state=ChangeState.APPLIED,
        settled_at=NOON,
        observed=limit(600),
        reason="",
    )
    assert found.settled == (arrived,)
    assert found.updated([change(id="lc_2"), failed]) == (change(id="lc_2"), arrived)
    assert (found.observed, found.state.limit_known_at) == (limit(600), NOON)


def test_a_settlement_that_settled_nothing_changes_nothing() -> None:
    known = (change(id="lc_1"), change(id="lc_2"))

    assert Settlement(state=state()).updated(known) == known
