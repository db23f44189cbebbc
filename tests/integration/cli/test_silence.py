"""`spendguard silence`, against a real database."""

import json

from tests.integration.cli.conftest import Cli


def test_a_silence_is_added_listed_and_ended(ready: Cli) -> None:
    added = ready(
        *("silence", "add", "--policy", "acme-monthly", "--severity", "info"),
        *("--for", "2h", "--comment", "load test", "--json"),
    )
    silence = json.loads(added.out)

    assert added.code == 0
    assert silence["state"] == "active"
    assert silence["created_by"].startswith("user:")
    ready("check")
    shown = ready("status")
    assert f"(muted by {silence['id']})" in shown.out
    assert "active silences: 1" in shown.out
    assert silence["id"] in ready("alert", "list").out
    table = ready("silence", "list", "--state", "active")
    assert "policy_id acme-monthly, severity info" in table.out
    assert ready("silence", "expire", silence["id"]).out.endswith(": expired\n")
    ended = json.loads(ready("silence", "expire", silence["id"], "--json").out)
    assert ended["expired_by"].startswith("user:")
    (item,) = json.loads(ready("silence", "list", "--json").out)["items"]
    assert item["state"] == "expired"


def test_a_silence_over_nothing_in_force_says_so(ready: Cli) -> None:
    added = ready(
        *("silence", "add", "--policy", "acme-montly", "--start", "30m"),
        *("--for", "1h", "--comment", "later"),
    )

    assert added.code == 0
    assert ": pending until " in added.out
    assert "matches no policy in force" in added.err
    assert "(nothing in force)" in ready("silence", "list").out


def test_what_would_not_work_is_refused(ready: Cli) -> None:
    for wrong in (
        ("--for", "2h"),
        ("--for", "soon", "--policy", "a"),
        ("--for", "2020-01-01T00:00:00Z", "--policy", "a"),
        ("--for", "1h", "--start", "9999-12-31T23:59:59Z", "--policy", "a"),
    ):
        ended = ready("silence", "add", "--comment", "x", *wrong)
        assert ended.code == 2, wrong
    assert ready("silence", "list").out == "no silences\n"
    assert ready("silence", "expire", "sl_none").code == 1
