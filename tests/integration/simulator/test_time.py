"""Time: virtual, and the only thing besides the seed that makes usage."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from service.simulator import scenarios
from service.simulator.clock import SimulatedClock
from service.simulator.curves import Flat, Growing, Healthy, MonthEndRush, Weekend
from service.simulator.noise import Noise
from service.simulator.scenarios import SCENARIOS, START, Frame
from service.simulator.simulator import Simulator
from tests.integration.simulator.provider import Provider, changed, cost, rows, serving

SEPTEMBER_30 = timedelta(days=29)


def spend_by_day(simulator: Simulator, days: int) -> list[Decimal]:
    """Return the spend of each of the coming days."""
    totals = [simulator.spend("acme")]
    for _ in range(days):
        simulator.advance(timedelta(days=1) - timedelta(seconds=1))
        totals.append(simulator.spend("acme"))
        simulator.advance(timedelta(seconds=1))
    return [after - before for before, after in pairwise(totals)]


def test_usage_does_not_depend_on_how_time_is_cut() -> None:
    whole = Simulator(scenarios.runaway())
    whole.advance(timedelta(days=25, hours=3))
    cut = Simulator(scenarios.runaway())
    for _ in range(25 * 24 * 6 + 3 * 6):
        cut.advance(timedelta(minutes=10))

    assert cut.standing("acme") == whole.standing("acme")


def test_the_same_seed_gives_the_same_answers_and_another_seed_others() -> None:
    bodies = []
    for seed in (7, 7, 8):
        with serving(scenarios.build("healthy", seed=seed)) as provider:
            provider.simulator.advance(timedelta(days=4, hours=7))
            bodies.append(provider.get("/usage").content)

    assert bodies[0] == bodies[1] != bodies[2]


def test_asking_for_the_past_does_not_change_the_present() -> None:
    with serving() as curious, serving() as other:
        for provider in (curious, other):
            provider.simulator.advance(timedelta(days=2))
        curious.usage(month="8")
        for provider in (curious, other):
            provider.simulator.advance(timedelta(days=2))

        assert curious.simulator.spend("acme") == other.simulator.spend("acme")


def test_a_month_turns_at_midnight_utc(provider: Provider) -> None:
    provider.simulator.advance(timedelta(days=30) - timedelta(seconds=1))
    before = provider.limits()["total_usage"]
    provider.simulator.advance(timedelta(seconds=1))

    assert before > 2500
    assert provider.limits()["total_usage"] == 0
    october = provider.usage(month="10")
    assert list(rows(october)) == []
    assert october["prices"] == []
    assert cost(provider.usage(month="9")) >= before
    provider.simulator.advance(timedelta(hours=12))
    assert 0 < provider.limits()["total_usage"] < 200


def test_the_old_total_may_persist_after_the_turn() -> None:
    frame = Frame(rollover_delay=timedelta(hours=1))
    with serving(scenarios.healthy(frame)) as provider:
        provider.simulator.advance(timedelta(days=30, minutes=59))
        late = provider.limits()
        fresh = provider.usage(month="10")
        provider.simulator.advance(timedelta(minutes=1))

        assert late["total_usage"] == round(cost(provider.usage(month="9")), 2)
        assert cost(fresh) < 10
        assert provider.limits()["total_usage"] < 10


def test_the_turn_of_a_month_ends_a_stop() -> None:
    with serving(changed(scenarios.runaway(), limit=2000)) as provider:
        provider.simulator.advance(timedelta(days=28))
        assert provider.limits()["monthly_limit_reached"] is True
        provider.simulator.advance(timedelta(days=2))

        assert provider.limits()["monthly_limit_reached"] is False


def test_a_start_in_the_middle_of_a_month_has_its_first_days() -> None:
    start = START + timedelta(days=14, hours=9)
    middle = Simulator(scenarios.build("healthy", start=start))
    ran = Simulator(scenarios.build("healthy"))
    ran.advance(timedelta(days=14, hours=9))

    assert middle.spend("acme") == ran.spend("acme") > 1000


def test_a_restatement_makes_spend_fall_everywhere(provider: Provider) -> None:
    provider.simulator.advance(timedelta(days=6, hours=12))
    before = provider.simulator.spend("acme")
    provider.usage()
    provider.simulator.restate("acme", Decimal("0.2"))

    after = provider.simulator.spend("acme")
    assert after / before == pytest.approx(Decimal("0.8"), rel=Decimal("0.001"))
    assert cost(provider.usage()) == after
    provider.simulator.advance(timedelta(hours=12))
    assert cost(provider.usage()) == provider.simulator.spend("acme") > after


def test_healthy_weeks_have_quiet_weekends() -> None:
    days = spend_by_day(Simulator(scenarios.healthy()), 28)
    quiet = [day for n, day in enumerate(days) if (n + 1) % 7 in {5, 6}]
    busy = [day for n, day in enumerate(days) if (n + 1) % 7 not in {5, 6}]

    assert max(quiet) < min(busy)
    assert sum(days) == pytest.approx(Decimal(2800), rel=Decimal("0.05"))


def test_weekends_can_be_the_busy_days() -> None:
    days = spend_by_day(Simulator(scenarios.weekend()), 14)

    assert days[4] > 5 * days[0]


def test_growth_shows_month_by_month() -> None:
    with serving(scenarios.growing()) as provider:
        july, august = (cost(provider.usage(month=month)) for month in ("7", "8"))

        assert august > july * Decimal("1.2")


def test_month_ends_can_rush() -> None:
    simulator = Simulator(changed(scenarios.month_end(), unlimited=True))
    days = spend_by_day(simulator, 30)

    assert min(days[27:30]) > 2 * max(days[21:25])


def test_a_runaway_knows_no_night() -> None:
    simulator = Simulator(changed(scenarios.runaway(), unlimited=True))
    simulator.advance(timedelta(days=23, hours=2))
    before = simulator.spend("acme")
    simulator.advance(timedelta(hours=2))

    assert 95 < simulator.spend("acme") - before < 115


def test_the_demo_month_tells_its_story() -> None:
    simulator = Simulator(scenarios.demo_month())
    simulator.advance(timedelta(days=14, hours=23))
    middle = simulator.spend("acme")
    simulator.advance(timedelta(days=6, hours=23))
    raised = simulator.spend("acme")
    simulator.console_sets_limit("acme", 4800)
    simulator.advance_to(START + timedelta(days=23))
    evening = simulator.spend("acme")
    simulator.advance(timedelta(days=1))

    assert 2300 < middle < 2700
    assert 3400 < raised < 3700
    assert evening < 4100
    assert simulator.standing("acme").is_reached


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_runs(name: str) -> None:
    start = datetime(2027, 2, 1, tzinfo=UTC)
    simulator = Simulator(scenarios.build(name, start=start, seed=3))
    simulator.advance(timedelta(hours=12))

    assert all(simulator.spend(one) > 0 for one in simulator.organizations)


def test_a_runaway_never_began_before_the_start() -> None:
    start = START + timedelta(days=27, hours=9)
    simulator = Simulator(scenarios.build("runaway", start=start))
    healthy = Simulator(scenarios.build("healthy", start=start))

    assert simulator.spend("acme") - healthy.spend("acme") < 1
    simulator.advance(timedelta(hours=5))
    assert simulator.spend("acme") - healthy.spend("acme") > 150


def test_an_unknown_scenario_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="demo_month"):
        scenarios.build("nothing")


def test_two_organizations_may_not_share_a_key() -> None:
    config = scenarios.healthy()
    twice = replace(config, organizations=config.organizations * 2)

    with pytest.raises(ValueError, match="unique"):
        Simulator(twice)


def test_the_clock_stands_jumps_and_runs() -> None:
    ticks = iter([0.0, 0.0, 10.0, 10.0, 10.0])
    clock = SimulatedClock(START, speed=60, monotonic=lambda: next(ticks, 10.0))

    assert clock.now() == START
    assert clock.now() == START + timedelta(minutes=10)
    clock.speed = 0
    assert clock.advance(timedelta(hours=1)) == clock.now()
    assert clock.set(START) == clock.now() == START
    with pytest.raises(ValueError, match="forward"):
        clock.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="aware"):
        clock.set(START.replace(tzinfo=None))


def test_curves_average_to_one() -> None:
    hours = [START + timedelta(hours=hour) for hour in range(24 * 7 * 8)]
    noise = Noise(7, "average")

    for curve in (Healthy(), Flat(), Weekend()):
        weights = [curve.weight(hour, 1.0, noise) for hour in hours]
        assert sum(weights) / len(weights) == pytest.approx(1.0, rel=0.03)
    growing = Growing(since=START, per_month=0.5)
    assert growing.weight(START, 1.0, noise) == 1.0
    assert growing.weight(START + timedelta(days=30), 1.0, noise) == pytest.approx(1.5)
    assert MonthEndRush().weight(START, 1.0, noise) == 1.0
