"""Exact numbers from JSON, bounded so that none can hurt who computes with it.

The provider writes amounts as numbers or as strings, some in scientific notation
(`8.50E-8`); both are taken, never through a float.
"""

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Annotated

from pydantic import BeforeValidator, InstanceOf, StrictBool

# Far beyond any bill or token count, and small enough that arithmetic stays cheap.
_WHOLE_DIGITS = 18
_PLACES = 40
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_LIMIT = 10**_WHOLE_DIGITS


def looks_numeric(text: str) -> bool:
    """Say whether a text is a plain decimal number."""
    return len(text) <= 2 * _PLACES and _NUMBER.fullmatch(text) is not None


def read_decimal(text: str) -> Decimal:
    """Read a number's text exactly; raise `ValueError` for one that is none."""
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("a number beyond all bounds") from None


def number(value: object) -> Decimal:
    """Give a JSON number, or a string that is one; raise `ValueError` otherwise."""
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("is not a number")  # noqa: TRY004 - pydantic collects ValueError
    return _bounded(Decimal(value))


@lru_cache(maxsize=4096)
def _from_text(text: str) -> Decimal:
    # The same price list comes with every answer.
    if not looks_numeric(text):
        raise ValueError("is not a number")
    return _bounded(Decimal(text))


def _bounded(exact: Decimal) -> Decimal:
    exponent = exact.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError("is not a finite number")  # noqa: TRY004 - pydantic collects ValueError
    if exact.adjusted() >= _WHOLE_DIGITS or exponent < -_PLACES:
        raise ValueError("is beyond all bounds")
    return exact


def positive(value: object) -> Decimal:
    """Give a number that is zero or more; raise `ValueError` otherwise."""
    exact = number(value)
    if exact < 0:
        raise ValueError("is negative")
    return exact


def count(value: object) -> int:
    """Give a whole number that is zero or more; raise `ValueError` otherwise."""
    # Most are plain integers, and there are thousands of them in an answer.
    if type(value) is int and 0 <= value < _LIMIT:
        return value
    exact = positive(value)
    if exact != exact.to_integral_value():
        raise ValueError("is not a whole number")
    return int(exact)


Positive = Annotated[InstanceOf[Decimal], BeforeValidator(positive)]
Flag = StrictBool
