"""A person's limit goes the same guarded way, within the ceilings, on record."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from service.domain.audit import AuditAction
from service.domain.errors import (
    AboveCeiling,
    BelowSpend,
    InvalidInput,
    NotFound,
    ProviderError,
    ProviderUnavailable,
    RoleTooLow,
    SpendguardError,
    WriterBusy,
)
from service.domain.limit_change import ChangeKind, ChangeState, LimitChange
from service.domain.money import Money
from service.domain.notification import EventKind
from service.domain.period import month_of
from service.domain.usage import SpendLimit
from service.pipeline.limits import LimitRequest, set_limit
from service.ports import Limits
from tests.builders import (
    DAY,
    HOUR,
    NOON,
    Fields,
    guard,
    limit,
    organization,
    policy,
    policy_set,
    raising,
    reading,
    threshold,
)
from tests.fakes import FixedPolicies
from tests.unit.pipeline.checked_world import World, in_force

BEFORE, WANTED = 10_000, 12_000
SECOND = timedelta(seconds=1)
ALICE = "key:alice"
NO_ANSWER = ProviderUnavailable("no answer in 10 s")


def bounded(**guardrails: Fields) -> World:
    """Give acme with these guardrails."""
    acme = organization(guardrails=guardrails)
    return World(policies=FixedPolicies(policy_set(guard=guard(acme))))


def ask(world: World, **changes: Fields) -> LimitChange:
    """Ask for 12,000 EUR as Alice, or for what the changes say."""
    request = LimitRequest(
        organization="acme", wanted=limit(WANTED), note="launch week", actor=ALICE
    )
    return set_limit(world.services(), replace(request, **changes))


def refused(world: World, error: type[SpendguardError], **changes: Fields) -> str:
    """Ask for what may not be, and give why it is not."""
    with pytest.raises(error) as caught:
        ask(world, **changes)
    assert world.api.posts == []
    assert world.changes == []
    return str(caught.value)


def test_a_person_sets_the_limit() -> None:
    world = World()

    change = ask(world)

    assert (change.kind, change.state) == (ChangeKind.MANUAL, ChangeState.APPLIED)
    assert (change.before, change.after) == (limit(BEFORE), limit(WANTED))
    assert (change.requested_by, change.note) == (ALICE, "launch week")
    assert world.tables.changes_by_id == {change.id: change}
    assert world.api.posts == [limit(WANTED)]
    assert world.api.calls == ["spend_limit"] * 2 + ["set_spend_limit", "spend_limit"]
    assert world.locks.held == world.locks.released == ["acme"]
    assert world.wakes == 1


def test_every_step_is_on_record_with_the_person_who_asked() -> None:
    world = World()

    ask(world)

    facts = [f for f in world.facts() if "change" in f.action.value]
    assert [fact.action for fact in facts] == [
        AuditAction.LIMIT_CHANGE_PLANNED,
        AuditAction.LIMIT_CHANGE_REQUESTED,
        AuditAction.LIMIT_CHANGE_APPLIED,
    ]
    assert {fact.actor for fact in facts} == {ALICE}


def test_a_persons_change_is_told_to_the_default_channels() -> None:
    world = World()

    ask(world)

    (waiting,) = world.notifications
    assert waiting.channel == "finops"
    (told,) = waiting.message.events
    assert told.kind is EventKind.LIMIT_CHANGED
    assert ALICE in told.detail
    assert waiting.message.link == "https://guard.example"


@pytest.mark.parametrize("expires_at", [None, NOON + 2 * DAY])
def test_a_persons_limit_holds_against_policies_until_it_expires(
    expires_at: object,
) -> None:
    world = World(policies=in_force(policy(threshold(then=raising(500)))))

    ask(world, expires_at=expires_at)

    override = world.tables.states["acme"].override
    assert override is not None
    assert (override.by, override.limit) == (ALICE, limit(WANTED))
    assert override.until == (expires_at or month_of(NOON).end)

    world.spend(2600)
    world.check(after=HOUR)
    assert len(world.api.posts) == 1
    assert world.changes[-1].reason == "overridden"


def test_a_limit_that_stands_already_becomes_the_persons_all_the_same() -> None:
    world = World()

    change = ask(world, wanted=limit(BEFORE))

    assert change.state is ChangeState.APPLIED
    assert world.tables.states["acme"].override is not None


def test_a_person_may_go_below_what_guardrails_hold_for_policies() -> None:
    world = bounded(min_limit=5000, max_changes_per_day=1, cooldown="1h")

    for amount in (300, 200):
        change = ask(world, wanted=limit(amount), below_spend=True)
        assert change.state is ChangeState.APPLIED


def test_a_limit_below_the_spend_is_set_for_who_insists_and_for_nobody_else() -> None:
    said = refused(World(), BelowSpend, wanted=limit(999))
    world = World()

    change = ask(world, wanted=limit(999), below_spend=True)

    assert "999.00 EUR is below the 1000.00 EUR spent" in said
    assert "below_spend: true" in said
    assert change.below_spend
    assert world.api.posts == [limit(999)]
    details = [fact.detail for fact in world.facts() if "change" in fact.action.value]
    assert all(detail and detail["below_spend"] for detail in details)


@pytest.mark.parametrize(
    ("now", "amount", "total"),
    [
        pytest.param(10_000, 1000, 1000, id="at the spend"),
        pytest.param(500, 500, 1000, id="where it stands already"),
        pytest.param(500, 600, 1000, id="a raise that is not enough"),
        pytest.param(10_000, 10, None, id="nobody tells the spend"),
    ],
)
def test_nobody_need_insist_where_nothing_stops_by_it(
    now: int, amount: int, total: int | None
) -> None:
    world = World()
    world.api.reading = reading(total, now)

    change = ask(world, wanted=limit(amount))

    assert change.state is ChangeState.APPLIED
    assert not change.below_spend


def test_an_unknown_organization_is_not_found() -> None:
    assert "beta" in refused(World(), NotFound, organization="beta")


@pytest.mark.parametrize("amount", ["10.5", "-1", "0.01"])
def test_the_provider_takes_whole_units_only(amount: str) -> None:
    assert "whole" in refused(World(), InvalidInput, wanted=limit(amount))


@pytest.mark.parametrize("amount", [0, "700.00"])
def test_zero_is_zero_and_whole_is_whole(amount: str | int) -> None:
    change = ask(World(), wanted=limit(amount), below_spend=True)
    assert change.state is ChangeState.APPLIED


def test_another_currency_is_refused() -> None:
    dollars = SpendLimit(Money(Decimal(100), "USD"))

    assert "EUR" in refused(World(), InvalidInput, wanted=dollars)


@pytest.mark.parametrize("expires_at", [NOON, NOON - SECOND])
def test_an_expiry_that_has_passed_is_refused(expires_at: object) -> None:
    assert "passed" in refused(World(), InvalidInput, expires_at=expires_at)


@pytest.mark.parametrize(
    ("inner", "outer", "ceiling"),
    [(8000, None, 8000), (None, 8000, 8000), (9000, 8000, 8000), (8000, 9000, 8000)],
)
def test_nobody_goes_above_the_lower_of_both_ceilings(
    inner: int | None, outer: int | None, ceiling: int
) -> None:
    world = bounded(max_limit=inner) if inner else World()
    world.limits = Limits(every=outer)

    assert str(ceiling) in refused(world, AboveCeiling, wanted=limit(ceiling + 1))
    assert str(ceiling) in refused(world, AboveCeiling, wanted=limit(None))
    assert ask(world, wanted=limit(ceiling)).state is ChangeState.APPLIED


def test_without_a_ceiling_a_person_may_take_the_limit_away() -> None:
    world = World()

    change = ask(world, wanted=limit(None))

    assert (change.state, change.after) == (ChangeState.APPLIED, SpendLimit(None))


@pytest.mark.parametrize("wanted", [limit(BEFORE + 1), SpendLimit(None)], ids=str)
def test_who_may_not_raise_is_refused_a_raise_and_nothing_is_sent(
    wanted: SpendLimit,
) -> None:
    world = World()

    with pytest.raises(RoleTooLow):
        ask(world, wanted=wanted, may_raise=False)

    assert world.api.posts == []
    assert world.changes == []


@pytest.mark.parametrize("amount", [BEFORE, BEFORE - 1])
def test_who_may_not_raise_may_lower_and_keep_the_limit(amount: int) -> None:
    change = ask(World(), wanted=limit(amount), may_raise=False)

    assert change.state is ChangeState.APPLIED


def test_a_ceiling_that_came_down_while_waiting_binds() -> None:
    world = World()

    def lower() -> None:
        acme = organization(guardrails={"max_limit": 5000})
        world.policies.policies = policy_set(guard=guard(acme))

    world.locks.waiting = lower

    refused(world, AboveCeiling)


def test_a_lock_that_another_keeps_is_told() -> None:
    world = World()
    world.locks.busy.add("acme")

    refused(world, WriterBusy)

    assert world.api.calls == []


def lose_the_limit(world: World) -> None:
    world.api.reading = replace(world.api.reading, limit=None)


def bill_in_dollars(world: World) -> None:
    dollars = SpendLimit(Money(Decimal(BEFORE), "USD"))
    world.api.reading = replace(world.api.reading, currency="USD", limit=dollars)


def give_no_answer(world: World) -> None:
    world.api.then("spend_limit", NO_ANSWER)


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (give_no_answer, "no answer"),
        (lose_the_limit, "names no limit"),
        (bill_in_dollars, "USD"),
    ],
)
def test_a_limit_that_cannot_be_told_is_not_changed(
    trouble: Callable[[World], None], why: str
) -> None:
    world = World()
    trouble(world)

    assert why in refused(world, ProviderError)


def test_a_limit_that_moved_meanwhile_is_thought_over() -> None:
    world = World()
    world.api.then("spend_limit", None, lambda: world.api.set_outside(limit(9_000)))

    change = ask(world)

    assert (change.state, change.before) == (ChangeState.APPLIED, limit(9_000))
    assert [each.state.value for each in world.changes] == ["skipped", "applied"]
    assert len({each.id for each in world.changes}) == 2
    assert world.api.posts == [limit(WANTED)]


def test_a_limit_that_flutters_is_left_alone_after_the_third_look() -> None:
    world = World()
    for _ in range(9):
        world.api.then(
            "spend_limit",
            lambda: world.api.set_outside(limit(BEFORE)),
            lambda: world.api.set_outside(limit(9_000)),
        )

    change = ask(world)

    assert (change.state, change.reason) == (ChangeState.SKIPPED, "superseded")
    assert len(world.changes) == 3
    assert world.api.posts == []


def test_a_lost_lock_keeps_a_persons_change_from_being_sent() -> None:
    world = World()
    world.locks.left = SECOND

    change = ask(world)

    assert (change.state, change.reason) == (ChangeState.SKIPPED, "superseded")
    assert world.api.posts == []
    assert world.notifications == []


def test_a_pause_stops_no_person() -> None:
    world = World()
    world.tables.paused = True

    assert ask(world).state is ChangeState.APPLIED


def test_a_cut_answer_is_read_back_for_a_person_too() -> None:
    world = World()
    world.api.then("set_spend_limit", NO_ANSWER)

    change = ask(world)

    assert (change.state, change.reason) == (ChangeState.FAILED, "not_in_force")
    assert len(world.api.posts) == 1
    assert world.tables.states["acme"].failures == 0
