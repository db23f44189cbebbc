"""Workspaces, rate limits, activity and the provider's audit log."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from service.domain.analytics import AnalyticsReport
from service.domain.errors import ProviderMalformed
from service.domain.usage import SpendLimit, Workspace
from tests.integration.admin_api.provider import (
    NOON,
    Provider,
    answering,
    client,
    euros,
    example,
    failure,
    json_answer,
)

AUGUST = datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
DAY_BEFORE = NOON - timedelta(days=1)
LIMIT_MOVED = "billing.monthly_limit.updated"


def workspace(number: int, **more: object) -> dict[str, object]:
    return {"uuid": f"u{number:03}", "name": f"w{number:03}"} | more


def workspaces_provider(
    present: int,
    archived: int = 0,
    *,
    archived_only: bool = False,
    largest_page: int = 100,
) -> Callable[[httpx.Request], httpx.Response]:
    """Serve workspaces in pages, with either meaning of `is_archived`."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        numbers = list(range(present))
        if asked["is_archived"] == "true":
            old = list(range(present, present + archived))
            numbers = old if archived_only else numbers + old
        size = min(int(asked["page_size"]), largest_page)
        begin = (int(asked["page"]) - 1) * size
        items = [workspace(number) for number in numbers[begin : begin + size]]
        return json_answer({"total": len(numbers), "items": items, "page_size": size})

    return answer


def test_the_recorded_workspaces_are_read() -> None:
    default, sandbox, search = answering(example("workspaces")).workspaces()

    assert default == Workspace(
        uuid="0d5f5c38-6c6f-4b0e-8a0e-6a4b7f6b7c10",
        name="Default workspace",
        is_default=True,
        limit=SpendLimit(None),
    )
    assert (sandbox.name, sandbox.limit) == ("Sandbox", None)
    assert (search.name, search.limit) == ("Search Platform", euros("150"))


@pytest.mark.parametrize("archived_only", [False, True])
def test_archived_workspaces_are_found_whichever_way_the_switch_is_meant(
    archived_only: bool,  # noqa: FBT001 - the column of the table
) -> None:
    provider = workspaces_provider(2, 1, archived_only=archived_only)

    found = client(provider).workspaces()

    assert [(one.uuid, one.is_archived) for one in found] == [
        ("u000", False),
        ("u001", False),
        ("u002", True),
    ]


@pytest.mark.parametrize("largest_page", [100, 25])
def test_every_page_is_read_even_if_the_provider_makes_them_smaller(
    largest_page: int,
) -> None:
    provider = workspaces_provider(230, largest_page=largest_page)

    assert len(client(provider).workspaces()) == 230


def test_a_list_without_an_end_is_an_error() -> None:
    page = {"total": 10**9, "items": [workspace(1)], "page_size": 100}

    error = failure(answering(page).workspaces)

    assert isinstance(error, ProviderMalformed)
    assert "no end" in str(error)


def test_a_total_that_grows_for_ever_ends_with_the_first_empty_page() -> None:
    pages = [json_answer({"total": 900, "items": [workspace(1)]})]
    pages += [json_answer({"total": 9_000, "items": []})]

    assert len(client(Provider(pages)).workspaces()) == 1


@pytest.mark.parametrize(
    ("limit", "read"),
    [
        ({"value": 5, "currency": None, "no_monthly_limit": False}, None),
        ({"value": None, "currency": "EUR", "no_monthly_limit": None}, None),
        ({"value": 0, "currency": "EUR"}, euros("0")),
    ],
)
def test_a_workspace_limit_that_is_not_said_is_unknown(
    limit: object, read: SpendLimit | None
) -> None:
    page = {"total": 1, "items": [workspace(1, spend_limit=limit)]}

    (found,) = answering(page).workspaces()

    assert found.limit == read


@pytest.mark.parametrize(
    "item",
    [
        {"name": "no uuid"},
        {"uuid": "no name"},
        workspace(1, spend_limit={"value": -5, "currency": "EUR"}),
        workspace(1, spend_limit={"value": 5, "currency": "euros"}),
    ],
)
def test_a_workspace_that_cannot_be_read_is_an_error(item: object) -> None:
    page = {"total": 1, "items": [item]}

    assert isinstance(failure(answering(page).workspaces), ProviderMalformed)


