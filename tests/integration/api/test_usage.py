"""Usage and spend, and what else the provider reports."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from service.simulator.faults import Fault, FaultKind
from tests.integration.api.serving import Served

SEARCH = """
version: 1
policies:
  - id: search
    organization: acme
    scope: {workspace: Search}
    budget: {amount: 1000, currency: EUR}
    thresholds: [{id: half, spend: 50%}]
"""


def spend_of(parts: list[dict[str, Any]]) -> Decimal:
    return sum((Decimal(part["spend"]["amount"]) for part in parts), Decimal(0))


def test_usage_adds_up_along_each_dimension(served_anywhere: Served) -> None:
    served_anywhere.check()

    body = served_anywhere.viewer.get("/usage", period="2026-09").json()

    total = spend_of([body["total"]])
    assert total > 0
    for dimension in ("by_day", "by_category", "by_model"):
        # Each part is rounded to a millionth when it is shown.
        assert abs(spend_of(body[dimension]) - total) < Decimal("0.001")
    assert len(body["by_day"]) == 16
    assert body["total"]["unpriced_units"] == 0
    assert served_anywhere.viewer.get("/usage").json() == body


def test_what_no_workspace_of_a_policy_used_is_the_rest(served: Served) -> None:
    served.check()
    assert served.viewer.get("/usage").json()["rest"] is None
    put = served.admin.put(
        "/policies/search",
        content=SEARCH,
        headers={"content-type": "application/yaml"},
    )
    assert put.status_code == 200, put.text
    served.clock.advance(timedelta(minutes=5))
    served.check()

    body = served.viewer.get("/usage").json()

    (search,) = body["by_workspace"]
    rest, whole = body["rest"], body["total"]
    assert search["name"] == "Search"
    assert rest["units"] == whole["units"] - search["units"] > 0
    apart = abs(spend_of([search, rest]) - spend_of([whole]))
    assert apart < Decimal("0.001")


def test_usage_never_read_is_not_found(served: Served) -> None:
    assert served.viewer.get("/usage").status_code == 404
    assert served.viewer.get("/usage", period="2026-13").status_code == 422


def test_what_has_no_price_is_not_free(served: Served) -> None:
    served.simulator.faults.add(Fault(kind=FaultKind.PRICES_REMOVED, count=None))
    served.check()

    body = served.viewer.get("/usage").json()

    assert body["total"]["spend"] is None
    assert body["total"]["unpriced_units"] > 0


def test_a_series_has_a_point_for_each_check(served_anywhere: Served) -> None:
    check = served_anywhere.check()
    served_anywhere.clock.advance(timedelta(minutes=5))

    body = served_anywhere.viewer.get("/usage/series").json()

    (point,) = body["items"]
    assert point["at"] == check["at"]
    assert point["spend"] == check["spend"]
    assert point["spend_limit"] == check["spend_limit"]
    forecast = check["forecast"]
    assert point["forecast"] == {
        "amount": forecast["amount"],
        "currency": forecast["currency"],
    }
    assert body["since"] == "2026-09-01T00:00:00Z"


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2026-09-17T00:00:00Z", "until": "2026-09-16T00:00:00Z"},
        {"since": "2026-01-01T00:00:00Z"},
        {"since": "2026-09-01T00:00:00"},
    ],
)
def test_a_series_over_no_sensible_time_is_refused(
    served: Served, query: dict[str, str]
) -> None:
    assert served.viewer.get("/usage/series", **query).status_code == 422


def test_rate_limits_are_passed_on(served: Served) -> None:
    body = served.viewer.get("/rate-limit").json()

    assert body["requests_per_second"] == "12"
    assert body["models"][0]["tokens_per_minute"].isdigit()


@pytest.mark.parametrize(
    "report",
    [
        "lechat/by-user",
        "lechat/by-agent",
        "lechat/by-time",
        "vibe/by-workspace",
        "vibe/by-organization",
    ],
)
def test_each_activity_report_is_passed_on(served: Served, report: str) -> None:
    body = served.viewer.get(f"/analytics/{report}").json()

    assert body["report"] == report
    assert body["start"] == "2026-09-01T00:00:00Z"
    assert any(rows for rows in body["series"].values())


@pytest.mark.parametrize(
    "query",
    [
        {"start": "2026-09-16T00:00:00Z", "end": "2026-09-16T00:00:00Z"},
        {"start": "2025-01-01T00:00:00Z"},
    ],
)
def test_a_report_over_no_sensible_time_is_refused(
    served: Served, query: dict[str, str]
) -> None:
    answer = served.viewer.get("/analytics/lechat/by-user", **query)

    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("status", "expected", "code"),
    [(500, 503, "provider_unavailable"), (403, 502, "provider_rejected")],
)
def test_a_provider_that_says_no_is_not_our_fault(
    served: Served, status: int, expected: int, code: str
) -> None:
    served.simulator.faults.add(Fault(kind=FaultKind.STATUS, status=status, count=None))

    answer = served.viewer.get("/rate-limit")

    assert answer.status_code == expected
    assert answer.json()["code"] == code
