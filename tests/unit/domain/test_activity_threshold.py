"""A threshold on activity, in the one function that decides."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from service.domain.activity import ActivityKey, Metric, Per
from service.domain.alert import AlertKind, AlertState
from service.domain.check import Outcome
from service.domain.limit_change import ChangeKind
from service.domain.notification import EventKind
from service.domain.period import PeriodKind
from service.domain.policy import Policy
from service.domain.usage import Activity, Failure
from tests.builders import (
    DAY,
    HOUR,
    capping,
    failure,
    policy,
    policy_set,
    threshold,
)
from tests.unit.domain.counting import CHATTY, chatty, did, key, seen
from tests.unit.domain.watching import Watching

TALKS = "lechat.messages"


def watching(of: Policy | None = None) -> Watching:
    return Watching(policy_set(of or chatty()))


def reason(
    found: Activity | Failure, of: Policy | None = None, what: ActivityKey | None = None
) -> tuple[Outcome, str]:
    decision = watching(of).check(**seen(found, what))
    (decided,) = decision.check.decisions
    assert decided.unit == TALKS
    return decided.outcome, decided.reason


@pytest.mark.parametrize(
    ("found", "outcome", "said"),
    [
        (
            did(u1=5000, u2=12),
            Outcome.BELOW,
            f"no user is beyond 5000 {TALKS} this month, the most is 5000",
        ),
        (did(), Outcome.BELOW, f"no user is beyond 5000 {TALKS} this month, the most"),
        (
            did(u1=5001, u2=12),
            Outcome.FIRED,
            f"1 user is beyond 5000 {TALKS} this month, the most 5001",
        ),
        (
            did(u1=5001, u2=6200),
            Outcome.FIRED,
            f"2 users are beyond 5000 {TALKS} this month, the most 6200",
        ),
        (failure(), Outcome.UNKNOWN, "unknown, provider_unavailable: no answer"),
    ],
)
def test_the_reason_says_how_many_and_never_who(
    found: Activity | Failure, outcome: Outcome, said: str
) -> None:
    decided, told = reason(found)

    assert decided is outcome
    assert told.startswith(said)
    assert "u1" not in told


@pytest.mark.parametrize(
    ("window", "when"),
    [("week", "this week"), ("day", "today"), ("month", "this month")],
)
def test_all_together_have_one_count(window: str, when: str) -> None:
    watch = {"per": "organization", "window": window}
    what = key(per=Per.ORGANIZATION, window=PeriodKind(window))

    below = reason(did(**{"": 5000}), chatty(watch), what)
    above = reason(did(**{"": 5001}), chatty(watch), what)

    assert below == (Outcome.BELOW, f"5000 {TALKS} {when} is not beyond 5000")
    assert above == (Outcome.FIRED, f"5001 {TALKS} {when} is beyond 5000")


def test_what_was_not_read_is_unknown_and_no_alarm() -> None:
    watched = watching()

    (decided,) = watched.check(after=HOUR).check.decisions

    assert decided.outcome is Outcome.UNKNOWN
    assert decided.reason == "unknown, not_read: the analytics were not read"
    # A past that was kept without analytics lost nothing.
    assert watched.all_told == []


def test_a_message_names_those_beyond_most_first_and_at_most_five() -> None:
    watched = watching()

    watched.check(**seen(did(**{f"u{number}": 5001 + number for number in range(8)})))

    (told,) = watched.all_told
    assert told.event.alert_kind == AlertKind.ACTIVITY
    assert (told.event.value, told.event.unit) == (Decimal(5008), TALKS)
    assert told.event.detail == (
        f"8 users are beyond 5000 {TALKS} this month, the most 5008: u7 5008, u6 5007,"
        " u5 5006, u4 5005, u3 5004, and 3 more"
    )


def test_the_audit_log_names_nobody() -> None:
    decision = watching().check(**seen(did(someone=5001)))

    assert decision.facts
    assert "someone" not in repr(decision.facts)
    assert "someone" not in repr(decision.alerts)


def test_the_second_one_to_cross_is_told_and_none_twice() -> None:
    watched = watching()
    told = []
    for found in (
        did(u1=4999),
        did(u1=5001),
        did(u1=5500),
        did(u1=5600, u2=5001),
        did(u1=5700, u2=5300),
        failure(),
        did(u1=5800, u2=5400, u3=5002, u4=5003),
    ):
        watched.check(**seen(found))
        told.append(len(watched.all_told))

    assert told == [0, 1, 1, 2, 2, 2, 3]
    second, third = (each.event for each in watched.all_told[1:])
    assert (second.kind, third.kind) == (EventKind.UPDATED, EventKind.UPDATED)
    assert second.detail.endswith("the most 5600; new among them: u2 5001")
    assert third.detail.endswith("; new among them: u4 5003, u3 5002")
    (alert,) = watched.memory.alerts.values()
    assert (alert.firing, alert.state) == (1, AlertState.FIRING)
    assert watched.memory.state.activity_told == {alert.id: ("u1", "u2", "u3", "u4")}


def test_all_together_cross_but_once() -> None:
    watched = watching(chatty({"per": "organization"}))
    what = key(per=Per.ORGANIZATION)

    for count in (5001, 5002, 9000):
        watched.check(**seen(did(**{"": count}), what))

    (told,) = watched.all_told
    assert told.event.detail.endswith("this month is beyond 5000")


def test_a_reminder_names_all_and_a_newcomer_puts_it_off() -> None:
    watched = watching(chatty(repeat="2h"))

    watched.check(**seen(did(u1=5001)))
    watched.check(after=HOUR, **seen(did(u1=5001, u2=5002)))
    watched.check(after=HOUR, **seen(did(u1=5001, u2=5002)))
    assert [each.event.kind for each in watched.all_told[1:]] == [EventKind.UPDATED]

    watched.check(after=HOUR, **seen(did(u1=5001, u2=5002)))

    last = watched.all_told[-1].event
    assert last.kind is EventKind.REMINDER
    assert last.detail.endswith(": u2 5002, u1 5001")


def test_it_stays_fired_until_its_window_ends_and_then_is_forgotten() -> None:
    watched = watching(chatty({"window": "day"}))
    what = key(window=PeriodKind.DAY)
    watched.check(**seen(did(u1=5001), what))
    watched.check(**seen(did(u1=4990), what))
    assert watched.decisions[-1].check.decisions[0].outcome is Outcome.FIRING

    # Of the new day nothing is known yet: the old one is not over.
    watched.check(after=DAY, **seen(failure(), what))
    assert watched.memory.alerts[_of_day(watched, 20)].state is AlertState.FIRING

    watched.check(**seen(did(u1=3), what))

    over = watched.memory.alerts[_of_day(watched, 20)]
    assert (over.state, over.reason) == (AlertState.RESOLVED, "period_ended")
    assert watched.memory.state.activity_told == {}

    watched.check(**seen(did(u1=5001), what))
    assert watched.memory.alerts[_of_day(watched, 21)].state is AlertState.FIRING


def _of_day(watched: Watching, day: int) -> Any:  # noqa: ANN401 - a key of the memory
    period = f"2026-08-{day}"
    return next(each for each in watched.memory.alerts if each.period == period)


def test_a_count_that_falls_is_doubted_until_three_checks_saw_it() -> None:
    watched = watching()
    watched.check(**seen(did(u1=4000)))

    decided = [watched.check(**seen(did(u1=3000))).check.decisions[0] for _ in range(3)]

    assert [each.outcome for each in decided] == [
        Outcome.UNKNOWN,
        Outcome.UNKNOWN,
        Outcome.BELOW,
    ]
    assert "lechat.messages fell from 4000 to 3000 this month; believed when" in (
        decided[0].reason
    )


def test_a_failure_between_is_no_sight_of_the_fall() -> None:
    watched = watching()
    watched.check(**seen(did(u1=4000)))
    for found in (did(u1=3000), did(u1=3000), failure()):
        watched.check(**seen(found))

    (decided,) = watched.check(**seen(did(u1=3000))).check.decisions
    assert decided.outcome is Outcome.UNKNOWN


def test_nobody_where_somebody_was_is_never_believed() -> None:
    watched = watching()
    watched.check(**seen(did(u1=4000)))

    decided = [watched.check(**seen(did())).check.decisions[0] for _ in range(5)]
    assert {each.outcome for each in decided} == {Outcome.UNKNOWN}
    assert "fell from 4000 to 0" in decided[-1].reason

    (last,) = watched.check(**seen(did(u1=4001))).check.decisions
    assert last.outcome is Outcome.BELOW


def test_what_stays_unknown_is_told_with_what_it_is_and_when_it_is_back() -> None:
    watched = watching()
    watched.check(**seen(did(u1=1)))
    watched.check(after=HOUR / 6, **seen(failure()))
    assert watched.all_told == []

    watched.check(after=HOUR / 6, **seen(failure()))
    (told,) = watched.all_told
    assert told.event.alert_kind == AlertKind.DATA_UNKNOWN
    assert told.event.detail == (
        "no good figure of lechat.messages per user a month: provider_unavailable,"
        " no answer in 10 s"
    )

    watched.check(**seen(did(u1=2)))
    assert watched.all_told[-1].event.kind is EventKind.RESOLVED


def test_the_spend_goes_on_where_the_analytics_do_not_answer() -> None:
    watched = watching(
        policy(
            threshold(),
            threshold(id="chatty", activity=CHATTY),
        )
    )

    decision = watched.check(2600, **seen(failure()))

    assert [each.outcome for each in decision.check.decisions] == [
        Outcome.FIRED,
        Outcome.UNKNOWN,
    ]
    assert decision.check.spend.is_good


def test_one_workspace_that_is_lost_hides_no_other_that_is_beyond() -> None:
    watch = {"metric": "vibe.sessions", "per": "workspace", "above": 100}
    watched = watching(chatty(watch))
    what = key(Metric.SESSIONS, Per.WORKSPACE)
    lost = Failure(reason="provider_unavailable", detail="workspace b: no answer")

    (decided,) = watched.check(**seen(did(lost, a=50), what)).check.decisions
    assert decided.outcome is Outcome.UNKNOWN
    assert decided.reason == "unknown, provider_unavailable: workspace b: no answer"

    (decided,) = watched.check(**seen(did(lost, a=101), what)).check.decisions
    assert decided.outcome is Outcome.FIRED
    assert decided.reason.startswith("1 workspace is beyond 100 vibe.sessions")


def test_it_may_move_the_limit_as_a_threshold_on_usage_may() -> None:
    watched = watching(chatty(then=capping(4000)))

    decision = watched.check(**seen(did(u1=5001)))

    assert decision.change is not None
    assert decision.change.kind is ChangeKind.CAP


def test_it_waits_as_long_as_it_was_told_to() -> None:
    watched = watching(chatty(for_="10m"))

    outcomes = [
        watched.check(**seen(did(u1=5001))).check.decisions[0].outcome for _ in range(3)
    ]

    assert outcomes == [Outcome.PENDING, Outcome.PENDING, Outcome.FIRED]
    assert len(watched.all_told) == 1


@pytest.mark.parametrize(
    ("watch", "written", "told"),
    [
        (
            {"metric": "lechat.users"},
            {},
            "does not count lechat.users per user; possible: agent, organization.",
        ),
        (
            {"metric": "lechat.users"},
            {},
            "Per user there are lechat.messages, lechat.files",
        ),
        ({"metric": "vibe.sessions"}, {}, "possible: workspace, organization"),
        ({"metric": "vibe.suggestions", "per": "workspace"}, {}, "organization"),
        (
            {"metric": "vibe.active_users", "per": "organization"},
            {},
            "people may count in each; possible: day",
        ),
        ({}, {"scope": {"categories": ["ocr"]}, "period": "day"}, "no categories"),
        ({}, {"scope": {"models": ["a*"]}, "period": "day"}, "no models"),
        ({}, {"scope": {"workspace": "prod"}}, "only `per: workspace`"),
        ({"window": "day"}, {"then": capping(4000)}, "needs an activity with"),
        ({"metric": "lechat.mesages"}, {}, "Input should be"),
        ({"window": "3h"}, {}, "'month', 'week' or 'day'"),
    ],
)
def test_what_the_provider_does_not_count_is_refused_with_what_it_does(
    watch: dict[str, Any], written: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        chatty(watch, **written)

    assert told in str(refused.value)


def test_of_one_workspace_its_own_activity_is_watched() -> None:
    watch = {"metric": "vibe.tokens", "per": "workspace", "above": 100}
    of = chatty(watch, scope={"workspace": "prod"}, mode="observe")
    watched = watching(of)
    what = key(Metric.TOKENS, Per.WORKSPACE, workspace="prod")

    decision = watched.check(usage_by_workspace={}, **seen(did(prod=101), what))

    assert decision.check.decisions[0].outcome is Outcome.FIRED
    assert what.text == "vibe.tokens per workspace a month in workspace prod"
    (alert,) = [each for each in decision.alerts if not each.is_health]
    assert (alert.key.scope, alert.key.period) == ("acme;workspace=prod", "2026-08")


def test_a_week_is_filed_under_its_own_name_whatever_the_budget_is_for() -> None:
    watched = watching(chatty({"window": "week"}))

    watched.check(**seen(did(u1=5001), key(window=PeriodKind.WEEK)))

    (alert,) = watched.memory.alerts.values()
    assert (alert.key.period, alert.bound) == ("2026-W34", Decimal(5000))
    assert alert.fired_at is not None
    assert alert.fired_at > datetime(2026, 8, 17, tzinfo=UTC)
