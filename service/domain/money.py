"""Money: an exact decimal amount in a currency."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Decimal

from typing_extensions import override

from service.domain.errors import InvalidInput

_CURRENCY = re.compile(r"[A-Z]{3}")
# Prices go down to 1e-8 per unit; amounts shown never need more than a millionth,
# and the last four of its digits only where they say something.
_OPTIONAL = 4
_CENT = Decimal("0.01")


def whole_down(amount: Decimal) -> Decimal:
    """Give the whole units at or below `amount`: how caps are rounded."""
    return amount.to_integral_value(rounding=ROUND_FLOOR)


def whole_up(amount: Decimal) -> Decimal:
    """Give the whole units at or above `amount`: how raises are rounded."""
    return amount.to_integral_value(rounding=ROUND_CEILING)


def shown(amount: Decimal) -> str:
    """Write an amount with two decimals, or more where it has more (at most six)."""
    text = f"{amount:.6f}"
    return text[:-_OPTIONAL] + text[-_OPTIONAL:].rstrip("0")


def spoken(amount: Decimal) -> str:
    """Write an amount for a sentence: two decimals, cut off and never rounded up.

    What is just below a bound must not read as if it had reached it.
    """
    cut = amount.quantize(_CENT, rounding=ROUND_DOWN)
    return shown(amount) if not cut else f"{cut:f}"


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in whole units of `currency` (ISO 4217, three capitals).

    Raises `InvalidInput` for a float, NaN, infinity or a malformed currency. It cannot
    be computed with: sums are of bare amounts that are known to share a currency.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        # A float has lost its digits before it gets here, whatever its annotation.
        if not isinstance(self.amount, Decimal):
            raise InvalidInput(f"money must be a Decimal, not {self.amount!r}")
        if not self.amount.is_finite():
            raise InvalidInput(f"money must be finite, not {self.amount}")
        if not _CURRENCY.fullmatch(self.currency):
            raise InvalidInput(f"not an ISO 4217 currency: {self.currency!r}")

    @override
    def __str__(self) -> str:
        """`292.80 EUR`."""
        return f"{shown(self.amount)} {self.currency}"


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Add amounts exactly; the order does not matter."""
    return sum(amounts, Decimal(0))
