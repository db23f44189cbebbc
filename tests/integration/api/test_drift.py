"""Somebody moves the limit in the console, and a person decides over the API."""

from service.simulator.simulator import Simulator
from tests.integration.api.serving import Served, at


def move(simulator: Simulator, amount: int) -> None:
    simulator.console_sets_limit("acme", amount, email="ada@acme.example")


def drifted(served: Served, amount: int = 6000) -> None:
    """Check, let somebody move the limit, check again."""
    served.check()
    move(served.simulator, amount)
    served.check()


def test_an_open_drift_is_shown_with_who_it_was(served: Served) -> None:
    drifted(served)

    (acme,) = served.viewer.get("/status").json()["organizations"]
    drift = acme["drift"]
    assert drift["from"] == {"amount": "4000.00", "currency": "EUR"}
    assert drift["to"] == {"amount": "6000.00", "currency": "EUR"}
    assert drift["who"] == "ada@acme.example"
    assert at(drift["since"]) == served.clock.now()
    (alert,) = [
        each for each in acme["open_alerts"] if each["kind"] == "limit_changed_outside"
    ]
    assert "by ada@acme.example" in alert["reason"]


def test_an_admin_keeps_it(served_anywhere: Served) -> None:
    served = served_anywhere
    drifted(served)

    answer = served.admin.post("/drift/acme/adopt")

    assert answer.status_code == 200
    body = answer.json()
    assert body["spend_limit"] == {"amount": "6000.00", "currency": "EUR"}
    assert body["by"] == "key:admin"
    now = served.viewer.get("/spend-limit").json()
    assert now["override"]["by"] == "key:admin"
    assert now["override"]["until"] == body["until"]
    (acme,) = served.viewer.get("/status").json()["organizations"]
    assert acme["drift"] is None
    assert served.admin.post("/drift/acme/adopt").status_code == 409


def test_an_admin_puts_it_back(served: Served) -> None:
    drifted(served)

    body = served.admin.post("/drift/acme/revert").json()

    assert (body["kind"], body["state"]) == ("revert", "applied")
    assert body["to"] == {"amount": "4000.00", "currency": "EUR"}
    assert body["requested_by"] == "key:admin"
    now = served.viewer.get("/spend-limit").json()
    assert now["spend_limit"] == body["to"]
    assert now["override"] is None
    assert served.admin.post("/drift/acme/revert").status_code == 409


def test_nobody_else_decides_and_nothing_else_is_decided(served: Served) -> None:
    for verb in ("adopt", "revert"):
        assert served.operator.post(f"/drift/acme/{verb}").status_code == 403
        assert served.admin.post(f"/drift/beta/{verb}").status_code == 404
        problem = served.admin.post(f"/drift/acme/{verb}")
        assert problem.status_code == 409
        assert problem.json()["code"] == "conflict"
