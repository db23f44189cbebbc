"""`track:` from the figures of a check to the limit, over many checks."""

from dataclasses import replace

import pytest

from service.domain.alert import AlertKind, AlertState
from service.domain.decision import Decision
from service.domain.events import change_sentence
from service.domain.guard import Guardrails
from service.domain.limit_change import ChangeKind, LimitChange
from service.domain.notification import EventKind
from service.domain.policy_doubts import policy_doubts
from service.domain.track_state import HoldReason, TrackState
from service.domain.tracking import tracking_policy
from service.domain.usage import UsageReport
from tests.builders import (
    HOUR,
    NOON,
    Fields,
    capping,
    failure,
    limit,
    policy,
    policy_set,
    raising,
    reading,
    row,
    threshold,
)
from tests.unit.domain.daily import DAY
from tests.unit.domain.tracked import TRACK, hold_of, look, month, tracking


def change_of(decision: Decision) -> LimitChange:
    assert decision.change is not None
    return decision.change


def skipped(decision: Decision) -> list[tuple[str, str]]:
    return [(each.kind.value, each.reason) for each in decision.skipped]


def test_the_limit_is_filled_up_to_what_the_headroom_needs() -> None:
    watched = tracking()

    change = change_of(look(watched))

    assert (change.kind, change.policy_id) == (ChangeKind.TRACK, "acme-monthly")
    assert (change.threshold_id, change.alert_id) == (None, None)
    assert watched.limit == limit(2190)
    assert "acme-monthly follows healthy spend" in change_sentence(change)
    assert look(watched).change is None


def test_far_above_it_comes_down() -> None:
    watched = tracking(of=9000)

    look(watched)

    assert watched.limit.amount is not None
    assert watched.limit.amount.amount in {2189, 2190}


def test_where_there_is_no_limit_it_sets_one() -> None:
    watched = tracking(of=None)

    look(watched)

    assert watched.limit in {limit(2189), limit(2190)}


@pytest.mark.parametrize(
    ("bounds", "of"),
    [({"floor": "10%", "ceiling": "41%"}, 2050), ({"floor": "60%"}, 3000)],
)
def test_floor_and_ceiling_are_shares_of_the_budget_too(
    bounds: dict[str, str], of: int
) -> None:
    watched = tracking(of=2000)
    watched.policies = policy_set(policy(track=TRACK | bounds))

    look(watched)

    assert watched.limit == limit(of)


def test_its_raises_count_among_the_automatic_ones() -> None:
    watched = tracking(guardrails={"max_changes_per_day": 1})
    look(watched)

    decision = look(watched, 2180, after=2 * HOUR)

    assert decision.change is None
    assert ("track", "guardrail") in skipped(decision)


def test_a_skip_is_recorded_and_told_once_and_anew_for_the_next_wish() -> None:
    watched = tracking(guardrails={"max_limit": 2000})

    first, second = look(watched, 1990), look(watched, 1991)

    assert skipped(first) == [("track", "guardrail")]
    assert skipped(second) == []
    (told,) = (
        t for t in watched.all_told if t.event.kind is EventKind.LIMIT_CHANGE_SKIPPED
    )
    assert "it does not follow the spend (guardrail)" in told.event.detail
    watched.limit = limit(2190)
    watched.memory = replace(
        watched.memory,
        state=replace(watched.memory.state, reference=watched.limit),
    )
    look(watched, 1992)
    assert watched.memory.state.track.skips == ()


def test_observing_it_records_what_it_would_do_and_holds_nothing() -> None:
    watched = tracking(mode="observe")

    first, second = look(watched), look(watched, 2001)

    assert first.change is None
    assert skipped(first) == [("track", "observe_mode")]
    assert first.skipped[0].after == limit(2190)
    assert skipped(second) == []
    assert hold_of(watched) is None


def test_observing_it_records_a_wish_that_is_not_allowed_either() -> None:
    watched = tracking(mode="observe", guardrails={"max_changes_per_day": 0})

    assert look(watched).skipped[0].after is None


@pytest.mark.parametrize(
    "doubt",
    [
        pytest.param({"usage": failure()}, id="usage that cannot be read"),
        pytest.param({"limit": failure()}, id="a limit that cannot be read"),
        pytest.param(
            {"limit": failure(), "usage": failure()}, id="a spend that is not known"
        ),
        pytest.param({"limit": reading(0)}, id="a total of zero beside rows that cost"),
    ],
)
def test_what_is_not_known_moves_and_holds_nothing(doubt: Fields) -> None:
    watched = tracking()

    assert look(watched, **doubt).change is None
    assert hold_of(watched) is None


