"""A changed set is held against the one in force, and nothing comes of it."""

import json

import pytest

from service.cli.frame import run
from service.simulator.exchange import Route
from service.simulator.faults import Fault, FaultKind
from tests.integration.api.serving import ADMIN_KEY, Served

YAML = {"content-type": "application/yaml"}
JSON = {"content-type": "application/json"}


def text_of(served: Served) -> str:
    return (served.folder / "acme.yaml").read_text()


def files_of(served: Served, **changed: str) -> str:
    names = ("guard.yaml", "acme.yaml")
    texts = {name: (served.folder / name).read_text() for name in names}
    texts |= {f"{name}.yaml": text for name, text in changed.items()}
    files = [{"name": name, "text": text} for name, text in texts.items()]
    return json.dumps({"files": files, "whole": True})


def test_an_unchanged_set_plans_nothing_while_alerts_fire(served: Served) -> None:
    assert served.check()["alerts_fired"]

    for content, headers in ((text_of(served), YAML), (files_of(served), JSON)):
        answer = served.viewer.post("/policies/plan", content=content, headers=headers)

        assert answer.status_code == 200, answer.text
        body = answer.json()
        (acme,) = body["organizations"]
        assert (body["changes"], acme["alerts"], acme["limit_changes"]) == ([], [], [])
        assert not body["has_effect"]
        assert acme["data"]["state"] == "known"


def test_a_change_is_told_with_what_would_happen_and_nothing_is_kept(
    served: Served,
) -> None:
    served.check()
    before = served.viewer.get("/audit").json()
    text = text_of(served).replace("spend: 100%, for: 1h", "spend: 60%")
    text = text.replace("    thresholds:", "    mode: enforce\n    thresholds:")
    text += (
        "      - id: stop\n        spend: 1\n"
        "        then: {cap_limit: {to: 100%}, approval: none}\n"
    )

    body = served.viewer.post("/policies/plan", content=text, headers=YAML).json()

    assert {each["subject"] for each in body["changes"]} == {
        "mode",
        "threshold all: for",
        "threshold all: spend",
        "threshold stop",
    }
    (acme,) = body["organizations"]
    assert {"stop"} <= {
        each["threshold_id"] for each in acme["alerts"] if each["move"] == "fires"
    }
    (change,) = acme["limit_changes"]
    assert (change["move"], change["kind"]) == ("made", "cap")
    assert change["from"] == acme["spend_limit"]
    assert change["to"]["amount"] == "2000.00"
    assert body["has_effect"]
    assert served.viewer.get("/audit").json() == before
    assert served.viewer.get("/limit-changes").json()["items"] == []


def test_a_folder_without_a_policy_ends_its_alerts(served: Served) -> None:
    served.check()

    sent = files_of(served, acme="version: 1\npolicies: []\n")
    body = served.viewer.post("/policies/plan", content=sent, headers=JSON).json()

    assert [(each["target"], each["what"]) for each in body["changes"]] == [
        ("acme-monthly", "removed")
    ]
    alerts = body["organizations"][0]["alerts"]
    assert {each["move"] for each in alerts} == {"ends"}


def test_a_guard_that_is_sent_reaches_nobody_else_and_reads_no_secret(
    served: Served,
) -> None:
    guard = (served.folder / "guard.yaml").read_text()
    moved = guard.replace("sg_test_acme_admin", "${SPENDGUARD_ADMIN_KEY}")
    moved = moved.replace("http://127.0.0.1:", "http://127.0.0.1:9/")
    changed = files_of(
        served, guard=moved.replace("max_limit: 8000", "max_limit: 7000")
    )

    body = served.viewer.post("/policies/plan", content=changed, headers=JSON).json()

    subjects = {each["subject"] for each in body["changes"]}
    assert "organization acme: guardrails max_limit" in subjects
    assert not any("api_key" in each for each in subjects)
    assert body["organizations"][0]["data"]["state"] == "known"


def test_invalid_policies_are_a_problem_with_all_findings(served: Served) -> None:
    bad = text_of(served).replace("50%", "lots").replace("for: 1h", "for: ever")

    answer = served.viewer.post("/policies/plan", content=bad, headers=YAML)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_policies")
    findings = answer.json()["findings"]
    assert [each["severity"] for each in findings] == ["error", "error"]
    assert {each["file"] for each in findings} == {"request.yaml"}


@pytest.mark.parametrize(
    "sent",
    [
        {"files": []},
        {"files": [{"name": "../a.yaml", "text": ""}]},
        {"files": [{"name": "a.yaml", "text": ""}, {"name": "a.yaml", "text": ""}]},
        {"files": [{"name": "a.yaml", "text": ""}], "hole": True},
    ],
)
def test_files_that_are_none_are_refused(served: Served, sent: object) -> None:
    answer = served.viewer.post("/policies/plan", json=sent)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


def test_a_provider_that_is_away_leaves_the_differences(served: Served) -> None:
    for route in (Route.SPEND_LIMIT, Route.USAGE):
        served.simulator.faults.add(
            Fault(kind=FaultKind.STATUS, count=None, status=403, route=route)
        )
    text = text_of(served).replace("amount: 2000", "amount: 3000")

    body = served.viewer.post("/policies/plan", content=text, headers=YAML).json()

    assert [each["subject"] for each in body["changes"]] == ["budget amount"]
    assert body["organizations"][0]["data"]["state"] == "unknown"


def test_the_command_line_asks_a_running_service(
    served: Served, capfd: pytest.CaptureFixture[str]
) -> None:
    served.check()
    environment = {"SPENDGUARD_SERVICE_KEY": ADMIN_KEY}
    command = ["policy", "plan", str(served.folder), "--url", served.url]

    assert run(command, environment) == 0
    assert "nothing would change" in capfd.readouterr().out

    file = served.folder / "acme.yaml"
    file.write_text(text_of(served).replace("100%, for: 1h", "1%"))
    assert run([*command, "--json"], environment) == 1
    body = json.loads(capfd.readouterr().out)
    assert body["has_effect"]

    file.write_text(text_of(served).replace("50%", "lots"))
    assert run(command, environment) == 1
    assert "acme.yaml:9:" in capfd.readouterr().err
