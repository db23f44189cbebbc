"""F2: a model that was used and has no price counted as free."""

from decimal import Decimal

from service.domain.alert import AlertKind
from service.domain.check import Outcome
from service.domain.usage import FigureState
from service.simulator.exchange import Route
from service.simulator.faults import FaultKind
from tests.failure_modes.stage import HALF, RAISE, Stage

LARGE = "mistral-large-2512"


def test_a_model_without_a_price_is_bounded_from_above_and_told(stage: Stage) -> None:
    stage.open(HALF)
    stage.fails(FaultKind.PRICES_REMOVED, Route.USAGE, metric=LARGE)

    check = stage.step()

    assert check.spend.state is FigureState.INCOMPLETE
    assert check.spend.amount is not None
    assert check.spend.upper is not None
    assert check.spend.upper > check.spend.amount
    alert = stage.alert(AlertKind.PRICE_MISSING)
    assert alert.is_open
    assert alert.value is not None
    assert Decimal(0) < alert.value < Decimal(100)

    stage.heals()
    stage.step()
    assert not stage.alert(AlertKind.PRICE_MISSING).is_open


def test_the_upper_bound_fires_and_never_moves_the_limit(stage: Stage) -> None:
    over = "{id: over, spend: 2200, then: {raise_limit: {by: 500}}}"
    stage.open(over)
    assert stage.step().decisions[0].outcome is Outcome.BELOW
    stage.fails(FaultKind.PRICES_REMOVED, Route.USAGE, metric=LARGE)

    check = stage.step()

    assert check.decisions[0].outcome is Outcome.FIRED
    assert stage.posts() == 0
    assert stage.only_change().reason == "doubtful_data"


def test_with_no_price_at_all_the_provider_s_own_total_still_counts(
    stage: Stage,
) -> None:
    stage.open(RAISE)
    stage.fails(FaultKind.PRICES_REMOVED, Route.USAGE)

    check = stage.step()

    assert check.spend.state is FigureState.INCOMPLETE
    assert check.spend.amount == round(Decimal(str(stage.spent())), 2)
    assert stage.posts() == 0


def test_the_upper_bound_alone_lowers_no_limit_either(stage: Stage) -> None:
    stage.open("{id: over, spend: 2200, then: {cap_limit: {to: 150%}, approval: none}}")
    assert stage.step().decisions[0].outcome is Outcome.BELOW
    stage.fails(FaultKind.PRICES_REMOVED, Route.USAGE, metric=LARGE)

    check = stage.step()

    assert check.spend.amount is not None
    assert check.spend.amount < 2200
    assert check.decisions[0].outcome is Outcome.FIRED
    assert stage.posts() == 0
    assert stage.only_change().reason == "doubtful_data"
