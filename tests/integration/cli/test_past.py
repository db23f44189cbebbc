"""The past is there from the first day, as far as the provider answers."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from service.bootstrap import SystemClock
from service.domain.past_read import past_months
from service.domain.period import BillingPeriod, month_of
from service.simulator import scenarios
from service.simulator.exchange import Route
from service.simulator.faults import Fault, FaultKind
from service.simulator.server import SimulatorServer
from service.simulator.simulator import Simulator
from tests.integration.cli.conftest import GUARD, Cli, Place
from tests.integration.cli.test_serve import ADMIN_KEY, address_of, serving

VARIABLES = {
    "SPENDGUARD_ADMIN_KEY": ADMIN_KEY,
    "SPENDGUARD_CHECK_INTERVAL": "3600",
}


@pytest.fixture
def year(place: Place) -> Iterator[Simulator]:
    """Serve a provider with a year of usage before this month."""
    frame = scenarios.Frame(start=SystemClock().now(), speed=1.0, history_months=12)
    simulator = Simulator(scenarios.healthy(frame))
    with SimulatorServer(simulator) as server:
        place.write_policies(GUARD.format(base_url=server.base_url))
        yield simulator


def past() -> tuple[BillingPeriod, ...]:
    return past_months(month_of(SystemClock().now()))


def refuse(simulator: Simulator, month: BillingPeriod, status: int = 404) -> int:
    """Let the provider refuse a month from now on; give the fault's number."""
    where = {"month": str(month.start.month), "year": str(month.start.year)}
    return simulator.faults.add(
        Fault(
            kind=FaultKind.STATUS,
            route=Route.USAGE,
            where=where,
            status=status,
            count=None,
        )
    )


def history(cli: Cli) -> dict[str, Any]:
    body = json.loads(cli("status", "--json").out)
    found: dict[str, Any] = body["organizations"][0]["history"]
    return found


@pytest.mark.usefixtures("year")
def test_a_check_reads_the_past_and_says_so(cli: Cli) -> None:
    first = cli("check", "--json")

    oldest = past()[-1].key
    assert first.code == 0
    assert len(json.loads(first.out)) == 1
    assert first.err == f"acme: history: 12 of 12 months since {oldest}\n"
    assert history(cli) == {
        "months_read": 12,
        "months_wanted": 12,
        "oldest": oldest,
        "complete": True,
        "reason": None,
        "detail": "",
    }
    assert f"acme: history: 12 of 12 months since {oldest}" in cli("status").out
    assert cli("check", "--json").err == ""
    usage = json.loads(cli("usage", "acme", "--period", oldest, "--json").out)
    assert usage["by_day"]
    assert cli("audit", "verify").code == 0


def test_it_ends_where_the_provider_answers_no_more(cli: Cli, year: Simulator) -> None:
    months = past()
    for month in months[3:]:
        refuse(year, month)

    first = cli("check", "--json")

    known = history(cli)
    assert (first.code, known["months_read"], known["complete"]) == (0, 3, True)
    assert (known["oldest"], known["reason"]) == (months[2].key, "not_kept")
    assert "404" in known["detail"]
    told = f"history: 3 of 12 months since {months[2].key}, as far as the provider"
    assert told in first.err
    assert told in cli("status").out
    alerts = json.loads(cli("alert", "list", "--json").out)["items"]
    assert {each["policy_id"] for each in alerts} == {"acme-monthly"}


def test_a_provider_that_does_not_answer_is_asked_once(
    cli: Cli, year: Simulator
) -> None:
    for month in past():
        refuse(year, month, status=403)

    first = cli("check", "--json")

    known = history(cli)
    assert (known["months_read"], known["complete"]) == (0, False)
    assert known["reason"] == "provider_rejected"
    assert "0 of 12 months, the next is tried again (provider_rejected" in first.err
    refused = [each for each in year.requests if each.status == 403]
    assert len(refused) == 1


def test_a_dry_run_leaves_the_past_alone(cli: Cli, year: Simulator) -> None:
    cli("check", "--dry-run")

    assert year.count(Route.USAGE) == 1


def test_a_service_goes_on_where_it_was_killed(place: Place, year: Simulator) -> None:
    newest, second, third, *_ = past()
    refuse(year, third)
    with serving(place, **VARIABLES) as first:
        read = first.wait_for("usage.month.read")
        assert read["detail"]["month"] == newest.key
    with serving(place, **VARIABLES) as again:
        address = address_of(again)
        read = again.wait_for("usage.month.read")
        assert read["detail"]["month"] == second.key
        known = shown_when_complete(address)
        assert again.stop() == 0

    assert known["months_read"] == 2
    assert known["reason"] == "not_kept"
    asked = [each.query.get("month") for each in year.requests]
    assert asked.count((str(newest.start.month),)) == 1
    assert "Traceback" not in "".join(again.lines)


def shown_when_complete(address: str) -> dict[str, Any]:
    key = {"Authorization": f"Bearer {ADMIN_KEY}"}
    with httpx.Client(base_url=address, headers=key, timeout=30) as client:
        while True:
            body = client.get("/api/v1/status").json()
            history: dict[str, Any] = body["organizations"][0]["history"]
            if history["complete"]:
                return history
