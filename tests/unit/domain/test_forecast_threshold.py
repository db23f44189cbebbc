"""`forecast:` from the figures of a check to the alert, over many checks."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from service.domain.alert import AlertKind, AlertState
from service.domain.check import Outcome
from service.domain.crossing import crossing_of
from service.domain.expected import Forecast
from service.domain.history import History
from service.domain.notification import EventKind
from service.domain.usage import Failure, UsageSnapshot
from tests.builders import (
    HOUR,
    NOON,
    Fields,
    book,
    cents_row,
    failure,
    limit,
    policy,
    policy_set,
    raising,
    reading,
    report,
    report_of,
    row,
    snapshot,
    state,
    threshold,
)
from tests.unit.domain.daily import DAY, past
from tests.unit.domain.watching import Watching

# A hundred a day in June and July; from the 20th of August at noon 11.5 days are left.
SUMMER = past(("2026-06", 100), ("2026-07", 100))


def usual(spend: int = 2000) -> UsageSnapshot:
    """Give a month with a hundred on each whole day, and the rest of it today."""
    return month(*[100] * 19, spend - 1900)


def month(*amounts: int) -> UsageSnapshot:
    rows = (
        cents_row(amount, day=(NOON.replace(day=1) + DAY * index).date())
        for index, amount in enumerate(amounts)
    )
    return snapshot(sum(amounts), usage=report(*rows))


def watching(*thresholds: Fields, **written: Fields) -> Watching:
    found = Watching(
        policy_set(policy(*(threshold(**each) for each in thresholds), **written))
    )
    found.memory = replace(found.memory, history=SUMMER, state=state())
    return found


def see(watched: Watching, seen: UsageSnapshot, after: timedelta = HOUR) -> Outcome:
    """Check once more; the clock stands still where the spend is to stay expected."""
    watched.now += after
    watched.see(replace(seen, captured_at=watched.now))
    return watched.outcome("late")


@pytest.mark.parametrize(
    ("bound", "amount", "is_crossed"),
    [
        pytest.param("60%", 3000, True, id="above the share of the budget"),
        pytest.param("70%", 3500, False, id="below the share of the budget"),
        pytest.param(3100, 3100, True, id="above an amount"),
        pytest.param(3200, 3200, False, id="below an amount"),
    ],
)
def test_the_spend_expected_at_the_periods_end_is_held_against_the_bound(
    bound: str | int, amount: int, *, is_crossed: bool
) -> None:
    watched = policy(threshold(forecast=bound))
    found = crossing_of(watched, watched.thresholds[0], book(usual(), history=SUMMER))

    assert found.kind is AlertKind.FORECAST
    assert (found.bound, found.unit) == (Decimal(amount), "EUR")
    assert found.value is not None
    assert abs(found.value - 3150) < 10
    assert found.is_crossed is is_crossed
    side = "at or above" if is_crossed else "below"
    assert found.reason.startswith("forecast 31")
    assert found.reason.endswith(f"in four cases of five) is {side} {amount}.00 EUR")


def test_at_the_bound_itself_it_fires() -> None:
    seen = book(usual(), history=SUMMER)
    forecast = seen.forecast(seen.whole, seen.month)
    assert isinstance(forecast, Forecast)
    for more, is_crossed in ((Decimal(0), True), (Decimal("0.01"), False)):
        watched = policy(threshold(forecast=forecast.point + more))
        found = crossing_of(watched, watched.thresholds[0], seen)

        assert (found.value, found.is_crossed) == (forecast.point, is_crossed)
        assert not found.is_by_bound


@pytest.mark.parametrize(
    ("period", "expected"), [("month", 3150), ("week", 750), ("day", 150)]
)
def test_every_period_has_its_own(period: str, expected: int) -> None:
    watched = policy(threshold(forecast="100%"), period=period)
    found = crossing_of(watched, watched.thresholds[0], book(usual(), history=SUMMER))

    assert found.value is not None
    assert abs(found.value - expected) < 10


def test_a_part_of_the_usage_has_its_own() -> None:
    part = policy(threshold(forecast=1), scope={"categories": ["ocr"]})
    ocr = report(
        *(
            cents_row(10, category="ocr", day=(NOON - DAY * back).date())
            for back in range(20)
        )
    )
    found = crossing_of(part, part.thresholds[0], book(snapshot(200, usage=ocr)))

    assert found.value is not None
    assert abs(found.value - 315) < 2


def test_with_too_little_history_it_is_not_known_and_nobody_is_alerted() -> None:
    watched = watching({"id": "late", "forecast": 1})
    watched.memory = replace(watched.memory, history=History())

    assert see(watched, snapshot(900)) is Outcome.UNKNOWN
    (decided,) = watched.decisions[-1].check.decisions
    assert (decided.value, decided.bound, decided.unit) == (None, Decimal(1), "EUR")
    assert decided.reason == (
        "not enough data: a forecast needs 7 whole days of the last 28, and 0 are known"
    )
    assert see(watched, snapshot(900), 20 * HOUR) is Outcome.UNKNOWN
    assert watched.state_of("data_unknown") is None


def test_a_figure_that_is_unknown_freezes_it() -> None:
    watched = watching({"id": "late", "forecast": 3000, "for_": "2h"})
    lost = snapshot(limit=failure(), usage=failure())

    assert see(watched, usual()) is Outcome.PENDING
    assert see(watched, lost) is Outcome.UNKNOWN
    assert see(watched, usual()) is Outcome.PENDING
    assert see(watched, usual()) is Outcome.PENDING
    assert see(watched, usual()) is Outcome.FIRED
    assert see(watched, lost) is Outcome.UNKNOWN
    assert watched.state_of("late") is AlertState.FIRING
    reason = watched.decisions[-1].check.decisions[0].reason
    assert reason == "unknown, provider_unavailable: no answer in 10 s"


def test_without_this_months_days_there_is_none_though_the_total_is_known() -> None:
    found = book(snapshot(2000, usage=failure()), history=SUMMER)

    assert found.forecast(found.whole, found.month) == failure()


def test_it_resolves_below_95_percent_of_its_bound_and_may_fire_again() -> None:
    watched = watching({"id": "late", "forecast": 3100})
    calm = month(*[100] * 13, *[70] * 6, 0)

    assert see(watched, usual()) is Outcome.FIRED
    # 3050: below the bound, and too near to it to be over.
    assert see(watched, usual(1900), timedelta(0)) is Outcome.FIRING
    assert see(watched, month(*[100] * 13, *[82] * 6, 50)) is Outcome.RESOLVED
    assert see(watched, calm) is Outcome.BELOW
    assert see(watched, usual()) is Outcome.FIRED
    assert watched.told(EventKind.FIRED) == ["late", "late"]
    assert watched.told(EventKind.RESOLVED) == ["late"]
    alert = watched.alert("late")
    assert alert is not None
    assert alert.firing == 2


def test_it_reminds_and_says_what_it_knows() -> None:
    watched = watching({"id": "late", "forecast": 3000, "repeat": "3h"})
    for _ in range(4):
        see(watched, usual())

    assert watched.told(EventKind.REMINDER) == ["late"]
    fired = watched.all_told[0].event
    assert fired.alert_kind == "forecast"
    assert "in four cases of five" in fired.detail


def test_it_may_raise_the_limit_before_it_is_reached() -> None:
    watched = watching({"id": "late", "forecast": 3000, "then": raising(500)})
    see(watched, usual())

    assert watched.limit == limit(10_500)


def test_what_only_the_bound_of_a_doubtful_figure_crosses_moves_no_limit() -> None:
    unpriced = report(
        *(cents_row(100, day=(NOON - DAY * back).date()) for back in range(20)),
        row(100_000, billing_metric="new"),
    )
    doubtful = snapshot(2000, usage=unpriced)
    watched = policy(threshold(forecast=4000))
    found = crossing_of(watched, watched.thresholds[0], book(doubtful, history=SUMMER))

    assert found.is_crossed
    assert found.is_by_bound
    assert "no price for" in found.reason


def test_one_source_alone_ends_nothing() -> None:
    watched = watching({"id": "late", "forecast": 3100})
    see(watched, usual())
    half = replace(usual(1900), limit=failure())

    assert see(watched, half, timedelta(0)) is Outcome.FIRING


def test_every_check_keeps_the_forecast_of_the_month_or_why_there_is_none() -> None:
    watched = watching()
    watched.see(usual())
    kept = watched.decisions[-1].check.forecast

    assert isinstance(kept, Forecast)
    assert kept == watched.decisions[-1].figures.forecast
    watched.see(replace(usual(), usage=failure(), limit=failure()))
    assert watched.decisions[-1].check.forecast == Failure(
        reason="provider_unavailable", detail="no answer in 10 s"
    )


def test_a_figure_of_the_wrong_period_has_no_forecast() -> None:
    seen = book(
        snapshot(5000, usage=report_of(0), limit=reading(5000)),
        state(period="2026-07", last_total=Decimal(5000)),
        history=SUMMER,
    )
    found = seen.forecast(seen.whole, seen.month)

    assert isinstance(found, Failure)
    assert found.reason == "period_not_rolled"
