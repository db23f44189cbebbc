"""Each fault, as a plain client sees it."""

import json
import math
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from service.simulator.exchange import Route
from service.simulator.faults import Fault, FaultKind, FaultPlan
from tests.integration.simulator.provider import Provider, cost, rows, serving, validate


@pytest.fixture(autouse=True)
def a_week_in(provider: Provider) -> None:
    provider.simulator.advance(timedelta(days=7))


@pytest.mark.parametrize("status", [401, 402, 403, 404, 429])
def test_refusals_speak_json(provider: Provider, status: int) -> None:
    provider.simulator.faults.add(Fault(kind=FaultKind.STATUS, status=status))

    answer = provider.get("/usage")

    assert answer.status_code == status
    assert "Retry-After" not in answer.headers
    validate("error", answer.json())
    assert provider.get("/usage").status_code == 200


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_gateway_errors_speak_html(provider: Provider, status: int) -> None:
    provider.simulator.faults.add(Fault(kind=FaultKind.STATUS, status=status))

    answer = provider.get("/usage")

    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html"
    assert "<html>" in answer.text


def test_throttling_may_say_how_long(provider: Provider) -> None:
    provider.simulator.faults.add(
        Fault(kind=FaultKind.STATUS, status=429, retry_after="30")
    )

    assert provider.get("/usage").headers["Retry-After"] == "30"


def test_redirects_and_pages_can_be_answered(provider: Provider) -> None:
    provider.simulator.faults.add(
        Fault(kind=FaultKind.STATUS, status=302, location="https://other.example/")
    )
    provider.simulator.faults.add(Fault(kind=FaultKind.HTML))

    assert provider.get("/usage").headers["Location"] == "https://other.example/"
    page = provider.get("/usage")
    assert page.status_code == 200
    assert page.text.startswith("<!doctype html>")


def test_a_slow_answer_outlasts_a_timeout_and_does_not_block_others(
    provider: Provider,
) -> None:
    provider.simulator.faults.add(
        Fault(kind=FaultKind.SLOW, route=Route.USAGE, seconds=30)
    )

    with pytest.raises(httpx.ReadTimeout):
        provider.client.get("/usage", timeout=0.2)
    assert provider.get("/spend-limit").status_code == 200


def test_a_dripping_body_outlasts_every_read(provider: Provider) -> None:
    provider.simulator.faults.add(Fault(kind=FaultKind.DRIP, seconds=0.6))
    began = time.perf_counter()

    answer = provider.client.get("/usage", timeout=0.3)

    assert answer.status_code == 200
    assert time.perf_counter() - began > 0.5
    assert list(rows(answer.json()))


def test_a_body_can_be_cut_off(provider: Provider) -> None:
    provider.simulator.faults.add(Fault(kind=FaultKind.CUT_OFF, share=0.4))

    with pytest.raises(httpx.RemoteProtocolError):
        provider.get("/usage")
    assert provider.get("/usage").status_code == 200


def test_a_body_can_be_too_large(provider: Provider) -> None:
    provider.simulator.faults.add(Fault(kind=FaultKind.OVERSIZED, size=2_000_000))

    assert len(provider.get("/spend-limit").content) == 2_000_000


def test_the_server_stops_while_an_answer_is_slow() -> None:
    with serving() as served:
        served.simulator.faults.add(Fault(kind=FaultKind.SLOW, seconds=60))
        with pytest.raises(httpx.ReadTimeout):
            served.client.get("/usage", timeout=0.1)
        began = time.perf_counter()

    assert time.perf_counter() - began < 3


def total(body: dict[str, Any]) -> object:
    return body["limits"]["completion"].get("total_usage", "absent")


@pytest.mark.parametrize(
    ("fault", "is_seen"),
    [
        (Fault(kind=FaultKind.MISSING_FIELD), lambda found: found == "absent"),
        (Fault(kind=FaultKind.NULL_FIELD), lambda found: found is None),
        (
            Fault(kind=FaultKind.JUNK_FIELD, value="12,50"),
            lambda found: found == "12,50",
        ),
        (Fault(kind=FaultKind.JUNK_FIELD, value=-3.5), lambda found: found == -3.5),
        (Fault(kind=FaultKind.NAN_FIELD), math.isnan),
    ],
    ids=["missing", "null", "text", "negative", "nan"],
)
def test_single_fields_can_be_spoiled(
    provider: Provider, fault: Fault, is_seen: Callable[[Any], bool]
) -> None:
    provider.simulator.faults.add(replace(fault, field="limits.completion.total_usage"))

    assert is_seen(total(provider.get("/spend-limit").json()))
    assert isinstance(total(provider.get("/spend-limit").json()), float)


