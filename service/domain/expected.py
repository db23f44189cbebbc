"""What is expected of a period, as a value; how it is worked out is in `forecast`."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from service.domain.money import spoken
from service.domain.usage import Failure

# Why there is none where too little is known: not a fault, and nobody is alerted.
NOT_ENOUGH_DATA = "not_enough_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The spend expected at a period's end, in the currency of the days.

    The outcome lies between `low` and `high` in four cases of five. `as_of` is when it
    was made, `days` how many whole days it rests on.
    """

    point: Decimal
    low: Decimal
    high: Decimal
    as_of: datetime
    days: int


# None where nobody has asked, as at checks that were kept before there were any.
Expected: TypeAlias = Forecast | Failure | None


def known(expected: Expected) -> Forecast | None:
    """Give the forecast where there is one."""
    return expected if isinstance(expected, Forecast) else None


def point_of(expected: Expected) -> Decimal | None:
    """Give the amount that is expected, None where there is none."""
    forecast = known(expected)
    return None if forecast is None else forecast.point


def why_none(expected: Expected) -> str | None:
    """Say why there is no forecast; None where there is one, or nobody asked."""
    if not isinstance(expected, Failure):
        return None
    if expected.reason == NOT_ENOUGH_DATA:
        return f"not enough data: {expected.detail}"
    return f"unknown, {expected.reason}: {expected.detail}"


def interval_text(forecast: Forecast) -> str:
    """Give the interval of a forecast as a sentence has it."""
    low, high = spoken(forecast.low), spoken(forecast.high)
    return f"{low} to {high} in four cases of five"


def expected_text(expected: Expected, currency: str) -> str | None:
    """Say what is expected, or in a word why that is not known; None if nobody asked.

    `431.07 EUR (402.55 to 466.90 in four cases of five)`, or `not enough data`.
    """
    forecast = known(expected)
    if forecast is not None:
        point = spoken(forecast.point)
        return f"{point} {currency} ({interval_text(forecast)})"
    why = why_none(expected)
    return None if why is None else why.partition(":")[0]
