"""A person's wish for a higher limit, approved by another, over many checks."""

from dataclasses import replace

import pytest

from service.domain.approval import ApprovalState, SupersededBy
from service.domain.limit_change import ChangeKind, ChangeState
from tests.approvals import approval
from tests.builders import Fields, change, euros, failure, limit, policy, policy_set
from tests.unit.domain.watching import Watching


def wishing(**changes: Fields) -> Watching:
    """Watch acme, where a person's wish for 12,000 EUR was approved."""
    watched = Watching(policy_set(policy()))
    watched.check(1000)
    wish = approval(
        kind=ChangeKind.MANUAL,
        state=ApprovalState.APPROVED,
        before=limit(10_000),
        after=limit(12_000),
        requested_by="key:alice",
        reason="launch week",
        alert_id=None,
        policy_id=None,
        threshold_id=None,
    )
    watched.memory = replace(watched.memory, approvals=(replace(wish, **changes),))
    return watched


def test_an_approved_wish_is_carried_out_for_who_asked() -> None:
    watched = wishing()

    decision = watched.check(1000)

    assert decision.change is not None
    assert decision.change.kind is ChangeKind.MANUAL
    assert decision.change.requested_by == "key:alice"
    assert decision.change.note == "launch week"
    assert watched.limit == limit(12_000)
    assert watched.approval.state is ApprovalState.USED
    assert watched.memory.state.override is not None


def test_a_wish_waits_while_another_change_is_unsettled() -> None:
    watched = wishing()
    open_one = change(
        state=ChangeState.UNKNOWN, before=limit(10_000), after=limit(11_000)
    )
    asked_at = replace(open_one, requested_at=watched.now)
    watched.memory = replace(watched.memory, changes=(asked_at,))

    decision = watched.check(1000, after=watched.now - watched.now)

    assert decision.change is None
    assert watched.approval.state is ApprovalState.APPROVED


def test_a_wish_waits_for_a_limit_that_can_be_read() -> None:
    watched = wishing()

    decision = watched.check(1000, limit=failure())

    assert decision.change is None
    assert watched.approval.state is ApprovalState.APPROVED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"after": limit(9000)}, SupersededBy.LIMIT_REACHED, id="reached"),
        pytest.param({"after": limit(90_000)}, SupersededBy.ABOVE_CEILING, id="above"),
    ],
)
def test_a_wish_obeys_what_holds_when_it_is_carried_out(
    changes: Fields, reason: SupersededBy
) -> None:
    watched = wishing(**changes)
    watched.memory = replace(watched.memory, ceiling=20_000)

    watched.check(1000)

    assert watched.approval.ended_reason == reason
    assert watched.limit == limit(10_000)


def test_a_wish_for_a_time_that_is_over_comes_to_nothing() -> None:
    watched = wishing()
    wish = replace(watched.approval, override_until=watched.now)
    watched.memory = replace(watched.memory, approvals=(wish,))

    watched.check(1000)

    assert watched.approval.ended_reason == SupersededBy.TOO_LATE


def test_a_request_in_another_currency_comes_to_nothing() -> None:
    dollars = replace(euros(12_000), currency="USD")
    watched = wishing(after=replace(limit(12_000), amount=dollars))

    watched.check(1000)

    assert watched.approval.ended_reason == SupersededBy.CURRENCY_CHANGED
