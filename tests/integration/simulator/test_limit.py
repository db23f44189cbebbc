"""The limit: enforced as the provider does it, moved by key or by person."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from service.simulator import scenarios
from service.simulator.exchange import Route
from tests.integration.simulator.provider import (
    Provider,
    changed,
    cost,
    serving,
    validate,
)


def test_usage_stops_at_the_limit_and_goes_on_when_it_is_raised() -> None:
    with serving(scenarios.runaway()) as provider:
        simulator = provider.simulator
        simulator.advance(timedelta(days=26))
        stopped = provider.limits()
        simulator.advance(timedelta(hours=6))

        assert stopped["monthly_limit_reached"] is True
        assert 4000 <= stopped["total_usage"] < Decimal("4000.10")
        assert provider.limits() == stopped
        assert 4000 <= simulator.spend("acme") < Decimal("4000.10")

        assert provider.set_limit(4500).status_code == 200
        simulator.advance(timedelta(hours=1))
        assert provider.limits()["monthly_limit_reached"] is False
        assert 4000 < simulator.spend("acme") < 4500


def test_batches_may_run_past_the_limit() -> None:
    config = changed(scenarios.runaway(), overshoot=Decimal("0.01"))
    with serving(config) as provider:
        provider.simulator.advance(timedelta(days=26))

        assert 4000 < provider.simulator.spend("acme") <= Decimal("4040.10")


def test_a_limit_below_spend_is_taken_and_is_reached_at_once(
    provider: Provider,
) -> None:
    provider.simulator.advance(timedelta(days=5))

    body = provider.set_limit(100).json()

    validate("spend-limit", body)
    assert body["limits"]["completion"]["monthly_limit_reached"] is True
    assert body["limits"]["completion"]["usage_limit"] == 100.0


def test_unlimited_keeps_the_amount_for_later(provider: Provider) -> None:
    body = provider.set_limit(1, no_monthly_limit=True).json()

    validate("spend-limit", body)
    assert body["limits"]["completion"]["no_monthly_limit"] is True
    assert body["limits"]["completion"]["usage_limit"] is None
    assert provider.simulator.standing("acme").limit.amount == 4000


def test_amounts_that_are_no_whole_units_are_refused(provider: Provider) -> None:
    for amount in (499.5, "500", None, True, -1):
        answer = provider.set_limit(amount)
        assert answer.status_code == 422
        validate("validation-error", answer.json())

    assert provider.simulator.limit_history == ()


def test_bodies_that_are_no_request_are_refused(provider: Provider) -> None:
    for body in (b"", b"{", b"[]", b"{}"):
        answer = provider.client.post("/spend-limit", content=body)
        assert answer.status_code == 422
        validate("validation-error", answer.json())


def test_a_contract_may_have_a_maximum() -> None:
    with serving(changed(scenarios.healthy(), max_amount=5000)) as provider:
        assert provider.set_limit(5001).status_code == 422
        assert provider.set_limit(5000).status_code == 200


def test_a_workspace_stops_at_its_own_cap() -> None:
    config = scenarios.healthy()
    capped = tuple(
        replace(workspace, spend_limit=Decimal(20))
        if workspace.name == "Search"
        else workspace
        for workspace in config.organizations[0].workspaces
    )
    with serving(changed(config, workspaces=capped)) as provider:
        provider.simulator.advance(timedelta(days=5))
        uuid = provider.simulator.workspace_uuid("acme", "Search")

        assert 20 <= cost(provider.usage(workspace_id=uuid)) < 22
        assert provider.simulator.spend("acme") > 200


def test_the_audit_log_names_key_and_person(provider: Provider) -> None:
    provider.set_limit(4100)
    provider.simulator.advance(timedelta(hours=1))
    provider.simulator.console_sets_limit("acme", 9000, email="eve@acme.example")

    lines = provider.get("/audit-logs").json()

    validate("audit-logs", lines)
    assert [line["actor_type"] for line in lines] == ["HUMAN", "API_KEY"]
    assert lines[0]["actor_metadata"]["email"] == "eve@acme.example"
    assert lines[0]["event_type"] == "billing.monthly_limit.updated"
    oldest = provider.get("/audit-logs", sort="ascending", limit="1").json()
    assert oldest == lines[1:]
    before = provider.get("/audit-logs", before=lines[0]["created_at"]).json()
    assert before == lines[1:]
    assert provider.get("/audit-logs", actor_type="HUMAN").json() == lines[:1]
    assert provider.get("/audit-logs", event_type="other").json() == []


def test_audit_entries_may_be_late() -> None:
    config = changed(scenarios.healthy(), audit_delay=timedelta(minutes=10))
    with serving(config) as provider:
        provider.set_limit(4100)

        assert provider.get("/audit-logs").json() == []
        provider.simulator.advance(timedelta(minutes=10))
        assert len(provider.get("/audit-logs").json()) == 1


def test_the_flag_may_outlast_a_raise() -> None:
    config = changed(scenarios.runaway(), limit=1000, reached_lag=timedelta(minutes=30))
    with serving(config) as provider:
        provider.simulator.advance(timedelta(days=20))
        provider.set_limit(5000)

        limits = provider.limits()
        assert limits["monthly_limit_reached"] is True
        assert limits["total_usage"] < limits["usage_limit"]
        provider.simulator.advance(timedelta(minutes=30))
        assert provider.limits()["monthly_limit_reached"] is False


def test_only_changes_in_force_are_in_the_history(provider: Provider) -> None:
    provider.set_limit(4000)
    provider.set_limit(4800)
    provider.simulator.console_sets_limit("acme", 6000, unlimited=True)

    history = provider.simulator.limit_history

    assert [(move.before.amount, move.after.amount) for move in history] == [
        (4000, 4800),
        (4800, 6000),
    ]
    assert [move.after.unlimited for move in history] == [False, True]
    assert history[0].actor.startswith("api_key:")
    assert history[1].actor == "human:someone@acme.example"


def test_stored_files_are_counted_and_not_shown() -> None:
    config = changed(scenarios.healthy(), storage_per_day=Decimal(2), exact_totals=True)
    with serving(config) as provider:
        assert provider.limits()["total_usage"] == 0
        provider.simulator.advance(timedelta(days=4))

        assert provider.limits()["total_usage"] - cost(provider.usage()) == 8


def test_every_request_is_counted(provider: Provider) -> None:
    provider.get("/usage", month="9", year="2026")
    provider.set_limit(4100)
    provider.client.get("/usage", headers={"x-api-key": "sg_test_wrong"})

    log = provider.simulator.requests

    assert [(one.method, one.status) for one in log] == [
        ("GET", 200),
        ("POST", 200),
        ("GET", 401),
    ]
    assert log[0].query == {"month": ("9",), "year": ("2026",)}
    assert json.loads(log[1].body) == {"amount": 4100}
    assert (log[1].organization, log[2].organization) == ("acme", None)
    assert provider.simulator.count(Route.USAGE) == 2
    assert provider.simulator.count(organization="acme") == 2
    provider.simulator.forget_requests()
    assert provider.simulator.count() == 0
