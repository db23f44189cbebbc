"""A replay of what live checks saw comes to exactly what they came to."""

from datetime import timedelta

import pytest

from service.domain.approval import ApprovalState
from service.domain.check import Outcome, UsageLine, UsageMonth
from service.domain.errors import NotFound
from service.domain.limit_change import ChangeKind, ChangeState
from service.domain.notification import EventKind
from service.domain.period import month_called
from service.pipeline.approvals import Verdict, decide_approval
from service.pipeline.limits import LimitRequest, set_limit
from service.pipeline.respond import acknowledge, pause
from tests.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    Fields,
    asking,
    capping,
    euros,
    guard,
    limit,
    organization,
    policy,
    policy_set,
    raising,
    threshold,
)
from tests.fakes import FixedPolicies
from tests.unit.pipeline.checked_world import World, in_force
from tests.unit.pipeline.twins import Twins

STOP = threshold(id="stop", spend="100%", then=capping())
HALF = threshold(id="half", spend="50%", then=raising(20_000))
ASK = threshold(id="stop", spend="100%", then=asking(capping()))


def test_a_raise_a_reminder_and_the_next_month_are_the_same() -> None:
    near = threshold(id="near", limit="50%", then=raising(500, expires="1d"))
    half = threshold(id="half", spend="50%", repeat="1d")
    twins = Twins(World(policies=in_force(policy(near, half))))

    spends = [1000, 2600, 5100, 5200, 5300, 5400]
    moments = [twins.step(spend, after=6 * HOUR) for spend in spends]
    moments += [twins.step(5500, after=4 * DAY), twins.step(5600, after=4 * DAY)]
    moments += [twins.step(0, after=5 * DAY), twins.step(10, after=HOUR)]

    kinds = {event.kind for moment in moments for event in twins.told_of(moment)}
    assert {EventKind.FIRED, EventKind.REMINDER} <= kinds
    assert {EventKind.LIMIT_CHANGED, EventKind.NEW_PERIOD} <= kinds
    applied = [moment.change for moment in moments if moment.change is not None]
    assert {each.kind for each in applied} >= {ChangeKind.RAISE, ChangeKind.EXPIRY}
    assert {each.state for each in applied} == {ChangeState.APPLIED}


def test_what_is_done_is_told_once_and_not_as_a_plan() -> None:
    twins = Twins(World(policies=in_force(policy(STOP))))
    twins.step(4900)

    moment = twins.step(5000)

    assert [each.kind for each in twins.told_of(moment)] == [
        EventKind.FIRED,
        EventKind.LIMIT_CHANGED,
    ]
    (queued,) = [e for e in twins.world.notifications if len(e.message.events) > 1]
    assert queued.message.events == tuple(twins.told_of(moment))
    assert moment.change in moment.changes


def test_a_person_who_says_yes_is_followed_at_the_next_check() -> None:
    twins = Twins(World(policies=in_force(policy(ASK))))
    twins.step(4900)
    twins.step(5000)
    (pending,) = twins.replay.pending_approvals()
    now = twins.world.clock.now()
    snapshot = twins.snapshot()

    told = twins.replay.answer(pending.id, is_granted=True, actor="key:bob", now=now)
    moment = twins.replay.step(snapshot)
    verdict = Verdict(
        approval_id=pending.id, is_granted=True, actor="key:bob", may_raise=False
    )
    decide_approval(twins.world.services(), verdict)

    assert [each.event.kind for each in told] == [EventKind.APPROVAL_GRANTED]
    assert twins.replay.pending_approvals() == ()
    assert twins.approval.state is ApprovalState.USED
    assert moment.change is not None
    assert moment.changes == (moment.change,)
    assert twins.replay.limit == limit(5000)
    twins.require_the_same()
    twins.step(5000)


def test_a_person_who_says_no_ends_it() -> None:
    twins = Twins(World(policies=in_force(policy(ASK, HALF))))
    twins.step(4900)
    twins.step(5000)
    (pending,) = twins.replay.pending_approvals()
    now = twins.world.clock.now()

    told = twins.replay.answer(pending.id, is_granted=False, actor="key:bob", now=now)
    verdict = Verdict(
        approval_id=pending.id, is_granted=False, actor="key:bob", may_raise=False
    )
    decide_approval(twins.world.services(), verdict)

    assert [each.event.kind for each in told] == [EventKind.APPROVAL_DENIED]
    twins.require_the_same()
    twins.step(5000)
    with pytest.raises(NotFound, match="no approval"):
        twins.replay.answer("ap_none", is_granted=True, actor="key:bob", now=now)


