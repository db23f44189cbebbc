"""A person sets the limit the guarded way, and its changes can be read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.simulator.exchange import Route
from service.simulator.faults import Fault, FaultKind
from tests.integration.api.serving import Served, running


@pytest.fixture
def capped(tmp_path: Path, sqlite_url: str) -> Iterator[Served]:
    """A service whose settings allow at most 5000."""
    with running(tmp_path / "policies", sqlite_url, MAX_LIMIT="5000") as service:
        yield service


def change(amount: object, **more: object) -> dict[str, object]:
    return {"amount": amount, "reason": "launch week", **more}


def test_the_limit_is_what_the_provider_says_now(served: Served) -> None:
    body = served.viewer.get("/spend-limit").json()

    assert body["spend_limit"] == {"amount": "4000.00", "currency": "EUR"}
    assert body["ceiling"] == {"amount": "8000.00", "currency": "EUR"}
    assert body["unlimited"] is False
    assert body["override"] is None
    assert not body["paused"]


def test_an_admin_raises_and_the_change_is_in_force(served_anywhere: Served) -> None:
    served = served_anywhere
    answer = served.admin.put("/spend-limit", json=change(5000))

    body = answer.json()
    assert answer.status_code == 200
    assert body["state"] == "applied"
    assert body["from"] == {"amount": "4000.00", "currency": "EUR"}
    assert body["to"] == {"amount": "5000.00", "currency": "EUR"}
    assert body["observed"] == body["to"]
    assert body["requested_by"] == "key:admin"
    assert body["reason"] == "launch week"
    assert body["applied_at"] is not None
    listed = served.viewer.get("/limit-changes", organization="acme").json()["items"]
    assert listed == [body]
    now = served.viewer.get("/spend-limit").json()
    assert now["spend_limit"]["amount"] == "5000.00"
    assert now["override"]["by"] == "key:admin"


def test_a_limit_below_the_spend_is_set_for_who_insists(served: Served) -> None:
    refused = served.operator.put("/spend-limit", json=change(1))
    insisted = served.operator.put("/spend-limit", json=change(1, below_spend=True))

    assert refused.status_code == 409
    assert refused.json()["code"] == "below_spend"
    assert "below_spend: true" in refused.json()["detail"]
    body = insisted.json()
    assert (body["state"], body["to"]["amount"]) == ("applied", "1.00")
    assert "production stops at once" in body["warnings"][0]
    listed = served.viewer.get("/limit-changes").json()["items"]
    assert listed == [body]


def test_an_operator_lowers_and_never_raises(served: Served) -> None:
    lowered = served.operator.put("/spend-limit", json=change(3500))
    raised = served.operator.put("/spend-limit", json=change(3501))
    without = served.operator.put(
        "/spend-limit", json={"unlimited": True, "reason": "no"}
    )

    assert lowered.json()["state"] == "applied"
    assert raised.status_code == 403
    assert raised.json()["code"] == "role_too_low"
    assert without.status_code == 403


@pytest.mark.parametrize("wanted", [{"amount": 5001}, {"unlimited": True}])
def test_nobody_goes_above_the_ceiling_of_the_settings(
    capped: Served, wanted: dict[str, Any]
) -> None:
    answer = capped.admin.put("/spend-limit", json={**wanted, "reason": "more"})

    assert answer.status_code == 409
    assert answer.json()["code"] == "above_ceiling"
    assert capped.viewer.get("/limit-changes").json()["items"] == []


def test_nobody_goes_above_the_ceiling_of_the_policies(served: Served) -> None:
    assert served.admin.put("/spend-limit", json=change(8001)).status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {"reason": "neither"},
        {"amount": 3000, "unlimited": True, "reason": "both"},
        {"unlimited": False, "reason": "not unlimited"},
        {"amount": 3000},
        {"amount": 3000, "reason": "   "},
        {"amount": 3000.5, "reason": "half"},
        {"amount": -1, "reason": "negative"},
        {"amount": True, "reason": "a word"},
        {"amount": None, "reason": "nothing"},
        {"amount": 3000, "reason": "past", "expires_at": "2026-09-01T00:00:00Z"},
        {"amount": 3000, "reason": "zone", "expires_at": "2027-01-01T00:00:00"},
    ],
)
def test_what_cannot_be_a_limit_is_refused(served: Served, body: Any) -> None:  # noqa: ANN401 - any JSON
    assert served.admin.put("/spend-limit", json=body).status_code == 422


def test_what_is_wrong_with_an_amount_is_said_in_our_words(served: Served) -> None:
    problem = served.admin.put("/spend-limit", json=change("much")).json()

    assert problem["errors"] == [
        {"where": ["body", "amount"], "message": "an amount is in whole units, from 0"}
    ]
    assert problem["detail"] == "body.amount: an amount is in whole units, from 0"


@pytest.mark.parametrize("amount", [3000, "3000", 3000.0, "3000.00"])
def test_whole_units_are_taken_however_they_are_written(
    served: Served, amount: object
) -> None:
    body = served.admin.put("/spend-limit", json=change(amount)).json()

    assert body["to"] == {"amount": "3000.00", "currency": "EUR"}


def test_a_yes_that_does_nothing_is_no_success(served: Served) -> None:
    served.simulator.faults.add(Fault(kind=FaultKind.IGNORED, count=None))

    body = served.admin.put("/spend-limit", json=change(3000)).json()

    assert (body["state"], body["reason"]) == ("failed", "not_in_force")
    assert body["applied_at"] is None


def test_a_provider_that_is_away_is_a_problem(served: Served) -> None:
    served.simulator.faults.add(
        Fault(kind=FaultKind.STATUS, count=None, status=503, route=Route.SPEND_LIMIT)
    )

    answer = served.viewer.get("/spend-limit")

    assert answer.status_code == 503
    assert answer.json()["code"] == "provider_unavailable"
    assert answer.json()["provider_status"] == 503


def test_which_of_several_must_be_said(two_served: Served) -> None:
    answer = two_served.viewer.get("/spend-limit")

    assert answer.status_code == 422
    assert "acme, beta" in answer.json()["detail"]
    named = two_served.viewer.get("/spend-limit", organization="beta")
    assert named.json()["organization"] == "beta"
