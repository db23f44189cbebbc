"""The values of a policy test: times, series of spend, limits."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from pydantic import PlainValidator, WithJsonSchema

from service.domain.document import refuse
from service.domain.named_time import TIME_PATTERN, NamedTime, parse_time
from service.domain.quantity import NUMBER, Multiple, parse_amount, parse_multiple

UNLIMITED: Literal["unlimited"] = "unlimited"
_TIME_SCHEMA = {"type": "string", "pattern": f"^({TIME_PATTERN})$"}
_AMOUNT_SCHEMA = {"type": "number", "minimum": 0}
_POINT_SCHEMA = {
    "anyOf": [_AMOUNT_SCHEMA, {"type": "string", "pattern": rf"^{NUMBER}\s*x$"}]
}

Time = Annotated[NamedTime, PlainValidator(parse_time), WithJsonSchema(_TIME_SCHEMA)]
# A month's spend at a time, or a multiple of the usual from the point before.
Points: TypeAlias = tuple[tuple[NamedTime, Decimal | Multiple], ...]


def _point(key: str, value: object) -> tuple[NamedTime, Decimal | Multiple]:
    at = parse_time(key)
    if isinstance(value, str) and value.endswith("x"):
        return at, parse_multiple(value)
    return at, parse_amount(value)


def _points(value: object) -> Points:
    """Read `2600`, or a mapping of times to amounts and multiples."""
    if isinstance(value, tuple):
        return value
    if not isinstance(value, Mapping):
        return ((parse_time("+0h"), parse_amount(value)),)
    points: list[tuple[NamedTime, Decimal | Multiple]] = []
    broken: list[tuple[tuple[str | int, ...], str]] = []
    for key, each in value.items():
        try:
            points.append(_point(str(key), each))
        except ValueError as error:
            broken.append(((str(key),), str(error)))
    refuse(*broken)
    return tuple(points)


Series = Annotated[
    Points,
    PlainValidator(_points),
    WithJsonSchema(
        {
            "anyOf": [
                _AMOUNT_SCHEMA,
                {
                    "type": "object",
                    "propertyNames": {"pattern": f"^({TIME_PATTERN})$"},
                    "additionalProperties": _POINT_SCHEMA,
                },
            ]
        }
    ),
]


def _limit(value: object) -> Decimal | Literal["unlimited"]:
    if value == UNLIMITED:
        return UNLIMITED
    return parse_amount(value)


LimitAmount = Annotated[
    Decimal | Literal["unlimited"],
    PlainValidator(_limit),
    WithJsonSchema({"anyOf": [_AMOUNT_SCHEMA, {"const": UNLIMITED}]}),
]
