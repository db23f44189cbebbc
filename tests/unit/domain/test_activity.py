"""What of the provider's analytics is counted, and what is not there and no zero."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from service.domain.activity import (
    COUNTERS,
    ActivityKey,
    ActivityQuery,
    Metric,
    Per,
    ways_to_count,
    windows_of,
)
from service.domain.activity_reading import activity_of, queries_of
from service.domain.analytics import Analytics, AnalyticsReport, Cell
from service.domain.period import PeriodKind, period_of
from service.domain.usage import Activity, Failure
from tests.builders import DAY, NOON, failure
from tests.unit.domain.counting import analytics, key

MONTH, WEEK, DAY_LONG = PeriodKind.MONTH, PeriodKind.WEEK, PeriodKind.DAY
USER_ROW: dict[str, Cell] = {
    "user_id": "u1",
    "messages_count": 412,
    "files_count": 18,
    "images_count": 6,
    "spreadsheets_count": 3,
    "unique_conversations_count": 57,
    "unique_agents_count": 4,
    "messages_to_agents_count": 96,
}
AGENT_ROW: dict[str, Cell] = {
    "agent_id": "ag_1",
    "messages_count": 96,
    "files_count": 4,
    "images_count": 1,
    "spreadsheets_count": 2,
    "unique_conversations_count": 21,
    "unique_users_count": 5,
}
TIME_ROW: dict[str, Cell] = {
    **USER_ROW,
    **AGENT_ROW,
    "messages_count": 419,
    "time_bucket": None,
}
ON = {"day": "2026-08-20"}
CODE: Mapping[str, list[dict[str, Cell]]] = {
    "sessions": [{**ON, "nb_sessions": 14}],
    "user_prompts": [{**ON, "nb_prompts_total": 131}],
    "active_users": [{**ON, "nb_active_users_total": 6}],
    "consumed_tokens": [
        {**ON, "model": "a", "cached_tokens": 4, "input_tokens": 2, "output_tokens": 1},
        {**ON, "model": "b", "cached_tokens": 1, "input_tokens": 1, "output_tokens": 1},
    ],
    "tool_calls": [{**ON, "total": 402}],
    "session_durations": [{**ON, "total_duration_hours": Decimal("11.75")}],
}
EDITS: Mapping[str, list[dict[str, Cell]]] = {
    "next_edit_suggestions": [
        {**ON, "total_suggestions": 340, "outcome_accepted": 121}
    ],
    "next_edit_modified_loc": [{**ON, "lines_inserted": 410}],
}


def answer(of: ActivityKey) -> Analytics:
    """Give what the provider answers where everything is in order."""
    match of.counter.report:
        case AnalyticsReport.LECHAT_BY_USER:
            series: Mapping[str, list[dict[str, Cell]]] = {"data": [USER_ROW]}
        case AnalyticsReport.LECHAT_BY_AGENT:
            series = {"data": [AGENT_ROW]}
        case AnalyticsReport.LECHAT_BY_TIME:
            series = {"data": [TIME_ROW]}
        case AnalyticsReport.VIBE_BY_WORKSPACE:
            series = CODE
        case _:
            series = EDITS
    return analytics(of.counter.report, series, of.window)


def read(of: ActivityKey, *answers: Analytics | Failure) -> Activity | Failure:
    named = dict(zip(("", "more"), answers, strict=False))
    return activity_of(of, period_of(of.window, NOON), named, NOON)


def only(found: Activity | Failure) -> tuple[str, Decimal]:
    assert isinstance(found, Activity)
    (count,) = found.counts
    return count.name, count.amount


@pytest.mark.parametrize(
    ("metric", "per", "name", "count"),
    [
        (Metric.MESSAGES, Per.USER, "u1", 412),
        (Metric.FILES, Per.USER, "u1", 18),
        (Metric.IMAGES, Per.USER, "u1", 6),
        (Metric.SPREADSHEETS, Per.USER, "u1", 3),
        (Metric.CONVERSATIONS, Per.USER, "u1", 57),
        (Metric.AGENTS, Per.USER, "u1", 4),
        (Metric.AGENT_MESSAGES, Per.USER, "u1", 96),
        (Metric.MESSAGES, Per.AGENT, "ag_1", 96),
        (Metric.FILES, Per.AGENT, "ag_1", 4),
        (Metric.IMAGES, Per.AGENT, "ag_1", 1),
        (Metric.SPREADSHEETS, Per.AGENT, "ag_1", 2),
        (Metric.CONVERSATIONS, Per.AGENT, "ag_1", 21),
        (Metric.USERS, Per.AGENT, "ag_1", 5),
        (Metric.MESSAGES, Per.ORGANIZATION, "", 419),
        (Metric.FILES, Per.ORGANIZATION, "", 4),
        (Metric.IMAGES, Per.ORGANIZATION, "", 1),
        (Metric.SPREADSHEETS, Per.ORGANIZATION, "", 2),
        (Metric.CONVERSATIONS, Per.ORGANIZATION, "", 21),
        (Metric.AGENTS, Per.ORGANIZATION, "", 4),
        (Metric.AGENT_MESSAGES, Per.ORGANIZATION, "", 96),
        (Metric.USERS, Per.ORGANIZATION, "", 5),
        (Metric.SESSIONS, Per.ORGANIZATION, "", 14),
        (Metric.PROMPTS, Per.ORGANIZATION, "", 131),
        (Metric.ACTIVE_USERS, Per.ORGANIZATION, "", 6),
        (Metric.TOKENS, Per.ORGANIZATION, "", 10),
        (Metric.CACHED_TOKENS, Per.ORGANIZATION, "", 5),
        (Metric.INPUT_TOKENS, Per.ORGANIZATION, "", 3),
        (Metric.OUTPUT_TOKENS, Per.ORGANIZATION, "", 2),
        (Metric.TOOL_CALLS, Per.ORGANIZATION, "", 402),
        (Metric.SESSION_HOURS, Per.ORGANIZATION, "", Decimal("11.75")),
        (Metric.SUGGESTIONS, Per.ORGANIZATION, "", 340),
        (Metric.ACCEPTED_SUGGESTIONS, Per.ORGANIZATION, "", 121),
        (Metric.LINES_INSERTED, Per.ORGANIZATION, "", 410),
    ],
)
def test_each_metric_is_read_where_the_provider_has_it(
    metric: Metric, per: Per, name: str, count: int | Decimal
) -> None:
    of = key(metric, per, windows_of(metric)[0])

    assert only(read(of, answer(of))) == (name, count)


def test_every_metric_can_be_told_in_some_way() -> None:
    assert {metric for metric, _ in COUNTERS} == set(Metric)
    assert len(COUNTERS) == 8 - 1 + 6 + 8 + 2 * 9 + 3
    assert ways_to_count(Metric.USERS) == (Per.AGENT, Per.ORGANIZATION)
    assert windows_of(Metric.ACTIVE_USERS) == (DAY_LONG,)


@pytest.mark.parametrize(
    ("metric", "per", "window", "granularity"),
    [
        (Metric.MESSAGES, Per.USER, MONTH, None),
        (Metric.MESSAGES, Per.ORGANIZATION, MONTH, "month"),
        (Metric.MESSAGES, Per.ORGANIZATION, DAY_LONG, "day"),
        (Metric.MESSAGES, Per.ORGANIZATION, WEEK, None),
        (Metric.SESSIONS, Per.ORGANIZATION, DAY_LONG, None),
    ],
)
def test_one_report_over_the_whole_window_is_asked_for(
    metric: Metric, per: Per, window: PeriodKind, granularity: str | None
) -> None:
    period = period_of(window, NOON)

    queries = queries_of(key(metric, per, window), period, {})

    report = COUNTERS[metric, per].report
    assert queries == {"": ActivityQuery(report=report, period=period)}
    query = queries[""]
    assert isinstance(query, ActivityQuery)
    assert query.granularity == granularity


def test_each_workspace_is_asked_for_by_its_uuid() -> None:
    period = period_of(MONTH, NOON)
    lost = failure("unknown_workspace")

    queries = queries_of(
        key(Metric.SESSIONS, Per.WORKSPACE), period, {"prod": "uuid-1", "test": lost}
    )

    report = AnalyticsReport.VIBE_BY_WORKSPACE
    of_prod = ActivityQuery(report=report, period=period, workspace="uuid-1")
    assert queries == {"prod": of_prod, "test": lost}


def test_a_workspace_bears_the_name_it_was_asked_for_by() -> None:
    of = key(Metric.SESSIONS, Per.WORKSPACE)
    period = period_of(MONTH, NOON)

    found = activity_of(of, period, {"prod": answer(of), "test": failure()}, NOON)

    assert only(found) == ("prod", Decimal(14))
    assert isinstance(found, Activity)
    assert found.lacking == Failure(
        reason="provider_unavailable", detail="workspace test: no answer in 10 s"
    )

    lost: dict[str, Analytics | Failure] = {"a": failure(), "b": failure("other")}
    lost["prod"] = answer(of)
    found = activity_of(of, period, lost, NOON)
    assert isinstance(found, Activity)
    assert found.lacking is not None
    assert found.lacking.detail == "workspace a (and 1 more): no answer in 10 s"
    assert activity_of(of, period, {"a": failure()}, NOON) == failure()
    assert activity_of(of, period, {}, NOON) == Activity(counts=())


def test_nobody_is_a_zero_that_was_told() -> None:
    by_user = analytics(AnalyticsReport.LECHAT_BY_USER, {"data": []})
    by_time = analytics(AnalyticsReport.LECHAT_BY_TIME, {"data": []})

    assert read(key(), by_user) == Activity(counts=())
    assert only(read(key(per=Per.ORGANIZATION), by_time)) == ("", Decimal(0))


def test_the_largest_count_comes_first() -> None:
    rows = [USER_ROW | {"user_id": name} for name in ("b", "c", "a")]
    rows[1]["messages_count"] = 500

    found = read(key(), analytics(AnalyticsReport.LECHAT_BY_USER, {"data": rows}))

    assert isinstance(found, Activity)
    assert [each.name for each in found.counts] == ["c", "a", "b"]


def test_a_name_from_outside_is_cut() -> None:
    rows: list[dict[str, Cell]] = [{**USER_ROW, "user_id": "x" * 101}]

    found = read(key(), analytics(AnalyticsReport.LECHAT_BY_USER, {"data": rows}))

    assert only(found)[0] == "x" * 100


def of_user(**changes: Cell) -> Analytics:
    row = {name: cell for name, cell in (USER_ROW | changes).items() if cell != "gone"}
    return analytics(AnalyticsReport.LECHAT_BY_USER, {"data": [row]})


BY_WORKSPACE = AnalyticsReport.VIBE_BY_WORKSPACE


@pytest.mark.parametrize(
    ("found", "of", "detail"),
    [
        (of_user(messages_count="gone"), key(), "data[0] has no messages_count"),
        (of_user(messages_count=None), key(), "data[0] has no messages_count"),
        (of_user(messages_count=True), key(), "data[0] has no messages_count"),
        (of_user(messages_count="many"), key(), "data[0] has no messages_count"),
        (of_user(messages_count=-1), key(), "data[0] has no messages_count"),
        (of_user(user_id="gone"), key(), "data[0] has no user_id"),
        (of_user(user_id=""), key(), "data[0] has no user_id"),
        (of_user(user_id=7), key(), "data[0] has no user_id"),
        (
            analytics(AnalyticsReport.LECHAT_BY_USER, {"data": [USER_ROW, USER_ROW]}),
            key(),
            "the same user_id twice",
        ),
        (
            analytics(BY_WORKSPACE, {"user_prompts": []}),
            key(Metric.SESSIONS, Per.ORGANIZATION),
            "no sessions",
        ),
        *(
            (
                analytics(BY_WORKSPACE, {"sessions": [{"day": day, "nb_sessions": 1}]}),
                key(Metric.SESSIONS, Per.ORGANIZATION),
                "sessions[0] has no day of 2026-08",
            )
            for day in ("2026-07-31", "2026-09-01", "today", None)
        ),
        (
            analytics(BY_WORKSPACE, {"consumed_tokens": [{**ON, "cached_tokens": 4}]}),
            key(Metric.TOKENS, Per.ORGANIZATION),
            "consumed_tokens[0] has no input_tokens",
        ),
    ],
)
def test_what_an_answer_lacks_is_unknown_and_no_zero(
    found: Analytics, of: ActivityKey, detail: str
) -> None:
    lost = read(of, found)

    assert isinstance(lost, Failure)
    assert (lost.reason, lost.is_drift) == ("provider_malformed", True)
    assert lost.detail == f"analytics {found.report}: {detail}"


def test_different_people_of_several_rows_are_not_added_up() -> None:
    report = AnalyticsReport.LECHAT_BY_TIME
    found = analytics(report, {"data": [TIME_ROW, TIME_ROW]})

    users = read(key(Metric.USERS, Per.ORGANIZATION), found)

    assert isinstance(users, Failure)
    assert users.reason == "cannot_be_added"
    assert "lechat/by-time has 2 rows" in users.detail
    assert only(read(key(per=Per.ORGANIZATION), found)) == ("", Decimal(838))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2026, 7, 1, tzinfo=UTC), None),
        (None, datetime(2026, 9, 2, tzinfo=UTC)),
        (None, NOON - DAY),
    ],
)
def test_another_window_than_was_asked_for_is_not_read(
    start: datetime | None, end: datetime | None
) -> None:
    other = replace(
        of_user(),
        start=start or period_of(MONTH, NOON).start,
        end=end or period_of(MONTH, NOON).end,
    )

    found = read(key(), other)

    assert isinstance(found, Failure)
    assert found.reason == "wrong_period"
    assert "came for 2026-08" in found.detail


def test_a_window_may_end_at_the_providers_own_clock() -> None:
    cut = replace(of_user(), end=NOON - timedelta(minutes=2))

    assert only(read(key(), cut)) == ("u1", Decimal(412))


def test_what_was_not_answered_stays_the_failure_it_is() -> None:
    assert read(key(), failure()) == failure()
