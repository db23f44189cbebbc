import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.expected import Forecast
from service.domain.forecast import forecast_of
from service.domain.hindsight import spread_of
from service.domain.history import DaySpend
from service.domain.money import total
from service.domain.period import BillingPeriod, PeriodKind, month_of, period_of
from service.domain.seasons import seasons_of
from service.domain.usage import Failure
from tests.unit.domain.daily import DAY, WEEK, days, weekly

TODAY = date(2026, 8, 21)  # a Friday
MIDNIGHT = datetime(2026, 8, 21, tzinfo=UTC)
AUGUST = month_of(MIDNIGHT)
MOMENT = timedelta(microseconds=1)


def forecast(
    known: list[DaySpend],
    spent: Decimal | int,
    now: datetime = MIDNIGHT,
    period: BillingPeriod = AUGUST,
) -> Forecast:
    found = forecast_of(known, Decimal(spent), period, now)
    assert isinstance(found, Forecast)
    return found


def near(value: Decimal, expected: float, within: float = 0.01) -> bool:
    return math.isclose(value, expected, rel_tol=within)


def test_what_was_spent_stands_and_the_rest_costs_what_days_usually_do() -> None:
    found = forecast(days([100] * 60, TODAY), 5000)

    assert near(found.point, 5000 + 11 * 100, 0.001)
    assert found.low < found.point < found.high
    assert (found.as_of, found.days) == (MIDNIGHT, 60)


def test_the_pattern_of_the_week_is_known() -> None:
    weekend = datetime(2026, 8, 29, tzinfo=UTC)  # Saturday; Sunday and Monday follow
    found = forecast(weekly(56, weekend.date()), 1000, weekend)

    assert near(found.point, 1000 + 50 + 50 + 120)


def test_days_on_which_nothing_is_ever_spent_stay_free() -> None:
    weekend = datetime(2026, 8, 29, tzinfo=UTC)
    worked = [
        DaySpend(day=each.day, amount=Decimal(100 if each.day.weekday() < 5 else 0))
        for each in days([0] * 56, weekend.date())
    ]

    assert near(forecast(worked, 1000, weekend).point, 1100)


def test_one_freak_day_changes_little_of_what_is_expected() -> None:
    usual = weekly(56, TODAY)
    for back in (1, 2, 5, 20):
        freak = [*usual]
        freak[-back] = DaySpend(day=usual[-back].day, amount=Decimal(5000))
        calm, upset = forecast(usual, 0).point, forecast(freak, 0).point

        assert abs(upset / calm - 1) < Decimal("0.1")


def test_growth_that_lasts_is_carried_on_and_fades() -> None:
    growing = days((100 * 1.02**index for index in range(70)), TODAY)
    went_on = sum(100 * 1.02 ** (70 + ahead) for ahead in range(11))
    stopped = 100 * 1.02**69 * 11

    found = forecast(growing, 0)

    assert stopped < found.point < went_on
    assert near(found.point, went_on, 0.06)


def test_a_step_that_was_taken_is_no_growth() -> None:
    stepped = days([100] * 28 + [200] * 28, TODAY)

    assert near(forecast(stepped, 0).point, 2200, 0.05)


@pytest.mark.parametrize(
    ("known", "is_enough"),
    [
        pytest.param([], False, id="a new organization"),
        pytest.param(days([100] * 6, TODAY), False, id="six days"),
        pytest.param(days([100] * 7, TODAY), True, id="seven days"),
        pytest.param(days([100] * 60, TODAY - 22 * DAY), False, id="six of 28 days"),
        pytest.param(days([100] * 60, TODAY - 21 * DAY), True, id="seven of 28 days"),
        pytest.param(days([100] * 7, TODAY + DAY), False, id="today is no whole day"),
    ],
)
def test_under_seven_days_of_the_last_28_there_is_no_forecast(
    known: list[DaySpend], *, is_enough: bool
) -> None:
    found = forecast_of(known, Decimal(100), AUGUST, MIDNIGHT)

    assert isinstance(found, Forecast) is is_enough
    if isinstance(found, Failure):
        assert found.reason == "not_enough_data"
        assert "needs 7 whole days of the last 28" in found.detail


def test_it_is_said_how_many_days_are_known() -> None:
    found = forecast_of(days([1] * 3, TODAY), Decimal(1), AUGUST, MIDNIGHT)

    assert found == Failure(
        reason="not_enough_data",
        detail="a forecast needs 7 whole days of the last 28, and 3 are known",
    )


def test_nothing_was_ever_spent_and_nothing_is_expected() -> None:
    found = forecast(days([0] * 30, TODAY), 0)

    assert {found.point, found.low, found.high} == {Decimal(0)}


