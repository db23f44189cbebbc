from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from service.domain.alert import AlertState
from service.domain.guard import Guardrails
from service.domain.limit_change import ChangeKind
from service.domain.notification import EventKind
from service.domain.period_turn import has_turned, turn
from service.domain.state import OrganizationState
from service.domain.usage import Failure, UsageReport, UsageSnapshot
from tests.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    Fields,
    book,
    failure,
    limit,
    organization,
    policy,
    policy_set,
    reading,
    report,
    report_of,
    row,
    sighting,
    snapshot,
    state,
    threshold,
)
from tests.builders import capping as cap
from tests.unit.domain.watching import Watching

SEPTEMBER = datetime(2026, 9, 1, 0, 5, tzinfo=UTC)
LATE_AUGUST = datetime(2026, 8, 31, 23, 50, tzinfo=UTC)
RAILS = Guardrails(baseline_limit=Decimal(5000))


def turned(
    known: OrganizationState, seen: UsageSnapshot | None = None
) -> OrganizationState:
    looked_at = book(seen or snapshot(0, at=SEPTEMBER), known, now=SEPTEMBER)
    return turn(known, looked_at, RAILS)


def august(**changes: Fields) -> OrganizationState:
    built = state(
        last_good=sighting(4940),
        last_total=Decimal(4940),
        is_reference_ours=True,
        reference=limit(10_000),
        mismatches=3,
        baseline_skips=("paused",),
    )
    return replace(built, **changes)


def test_a_month_begins_with_the_first_total_that_follows_it() -> None:
    stale = snapshot(at=SEPTEMBER, limit=reading(4940), usage=report_of(0, SEPTEMBER))

    assert has_turned(
        august(), book(snapshot(0, at=SEPTEMBER), august(), now=SEPTEMBER)
    )
    assert not has_turned(august(), book(stale, august(), now=SEPTEMBER))
    assert not has_turned(august(), book(known=august()))


def test_a_new_month_starts_from_nothing_but_its_history() -> None:
    ended = august(limit_at_start=limit(8000))

    assert turned(ended) == replace(
        ended,
        period="2026-09",
        final_total=Decimal(4940),
        limit_at_start=limit(10_000),
        mismatches=0,
        wants_baseline=True,
        baseline_skips=(),
    )


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(august(period="2026-07"), id="nobody looked in August"),
        pytest.param(august(period=None), id="nobody ever looked"),
        pytest.param(august(last_good=None), id="no figure was good"),
    ],
)
def test_a_month_that_was_not_seen_has_no_result(known: OrganizationState) -> None:
    assert turned(known).final_total is None


@pytest.mark.parametrize(
    ("known", "rows", "expected"),
    [
        pytest.param(august(), report_of(5600, NOON), 5600, id="spent after the look"),
        pytest.param(august(), report_of(4800, NOON), 4940, id="some has no price"),
        pytest.param(
            august(period="2026-07"), report_of(5600, NOON), 5600, id="unseen"
        ),
        pytest.param(august(), failure(), 4940, id="unreadable"),
        pytest.param(august(), report(row(billing_metric="new")), 4940, id="unpriced"),
    ],
)
def test_a_month_came_to_what_its_rows_cost_when_it_is_over(
    known: OrganizationState, rows: UsageReport | Failure, expected: int
) -> None:
    begun = turned(known, snapshot(0, at=SEPTEMBER, previous=rows))

    assert begun.final_total == expected


HOUR_LEFT = datetime(2026, 8, 31, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seen_at", "changes", "words"),
    [
        pytest.param(HOUR_LEFT, {}, "4000.00 EUR", id="to its last hour"),
        pytest.param(
            HOUR_LEFT - MINUTE,
            {},
            "4000.00 EUR when last seen, 2026-08-31 22:59 UTC",
            id="not to its last hour",
        ),
        pytest.param(
            HOUR_LEFT - DAY,
            {"previous": report_of(5600, NOON)},
            "5600.00 EUR",
            id="not, but it was read whole when it was over",
        ),
    ],
)
def test_a_month_that_was_not_watched_to_its_end_says_so(
    seen_at: datetime, changes: Fields, words: str
) -> None:
    watched = Watching(policy_set(policy(HALF)), start=seen_at - 5 * MINUTE)
    watched.check(4000)
    decision = watched.check(30, after=SEPTEMBER - seen_at, **changes)

    (notice,) = (
        told.event for told in decision.told if told.event.kind is EventKind.NEW_PERIOD
    )
    assert notice.detail.endswith(f"the spend was {words}")


@pytest.mark.parametrize(
    ("changes", "seen", "is_wanted"),
    [
        pytest.param({}, None, True, id="where Spendguard moved the limit"),
        pytest.param(
            {"is_reference_ours": False}, None, False, id="not where somebody else did"
        ),
        pytest.param({"period": None}, None, False, id="not at the first check ever"),
        pytest.param(
            {}, snapshot(0, 5000, at=SEPTEMBER), False, id="not where it stands there"
        ),
        pytest.param(
            {}, snapshot(0, None, at=SEPTEMBER), False, id="not where it is unlimited"
        ),
        pytest.param(
            {},
            snapshot(0, at=SEPTEMBER, limit=reading(0, limit=None)),
            True,
            id="from where it was last known, while it is not named",
        ),
        pytest.param(
            {"reference": limit(5000)},
            snapshot(0, at=SEPTEMBER, limit=reading(0, limit=None)),
            False,
            id="not where it was last known to stand there",
        ),
        pytest.param(
            {"reference": None},
            snapshot(0, at=SEPTEMBER, limit=reading(0, limit=None)),
            False,
            id="not where it was never known",
        ),
    ],
)
def test_the_baseline_is_wanted_back(
    changes: Fields, seen: UsageSnapshot | None, *, is_wanted: bool
) -> None:
    assert turned(august(**changes), seen).wants_baseline is is_wanted


