"""Requests for approval at the terminal."""

import json
from collections.abc import Iterator

import pytest

from service.simulator.server import SimulatorServer
from tests.integration.cli.conftest import Cli, Place

POLICIES = """\
version: 1
policies:
  - id: acme-monthly
    organization: acme
    budget: {amount: 7000, currency: EUR, period: month}
    mode: enforce
    thresholds:
      - id: stop
        spend: 0.01
        then: {set_limit: {to: 7500}, approval: {expires: 2h}}
"""


@pytest.fixture
def asked(ready: Cli, place: Place, provider: SimulatorServer) -> Iterator[str]:
    """Let the policy ask; give the request's id, and put the limit back at the end."""
    before = provider.simulator.standing("acme").limit.amount
    guard = (place.folder / "policies" / "guard.yaml").read_text("utf-8")
    place.write_policies(guard, POLICIES)
    assert ready("check", "acme").code in {0, 1}
    listed = json.loads(ready("approval", "list", "--json").out)["items"]
    assert [each["state"] for each in listed] == ["pending"]
    yield str(listed[0]["id"])
    provider.simulator.console_sets_limit("acme", before)


def test_requests_are_listed_as_a_table(ready: Cli, asked: str) -> None:
    out = ready("approval", "list", "acme", "--state", "pending").out

    assert asked in out
    assert "acme-monthly/stop" in out
    assert ready("approval", "list", "--state", "used").out.strip() == "no requests"


def test_the_status_says_what_waits_for_whom(ready: Cli, asked: str) -> None:
    shown = ready("status").out

    assert "acme: waits for approval until " in shown
    assert "set from 4,000.00 EUR to 7,500.00 EUR" in shown
    assert f"spendguard approval approve | deny {asked}" in shown


def test_a_request_is_denied_once_and_by_name(ready: Cli, asked: str) -> None:
    first = ready("approval", "deny", asked, "--note", "not now")
    second = ready("approval", "approve", asked)

    assert first.code == 0
    assert first.out.startswith("denied: set the limit")
    assert second.code == 1
    assert "is denied by user:" in second.err


def test_an_approved_request_is_done_at_once(ready: Cli, asked: str) -> None:
    done = ready("approval", "approve", asked, "--json")
    body = json.loads(done.out)

    assert body["state"] == "used"
    assert body["decided_by"].startswith("user:")
    assert "7,500.00 EUR" in ready("limit", "show").out


def test_a_request_nobody_made_is_not_found(ready: Cli) -> None:
    ended = ready("approval", "approve", "ap_none")

    assert ended.code == 1
    assert "ap_none" in ended.err


def test_who_asks_for_more_does_not_approve_it(ready: Cli) -> None:
    wish = ready("limit", "request", "7900", "--reason", "launch week")
    again = ready("limit", "request", "7950", "--reason", "launch week", "--json")
    listed = json.loads(ready("approval", "list", "--json").out)["items"]
    own = ready("approval", "approve", listed[0]["id"])

    assert wish.code == 0
    assert "waits for an answer" in wish.out
    assert again.code == 1
    assert listed[0]["id"] in again.err
    assert own.code == 1
    assert "own request" in own.err


def test_a_wish_prints_json(ready: Cli) -> None:
    wish = ready("limit", "request", "7900", "--reason", "more", "--json")

    assert json.loads(wish.out)["reason"] == "more"


def test_an_amount_is_in_whole_units(ready: Cli) -> None:
    assert ready("limit", "request", "79.5", "--reason", "more").code == 2
