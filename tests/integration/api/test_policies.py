"""Policies are read, explained, checked and, over the API, put and deleted."""

import json

import pytest

from tests.integration.api.serving import Served

YAML = {"content-type": "application/yaml"}
CHAT = """\
version: 1
policies:
  - id: acme-chat
    title: Chat
    organization: acme
    scope: {categories: [chat], models: ["mistral-*"]}
    budget: {amount: 1000.50, currency: EUR}
    mode: enforce
    thresholds:
      - {id: most, spend: 80%, severity: warning, for: 6h, repeat: 3d}
      - {id: sum, spend: 900.25}
"""
ALONE = """\
id: acme-chat
organization: acme
budget: {amount: 700, currency: EUR}
"""


def test_a_policy_of_a_file_says_where_it_stands(served: Served) -> None:
    (item,) = served.viewer.get("/policies").json()["items"]

    assert item == served.viewer.get("/policies/acme-monthly").json()
    assert (item["source"], item["file"], item["line"]) == ("file", "acme.yaml", 3)
    assert item["budget"] == {"amount": "2000.00", "currency": "EUR"}
    assert item["definition"]["thresholds"][0] == {
        "id": "half",
        "spend": "50%",
        "severity": "info",
    }


def test_a_policy_is_explained_on_the_figures_of_the_moment(served: Served) -> None:
    before = served.viewer.get("/policies/acme-monthly/explain").json()
    check = served.check()
    after = served.viewer.get("/policies/acme-monthly/explain").json()

    assert [each["outcome"] for each in before["thresholds"]] == [
        "fired",
        "below",
        "below",
    ]
    assert before["thresholds"][0]["state"] == "firing"
    half, everything, tokens = after["thresholds"]
    assert (half["threshold_id"], half["outcome"]) == ("half", "firing")
    assert half["watches"] == "spend: 50%"
    assert half["since"] == check["at"]
    assert half["alert_id"] in check["alerts_fired"]
    assert (half["distance"], half["effect"]) == (None, None)
    assert everything["distance"]["more"]["currency"] == "EUR"
    assert everything["distance"]["rate_from"]
    assert tokens["watches"] == "usage: unit api_tokens, above 900000000000"
    assert tokens["bound"]["unit"] == "api_tokens"


def test_activity_is_explained_with_who_is_beyond(served: Served) -> None:
    head, _, _ = CHAT.replace("    scope: {categories: [chat]", "#").partition("    th")
    watch = "activity: {metric: lechat.messages, per: user, above: 1}"
    text = f"{head}    thresholds:\n      - {{id: talk, {watch}}}\n"
    put = served.admin.put("/policies/acme-chat", content=text, headers=YAML)
    assert put.status_code == 200, put.text

    (talk,) = served.viewer.get("/policies/acme-chat/explain").json()["thresholds"]

    assert talk["watches"].startswith("activity: metric lechat.messages, per user")
    assert talk["value"]["unit"] == "lechat.messages"
    assert talk["last_good"] == talk["value"] == talk["above"][0]["count"]
    assert len(talk["above"]) == 5
    assert talk["above"][0]["name"]


def test_an_effect_is_explained_with_what_holds_it(served: Served) -> None:
    text = CHAT.replace('scope: {categories: [chat], models: ["mistral-*"]}', "")
    text += "        then: {cap_limit: {to: 100%}, approval: {expires: 2h}}\n"
    text = text.replace("{id: sum, spend: 900.25}", "id: sum\n        spend: 900.25")
    put = served.admin.put("/policies/acme-chat", content=text, headers=YAML)
    assert put.status_code == 200, put.text
    served.operator.post("/pause")

    body = served.viewer.get("/policies/acme-chat/explain").json()

    effect = body["thresholds"][1]["effect"]
    assert effect["what"].startswith("lower the limit to 100% of the budget")
    assert effect["to"] is None
    assert [each["reason"] for each in effect["obstacles"]] == ["paused", "approval"]


def test_a_silence_is_explained_with_who_wants_it_until_when(served: Served) -> None:
    wanted = {
        "matchers": {"threshold_id": "half"},
        "duration": "2h",
        "comment": "load test",
    }
    made = served.operator.post("/silences", json=wanted)
    assert made.status_code == 201, made.text

    body = served.viewer.get("/policies/acme-monthly/explain").json()

    half, *others = body["thresholds"]
    assert half["silence"]["id"] == made.json()["id"]
    assert half["silence"]["until"] == made.json()["ends_at"]
    assert half["silence"]["comment"] == "load test"
    assert {each["silence"] for each in others} == {None}


def test_loads_that_name_a_policy_are_listed_with_their_text(served: Served) -> None:
    (item,) = served.viewer.get("/policies/acme-monthly/revisions").json()["items"]

    assert item["file"] == "acme.yaml"
    assert "acme-monthly" in item["text"]
    assert item["error"] is None
    assert served.viewer.get("/policies/acme/revisions").json()["items"] == []


def test_what_is_not_in_force_is_not_found(served: Served) -> None:
    assert served.viewer.get("/policies/none").status_code == 404
    assert served.viewer.get("/policies/none/explain").status_code == 404
    assert served.admin.delete("/policies/none").status_code == 404


