"""Quantities as people write them: percents, amounts, durations, names.

Durations read like `90s`, `15m`, `6h`, `3d`; a percent has no base of its own.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
)
from typing_extensions import override

from service.domain.money import shown

_NUMBER = r"\d+(?:\.\d+)?"
_PERCENT = re.compile(rf"({_NUMBER})\s*%")
_SPEND_PLUS = re.compile(rf"spend\s*\+\s*({_NUMBER})\s*(%?)")
_DURATION = re.compile(rf"({_NUMBER})\s*([smhd])")
_DURATION_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Percent:
    """A share of something else, in percent: `Percent(Decimal(80))` is 80 %."""

    percent: Decimal

    def of(self, amount: Decimal) -> Decimal:
        """Give this share of an amount, exactly."""
        return amount * self.percent / _HUNDRED

    @override
    def __str__(self) -> str:
        return f"{self.percent.normalize():f}%"


@dataclass(frozen=True, slots=True)
class SpendPlus:
    """The organization's counted spend and some more: `spend + 5%` of the budget."""

    margin: "Percent | Decimal"

    @override
    def __str__(self) -> str:
        margin = self.margin
        return f"spend + {margin if isinstance(margin, Percent) else shown(margin)}"


def _decimal(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise ValueError("expected a number")  # noqa: TRY004 - pydantic turns ValueError into a finding
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"expected a number, not {value!r}") from None
    if not number.is_finite() or number < 0:
        raise ValueError("expected a number that is not negative")
    return number


def parse_share_or_amount(value: object) -> Percent | Decimal:
    """Read `80%` or `2500`; raise `ValueError` for anything else."""
    if isinstance(value, Percent):
        return value
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if match:
        return Percent(Decimal(match[1]))
    try:
        return _decimal(value)
    except ValueError:
        raise ValueError(
            f"expected a percent like 80% or an amount like 2500, not {value!r}"
        ) from None


def parse_percent(value: object) -> Percent:
    """Read `85%`; raise `ValueError` for anything else."""
    parsed = parse_share_or_amount(value)
    if not isinstance(parsed, Percent):
        raise ValueError(f"expected a percent like 85%, not {value!r}")  # noqa: TRY004 - a finding, not a bug
    return parsed


def parse_cap_target(value: object) -> Percent | Decimal | SpendPlus:
    """Read `100%`, `4200` or `spend + 5%`; raise `ValueError` for anything else."""
    if isinstance(value, SpendPlus):
        return value
    match = _SPEND_PLUS.fullmatch(value.strip()) if isinstance(value, str) else None
    if match:
        number = Decimal(match[1])
        return SpendPlus(Percent(number) if match[2] else number)
    try:
        return parse_share_or_amount(value)
    except ValueError:
        raise ValueError(f"expected 100%, 4200 or spend + 5%, not {value!r}") from None


def parse_duration(value: object) -> timedelta:
    """Read `90s`, `15m`, `6h` or `3d`; raise `ValueError` for anything else."""
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise ValueError(f"expected a duration like 15m, 6h or 3d, not {value!r}")
    seconds = Decimal(match[1]) * (
        timedelta(**{_DURATION_UNITS[match[2]]: 1}) // timedelta(seconds=1)
    )
    return timedelta(seconds=int(seconds))


def _pattern(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema(
        {"type": "string", "pattern": f"^{pattern}$", "examples": list(examples)}
    )


_AMOUNT_SCHEMA = {"type": "number", "minimum": 0}
Amount = Annotated[Decimal, BeforeValidator(_decimal), WithJsonSchema(_AMOUNT_SCHEMA)]
Duration = Annotated[
    timedelta,
    PlainValidator(parse_duration),
    _pattern(r"\d+(\.\d+)?\s*[smhd]", "15m", "6h", "3d"),
]
Share = Annotated[
    Percent, PlainValidator(parse_percent), _pattern(r"\d+(\.\d+)?\s*%", "85%")
]
ShareOrAmount = Annotated[
    Percent | Decimal,
    PlainValidator(parse_share_or_amount),
    WithJsonSchema(
        {
            "anyOf": [
                _AMOUNT_SCHEMA,
                {"type": "string", "pattern": r"^\d+(\.\d+)?\s*%$"},
            ],
            "examples": ["80%", 2500],
        }
    ),
]
CapTarget = Annotated[
    Percent | Decimal | SpendPlus,
    PlainValidator(parse_cap_target),
    WithJsonSchema(
        {
            "anyOf": [
                _AMOUNT_SCHEMA,
                {"type": "string", "pattern": r"^(spend\s*\+\s*)?\d+(\.\d+)?\s*%?$"},
            ],
            "examples": ["100%", 4200, "spend + 5%"],
        }
    ),
]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])]


class Document(BaseModel):
    """A part of a policy file: frozen, and no key is ever ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
