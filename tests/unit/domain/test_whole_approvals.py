"""Everything that a request for approval holds, and what becomes of it."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from service.domain.approval import (
    Approval,
    ApprovalState,
    SupersededBy,
    approval_id,
    followed,
    supersede,
    use,
)
from service.domain.approval_round import Facts, hold_round
from service.domain.audit import SCHEDULER
from service.domain.effect import OnExpiry
from service.domain.limit_change import (
    ChangeKind,
    ChangeState,
    FailReason,
    LimitChange,
    change_id,
)
from service.domain.policy import Severity
from tests.approvals import approval
from tests.builders import HOUR, MINUTE, NOON, Fields, change, ground, limit
from tests.unit.domain.test_approval_round import asked, waiting_change

# The second check of a watch, which is the first to see the crossing.
ASKED_AT = NOON + 10 * MINUTE


def test_a_request_and_the_change_that_waits_for_it_are_recorded_whole() -> None:
    watched = asked()
    decision = watched.decisions[-1]
    (firing,) = decision.alerts

    found = watched.approval
    identity = approval_id(firing.id, 0)
    assert found == Approval(
        id=identity,
        organization="acme",
        state=ApprovalState.PENDING,
        kind=ChangeKind.CAP,
        change_id=change_id("acme", identity, decision.check.id),
        before=limit(10_000),
        after=limit(6000),
        requested_by=SCHEDULER,
        requested_at=ASKED_AT,
        expires_at=ASKED_AT + 2 * HOUR,
        on_expiry=OnExpiry.DENY,
        reason=firing.reason,
        severity=Severity.CRITICAL,
        channels=("finops",),
        policy_id="acme-monthly",
        threshold_id="stop",
        alert_id=firing.id,
        figures=decision.figures,
    )
    assert waiting_change(watched) == LimitChange(
        id=found.change_id,
        organization="acme",
        kind=ChangeKind.CAP,
        state=ChangeState.AWAITING_APPROVAL,
        before=limit(10_000),
        after=limit(6000),
        exact=Decimal(6000),
        planned_at=ASKED_AT,
        requested_by=SCHEDULER,
        period="2026-08",
        policy_id="acme-monthly",
        threshold_id="stop",
        alert_id=firing.id,
        approval_id=identity,
    )


def test_the_first_try_is_the_change_that_waited_and_the_next_is_its_own() -> None:
    watched = asked()
    watched.is_provider_deaf = True
    answered = watched.answer()
    waited = waiting_change(watched)

    first = watched.check(5100).change
    second = watched.check(5100, after=HOUR).change

    assert first == replace(waited, state=ChangeState.APPROVED)
    assert second is not None
    assert (second.state, second.approval_id) == (ChangeState.PLANNED, answered.id)
    assert (second.id != waited.id, second.planned_at) == (True, watched.now)


def test_a_request_of_which_nothing_is_left_says_why_and_when() -> None:
    assert supersede(approval(), SupersededBy.LIMIT_REACHED, NOON) == replace(
        approval(),
        state=ApprovalState.SUPERSEDED,
        ended_at=NOON,
        ended_reason="limit_reached",
    )


@pytest.mark.parametrize(
    ("of", "tried", "reason"),
    [
        pytest.param({}, change(reason="odd"), "", id="it is in force"),
        pytest.param(
            {"alert_id": None},
            change(state=ChangeState.FAILED, reason=FailReason.REJECTED),
            "rejected",
            id="a wish that failed",
        ),
    ],
)
def test_a_request_that_is_used_up_says_when_and_how(
    of: Fields, tried: LimitChange, reason: str
) -> None:
    granted = approval(state=ApprovalState.APPROVED, **of)

    assert use(granted, tried, NOON) == replace(
        granted, state=ApprovalState.USED, ended_at=NOON, ended_reason=reason
    )


@pytest.mark.parametrize(
    ("state", "after", "ended_at", "reason"),
    [
        (ApprovalState.APPROVED, ChangeState.APPROVED, None, ""),
        (ApprovalState.DENIED, ChangeState.DENIED, NOON, "denied"),
        (ApprovalState.SUPERSEDED, ChangeState.SKIPPED, NOON, "superseded"),
    ],
)
def test_the_change_that_waited_ends_with_its_request(
    state: ApprovalState, after: ChangeState, ended_at: datetime | None, reason: str
) -> None:
    waiting = change(state=ChangeState.AWAITING_APPROVAL, settled_at=None)
    answered = replace(approval(state=state), ended_at=ended_at)

    assert followed(waiting, answered) == replace(
        waiting, state=after, settled_at=ended_at, reason=reason
    )


@pytest.mark.parametrize(
    ("until", "ceiling", "reason"),
    [
        pytest.param(NOON, None, "too_late", id="the time it is wanted for is over"),
        pytest.param(NOON + MINUTE, None, "", id="there is a minute left"),
        pytest.param(NOON + MINUTE, 12_000, "", id="a ceiling where it asks for"),
        pytest.param(NOON + MINUTE, 11_999, "above_ceiling", id="a ceiling below"),
    ],
)
def test_a_persons_wish_stands_while_it_can_be_done(
    until: datetime, ceiling: int | None, reason: str
) -> None:
    wish = approval(
        kind=ChangeKind.MANUAL,
        alert_id=None,
        before=limit(10_000),
        after=limit(12_000),
        override_until=until,
    )
    facts = Facts(
        wanted=(),
        firing=frozenset(),
        watched=frozenset(),
        ended=(),
        ground=ground(ceiling=ceiling),
    )

    assert hold_round([wish], facts).approvals[wish.id].ended_reason == reason
