"""The past that is kept, replayed under a draft; the provider is not asked."""

from service.api.routes.backtests import TURN
from tests.integration.api.serving import Served
from tests.integration.api.test_plan import YAML, text_of


def test_what_was_checked_is_replayed_and_nothing_is_kept(served: Served) -> None:
    served.check()
    before = served.viewer.get("/audit").json()
    text = text_of(served)

    answer = served.viewer.post(
        "/policies/backtest?months=2", content=text, headers=YAML
    )

    assert answer.status_code == 200, answer.text
    (acme,) = answer.json()["organizations"]
    last = acme["days"][-1]
    assert last["grain"] == "exact"
    assert last["spend"] is not None
    assert acme["totals"]["alerts_fired"] >= 1
    assert served.viewer.get("/audit").json() == before


def test_a_draft_with_errors_is_refused_by_its_places(served: Served) -> None:
    answer = served.viewer.post(
        "/policies/backtest", content="version: 2\n", headers=YAML
    )

    assert answer.status_code == 422
    assert answer.json()["findings"]


def test_more_months_than_are_kept_are_refused(served: Served) -> None:
    answer = served.viewer.post(
        "/policies/backtest?months=13", content=text_of(served), headers=YAML
    )

    assert answer.status_code == 422


def test_only_one_runs_at_a_time(served: Served) -> None:
    with TURN:
        answer = served.viewer.post(
            "/policies/backtest", content=text_of(served), headers=YAML
        )

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
