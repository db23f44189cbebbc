"""Three months of checks, the provider's total an hour late at each turn.

Hours around the turn of a month are all checked, the others each or now and then.

The points at which the product is restarted, and at which a check is run again on the
same data, are arbitrary, and the same on every run.
"""

import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from service.domain.limit_change import ChangeKind, ChangeState
from service.domain.notification import EventKind
from service.simulator import scenarios
from service.simulator.configuration import SimulatorConfig
from tests.acceptance.world import HOUR, World

POLICIES = """
version: 1
policies:
  - id: acme-monthly
    organization: acme
    budget: {amount: 4000, currency: EUR}
    mode: enforce
    thresholds:
      - {id: half, spend: 50%, severity: info}
      - {id: eighty, spend: 80%, for: 3h, notify: [finops, finops-mail]}
      - id: near-limit
        limit: 85%
        then:
          raise_limit: {by: 10%, up_to: 4900, times_per_period: 2, cooldown: 24h}
      - id: stop
        spend: 100%
        severity: critical
        then: {cap_limit: {to: 100%}, approval: none}
  - id: weekly
    organization: acme
    budget: {amount: 700, currency: EUR, period: week}
    thresholds: [{id: full, spend: 100%}]
  - id: agents-daily
    organization: acme
    scope: {workspace: Agents}
    budget: {amount: 100, currency: EUR, period: day}
    thresholds: [{id: full, spend: 100%}]
"""
MAX_LIMIT, BASELINE, MAX_RAISE = 5000, 3500, 1500
GUARDRAILS = (
    f"{{max_limit: {MAX_LIMIT}, baseline_limit: {BASELINE}, cooldown: 2h,"
    f" max_changes_per_day: 2, max_raise_per_period: {MAX_RAISE}}}"
)
HOURS = 92 * 24
# Hours between two checks: a few minutes of work where each hour is checked.
EVERY = (4, pytest.param(1, marks=pytest.mark.long))
START = datetime(2026, 8, 1, tzinfo=UTC)
_CHANCE = random.Random(20260801)  # noqa: S311 - nothing secret hangs on it
RESTARTS = frozenset(_CHANCE.sample(range(HOURS), 10))
REPEATS = RESTARTS | frozenset(_CHANCE.sample(range(HOURS), 20))


def quarter() -> SimulatorConfig:
    frame = scenarios.Frame(
        monthly=Decimal(3300), limit=BASELINE, start=START, rollover_delay=HOUR
    )
    return scenarios.quarter(frame)


@dataclass(frozen=True)
class Story:
    """What happened in a quarter, as far as anybody outside can tell."""

    alerts: tuple[tuple[object, ...], ...]
    messages: tuple[tuple[object, ...], ...]
    limits: tuple[tuple[datetime, int | None], ...]


def story_of(world: World) -> Story:
    return Story(
        alerts=tuple(
            (each.id, each.state, each.fired_at, each.resolved_at, each.reason)
            for each in world.alerts()
        ),
        messages=tuple(
            sorted(
                (each.id, each.channel, each.state, each.created_at, each.attempts)
                for each in world.notifications()
            )
        ),
        limits=tuple(
            (move.at, move.after.amount) for move in world.simulator.limit_history
        ),
    )


def live_through(world: World, *, is_disturbed: bool, every: int) -> None:
    """Check every so many hours; restart and repeat where it is disturbed."""
    world.write(POLICIES, guardrails=GUARDRAILS)
    world.start()
    hours = [hour for hour in range(HOURS) if _is_checked(hour, every)]
    for hour, before in zip(hours, [-1, *hours], strict=False):
        world.step((hour - before) * HOUR)
        if is_disturbed and hour in RESTARTS:
            world.restart()
        if is_disturbed and hour in REPEATS:
            check_again(world)


def _is_checked(hour: int, every: int) -> bool:
    day = (START + (hour + 1) * HOUR).day
    return hour % every == 0 or day == 1 or hour in REPEATS


def check_again(world: World) -> None:
    """The second run of a check on the same data changes nothing and sends nothing."""
    before = story_of(world)
    again = world.check()
    assert again.alerts_fired == ()
    assert world.deliver() == 0
    assert story_of(world) == before


def require_all_promises(world: World) -> None:
    """Assert what must hold of any quarter, however it was disturbed."""
    each_firing_was_told_once(world)
    every_turn_of_a_month_was_waited_for(world)
    the_limit_kept_its_bounds(world)


def each_firing_was_told_once(world: World) -> None:
    told = Counter(
        (each.channel, event.alert_id)
        for each in world.notifications()
        for event in each.message.events
        if event.kind is EventKind.FIRED
    )
    assert set(told.values()) == {1}
    fired = {each.id for each in world.alerts() if each.fired_at is not None}
    assert fired == {alert for _, alert in told}
    delivered = {each.state.value for each in world.notifications()}
    assert delivered == {"delivered"}
    periods = Counter(
        alert.key.threshold_id
        for alert in world.alerts()
        if alert.key.policy_id == "acme-monthly" and alert.firing == 1
    )
    assert periods["half"] == 3


def every_turn_of_a_month_was_waited_for(world: World) -> None:
    turns = [datetime(2026, month, 1, tzinfo=UTC) for month in (9, 10)]
    services = world.application.services
    for turn in turns:
        (seen,) = services.queries.observations("acme", turn, turn + HOUR)
        assert seen.spend is None
    notices = [
        each.created_at
        for each in world.notifications()
        for event in each.message.events
        if event.kind is EventKind.NEW_PERIOD
    ]
    assert notices == [turn + HOUR for turn in turns]


def the_limit_kept_its_bounds(world: World) -> None:
    for move in world.simulator.limit_history:
        assert move.after.amount is not None
        assert move.after.amount <= MAX_LIMIT
    raises = [
        each
        for each in world.changes()
        if each.kind is ChangeKind.RAISE and each.state is ChangeState.APPLIED
    ]
    assert raises
    for each in raises:
        assert each.after is not None
        assert each.after.amount is not None
        assert each.after.amount.amount <= 4900
    assert max(Counter(each.period for each in raises).values()) <= 2
    moments = [each.settled_at for each in raises if each.settled_at is not None]
    gaps = [later - sooner for sooner, later in pairwise(moments)]
    assert all(gap >= timedelta(hours=24) for gap in gaps)
    kinds = {each.kind for each in world.changes() if each.state is ChangeState.APPLIED}
    assert {ChangeKind.RAISE, ChangeKind.CAP, ChangeKind.RESTORE} <= kinds
