"""F24: an approval is lost, stale, replayed, misattributed, or silence told as a no."""

from datetime import timedelta

import pytest

from service.domain.approval import Approval, ApprovalState
from service.domain.audit import AuditAction
from service.domain.errors import AlreadyDecided, ApprovalExpired, OwnRequest
from service.domain.notification import EventKind
from service.pipeline.approvals import Verdict, decide_approval
from service.ports import ApprovalFilter, PageRequest
from service.simulator.exchange import Route
from service.simulator.faults import FaultKind
from tests.failure_modes.stage import HOUR, LIMIT, MakeWorld, Stage, provider

ASKS = "{id: stop, spend: 1, then: {cap_limit: {to: 150%}, approval: {expires: 4h}}}"
CAPPED = 3000


def the_request(stage: Stage) -> Approval:
    queries = stage.world.application.services.queries
    (only,) = queries.approvals(ApprovalFilter(), PageRequest()).items
    return only


def answer(stage: Stage, *, is_granted: bool = True, actor: str = "key:bob") -> None:
    verdict = Verdict(
        approval_id=the_request(stage).id,
        is_granted=is_granted,
        actor=actor,
        may_raise=False,
    )
    decide_approval(stage.world.application.services, verdict)


@pytest.fixture
def asking(stage: Stage) -> Stage:
    """Give acme with a request that waits."""
    stage.open(ASKS)
    stage.step()
    assert the_request(stage).state is ApprovalState.PENDING
    return stage


def test_a_request_is_not_lost_over_a_restart(asking: Stage) -> None:
    before = the_request(asking)
    asking.world.restart()
    assert the_request(asking) == before

    answer(asking)

    assert asking.in_force() == CAPPED


def test_an_answer_is_not_lost_when_the_process_dies_before_the_check(
    asking: Stage,
) -> None:
    asking.fails(FaultKind.STATUS, Route.SPEND_LIMIT, status=500)
    answer(asking)
    assert asking.in_force() == LIMIT
    asking.world.restart()
    asking.heals()

    asking.step()

    assert asking.in_force() == CAPPED
    assert asking.recorded(AuditAction.APPROVAL_USED) == 1


def test_a_stale_answer_is_held_against_the_facts(asking: Stage) -> None:
    # Meanwhile somebody has lowered it at the console, further than was asked.
    asking.world.simulator.console_sets_limit("acme", CAPPED - 500)

    answer(asking)

    assert asking.in_force() == CAPPED - 500
    assert the_request(asking).state is ApprovalState.SUPERSEDED
    assert asking.told(EventKind.APPROVAL_SUPERSEDED)["stop"] == 1


def test_an_answer_is_not_played_again(asking: Stage) -> None:
    answer(asking)
    asking.world.simulator.console_sets_limit("acme", LIMIT)

    with pytest.raises(AlreadyDecided):
        answer(asking)
    asking.steps(30)

    assert asking.posts() == 1
    assert asking.recorded(AuditAction.APPROVAL_USED) == 1


def test_the_answer_is_the_deciders_and_nobody_elses(asking: Stage) -> None:
    with pytest.raises(OwnRequest):
        answer(asking, actor="system:scheduler")

    answer(asking)

    (entry,) = (
        each.fact
        for each in asking.world.audit()
        if each.fact.action is AuditAction.APPROVAL_GRANTED
    )
    assert (entry.actor, entry.outcome) == ("key:bob", "approved")
    assert the_request(asking).decided_by == "key:bob"


def test_silence_is_never_told_as_a_persons_no(asking: Stage) -> None:
    asking.steps(5)

    found = the_request(asking)
    assert (found.state, found.decided_by) == (ApprovalState.EXPIRED, None)
    assert asking.told(EventKind.APPROVAL_REMINDER)["stop"] == 1
    assert asking.told(EventKind.APPROVAL_EXPIRED)["stop"] == 1
    assert asking.told(EventKind.APPROVAL_DENIED)["stop"] == 0
    assert asking.recorded(AuditAction.APPROVAL_DENIED) == 0
    (told,) = (
        event.detail
        for each in asking.world.notifications()
        for event in each.message.events
        if event.kind is EventKind.APPROVAL_EXPIRED
    )
    assert told.startswith("nobody answered in time")
    assert asking.in_force() == LIMIT
    with pytest.raises(ApprovalExpired):
        answer(asking)


def test_nobody_is_asked_twice_about_one_firing(asking: Stage) -> None:
    answer(asking, is_granted=False)

    asking.steps(30)

    assert the_request(asking).state is ApprovalState.DENIED
    assert asking.told(EventKind.APPROVAL_REQUESTED)["stop"] == 1


def test_a_pause_holds_what_was_approved(make_world: MakeWorld) -> None:
    stage = Stage(make_world(provider()))
    stage.open(ASKS)
    stage.step(timedelta(hours=1))
    with stage.world.application.services.transaction() as work:
        work.set_paused(paused=True)
    answer(stage)
    assert stage.in_force() == LIMIT
    with stage.world.application.services.transaction() as work:
        work.set_paused(paused=False)

    stage.step(HOUR)

    assert stage.in_force() == CAPPED
