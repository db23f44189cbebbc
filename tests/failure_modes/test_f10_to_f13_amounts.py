"""F10: float money decided. F11: a whole-number limit was rounded the wrong way.

F12: a currency was assumed. F13: zero, null and absent were taken for each other.
"""

import json
import sqlite3
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest

from service.domain.audit import AuditAction
from service.domain.cost import cost_lines, cost_of
from service.domain.limit_change import ChangeKind, ChangeState
from service.domain.scope import Scope
from service.domain.usage import SpendLimit
from service.pipeline.limits import LimitRequest, set_limit
from service.simulator.exchange import Route
from service.simulator.faults import FaultKind
from tests.builders import limit, price, report, row
from tests.failure_modes.stage import HALF, LIMIT, RAISE, Stage, errors_in, policies

DIMES = [Decimal("0.1"), Decimal("0.2"), Decimal("0.3"), Decimal("1E-18")]


def test_the_order_of_rows_changes_no_digit_of_their_sum() -> None:
    whole = Scope(organization="acme")
    sums = set()
    for order in permutations(range(len(DIMES))):
        rows = [row(1, billing_metric=f"m{place}") for place in order]
        prices = [price(DIMES[place], billing_metric=f"m{place}") for place in order]
        month = report(*rows, prices=prices)
        sums.add(str(cost_of(cost_lines(month), month, whole).amount))

    assert sums == {"0.600000000000000001"}


def test_a_bound_is_met_by_the_exact_sum_and_by_no_less(stage: Stage) -> None:
    world = stage.open(HALF)
    world.simulator.advance_to(world.simulator.clock.now())
    exact = world.check().spend.amount
    assert exact is not None
    cent = Decimal("0.01")
    world.write(
        policies(f"{{id: met, spend: {exact}}}", f"{{id: not, spend: {exact + cent}}}")
    )
    world.application.load_policies()

    world.check()

    assert stage.firing() == {"met"}


def test_no_float_is_ever_kept_or_told(stage: Stage) -> None:
    world = stage.open(RAISE)
    stage.steps(3)

    for message in world.sink.messages("slack"):
        assert not floats_in(message)
    file = world.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(file) as database:
        tables = [name for (name,) in database.execute(TABLES)]
        for table in tables:
            for kept in database.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - names from the database itself
                assert not [each for each in kept if isinstance(each, float)], table
                for text in kept:
                    if isinstance(text, str) and text.startswith(("{", "[")):
                        assert not floats_in(json.loads(text)), table
    assert len(tables) > 8
    database.close()


TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"


def floats_in(value: object) -> list[float]:
    match value:
        case float():
            return [value]
        case dict():
            return [found for each in value.values() for found in floats_in(each)]
        case list():
            return [found for each in value for found in floats_in(each)]
        case _:
            return []


@pytest.mark.parametrize(
    ("threshold", "guardrails", "written", "exact"),
    [
        pytest.param(
            "{id: up, spend: 1, then: {raise_limit: {by: 100.25}}}",
            "{cooldown: 0s}",
            4101,
            "4100.25",
            id="a raise rounds up",
        ),
        pytest.param(
            "{id: up, spend: 1, then: {raise_limit: {by: 100.25}}}",
            "{cooldown: 0s, max_limit: 4100.5}",
            4100,
            "4100.25",
            id="and never past its ceiling",
        ),
        pytest.param(
            "{id: down, spend: 1, then: {cap_limit: {to: 3000.75}, approval: none}}",
            "{}",
            3000,
            "3000.75",
            id="a cap rounds down",
        ),
    ],
)
def test_what_is_written_is_whole_and_what_was_meant_is_kept(
    stage: Stage, threshold: str, guardrails: str, written: int, exact: str
) -> None:
    stage.open(threshold, guardrails=guardrails)

    stage.step()

    change = stage.only_change()
    assert stage.in_force() == written
    assert change.after == limit(written)
    assert change.exact == Decimal(exact)


