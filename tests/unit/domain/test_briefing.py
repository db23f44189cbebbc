from datetime import date, timedelta
from decimal import Decimal

import pytest

from service.domain.briefing import (
    burn_rate,
    burners_of,
    exposure,
    headroom,
    hours_left,
    seconds,
    with_limit,
)
from service.domain.check import Observation
from service.domain.evaluation import evaluate
from service.domain.notification import Burner, Figures
from service.domain.usage import Failure, SpendLimit, UsageSnapshot
from tests.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    Fields,
    book,
    cents_row,
    euros,
    failure,
    limit,
    memory,
    observation,
    organization,
    policy_set,
    report,
    report_of,
    sighting,
    snapshot,
    state,
)


@pytest.mark.parametrize(
    ("seen", "spend", "expected"),
    [
        pytest.param([], 1000, None, id="nothing seen before"),
        pytest.param([observation(NOON - 2 * HOUR, 900)], 1000, 50, id="two hours"),
        pytest.param(
            [observation(NOON - 25 * HOUR, 0), observation(NOON - DAY, 760)],
            1000,
            10,
            id="the last day and no more",
        ),
        pytest.param(
            [observation(NOON - 5 * HOUR, None), observation(NOON - HOUR, 990)],
            1000,
            10,
            id="unknown figures are passed over",
        ),
        pytest.param(
            [observation(NOON - 9 * MINUTE, 0)], 1000, None, id="minutes are noise"
        ),
        pytest.param(
            [observation(NOON - 10 * MINUTE, 990)], 1000, 60, id="ten are a pace"
        ),
        pytest.param(
            [observation(NOON - HOUR, 1100)], 1000, 0, id="a refund burns nothing"
        ),
        pytest.param([observation(NOON - HOUR, 900)], None, None, id="no figure now"),
    ],
)
def test_the_burn_rate_is_spend_an_hour_over_the_last_day(
    seen: list[Observation], spend: int | None, expected: int | None
) -> None:
    amount = None if spend is None else Decimal(spend)

    assert burn_rate(amount, seen, NOON) == expected


def test_last_months_spend_is_no_pace_of_this_one() -> None:
    start = NOON.replace(day=1, hour=0)
    seen = (observation(start - HOUR, 5000), observation(start, 10))
    looked_at = snapshot(40, at=start + HOUR)
    found = evaluate(
        policy_set(),
        organization(),
        looked_at,
        memory(observations=seen),
        now=start + HOUR,
    )

    assert found.figures.burn_rate == euros(30)


def test_a_pace_is_counted_in_whole_seconds() -> None:
    assert seconds(timedelta(seconds=7, milliseconds=999)) == 7


@pytest.mark.parametrize(
    ("spend", "of", "expected"),
    [
        (Decimal(1000), limit(5000), 4000),
        (Decimal(6000), limit(5000), -1000),
        (Decimal(1000), limit(None), None),
        (Decimal(1000), None, None),
        (None, limit(5000), None),
    ],
)
def test_headroom_needs_a_figure_and_a_limit(
    spend: Decimal | None, of: SpendLimit | None, expected: int | None
) -> None:
    assert headroom(spend, of) == expected


@pytest.mark.parametrize(
    ("left", "rate", "expected"),
    [
        (Decimal(100), Decimal(50), 2),
        (Decimal(-5), Decimal(50), 0),
        (Decimal(100), Decimal(0), None),
        (Decimal(100), None, None),
        (None, Decimal(50), None),
    ],
)
def test_hours_left_is_untold_where_nothing_burns(
    left: Decimal | None, rate: Decimal | None, expected: int | None
) -> None:
    assert hours_left(left, rate) == expected


def test_exposure_is_what_burns_before_the_next_check_sees_it() -> None:
    assert exposure(Decimal(60), 10 * MINUTE, 5 * MINUTE) == 15
    assert exposure(None, 10 * MINUTE, 5 * MINUTE) is None
    assert exposure(Decimal(60), None, 5 * MINUTE) is None


def figures(seen: UsageSnapshot | None = None, **known: Fields) -> Figures:
    remembered = memory(
        state(**known),
        observations=(observation(NOON - 2 * HOUR, 900),),
        check_interval=6 * MINUTE,
    )
    taken = seen or snapshot()
    return evaluate(policy_set(), organization(), taken, remembered, now=NOON).figures


def test_a_message_stands_on_figures_with_their_age() -> None:
    assert figures() == Figures(
        state="known",
        spend=euros(1000),
        as_of=NOON,
        age_seconds=0,
        limit="10000.00 EUR",
        headroom=euros(9000),
        burn_rate=euros(50),
        hours_left=Decimal(180),
        exposure=euros(5),
        forecast=Failure(
            reason="not_enough_data",
            detail="a forecast needs 7 whole days of the last 28, and 0 are known",
        ),
    )


def test_the_last_good_figure_never_stands_for_the_present_one() -> None:
    lost = snapshot(limit=failure(), usage=failure())
    found = figures(lost, last_good=sighting(900, NOON - HOUR))

    assert (found.spend, found.headroom, found.limit) == (None, None, None)
    assert found.age_seconds is None
    assert found.reason == (
        "no answer in 10 s; the last good figure is 900.00 EUR of 2026-08-20 11:00 UTC"
    )
    assert figures(lost, last_good=None).reason == "no answer in 10 s"


def test_figures_follow_a_limit_that_was_moved() -> None:
    moved = with_limit(figures(), limit(2000))

    assert (moved.limit, moved.headroom) == ("2000.00 EUR", euros(1000))
    assert moved.hours_left == 20
    assert with_limit(figures(), None) == figures()
    assert with_limit(Figures(state="unknown"), limit(1)) == Figures(state="unknown")
    slow = with_limit(Figures(state="known", spend=euros(1)), limit(2))
    assert slow.hours_left is None


TODAY = date(2026, 8, 20)


def test_who_burns_most_now_comes_first() -> None:
    usage = report(
        cents_row(900, model="steady", day=TODAY - timedelta(days=9)),
        cents_row(50, model="runaway", day=TODAY),
        cents_row(20, model="runaway", day=TODAY - timedelta(days=1)),
        cents_row(60, model="busy", day=TODAY, category="ocr"),
        cents_row(1, model="small", day=TODAY - timedelta(days=2)),
        cents_row(0, model="idle", day=TODAY),
    )
    looked_at = book(snapshot(usage=usage, usage_by_workspace={"search": report_of(7)}))

    assert burners_of(looked_at, "EUR", ["search", "lost"], NOON) == (
        burner("category", "completion", 971, 50, 20),
        burner("category", "ocr", 60, 60, 0),
        burner("model", "runaway", 70, 50, 20),
        burner("model", "busy", 60, 60, 0),
        burner("model", "steady", 900, 0, 0),
        burner("workspace", "search", 7, 7, 0),
    )


def burner(dimension: str, name: str, spend: int, today: int, yesterday: int) -> Burner:
    return Burner(
        dimension=dimension,
        name=name,
        spend=euros(spend),
        today=euros(today),
        yesterday=euros(yesterday),
    )
