"""Alerts are listed, narrowed down and acknowledged."""

from typing import Any

from tests.integration.api.serving import Served


def fired(served: Served) -> dict[str, Any]:
    served.check()
    (alert,) = served.viewer.get("/alerts", state="firing").json()["items"]
    assert isinstance(alert, dict)
    return alert


def test_an_alert_says_what_crossed_what(served: Served) -> None:
    alert = fired(served)

    assert (alert["policy_id"], alert["threshold_id"]) == ("acme-monthly", "half")
    assert (alert["kind"], alert["severity"]) == ("spend", "info")
    assert alert["period"] == "2026-09"
    assert alert["bound"]["amount"] == "1000.00"
    assert alert["bound"]["currency"] == "EUR"
    assert alert["acknowledged_by"] is None


def test_alerts_are_narrowed_down(served: Served) -> None:
    fired(served)

    for query, count in (
        ({"organization": "acme"}, 1),
        ({"organization": "nobody"}, 0),
        ({"state": "resolved"}, 0),
        ({"policy_id": "acme-monthly"}, 1),
        ({"policy_id": "other"}, 0),
    ):
        assert len(served.viewer.get("/alerts", **query).json()["items"]) == count

    assert served.viewer.get("/alerts", state="burning").status_code == 422


def test_an_acknowledged_alert_names_who_saw_it(served_anywhere: Served) -> None:
    alert = fired(served_anywhere)

    answer = served_anywhere.operator.post(f"/alerts/{alert['id']}/acknowledge")

    assert answer.json()["acknowledged_by"] == "key:operator"
    assert answer.json()["state"] == "firing"
    found = served_anywhere.viewer.get("/audit", action="alert:acknowledged").json()
    assert [entry["target"] for entry in found["items"]] == [f"alert:{alert['id']}"]
    served_anywhere.check()
    (still,) = served_anywhere.viewer.get("/alerts").json()["items"]
    assert still["acknowledged_by"] == "key:operator"


def test_an_unknown_alert_is_not_found(served: Served) -> None:
    assert served.operator.post("/alerts/al_none/acknowledge").status_code == 404