def test_paths_reach_every_row(provider: Provider) -> None:
    field = "completion.models.*.*.*.value_paid"
    provider.simulator.faults.add(Fault(kind=FaultKind.MISSING_FIELD, field=field))
    provider.simulator.faults.add(Fault(kind=FaultKind.NULL_FIELD, field="prices"))

    body = provider.get("/usage").json()

    assert all("value_paid" not in row for row in rows(body["completion"]))
    assert all("value_paid" in row for row in rows(body["ocr"]))
    assert body["prices"] is None


def test_the_currency_can_change(provider: Provider) -> None:
    provider.simulator.faults.add(
        Fault(kind=FaultKind.CURRENCY, currency="USD", count=None)
    )

    assert provider.get("/usage").json()["currency"] == "USD"
    assert provider.get("/spend-limit").json()["limits"]["currency"] == "USD"
    workspace = provider.get("/workspaces").json()["items"][0]
    assert workspace["spend_limit"]["currency"] == "USD"


def test_spend_can_fall(provider: Provider) -> None:
    healthy = provider.simulator.spend("acme")
    provider.simulator.faults.add(Fault(kind=FaultKind.RESTATED, share=0.3, count=None))

    expected = healthy * Decimal("0.7")
    assert provider.limits()["total_usage"] == pytest.approx(expected, abs=1)
    assert cost(provider.usage()) == pytest.approx(expected, abs=1)
    provider.simulator.faults.clear()
    assert provider.limits()["total_usage"] == round(healthy, 2)


def test_prices_can_be_removed(provider: Provider) -> None:
    provider.simulator.faults.add(
        Fault(kind=FaultKind.PRICES_REMOVED, metric="mistral-large-2512")
    )
    provider.simulator.faults.add(Fault(kind=FaultKind.PRICES_REMOVED, skip=1))

    metrics = {price["billing_metric"] for price in provider.usage()["prices"]}
    assert "mistral-large-2512" not in metrics
    assert metrics
    assert provider.usage()["prices"] == []


def test_unknown_categories_can_appear(provider: Provider) -> None:
    provider.simulator.faults.add(Fault(kind=FaultKind.NEW_CATEGORY))

    body = provider.get("/usage").json()

    assert list(rows(body["video"]))
    assert list(rows(body["vibe_code"]["video"]))


def test_another_month_can_be_answered(provider: Provider) -> None:
    provider.simulator.faults.add(Fault(kind=FaultKind.WRONG_PERIOD))

    assert provider.usage()["start_date"].startswith("2026-08")


def test_usage_can_vanish(provider: Provider) -> None:
    provider.simulator.faults.add(Fault(kind=FaultKind.EMPTY_USAGE, count=2))

    body = provider.get("/usage").json()
    validate("usage", body)
    assert list(rows(body)) == []
    assert provider.limits()["total_usage"] == 0
    assert provider.limits()["total_usage"] > 0


def test_a_limit_can_be_set_without_an_answer(provider: Provider) -> None:
    provider.simulator.faults.add(Fault(kind=FaultKind.NO_ANSWER))

    with pytest.raises(httpx.ReadTimeout):
        provider.client.post("/spend-limit", json={"amount": 4800}, timeout=0.2)

    assert provider.limits()["usage_limit"] == 4800
    assert provider.simulator.requests[-2].status == 504


def test_no_answer_may_also_mean_no(provider: Provider) -> None:
    provider.simulator.faults.add(Fault(kind=FaultKind.NO_ANSWER, applied=False))

    with pytest.raises(httpx.ReadTimeout):
        provider.client.post("/spend-limit", json={"amount": 4800}, timeout=0.2)

    assert provider.limits()["usage_limit"] == 4000


def test_a_limit_can_be_accepted_and_forgotten(provider: Provider) -> None:
    provider.simulator.faults.add(Fault(kind=FaultKind.IGNORED))

    answer = provider.set_limit(4800).json()

    assert answer["limits"]["completion"]["usage_limit"] == 4800.0
    assert provider.limits()["usage_limit"] == 4000
    assert provider.simulator.limit_history == ()


