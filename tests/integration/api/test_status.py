"""The status says how every organization stands, and whether the guard does."""

from datetime import timedelta

from service.simulator.faults import Fault, FaultKind
from tests.integration.api.serving import NOON, Served, at


def test_before_the_first_check_nothing_is_claimed(served: Served) -> None:
    body = served.viewer.get("/status").json()

    (organization,) = body["organizations"]
    assert organization["state"] == "unknown"
    assert organization["data"]["reason"] == "not_checked"
    assert organization["spend"] is None
    assert organization["headroom"] is None


def test_the_status_follows_the_last_check(served_anywhere: Served) -> None:
    check = served_anywhere.check()
    served_anywhere.clock.advance(timedelta(seconds=42))

    body = served_anywhere.viewer.get("/status").json()

    (organization,) = body["organizations"]
    assert organization["state"] == "alerting"
    assert organization["spend"] == check["spend"]
    assert organization["spend_limit"] == check["spend_limit"]
    assert organization["data_age_seconds"] == 42
    assert organization["last_check_id"] == check["id"]
    assert at(organization["next_check_at"]) == NOON + timedelta(minutes=5)
    assert [alert["threshold_id"] for alert in organization["open_alerts"]] == ["half"]
    assert body["policies"]["source"] == "folder"
    assert body["policies"]["error"] is None


def test_what_the_month_is_expected_to_come_to_is_told_with_its_interval(
    served_anywhere: Served,
) -> None:
    check = served_anywhere.check()

    (organization,) = served_anywhere.viewer.get("/status").json()["organizations"]

    forecast = organization["forecast"]
    assert forecast == check["forecast"]
    assert organization["forecast_reason"] is None
    parts = [organization["spend"]["amount"]]
    parts += [forecast[part] for part in ("low", "amount", "high")]
    assert sorted(parts, key=float) == parts
    assert forecast["currency"] == "EUR"


def test_why_there_is_no_forecast_is_told_instead(served: Served) -> None:
    (unchecked,) = served.viewer.get("/status").json()["organizations"]
    served.simulator.faults.add(Fault(kind=FaultKind.STATUS, count=None))
    check = served.check()

    (organization,) = served.viewer.get("/status").json()["organizations"]

    assert (unchecked["forecast"], unchecked["forecast_reason"]) == (None, None)
    assert organization["forecast"] is None
    assert organization["forecast_reason"] == check["forecast_reason"]
    assert check["forecast_reason"].startswith("unknown, provider_unavailable: ")


def test_an_unknown_figure_leaves_the_last_good_one_with_its_age(
    served: Served,
) -> None:
    check = served.check()
    served.clock.advance(timedelta(minutes=10))
    served.simulator.faults.add(Fault(kind=FaultKind.STATUS, count=None))
    served.check()

    (organization,) = served.viewer.get("/status").json()["organizations"]

    assert organization["state"] == "unknown"
    assert organization["data"]["state"] == "unknown"
    assert organization["spend"] == check["spend"]
    assert organization["data_age_seconds"] >= 600


def test_a_pause_shows_until_it_is_resumed(served_anywhere: Served) -> None:
    served = served_anywhere
    served.check()

    assert served.operator.post("/pause").json()["paused"]
    assert served.operator.post("/pause").status_code == 200
    body = served.viewer.get("/status").json()
    assert body["paused"]
    assert body["organizations"][0]["state"] == "paused"

    assert served.operator.post("/resume").status_code == 403
    assert not served.admin.post("/resume").json()["paused"]
    assert not served.viewer.get("/status").json()["paused"]


def test_a_bad_set_shows_which_one_stays_in_force(served: Served) -> None:
    before = served.viewer.get("/status").json()["policies"]
    (served.folder / "acme.yaml").write_text("version: 1\npolices: []\n")
    served.application.load_policies()

    after = served.viewer.get("/status").json()["policies"]
    with served.anybody() as client:
        ready = client.get("/readyz").json()

    assert after["revision"] == before["revision"]
    assert after["loaded_at"] == before["loaded_at"]
    assert "polices" in after["error"]
    assert ready["policies_degraded"]
    assert ready["revision"] == before["revision"]


def test_a_process_that_runs_is_healthy(served: Served) -> None:
    with served.anybody() as client:
        assert client.get("/healthz").json() == {"status": "ok"}


def test_ready_is_who_has_finished_a_round(served: Served) -> None:
    with served.anybody() as client:
        assert client.get("/readyz").json()["status"] == "ready"

        served.reasons.append("checks: no round has finished")
        answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["code"] == "not_ready"
    assert answer.json()["reasons"] == ["checks: no round has finished"]
