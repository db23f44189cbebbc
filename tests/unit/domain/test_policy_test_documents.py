"""What the language of policy tests takes, and what it refuses where."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from service.domain.policy_test import PolicyTest, json_schema
from service.domain.policy_test_times import MOST_CHECKS, moments_of
from service.domain.quantity import Multiple
from tests.rehearsal import THURSDAY, policy_test

FIRES = {"fires": "acme-monthly/half"}


def said(**written: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - any YAML
    """Give each refusal as its path and its text."""
    with pytest.raises(ValidationError) as caught:
        policy_test(**written)
    return [
        (
            ".".join(map(str, each["loc"])),
            each["msg"].removeprefix("Value error, "),
        )
        for each in caught.value.errors()
    ]


def test_a_bare_amount_is_the_spend_of_the_start() -> None:
    test = policy_test(spend=2600)

    assert [(at.text, value) for at, value in test.spend or ()] == [
        ("+0h", Decimal(2600))
    ]


def test_a_series_is_amounts_and_multiples_at_times() -> None:
    test = policy_test(spend={"+1h": 1001, "+3h": "20x"})

    assert test.spend is not None
    assert test.spend[1][1] == Multiple(Decimal(20))
    assert policy_test(spend=test.spend).spend == test.spend


def test_a_check_is_made_each_step_and_at_every_time_that_is_named() -> None:
    test = policy_test(
        clock=THURSDAY | {"step": "1h"},
        spend={"day 1": 0, "+90m": 1000},
        acts=[{"at": "+100m", "pause": True}],
        outages=[{"from": "+20m", "to": "+110m"}],
        parts=[{"spend": {"+10m": 1}, "units": {"pages": {"+15m": 2}}}],
        expect=[{"by": "+2h", **FIRES}],
    )

    assert [f"{at:%H:%M}" for at in moments_of(test)] == [
        "12:00", "12:10", "12:15", "12:20", "13:00", "13:30", "13:40", "13:50",
        "14:00", "15:00",
    ]  # fmt: skip


def test_it_ends_where_the_clock_says() -> None:
    test = policy_test(clock=THURSDAY | {"step": "1h", "end": "day 20 14:30"})

    assert f"{moments_of(test)[-1]:%H:%M}" == "14:30"


@pytest.mark.parametrize(
    ("written", "path", "text"),
    [
        ({"spend": {"noon": 1}}, "spend.noon", "expected a time like"),
        ({"spend": {"+1h": "fast"}}, "spend.+1h", "expected an amount like 2500"),
        ({"spend": {"+1h": "fastx"}}, "spend.+1h", "expected a multiple"),
        ({"spend": "much"}, "spend", "expected an amount like 2500"),
        ({"spend": {"+1h": 9, "+2h": 8}}, "spend.+2h", "it cannot fall"),
        ({"spend": {"day 31": 9, "2026-09-31": 8}}, "spend.2026-09-31", "no such day"),
        ({"limit": "none"}, "limit", "expected an amount"),
        ({"clock": {"start": "+1h"}}, "clock.start", "expected a date"),
        ({"clock": THURSDAY | {"end": "+0h"}}, "clock.end", "ends before it begins"),
        (
            {"clock": THURSDAY | {"step": "1s", "end": "+2h"}},
            "clock.step",
            f"more than {MOST_CHECKS} checks",
        ),
        (
            {"clock": {"start": "2026-09-20"}, "spend": {"day 31": 1}},
            "spend.day 31",
            "2026-09 has no day 31",
        ),
        (
            {"expect": [{"at": "day 19", **FIRES}]},
            "expect.0.at",
            "day 19 is not between the first check and the last",
        ),
        (
            {"acts": [{"at": "day 19", "pause": True}]},
            "acts.0.at",
            "day 19 is not between",
        ),
        (
            {"outages": [{"from": "+2h", "to": "+1h"}]},
            "outages.0.to",
            "ends before it begins",
        ),
        (
            {"history": {"days": 3, "day": 1, "hours": "18-8"}},
            "history.hours",
            "expected hours like 8-18, not '18-8'",
        ),
        (
            {"acts": [{"at": "+1h"}]},
            "acts.0",
            "an act is exactly one of approve, deny, release, console, pause, resume",
        ),
        ({"expect": [FIRES]}, "expect.0", "needs exactly one of `at` and `by`"),
        (
            {"expect": [{"at": "+1h"}]},
            "expect.0",
            "expects exactly one of fires, resolves",
        ),
        (
            {"expect": [{"at": "+1h", "kind": "raise", **FIRES}]},
            "expect.0.kind",
            "`fires` has no kind",
        ),
        (
            {"expect": [{"at": "+1h", "limit": {"to": 1}, "severity": "info"}]},
            "expect.0.severity",
            "`limit` has no severity",
        ),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(
    written: dict[str, Any], path: str, text: str
) -> None:
    found = said(**written)

    assert [each[0] for each in found] == [path]
    assert found[0][1].startswith(text)


def test_the_schema_knows_every_key() -> None:
    schema = json_schema()

    assert set(schema["$defs"]["PolicyTest"]["properties"]) == {
        field.alias or name for name, field in PolicyTest.model_fields.items()
    }
