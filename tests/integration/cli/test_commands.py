"""Commands against a real database and a simulated provider."""

import json
from dataclasses import replace
from typing import Any

import pytest

from service.simulator.server import SimulatorServer
from tests.integration.cli.conftest import GUARD, Cli, Ended, Place


def parsed(ended: Ended) -> Any:  # noqa: ANN401 - any JSON
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


def actions(cli: Cli) -> list[tuple[str, str]]:
    entries = parsed(cli("audit", "tail", "-n", "1000", "--json"))["items"]
    return [(entry["actor"], entry["action"]) for entry in entries]


def test_a_dry_run_decides_and_keeps_nothing(ready: Cli) -> None:
    item = parsed(ready("check", "--dry-run", "--json"))["items"][0]

    assert item["dry_run"] is True
    assert item["data"]["state"] == "known"
    assert {each["outcome"] for each in item["decisions"]} == {"fired", "below"}
    assert parsed(ready("alert", "list", "--json"))["items"] == []


def test_a_dry_run_leaves_no_database_behind(cli: Cli, place: Place) -> None:
    before = set(place.folder.iterdir())

    item = parsed(cli("check", "--dry-run", "--json"))["items"][0]

    assert item["data"]["state"] == "known"
    assert set(place.folder.iterdir()) == before


def test_a_role_that_does_not_exist_is_answered_with_those_that_do(
    ready: Cli,
) -> None:
    ended = ready("key", "create", "grafana", "--role", "boss")

    assert ended.code == 2
    assert "no role is called 'boss'" in ended.err
    assert "Value error" not in ended.err


def test_a_check_is_kept_and_its_messages_are_sent(ready: Cli) -> None:
    item = parsed(ready("check", "acme", "--json"))["items"][0]

    assert item["organization"] == "acme"
    assert len(item["alerts_fired"]) == 1
    status = parsed(ready("status", "--json"))
    assert status["organizations"][0]["state"] == "alerting"
    assert status["organizations"][0]["last_check_id"] == item["id"]
    assert status["policies"]["error"] is None
    assert ("system:scheduler", "notification:failed") in actions(ready)


def test_tables_are_for_people(ready: Cli) -> None:
    checked = ready("check")
    status = ready("status")
    usage = ready("usage", "--by", "category")
    alerts = ready("alert", "list")
    limit = ready("limit", "show")
    explained = ready("policy", "explain", "acme-monthly")
    channels = ready("channel", "list")
    tail = ready("audit", "tail")

    assert "acme-monthly/anything" in checked.out
    assert "4,000.00 EUR" in status.out
    assert "%" in status.out
    assert "acme: the month is expected to end between " in status.out
    assert " EUR, in four cases of five" in status.out
    assert "chat" in usage.out
    assert "total" in usage.out
    assert "firing" in alerts.out
    assert "headroom" in limit.out
    assert "8,000.00 EUR" in limit.out
    assert "everything" in explained.out
    assert "finops" in channels.out
    assert "check:completed" in tail.out
    assert "history: 12 of 12 months" in checked.err
    checked = replace(checked, err="")
    every = (checked, status, usage, alerts, limit, explained, channels, tail)
    assert not [ended.err for ended in every if ended.code or ended.err]
    assert not [ended for ended in every if "\x1b" in ended.out]


@pytest.mark.parametrize("by", ["category", "model", "workspace", "day"])
def test_usage_is_summed_along_each_dimension(by: str, ready: Cli) -> None:
    ready("check")

    assert ready("usage", "acme", "--by", by).code == 0


def test_what_no_workspace_of_a_policy_used_stands_below_them(
    ready: Cli, place: Place
) -> None:
    (place.folder / "policies" / "search.yaml").write_text(
        "version: 1\npolicies:\n  - id: search\n    organization: acme\n"
        "    scope: {workspace: Search}\n"
        "    budget: {amount: 1000, currency: EUR}\n"
        "    thresholds: [{id: half, spend: 50%}]\n",
        encoding="utf-8",
    )
    ready("check")

    told = ready("usage", "--by", "workspace").out

    names = [line.split("  ")[0].strip() for line in told.splitlines()]
    assert names.index("Search") < names.index("(the rest)") < names.index("total")


def test_usage_that_was_never_read_is_told(ready: Cli) -> None:
    ended = ready("usage", "--period", "2019-01")

    assert ended.code == 1
    assert "no usage of acme in 2019-01" in ended.err


def test_a_provider_that_does_not_answer_ends_with_3(ready: Cli, place: Place) -> None:
    place.write_policies(GUARD.format(base_url="http://127.0.0.1:9/api/admin"))

    assert ready("check").code == 3
    assert ready("status").code == 3
    assert ready("limit", "show").code == 3


def test_a_limit_is_set_by_hand_and_audited(
    ready: Cli, provider: SimulatorServer
) -> None:
    change = parsed(
        ready(
            *("limit", "set", "4100", "--reason", "launch week"),
            *("--expires-at", "3d", "--organization", "acme", "--json"),
        )
    )

    assert change["state"] == "applied"
    assert change["to"] == {"amount": "4100.00", "currency": "EUR"}
    assert change["note"] == "launch week"
    assert change["requested_by"].startswith("user:")
    shown = parsed(ready("limit", "show", "--json"))
    assert shown["spend_limit"]["amount"] == "4100.00"
    assert shown["override"]["by"].startswith("user:")
    assert "override" in ready("limit", "show").out
    back = ready("limit", "set", "4000", "--reason", "over")
    assert back.code == 0
    assert "4,000.00 EUR: applied" in back.out
    assert provider.simulator.standing("acme").limit.amount == 4000