def test_a_limit_that_a_person_sets_holds_in_both() -> None:
    near = threshold(id="near", limit="50%", then=raising(500))
    twins = Twins(World(policies=in_force(policy(near))))
    twins.step(1000)
    request = LimitRequest(
        organization="acme", wanted=limit(4000), note="launch", actor="key:alice"
    )
    change = set_limit(twins.world.services(), request)

    told = twins.replay.changed_by_person(change)

    assert [each.event.kind for each in told] == [EventKind.LIMIT_CHANGED]
    assert twins.replay.limit == limit(4000)
    twins.require_the_same()
    moment = twins.step(2600)
    assert [each.reason for each in moment.decision.skipped] == ["overridden"]


def test_a_limit_moved_at_the_console_is_a_drift_in_both() -> None:
    twins = Twins(World(policies=in_force(policy(STOP))))
    twins.step(1000)
    twins.world.api.set_outside(limit(7000))

    moment = twins.again()

    assert twins.replay.limit == limit(7000)
    assert moment.decision.state.drift is not None
    twins.step(1100, after=25 * HOUR)


def test_an_acknowledgement_stops_reminders_in_both() -> None:
    half = threshold(id="half", spend="50%", repeat="1d")
    twins = Twins(World(policies=in_force(policy(half))))
    fired = twins.step(2600)
    (alert,) = fired.alerts
    now = twins.world.clock.now()

    twins.replay.acknowledge(alert.id, actor="key:bob", now=now)
    acknowledge(twins.world.services(), actor="key:bob", alert_id=alert.id)

    assert twins.step(2700, after=2 * DAY).told == ()
    with pytest.raises(NotFound, match="no alert"):
        twins.replay.acknowledge("al_none", actor="key:bob", now=now)


def test_a_pause_stops_changes_in_both() -> None:
    twins = Twins(World(policies=in_force(policy(STOP))))
    twins.replay.pause(is_paused=True)
    pause(twins.world.services(), actor="key:bob")

    moment = twins.step(5000)

    assert moment.change is None
    assert [each.reason for each in moment.changes] == ["paused"]


def test_the_pace_of_weeks_is_the_same() -> None:
    paced = threshold(
        id="runaway", pace={"window": "3d", "above": "5x", "at_least": 20}
    )
    world = World(policies=in_force(policy(paced)))
    world.clock.set(NOON - 19 * DAY)
    twins = Twins(world)

    moments = [twins.step(10 * step, after=12 * HOUR) for step in range(34)]
    moments += [twins.step(400 + 300 * step, after=5 * MINUTE) for step in range(9)]

    runaways = [moment.check.decisions[0].outcome for moment in moments]
    assert runaways[-1] is Outcome.FIRING
    assert Outcome.FIRED in runaways


def month(key: str, per_day: int) -> UsageMonth:
    period = month_called(key)
    days = (period.end - period.start).days
    return UsageMonth(
        organization="acme",
        workspace="",
        period=key,
        currency="EUR",
        captured_at=period.end + 3 * DAY,
        lines=tuple(
            UsageLine(
                day=(period.start + timedelta(days=day)).date().isoformat(),
                category="completion",
                model="large",
                units=per_day,
                paid_units=per_day,
                cost=euros(per_day).amount,
            )
            for day in range(days)
        ),
    )


def test_a_forecast_rests_on_the_same_past() -> None:
    over = threshold(id="over", forecast="100%")
    past = [month("2026-06", 100), month("2026-07", 110)]
    twins = Twins(World(policies=in_force(policy(over))), *past)

    moments = [twins.step(3600 + 200 * step, after=DAY) for step in range(10)]
    moments.append(twins.step(100, after=DAY + 12 * HOUR))

    last = moments[-1].check.forecast
    assert last == twins.world.tables.checks_by_id[moments[-1].check.id].forecast
    assert {e.kind for moment in moments for e in twins.told_of(moment)} >= {
        EventKind.FIRED
    }


def guarded(**written: Fields) -> FixedPolicies:
    of = organization(**written)
    near = threshold(id="near", limit="50%", then=raising(500))
    return FixedPolicies(policy_set(policy(near), guard=guard(of)))


def test_a_limit_that_cannot_be_read_moves_nothing_in_both() -> None:
    twins = Twins(World(policies=guarded(on_drift="revert")))
    twins.step(1000)
    reading = twins.world.api.reading
    twins.world.api.reading = type(reading)(
        currency="EUR", limit=None, is_reached=False, total=reading.total
    )

    moment = twins.again()

    assert moment.check.limit is None
    assert twins.replay.limit == limit(10_000)
