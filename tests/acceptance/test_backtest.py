"""Months replayed from what was kept of them: exactly what they came to live."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

from service.domain.alert import Alert
from service.domain.backtest import Edge, Grain, OrganizationBacktest
from service.domain.limit_change import ChangeState, LimitChange
from service.domain.notification import EventKind
from service.pipeline.backtest import BacktestWish, backtest
from tests.acceptance.quarter import GUARDRAILS, HOURS, POLICIES, START, quarter
from tests.acceptance.world import HOUR, World, running_world
from tests.databases import sqlite_url_in

# Tracing so many checks would tell nothing that shorter tests do not.
pytestmark = pytest.mark.no_cover
# Hours in all, and between two checks; some minutes of work where it is one.
SPANS = ((33 * 24, 24), pytest.param((HOURS, 1), marks=pytest.mark.long))
Firings: TypeAlias = dict[str, tuple[object, ...]]


@pytest.mark.parametrize("span", SPANS)
def test_months_come_out_exactly_as_they_were(
    tmp_path: Path, span: tuple[int, int]
) -> None:
    hours, every = span
    with running_world(quarter(), tmp_path, sqlite_url_in(tmp_path)) as world:
        live_through(world, hours, every)

        past = backtested(world)

        assert {day.grain for day in past.days} == {Grain.EXACT}
        assert len(past.days) == hours // 24
        assert firings_of(past) == {
            each.id: as_told(each) for each in world.alerts() if each.fired_at
        }
        assert changes_of(past) == {
            each.id: each
            for each in world.changes()
            if each.state in {ChangeState.APPLIED, ChangeState.SKIPPED}
        }
        assert messages_of(past) == messages_sent(world)


def live_through(world: World, hours: int, every: int) -> None:
    world.write(POLICIES, guardrails=GUARDRAILS)
    world.start()
    before = -1
    for hour in range(0, hours, every):
        world.step((hour - before) * HOUR)
        before = hour
        at = START + (hour + 1) * HOUR
        if at.day == 1 and at.hour <= every:
            # The provider's total is an hour late then: what is doubted is looked at.
            world.step(timedelta(minutes=30))
            world.check()


def backtested(world: World) -> OrganizationBacktest:
    services = world.application.services
    policies = services.policies.current()
    (acme,) = backtest(services, policies, BacktestWish(months=3)).organizations
    return acme


def firings_of(past: OrganizationBacktest) -> Firings:
    found: Firings = {}
    for day in past.days:
        for each in day.alerts:
            if each.edge is not Edge.REMINDED:
                found[each.alert.id] = as_told(each.alert)
    return found


def as_told(alert: Alert) -> tuple[object, ...]:
    """Give what is told of an alert; the value of one that fires goes on moving."""
    key = (alert.key.policy_id, alert.key.threshold_id, alert.key.period, alert.firing)
    return (*key, alert.kind, alert.severity, alert.fired_at, alert.resolved_at)


def changes_of(past: OrganizationBacktest) -> dict[str, LimitChange]:
    return {each.change.id: each.change for day in past.days for each in day.changes}


def messages_of(past: OrganizationBacktest) -> list[tuple[datetime, str, list[str]]]:
    return sorted(
        (each.at, each.channel, sorted(event.kind.value for event in each.events))
        for day in past.days
        for each in day.messages
    )


def messages_sent(world: World) -> list[tuple[datetime, str, list[str]]]:
    return sorted(
        (
            each.message.at,
            each.channel,
            sorted(event.kind.value for event in each.message.events),
        )
        for each in world.notifications()
        if EventKind.DRILL not in {event.kind for event in each.message.events}
    )
