"""What is expected of a month, on the wire."""

from pydantic import Field

from service.api.bodies.base import MoneyBody, example
from service.domain.expected import Expected, known
from service.domain.money import shown

FORECAST = {
    "amount": "431.07",
    "currency": "EUR",
    "low": "402.55",
    "high": "466.90",
}
_AMOUNT = r"^-?\d+\.\d{2,6}$"


class ForecastBody(MoneyBody):
    """The spend expected at the period's end, as if no limit stopped it.

    The outcome lies between `low` and `high`, of the same currency, in four cases of
    five.
    """

    model_config = example(**FORECAST)

    low: str = Field(pattern=_AMOUNT)
    high: str = Field(pattern=_AMOUNT)


def forecast_body(expected: Expected, currency: str) -> ForecastBody | None:
    """Give a forecast, None where there is none."""
    forecast = known(expected)
    if forecast is None:
        return None
    return ForecastBody(
        amount=shown(forecast.point),
        currency=currency,
        low=shown(forecast.low),
        high=shown(forecast.high),
    )
