"""F3: a field of the provider's answer died or moved, and nobody noticed."""

from dataclasses import replace

import pytest

from service.domain.notification import Event, EventKind
from service.domain.policy import Severity
from service.domain.usage import FigureState
from service.simulator.configuration import Shape
from service.simulator.exchange import Route
from service.simulator.faults import FaultKind
from tests.failure_modes.stage import HALF, MINUTE, RAISE, MakeWorld, Stage, provider

QUARTER = 15 * MINUTE


def drifts(stage: Stage) -> list[Event]:
    """Give what was ever told of the provider's interface."""
    return [
        event
        for each in stage.world.notifications()
        for event in each.message.events
        if event.threshold_id == "api_drift" and event.kind is EventKind.FIRED
    ]


def test_a_category_nobody_knows_is_told(stage: Stage) -> None:
    stage.open(HALF)
    stage.step()
    stage.fails(FaultKind.NEW_CATEGORY)

    stage.steps(2)

    assert "api_drift" in stage.firing()
    assert [each.severity for each in drifts(stage)] == ["warning", "info"]
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


FIELD = "completion.models.*.*.*"


@pytest.mark.parametrize(
    ("kind", "route", "how", "said"),
    [
        (
            FaultKind.MISSING_FIELD,
            Route.USAGE,
            {"field": "currency"},
            "usage: missing field currency",
        ),
        (
            FaultKind.JUNK_FIELD,
            Route.USAGE,
            {"field": f"{FIELD}.usage_type", "value": 3},
            f"usage: {FIELD}.usage_type was a string or null, is a number",
        ),
        (
            FaultKind.NULL_FIELD,
            Route.SPEND_LIMIT,
            {"field": "limits.last_payment_failure"},
            "spend-limit: limits.last_payment_failure was a boolean, is null",
        ),
        (
            FaultKind.NULL_FIELD,
            Route.RATE_LIMIT,
            {"field": "requests_per_second"},
            "rate-limit: requests_per_second was a number, is null",
        ),
    ],
)
def test_the_exact_difference_is_told_once_until_it_is_gone(
    stage: Stage, kind: FaultKind, route: Route, how: dict[str, object], said: str
) -> None:
    stage.open(HALF)
    stage.step()
    assert drifts(stage) == []
    stage.fails(kind, route, **how)

    stage.steps(3)

    (told,) = drifts(stage)
    assert said in told.detail
    stage.heals()
    stage.steps(2)
    assert "api_drift" not in stage.firing()


def test_a_field_that_is_new_is_a_notice_told_once_for_ever(stage: Stage) -> None:
    """The simulator's new category is in Vibe too, where it is one more field."""
    stage.open(HALF)
    for _ in range(2):
        stage.step()
        stage.fails(FaultKind.NEW_CATEGORY)
        stage.step()
        stage.heals()

    told = [each for each in drifts(stage) if each.severity is Severity.INFO]
    assert [each.detail.partition(": ")[2] for each in told] == [
        "usage: new field vibe_code.video"
    ]


@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.parametrize("as_list", [True, False])
def test_no_shape_that_is_known_is_told(
    make_world: MakeWorld, shape: Shape, *, as_list: bool
) -> None:
    config = provider()
    spelled = tuple(
        replace(each, shape=shape, rate_limit_as_list=as_list)
        for each in config.organizations
    )
    stage = Stage(make_world(replace(config, organizations=spelled)))
    stage.open(HALF)
    stage.steps(2)

    assert drifts(stage) == []


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