def test_a_limit_can_be_overtaken_by_a_person(provider: Provider) -> None:
    provider.simulator.faults.add(
        Fault(kind=FaultKind.OVERTAKEN, amount=5555, email="eve@acme.example")
    )

    answer = provider.set_limit(4800).json()

    assert answer["limits"]["completion"]["usage_limit"] == 4800.0
    assert provider.limits()["usage_limit"] == 5555
    actors = [move.actor for move in provider.simulator.limit_history]
    assert actors == ["api_key:admin-api-key", "human:eve@acme.example"]


def test_an_error_may_come_after_the_deed(provider: Provider) -> None:
    provider.simulator.faults.add(Fault(kind=FaultKind.ERROR_AFTER, status=502))

    assert provider.set_limit(4800).status_code == 502
    assert provider.limits()["usage_limit"] == 4800


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_error_may_come_instead_of_the_deed(provider: Provider, status: int) -> None:
    provider.simulator.faults.add(
        Fault(kind=FaultKind.STATUS, route=Route.SET_SPEND_LIMIT, status=status)
    )

    assert provider.get("/spend-limit").status_code == 200
    assert provider.set_limit(4800).status_code == status
    assert provider.limits()["usage_limit"] == 4000


def test_a_limit_can_come_into_force_late(provider: Provider) -> None:
    provider.simulator.faults.add(Fault(kind=FaultKind.LATE, seconds=600))

    assert provider.set_limit(4800).status_code == 200
    assert provider.limits()["usage_limit"] == 4000
    provider.simulator.advance(timedelta(minutes=10))
    assert provider.limits()["usage_limit"] == 4800
    assert len(provider.simulator.limit_history) == 1


def test_faults_are_counted_skipped_and_narrowed(provider: Provider) -> None:
    uuid = provider.simulator.workspace_uuid("acme", "Search")
    faults = provider.simulator.faults
    faults.add(
        Fault(
            kind=FaultKind.STATUS,
            route=Route.USAGE,
            where={"workspace_id": uuid},
            count=2,
            skip=1,
        )
    )
    faults.add(Fault(kind=FaultKind.STATUS, organization="other", count=None))

    asked = [provider.get("/usage", workspace_id=uuid).status_code for _ in range(4)]

    assert asked == [200, 500, 500, 200]
    assert provider.get("/usage").status_code == 200
    assert [fault.organization for fault in faults.active().values()] == ["other"]


def test_faults_add_up_and_are_logged(provider: Provider) -> None:
    faults = provider.simulator.faults
    faults.add(Fault(kind=FaultKind.CURRENCY, currency="USD"))
    faults.add(Fault(kind=FaultKind.NULL_FIELD, field="prices"))

    body = provider.get("/usage").json()

    assert (body["currency"], body["prices"]) == ("USD", None)
    assert provider.simulator.requests[-1].faults == ("currency", "null-field")


def test_a_fault_can_be_cleared_by_its_number() -> None:
    plan = FaultPlan()
    kept = plan.add(Fault(kind=FaultKind.HTML, count=None))
    gone = plan.add(Fault(kind=FaultKind.STATUS, count=None))
    plan.clear(gone)

    assert list(plan.active()) == [kept]


def test_the_simulator_can_be_driven_over_http(provider: Provider) -> None:
    control = httpx.Client(base_url=f"{provider.server.url}/simulator")
    with control:
        added = control.post(
            "/faults", json={"kind": "status", "status": 503, "count": None}
        )
        assert added.status_code == 201
        assert provider.get("/usage").status_code == 503
        assert control.delete("/faults").status_code == 204
        assert provider.get("/usage").status_code == 200

        moved = control.post(
            "/console/limit", json={"organization": "acme", "amount": 7}
        )
        assert moved.json()["organizations"][0]["limit"] == 7
        state = control.post("/clock/advance", json={"hours": 2}).json()
        assert state["now"] == "2026-09-08T02:00:00Z"
        assert control.get("/state").json() == state
        assert control.get("/limit-history").json()[0]["after"] == 7
        assert len(control.get("/requests", params={"after": 1}).json()) == 1
        unknown = control.post(
            "/console/limit", json={"organization": "x", "amount": 1}
        )
        assert unknown.status_code == 404


def test_answers_are_json_even_under_load(provider: Provider) -> None:
    provider.simulator.faults.add(Fault(kind=FaultKind.STATUS, status=429, count=5))

    statuses = [provider.get("/spend-limit").status_code for _ in range(8)]

    assert statuses == [429] * 5 + [200] * 3
    assert json.loads(provider.get("/spend-limit").text)
