"""Requests for approval over the API: listed, answered, and made by people."""

from datetime import timedelta

import pytest

from service.domain.access import Role
from service.pipeline.respond_keys import create_key
from tests.integration.api.asking import ask, in_force
from tests.integration.api.serving import Client, Served


def test_a_request_shows_what_its_answer_rests_on(served_anywhere: Served) -> None:
    served = served_anywhere
    before = in_force(served)

    asked = ask(served)

    assert asked["state"] == "pending"
    assert asked["to"] == {"amount": "3000.00", "currency": "EUR"}
    assert asked["from"]["amount"] == f"{before}.00"
    assert asked["context"]["spend"] is not None
    assert asked["context"]["headroom"] is not None
    forecast = asked["context"]["forecast"]
    assert (
        forecast == served.viewer.get("/status").json()["organizations"][0]["forecast"]
    )
    assert forecast["low"] is not None
    assert asked["context"]["forecast_reason"] is None
    assert "it is not done" in asked["context"]["if_unanswered"]
    assert served.viewer.get(f"/approvals/{asked['id']}").json() == asked
    (change,) = served.viewer.get("/limit-changes").json()["items"]
    assert (change["state"], change["approval_id"]) == (
        "awaiting_approval",
        asked["id"],
    )
    status = served.viewer.get("/status").json()["organizations"][0]
    assert [each["id"] for each in status["awaiting_approval"]] == [asked["id"]]
    assert status["open_alerts"][0]["awaiting_approval"] == asked["id"]
    (alert,) = served.viewer.get("/alerts").json()["items"]
    assert alert["awaiting_approval"] == asked["id"]
    assert in_force(served) == before


def test_an_approved_change_is_in_force_when_the_answer_comes(
    served_anywhere: Served,
) -> None:
    served = served_anywhere
    asked = ask(served)

    answer = served.operator.post(
        f"/approvals/{asked['id']}/approve", json={"note": "go on"}
    ).json()

    assert (answer["state"], answer["decided_by"]) == ("used", "key:operator")
    assert answer["note"] == "go on"
    assert in_force(served) == 3000
    entries = served.viewer.get("/audit", chain="acme").json()["items"]
    actions = [each["action"] for each in entries]
    for wanted in ("approval:requested", "approval:granted", "approval:used"):
        assert actions.count(wanted) == 1
    again = served.admin.post(f"/approvals/{asked['id']}/approve")
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")
    used = served.viewer.get("/approvals", state="used", organization="acme").json()
    assert [each["id"] for each in used["items"]] == [asked["id"]]
    assert served.viewer.get("/approvals", state="pending").json()["items"] == []


def test_a_denied_change_is_not_made(served: Served) -> None:
    asked = ask(served)
    before = in_force(served)

    answer = served.operator.post(f"/approvals/{asked['id']}/deny")
    served.check()

    assert answer.json()["state"] == "denied"
    assert in_force(served) == before


def test_an_answer_that_comes_too_late_is_refused_as_such(served: Served) -> None:
    asked = ask(served)
    served.clock.advance(timedelta(hours=2))

    answer = served.operator.post(f"/approvals/{asked['id']}/approve")

    assert (answer.status_code, answer.json()["code"]) == (409, "approval_expired")


def test_an_unknown_request_is_not_found(served: Served) -> None:
    assert served.viewer.get("/approvals/ap_none").status_code == 404
    assert served.operator.post("/approvals/ap_none/deny").status_code == 404


def wish(client: Client, amount: int = 6000) -> dict[str, object]:
    answer = client.post(
        "/increase-requests",
        json={"organization": "acme", "amount": amount, "reason": "launch week"},
    )
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert isinstance(body, dict)
    return body


def test_a_viewer_asks_for_more_and_an_admin_approves(served_anywhere: Served) -> None:
    served = served_anywhere
    served.check()
    asked = wish(served.viewer)
    path = f"/approvals/{asked['id']}/approve"

    low = served.operator.post(path)
    answer = served.admin.post(path).json()

    assert (low.status_code, low.json()["code"]) == (403, "role_too_low")
    assert (answer["state"], answer["requested_by"]) == ("used", "key:viewer")
    assert in_force(served) == 6000
    (change,) = served.viewer.get("/limit-changes").json()["items"]
    assert (change["kind"], change["requested_by"]) == ("manual", "key:viewer")


def test_nobody_approves_their_own_wish(served: Served) -> None:
    served.check()
    asked = wish(served.admin)

    answer = served.admin.post(f"/approvals/{asked['id']}/approve")

    assert (answer.status_code, answer.json()["code"]) == (403, "own_request")


def test_a_second_wish_waits_for_the_answer_to_the_first(served: Served) -> None:
    served.check()
    first = wish(served.viewer)

    answer = served.viewer.post(
        "/increase-requests", json={"amount": 7000, "reason": "more"}
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "already_requested")
    assert str(first["id"]) in answer.json()["detail"]


@pytest.mark.parametrize(
    ("amount", "status", "code"),
    [
        (9000, 409, "above_ceiling"),
        (100, 422, "invalid_input"),
        (-1, 422, "invalid_input"),
    ],
)
def test_a_wish_nobody_may_have_is_refused_at_once(
    served: Served, amount: int, status: int, code: str
) -> None:
    served.check()

    answer = served.viewer.post(
        "/increase-requests", json={"amount": amount, "reason": "more"}
    )

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_two_keys_of_one_role_are_two_people(served: Served) -> None:
    served.check()
    asked = wish(served.admin)
    _, text = create_key(
        served.application.services, actor="user:test", name="eve", role=Role.ADMIN
    )

    with served.anybody(text) as eve:
        answer = eve.post(f"/api/v1/approvals/{asked['id']}/approve")

    assert answer.json()["decided_by"] == "key:eve"
