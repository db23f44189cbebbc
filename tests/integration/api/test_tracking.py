"""A limit that follows holds, and a person releases it over the API."""

from dataclasses import replace
from decimal import Decimal

from service.domain.track_state import Hold, HoldReason
from tests.integration.api.serving import Served, at


def test_an_operator_releases_it_and_that_is_shown(served: Served) -> None:
    services = served.application.services
    now = served.clock.now()
    hold = Hold(since=now, why=HoldReason.PACE, fastest=Decimal(300))
    with services.transaction() as work:
        state = work.state("acme")
        work.save_state(replace(state, track=replace(state.track, hold=hold)))

    shown = served.viewer.get("/spend-limit").json()["tracking_held"]
    assert at(shown["since"]) == now
    assert shown["reason"] == "pace"
    answer = served.operator.post("/spend-limit/release")
    assert answer.status_code == 200
    assert answer.json()["by"] == "key:operator"
    assert served.viewer.get("/spend-limit").json()["tracking_held"] is None
    assert served.operator.post("/spend-limit/release").status_code == 409
