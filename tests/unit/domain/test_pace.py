"""Pace over simulated weeks: what fires it, what does not, and when it cannot tell."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from service.domain.course import Course
from service.domain.pace import MOST, Pace, paces_of
from service.domain.usage import Failure
from service.simulator.curves import Curve, Flat, Growing, Healthy, Weekend
from tests.builders import DAY, HOUR, MINUTE
from tests.unit.domain.courses import (
    HEALTHY,
    MONDAY,
    SLOT,
    STEP,
    Weeks,
    late,
    sample,
)

WINDOW = timedelta(hours=3)
FOUR_WEEKS = MONDAY + 28 * DAY
FIVE, TWENTY = Decimal(5), Decimal(20)
WEEKS = Weeks.of(36)


def fires(found: tuple[Pace, ...] | Failure) -> bool:
    return not isinstance(found, Failure) and any(
        each.is_above(FIVE, TWENTY) for each in found
    )


def minutes_until_fired(weeks: Weeks, begun: datetime) -> int | None:
    checks = (begun + number * STEP for number in range(1, 13))
    for at, found in weeks.paces(checks):
        if fires(found):
            return (at - begun) // timedelta(minutes=1)
    return None


# Every seventh hour from Monday on: each hour of the day, on all days of the week.
@pytest.mark.parametrize("hour", range(0, 168, 7))
def test_a_loop_of_twenty_times_the_usual_fires_within_45_minutes(hour: int) -> None:
    begun = FOUR_WEEKS + hour * HOUR
    burning = WEEKS.with_loop(begun, 20)

    took = minutes_until_fired(burning, begun)

    assert took is not None
    assert took <= 45


@pytest.mark.parametrize(
    ("curves", "lump"),
    [
        pytest.param(HEALTHY, 1, id="office hours and weekends"),
        pytest.param(HEALTHY, 15, id="lumps of a quarter of an hour"),
        pytest.param(HEALTHY, 60, id="a report once an hour"),
        pytest.param((Healthy(noise=0.5),), 1, id="noisy hours"),
        pytest.param((Flat(), Weekend()), 1, id="batches at the weekend"),
        pytest.param((Healthy(), Growing(since=MONDAY, per_month=0.4)), 1, id="growth"),
    ],
)
def test_healthy_weeks_never_come_near(curves: tuple[Curve, ...], lump: int) -> None:
    weeks = Weeks.of(36, curves=curves)
    # A week that begins on a Monday and lies over a month's turn.
    checks = (FOUR_WEEKS + number * SLOT for number in range(4, 7 * 96, 3))

    found = list(weeks.paces(checks, lump=lump))

    told = [each for _, each in found if not isinstance(each, Failure)]
    assert len(told) > len(found) * 9 // 10
    worst = max(pace.ratio for each in told for pace in each)
    assert worst < 4


def test_a_day_that_starts_half_an_hour_early_does_not_fire() -> None:
    early = Weeks(
        spent=tuple(
            WEEKS.spent[min(index + 6, len(WEEKS.spent) - 1)]
            if index > 28 * 288
            else spent
            for index, spent in enumerate(WEEKS.spent)
        )
    )
    checks = (FOUR_WEEKS + HOUR + number * SLOT for number in range(92))

    assert not any(fires(found) for _, found in early.paces(checks))


def test_it_takes_two_weeks_of_observations() -> None:
    for days, is_enough in ((13, False), (14, True)):
        now = MONDAY + days * DAY + 12 * HOUR
        since = now - days * DAY - 2 * STEP
        course = WEEKS.course(now, since=since).with_samples([WEEKS.sample(now)])

        found = paces_of(course, WINDOW, now)

        assert isinstance(found, tuple) is is_enough
        if isinstance(found, Failure):
            assert found.reason == "not_enough_data"
            assert "14 days are needed" in found.detail


def test_without_any_observation_there_is_no_pace() -> None:
    found = paces_of(Course(), WINDOW, FOUR_WEEKS)

    assert isinstance(found, Failure)
    assert found.reason == "not_enough_data"


def test_days_without_a_sample_do_not_count() -> None:
    now = FOUR_WEEKS + 12 * HOUR
    recent = WEEKS.course(now, since=now - 3 * DAY)
    course = Course([sample(MONDAY, "1")], before=None).with_samples(
        WEEKS.sample(now - 3 * DAY + number * SLOT) for number in range(3 * 96 + 1)
    )
    assert recent.days_seen < 14

    found = paces_of(course, WINDOW, now)

    assert isinstance(found, Failure)
    assert "days are needed" in found.detail


def test_a_figure_that_moves_more_coarsely_than_a_third_of_the_window_tells_nothing() -> (  # noqa: E501 - the sentence
    None
):
    now = FOUR_WEEKS + 12 * HOUR
    course = WEEKS.course(now, lump=120).with_samples([WEEKS.sample(now, late, 120)])

    found = paces_of(course, WINDOW, now)

    assert isinstance(found, Failure)
    assert found.reason == "not_enough_data"
    assert "every 2 h, more coarsely than a third" in found.detail


def test_where_the_figure_is_coarse_only_the_whole_window_is_looked_at() -> None:
    now = FOUR_WEEKS + 12 * HOUR
    for lump, parts in ((1, 2), (15, 2), (60, 1)):
        seen = WEEKS.sample(now, late, lump)
        course = WEEKS.course(now, lump=lump).with_samples([seen])

        found = paces_of(course, WINDOW, now)

        assert isinstance(found, tuple)
        windows = [each.window for each in found]
        assert windows == [WINDOW, WINDOW / 4][:parts]


@pytest.mark.parametrize(
    ("minutes", "parts"),
    [
        pytest.param(20, 2, id="a third of a quarter, and five minutes"),
        pytest.param(25, 1, id="more than that"),
        pytest.param(65, 1, id="a third of the window, and five minutes"),
        pytest.param(70, 0, id="more than that as well"),
    ],
)
def test_how_coarse_the_figure_may_be_is_allowed_five_minutes(
    minutes: int, parts: int
) -> None:
    now = FOUR_WEEKS
    course = Course(
        sample(MONDAY + number * STEP, str(number * 5 // minutes))
        for number in range(28 * 288 + 1)
    )

    found = paces_of(course, WINDOW, now)

    assert (0 if isinstance(found, Failure) else len(found)) == parts


def test_where_the_quarters_beginning_was_not_seen_the_whole_window_is_looked_at() -> (
    None
):
    now = FOUR_WEEKS + 12 * HOUR
    before = WEEKS.course(now - HOUR)
    course = before.with_samples(
        WEEKS.sample(now - by) for by in (25 * MINUTE, 0 * HOUR)
    )

    found = paces_of(course, WINDOW, now)

    assert isinstance(found, tuple)
    assert [each.window for each in found] == [WINDOW]


def test_a_window_whose_beginning_nobody_saw_is_unknown() -> None:
    now = FOUR_WEEKS + 12 * HOUR
    before = WEEKS.course(now - 5 * HOUR)
    course = before.with_samples([WEEKS.sample(now - HOUR), WEEKS.sample(now)])

    found = paces_of(course, WINDOW, now)

    assert isinstance(found, Failure)
    assert found.reason == "not_observed"


def test_fewer_than_three_earlier_windows_are_not_enough() -> None:
    now = FOUR_WEEKS + 12 * HOUR
    midnights = Course(sample(MONDAY + day * DAY, "0") for day in range(28))
    course = midnights.with_samples(
        sample(now - 4 * HOUR + number * SLOT, str(number)) for number in range(17)
    )

    found = paces_of(course, WINDOW, now)

    assert isinstance(found, Failure)
    assert "fewer than three" in found.detail


def test_a_past_window_with_a_gap_is_left_out() -> None:
    now = FOUR_WEEKS + 12 * HOUR
    gap_from, gap_until = now - 7 * DAY - 2 * HOUR, now - 7 * DAY + 5 * HOUR
    count = 28 * 96 + 48
    times = (MONDAY + number * SLOT for number in range(count + 1))
    whole = WEEKS.course(now).with_samples([WEEKS.sample(now)])
    course = Course(WEEKS.sample(at) for at in times if not gap_from < at < gap_until)

    gapless, gapped = (paces_of(each, WINDOW, now) for each in (whole, course))

    assert isinstance(gapless, tuple)
    assert isinstance(gapped, tuple)
    assert gapped[0].usual != gapless[0].usual
    assert abs(gapped[0].ratio - gapless[0].ratio) < 1


def test_hours_that_usually_cost_nothing_are_told_as_a_thousand_times() -> None:
    now = FOUR_WEEKS + 12 * HOUR
    times = (MONDAY + number * SLOT for number in range(28 * 96 + 48))
    idle = Course(sample(at, "0") for at in times)
    course = idle.with_samples([sample(now, "25")])

    found = paces_of(course, WINDOW, now)

    assert isinstance(found, tuple)
    assert (found[0].usual, found[0].ratio) == (Decimal(0), MOST)
    assert found[0].is_above(FIVE, TWENTY)
    assert not found[0].is_above(FIVE, Decimal(26))


def test_nothing_spent_where_nothing_is_usual_is_no_multiple() -> None:
    assert Pace(spent=Decimal(0), usual=Decimal(0), window=HOUR).ratio == 0


def test_a_ratio_is_cut_off_and_never_rounded_up_to_its_bound() -> None:
    pace = Pace(spent=Decimal("49.999"), usual=Decimal(10), window=HOUR)

    assert pace.ratio == Decimal("4.99")
    assert not pace.is_above(Decimal("4.9999"), TWENTY)
