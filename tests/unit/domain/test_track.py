"""A limit that follows healthy spend: how far off it is, when it moves and holds."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from service.domain.healthy import Healthy, healthy_of
from service.domain.history import DaySpend
from service.domain.track import Seen, Terms, fastest_allowed, held, room_of, target_of
from service.domain.track_state import Hold, HoldReason, Release, TrackState

NOW = datetime(2026, 8, 12, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TERMS = Terms(headroom=2 * DAY)
FREE = TrackState()


def days(number: int, amount: int = 100) -> list[DaySpend]:
    last = NOW.date()
    return [
        DaySpend(day=last - back * DAY, amount=Decimal(amount))
        for back in range(number, 0, -1)
    ]


def usual(number: int = 28, amount: int = 100, planned: int = 160) -> Healthy:
    return healthy_of(days(number, amount), Decimal(planned), NOW)


def seen(
    *, spend: int = 1000, limit: int | None = 1200, window: int | None = 12
) -> Seen:
    return Seen(
        now=NOW,
        spend=Decimal(spend),
        limit=None if limit is None else Decimal(limit),
        window=None if window is None else Decimal(window),
        day=Decimal(100),
        healthy=usual(),
    )


def held_since(hours: int, fastest: int = 300) -> TrackState:
    return TrackState(
        hold=Hold(
            since=NOW - hours * HOUR, why=HoldReason.PACE, fastest=Decimal(fastest)
        )
    )


def released(hours: int, pace: int = 300) -> TrackState:
    return TrackState(release=Release(at=NOW - hours * HOUR, pace=Decimal(pace)))


def cents(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(Decimal("0.01"))


def test_time_costs_what_its_days_usually_cost_evenly_over_their_hours() -> None:
    healthy = usual()

    assert cents(healthy.between(NOW, NOW + 6 * HOUR)) == 25
    assert cents(healthy.between(NOW, NOW + 2 * DAY)) == 200
    assert healthy.between(NOW, NOW) == 0


def test_a_weekend_that_costs_less_needs_less() -> None:
    week = [
        replace(each, amount=Decimal(20 if each.day.weekday() > 4 else 100))
        for each in days(56)
    ]
    healthy = healthy_of(week, Decimal(100), NOW)
    saturday = datetime(2026, 8, 15, tzinfo=UTC)

    assert healthy.between(saturday, saturday + 2 * DAY) < 60
    assert healthy.between(saturday - 2 * DAY, saturday) > 160


def test_in_the_first_week_the_budget_is_believed_as_well() -> None:
    assert usual(0).day(NOW) == 160
    assert usual(6).day(NOW) == 160
    assert usual(6, amount=500).day(NOW) > 400
    assert cents(usual(7).day(NOW)) == 100


@pytest.mark.parametrize(("back", "is_new"), [(21, False), (22, True)])
def test_it_takes_seven_of_the_last_28_days_to_be_new_no_more(
    back: int, *, is_new: bool
) -> None:
    known = [replace(each, day=each.day - back * DAY) for each in days(7)]

    assert healthy_of(known, Decimal(160), NOW).is_new is is_new


def test_who_spent_nothing_for_weeks_can_begin_again() -> None:
    assert usual(28, amount=0).day(NOW) == 8


def test_days_long_past_and_today_say_nothing() -> None:
    long_ago = [replace(each, day=each.day - 60 * DAY) for each in days(28)]
    today = [DaySpend(day=date(2026, 8, 12), amount=Decimal(9000))]

    assert healthy_of([*long_ago, *today], Decimal(160), NOW).day(NOW) == 160


def test_the_room_is_what_the_headroom_needs_and_a_fifth_more() -> None:
    assert cents(room_of(TERMS, seen())) == 240
    assert cents(room_of(Terms(headroom=12 * HOUR), seen())) == 60


@pytest.mark.parametrize(
    ("day", "room"), [(None, 240), (50, 240), (150, 360), (500, 480)]
)
def test_a_lively_day_widens_it_at_most_twice(day: int | None, room: int) -> None:
    lively = replace(seen(), day=None if day is None else Decimal(day))

    assert cents(room_of(TERMS, lively)) == room


def test_where_nothing_is_planned_or_known_there_is_no_room() -> None:
    nothing = replace(seen(), healthy=healthy_of([], Decimal(0), NOW))

    assert room_of(TERMS, nothing) == 0


def test_it_stays_until_most_of_the_room_is_used() -> None:
    assert target_of(TERMS, FREE, seen(limit=1066)) is None
    assert cents(target_of(TERMS, FREE, seen(limit=1064))) == 1240


def test_it_comes_down_only_from_far_above() -> None:
    assert target_of(TERMS, FREE, seen(limit=1430)) is None
    assert cents(target_of(TERMS, FREE, seen(limit=1440))) == 1240


@pytest.mark.parametrize(
    ("limit", "moves"),
    [("1064.79", True), ("1064.80", False), ("1432.00", False), ("1432.01", True)],
)
def test_on_the_very_bounds_it_stays(limit: str, *, moves: bool) -> None:
    flat = Healthy(seasons=None, planned=Decimal(100), is_new=True)
    now = replace(seen(), limit=Decimal(limit), healthy=flat)

    assert target_of(TERMS, FREE, now) == (1240 if moves else None)


def test_without_a_limit_it_sets_one() -> None:
    assert cents(target_of(TERMS, FREE, seen(limit=None))) == 1240


def test_it_stays_between_floor_and_ceiling() -> None:
    floored = replace(TERMS, floor=Decimal(2000))
    bounded = replace(TERMS, ceiling=Decimal(1100))

    assert target_of(floored, FREE, seen(limit=1010)) == 2000
    assert target_of(floored, FREE, seen(limit=2000)) is None
    assert target_of(bounded, FREE, seen(limit=1050)) == 1100
    assert target_of(bounded, FREE, seen(spend=1099, limit=1100)) is None


@pytest.mark.parametrize(
    ("state", "now", "why"),
    [
        (FREE, seen(window=50), None),
        (FREE, seen(window=51), HoldReason.PACE),
        (FREE, seen(window=None), None),
        (FREE, seen(spend=1199), None),
        (FREE, seen(spend=1200), HoldReason.LIMIT_REACHED),
        (FREE, seen(limit=None), None),
        (released(23, pace=300), seen(window=370), None),
        (released(23, pace=300), seen(window=376), HoldReason.PACE),
        (released(24, pace=300), seen(window=51), HoldReason.PACE),
        (released(1, pace=1), seen(window=50), None),
    ],
)
def test_it_holds_when_spend_leaves_its_pace_or_reaches_the_limit(
    state: TrackState, now: Seen, why: HoldReason | None
) -> None:
    hold = held(state, now).hold

    assert (None if hold is None else hold.why) == why
    assert hold is None or hold.since == NOW


def test_while_it_holds_nothing_moves_and_it_never_ends_by_itself() -> None:
    state = held_since(1000)

    assert target_of(TERMS, state, seen(limit=1001)) is None
    hold = held(state, seen()).hold
    assert hold is not None
    assert state.hold is not None
    assert replace(hold, limit=None) == state.hold


def test_it_remembers_the_fastest_hours_of_a_hold() -> None:
    hold = held(held_since(2, fastest=300), seen(window=400)).hold

    assert hold is not None
    assert hold.fastest == 400
    assert hold.limit == 1200
    slower = held(held_since(2), seen(window=None)).hold
    assert slower is not None
    assert slower.fastest == 300


def test_what_a_person_released_is_the_usual_pace_for_a_day() -> None:
    state = held_since(8, fastest=300).released(NOW)

    assert state == released(0, pace=300)
    assert fastest_allowed(state, seen()) == 375
    assert cents(fastest_allowed(released(24), seen())) == 50


def test_a_reached_limit_that_was_released_holds_no_more_until_it_has_moved() -> None:
    reached = seen(spend=1200, limit=1200)
    state = held(FREE, reached).released(NOW)

    assert held(state, reached).hold is None
    assert held(state, seen(spend=1300, limit=1300)).hold is not None
    later = replace(reached, now=NOW + DAY)
    assert held(state, later).hold is not None


def test_after_a_release_it_is_filled_up_sooner() -> None:
    assert target_of(TERMS, released(30), seen(limit=1110)) is None
    assert cents(target_of(TERMS, released(1), seen(limit=1110))) == 1240


def test_releasing_what_does_not_hold_changes_nothing() -> None:
    assert FREE.released(NOW) is FREE
