"""Notifications and channels can be looked at, retried and tested."""

from service.pipeline.deliver import deliver_due
from tests.integration.api.serving import Served


def test_what_is_to_be_told_is_listed(served_anywhere: Served) -> None:
    served = served_anywhere
    served.check()
    (alert,) = served.viewer.get("/alerts").json()["items"]

    items = served.viewer.get("/notifications", channel="finops").json()["items"]

    (item,) = [each for each in items if each["organization"] == "acme"]
    assert (item["channel"], item["state"]) == ("finops", "pending")
    assert item["alerts"] == [alert["id"]]
    assert item["subject"] == "acme: half fired"
    assert item["next_attempt_at"] is not None
    assert served.viewer.get("/notifications", channel="none").json()["items"] == []


def test_a_failed_notification_is_due_again_at_once(served: Served) -> None:
    served.check()
    deliver_due(served.application.services)
    items = served.viewer.get("/notifications").json()["items"]
    (failed,) = [each for each in items if each["organization"] == "acme"]
    assert (failed["state"], failed["attempts"]) == ("failed", 1)

    due = served.operator.post(f"/notifications/{failed['id']}/retry").json()

    assert due["state"] == "pending"
    assert due["next_attempt_at"] < failed["next_attempt_at"]
    (entry,) = served.viewer.get("/audit", action="notification:retried").json()[
        "items"
    ]
    assert entry["actor"] == "key:operator"


def test_an_unknown_notification_is_not_found(served: Served) -> None:
    assert served.operator.post("/notifications/nt_none/retry").status_code == 404


def test_channels_are_shown_by_name_and_never_by_address(served: Served) -> None:
    answer = served.viewer.get("/channels")

    (channel,) = answer.json()["items"]
    assert (channel["name"], channel["default"]) == ("finops", True)
    assert channel["last_delivered_at"] is None
    assert "sg_test_hook" not in answer.text


def test_a_channel_that_fails_its_test_says_so(served: Served) -> None:
    answer = served.operator.post("/channels/finops/test")

    body = answer.json()
    assert answer.status_code == 200
    assert not body["delivered"]
    assert body["error"]
    assert "sg_test_hook" not in answer.text
    (entry,) = served.viewer.get("/audit", action="channel:tested").json()["items"]
    assert (entry["outcome"], entry["actor"]) == ("failed", "key:operator")


def test_an_unknown_channel_is_not_found(served: Served) -> None:
    assert served.operator.post("/channels/nowhere/test").status_code == 404