def test_a_provider_that_changes_its_currency_is_not_converted(stage: Stage) -> None:
    stage.open(RAISE)
    stage.fails(FaultKind.CURRENCY, currency="JPY")

    check = stage.step()

    assert check.spend.reason == "wrong_currency"
    assert "data_unknown" in stage.firing()
    stage.steps(2)
    assert stage.posts() == 0
    assert stage.in_force() == LIMIT


@pytest.mark.parametrize(
    ("good", "bad", "named"),
    [
        ("{amount: 2000, currency: EUR}", "{amount: 2000}", "currency"),
        ("currency: EUR}", "currency: USD}", "USD"),
        ("currency: EUR}", "currency: eur}", "currency"),
        ("{amount: 2000, currency", "{currency", "amount"),
        ("amount: 2000", "amount: ", "amount"),
        ("amount: 2000", "amount: null", "amount"),
        ("amount: 2000", "amount: ~", "amount"),
        ("amount: 2000", 'amount: ""', "amount"),
        ("amount: 2000", "amount: unlimited", "amount"),
        ("amount: 2000", "amount: -1", "amount"),
        ("amount: 2000", "amount: .nan", "number"),
        ("amount: 2000", "amount: 2e3", "number"),
        ("spend: 50%", "spend: ", "spend"),
        ("spend: 50%", "spend: null", "spend"),
    ],
)
def test_what_is_not_said_is_an_error_and_never_a_guess(
    tmp_path: Path, good: str, bad: str, named: str
) -> None:
    text = policies(HALF)
    assert good in text

    assert named in errors_in(tmp_path, text.replace(good, bad))


def test_a_bare_number_is_an_amount_and_no_share(tmp_path: Path) -> None:
    assert errors_in(tmp_path, policies("{id: half, spend: 50}")) == ""


def test_a_budget_of_zero_is_zero_and_not_no_budget(stage: Stage) -> None:
    world = stage.open(HALF)
    world.write(policies("{id: any, spend: 100%}").replace("2000", "0"))
    world.application.load_policies()

    stage.step()

    assert stage.firing() == {"any"}


def test_a_limit_of_zero_is_no_unlimited_one(stage: Stage) -> None:
    world = stage.open("{id: near, limit: 85%}")
    stage.step()
    world.simulator.console_sets_limit("acme", 0)

    check = stage.step()

    assert check.limit == limit(0)
    assert stage.firing() == {"near", "limit_reached"}


def test_a_limit_that_is_not_said_is_neither_zero_nor_unlimited(stage: Stage) -> None:
    stage.open("{id: near, limit: 30%, then: {raise_limit: {by: 500}}}")
    field = "limits.completion.usage_limit"
    stage.fails(FaultKind.NULL_FIELD, Route.SPEND_LIMIT, field=field)

    check = stage.step()

    assert check.limit is None
    assert check.decisions[0].value is None
    assert stage.posts() == 0


def test_unlimited_is_said_in_so_many_words(stage: Stage) -> None:
    world = stage.open("{id: near, limit: 30%}")
    wish = LimitRequest(
        organization="acme",
        wanted=SpendLimit(None),
        note="the fair week",
        actor="user:ada",
    )

    change = set_limit(world.application.services, wish)

    assert (change.kind, change.state) == (ChangeKind.MANUAL, ChangeState.APPLIED)
    assert world.simulator.standing("acme").limit.unlimited
    check = stage.step()
    assert check.limit == SpendLimit(None)
    assert stage.firing() == set()
    assert stage.recorded(AuditAction.LIMIT_CHANGE_APPLIED) == 1


@pytest.mark.parametrize("ceiling", ["0", "acme=0"])
def test_a_ceiling_of_zero_lets_nothing_through(stage: Stage, ceiling: str) -> None:
    world = stage.world
    world.settings = {"SPENDGUARD_MAX_LIMIT": ceiling}
    stage.open(RAISE)

    stage.steps(2)

    assert stage.posts() == 0
    assert stage.only_change().reason == "guardrail"
