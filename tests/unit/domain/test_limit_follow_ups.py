from dataclasses import replace
from decimal import Decimal

import pytest

from service.domain.limit_change import (
    ChangeKind,
    ChangeState,
    FailReason,
    LimitChange,
    SkipReason,
)
from service.domain.limit_expiry import end_remembered, follow_up, follow_ups
from service.domain.state import RaiseEnd
from tests.builders import DAY, MINUTE, NOON, change, limit, state
from tests.unit.domain.lending import MONTH_END, end_of, raised

APPLIED, FAILED = ChangeState.APPLIED, ChangeState.FAILED


def test_the_end_of_a_raise_is_planned_with_it() -> None:
    end = end_of(raised())

    assert (end.kind, end.state) == (ChangeKind.EXPIRY, ChangeState.PLANNED)
    assert (end.before, end.after) == (limit(6000), limit(5000))
    assert (end.due_at, end.expires_at) == (NOON - MINUTE, None)
    assert (end.policy_id, end.threshold_id, end.alert_id) == (
        "acme-monthly",
        "near",
        None,
    )
    assert end.id != raised().id
    assert (end.settled_at, end.requested_at) == (None, None)


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
    tried = replace(end, state=ended_as, reason=reason, settled_at=NOON)

    again = follow_up(tried, NOON, MONTH_END)

    assert again is not None
    assert again.id != end.id
    assert again == replace(end, id=again.id, planned_at=NOON)


def test_what_the_spend_left_of_a_raise_ends_with_the_period() -> None:
    part = replace(
        end_of(raised()), state=APPLIED, after=limit(5800), exact=Decimal(5000)
    )

    rest = follow_up(part, NOON, MONTH_END)

    assert rest is not None
    assert (rest.before, rest.after) == (limit(5800), limit(5000))
    assert rest.due_at == MONTH_END


def test_the_memory_follows_what_ends_and_what_is_planned() -> None:
    end = end_of(raised())
    before = state(raise_ends=(RaiseEnd(change_id="lc_9", ends_at=NOON),))

    with_end = end_remembered(before, raised(), end)
    gone = end_remembered(with_end, replace(end, state=APPLIED), None)

    assert [each.change_id for each in with_end.raise_ends] == ["lc_9", end.id]
    assert gone == before
