"""Every answer has the shape the provider documents."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import jsonschema
import pytest

from service.simulator import scenarios
from service.simulator.catalogue import PriceStyle
from service.simulator.configuration import (
    VERSIONED_PREFIX,
    Dialect,
    Header,
    Shape,
    Stream,
    Switches,
)
from service.simulator.exchange import Route
from tests.integration.simulator.provider import (
    KEY,
    PATHS,
    SCHEMAS,
    Provider,
    changed,
    cost,
    rows,
    serving,
    validate,
)

EXAMPLES = Path("../shared/admin-api-examples")
WINDOW = {"start_time": "1788220800", "end_time": "1790812800"}  # September 2026
NEWEST_PATHS = {
    Route.WORK_BY_USER: "/analytics/vibe/work/usage/by_user_stats",
    Route.WORK_BY_AGENT: "/analytics/vibe/work/usage/by_agent_stats",
    Route.WORK_BY_TIME: "/analytics/vibe/work/usage/by_time_stats",
    Route.CODE_BY_WORKSPACE: "/analytics/vibe/code/usage/by_workspace",
    Route.CODE_BY_ORGANIZATION: "/analytics/vibe/code/usage/by_organization",
}


@pytest.mark.parametrize("name", sorted(path.stem for path in SCHEMAS.iterdir()))
def test_every_schema_is_one(name: str) -> None:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())

    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(
    ("example", "schema"),
    [
        ("usage", "usage"),
        ("usage-empty", "usage"),
        ("usage-legacy-july", "usage-july"),
        ("spend-limit-get", "spend-limit"),
        ("spend-limit-get-minimal", "spend-limit"),
        ("spend-limit-get-unlimited", "spend-limit"),
        ("spend-limit-get-legacy-july", "spend-limit-july"),
        ("rate-limit", "rate-limit"),
        ("workspaces", "workspaces"),
        ("analytics-by-user", "work-by-user"),
        ("analytics-by-agent", "work-by-agent"),
        ("analytics-by-time", "work-by-time"),
        ("vibe-by-workspace", "code-by-workspace"),
        ("vibe-by-organization", "code-by-organization"),
    ],
)
def test_the_schemas_accept_the_known_examples(example: str, schema: str) -> None:
    path = EXAMPLES / f"{example}.json"
    if not path.exists():
        pytest.skip("the example answers are not beside this checkout")

    validate(schema, json.loads(path.read_text()))


@pytest.mark.parametrize("days", [0, 9])
def test_every_answer_validates(provider: Provider, days: int) -> None:
    provider.simulator.advance(timedelta(days=days, hours=10))
    provider.set_limit(4100)

    for route, path in PATHS.items():
        answer = provider.get(path, **WINDOW)
        assert answer.status_code == 200
        validate(route, answer.json())


def test_the_shape_of_july_validates_and_adds_up() -> None:
    with serving(changed(scenarios.healthy(), shape=Shape.JULY)) as provider:
        provider.simulator.advance(timedelta(days=9))

        usage = provider.usage()
        limits = provider.get("/spend-limit").json()

        validate("usage-july", json.loads(provider.get("/usage").text))
        validate("spend-limit-july", limits)
        api = [row for row in rows(usage) if row["usage_type"] == "usage"]
        assert api
        total = cost(usage) + Decimal(str(usage["vibe_usage"]))
        assert round(total, 1) == round(provider.simulator.spend("acme"), 1)


def test_the_cost_of_the_rows_is_the_counted_total(provider: Provider) -> None:
    provider.simulator.advance(timedelta(days=9))

    usage = provider.usage()

    assert cost(usage) == provider.simulator.spend("acme")
    assert provider.limits()["total_usage"] == round(cost(usage), 2)


def test_the_workspaces_add_up_to_the_organization(provider: Provider) -> None:
    provider.simulator.advance(timedelta(days=3))
    listed = provider.get("/workspaces", is_archived="true").json()["items"]

    parts = [
        cost(provider.usage(workspace_id=workspace["uuid"])) for workspace in listed
    ]

    assert sum(parts) == cost(provider.usage())
    assert sum(1 for part in parts if part) == 4


def test_zones_can_be_asked_for(provider: Provider) -> None:
    provider.simulator.advance(timedelta(days=3))

    zones = {row["api_zone"] for row in rows(provider.usage(api_zone="eu"))}

    assert zones == {"eu"}
    assert provider.get("/usage", api_zone="mars").status_code == 422


def test_prices_are_a_trap_for_careless_readers(provider: Provider) -> None:
    provider.simulator.advance(timedelta(days=1))

    prices = provider.usage()["prices"]

    short = [(price["billing_metric"], price["billing_group"]) for price in prices]
    texts = [price["price"] for price in prices if isinstance(price["price"], str)]
    assert len(short) > 2 * len(set(short))
    assert any(text.endswith("E-8") for text in texts)
    assert any(text.endswith("000") for text in texts)
    assert any(isinstance(price["price"], Decimal) for price in prices)


@pytest.mark.parametrize(
    ("style", "kind"), [(PriceStyle.STRINGS, str), (PriceStyle.NUMBERS, Decimal)]
)
def test_prices_can_be_of_one_kind(style: PriceStyle, kind: type) -> None:
    with serving(changed(scenarios.healthy(), price_style=style)) as provider:
        provider.simulator.advance(timedelta(days=1))

        assert {type(price["price"]) for price in provider.usage()["prices"]} == {kind}


def test_allowance_is_consumed_and_not_paid(provider: Provider) -> None:
    provider.simulator.advance(timedelta(days=1))

    chat = list(rows(provider.usage()["chat"]))

    assert chat
    assert all(row["value"] > row["value_paid"] == 0 for row in chat)


def test_a_partly_paid_stream_bills_its_share() -> None:
    stream = Stream(
        product="mistral-embed", daily=Decimal(10), workspace="Search", paid_share=0.75
    )
    with serving(changed(scenarios.healthy(), streams=(stream,))) as provider:
        provider.simulator.advance(timedelta(days=2))

        for row in rows(provider.usage()):
            share = Decimal(row["value_paid"]) / row["value"]
            assert round(share, 3) == Decimal("0.750")


def test_fine_tuning_costs_and_has_no_price() -> None:
    stream = Stream(product="fine-tuning", daily=Decimal(10), workspace="Search")
    with serving(changed(scenarios.healthy(), streams=(stream,))) as provider:
        provider.simulator.advance(timedelta(days=2))

        body = provider.usage()

        validate("usage", json.loads(provider.get("/usage").text))
        assert list(rows(body["fine_tuning"]["training"]))
        assert cost(body) == 0 < provider.simulator.spend("acme")


def test_a_month_that_is_none_is_answered_emptily(provider: Provider) -> None:
    provider.simulator.advance(timedelta(days=1))

    for month in ("13", "abc", "0"):
        body = provider.get("/usage", month=month, year="2026").json()
        validate("usage", body)
        assert list(rows(body)) == []
        assert body["prices"] == []


def test_past_months_are_served_as_far_as_they_are_kept(provider: Provider) -> None:
    assert cost(provider.usage(month="08")) > 2000
    assert cost(provider.usage(month="7")) > 2000
    assert cost(provider.usage(month="6")) == 0
    assert provider.usage(month="8")["next_month"] == "2026-09"


def test_both_prefixes_and_both_headers_answer(provider: Provider) -> None:
    styles = [
        {"x-api-key": KEY},
        {"Authorization": f"Bearer {KEY}"},
        {"x-api-key": KEY, "Authorization": f"Bearer {KEY}"},
    ]
    for headers in styles:
        for base in (provider.server.base_url, provider.server.versioned_base_url):
            answer = httpx.get(f"{base}/spend-limit", headers=headers)
            assert answer.status_code == 200


def test_no_key_and_wrong_keys_are_refused(provider: Provider) -> None:
    for headers in ({}, {"x-api-key": "sg_test_other"}, {"Authorization": "Basic x"}):
        answer = httpx.get(f"{provider.server.base_url}/usage", headers=headers)
        assert answer.status_code == 401
        validate("error", answer.json())


def test_headers_and_prefixes_can_be_switched_off(provider: Provider) -> None:
    provider.simulator.switches = Switches(
        headers=frozenset({Header.BEARER}), prefixes=frozenset({VERSIONED_PREFIX})
    )
    url = f"{provider.server.versioned_base_url}/spend-limit"

    assert provider.get("/spend-limit").status_code == 404
    assert httpx.get(url, headers={"x-api-key": KEY}).status_code == 401
    bearer = {"Authorization": f"Bearer {KEY}"}
    assert httpx.get(url, headers=bearer).status_code == 200


def test_both_dialects_answer_alike_and_either_can_be_off(provider: Provider) -> None:
    simulator = provider.simulator
    simulator.advance(timedelta(days=5))
    for route, new in NEWEST_PATHS.items():
        old = PATHS[route]
        simulator.switches = Switches()
        both = [provider.get(path, **WINDOW).content for path in (old, new)]
        assert both[0] == both[1]

        simulator.switches = Switches(dialects=frozenset({Dialect.WORK}))
        assert provider.get(old, **WINDOW).status_code == 404
        assert provider.get(new, **WINDOW).status_code == 200

        simulator.switches = Switches(dialects=frozenset({Dialect.LECHAT}))
        assert provider.get(old, **WINDOW).status_code == 200
        assert provider.get(new, **WINDOW).status_code == 404


def test_analytics_want_a_window(provider: Provider) -> None:
    answer = provider.get(PATHS[Route.WORK_BY_USER], start_time="x")

    assert answer.status_code == 422
    validate("validation-error", answer.json())


def test_analytics_grow_with_time_and_agree_over_buckets(provider: Provider) -> None:
    path = PATHS[Route.WORK_BY_TIME]
    provider.simulator.advance(timedelta(days=3))
    early = provider.get(path, **WINDOW, granularity="day").json()["data"]
    provider.simulator.advance(timedelta(days=4))
    late = provider.get(path, **WINDOW, granularity="day").json()["data"]
    whole = provider.get(path, **WINDOW).json()["data"]
    people = provider.get(PATHS[Route.WORK_BY_USER], **WINDOW).json()["data"]

    assert late[: len(early)] == early
    assert len(early) == 3
    messages = sum(bucket["messages_count"] for bucket in late)
    assert [bucket["time_bucket"] for bucket in whole] == [None]
    assert whole[0]["messages_count"] == messages
    assert sum(person["messages_count"] for person in people) == messages


def test_workspaces_come_in_pages(provider: Provider) -> None:
    first = provider.get("/workspaces", page="1", page_size="3").json()
    second = provider.get("/workspaces", page="2", page_size="3").json()
    archived = provider.get("/workspaces", is_archived="true").json()

    assert first["total"] == second["total"] == 5
    assert (len(first["items"]), len(second["items"])) == (3, 2)
    assert archived["total"] == 6
    assert provider.get("/workspaces", search="AGENT").json()["total"] == 1
    assert provider.get("/workspaces", page="0").status_code == 422


def test_archived_may_mean_only() -> None:
    with serving(changed(scenarios.healthy(), archived_only=True)) as provider:
        found = provider.get("/workspaces", is_archived="true").json()["items"]

        assert [workspace["name"] for workspace in found] == ["Pilot 2025"]


def test_rate_limits_may_come_as_a_list() -> None:
    with serving(changed(scenarios.healthy(), rate_limit_as_list=True)) as provider:
        limits = provider.get("/rate-limit").json()["tokens_limits_by_model"]

        assert {"model", "tokens_per_minute", "tokens_per_month"} == set(limits[0])


def test_unknown_paths_and_methods_are_refused(provider: Provider) -> None:
    assert provider.get("/nothing").status_code == 404
    assert provider.client.delete("/usage").status_code == 405
