"""`spendguard doctor` says what to do, changes nothing and tells nobody."""

import json
from hashlib import sha256
from pathlib import Path
from queue import Empty
from typing import Any

import pytest

from service.simulator.server import SimulatorServer
from tests.acceptance.sink import running_sink
from tests.integration.cli.conftest import (
    ADMIN_API_KEY,
    GUARD,
    Cli,
    Ended,
    Heartbeats,
    Place,
)


def items(ended: Ended) -> dict[tuple[str, str], dict[str, Any]]:
    found = json.loads(ended.out)["items"]
    return {(each["topic"], each["check"]): each for each in found}


def digest(place: Place) -> str:
    return sha256((place.folder / "spendguard.db").read_bytes()).hexdigest()


def test_what_is_well_and_what_is_not_has_a_line_each(ready: Cli) -> None:
    ended = ready("doctor", SPENDGUARD_MAX_LIMIT="8000")

    lines = ended.out.splitlines()
    assert ended.code == 1
    assert any(line.startswith("✓ database: schema: ") for line in lines)
    assert any("organization acme: spend limit: http://127" in line for line in lines)
    assert "in the header x-api-key; the limit is 4000.00 EUR" in ended.out
    assert "settings: settings" not in ended.out
    assert any("the path dialect lechat answers" in line for line in lines)
    assert any("✓ organization acme: clock: " in line for line in lines)
    assert "✗ organization acme: running guard: never checked" in ended.out
    assert "never proven to work → spendguard channel test finops" in ended.out
    assert ended.err == ""


def test_an_installation_in_use_has_nothing_found(
    ready: Cli, place: Place, heartbeats: Heartbeats
) -> None:
    with running_sink() as sink:
        place.variables |= {
            "FINOPS_URL": sink.url("finops"),
            "SPENDGUARD_HEARTBEAT_URL": heartbeats.url,
            "SPENDGUARD_MAX_LIMIT": "8000",
            "SPENDGUARD_AUDIT_KEY": "sg_test_audit_key",
        }
        ready("channel", "test", "--all")
        ready("check")
        told = len(sink.messages("finops"))

        ended = ready("doctor", "--json")

        assert len(sink.messages("finops")) == told
    found = items(ended)
    assert {each["verdict"] for each in found.values()} == {"fine"}, ended.out
    assert ended.code == 0
    assert "took nt_" in found["channel finops", "proof of delivery"]["said"]
    assert "last checked" in found["organization acme", "running guard"]["said"]
    assert found["settings", "heartbeat"]["said"].startswith("set; ")
    with pytest.raises(Empty):
        heartbeats.paths.get_nowait()


def test_the_switch_is_called_where_asked(ready: Cli, heartbeats: Heartbeats) -> None:
    called = items(
        ready("doctor", "--send", "--json", SPENDGUARD_HEARTBEAT_URL=heartbeats.url)
    )
    dead = ready(
        "doctor",
        *("--send", "--json"),
        SPENDGUARD_HEARTBEAT_URL="http://127.0.0.1:9/sg_test_beat",
    )

    assert called["settings", "heartbeat"]["said"] == "set, and the switch answered"
    assert heartbeats.paths.get_nowait() == "/sg_test_beat"
    assert items(dead)["settings", "heartbeat"]["verdict"] == "unreachable"
    assert dead.code == 3
    assert "sg_test_beat" not in dead.out + dead.err


def test_it_changes_nothing_and_shows_no_secret(ready: Cli, place: Place) -> None:
    ready("check")
    ready("audit", "tail")
    before = digest(place), ready("audit", "tail", "-n", "1000", "--json").out
    place.write_policies(
        GUARD.format(base_url=_base_url(place)), "version: 1\npolicies: []\n"
    )

    shown = ready("doctor", SPENDGUARD_AUDIT_KEY="sg_test_audit_key")
    as_json = ready("doctor", "--json", SPENDGUARD_AUDIT_KEY="sg_test_audit_key")

    after = digest(place), ready("audit", "tail", "-n", "1000", "--json").out
    assert after == before
    said = shown.out + shown.err + as_json.out + as_json.err
    for secret in (ADMIN_API_KEY, "sg_test_hook", "sg_test_audit_key"):
        assert secret not in said


def test_a_key_that_is_refused_and_a_provider_that_is_away_differ(
    ready: Cli, place: Place
) -> None:
    refused = ready("doctor", "--json", ACME_KEY="sg_test_wrong")
    place.write_policies(GUARD.format(base_url="http://127.0.0.1:9/api/admin"))
    away = ready("doctor", "--json")

    limit = ("organization acme", "spend limit")
    assert refused.code == 1
    assert "401" in items(refused)[limit]["said"]
    assert items(away)[limit]["verdict"] == "unreachable"
    assert away.code == 3


def test_policies_with_errors_are_shown_by_their_places(
    ready: Cli, place: Place
) -> None:
    place.write_policies(GUARD.format(base_url=_base_url(place)), "polices: []\n")

    ended = ready("doctor")

    assert ended.code == 1
    assert "acme.yaml:1:1:" in ended.out


def test_a_missing_database_is_not_made(cli: Cli, place: Place) -> None:
    ended = cli("doctor", "--json")

    found = items(ended)
    assert ended.code == 1
    assert found["database", "schema"]["advice"] == "spendguard db upgrade"
    assert found["organization acme", "spend limit"]["verdict"] == "fine"
    assert not Path(place.folder / "spendguard.db").exists()


def test_a_wrong_setting_is_a_finding(cli: Cli) -> None:
    ended = cli("doctor", SPENDGUARD_CHECK_INTERVAL="soon")

    assert ended.code == 1
    assert "SPENDGUARD_CHECK_INTERVAL" in ended.out


def test_an_address_nothing_can_be_delivered_to_is_a_finding(
    ready: Cli, provider: SimulatorServer
) -> None:
    assert provider.base_url
    ended = ready("doctor", "--json", FINOPS_URL="nothing://sg_test_hook")

    found = items(ended)["channel finops", "address"]
    assert found["verdict"] == "finding"
    assert "sg_test_hook" not in ended.out


def _base_url(place: Place) -> str:
    text = (place.folder / "policies" / "guard.yaml").read_text("utf-8")
    return text.partition("base_url: ")[2].partition("\n")[0]