def test_the_recorded_rate_limits_are_read() -> None:
    limits = answering(example("rate-limit")).rate_limit()

    assert limits.requests_per_second == 12
    assert [(one.model, one.tokens_per_month) for one in limits.models] == [
        ("mistral-large-2512", Decimal(40_000_000_000)),
        ("mistral-medium-3-5", Decimal(10_000_000_000)),
        ("mistral-ocr-2512", Decimal(0)),
    ]


def test_rate_limits_may_be_an_array_and_fractions() -> None:
    entry = {"model": "m", "tokens_per_minute": 0.5, "tokens_per_month": "7"}

    limits = answering(
        {"requests_per_second": 0.43, "tokens_limits_by_model": [entry]}
    ).rate_limit()

    assert limits.requests_per_second == Decimal("0.43")
    assert limits.models[0].tokens_per_minute == Decimal("0.5")


def test_a_rate_limit_may_be_unsaid_and_not_be_odd() -> None:
    assert answering({}).rate_limit().requests_per_second is None

    answer = {"tokens_limits_by_model": {"m": {"tokens_per_minute": 1}}}
    assert isinstance(failure(answering(answer).rate_limit), ProviderMalformed)


@pytest.mark.parametrize(
    ("name", "report", "series"),
    [
        ("analytics-by-user", AnalyticsReport.LECHAT_BY_USER, {"data": 2}),
        ("analytics-by-agent", AnalyticsReport.LECHAT_BY_AGENT, {"data": 1}),
        ("analytics-by-time", AnalyticsReport.LECHAT_BY_TIME, {"data": 2}),
        (
            "vibe-by-workspace",
            AnalyticsReport.VIBE_BY_WORKSPACE,
            {
                "sessions": 1,
                "user_prompts": 1,
                "active_users": 1,
                "consumed_tokens": 1,
                "tool_calls": 1,
                "tool_calls_by_name": 2,
                "session_durations": 1,
            },
        ),
        (
            "vibe-by-organization",
            AnalyticsReport.VIBE_BY_ORGANIZATION,
            {
                "next_edit_suggestions": 1,
                "next_edit_active_users": 1,
                "next_edit_modified_loc": 1,
            },
        ),
    ],
)
def test_the_recorded_reports_are_read(
    name: str, report: AnalyticsReport, series: dict[str, int]
) -> None:
    read = answering(example(name)).analytics(report, *AUGUST)

    assert {key: len(rows) for key, rows in read.series.items()} == series
    assert (read.start, read.end) == AUGUST
    assert read.report is report


def test_cells_keep_names_as_text_and_amounts_as_exact_numbers() -> None:
    row = {
        "user_id": "123",
        "day": "2026-08-01",
        "messages_count": "12",
        "hours": 11.75,
        "whole": 3.0,
        "note": "n/a",
        "is_new": True,
        "time_bucket": None,
        "nested": {"a": 1},
    }

    report = answering({"data": [row]}).analytics(
        AnalyticsReport.LECHAT_BY_USER, *AUGUST
    )

    assert report.series["data"] == (
        {
            "user_id": "123",
            "day": "2026-08-01",
            "messages_count": 12,
            "hours": Decimal("11.75"),
            "whole": 3,
            "note": "n/a",
            "is_new": True,
            "time_bucket": None,
        },
    )
    assert (report.start, report.end) == AUGUST


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {},
        {"data": None},
        {"sessions": []},
        {"data": [5]},
        {"data": [{"messages_count": 10**20}]},
        {"data": [], "start_time": "soon"},
        {"data": [], "start_time": 10**17},
    ],
    ids=repr,
)
def test_a_report_that_cannot_be_read_is_an_error(answer: object) -> None:
    error = failure(
        lambda: answering(answer).analytics(AnalyticsReport.LECHAT_BY_TIME, *AUGUST)
    )

    assert isinstance(error, ProviderMalformed)


def test_a_report_is_asked_for_in_unix_seconds() -> None:
    provider = Provider([json_answer({"data": []})])

    client(provider).analytics(
        AnalyticsReport.LECHAT_BY_TIME, *AUGUST, workspace="w", granularity="day"
    )

    assert dict(provider.requests[0].url.params) == {
        "start_time": "1785542400",
        "end_time": "1788220800",
        "workspace_id": "w",
        "granularity": "day",
    }


