import math
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from service.domain.history import DaySpend
from service.domain.seasons import Seasons, fit_of, ratios_of, seasons_of
from tests.unit.domain.daily import DAY, WEEK, days, weekly

MONDAY = date(2026, 8, 17)


def test_the_level_is_an_ordinary_day_and_weekdays_are_shares_of_it() -> None:
    found = seasons_of(weekly(56, MONDAY))

    assert math.isclose(found.level, 100, rel_tol=0.01)
    assert [round(each, 2) for each in found.weekdays] == [Decimal(w) for w in WEEK]
    assert math.isclose(sum(found.weekdays), 7, rel_tol=1e-9)
    assert found.last == MONDAY - DAY
    assert found.growth == 0
    assert found.noise < 0.05


def test_what_a_day_usually_costs_follows_its_weekday() -> None:
    found = seasons_of(weekly(56, MONDAY))

    assert math.isclose(found.usual(MONDAY), 120, rel_tol=0.01)
    assert math.isclose(found.usual(MONDAY + 5 * DAY), 50, rel_tol=0.01)


def test_under_two_weeks_every_weekday_is_alike() -> None:
    assert set(seasons_of(weekly(13, MONDAY)).weekdays) == {1}
    assert len(set(seasons_of(weekly(14, MONDAY)).weekdays)) > 1


def test_a_weekday_nobody_saw_is_an_ordinary_one() -> None:
    known = [each for each in weekly(70, MONDAY) if each.day.weekday() != 2]

    assert 0.9 < seasons_of(known).weekdays[2] < 1.1


def test_growth_counts_only_where_the_weeks_agree_on_it() -> None:
    steady = seasons_of(days((100 * 1.01**n for n in range(56)), MONDAY))
    jumpy = seasons_of(days(([100] * 7 + [140] * 7) * 4, MONDAY))
    fewest = seasons_of(days((100 * 1.01**n for n in range(28)), MONDAY))
    short = seasons_of(days((100 * 1.01**n for n in range(27)), MONDAY))
    steep = seasons_of(days((1.2**n for n in range(56)), MONDAY))

    assert math.isclose(steady.growth, math.log(1.01), rel_tol=0.1)
    assert abs(jumpy.growth) < 0.001
    assert math.isclose(fewest.growth, math.log(1.01), rel_tol=0.1)
    assert short.growth == 0
    assert steep.growth == 0.04


def test_growth_is_carried_on_less_each_day() -> None:
    growing = Seasons(
        last=MONDAY,
        level=Decimal(100),
        weekdays=(Decimal(1),) * 7,
        growth=0.01,
        noise=0.1,
    )
    ahead = [growing.usual(MONDAY + n * DAY) for n in (0, 1, 2, 400)]

    assert ahead[0] == 100
    assert ahead[1] - ahead[0] > ahead[2] - ahead[1] > 0
    assert ahead[3] < 140


@pytest.mark.parametrize("number", [1, 7, 14, 30])
def test_where_nothing_was_spent_nothing_is_usual(number: int) -> None:
    found = seasons_of(days([0] * number, MONDAY))

    assert found.level == 0
    assert found.usual(MONDAY) == 0


def test_a_month_of_which_one_weekday_alone_is_known_tells_still() -> None:
    sundays = [each for each in weekly(70, MONDAY) if each.day.weekday() == 6]
    worked = [each for each in weekly(400, MONDAY - 70 * DAY) if each.amount > 50]
    free = [
        DaySpend(day=each.day, amount=Decimal(0))
        for each in weekly(400, MONDAY - 70 * DAY)
        if each.day.weekday() == 6
    ]
    known = sorted((*worked, *free, *sundays), key=lambda each: each.day)

    assert seasons_of(known).level > 0


def test_the_sums_ahead_are_those_of_the_days() -> None:
    fit = fit_of([1.0] * 30, range(700_000, 700_030))

    assert fit.ahead(3) == pytest.approx([1, 2, 3], rel=0.001)


def restless(number: int, *, since: int, none_on: tuple[int, ...] = ()) -> list[float]:
    """Give days that grow, with a week, without order, and one freak near the end."""
    week = (1.2, 1.3, 1.1, 1.0, 1.15, 0.45, 0.35)
    plain = [
        100 * 1.008**n * week[(n + since) % 7] * (1 + 0.3 * math.sin(n * n))
        for n in range(number)
    ]
    freak = {number - 9: 5000.0} | dict.fromkeys(none_on, 0.0)
    return [freak.get(n, round(each, 2)) for n, each in enumerate(plain)]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the estimate gives for some days."""

    days: list[float]
    level: float
    week: tuple[float, ...]
    growth: float
    noise: float
    ahead: tuple[float, ...]


LONG = Measured(
    days=restless(60, since=0),
    level=164.337082,
    week=(1.222986, 0.473629, 0.362054, 1.120919, 1.417323, 1.322873, 1.080216),
    growth=0.00122517,
    noise=0.08263224,
    ahead=(0.98967209, 1.37338692, 1.66703625, 2.57716180),
)
WITHOUT_GROWTH = Measured(
    days=restless(25, since=3),
    level=108.708316,
    week=(1.242631, 1.216080, 0.955364, 1.103051, 1.547055, 0.594387, 0.341432),
    growth=0,
    noise=0.14663443,
    ahead=(0.45668009, 0.90360241, 1.25470864, 1.66009173),
)
HARDLY_TWO_WEEKS = Measured(
    days=restless(16, since=1, none_on=(3,)),
    level=83.219118,
    week=(1.120847, 0.095349, 0.617324, 0.302584, 1.159819, 2.428879, 1.275199),
    growth=0,
    noise=0.13371199,
    ahead=(0.23550687, 0.25554111, 0.38525018, 0.44882767),
)


# By themselves these figures are neither right nor wrong; they are what was measured
# against real series (docs/forecast.md), and one that moves has to be meant.
@pytest.mark.parametrize("measured", [LONG, WITHOUT_GROWTH, HARDLY_TWO_WEEKS])
def test_restless_days_give_the_figures_that_were_measured(measured: Measured) -> None:
    known = days(measured.days, MONDAY)

    found = seasons_of(known)
    _, ratios = ratios_of(known)
    fit = fit_of(ratios, [each.day.toordinal() for each in known])

    assert float(found.level) == pytest.approx(measured.level, rel=1e-6)
    week = tuple(float(each) for each in found.weekdays)
    assert week == pytest.approx(measured.week, rel=1e-5)
    assert found.growth == pytest.approx(measured.growth, rel=1e-4)
    assert found.noise == pytest.approx(measured.noise, rel=1e-5)
    assert tuple(fit.ahead(4)) == pytest.approx(measured.ahead, rel=1e-6)


def test_where_every_fourth_day_costs_no_weekday_stands_out() -> None:
    found = seasons_of(days([0, 0, 0, 50] * 14, MONDAY))

    assert set(found.weekdays) == {1}
    assert found.level > 0
