"""Which past months are read, and when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.domain.past_read import (
    NOT_KEPT,
    NOTHING_READ,
    PAST_MONTHS,
    HistoryProgress,
    PastRead,
    PastReads,
)
from service.domain.period import month_called
from service.domain.usage import Failure
from tests.builders import DAY, HOUR, MINUTE, NOON, failure

JULY = month_called("2026-07")
GONE = Failure(reason=NOT_KEPT, detail="404: no such month")
BROKEN = Failure(reason="wrong_period", detail="usage of 2026-08 came for 2026-07")
YEAR = [f"2026-{month:02d}" for month in range(7, 0, -1)] + [
    f"2025-{month:02d}" for month in range(12, 7, -1)
]


def past_read(period: str = "2026-07", workspace: str = "") -> PastRead:
    return PastRead(
        organization="acme", workspace=workspace, period=period, currency="EUR"
    )


def done(*periods: str, at: datetime = NOON - HOUR) -> list[PastRead]:
    return [past_read(period).succeeded(at) for period in periods]


def reads(*known: PastRead, workspaces: tuple[str, ...] = ()) -> PastReads:
    return PastReads(known, "EUR", workspaces)


def due(known: PastReads, now: datetime = NOON) -> list[tuple[str, str]]:
    return [(month.key, workspace) for month, workspace in known.due(now)]


def periods_due(known: PastReads, now: datetime = NOON) -> list[str]:
    return [period for period, _ in due(known, now)]


def test_at_first_a_year_is_due_the_newest_month_first() -> None:
    assert periods_due(reads()) == YEAR
    assert len(YEAR) == PAST_MONTHS


def test_each_month_is_read_of_all_and_of_each_workspace_that_policies_name() -> None:
    known = reads(*done("2026-07"), workspaces=("search", "agents"))

    assert due(known)[:4] == [
        ("2026-07", "agents"),
        ("2026-07", "search"),
        ("2026-06", ""),
        ("2026-06", "agents"),
    ]


def test_what_was_read_is_not_due_and_the_rest_goes_on() -> None:
    assert periods_due(reads(*done(*YEAR[:5]))) == YEAR[5:]


def test_readings_of_another_currency_count_for_nothing() -> None:
    dollars = [replace(each, currency="USD") for each in done(*YEAR)]

    assert periods_due(reads(*dollars)) == YEAR
    assert reads(*dollars).progress(NOON) == NOTHING_READ


def test_a_month_that_has_just_ended_is_left_to_the_last_check() -> None:
    turn = datetime(2026, 8, 1, tzinfo=UTC)
    known = reads(*done(*YEAR[1:], at=turn - DAY))

    assert periods_due(known, turn + 9 * MINUTE) == []
    assert periods_due(known, turn + 10 * MINUTE) == ["2026-07"]


@pytest.mark.parametrize(
    ("after_end", "wait"),
    [
        (timedelta(minutes=10), DAY),
        (3 * DAY - MINUTE, DAY),
        (3 * DAY, 7 * DAY),
        (35 * DAY - MINUTE, 7 * DAY),
        (35 * DAY, None),
        (300 * DAY, None),
    ],
)
def test_a_month_is_read_again_while_it_settles_and_may_be_restated(
    after_end: timedelta, wait: timedelta | None
) -> None:
    at = JULY.end + after_end
    read = past_read().succeeded(at)

    expected = None if wait is None else at + wait
    assert read.next_at(JULY, at) == expected
    assert read.next_at(JULY, at + MINUTE) == expected


def test_what_is_due_again_is_due_to_the_minute() -> None:
    at = JULY.end + 5 * DAY
    known = reads(*done(*YEAR, at=at))

    assert periods_due(known, at + 7 * DAY - MINUTE) == []
    assert periods_due(known, at + 7 * DAY) == ["2026-07"]


def test_a_month_that_is_older_than_a_year_is_asked_for_no_more() -> None:
    known = reads(*done("2026-07", at=NOON + 30 * DAY), *done(*YEAR[1:-1]))

    assert periods_due(known, NOON + 31 * DAY) == ["2026-08"]


@pytest.mark.parametrize(
    ("failures", "wait"),
    [
        (1, timedelta(minutes=5)),
        (2, timedelta(minutes=10)),
        (9, timedelta(minutes=1280)),
        (10, timedelta(hours=24)),
        (10_000, timedelta(hours=24)),
    ],
)
def test_a_failure_waits_longer_each_time(failures: int, wait: timedelta) -> None:
    read = replace(past_read().failed(BROKEN, NOON), failures=failures)

    assert read.next_at(JULY, NOON + MINUTE) == NOON + wait


def test_a_failure_keeps_what_was_read_and_a_good_answer_forgets_the_failures() -> None:
    read = past_read().succeeded(NOON)

    failed = read.failed(BROKEN, NOON + DAY).failed(failure(), NOON + 2 * DAY)

    assert failed == replace(
        read,
        failed_at=NOON + 2 * DAY,
        failures=2,
        reason="provider_unavailable",
        detail="no answer in 10 s",
    )
    assert failed.succeeded(NOON + 3 * DAY) == replace(
        past_read(), read_at=NOON + 3 * DAY
    )


def test_a_month_of_which_a_reading_was_begun_is_due_at_once() -> None:
    assert past_read().next_at(JULY, NOON) == NOON


@pytest.mark.parametrize(
    "read",
    [
        past_read().succeeded(NOON + DAY),
        past_read().succeeded(NOON - DAY).failed(BROKEN, NOON + DAY),
        past_read().failed(failure(), NOON + DAY),
    ],
)
def test_a_reading_of_the_future_is_made_again(read: PastRead) -> None:
    assert read.next_at(JULY, NOON) == NOON
    assert periods_due(reads(read, *done(*YEAR[1:]))) == ["2026-07"]


def test_a_month_that_fails_by_itself_is_not_in_the_way_of_the_others() -> None:
    failed = past_read().failed(BROKEN, NOON)

    assert periods_due(reads(failed), NOON + MINUTE) == YEAR[1:]
    assert periods_due(reads(failed), NOON + 5 * MINUTE) == [*YEAR[1:], "2026-07"]


@pytest.mark.parametrize("reason", ["provider_unavailable", "provider_rejected"])
def test_a_provider_that_gave_no_answer_is_left_alone(reason: str) -> None:
    known = reads(
        past_read("2026-07").failed(BROKEN, NOON - HOUR),
        past_read("2026-06").failed(failure(reason), NOON),
    )

    assert periods_due(known, NOON) == []
    assert periods_due(known, NOON + 4 * MINUTE) == []
    assert periods_due(known, NOON + 5 * MINUTE)[:2] == YEAR[2:4]
    assert periods_due(known, NOON + 5 * MINUTE)[-2:] == ["2026-07", "2026-06"]


def test_what_failed_in_the_same_moment_is_one_silence() -> None:
    known = reads(*(past_read(month).failed(failure(), NOON) for month in YEAR[:2]))

    assert periods_due(known, NOON + 4 * MINUTE) == []
    assert periods_due(known, NOON + 5 * MINUTE)[0] == YEAR[2]


def test_behind_the_last_month_that_the_provider_has_nothing_is_asked_for() -> None:
    known = reads(
        *done("2026-07"),
        past_read("2026-05").failed(GONE, NOON),
        workspaces=("search",),
    )

    assert due(known, NOON + MINUTE) == [
        ("2026-07", "search"),
        ("2026-06", ""),
        ("2026-06", "search"),
    ]
    assert due(known, NOON + 5 * MINUTE)[-1] == ("2026-05", "")


def test_a_workspace_may_be_younger_than_the_organization() -> None:
    known = reads(
        *done(*YEAR),
        past_read("2026-07", "search").succeeded(NOON),
        past_read("2026-06", "search").failed(GONE, NOON),
        workspaces=("search",),
    )

    assert due(known, NOON + MINUTE) == []


def test_a_month_that_was_read_is_no_end_when_it_is_gone() -> None:
    assert past_read().failed(GONE, NOON).is_end
    assert not past_read().succeeded(NOON - DAY).failed(GONE, NOON).is_end
    assert not past_read().failed(BROKEN, NOON).is_end


def test_before_the_first_reading_nothing_is_known() -> None:
    assert reads().progress(NOON) == HistoryProgress(
        months_read=0, months_wanted=12, is_complete=False
    )


def test_progress_counts_the_months_of_the_organization() -> None:
    known = reads(*done(*YEAR[:3]), past_read("2026-04", "search").succeeded(NOON))

    assert known.progress(NOON) == HistoryProgress(
        months_read=3, months_wanted=12, is_complete=False, oldest="2026-05"
    )
    assert reads(*done(*YEAR)).progress(NOON) == HistoryProgress(
        months_read=12, months_wanted=12, is_complete=True, oldest="2025-08"
    )


def test_it_is_complete_as_far_as_the_provider_answers() -> None:
    known = [*done(*YEAR[:3]), past_read("2026-04").failed(GONE, NOON)]

    assert reads(*known).progress(NOON) == HistoryProgress(
        months_read=3,
        months_wanted=12,
        is_complete=True,
        oldest="2026-05",
        reason="not_kept",
        detail="404: no such month",
    )
    assert not reads(*known[1:]).progress(NOON).is_complete


def test_a_month_that_could_not_be_read_says_why_the_newest_first() -> None:
    known = reads(
        *done("2026-07"),
        past_read("2026-06").failed(BROKEN, NOON),
        past_read("2026-05").failed(failure(), NOON),
    )

    assert known.progress(NOON) == HistoryProgress(
        months_read=1,
        months_wanted=12,
        is_complete=False,
        oldest="2026-07",
        reason="wrong_period",
        detail="usage of 2026-08 came for 2026-07",
    )


def test_a_month_known_from_before_is_known_though_it_cannot_be_read_again() -> None:
    refreshed = past_read("2026-07").succeeded(NOON - DAY).failed(failure(), NOON)

    told = reads(refreshed, *done(*YEAR[1:])).progress(NOON)

    assert (told.months_read, told.is_complete, told.reason) == (12, True, None)


def test_a_new_month_moves_what_is_wanted_on() -> None:
    told = reads(*done(*YEAR)).progress(NOON + 31 * DAY)

    assert (told.months_read, told.is_complete) == (11, False)
