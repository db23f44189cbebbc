from dataclasses import replace
from decimal import Decimal

import pytest

from service.domain.limit_change import (
    ChangeKind,
    ChangeState,
    FailReason,
    LimitChange,
    SkipReason,
    change_id,
)
from service.domain.limit_expiry import end_remembered, follow_up, follow_ups
from service.domain.state import RaiseEnd
from tests.builders import DAY, MINUTE, NOON, Fields, change, limit, state
from tests.unit.domain.lending import MONTH_END, end_of, raised

APPLIED, FAILED = ChangeState.APPLIED, ChangeState.FAILED


def planned(of: LimitChange, what: str, **changes: Fields) -> LimitChange:
    """Give what is planned at noon after a change, with nothing of its own course."""
    built = replace(
        of,
        id=change_id("acme", of.id, what),
        kind=ChangeKind.EXPIRY,
        state=ChangeState.PLANNED,
        planned_at=NOON,
        alert_id=None,
        exact=None,
        requested_at=None,
        settled_at=None,
        observed=None,
        reason="",
        note="",
        expires_at=None,
        approval_id=None,
    )
    return replace(built, **changes)


# All that a change gathers on its way.
COURSE: Fields = {
    "requested_at": NOON - MINUTE,
    "settled_at": NOON,
    "exact": Decimal("5000.5"),
    "alert_id": "al_1",
    "approval_id": "ap_1",
    "note": "launch day",
}


def test_the_end_of_a_raise_is_planned_with_it() -> None:
    made = raised(**COURSE, observed=limit(6000))

    assert follow_up(made, NOON, MONTH_END) == planned(
        made, "expiry", before=limit(6000), after=limit(5000), due_at=made.expires_at
    )


@pytest.mark.parametrize(
    "nothing_follows",
    [
        change(),
        raised(state=FAILED),
        raised(state=ChangeState.SKIPPED),
        raised(state=ChangeState.REQUESTED),
        change(ChangeKind.MANUAL, expires_at=NOON + DAY),
        change(ChangeKind.EXPIRY, ChangeState.UNKNOWN),
        change(ChangeKind.EXPIRY, FAILED, reason=FailReason.OVERTAKEN),
        change(ChangeKind.EXPIRY, exact=Decimal(600)),
        change(ChangeKind.EXPIRY, exact=Decimal("599.5")),
        change(ChangeKind.EXPIRY, exact=None),
        change(ChangeKind.EXPIRY, exact=Decimal(1), after=None),
        change(ChangeKind.EXPIRY, exact=Decimal(1), after=limit(None)),
    ],
)
def test_nothing_follows_where_nothing_is_left_to_do(
    nothing_follows: LimitChange,
) -> None:
    assert follow_ups([nothing_follows], NOON, MONTH_END) == ()


@pytest.mark.parametrize(
    ("ended_as", "reason"),
    [
        (FAILED, FailReason.NOT_IN_FORCE),
        (FAILED, FailReason.REJECTED),
        (ChangeState.SKIPPED, SkipReason.PAUSED),
        (ChangeState.SKIPPED, SkipReason.SUPERSEDED),
    ],
)
def test_an_end_that_could_not_be_carried_out_is_planned_again(
    ended_as: ChangeState, reason: str
) -> None:
    end = end_of(raised())
    tried = replace(end, **COURSE, state=ended_as, reason=reason, observed=limit(6000))

    again = follow_up(tried, NOON, MONTH_END)

    assert again == planned(tried, "again")
    assert again == replace(end, id=again.id, planned_at=NOON)


def test_what_the_spend_left_of_a_raise_ends_with_the_period() -> None:
    part = replace(
        end_of(raised()), **COURSE, state=APPLIED, after=limit(5800), observed=limit(1)
    )

    assert follow_up(part, NOON, MONTH_END) == planned(
        part, "rest", before=limit(5800), after=limit(5001), due_at=MONTH_END
    )


def test_the_memory_follows_what_ends_and_what_is_planned() -> None:
    end = end_of(raised())
    before = state(raise_ends=(RaiseEnd(change_id="lc_9", ends_at=NOON),))

    with_end = end_remembered(before, raised(), end)
    gone = end_remembered(with_end, replace(end, state=APPLIED), None)

    assert with_end.raise_ends == (
        RaiseEnd(change_id="lc_9", ends_at=NOON),
        RaiseEnd(change_id=end.id, ends_at=NOON - MINUTE),
    )
    assert gone == before
