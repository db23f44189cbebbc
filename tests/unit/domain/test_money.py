from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.errors import InvalidInput
from service.domain.money import Money, shown, spoken, total, whole_down, whole_up
from tests.builders import euros

prices = st.decimals(0, 10**9, places=8)


@pytest.mark.parametrize(
    "amount",
    [
        pytest.param(0.1, id="a float"),
        pytest.param(1, id="an integer that nobody made exact"),
        pytest.param("1", id="a text"),
        pytest.param(None, id="nothing"),
        pytest.param(Decimal("NaN"), id="not a number"),
        pytest.param(Decimal("Infinity"), id="infinity"),
    ],
)
def test_money_is_a_finite_decimal(amount: Decimal) -> None:
    with pytest.raises(InvalidInput):
        Money(amount, "EUR")


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "€", "EU", "EUR\n"])
def test_a_currency_is_three_capitals(currency: str) -> None:
    with pytest.raises(InvalidInput):
        Money(Decimal(1), currency)


def test_money_is_equal_by_amount_and_currency() -> None:
    assert euros(1) == euros("1.00")
    assert euros(1) != Money(Decimal(1), "USD")


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        pytest.param("292.8", "292.80", id="two decimals at least"),
        pytest.param("5000", "5000.00", id="whole units"),
        pytest.param("5E+3", "5000.00", id="no exponent"),
        pytest.param("0.0000017", "0.000002", id="six decimals at most"),
        pytest.param("0.125", "0.125", id="as many as it has"),
        pytest.param("-3.5", "-3.50", id="a refund"),
        pytest.param("0", "0.00", id="zero"),
        pytest.param("1E+30", "1" + "0" * 30 + ".00", id="nonsense is shown as well"),
    ],
)
def test_amounts_are_written_for_people(amount: str, expected: str) -> None:
    assert shown(Decimal(amount)) == expected
    assert str(euros(amount)) == f"{expected} EUR"


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        pytest.param("2499.999", "2499.99", id="not yet at the bound"),
        pytest.param("2500", "2500.00", id="at the bound"),
        pytest.param("0.0125", "0.01", id="a cent and some"),
        pytest.param("0.004", "0.004", id="less than a cent is not nothing"),
        pytest.param("0", "0.00", id="nothing"),
        pytest.param("-3.509", "-3.50", id="a refund"),
    ],
)
def test_an_amount_in_a_sentence_is_cut_and_never_rounded_up(
    amount: str, expected: str
) -> None:
    assert spoken(Decimal(amount)) == expected


@pytest.mark.parametrize(
    ("amount", "down", "up"),
    [("1666.5", 1666, 1667), ("5", 5, 5), ("0.01", 0, 1), ("-0.5", -1, 0)],
)
def test_caps_round_down_and_raises_round_up(amount: str, down: int, up: int) -> None:
    assert whole_down(Decimal(amount)) == down
    assert whole_up(Decimal(amount)) == up


@given(data=st.data(), amounts=st.lists(prices, max_size=30))
def test_the_order_of_a_sum_does_not_matter(
    data: st.DataObject, amounts: list[Decimal]
) -> None:
    shuffled = data.draw(st.permutations(amounts))

    assert total(shuffled) == total(amounts)


@given(amount=prices)
def test_rounding_never_moves_by_a_unit(amount: Decimal) -> None:
    assert whole_down(amount) <= amount <= whole_up(amount)
    assert whole_up(amount) - whole_down(amount) in {0, 1}
