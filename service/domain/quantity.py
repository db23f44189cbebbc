"""Quantities as people write them: percents, amounts, durations, names.

Durations read like `90s`, `15m`, `6h`, `3d`; a percent has no base of its own: the
key it stands under says of what it is a share.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import InitErrorDetails, PydanticCustomError
from typing_extensions import override

from service.domain.money import shown

# No amount of money needs more digits, and none may take long to write out.
_NUMBER = r"[0-9]{1,18}(?:\.[0-9]{1,12})?"
_PLAIN = re.compile(_NUMBER)
_PERCENT = re.compile(rf"({_NUMBER})\s*%")
_SPEND_PLUS = re.compile(rf"spend\s*\+\s*({_NUMBER})\s*(%?)")
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*([smhd])")
_DURATION_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LONGEST_DURATION = timedelta(days=366)
_LARGEST = Decimal(10) ** 18
_SMALLEST_EXPONENT = -12
_HUNDRED = Decimal(100)
_LONGEST_SHOWN = 40
# The type of a finding that a rule of ours makes, beside those pydantic knows.
RULE = "rule"


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


def _more_than_nothing(duration: timedelta) -> timedelta:
    if not duration:
        raise ValueError("expected a duration longer than nothing")
    return duration


def shown_duration(duration: timedelta) -> str:
    """Write a duration of whole seconds as `3d`, `90m` or `45s`."""
    seconds = int(duration.total_seconds())
    for unit, length in reversed(_DURATION_SECONDS.items()):
        if seconds and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def _version(value: object) -> object:
    # In Python true equals 1.
    if isinstance(value, bool):
        raise ValueError(f"expected 1, not {as_written(value)}")  # noqa: TRY004 - pydantic turns ValueError into a finding
    return value


def _pattern(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


_AMOUNT_SCHEMA = {"type": "number", "minimum": 0}
_PERCENT_SCHEMA = {"type": "string", "pattern": rf"^{_NUMBER}\s*%$"}
_CAP_PATTERN = rf"^(spend\s*\+\s*{_NUMBER}\s*%?|{_NUMBER}\s*%)$"
Amount = Annotated[
    Decimal, BeforeValidator(parse_amount), WithJsonSchema(_AMOUNT_SCHEMA)
]
Duration = Annotated[
    timedelta,
    PlainValidator(parse_duration),
    PlainSerializer(shown_duration, when_used="json"),
    _pattern(r"[0-9]+(\.[0-9]+)?\s*[smhd]"),
]
PositiveDuration = Annotated[Duration, AfterValidator(_more_than_nothing)]
Share = Annotated[
    Percent,
    PlainValidator(parse_percent),
    PlainSerializer(str, when_used="json"),
    WithJsonSchema(_PERCENT_SCHEMA),
]
ShareOrAmount = Annotated[
    Percent | Decimal,
    PlainValidator(parse_share_or_amount),
    WithJsonSchema({"anyOf": [_AMOUNT_SCHEMA, _PERCENT_SCHEMA]}),
]
CapTarget = Annotated[
    Percent | Decimal | SpendPlus,
    PlainValidator(parse_cap_target),
    WithJsonSchema(
        {"anyOf": [_AMOUNT_SCHEMA, {"type": "string", "pattern": _CAP_PATTERN}]}
    ),
]
# No minus, slash or dot in front: names become parts of addresses and command lines.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Text = Annotated[str, Field(min_length=1, max_length=200)]
# YAML has a word for true and one for false; `no` and `0` are something else.
Flag = Annotated[bool, Field(strict=True)]
Version = Annotated[Literal[1], BeforeValidator(_version)]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]


class Document(BaseModel):
    """A part of a policy file: frozen, and no key is ever ignored.

    `not_built` names keys of the language that this version does not know yet, with
    what to write instead: they are refused by name, never accepted and inert.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    not_built: ClassVar[Mapping[str, str]] = {}


def refuse(*broken: tuple[tuple[str | int, ...], str]) -> None:
    """Raise one `ValidationError` for all broken rules, each with the path it is at.

    Called by validators of a `Document`; without broken rules nothing happens.
    """
    if not broken:
        return
    errors: list[InitErrorDetails] = [
        {
            "type": PydanticCustomError(RULE, "{text}", {"text": text}),
            "loc": path,
            "input": None,
        }
        for path, text in broken
    ]
    raise ValidationError.from_exception_data("policy", errors)


def schema_of(document: type[Document], title: str) -> dict[str, Any]:
    """Give the JSON Schema of a kind of file, as editors read it."""
    schema: dict[str, Any] = document.model_json_schema(by_alias=True)
    return (
        {"$schema": "https://json-schema.org/draft/2020-12/schema"}
        | schema
        | {"title": title}
    )
