"""How far a threshold is from its bound: all that is told of it, to the second."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from service.domain.distance import Distance, distance_of
from service.domain.policy import Threshold
from service.domain.usage import UsageSnapshot
from tests.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    Fields,
    cents_row,
    memory,
    observation,
    policy,
    policy_set,
    report,
    snapshot,
    threshold,
)
from tests.unit.domain.daily import past
from tests.unit.domain.watching import Watching

END = datetime(2026, 9, 1, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
# Hours of the month that are over.
ELAPSED = Decimal(19 * 24 + 12)
AVERAGE = "the average since the period began"
# Ten euros an hour over the last day.
BURNING = memory(observations=(observation(NOON - 10 * HOUR, 900),))


def distance(
    of: Threshold,
    seen: UsageSnapshot | None = None,
    now: datetime = NOON,
    **written: Fields,
) -> Distance | None:
    watched = Watching(policy_set(policy(of, **written)))
    watched.memory, watched.now = BURNING, now
    decision = watched.see(seen or snapshot(1000, at=now))
    return distance_of(policy(of, **written), of, decision)


def with_past(of: Threshold, a_day: str = "50", now: datetime = NOON) -> Distance:
    """Give the distance after a July and an August in which each day cost as much."""
    rows = (
        cents_row(a_day, day=date(2026, 8, number + 1)) for number in range(now.day)
    )
    seen = snapshot(Decimal(a_day) * now.day, at=now, usage=report(*rows))
    watched = Watching(policy_set(policy(of)))
    watched.memory, watched.now = memory(history=past(("2026-07", a_day))), now
    found = distance_of(policy(of), of, watched.see(seen))
    assert found is not None
    return found


def test_all_that_is_told_of_a_share_of_the_budget() -> None:
    assert distance(threshold()) == Distance(
        more=Decimal(1500),
        unit="EUR",
        used_percent=Decimal(40),
        rate=Decimal(10),
        rate_from="the last 24 h",
        at=NOON + 150 * HOUR,
        period_end=END,
    )


def test_all_that_is_told_of_what_is_expected_of_the_limit_and_of_units() -> None:
    forecast = with_past(threshold()).forecast
    assert forecast is not None
    assert forecast.point == 1575

    expected = Distance(
        more=Decimal(3425),
        unit="EUR",
        used_percent=Decimal("31.5"),
        rate=None,
        rate_from="",
        at=None,
        period_end=END,
        forecast=forecast,
    )
    assert with_past(threshold(forecast="100%")) == expected
    assert with_past(threshold(limit="50%")) == replace(
        expected,
        more=Decimal(4000),
        used_percent=Decimal(20),
        rate=Decimal(1000) / ELAPSED,
        rate_from=AVERAGE,
    )
    units = {"unit": "api_tokens", "above": 125_000}
    assert with_past(threshold(usage=units)) == replace(
        expected,
        more=Decimal(25_000),
        unit="api_tokens",
        used_percent=Decimal(80),
        rate=Decimal(100_000) / ELAPSED,
        rate_from=AVERAGE,
        at=NOON + 117 * HOUR,
        forecast=None,
    )


def test_a_pace_has_no_distance() -> None:
    pace = {"window": "3h", "above": "5x", "at_least": 20}

    assert distance(threshold(pace=pace)) is None


@pytest.mark.parametrize(
    ("bound", "more", "used", "at"),
    [
        (0, 0, None, NOON),
        (900, 0, Decimal(1000) * 100 / 900, NOON),
        (1010, 10, Decimal(1000) * 100 / 1010, NOON + HOUR),
        (3759, 2759, Decimal(1000) * 100 / 3759, END - HOUR / 10),
        (3760, 2760, Decimal(1000) * 100 / 3760, None),
    ],
)
def test_it_is_reached_within_the_period_or_not_at_all(
    bound: int, more: int, used: Decimal | None, at: datetime | None
) -> None:
    found = distance(threshold(spend=bound))

    assert found is not None
    assert (found.used_percent, found.at) == (used, at)
    assert found.more == more


@pytest.mark.parametrize(
    ("bound", "a_day", "now", "at"),
    [
        pytest.param("999", "50", NOON, None, id="it is reached"),
        pytest.param("1000", "50", NOON, NOON, id="it is reached now"),
        pytest.param("1200", "50", NOON, NOON + 4 * DAY, id="on the way"),
        pytest.param("1575", "50", NOON, END, id="at the very end"),
        pytest.param("1576", "50", NOON, None, id="not in this period"),
        pytest.param("2.06", "0.08", NOON, NOON + 138 * HOUR, id="of small amounts"),
        pytest.param("1550", "50", END - MOMENT, None, id="nothing more is expected"),
    ],
)
def test_a_forecast_says_when_the_bound_is_reached(
    bound: str, a_day: str, now: datetime, at: datetime | None
) -> None:
    assert with_past(threshold(spend=bound), a_day, now).forecast_at == at


@pytest.mark.parametrize(
    ("written", "elapsed"),
    [
        pytest.param({"period": "day"}, Decimal(12), id="of a day"),
        pytest.param({"scope": {"models": ["large"]}}, ELAPSED, id="of a model"),
    ],
)
def test_the_last_day_tells_the_rate_of_the_organizations_month_alone(
    written: Fields, elapsed: Decimal
) -> None:
    found = distance(threshold(), **written)

    assert found is not None
    assert (found.rate, found.rate_from) == (1000 / elapsed, AVERAGE)


@pytest.mark.parametrize(
    ("minutes", "told"), [(59, (None, "")), (60, (Decimal(1000), AVERAGE))]
)
def test_in_its_first_hour_a_period_tells_no_rate(
    minutes: int, told: tuple[Decimal | None, str]
) -> None:
    now = NOON.replace(hour=0) + minutes * MINUTE

    found = distance(threshold(), now=now, period="day")

    assert found is not None
    assert (found.rate, found.rate_from) == told
