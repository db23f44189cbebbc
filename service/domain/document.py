"""The parts of policy files: their kinds of values, and how a rule refuses one."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

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

from service.domain.quantity import (
    NUMBER,
    Multiple,
    Percent,
    SpendPlus,
    as_written,
    parse_amount,
    parse_cap_target,
    parse_duration,
    parse_multiple,
    parse_percent,
    parse_share_or_amount,
    shown_duration,
)

# The type of a finding that a rule of ours makes, beside those pydantic knows.
RULE = "rule"
# Control characters, ends of lines, and what turns the direction of a text.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)


def _more_than_nothing(duration: timedelta) -> timedelta:
    if not duration:
        raise ValueError("expected a duration longer than nothing")
    return duration


def one_line(text: str) -> str:
    """Give a text back; raise `ValueError` for one with control characters in it.

    It is shown in terminals, subjects and headers: nothing may hide or turn it.
    """
    if _UNSEEN.search(text.strip()):
        raise ValueError("expected one line without control characters")
    return text


def _version(value: object) -> object:
    # In Python true equals 1.
    if isinstance(value, bool):
        raise ValueError(f"expected 1, not {as_written(value)}")  # noqa: TRY004 - pydantic turns ValueError into a finding
    return value


def _pattern(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


_AMOUNT_SCHEMA = {"type": "number", "minimum": 0}
_PERCENT_SCHEMA = {"type": "string", "pattern": rf"^{NUMBER}\s*%$"}
_CAP_PATTERN = rf"^(spend\s*\+\s*{NUMBER}\s*%?|{NUMBER}\s*%)$"
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
Times = Annotated[
    Multiple,
    PlainValidator(parse_multiple),
    PlainSerializer(str, when_used="json"),
    _pattern(rf"{NUMBER}\s*x"),
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
Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(one_line)]
# YAML has a word for true and one for false; `no` and `0` are something else.
Flag = Annotated[bool, Field(strict=True)]
Version = Annotated[Literal[1], BeforeValidator(_version)]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]


class Document(BaseModel):
    """A part of a policy file: frozen, and no key is ever ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


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
