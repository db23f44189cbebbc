"""What a set would have done: exact where checks looked, by the day before that."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from service.domain.audit import SYSTEM_CHAIN, AuditAction, Fact
from service.domain.backtest import Backtest, Edge, Grain, OrganizationBacktest
from service.domain.errors import InvalidInput, ProviderUnavailable
from service.domain.expected import point_of
from service.domain.limit_change import ChangeKind, ChangeState
from service.domain.policy import Policy
from service.domain.track_state import Hold, HoldReason, TrackState
from service.domain.usage import Workspace
from service.pipeline.approvals import Verdict, decide_approval
from service.pipeline.backtest import BacktestWish, backtest
from service.pipeline.drift import adopt_drift
from service.pipeline.limits import LimitRequest, set_limit
from service.pipeline.past import read_past_month
from service.pipeline.past_unkept import read_unkept
from service.pipeline.release import release_tracking
from service.pipeline.respond import acknowledge, pause, resume
from tests.builders import (
    DAY,
    HOUR,
    NOON,
    Number,
    asking,
    capping,
    cents_row,
    guard,
    limit,
    organization,
    policy,
    policy_set,
    raising,
    report,
    threshold,
)
from tests.fakes import FixedPolicies
from tests.unit.pipeline.checked_world import World, in_force
from tests.unit.pipeline.test_replay_is_live import month

HALF = threshold(id="half", spend="50%", severity="info", repeat="1d")
NEAR = threshold(id="near", limit="50%", then=raising(500))
ASK = threshold(id="stop", spend="100%", then=asking(capping()))


def backtested(
    world: World, *policies: Policy, months: int = 12
) -> OrganizationBacktest:
    wanted = policy_set(*policies) if policies else world.policies.current()
    done: Backtest = backtest(
        world.services(), wanted, BacktestWish(months=months), lambda _, __: None
    )
    (acme,) = done.organizations
    return acme


def check(world: World, *spends: Number) -> None:
    for spend in spends:
        world.clock.advance(6 * HOUR)
        world.spend(spend)
        world.check()


def alerts_of(past: OrganizationBacktest) -> dict[str, tuple[object, ...]]:
    found: dict[str, tuple[object, ...]] = {}
    for day in past.days:
        for each in day.alerts:
            if each.edge is not Edge.REMINDED:
                alert = each.alert
                found[alert.id] = (alert.fired_at, alert.resolved_at, alert.value)
    return found


def live_alerts(world: World) -> dict[str, tuple[object, ...]]:
    return {
        each.id: (each.fired_at, each.resolved_at)
        for each in world.tables.alerts_by_id.values()
    }


def test_what_was_live_comes_out_as_it_was_whatever_people_did() -> None:
    world = World(policies=in_force(policy(HALF, NEAR, ASK)))
    check(world, 1000, 2600)
    services = world.services()
    (half,) = [e for e in world.tables.alerts_by_id.values() if e.key.threshold_id]
    world.clock.advance(HOUR)
    acknowledge(services, actor="key:bob", alert_id=half.id)
    pause(services, actor="key:bob")
    check(world, 5100)
    world.clock.advance(HOUR)
    resume(services, actor="key:bob")
    check(world, 5200)
    (asked,) = world.tables.approvals_by_id.values()
    world.clock.advance(HOUR)
    verdict = Verdict(
        approval_id=asked.id, is_granted=True, actor="key:bob", may_raise=False
    )
    decide_approval(services, verdict)
    world.clock.advance(HOUR)
    request = LimitRequest(
        organization="acme", wanted=limit(9000), note="launch", actor="key:alice"
    )
    set_limit(services, request)
    check(world, 5300, 5400)

    past = backtested(world)

    assert {key: each[:2] for key, each in alerts_of(past).items()} == live_alerts(
        world
    )
    applied = [
        each.change
        for day in past.days
        for each in day.changes
        if each.change.state is ChangeState.APPLIED
    ]
    automatic = [
        each
        for each in world.changes
        if each.is_automatic and each.state is ChangeState.APPLIED
    ]
    assert len(applied) == 2
    assert {each.id: each for each in applied} == {e.id: e for e in automatic}
    assert past.days[-1].limit == limit(9000)
    assert past.days[-1].grain is Grain.EXACT
    assert past.totals.fired == len(live_alerts(world))


def test_another_set_goes_its_own_way_from_its_own_limit() -> None:
    world = World(policies=in_force(policy(HALF, NEAR)))
    check(world, 1000, 5100, 5200)
    assert world.limit_amount == 10_500
    silent = policy(threshold(id="all", spend="100%"))

    past = backtested(world, silent)

    assert past.days[-1].limit == limit(10_000)
    assert past.totals.changes == {}
    assert past.totals.fired == 1
    assert past.totals.messages == {"finops": 1}
    assert not any("drift" in str(each) for day in past.days for each in day.alerts)


def test_answers_and_sights_of_what_never_came_up_are_passed_over() -> None:
    world = World(policies=in_force(policy(HALF, ASK)))
    check(world, 1000, 5100)
    (asked,) = world.tables.approvals_by_id.values()
    alert = next(iter(world.tables.alerts_by_id.values()))
    world.clock.advance(HOUR)
    acknowledge(world.services(), actor="key:bob", alert_id=alert.id)
    verdict = Verdict(
        approval_id=asked.id, is_granted=False, actor="key:bob", may_raise=False
    )
    decide_approval(world.services(), verdict)
    check(world, 5200)

    past = backtested(world, policy(threshold(id="none", spend="500%")))

    assert past.totals.fired == 0


def world_with_a_past() -> World:
    world = World(policies=in_force(policy(HALF)))
    with world.tables.transaction() as work:
        for key in ("2026-06", "2026-07"):
            work.save_usage(month(key, 100))
    return world


def test_days_of_the_provider_fire_on_their_days() -> None:
    world = world_with_a_past()

    past = backtested(world)

    fired = [
        (each.alert.key.period, day.day)
        for day in past.days
        for each in day.alerts
        if each.edge is Edge.FIRED
    ]
    assert fired == [
        ("2026-06", date(2026, 6, 25)),
        ("2026-07", date(2026, 7, 25)),
    ]
    assert {day.grain for day in past.days} == {Grain.BY_DAY}
    assert past.exact_since is None
    assert [len([d for d in past.days if d.day.month == m]) for m in (6, 7)] == [30, 31]
    assert past.days[-1].spend == 3100
    assert any("limit" in note and "not known" in note for note in past.notes)


def test_days_go_on_as_observations_where_checks_begin() -> None:
    world = world_with_a_past()
    units = threshold(id="units", usage={"unit": "api_tokens", "above": 10})
    check(world, 1000, 2600)

    past = backtested(world, policy(HALF, units))

    assert past.exact_since == NOON + 6 * HOUR
    assert past.observations == 2
    assert past.days[-1].grain is Grain.EXACT
    assert past.days[0].limit == limit(10_000)
    assert any("units" in note for note in past.notes)
    assert any("from nothing" in note for note in past.notes)


def test_only_the_months_that_are_asked_for_are_told_of() -> None:
    past = backtested(world_with_a_past(), months=1)

    assert past.days[0].day == date(2026, 7, 1)
    with pytest.raises(InvalidInput, match="from 1 to 12"):
        backtested(world_with_a_past(), months=13)


def test_a_past_of_which_nothing_is_known_is_said_to_be_so() -> None:
    past = backtested(World())

    assert past.days == ()
    assert past.notes == (
        "nothing is known of this past: no check and no month of it was kept",
    )


def test_a_limit_that_could_not_be_read_takes_that_of_the_state() -> None:
    world = world_with_a_past()
    reading = world.api.reading
    check(world, 10)
    world.tables.snapshots.clear()

    past = backtested(world)

    assert reading.limit == past.days[0].limit


def test_months_that_are_not_kept_are_read_until_there_are_no_more() -> None:
    world = World()
    scoped = policy(HALF, scope={"workspace": "Agents"})
    world.api.listed = (Workspace(uuid="w-1", name="Agents"),)
    july = report(cents_row(5), at=datetime(2026, 7, 3, tzinfo=UTC))
    for place in ("", "w-1"):
        world.api.reports["2026-07", place] = july
        world.api.reports["2026-08", place] = report(cents_row(1))
    asked: list[str] = []

    read = read_unkept(
        world.services(), organization(), (scoped,), 3, lambda _, key: asked.append(key)
    )

    assert [(each.period, each.workspace) for each in read] == [
        ("2026-08", ""),
        ("2026-08", "Agents"),
        ("2026-07", ""),
        ("2026-07", "Agents"),
    ]
    assert asked == ["2026-08", "2026-07", "2026-06"]
    assert world.tables.months == {}


def test_workspaces_that_cannot_be_listed_are_left_out_of_what_is_read() -> None:
    world = World()
    scoped = policy(HALF, scope={"workspace": "Agents"})
    world.api.then("workspaces", ProviderUnavailable("no answer in 10 s"))
    july = report(cents_row(5), at=datetime(2026, 7, 3, tzinfo=UTC))
    world.api.reports["2026-07", ""] = july

    read = read_unkept(
        world.services(), organization(), (scoped,), 1, lambda _, __: None
    )

    assert [(each.period, each.workspace) for each in read] == [
        ("2026-08", ""),
        ("2026-07", ""),
    ]


def test_what_is_kept_is_not_read_again() -> None:
    world = world_with_a_past()
    check(world, 10)
    world.api.calls.clear()

    read = read_unkept(world.services(), organization(), (), 2, lambda _, __: None)

    assert (read, world.api.calls) == ((), [])


def test_months_read_on_the_way_are_known_from_then_on() -> None:
    over = threshold(id="over", forecast="100%")
    world = World(policies=in_force(policy(over)))
    check(world, 1000)
    reading = report(
        *(
            cents_row(100, day=date(2026, 7, day), model=f"m{day}")
            for day in range(1, 32)
        ),
        at=datetime(2026, 7, 1, tzinfo=UTC),
    )
    world.api.reports["2026-07", ""] = reading
    with world.tables.transaction() as work:
        work.save_usage(replace(month("2026-07", 1), workspace="Agents"))
    assert read_past_month(world.services(), "acme")
    check(world, 4900, 4990)
    seen = world.tables.checks_by_id.values()

    past = backtested(world)

    assert alerts_of(past).keys() == live_alerts(world).keys() != set()
    assert [point_of(each.forecast) is None for each in seen] == [True, False, False]


def test_a_limit_that_cannot_be_read_moves_nothing() -> None:
    world = World(policies=in_force(policy(HALF)))
    check(world, 1000)
    world.api.then("spend_limit", ProviderUnavailable("no answer in 10 s"))
    check(world, 1100, 2600)

    past = backtested(world)

    assert past.days[-1].limit == limit(10_000)
    assert alerts_of(past).keys() == live_alerts(world).keys()


def test_a_raise_that_ends_is_told_when_it_is_made_and_when_it_ends() -> None:
    near = threshold(id="near", limit="25%", then=raising(500, expires="1h"))
    world = World(policies=in_force(policy(near, ASK)))
    world.clock.set(datetime(2026, 8, 1, 12, tzinfo=UTC))
    check(world, 100, 2600, 2700, 5100)
    with world.tables.transaction() as work:
        work.save_usage(replace(month("2026-07", 1), workspace="Agents"))
        for _ in range(201):
            work.record(paused(world))

    past = backtested(world)

    kinds = [e.change.kind for day in past.days for e in day.changes]
    assert ChangeKind.EXPIRY in kinds
    assert {day.grain for day in past.days} == {Grain.EXACT}


def paused(world: World) -> Fact:
    return Fact(
        chain=SYSTEM_CHAIN,
        at=world.clock.now() + DAY,
        actor="key:bob",
        action=AuditAction.AUTOMATION_PAUSED,
        target="automation",
        outcome="paused",
    )


def test_a_limit_moved_outside_and_kept_by_a_person_is_kept_in_both() -> None:
    near = threshold(id="near", limit="50%", then=raising(500))
    world = World(policies=in_force(policy(HALF, near)))
    check(world, 1000)
    world.api.set_outside(limit(9000))
    check(world, 1100)
    world.clock.advance(HOUR)
    adopt_drift(world.services(), actor="key:alice", organization="acme")
    check(world, 4600, 4700)

    past = backtested(world)

    skipped = [e.change for day in past.days for e in day.changes]
    assert {each.id: each for each in skipped} == {e.id: e for e in world.changes}
    assert "overridden" in {each.reason for each in skipped}
    assert alerts_of(past).keys() == live_alerts(world).keys()


def test_what_the_guard_adopts_by_itself_is_adopted_by_the_replay() -> None:
    wanted = policy_set(policy(HALF), guard=guard(organization(on_drift="adopt")))
    world = World(policies=FixedPolicies(wanted))
    check(world, 1000)
    world.api.set_outside(limit(9000))
    check(world, 1100)

    past = backtested(world)

    assert past.days[-1].limit == limit(9000)
    assert alerts_of(past).keys() == live_alerts(world).keys()


def test_a_release_lets_a_limit_follow_again_in_both() -> None:
    world = World(policies=in_force(policy(HALF)))
    check(world, 1000)
    held = Hold(since=NOON, why=HoldReason.PACE, fastest=Decimal(10))
    state = world.tables.states["acme"]
    world.tables.states["acme"] = replace(state, track=TrackState(hold=held))
    world.clock.advance(HOUR)
    release_tracking(world.services(), actor="key:alice", organization="acme")
    check(world, 1100)

    assert backtested(world).totals.fired == 0
