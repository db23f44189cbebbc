from dataclasses import replace
from decimal import Decimal

import pytest

from service.domain.expected import Expected, Forecast, expected_text, known, point_of
from service.domain.usage import Failure
from tests.builders import NOON

FORECAST = Forecast(
    point=Decimal("431.07"),
    low=Decimal("402.555"),
    high=Decimal("466.90"),
    as_of=NOON,
    days=60,
)
FEW = Failure(reason="not_enough_data", detail="3 days are known")


@pytest.mark.parametrize(
    ("expected", "point"), [(FORECAST, Decimal("431.07")), (FEW, None), (None, None)]
)
def test_there_is_an_amount_where_there_is_a_forecast(
    expected: Expected, point: Decimal | None
) -> None:
    assert point_of(expected) == point
    assert (known(expected) is None) is (point is None)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (FORECAST, "431.07 EUR (402.55 to 466.90 in four cases of five)"),
        (
            replace(FORECAST, point=Decimal("431.079")),
            "431.07 EUR (402.55 to 466.90 in four cases of five)",
        ),
        (FEW, "not enough data"),
        (Failure(reason="lost", detail="no answer: timeout"), "unknown, lost"),
        (None, None),
    ],
)
def test_a_forecast_is_said_in_one_line(expected: Expected, said: str | None) -> None:
    assert expected_text(expected, "EUR") == said
