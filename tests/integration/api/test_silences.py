"""Silences are made, listed and ended; what they mute is shown."""

from datetime import timedelta
from typing import Any

import pytest

from tests.integration.api.serving import NOON, Served, at

HOUR = timedelta(hours=1)


def made(served: Served, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    wanted = {
        "matchers": {"policy_id": "acme-monthly"},
        "duration": "2h",
        "comment": "load test",
        **changes,
    }
    answer = served.operator.post("/silences", json=wanted)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert isinstance(body, dict)
    return body


def test_a_silence_mutes_messages_and_shows_what_it_mutes(
    served_anywhere: Served,
) -> None:
    served = served_anywhere
    silence = made(served)

    check = served.check()

    assert len(check["alerts_fired"]) == 1
    assert served.viewer.get("/notifications").json()["items"] == []
    status = served.viewer.get("/status").json()
    (open_alert,) = status["organizations"][0]["open_alerts"]
    assert status["active_silences"] == 1
    assert open_alert["muted_by"] == silence["id"]
    (listed,) = served.viewer.get("/alerts").json()["items"]
    assert listed["muted_by"] == silence["id"]
    (muted,) = served.viewer.get("/audit", action="alert:muted").json()["items"]
    assert muted["detail"]["silence"] == silence["id"]


def test_ending_a_silence_sends_what_it_withheld(served_anywhere: Served) -> None:
    served = served_anywhere
    silence = made(served)
    served.check()

    ended = served.operator.delete(f"/silences/{silence['id']}").json()
    assert (ended["state"], ended["expired_by"]) == ("expired", "key:operator")
    served.clock.advance(timedelta(minutes=5))
    served.check()
    served.clock.advance(timedelta(minutes=5))
    served.check()

    (notification,) = served.viewer.get("/notifications").json()["items"]
    assert notification["subject"] == "acme: half fired"
    assert served.viewer.get("/status").json()["active_silences"] == 0
    (open_alert,) = served.viewer.get("/alerts").json()["items"]
    assert open_alert["muted_by"] is None


def test_a_silence_says_who_wants_it_until_when_and_why(served: Served) -> None:
    silence = made(served, matchers={"policy_id": "acme-*", "severity": "info"})

    assert silence["state"] == "active"
    assert silence["created_by"] == "key:operator"
    assert at(silence["ends_at"]) == NOON + 2 * HOUR
    assert silence["matchers"]["policy_id"] == "acme-*"
    assert silence["matchers"]["kind"] is None
    assert silence["matches_nothing"] is False
    assert served.operator.delete(f"/silences/{silence['id']}").status_code == 200
    assert served.operator.delete(f"/silences/{silence['id']}").status_code == 200
    assert served.operator.delete("/silences/sl_none").status_code == 404


def test_silences_are_listed_by_where_they_stand(served: Served) -> None:
    active = made(served)
    pending = made(served, starts_at="2026-10-01T00:00:00Z")
    ends = (NOON + HOUR).isoformat()
    made(served, duration=None, ends_at=ends)
    served.clock.advance(HOUR)

    for state, count in (("active", 1), ("pending", 1), ("expired", 1)):
        found = served.viewer.get("/silences", state=state).json()["items"]
        assert [each["state"] for each in found] == [state] * count
    every = served.viewer.get("/silences").json()["items"]
    assert [each["id"] for each in every][1:] == [pending["id"], active["id"]]
    assert served.viewer.get("/silences", state="quiet").status_code == 422


def test_a_silence_over_nothing_in_force_says_so(served: Served) -> None:
    assert made(served, matchers={"policy_id": "acme-montly"})["matches_nothing"]


@pytest.mark.parametrize(
    "changes",
    [
        {"matchers": {}},
        {"matchers": {"policy": "acme-monthly"}},
        {"matchers": {"policy_id": ""}},
        {"matchers": {"severity": "loud"}},
        {"matchers": {"kind": "delivery-failed"}},
        {"comment": ""},
        {"comment": " "},
        {"comment": "a\u0000b"},
        {"duration": None},
        {"duration": "soon"},
        {"duration": "400d"},
        {"duration": 7200},
        {"ends_at": "2026-12-01T00:00:00Z"},
        {"duration": None, "ends_at": "2020-01-01T00:00:00Z"},
        {"duration": None, "ends_at": "2026-12-01T00:00:00"},
        {"starts_at": "9999-12-31T23:59:59Z"},
    ],
)
def test_what_would_not_work_is_refused(
    served: Served, changes: dict[str, object]
) -> None:
    wanted = {
        "matchers": {"policy_id": "acme-monthly"},
        "duration": "2h",
        "comment": "load test",
        **changes,
    }

    answer = served.operator.post("/silences", json=wanted)

    assert answer.status_code == 422, answer.text
    assert served.viewer.get("/silences").json()["items"] == []


def test_who_only_reads_silences_nobody(served: Served) -> None:
    silence = made(served)

    assert served.viewer.post("/silences", json={}).status_code == 403
    assert served.viewer.delete(f"/silences/{silence['id']}").status_code == 403