def entry(number: int, at: datetime, **more: object) -> dict[str, object]:
    return {
        "created_at": at.isoformat(),
        "actor_type": "HUMAN",
        "actor_metadata": {"email": "ada@acme.example", "name": "Ada"},
        "event_type": LIMIT_MOVED,
        "event_metadata": {"amount": 650},
        "target_type": "MONTHLY_LIMIT",
        "target_metadata": {"amount": "650"},
        "log_id": number,
    } | more


def test_an_audit_entry_is_read_with_the_best_name_of_who_did_it() -> None:
    (read,) = answering([entry(1, NOON)]).audit_log([LIMIT_MOVED], after=DAY_BEFORE)

    assert (read.at, read.actor, read.actor_type) == (NOON, "ada@acme.example", "HUMAN")
    assert (read.event_type, read.target_type) == (LIMIT_MOVED, "MONTHLY_LIMIT")
    assert read.detail == {"amount": "650", "target.amount": "650"}


@pytest.mark.parametrize(
    ("metadata", "actor"),
    [
        ({"name": "Ada", "user_id": "u1"}, "Ada"),
        ({"email": "", "api_key_id": "k1"}, "k1"),
        ({"color": "red"}, "API_KEY"),
        ({}, "API_KEY"),
        (None, "API_KEY"),
    ],
)
def test_an_actor_without_an_address_is_named_as_well_as_can_be(
    metadata: object, actor: str
) -> None:
    answer = [entry(1, NOON, actor_type="API_KEY", actor_metadata=metadata)]

    (read,) = answering(answer).audit_log([], after=DAY_BEFORE)

    assert read.actor == actor


@pytest.mark.parametrize("is_inclusive", [True, False])
def test_the_audit_log_is_read_page_by_page_and_no_entry_is_lost_or_doubled(
    is_inclusive: bool,  # noqa: FBT001 - the column of the table
) -> None:
    # Ten entries share each moment, so that moments straddle the pages.
    log = [entry(n, NOON - timedelta(seconds=n // 10)) for n in range(95)]

    def answer(request: httpx.Request) -> httpx.Response:
        before = request.url.params.get("before")
        bound = datetime.fromisoformat(before) if before else NOON + timedelta(days=1)
        page = [
            one
            for one in log
            if (at := datetime.fromisoformat(str(one["created_at"]))) < bound
            or (is_inclusive and at == bound)
        ]
        return json_answer(page[:25])

    read = client(answer).audit_log([LIMIT_MOVED], after=DAY_BEFORE)

    assert len(read) == 95
    assert [one.at for one in read] == sorted((one.at for one in read), reverse=True)


def test_the_audit_log_is_asked_by_event_and_time_and_what_was_not_meant_is_left() -> (
    None
):
    provider = Provider(
        [
            json_answer(
                [
                    entry(2, DAY_BEFORE - timedelta(seconds=1)),
                    entry(3, NOON),
                    entry(1, NOON, event_type="key.created"),
                    entry(4, NOON + timedelta(seconds=1)),
                ]
            )
        ]
    )

    read = client(provider).audit_log([LIMIT_MOVED, "b"], after=DAY_BEFORE)

    assert [one.at - NOON for one in read] == [timedelta(seconds=1), timedelta(0)]
    asked = provider.requests[0].url.params
    assert asked.get_list("event_type") == [LIMIT_MOVED, "b"]
    assert asked["after"] == "2026-08-19T12:00:00Z"
    assert asked["sort"] == "descending"


def test_an_audit_log_without_an_end_is_an_error() -> None:
    numbers = iter(range(1_000_000))

    def answer(_: httpx.Request) -> httpx.Response:
        return json_answer([entry(next(numbers), NOON) for _ in range(30)])

    error = failure(lambda: client(answer).audit_log([], after=DAY_BEFORE))

    assert "no end" in str(error)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [{}],
        [entry(1, NOON, created_at="soon")],
        [entry(1, NOON, created_at="2026-08-20T12:00:00")],
        [entry(1, NOON, log_id=None)],
    ],
    ids=lambda answer: json.dumps(answer)[:40],
)
def test_an_audit_log_that_cannot_be_read_is_an_error(answer: object) -> None:
    error = failure(lambda: answering(answer).audit_log([], after=DAY_BEFORE))

    assert isinstance(error, ProviderMalformed)
