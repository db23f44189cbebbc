"""A person answers, and a check at once does what follows from it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.approval import ApprovalState
from service.domain.audit import AuditAction
from service.domain.errors import (
    AlreadyDecided,
    ApprovalExpired,
    NotFound,
    OwnRequest,
    ProviderUnavailable,
    WriterBusy,
)
from service.domain.limit_change import ChangeState
from service.domain.notification import EventKind
from service.pipeline.approvals import pending_approvals
from tests.unit.pipeline.asking_world import (
    CAPPED,
    asked,
    decide,
    trail,
    world_that_asks,
)
from tests.unit.pipeline.checked_world import LIMIT, World

HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    world = world_that_asks()
    world.check(after=HOUR)
    return world


def test_the_request_is_told_with_a_link_and_changes_nothing(world: World) -> None:
    (event,) = world.queued(EventKind.APPROVAL_REQUESTED)

    assert event.link == f"https://guard.example/approvals/{asked(world).id}/page"
    assert event.approval_id == asked(world).id
    assert world.limit_amount == LIMIT
    assert world.api.posts == []
    (waiting,) = world.changes
    assert waiting.state is ChangeState.AWAITING_APPROVAL
    assert pending_approvals(world.services()) == (asked(world),)


def test_what_is_approved_is_carried_out_at_once(world: World) -> None:
    decided = decide(world, note="go on")

    assert decided.state is ApprovalState.USED
    assert decided.decided_by == "key:bob"
    assert world.limit_amount == CAPPED
    (change,) = world.changes
    assert (change.state, change.approval_id) == (ChangeState.APPLIED, decided.id)
    assert pending_approvals(world.services()) == ()
    assert trail(world) == [
        AuditAction.APPROVAL_REQUESTED,
        AuditAction.APPROVAL_GRANTED,
        AuditAction.APPROVAL_USED,
    ]
    (granted,) = world.facts(AuditAction.APPROVAL_GRANTED)
    assert granted.actor == "key:bob"
    (told,) = world.queued(EventKind.APPROVAL_GRANTED)
    assert told.detail.startswith("key:bob approved to cap the limit")
    assert told.detail.endswith("go on")
    assert world.wakes


def test_an_answer_of_no_is_told_by_whom_and_changes_nothing(world: World) -> None:
    decided = decide(world, is_granted=False)
    world.check(after=HOUR)

    assert decided.state is ApprovalState.DENIED
    assert world.api.posts == []
    (change,) = world.changes
    assert change.state is ChangeState.DENIED
    assert trail(world) == [
        AuditAction.APPROVAL_REQUESTED,
        AuditAction.APPROVAL_DENIED,
    ]
    (told,) = world.queued(EventKind.APPROVAL_DENIED)
    assert told.detail.startswith("key:bob denied")


def test_a_second_answer_changes_nothing(world: World) -> None:
    decide(world, is_granted=False)

    with pytest.raises(AlreadyDecided):
        decide(world)

    assert world.api.posts == []


def test_an_answer_after_the_time_is_refused_before_any_check_noticed(
    world: World,
) -> None:
    world.clock.advance(2 * HOUR)

    with pytest.raises(ApprovalExpired):
        decide(world)


def test_who_asked_does_not_answer(world: World) -> None:
    with pytest.raises(OwnRequest):
        decide(world, actor="system:scheduler")


def test_an_unknown_request_is_not_found(world: World) -> None:
    with pytest.raises(NotFound, match="ap_none"):
        decide(world, approval_id="ap_none")


def test_a_check_that_cannot_run_leaves_it_to_the_next(world: World) -> None:
    world.api.then("spend_limit", ProviderUnavailable("no answer"))

    decided = decide(world)
    assert decided.state is ApprovalState.APPROVED
    assert world.limit_amount == LIMIT
    world.check(after=HOUR)

    assert asked(world).state is ApprovalState.USED
    assert world.limit_amount == CAPPED


def test_an_answer_waits_for_a_check_under_way_and_keeps_nothing_if_it_never_ends(
    world: World,
) -> None:
    world.locks.busy.add("acme")

    with pytest.raises(WriterBusy):
        decide(world)

    assert asked(world).state is ApprovalState.PENDING


def test_a_change_that_cannot_be_read_back_uses_the_approval_when_it_settles(
    world: World,
) -> None:
    # Read by the check and before the write, and then no more for the deadline.
    silence = [ProviderUnavailable("cut off")] * 20
    world.api.then("spend_limit", None, None, *silence)
    assert decide(world).state is ApprovalState.APPROVED
    assert world.changes[-1].state is ChangeState.UNKNOWN
    world.api.script.clear()

    world.check(after=HOUR)

    assert asked(world).state is ApprovalState.USED
    assert len(world.api.posts) == 1
    assert trail(world)[-1] is AuditAction.APPROVAL_USED


def test_the_answer_goes_to_channels_that_are_there(world: World) -> None:
    gone = replace(asked(world), channels=("closed",))
    world.tables.approvals_by_id[gone.id] = gone

    decide(world, is_granted=False)

    assert [each.channel for each in world.notifications][-1] == "finops"