def test_a_policy_put_over_the_api_is_in_force(served_anywhere: Served) -> None:
    served = served_anywhere
    answer = served.admin.put("/policies/acme-chat", content=CHAT, headers=YAML)

    assert answer.status_code == 200, answer.text
    item = answer.json()
    assert (item["source"], item["file"]) == ("api", None)
    assert item["definition"]["thresholds"] == [
        {
            "id": "most",
            "spend": "80%",
            "severity": "warning",
            "for": "6h",
            "repeat": "3d",
        },
        {"id": "sum", "spend": "900.25"},
    ]
    assert item["budget"]["amount"] == "1000.50"
    decided = {each["policy_id"] for each in served.check()["decisions"]}
    assert decided == {"acme-monthly", "acme-chat"}
    (entry,) = served.viewer.get("/audit", action="policy:put").json()["items"]
    assert (entry["actor"], entry["target"]) == ("key:admin", "policy:acme-chat")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (json.dumps({"yaml": ALONE}), "application/json"),
        (json.dumps({"yaml": CHAT}), "application/json; charset=utf-8"),
        (
            json.dumps(
                {
                    "id": "acme-chat",
                    "organization": "acme",
                    "budget": {"amount": 700, "currency": "EUR"},
                }
            ),
            "application/json",
        ),
        (ALONE, "text/plain"),
    ],
)
def test_a_policy_may_be_sent_in_several_ways(
    served: Served, content: str, kind: str
) -> None:
    answer = served.admin.put(
        "/policies/acme-chat", content=content, headers={"content-type": kind}
    )

    assert answer.status_code == 200, answer.text


def test_a_second_put_replaces_the_first(served: Served) -> None:
    served.admin.put("/policies/acme-chat", content=CHAT, headers=YAML)
    served.admin.put("/policies/acme-chat", content=ALONE, headers=YAML)

    item = served.viewer.get("/policies/acme-chat").json()
    assert item["budget"]["amount"] == "700.00"


def test_a_deleted_policy_is_out_of_force_and_on_record(served: Served) -> None:
    served.admin.put("/policies/acme-chat", content=CHAT, headers=YAML)

    assert served.admin.delete("/policies/acme-chat").status_code == 204

    assert served.viewer.get("/policies/acme-chat").status_code == 404
    (entry,) = served.viewer.get("/audit", action="policy:retired").json()["items"]
    assert (entry["actor"], entry["reason"]) == ("key:admin", "deleted")


def test_a_policy_of_a_file_belongs_to_the_file(served: Served) -> None:
    own = CHAT.replace("acme-chat", "acme-monthly")
    put = served.admin.put("/policies/acme-monthly", content=own, headers=YAML)
    deleted = served.admin.delete("/policies/acme-monthly")

    assert (put.status_code, deleted.status_code) == (409, 409)
    assert put.json()["code"] == "declared_in_file"
    assert "acme.yaml" in put.json()["detail"]


@pytest.mark.parametrize(
    "text",
    [
        CHAT.replace("acme-chat", "another"),
        CHAT + ALONE.replace("id:", "  - id:").replace("\norg", "\n    org"),
        "version: 1\npolicies: []\n",
    ],
)
def test_a_put_declares_its_own_policy_alone(served: Served, text: str) -> None:
    answer = served.admin.put("/policies/acme-chat", content=text, headers=YAML)

    assert answer.status_code == 422
    assert served.viewer.get("/policies/acme-chat").status_code == 404


def test_a_bad_policy_is_refused_with_its_findings(served: Served) -> None:
    bad = CHAT.replace("severity: warning", "severty: warning")

    answer = served.admin.put("/policies/acme-chat", content=bad, headers=YAML)

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_policies"
    (finding,) = answer.json()["findings"]
    assert (finding["file"], finding["line"]) == ("request.yaml", 10)
    assert "severity" in finding["message"]


def test_validation_answers_with_all_findings(served: Served) -> None:
    bad = CHAT.replace("80%", "lots").replace("acme\n", "nobody\n")

    good = served.viewer.post("/policies/validate", content=CHAT, headers=YAML)
    body = served.viewer.post("/policies/validate", content=bad, headers=YAML).json()

    assert good.json()["valid"]
    assert not body["valid"]
    errors = [each for each in body["findings"] if each["severity"] == "error"]
    assert len(errors) >= 2
    assert {each["file"] for each in errors} == {"request.yaml"}


def test_the_next_revision_of_a_policy_in_force_validates(served: Served) -> None:
    text = (served.folder / "acme.yaml").read_text()

    answer = served.viewer.post("/policies/validate", content=text, headers=YAML)

    assert answer.json()["valid"], answer.text


def test_secrets_are_never_expanded_over_the_api(served: Served) -> None:
    text = CHAT.replace("title: Chat", "title: ${SPENDGUARD_ADMIN_KEY}")

    answer = served.viewer.post("/policies/validate", content=text, headers=YAML)

    assert not answer.json()["valid"]
    assert "sg_test" not in answer.text


@pytest.mark.parametrize(
    ("content", "kind"),
    [(CHAT.encode(), "image/png"), (b"\xff\xfe", "application/yaml")],
)
def test_what_is_no_yaml_text_is_refused(
    served: Served, content: bytes, kind: str
) -> None:
    answer = served.viewer.post(
        "/policies/validate", content=content, headers={"content-type": kind}
    )

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_input"
