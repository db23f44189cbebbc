"""Anybody asks for a higher limit, another person decides, a check carries it out."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from service.domain.approval import Approval, ApprovalState
from service.domain.errors import (
    AboveCeiling,
    AlreadyRequested,
    InvalidInput,
    NotFound,
    OwnRequest,
    ProviderRejected,
    ProviderUnavailable,
    RoleTooLow,
)
from service.domain.limit_change import ChangeKind, ChangeState
from service.domain.notification import EventKind
from service.pipeline.increase import Wish, request_increase
from service.ports import Limits
from tests.builders import euros, limit
from tests.unit.pipeline.asking_world import asked, decide
from tests.unit.pipeline.checked_world import LIMIT, World

HOUR = timedelta(hours=1)


def wish(
    world: World,
    amount: int = 12_000,
    *,
    organization: str = "acme",
    actor: str = "key:alice",
    expires_at: datetime | None = None,
) -> Approval:
    return request_increase(
        world.services(),
        Wish(
            organization=organization,
            amount=Decimal(amount),
            reason="launch week",
            actor=actor,
            expires_at=expires_at,
        ),
    )


@pytest.fixture
def world() -> World:
    world = World()
    world.check()
    return world


def test_a_wish_waits_with_what_the_last_check_saw(world: World) -> None:
    world.clock.advance(HOUR)
    asked_for = wish(world)

    assert asked_for.state is ApprovalState.PENDING
    assert (asked_for.before, asked_for.after) == (limit(LIMIT), limit(12_000))
    assert asked_for.figures is not None
    assert asked_for.figures.headroom == euros(9000)
    assert asked_for.figures.age_seconds == 3600
    (change,) = world.changes
    assert change.state is ChangeState.AWAITING_APPROVAL
    assert (change.kind, change.note) == (ChangeKind.MANUAL, "launch week")
    (event,) = world.queued(EventKind.APPROVAL_REQUESTED)
    assert "asked by key:alice" in event.detail
    assert event.link is not None
    assert world.limit_amount == LIMIT


def test_another_person_who_may_raise_lets_it_go_ahead(world: World) -> None:
    wish(world, expires_at=world.clock.now() + 5 * HOUR)

    decided = decide(world, may_raise=True)

    assert decided.state is ApprovalState.USED
    assert world.limit_amount == 12_000
    (change,) = world.changes
    assert (change.state, change.requested_by) == (ChangeState.APPLIED, "key:alice")
    override = world.tables.states["acme"].override
    assert override is not None
    assert override.until == world.clock.now() + 5 * HOUR


def test_who_may_not_raise_may_deny_and_not_approve(world: World) -> None:
    wish(world)

    with pytest.raises(RoleTooLow):
        decide(world)
    assert asked(world).state is ApprovalState.PENDING

    assert decide(world, is_granted=False).state is ApprovalState.DENIED


def test_nobody_approves_their_own_wish(world: World) -> None:
    wish(world)

    with pytest.raises(OwnRequest):
        decide(world, may_raise=True, actor="key:alice")


def test_one_wish_of_a_person_may_wait_and_others_may_ask_as_well(
    world: World,
) -> None:
    first = wish(world)

    with pytest.raises(AlreadyRequested, match=first.id):
        wish(world, 13_000)

    assert wish(world, 13_000, actor="key:carol").id != first.id


def test_a_wish_that_was_answered_leaves_room_for_another(world: World) -> None:
    wish(world)
    decide(world, is_granted=False)

    assert wish(world, 13_000).state is ApprovalState.PENDING


def test_a_wish_obeys_the_ceilings_when_it_is_asked_and_when_carried_out(
    world: World,
) -> None:
    world.limits = Limits(every=13_000)
    with pytest.raises(AboveCeiling):
        wish(world, 14_000)
    wish(world)
    world.limits = Limits(every=11_000)

    decided = decide(world, may_raise=True)

    assert decided.state is ApprovalState.SUPERSEDED
    assert decided.ended_reason == "above_ceiling"
    assert world.limit_amount == LIMIT


@pytest.mark.parametrize("amount", [LIMIT, LIMIT - 1])
def test_a_wish_is_for_more(world: World, amount: int) -> None:
    with pytest.raises(InvalidInput, match="already"):
        wish(world, amount)


def test_there_is_nothing_more_than_unlimited() -> None:
    world = World()
    world.api.set_outside(limit(None))
    world.check()

    with pytest.raises(InvalidInput, match="unlimited already"):
        wish(world)


def test_a_wish_before_the_first_check_has_no_figures() -> None:
    world = World()

    asked_for = wish(world)

    assert asked_for.figures is None
    assert asked_for.before is None


def test_a_wish_after_a_check_that_saw_nothing_says_so() -> None:
    world = World()
    world.api.reports.clear()
    world.api.then("spend_limit", ProviderUnavailable("no answer"))
    world.check()

    assert wish(world).figures is not None


def test_a_wish_for_an_organization_nobody_knows_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        wish(world, organization="beta")


def test_a_wish_that_fails_is_tried_once(world: World) -> None:
    wish(world)
    world.api.then("set_spend_limit", ProviderRejected("no", status=422))

    decided = decide(world, may_raise=True)

    assert decided.state is ApprovalState.USED
    assert decided.ended_reason == "rejected"
    world.check(after=HOUR)
    assert len(world.api.posts) == 1