def test_a_spend_with_something_unpriced_raises_nothing_and_begins_no_hold() -> None:
    watched = tracking()
    seen = month(1950)
    unpriced = row(5, billing_metric="new", day=NOON.date())
    assert isinstance(seen.usage, UsageReport)
    usage = replace(seen.usage, rows=(*seen.usage.rows, unpriced))

    decision = look(watched, usage=usage)

    assert decision.change is None
    assert skipped(decision) == [("track", "doubtful_data")]
    look(watched, 2000, usage=usage)
    assert hold_of(watched) is None


def test_a_drift_holds_it_in_both_directions() -> None:
    watched = tracking(of=2000)
    watched.limit = limit(9000)

    decision = look(watched)

    assert decision.change is None
    assert ("track", "drift") in skipped(decision)


def test_a_reached_limit_holds_it_until_a_person_releases_it() -> None:
    watched = tracking()

    decision = look(watched, 2000)

    assert decision.change is None
    assert hold_of(watched) is HoldReason.LIMIT_REACHED
    alert = watched.alert(AlertKind.TRACKING_HELD)
    assert alert is not None
    assert alert.state is AlertState.FIRING
    assert "the limit is reached" in alert.reason
    assert "spendguard limit release" in alert.reason
    assert look(watched, 2000, after=DAY).change is None

    known = watched.memory.state
    released = replace(known, track=known.track.released(watched.now))
    watched.memory = replace(watched.memory, state=released)
    assert look(watched, 2000).change is not None
    assert watched.state_of(AlertKind.TRACKING_HELD) is AlertState.RESOLVED


def test_a_policy_that_only_observes_from_now_on_holds_nothing_any_more() -> None:
    watched = tracking()
    look(watched, 2000)
    watched.policies = policy_set(policy(track=TRACK, mode="observe"))

    look(watched, 2000)

    assert hold_of(watched) is None


def test_a_pace_far_above_the_usual_holds_it() -> None:
    watched = tracking(of=2150)
    for hour in range(4):
        look(watched, 1950 + 5 * hour, after=HOUR)
    assert hold_of(watched) is None

    look(watched, 2040, after=HOUR)

    assert hold_of(watched) is HoldReason.PACE
    alert = watched.alert(AlertKind.TRACKING_HELD)
    assert alert is not None
    assert "spend left its usual pace" in alert.reason


def test_a_gap_in_the_checks_tells_no_pace() -> None:
    watched = tracking(of=2150)
    look(watched, 1950)
    look(watched, 2040, after=5 * HOUR)

    assert hold_of(watched) is None
    look(watched, 2045, after=HOUR)
    assert hold_of(watched) is None


def test_a_cap_wins_over_it_and_bounds_it() -> None:
    watched = tracking({"id": "stop", "spend": 1000, "then": capping(1960)}, of=2000)

    decision = look(watched)

    assert change_of(decision).kind is ChangeKind.CAP
    assert ("track", "guardrail") in skipped(decision)


def test_it_wins_over_a_raise() -> None:
    watched = tracking({"id": "more", "spend": 1000, "then": raising(900)}, of=2000)

    decision = look(watched)

    assert change_of(decision).kind is ChangeKind.TRACK
    assert ("raise", "superseded") in skipped(decision)


def test_without_a_policy_that_asks_nothing_follows_and_nothing_is_remembered() -> None:
    watched = tracking()
    look(watched, 2000)
    assert hold_of(watched) is not None
    watched.policies = policy_set(policy(threshold()))

    look(watched, 2000)

    assert tracking_policy(watched.policies, "acme") is None
    assert watched.memory.state.track == TrackState()


@pytest.mark.parametrize(
    ("track", "rails", "at"),
    [
        ({"headroom": "2d"}, {}, ["track"]),
        ({"headroom": "2d", "ceiling": 100}, {}, []),
        ({"headroom": "2d"}, {"max_limit": 9}, []),
        ({"headroom": "2d", "floor": 10}, {"max_limit": 9}, ["track.floor"]),
        ({"headroom": "2d", "ceiling": 5}, {"min_limit": 9}, ["track.ceiling"]),
        ({"headroom": "2d", "ceiling": 5}, {"max_changes_per_day": 0}, ["track"]),
        ({"headroom": "2d", "ceiling": 5}, {"max_raise_per_period": 0}, ["track"]),
    ],
)
def test_what_it_can_never_do_is_a_doubt(
    track: Fields, rails: Fields, at: list[str]
) -> None:
    doubts = policy_doubts(policy(track=track), Guardrails.model_validate(rails))

    assert [".".join(map(str, path)) for path, _ in doubts] == at
