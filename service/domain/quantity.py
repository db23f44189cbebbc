"""Quantities as people write them: percents, amounts, durations.

Durations read like `90s`, `15m`, `6h`, `3d`; a percent has no base of its own: the
key it stands under says of what it is a share.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from typing_extensions import override

from service.domain.money import shown

# No amount of money needs more digits, and none may take long to write out.
NUMBER = r"[0-9]{1,18}(?:\.[0-9]{1,12})?"
_PLAIN = re.compile(NUMBER)
_PERCENT = re.compile(rf"({NUMBER})\s*%")
_MULTIPLE = re.compile(rf"({NUMBER})\s*x")
_SPEND_PLUS = re.compile(rf"spend\s*\+\s*({NUMBER})\s*(%?)")
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*([smhd])")
_DURATION_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_ROUGH_UNITS = (("d", 86_400), ("h", 3600), ("min", 60))
_LONGEST_DURATION = timedelta(days=366)
_LARGEST = Decimal(10) ** 18
_SMALLEST_EXPONENT = -12
_HUNDRED = Decimal(100)
_LONGEST_SHOWN = 40


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
class Multiple:
    """So many times something else: `Multiple(Decimal(5))` is 5x."""

    times: Decimal

    @override
    def __str__(self) -> str:
        return f"{self.times.normalize():f}x"


@dataclass(frozen=True, slots=True)
class SpendPlus:
    """The organization's counted spend and some more: `spend + 5%` of the budget."""

    margin: "Percent | Decimal"

    @override
    def __str__(self) -> str:
        margin = self.margin
        return f"spend + {margin if isinstance(margin, Percent) else shown(margin)}"


def as_written(value: object) -> str:
    """Write a value for a person, much as it stands in YAML, cut at 40 characters."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case Mapping():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case str():
            text = (
                value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}…"
            )
            return repr(text)
        case _:
            return str(value)[:_LONGEST_SHOWN]


def parse_amount(value: object) -> Decimal:
    """Read `2500` or `19.99`; raise `ValueError` for anything else, and for floats."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise ValueError(f"expected an amount like 2500, not {as_written(value)}")  # noqa: TRY004 - pydantic turns ValueError into a finding
    if isinstance(value, str):
        return _amount_of_text(value)
    number = Decimal(value)
    if not number.is_finite() or number >= _LARGEST:
        raise ValueError("expected an amount that can be paid, of at most 18 digits")
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < _SMALLEST_EXPONENT:
        raise ValueError("expected at most 12 decimals")
    if number < 0:
        raise ValueError(f"expected an amount that is not negative, not {number}")
    return number


def _amount_of_text(value: str) -> Decimal:
    if _PLAIN.fullmatch(value):
        return Decimal(value)
    if _PERCENT.fullmatch(value):
        raise ValueError(
            f"{value} is a share, and here is nothing to take it of:"
            " write an amount like 2500"
        )
    raise ValueError(
        "expected an amount like 2500, a bare number in the organization's currency,"
        f" not {as_written(value)}"
    )


def parse_share_or_amount(value: object) -> Percent | Decimal:
    """Read `80%` or `2500`; raise `ValueError` for anything else."""
    if isinstance(value, Percent):
        return value
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if match:
        return Percent(Decimal(match[1]))
    try:
        return parse_amount(value)
    except ValueError:
        raise ValueError(
            "expected a percent like 80% or an amount like 2500,"
            f" not {as_written(value)}"
        ) from None


def parse_percent(value: object) -> Percent:
    """Read `85%`; raise `ValueError` for anything else."""
    if isinstance(value, Percent):
        return value
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise ValueError(f"expected a percent like 85%, not {as_written(value)}")
    return Percent(Decimal(match[1]))


def parse_multiple(value: object) -> Multiple:
    """Read `5x`; raise `ValueError` for anything else."""
    if isinstance(value, Multiple):
        return value
    match = _MULTIPLE.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise ValueError(
            f"expected a multiple of the usual like 5x, not {as_written(value)}"
        )
    return Multiple(Decimal(match[1]))


def parse_cap_target(value: object) -> Percent | Decimal | SpendPlus:
    """Read `100%`, `4200` or `spend + 5%`; raise `ValueError` for anything else."""
    if isinstance(value, SpendPlus):
        return value
    match = _SPEND_PLUS.fullmatch(value) if isinstance(value, str) else None
    if match:
        number = Decimal(match[1])
        return SpendPlus(Percent(number) if match[2] else number)
    try:
        return parse_share_or_amount(value)
    except ValueError:
        raise ValueError(
            f"expected 100%, 4200 or spend + 5%, not {as_written(value)}"
        ) from None


def parse_duration(value: object) -> timedelta:
    """Read `90s`, `15m`, `6h` or `3d`; raise `ValueError` for anything else.

    At most 366 days, and in whole seconds.
    """
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise ValueError(
            "expected a duration with its unit (s, m, h or d), like 15m, 6h or 3d,"
            f" not {as_written(value)}"
        )
    seconds = Decimal(match[1]) * _DURATION_SECONDS[match[2]]
    if seconds != int(seconds):
        raise ValueError(f"expected whole seconds, not {as_written(value)}")
    if seconds > _LONGEST_DURATION.total_seconds():
        raise ValueError(f"expected at most 366d, not {as_written(value)}")
    return timedelta(seconds=int(seconds))


def shown_duration(duration: timedelta) -> str:
    """Write a duration of whole seconds as `3d`, `90m` or `45s`."""
    seconds = int(duration.total_seconds())
    for unit, length in reversed(_DURATION_SECONDS.items()):
        if seconds and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def rough_duration(duration: timedelta) -> str:
    """Write how long something took or is ago: `45 s`, `12 min`, `3 h`, `2 d`."""
    seconds = max(int(duration.total_seconds()), 0)
    for sign, length in _ROUGH_UNITS:
        if seconds >= 2 * length:
            return f"{seconds // length} {sign}"
    return f"{seconds} s"
