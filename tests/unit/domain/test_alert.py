"""Who an alert is: its key, and the id that follows from it."""

from dataclasses import replace

from service.domain.alert import AlertKey, AlertKind, health_key
from tests.builders import alert


def test_an_alert_about_the_guard_has_no_policy_and_no_period() -> None:
    assert health_key("acme", AlertKind.DATA_UNKNOWN) == AlertKey(
        organization="acme",
        policy_id="",
        threshold_id="data_unknown",
        scope="",
        period="",
    )
    about = health_key("acme", AlertKind.DATA_UNKNOWN, "search")
    assert about == replace(health_key("acme", AlertKind.DATA_UNKNOWN), scope="search")


def test_whatever_tells_two_alerts_apart_tells_their_ids_apart() -> None:
    others = [
        alert(organization="other"),
        alert(policy_id="other"),
        alert("other"),
        alert(scope="other"),
        alert(period="2026-09"),
        alert(firing=2),
    ]
    ids = {each.id for each in (alert(), *others)}

    assert len(ids) == 7
    assert all(each.startswith("al_") for each in ids)
