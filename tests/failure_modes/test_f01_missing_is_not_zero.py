"""F1: usage that is stale, empty or null was taken for nothing spent: an all-clear."""

from datetime import timedelta
from typing import Any

import pytest

from service.domain.alert import AlertKind
from service.domain.check import CheckOutcome
from service.domain.usage import FigureState
from service.pipeline.respond_status import statuses
from service.simulator.exchange import Route
from service.simulator.faults import FaultKind
from tests.failure_modes.stage import HALF, MINUTE, RAISE, Stage, policies

TOTAL = "limits.completion.total_usage"
PARTS = ("limits.completion.usage", "limits.completion.vibe_usage")

# What is wrong with both sources at once, so that no figure is left.
LOST: dict[str, list[tuple[FaultKind, Route | None, dict[str, Any]]]] = {
    "no answer": [(FaultKind.STATUS, None, {"status": 503})],
    "forbidden": [(FaultKind.STATUS, None, {"status": 403})],
    "throttled": [(FaultKind.STATUS, None, {"status": 429})],
    "a page instead of an answer": [(FaultKind.HTML, None, {})],
    "cut off": [(FaultKind.CUT_OFF, None, {})],
    "emptied": [(FaultKind.EMPTY_USAGE, None, {})],
    "null": [
        (FaultKind.NULL_FIELD, Route.USAGE, {"field": "completion.models.*"}),
        (FaultKind.NULL_FIELD, Route.SPEND_LIMIT, {"field": TOTAL}),
        (FaultKind.NULL_FIELD, Route.SPEND_LIMIT, {"field": PARTS[0]}),
    ],
    "not a number": [
        (
            FaultKind.NAN_FIELD,
            Route.USAGE,
            {"field": "completion.models.*.*.*.value_paid"},
        ),
        (FaultKind.NAN_FIELD, Route.SPEND_LIMIT, {"field": TOTAL}),
    ],
    "a word for a number": [
        (FaultKind.MISSING_FIELD, Route.USAGE, {"field": "completion"}),
        (FaultKind.JUNK_FIELD, Route.SPEND_LIMIT, {"field": TOTAL, "value": "n/a"}),
    ],
    "absent": [
        (FaultKind.MISSING_FIELD, Route.USAGE, {"field": "completion"}),
        (FaultKind.MISSING_FIELD, Route.SPEND_LIMIT, {"field": "limits.completion"}),
    ],
    "a total of zero where days were not": [
        (FaultKind.JUNK_FIELD, Route.SPEND_LIMIT, {"field": TOTAL, "value": 0}),
    ],
    "another currency": [(FaultKind.CURRENCY, None, {})],
}


@pytest.mark.parametrize("faults", LOST.values(), ids=LOST)
def test_a_lost_figure_is_unknown_keeps_what_fires_and_alerts_once(
    stage: Stage, faults: list[tuple[FaultKind, Route | None, dict[str, Any]]]
) -> None:
    world = stage.open(HALF)
    good = stage.step().spend.amount
    for kind, route, how in faults:
        stage.fails(kind, route, **how)

    lost = stage.steps(5, 10 * MINUTE)

    assert {each.spend.amount for each in lost} == {None}
    assert {each.outcome for each in lost} == {CheckOutcome.UNKNOWN}
    (status,) = statuses(world.application.services)
    assert status.spend is None
    assert status.last_good_spend is not None
    assert status.last_good_spend.amount == good
    assert status.data_age is not None
    assert status.data_age >= 50 * MINUTE
    assert {"half", "data_unknown"} <= stage.firing()
    assert stage.told()["data_unknown"] == 1

    stage.heals()
    stage.steps(3)
    assert stage.firing() == {"half"}
    assert stage.told()["half"] == 1


def test_a_passing_gap_is_shown_at_once_and_told_only_after_the_grace(
    stage: Stage,
) -> None:
    stage.open(HALF)
    stage.step()
    stage.fails(FaultKind.STATUS, status=503)

    assert stage.step(5 * MINUTE).spend.state is FigureState.UNKNOWN
    assert stage.firing() == {"half"}
    stage.steps(2, 5 * MINUTE)
    assert stage.firing() == {"half", "data_unknown"}


def test_nothing_is_raised_on_a_figure_that_is_lost_and_it_is_when_it_is_back(
    stage: Stage,
) -> None:
    world = stage.open(HALF)
    stage.step()
    stage.fails(FaultKind.STATUS, Route.USAGE, status=503)
    world.write(policies(HALF, RAISE))
    world.application.load_policies()

    stage.steps(3)
    assert stage.posts() == 0
    assert {each.reason for each in world.changes()} == {"doubtful_data"}

    stage.heals()
    stage.step()
    assert stage.in_force() == 4500


def test_an_empty_month_is_a_zero_that_is_sure(stage: Stage) -> None:
    world = stage.open(HALF, passed=timedelta(0))

    check = world.check()

    assert check.spend.state is FigureState.KNOWN
    assert check.spend.amount == 0
    assert stage.firing() == set()


def test_a_workspace_that_empties_in_the_month_is_never_a_zero(stage: Stage) -> None:
    world = stage.world
    world.simulator.advance(timedelta(days=15))
    world.write(SEARCH)
    world.start()
    stage.step()
    uuid = world.simulator.workspace_uuid("acme", "Search")
    stage.fails(FaultKind.EMPTY_USAGE, Route.USAGE, where={"workspace_id": uuid})

    for check in stage.steps(6):
        (outcome,) = check.decisions
        assert outcome.value is None, outcome.reason
    assert stage.firing() == {"some", "data_unknown"}
    assert stage.alert(AlertKind.DATA_UNKNOWN).key.scope


SEARCH = """
version: 1
policies:
  - id: search
    organization: acme
    scope: {workspace: Search}
    budget: {amount: 500, currency: EUR}
    thresholds: [{id: some, spend: 1}]
"""
