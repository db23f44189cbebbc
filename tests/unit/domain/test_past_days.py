"""The provider's days as observations, and what became of a day."""

from datetime import UTC, date, datetime

from service.domain.backtest import DayRecorder, Edge, Grain, edges_of
from service.domain.check import UsageLine
from service.domain.past_days import PastDays
from service.domain.replay import Replay
from service.domain.usage import Failure, LimitReading, UsageReport
from tests.builders import (
    DAY,
    HOUR,
    NOON,
    alert,
    failure,
    limit,
    organization,
    policy,
    policy_set,
    snapshot,
    threshold,
)
from tests.unit.pipeline.test_replay_is_live import month

HALF = threshold(id="half", spend="50%", repeat="1d")


def test_a_day_holds_what_was_spent_by_its_end() -> None:
    known = month("2026-07", 100)
    days = PastDays("acme", "EUR", (known, month("2026-05", 1)))

    seen = days.snapshot(date(2026, 7, 10), limit(5000))

    assert seen.captured_at == datetime(2026, 7, 10, 23, 59, 59, tzinfo=UTC)
    assert isinstance(seen.limit, LimitReading)
    assert seen.limit.total == 1000
    assert seen.limit.limit == limit(5000)
    assert isinstance(seen.usage, UsageReport)
    assert len(seen.usage.rows) == 10
    assert isinstance(seen.previous, Failure)
    wanted = days.days(date(2026, 6, 29), date(2026, 7, 3))
    assert list(wanted) == [date(2026, 7, 1), date(2026, 7, 2)]


def test_what_has_no_price_has_none_and_another_currency_is_no_past() -> None:
    unpriced = UsageLine(
        day=None, category="ocr", model="scan", units=5, paid_units=5, cost=None
    )
    known = month("2026-07", 100)
    odd = type(known)(
        organization="acme",
        workspace="Agents",
        period="2026-07",
        currency="EUR",
        captured_at=known.captured_at,
        lines=(unpriced,),
    )
    dollars = type(known)(
        organization="acme",
        workspace="",
        period="2026-06",
        currency="USD",
        captured_at=known.captured_at,
        lines=(),
    )
    days = PastDays("acme", "EUR", (known, odd, dollars))

    seen = days.snapshot(date(2026, 7, 1), None)

    agents = seen.usage_by_workspace["Agents"]
    assert isinstance(agents, UsageReport)
    assert ([each.paid_units for each in agents.rows], agents.prices) == ([5], ())
    assert list(days.days(date(2026, 6, 1), date(2026, 7, 1))) == []


def test_a_day_ends_where_it_was_last_seen_and_earlier_days_are_left_out() -> None:
    replay = Replay(policy_set(policy(HALF)), organization())
    recorder = DayRecorder(Grain.EXACT, NOON.date())

    recorder.see(replay.step(snapshot(100, at=NOON - DAY)))
    recorder.see(replay.step(snapshot(2600, at=NOON)))
    recorder.see(replay.step(snapshot(2700, at=NOON + HOUR, limit=failure())))
    recorder.see_quiet(NOON - DAY, None, None)

    (day,) = recorder.days()
    assert day.spend == 2700
    assert day.limit == limit(10_000)
    assert recorder.observations == 2
    assert [each.edge for each in day.alerts if not each.alert.is_health] == [
        Edge.FIRED
    ]


def test_health_is_left_out_where_it_would_be_of_the_replay_alone() -> None:
    replay = Replay(policy_set(policy(HALF)), organization())
    recorder = DayRecorder(Grain.BY_DAY, NOON.date(), health=False)

    recorder.see(replay.step(snapshot(2600, limit=failure(), usage=failure())))
    recorder.see(
        replay.step(snapshot(2600, at=NOON + HOUR, limit=failure(), usage=failure()))
    )

    (day,) = recorder.days()
    assert (day.alerts, day.messages) == ((), ())


def test_a_reminder_is_told_from_a_firing() -> None:
    reminded = alert(fired_at=NOON - DAY, last_told_at=NOON)

    assert list(edges_of(reminded, NOON)) == [Edge.REMINDED]
    assert list(edges_of(reminded, NOON - DAY)) == [Edge.FIRED]
    assert list(edges_of(reminded, NOON + DAY)) == []