def test_no_baseline_is_wanted_where_none_is_set() -> None:
    looked_at = book(snapshot(0, at=SEPTEMBER), august(), now=SEPTEMBER)

    assert not turn(august(), looked_at, Guardrails()).wants_baseline


HALF = threshold(spend="50%")
STOP = threshold(id="stop", spend="100%", then=cap("100%"))


def at_month_end(spend: int, **guardrails: Fields) -> Watching:
    """Watch acme from the last ten minutes of August on."""
    watched = Watching(
        policy_set(policy(HALF, STOP)),
        organization(guardrails=guardrails),
        start=LATE_AUGUST - 5 * MINUTE,
    )
    watched.check(spend)
    return watched


def stale(watched: Watching, total: int) -> None:
    """Check while the provider still counts last month's total."""
    at = watched.now + HOUR
    fields = reading(total, limit=watched.limit)
    watched.check(after=HOUR, limit=fields, usage=report_of(0, at))


def test_nothing_fires_on_last_months_total_however_long_it_stands() -> None:
    watched = at_month_end(4000)
    for _ in range(5):
        stale(watched, 4000)
        assert watched.decisions[-1].check.spend.reason == "period_not_rolled"
        assert watched.decisions[-1].change is None
    assert watched.told(EventKind.FIRED) == ["half"]
    assert watched.told(EventKind.NEW_PERIOD) == []
    # August still fires, for September has said nothing yet.
    assert watched.state_of("half") is AlertState.FIRING
    watched.check(30)

    assert watched.told(EventKind.NEW_PERIOD) == [None]
    half = watched.alert("half")
    assert half is not None
    assert (half.state, half.reason) == (AlertState.RESOLVED, "period_ended")
    assert watched.told(EventKind.RESOLVED) == []


def test_a_total_a_day_late_is_told_and_heals() -> None:
    watched = at_month_end(4000)
    for _ in range(26):
        stale(watched, 4000)
    assert watched.told(EventKind.FIRED) == ["half", "data_unknown"]
    watched.check(130)

    assert watched.told(EventKind.RESOLVED) == ["data_unknown"]


def test_the_new_month_alerts_again_and_says_what_it_has_already_passed() -> None:
    watched = at_month_end(4000)
    decision = watched.check(2600, after=DAY)

    assert watched.told(EventKind.FIRED) == ["half", "half"]
    notice = next(
        told.event for told in decision.told if told.event.kind is EventKind.NEW_PERIOD
    )
    assert (
        notice.detail
        == "2026-09 began; of the period before, the spend was 4000.00 EUR"
    )


def test_one_notice_of_a_new_period_is_enough() -> None:
    watched = at_month_end(4000)
    watched.check(0, after=HOUR)
    watched.check(10)
    watched.check(20)

    assert watched.told(EventKind.NEW_PERIOD) == [None]


def test_the_very_first_check_begins_no_period() -> None:
    assert at_month_end(4000).told(EventKind.NEW_PERIOD) == []


def test_alerts_come_again_in_each_of_two_months() -> None:
    watched = at_month_end(4000)
    for spend in (0, 4000):
        watched.check(spend, after=HOUR)
    watched.check(0, after=30 * DAY)
    watched.check(4000, after=HOUR)
    periods = sorted(
        key.period for key in watched.memory.alerts if key.threshold_id == "half"
    )

    assert periods == ["2026-08", "2026-09", "2026-10"]


def test_a_limit_moved_in_august_comes_back_in_september_once_acknowledged() -> None:
    watched = at_month_end(6000, baseline_limit=8000)
    assert watched.limit == limit(6000)
    watched.check(0, after=HOUR)
    skipped = watched.decisions[-1].skipped
    assert [(each.kind, each.reason) for each in skipped] == [
        (ChangeKind.RESTORE, "guardrail")
    ]
    watched.check(10)
    assert watched.decisions[-1].skipped == ()
    acknowledge(watched)
    watched.check(20)

    assert watched.limit == limit(8000)
    watched.check(30)
    assert watched.decisions[-1].change is None
    assert not watched.memory.state.wants_baseline


def acknowledge(watched: Watching) -> None:
    alerts = {
        key: replace(each, acknowledged_at=NOON)
        for key, each in watched.memory.alerts.items()
    }
    watched.memory = replace(watched.memory, alerts=alerts)


def test_a_cap_still_stands_when_its_threshold_fired_a_second_time() -> None:
    near = threshold(id="near", limit="90%", then=cap("80%"))
    watched = Watching(
        policy_set(policy(near)),
        organization(guardrails={"baseline_limit": 8000}),
        start=LATE_AUGUST - HOUR,
    )
    watched.limit = limit(4200)
    watched.check(3900)
    assert watched.limit == limit(4000)
    by_firing = {
        key: replace(each, firing=2) for key, each in watched.memory.alerts.items()
    }
    watched.memory = replace(watched.memory, alerts=by_firing)
    watched.check(0, after=2 * HOUR)

    assert watched.limit == limit(4000)


def test_a_limit_somebody_moved_outside_is_not_restored() -> None:
    watched = at_month_end(1000, baseline_limit=8000)
    watched.limit = limit(3000)
    watched.check(1000)
    watched.check(0, after=HOUR)

    assert watched.limit == limit(3000)


def test_a_person_who_steps_in_before_the_restore_is_left_alone() -> None:
    watched = at_month_end(6000, baseline_limit=8000)
    watched.check(0, after=HOUR)
    watched.limit = limit(6500)
    watched.check(10)
    acknowledge(watched)
    watched.check(20)

    assert watched.limit == limit(6500)