def test_what_was_set_by_hand_is_shown_before_the_next_check(ready: Cli) -> None:
    ready("check")
    ready("limit", "set", "4100", "--reason", "launch week")

    item = parsed(ready("status", "--json"))["organizations"][0]

    assert item["spend_limit"]["amount"] == "4100.00"
    assert item["spend_limit_at"] > item["last_check_at"]
    assert ready("limit", "set", "4000", "--reason", "over").code == 0


def test_a_limit_below_the_spend_is_asked_for_twice(
    ready: Cli, provider: SimulatorServer
) -> None:
    once = ready("limit", "set", "1", "--reason", "stop")

    assert once.code == 1
    assert "production stops at once" in once.err
    assert "--below-spend" in once.err
    assert provider.simulator.standing("acme").limit.amount == 4000
    twice = ready("limit", "set", "1", "--reason", "stop", "--below-spend")
    assert twice.code == 0
    assert "warning: 1.00 EUR is below what is spent" in twice.err
    assert ready("limit", "set", "4000", "--reason", "on again").code == 0


@pytest.mark.parametrize("wanted", ["9000", "--unlimited"])
def test_no_hand_goes_above_the_ceiling(wanted: str, ready: Cli) -> None:
    ended = ready("limit", "set", wanted, "--reason", "x", SPENDGUARD_MAX_LIMIT="8000")

    assert ended.code == 1
    assert "8000" in ended.err


def test_an_alert_is_acknowledged_by_whoever_is_at_the_terminal(ready: Cli) -> None:
    ready("check")
    alert = parsed(ready("alert", "list", "acme", "--state", "firing", "--json"))
    alert_id = alert["items"][0]["id"]

    acknowledged = parsed(ready("alert", "ack", alert_id, "--json"))

    assert acknowledged["acknowledged_by"].startswith("user:")
    assert "acknowledged by user:" in ready("alert", "ack", alert_id).out
    assert "(acknowledged by user:" in ready("status").out
    assert acknowledged["acknowledged_by"] in ready("alert", "list").out
    assert ready("alert", "ack", "al_unknown").code == 1


def test_a_channel_that_does_not_answer_fails_its_test(ready: Cli) -> None:
    ended = ready("channel", "test", "--all")

    assert ended.code == 3
    assert ended.out.startswith("finops: failed: ")
    assert "sg_test_hook" not in ended.out
    assert ready("channel", "test", "nobody").code == 1
    results = ready("channel", "test", "finops", "--json")
    assert json.loads(results.out)["items"][0]["delivered"] is False


def test_a_key_is_shown_once_and_revoked_by_name(ready: Cli) -> None:
    created = ready("key", "create", "grafana", "--role", "viewer", "--expires", "90d")
    text = created.out.strip()

    assert text.startswith("sg_")
    listed = ready("key", "list")
    assert "grafana" in listed.out
    assert text not in listed.out
    assert ready("key", "revoke", "grafana").code == 0
    assert ready("key", "revoke", "nobody").code == 1
    item = parsed(ready("key", "list", "--json"))["items"][0]
    assert item["revoked_at"] is not None
    made = parsed(ready("key", "create", "ci", "--role", "operator", "--json"))
    assert made["role"] == "operator"
    assert made["key"].startswith("sg_")


def test_automatic_changes_are_paused_and_resumed(ready: Cli) -> None:
    assert ready("pause").out == "paused\n"
    assert ready("pause").out == "already paused\n"
    assert parsed(ready("status", "--json"))["paused"] is True
    assert ready("resume").out == "resumed\n"
    assert parsed(ready("status", "--json"))["paused"] is False
    assert "automation:paused" in {action for _, action in actions(ready)}


def test_an_explanation_says_why(ready: Cli) -> None:
    before = ready("policy", "explain", "acme-monthly")
    ready("check")
    after = ready("policy", "explain", "acme-monthly")
    body = parsed(ready("policy", "explain", "acme-monthly", "--json"))

    assert "fires now: the next check tells of it" in before.out
    assert "is firing (firing since " in after.out
    assert "missing  " in after.out
    assert "tells    finops" in after.out
    assert [each["outcome"] for each in body["thresholds"]] == ["firing", "below"]
    assert ready("policy", "explain", "nobody").code == 1


def test_an_explanation_says_what_would_follow_and_what_holds_it(
    ready: Cli, place: Place
) -> None:
    file = place.folder / "policies" / "acme.yaml"
    effect = (
        "      - id: stop\n        limit: 99%\n        for: 1h\n"
        "        then: {cap_limit: {to: spend + 5%}, approval: none}\n"
    )
    file.write_text(file.read_text("utf-8") + effect, encoding="utf-8")

    told = ready("policy", "explain", "acme-monthly")

    assert (told.code, told.err) == (0, "")
    assert "then     lower the limit to spend + 5%" in told.out
    assert "held by observe_mode" in told.out


def test_an_explanation_names_who_is_beyond_a_bound(ready: Cli, place: Place) -> None:
    file = place.folder / "policies" / "acme.yaml"
    watch = "activity: {metric: lechat.messages, per: user, above: 1}"
    talk = f"      - {{id: talk, {watch}}}\n"
    file.write_text(file.read_text("utf-8") + talk, encoding="utf-8")

    told = ready("policy", "explain", "acme-monthly")

    assert "users are beyond 1 lechat.messages this month" in told.out
    named = [line for line in told.out.splitlines() if "  above    " in line]
    assert len(named) == 5
    assert all(line.endswith(" lechat.messages") for line in named)


def test_an_explanation_without_an_answer_ends_with_3(ready: Cli, place: Place) -> None:
    ready("check")
    place.write_policies(GUARD.format(base_url="http://127.0.0.1:9/api/admin"))

    told = ready("policy", "explain", "acme-monthly")

    assert told.code == 3
    assert "not known now; spend was" in told.out
