"""A plan is sent by whoever planned it, or never."""

from service.domain.limit_change import ChangeState, SkipReason
from service.domain.settlement import reconcile
from tests.builders import DAY, NOON, change, limit, state

OLD = limit(500)


def test_a_plan_whose_process_died_before_it_was_sent_is_left_for_a_new_one() -> None:
    planned = change(state=ChangeState.PLANNED, requested_at=None, settled_at=None)
    known = state(reference=OLD)

    settlement = reconcile(known, [planned], OLD, NOON, NOON + DAY)

    (left,) = settlement.settled
    assert left.state is ChangeState.SKIPPED
    assert left.reason == SkipReason.SUPERSEDED
    assert left.settled_at == NOON
    assert left.note == "its process ended before it was sent"
    assert settlement.state == reconcile(known, [], OLD, NOON, NOON + DAY).state
