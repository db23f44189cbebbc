"""F6: silence after month one. F7: a new period compared with the last one's figure.

F8: the last day of a month counted in the next, or the reset late by a zone's offset.
F9: a month that is thirty days, or ends on the same date of the next.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest

from service.domain.notification import EventKind
from service.domain.period import PeriodKind, month_of, period_of
from service.simulator import scenarios
from tests.failure_modes.stage import (
    DAY,
    HALF,
    HOUR,
    MakeWorld,
    Stage,
    errors_in,
    policies,
    provider,
)

LOW = "{id: low, spend: 500}"
SECOND = timedelta(seconds=1)


def stage_from(make_world: MakeWorld, start: datetime) -> Stage:
    stage = Stage(make_world(provider(scenarios.Frame(start=start))))
    stage.world.write(policies(LOW))
    stage.world.start()
    return stage


def test_each_of_three_months_is_told(make_world: MakeWorld) -> None:
    stage = stage_from(make_world, datetime(2026, 11, 1, tzinfo=UTC))

    stage.steps(31, 3 * DAY)

    periods = [
        each.key.period
        for each in stage.world.alerts()
        if each.key.threshold_id == "low" and each.fired_at is not None
    ]
    assert periods == ["2026-11", "2026-12", "2027-01"]
    assert stage.told()["low"] == 3


def test_a_new_month_alerts_again_and_never_on_last_month_s_figure(
    stage: Stage,
) -> None:
    stage.open(HALF)
    stage.step(14 * DAY)
    assert stage.told() == {"half": 1}

    # The guard sleeps over the turn and wakes early in the new month.
    check = stage.step(12 * HOUR)
    assert check.period == "2026-10"
    assert check.spend.amount is not None
    assert check.spend.amount < 200
    assert stage.told() == {"half": 1}
    assert stage.firing() == set()


def test_a_total_that_turns_late_is_no_spend_of_the_new_month(
    make_world: MakeWorld,
) -> None:
    stage = Stage(make_world(provider(scenarios.Frame(rollover_delay=6 * HOUR))))
    stage.open(HALF, passed=30 * DAY - 2 * HOUR)
    stage.step()

    late = stage.step(4 * HOUR)
    turned = stage.step(6 * HOUR)

    assert late.spend.reason == "period_not_rolled"
    assert turned.spend.amount is not None
    assert turned.spend.amount < 200
    assert stage.told() == {"half": 1}


def test_what_a_new_month_has_passed_at_its_first_check_is_told(stage: Stage) -> None:
    stage.open(HALF)
    stage.step()

    stage.step(30 * DAY)

    assert stage.told()["half"] == 2
    assert sum(stage.told(EventKind.NEW_PERIOD).values()) == 1


def test_the_last_second_of_a_month_counts_in_it_and_the_next_does_not(
    make_world: MakeWorld,
) -> None:
    """2028 is a leap year: February has a 29th."""
    stage = stage_from(make_world, datetime(2028, 2, 28, tzinfo=UTC))
    turn = datetime(2028, 3, 1, tzinfo=UTC)
    stage.world.simulator.advance_to(turn - SECOND)

    before = stage.world.check()
    stage.world.simulator.advance(SECOND)
    after = stage.world.check()

    assert (before.period, after.period) == ("2028-02", "2028-03")
    assert before.spend.amount is not None
    assert before.spend.amount > 100
    assert after.spend.amount == 0


def test_no_zone_moves_the_turn_of_a_month() -> None:
    """Not even where the clocks change, or where the day is already another one."""
    turns = [datetime(2027, month, 1, tzinfo=UTC) for month in range(1, 13)]
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        for turn in turns:
            first = month_of(turn.astimezone(zone))
            last = month_of((turn - SECOND).astimezone(zone))
            assert (first.start, last.end) == (turn, turn), name
            assert first.start.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("month", "days"),
    [
        ("2026-01", 31),
        ("2026-02", 28),
        ("2026-04", 30),
        ("2028-02", 29),
        ("2100-02", 28),
        ("2026-12", 31),
    ],
)
def test_a_month_is_as_long_as_the_calendar_says(month: str, days: int) -> None:
    start = datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
    for day in range(days):
        period = period_of(PeriodKind.MONTH, start + day * DAY)
        assert (period.key, period.end - period.start) == (month, days * DAY)
    assert month_of(start + days * DAY).start == start + days * DAY


@pytest.mark.parametrize("period", ["30d", "monthly", "P1M", "4 weeks"])
def test_a_period_is_one_of_the_calendar_s(tmp_path: Path, period: str) -> None:
    written = f"currency: EUR, period: {period}}}"

    errors = errors_in(tmp_path, policies(HALF).replace("currency: EUR}", written))

    assert "policies.yaml:6:" in errors
    assert "period" in errors
