"""Checks run on demand and can be read afterwards."""

from datetime import timedelta

from service.simulator.faults import Fault, FaultKind
from tests.integration.api.serving import NOON, Served, at


def test_a_check_answers_with_what_it_saw_and_decided(served_anywhere: Served) -> None:
    check = served_anywhere.check()

    assert check["outcome"] == "completed"
    assert check["data"] == {"state": "known", "reason": None, "detail": ""}
    assert check["spend"]["currency"] == "EUR"
    assert check["spend_limit"] == {"amount": "4000.00", "currency": "EUR"}
    decided = {each["threshold_id"]: each["outcome"] for each in check["decisions"]}
    assert decided == {"half": "fired", "all": "below", "tokens": "below"}
    assert len(check["alerts_fired"]) == 1
    assert at(check["at"]) == NOON


def test_a_check_is_kept(served_anywhere: Served) -> None:
    check = served_anywhere.check()

    assert served_anywhere.viewer.get(f"/checks/{check['id']}").json() == check
    listed = served_anywhere.viewer.get("/checks", organization="acme").json()
    assert [each["id"] for each in listed["items"]] == [check["id"]]


def test_a_dry_run_is_not_kept(served: Served) -> None:
    answer = served.operator.post("/checks", json={"dry_run": True})

    (check,) = answer.json()["items"]
    assert check["dry_run"]
    assert served.viewer.get("/checks").json()["items"] == []
    assert served.viewer.get("/alerts").json()["items"] == []


def test_without_a_body_every_organization_is_checked(two_served: Served) -> None:
    answer = two_served.operator.post("/checks")

    names = [check["organization"] for check in answer.json()["items"]]
    assert names == ["acme", "beta"]


def test_figures_that_cannot_be_had_are_an_answer(served: Served) -> None:
    served.simulator.faults.add(Fault(kind=FaultKind.STATUS, count=None))

    check = served.check()

    assert check["outcome"] == "unknown"
    assert check["spend"] is None
    assert check["data"]["state"] == "unknown"


def test_an_unknown_organization_is_not_found(served: Served) -> None:
    answer = served.operator.post("/checks", json={"organization": "nobody"})

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert served.viewer.get("/checks", organization="nobody").status_code == 404


def test_an_unknown_check_is_not_found(served: Served) -> None:
    assert served.viewer.get("/checks/ck_none").status_code == 404


def test_a_field_nobody_knows_is_refused(served: Served) -> None:
    answer = served.operator.post("/checks", json={"organisation": "acme"})

    assert answer.status_code == 422
    assert "organisation" in answer.json()["detail"]


def test_checks_are_listed_newest_first_page_by_page(served: Served) -> None:
    for _ in range(3):
        served.check()
        served.clock.advance(timedelta(minutes=5))

    first = served.viewer.get("/checks", limit=2).json()
    rest = served.viewer.get("/checks", limit=2, cursor=first["next_cursor"]).json()

    times = [at(each["at"]) for each in first["items"] + rest["items"]]
    assert times == sorted(times, reverse=True)
    assert len(times) == 3
    assert rest["next_cursor"] is None


def test_a_cursor_that_is_none_is_refused(served: Served) -> None:
    assert served.viewer.get("/checks", cursor="x").status_code == 422
    assert served.viewer.get("/checks", limit=201).status_code == 422
