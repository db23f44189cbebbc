"""The parts of policy files: what their kinds of values refuse, and their schema."""

from typing import Any

import pytest
from pydantic import Field, ValidationError

from service.domain.document import (
    Document,
    Duration,
    PositiveDuration,
    Version,
    one_line,
    refuse,
    schema_of,
)

DURATION = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?\s*[smhd]$"}


class Sample(Document):
    """A page with two times."""

    version: Version = 1
    held_for: Duration = Field(alias="for")
    every: PositiveDuration


def test_a_schema_is_as_editors_read_it() -> None:
    assert schema_of(Sample, "What a page says") == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What a page says",
        "description": "A page with two times.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "version": {
                "title": "Version",
                "type": "integer",
                "const": 1,
                "default": 1,
            },
            "for": DURATION | {"title": "For"},
            "every": DURATION | {"title": "Every"},
        },
        "required": ["for", "every"],
    }


@pytest.mark.parametrize(
    ("written", "place"),
    [
        pytest.param({"every": "0s"}, ("every",), id="no time at all"),
        pytest.param({"version": True}, ("version",), id="true is not 1"),
        pytest.param({"held_fro": "1h"}, ("held_fro",), id="a key nobody knows"),
    ],
)
def test_a_wrong_value_is_refused_where_it_stands(
    written: dict[str, Any], place: tuple[str, ...]
) -> None:
    with pytest.raises(ValidationError) as refused:
        Sample.model_validate({"for": "0s", "every": "1h"} | written)

    assert [each["loc"] for each in refused.value.errors()] == [place]


def test_all_broken_rules_are_refused_at_once_each_at_its_place() -> None:
    with pytest.raises(ValidationError) as refused:
        refuse((("every",), "too {often}"), (("thresholds", 0), "too many"))

    assert [
        (each["type"], each["loc"], each["msg"], each["input"])
        for each in refused.value.errors()
    ] == [
        ("rule", ("every",), "too {often}", None),
        ("rule", ("thresholds", 0), "too many", None),
    ]


def test_no_broken_rule_is_no_error() -> None:
    refuse()


@pytest.mark.parametrize("text", ["a\nb", "a\x1b[2Jb", "a\u202eb"])
def test_what_hides_or_turns_a_text_is_refused(text: str) -> None:
    assert one_line(" a b\n") == " a b\n"

    with pytest.raises(ValueError, match="control characters"):
        one_line(text)
