"""A limit moved outside, from the first look to its end, as the policy says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.alert import AlertState
from service.domain.audit import AuditAction
from service.domain.notification import EventKind
from tests.builders import (
    DAY,
    HOUR,
    capping,
    failure,
    limit,
    organization,
    override,
    setting,
    threshold,
)
from tests.unit.domain.drifting import (
    CAP,
    FIRED,
    OUTSIDE,
    RAISE,
    RESOLVED,
    actions,
    log,
    moved,
    sentences,
    watching,
    with_state,
)


def test_ask_fires_once_and_says_what_a_person_can_do() -> None:
    watched = watching("ask")
    seen = moved(watched, limit_log=log(watched, "ada"))
    watched.check()

    (told,) = sentences(watched, FIRED)
    assert "from 10000.00 EUR to 12000.00 EUR by ada at 2026-08-20" in told
    assert "spendguard limit adopt --organization acme" in told
    assert "/api/v1/drift/acme/adopt" in told
    assert len(told) < 400
    assert watched.state_of(OUTSIDE) is AlertState.FIRING
    assert AuditAction.DRIFT_SEEN in actions(seen)
    drift = watched.memory.state.drift
    assert drift is not None
    assert (drift.who, drift.before) == ("ada", limit(10_000))
    assert watched.memory.state.reference == limit(10_000)


def test_raises_and_sets_upwards_and_the_baseline_wait_for_the_answer() -> None:
    up = threshold(id="up", spend=1, then=setting(20_000))
    watched = watching("ask", RAISE, up, baseline_limit=9000)
    watched.memory = with_state(watched, wants_baseline=True)
    decision = moved(watched)

    assert decision.change is None
    assert [each.reason for each in decision.skipped] == ["drift"] * 3
    assert watched.check().skipped == ()


def test_caps_go_on_and_end_the_question_where_they_go_below() -> None:
    watched = watching("ask", CAP)
    moved(watched)

    assert watched.limit == limit(9000)
    assert watched.state_of(OUTSIDE) is AlertState.RESOLVED
    (told,) = sentences(watched, RESOLVED)
    assert "(cap by system:scheduler)" in told
    assert watched.memory.state.reference == limit(9000)


def test_a_cap_above_the_reference_leaves_the_question_open() -> None:
    watched = watching("ask", threshold(id="stop", spend=1, then=capping(11_000)))
    moved(watched)
    watched.check()

    drift = watched.memory.state.drift
    assert watched.limit == limit(11_000)
    assert watched.state_of(OUTSIDE) is AlertState.FIRING
    assert drift is not None
    assert (drift.before, drift.observed) == (limit(10_000), limit(11_000))


def test_a_cap_goes_down_to_what_a_person_chose_before_and_no_further() -> None:
    watched = watching("ask", CAP)
    chosen = override(watched.now + DAY, 10_000)
    watched.memory = with_state(watched, override=chosen)
    moved(watched)

    assert watched.limit == limit(10_000)
    assert watched.state_of(OUTSIDE) is AlertState.RESOLVED


@pytest.mark.parametrize("of", [10_000, None])
def test_a_persons_choice_stands_where_it_is_not_overruled(of: int | None) -> None:
    watched = watching("ask", CAP)
    chosen = replace(override(watched.now + DAY), limit=limit(of))
    watched.memory = with_state(watched, reference=limit(of), override=chosen)
    decision = moved(watched, 9_500)

    assert [each.reason for each in decision.skipped] == ["overridden"]


def test_an_expired_choice_holds_no_cap_up() -> None:
    watched = watching("ask", CAP)
    watched.memory = with_state(watched, override=override(watched.now))
    moved(watched)

    assert watched.limit == limit(9000)


def test_a_reminder_comes_once_a_day_until_somebody_has_seen_it() -> None:
    watched = watching("ask")
    moved(watched)
    for _ in range(9):
        watched.check(after=6 * HOUR)
    assert len(sentences(watched, EventKind.REMINDER)) == 2

    key, seen = next((k, a) for k, a in watched.memory.alerts.items() if a.is_health)
    acknowledged = replace(seen, acknowledged_at=watched.now)
    alerts = dict(watched.memory.alerts) | {key: acknowledged}
    watched.memory = replace(watched.memory, alerts=alerts)
    watched.check(after=3 * DAY)
    assert len(sentences(watched, EventKind.REMINDER)) == 2


def test_it_is_told_that_the_limit_moved_once_more() -> None:
    watched = watching("ask")
    moved(watched, limit_log=log(watched, "ada"))
    moved(watched, 13_000, limit_log=log(watched, "eve"))
    watched.check()

    (told,) = sentences(watched, EventKind.UPDATED)
    assert "from 12000.00 EUR to 13000.00 EUR by eve" in told
    drift = watched.memory.state.drift
    assert drift is not None
    assert (drift.before, drift.observed) == (limit(10_000), limit(13_000))
    assert len(sentences(watched, FIRED)) == 1


def test_a_limit_that_is_back_by_itself_ends_it_and_is_told_as_that() -> None:
    watched = watching("ask", RAISE)
    moved(watched)
    back = moved(watched, 10_000)

    assert watched.state_of(OUTSIDE) is AlertState.RESOLVED
    assert "is back at 10000.00 EUR" in sentences(watched, RESOLVED)[0]
    assert AuditAction.DRIFT_ENDED in actions(back)
    # Nothing holds the raise any more.
    assert watched.limit == limit(10_500)


def test_adopt_ends_a_question_that_was_open_when_the_policy_changed() -> None:
    watched = watching("ask")
    moved(watched, limit_log=log(watched, "ada"))
    watched.organization = organization(on_drift="adopt")
    watched.check()

    assert watched.state_of(OUTSIDE) is AlertState.RESOLVED
    assert "by ada" in sentences(watched, RESOLVED)[0]
    kept = watched.memory.state.override
    assert kept is not None
    assert (kept.by, kept.limit) == ("ada", limit(12_000))


@pytest.mark.parametrize("on_drift", ["ask", "adopt"])
def test_a_name_that_comes_later_is_told_once(on_drift: str) -> None:
    watched = watching(on_drift)
    moved(watched, limit_log=failure())
    watched.check(limit_log=())
    named = watched.check(limit_log=log(watched, "ada"))
    watched.check()

    assert "the audit log is unreadable" in sentences(watched, FIRED)[0]
    (told,) = sentences(watched, EventKind.UPDATED)
    assert "from 10000.00 EUR to 12000.00 EUR by ada" in told
    assert AuditAction.DRIFT_NAMED in actions(named)
    assert watched.memory.state.nameless is None


def test_an_unreadable_limit_neither_ends_nor_names_anything() -> None:
    watched = watching("ask")
    moved(watched, limit_log=())
    watched.check(limit=failure(), limit_log=log(watched, "ada"))

    assert watched.state_of(OUTSIDE) is AlertState.FIRING
    assert watched.memory.state.drift is not None


def test_news_of_an_alert_that_is_not_there_is_recorded_and_not_told() -> None:
    watched = watching("ask")
    moved(watched)
    watched.memory = replace(watched.memory, alerts={})
    watched.check(after=timedelta(days=2))
    moved(watched, 13_000)
    moved(watched, 10_000)

    assert sentences(watched, EventKind.UPDATED) == []
    assert sentences(watched, RESOLVED) == []
