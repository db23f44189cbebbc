import math
from datetime import date

import pytest

from service.domain.hindsight import spread_of
from service.domain.history import DaySpend
from tests.unit.domain.daily import days

TODAY = date(2026, 8, 21)


def wavy(number: int) -> list[DaySpend]:
    """Give fortnights of plenty after fortnights of little."""
    return days([100 if index // 14 % 2 else 200 for index in range(number)], TODAY)


def test_without_a_past_it_is_the_days_that_tell_how_far_it_may_be_off() -> None:
    few = days([100] * 8, TODAY)

    assert spread_of(few, 2, 0.1) == pytest.approx(1.4 * 0.1 * 2**0.2)
    assert spread_of(few, 2, 0.2) == pytest.approx(2 * spread_of(few, 2, 0.1))


def test_with_a_past_it_is_how_far_off_it_would_have_been() -> None:
    steady, upset = days([100] * 200, TODAY), wavy(200)

    assert spread_of(steady, 10, 0.02) < 0.05
    # Half of the time twice as much comes as was expected, or half as much.
    assert 0.4 < spread_of(upset, 10, 0.02) < 0.8


def test_further_ahead_less_is_known() -> None:
    drifting = days((100 * 1.03 ** (index % 60) for index in range(200)), TODAY)

    assert spread_of(drifting, 2, 0.02) < spread_of(drifting, 20, 0.02)


def test_only_stretches_that_are_known_whole_are_held_against_it() -> None:
    upset = wavy(120)
    every_other = upset[::2]

    assert spread_of(every_other, 10, 0.1) == pytest.approx(1.4 * 0.1 * 10**0.2)


def test_where_nothing_was_expected_and_nothing_came_it_was_right() -> None:
    assert spread_of(days([0] * 60, TODAY), 5, 0.01) < 0.01


def test_what_came_out_of_nothing_is_far_off_but_has_a_measure() -> None:
    sudden = days([0] * 60 + [100] * 30, TODAY)

    assert spread_of(sudden, 20, 0.01) <= math.log(20)
