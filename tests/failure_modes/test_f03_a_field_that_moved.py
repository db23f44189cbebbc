"""F3: a field of the provider's answer died or moved, and nobody noticed."""

from dataclasses import replace

import pytest

from service.domain.usage import FigureState
from service.simulator.configuration import Shape
from service.simulator.exchange import Route
from service.simulator.faults import FaultKind
from tests.failure_modes.stage import HALF, MINUTE, RAISE, MakeWorld, Stage, provider

QUARTER = 15 * MINUTE


def test_a_category_nobody_knows_is_told(stage: Stage) -> None:
    stage.open(HALF)
    stage.step()
    stage.fails(FaultKind.NEW_CATEGORY)

    stage.steps(2)

    assert "api_drift" in stage.firing()
    assert stage.told()["api_drift"] == 1
    stage.heals()
    stage.step()
    assert "api_drift" not in stage.firing()


@pytest.mark.parametrize("category", ["completion", "ocr", "fine_tuning"])
def test_a_category_that_was_always_there_is_missed(
    stage: Stage, category: str
) -> None:
    stage.open(RAISE)
    stage.fails(FaultKind.MISSING_FIELD, Route.USAGE, field=category)

    stage.steps(3, QUARTER)

    assert "api_drift" in stage.firing()


@pytest.mark.parametrize("field", ["start_date", "completion.models"])
def test_a_field_that_is_needed_is_missed_and_nothing_is_raised(
    stage: Stage, field: str
) -> None:
    stage.open(HALF)
    stage.step()
    stage.fails(FaultKind.MISSING_FIELD, Route.USAGE, field=field)

    stage.steps(3, QUARTER)

    assert {"api_drift", "data_unknown"} <= stage.firing()
    assert stage.told()["api_drift"] == 1


@pytest.mark.parametrize("route", [Route.USAGE, Route.SPEND_LIMIT])
def test_a_path_that_moved_is_told_as_that(stage: Stage, route: Route) -> None:
    stage.open(HALF)
    stage.step()
    stage.fails(FaultKind.STATUS, route, status=404)

    stage.steps(3, QUARTER)

    assert {"api_drift", "data_unknown"} <= stage.firing()


def test_a_provider_that_is_down_has_not_changed(stage: Stage) -> None:
    stage.open(HALF)
    stage.step()
    stage.fails(FaultKind.STATUS, status=503)

    stage.steps(3, QUARTER)

    assert "api_drift" not in stage.firing()


def test_vibe_that_says_zero_is_counted_by_its_rows(stage: Stage) -> None:
    """The newest shape always says `vibe_usage: 0` and has its rows elsewhere."""
    stage.open(HALF)

    assert stage.step().spend.state is FigureState.KNOWN


def test_vibe_that_is_one_amount_is_counted_by_it(make_world: MakeWorld) -> None:
    config = provider()
    old = tuple(replace(each, shape=Shape.JULY) for each in config.organizations)
    stage = Stage(make_world(replace(config, organizations=old)))
    stage.open(HALF)

    assert stage.step().spend.state is FigureState.KNOWN
