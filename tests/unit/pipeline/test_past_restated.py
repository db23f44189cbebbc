"""A month is read again, and what was said otherwise before is kept."""

from datetime import timedelta
from decimal import Decimal

from service.domain.period import month_called
from tests.builders import (
    DAY,
    MINUTE,
)
from tests.unit.pipeline.checked_world import World
from tests.unit.pipeline.past_world import (
    READ,
    RESTATED,
    month_report,
    read,
    read_all,
    stored,
    with_past,
)


def test_a_month_is_read_again_and_what_was_restated_is_kept() -> None:
    world = with_past(World())
    read_all(world)
    world.clock.advance(7 * DAY)
    world.api.reports["2026-07", ""] = month_report("2026-07", d20="2.50", d21="1")

    assert read_all(world) == 1

    (fact,) = world.facts(RESTATED)
    assert (fact.outcome, fact.target) == ("restated", "organization:acme")
    assert fact.detail == {
        "month": "2026-07",
        "workspace": None,
        "currency": "EUR",
        "days": [
            {
                "day": "2026-07-20",
                "before": "3",
                "after": "2.5",
                "units_before": 300,
                "units_after": 250,
            },
            {
                "day": "2026-07-21",
                "before": "0",
                "after": "1",
                "units_before": 0,
                "units_after": 100,
            },
        ],
    }
    assert len(world.facts(READ)) == 13
    assert stored(world, "2026-07").lines[0].cost == Decimal("2.5")


def test_a_month_that_was_read_again_as_it_was_is_recorded_as_read() -> None:
    world = with_past(World())
    read_all(world)

    world.clock.advance(7 * DAY)

    assert read_all(world) == 1
    assert world.facts(RESTATED) == []
    assert len(world.facts(READ)) == 13


def at_the_turn(*, last_look: timedelta) -> World:
    """Give a world whose last check of July was so long before its end."""
    world = World()
    with_past(world)
    august = month_called("2026-08").start
    world.clock.set(august - last_look)
    live = month_report("2026-07", d30="3", d31="1")
    world.api.reports["2026-07", ""] = live
    world.check()
    world.clock.set(august + 10 * MINUTE)
    return world


def test_what_the_last_day_cost_after_the_last_check_is_growth() -> None:
    world = at_the_turn(last_look=4 * MINUTE)
    world.api.reports["2026-07", ""] = month_report("2026-07", d30="3", d31="4")

    read(world)

    assert world.facts(RESTATED) == []
    assert stored(world, "2026-07").lines[-1].cost == 4


def test_a_day_that_a_check_saw_whole_is_restated() -> None:
    world = at_the_turn(last_look=4 * MINUTE)
    world.api.reports["2026-07", ""] = month_report("2026-07", d30="2", d31="4")

    read(world)

    (fact,) = world.facts(RESTATED)
    assert fact.detail is not None
    assert fact.detail["days"] == [
        {
            "day": "2026-07-30",
            "before": "3",
            "after": "2",
            "units_before": 300,
            "units_after": 200,
        }
    ]


def test_a_day_is_known_since_it_was_last_read_though_nothing_had_changed() -> None:
    world = at_the_turn(last_look=4 * MINUTE)
    read(world)
    world.clock.advance(DAY)
    read(world)
    assert stored(world, "2026-07").captured_at < month_called("2026-07").end
    world.clock.advance(DAY)
    world.api.reports["2026-07", ""] = month_report("2026-07", d30="3", d31="2")

    read(world)

    assert len(world.facts(RESTATED)) == 1