def test_spend_that_comes_now_and_then_is_expected_to_come_again() -> None:
    rare = days([300 if index % 10 == 0 else 0 for index in range(60)], TODAY)

    found = forecast(rare, 0)

    assert 0 < found.point < 1000
    assert found.high > 2 * found.point


def test_spend_that_ended_is_not_expected_to_go_on_for_long() -> None:
    ended = days([100] * 40 + [0] * 14, TODAY)

    assert forecast(ended, 0).point < 11 * 100 / 4


@pytest.mark.parametrize("kind", list(PeriodKind))
@pytest.mark.parametrize("hour", [0, 6, 18])
def test_today_counts_as_much_as_is_left_of_it(kind: PeriodKind, hour: int) -> None:
    now = MIDNIGHT + timedelta(hours=hour)
    period = period_of(kind, now)
    after_today = (period.end - MIDNIGHT).days - 1

    found = forecast(days([100] * 56, TODAY), 40, now, period)

    assert near(found.point, 40 + 100 * (24 - hour) / 24 + 100 * after_today, 0.001)


@pytest.mark.parametrize("kind", list(PeriodKind))
def test_at_the_last_moment_of_a_period_it_is_what_was_spent(kind: PeriodKind) -> None:
    period = period_of(kind, MIDNIGHT)
    known = weekly(56, period.end.date() - DAY)

    found = forecast(known, 700, period.end - MOMENT, period)

    assert {found.point, found.low, found.high} == {Decimal(700)}


def test_the_last_day_is_known_as_well_as_one_day_is() -> None:
    now = AUGUST.end - DAY
    known = days([100, 130, 80] * 20, now.date())

    found = forecast(known, 0, now)

    one_day = spread_of(known, 1, seasons_of(known).noise)
    assert spread_of(known, 2, seasons_of(known).noise) != one_day
    assert near(found.high / found.point, math.exp(one_day), 0.001)


def test_on_the_first_day_of_a_month_the_past_ones_tell() -> None:
    first = AUGUST.start
    found = forecast(weekly(60, first.date()), 3, first + timedelta(hours=12))
    august = total(Decimal(WEEK[(first + DAY * n).weekday()]) for n in range(31))

    assert near(found.point, 3 + 100 * float(august) - 0.5 * 50)


def test_days_without_a_price_are_missed_and_no_more() -> None:
    known = weekly(56, TODAY)
    gaps = [each for index, each in enumerate(known) if index % 9]

    assert near(forecast(gaps, 0).point, float(forecast(known, 0).point), 0.03)


def test_what_varies_more_is_known_to_less() -> None:
    calm = forecast(days([100, 104, 96] * 20, TODAY), 0)
    wild = forecast(days([100, 250, 40] * 20, TODAY), 0)

    assert (calm.high - calm.low) / calm.point < Decimal("0.2")
    assert (wild.high - wild.low) / wild.point > Decimal("0.3")


def test_a_credit_that_makes_a_day_negative_breaks_nothing() -> None:
    known = days([100] * 30 + [-50] + [100] * 10, TODAY)

    assert near(forecast(known, 0).point, 1100, 0.02)


AMOUNTS = st.lists(
    st.decimals(0, 10_000, places=2, allow_nan=False, allow_infinity=False),
    min_size=7,
    max_size=70,
)
FEW = settings(max_examples=40, deadline=None)


@FEW
@given(AMOUNTS, st.decimals(0, 10**6, places=6), st.integers(0, 86_399))
def test_it_is_never_below_what_is_spent_and_within_its_interval(
    amounts: list[Decimal], spent: Decimal, second: int
) -> None:
    now = MIDNIGHT + timedelta(seconds=second)
    found = forecast(days(amounts, TODAY), spent, now)

    assert spent <= found.low <= found.point <= found.high


@FEW
@given(AMOUNTS, st.sampled_from(["0.001", "0.5", "7", "1000"]))
def test_the_same_in_another_unit_is_the_same(
    amounts: list[Decimal], unit: str
) -> None:
    times = Decimal(unit)
    plain = forecast(days(amounts, TODAY), 0)
    scaled = forecast(days([each * times for each in amounts], TODAY), 0)

    for one, other in (
        (plain.point, scaled.point),
        (plain.low, scaled.low),
        (plain.high, scaled.high),
    ):
        # Both are rounded to cents.
        slack = Decimal("0.01") * (1 + times) + one * times / 10**9
        assert abs(other - one * times) <= slack


@FEW
@given(AMOUNTS)
def test_the_order_in_which_it_is_asked_changes_nothing(amounts: list[Decimal]) -> None:
    known = days(amounts, TODAY)
    first = forecast(known, 5)
    forecast(known, 5, MIDNIGHT + 3 * DAY)

    assert forecast([*known], 5) == first
