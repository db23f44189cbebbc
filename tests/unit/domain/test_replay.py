"""The limit of a replay is its own, and what it remembers is what storage keeps."""

from dataclasses import replace
from decimal import Decimal

from service.domain.alert import AlertKind, AlertState
from service.domain.decision import Memory
from service.domain.limit_change import LimitChange
from service.domain.policy import Threshold
from service.domain.replay import Replay
from service.domain.replay_acts import keep_drift, release_hold
from service.domain.track_state import Hold, HoldReason, TrackState
from tests.builders import (
    DAY,
    HOUR,
    NOON,
    alert,
    capping,
    change,
    failure,
    limit,
    memory,
    organization,
    policy,
    policy_set,
    snapshot,
    state,
    threshold,
)

STOP = threshold(id="stop", spend="100%", then=capping())


def replay_of(*thresholds: Threshold, start: Memory | None = None) -> Replay:
    policies = policy_set(policy(*thresholds))
    return Replay(policies, organization(), memory=start)


def test_a_change_of_the_replay_stands_where_the_limit_never_moved() -> None:
    replay = replay_of(STOP)
    replay.step(snapshot(4900))
    assert replay.limit == limit(10_000)

    replay.step(snapshot(5000, at=NOON + HOUR))
    after = replay.step(snapshot(5001, at=NOON + 2 * HOUR))

    assert replay.limit == limit(5000)
    assert after.check.limit == limit(5000)
    assert [each.kind for each in after.alerts if each.is_health] == [
        AlertKind.LIMIT_REACHED
    ]


def test_a_limit_that_the_live_service_moved_is_no_news() -> None:
    replay = replay_of(STOP)
    replay.step(snapshot(1000, 2000))

    replay.foresee(limit(2500))
    moment = replay.step(snapshot(1000, 2500, at=NOON + HOUR))

    assert replay.limit == limit(2000)
    assert moment.check.limit == limit(2000)
    assert moment.decision.state.drift is None


def test_a_limit_that_anybody_else_moved_is_where_the_replay_goes_on() -> None:
    replay = replay_of(STOP)
    replay.step(snapshot(1000, 2000))

    moment = replay.step(snapshot(1000, 2500, at=NOON + HOUR))

    assert replay.limit == limit(2500)
    assert moment.decision.state.drift is not None


def test_a_limit_that_cannot_be_read_leaves_the_limit_of_the_replay() -> None:
    replay = replay_of(STOP)
    replay.step(snapshot(1000, 2000))

    moment = replay.step(snapshot(1000, at=NOON + HOUR, limit=failure()))

    assert replay.limit == limit(2000)
    assert moment.check.limit is None


def test_a_person_may_set_the_limit_before_anything_was_observed() -> None:
    replay = replay_of(STOP)

    replay.changed_by_person(by_alice())

    assert replay.limit == limit(600)
    (kept,) = replay.memory.changes(NOON)
    assert kept == by_alice()


def by_alice() -> LimitChange:
    return change(requested_by="key:alice")


def test_what_has_ended_long_ago_is_forgotten() -> None:
    ended = change(planned_at=NOON - 60 * DAY)
    lasts = change(id="lc_2", planned_at=NOON - 60 * DAY, expires_at=NOON + DAY)
    old = alert(
        "half",
        period="2026-06",
        state="resolved",
        pending_at=None,
        fired_at=None,
        resolved_at=NOON - 60 * DAY,
    )
    replay = replay_of(STOP, start=memory(None, old, changes=(ended, lasts)))

    assert replay.memory.alerts(NOON) == {}
    assert replay.memory.changes(NOON) == (lasts,)
    assert replay.memory.alerts(NOON - 30 * DAY) == {old.key: old}


def test_a_new_firing_comes_after_all_that_fired_before_it() -> None:
    first, second = alert("half"), alert("stop")
    replay = replay_of(STOP, start=memory(None, first, second))

    replay.memory.save_alert(alert("half", firing=2))

    known = replay.memory.alerts(NOON)
    assert [each.threshold_id for each in known] == ["stop", "half"]


def test_a_release_ends_the_alert_of_a_hold_and_nothing_where_none_is() -> None:
    held = Hold(since=NOON, why=HoldReason.PACE, fastest=Decimal(10))
    told = alert(
        AlertKind.TRACKING_HELD.value, policy_id="", scope="", period="", firing=1
    )
    over = replace(told, state=AlertState.RESOLVED)
    for known, state_after in ((told, AlertState.RESOLVED), (over, over.state)):
        start = memory(state(track=TrackState(hold=held)), known)
        replay = replay_of(STOP, start=start)

        release_hold(replay.memory, actor="key:bob", now=NOON + HOUR)

        assert replay.memory.state.track.hold is None
        assert replay.memory.alerts(NOON)[told.key].state is state_after
    empty = replay_of(STOP)
    release_hold(empty.memory, actor="key:bob", now=NOON)
    keep_drift(empty.memory, actor="key:bob", now=NOON)
    assert empty.memory.alerts(NOON) == {}
