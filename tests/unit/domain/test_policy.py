"""What a policy may say, seen without a file."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from service.domain.effect import (
    AskFirst,
    CapLimit,
    OnExpiry,
    RaiseLimit,
    SetLimit,
    Then,
)
from service.domain.money import Money
from service.domain.policy import (
    Mode,
    Policy,
    PolicyFile,
    Severity,
    Threshold,
    json_schema,
)
from service.domain.scope import Scope


def a_policy(**changed: object) -> Policy:
    written: dict[str, Any] = {
        "id": "acme-monthly",
        "organization": "acme",
        "budget": {"amount": 5000, "currency": "EUR"},
    }
    return Policy.model_validate(written | changed)


def broken_rules(error: ValidationError) -> list[tuple[tuple[int | str, ...], str]]:
    return [(each["loc"], each["msg"]) for each in error.errors()]


def test_what_is_left_out_is_harmless() -> None:
    policy = a_policy()

    assert policy.mode is Mode.OBSERVE
    assert policy.budget.period == "month"
    assert policy.budget.money == Money(Decimal(5000), "EUR")
    assert policy.target == Scope(organization="acme")


def test_a_scope_is_of_its_organization() -> None:
    policy = a_policy(
        scope={"workspace": "Search", "categories": ["ocr"], "models": ["mistral-*"]}
    )

    assert policy.target == Scope(
        organization="acme",
        workspace="Search",
        categories=("ocr",),
        models=("mistral-*",),
    )


@pytest.mark.parametrize(
    ("then", "effect"),
    [
        ({"raise_limit": {"by": "20%"}}, RaiseLimit),
        ({"cap_limit": {"to": "100%"}, "approval": "none"}, CapLimit),
        ({"set_limit": {"to": 5000}, "approval": "none"}, SetLimit),
    ],
)
def test_a_threshold_has_one_effect(then: dict[str, Any], effect: type[object]) -> None:
    assert isinstance(Then.model_validate(then).effect, effect)


@pytest.mark.parametrize(
    ("approval", "expected"),
    [
        (None, None),
        ("none", None),
        ({}, AskFirst(expires=timedelta(hours=2), on_expiry=OnExpiry.DENY)),
        (
            {"expires": "30m", "on_expiry": "apply"},
            AskFirst(expires=timedelta(minutes=30), on_expiry=OnExpiry.APPLY),
        ),
    ],
)
def test_an_effect_says_whether_a_person_is_asked_first(
    approval: object, expected: AskFirst | None
) -> None:
    then = Then.model_validate({"raise_limit": {"by": 1}, "approval": approval})

    assert then.asks == expected


@pytest.mark.parametrize(
    ("then", "told"),
    [
        ({}, "exactly one of"),
        ({"raise_limit": {"by": 1}, "set_limit": {"to": 1}}, "exactly one of"),
        ({"cap_limit": {"to": 1}}, "who approves"),
        ({"set_limit": {"to": 1}}, "who approves"),
        ({"cap_limit": {"to": 1}, "approval": {"expires": "0h"}}, "longer than"),
        ({"cap_limit": {"to": 1}, "approval": {"on_expiry": "raise"}}, "apply"),
        ({"cap_limit": {"to": 1}, "approval": {"until": "2h"}}, "until"),
        ({"cap_limit": {"to": 1}, "approval": "nobody"}, "expected none"),
        ({"cap_limit": {"to": 1}, "approval": False}, "expected none"),
        ({"raise_limit": {"by": 0}}, "raises nothing"),
        ({"raise_limit": {"by": "0%"}}, "raises nothing"),
    ],
)
def test_an_effect_that_says_too_little_or_too_much_is_refused(
    then: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValidationError, match=told):
        Then.model_validate(then)


def test_a_threshold_watches_one_thing() -> None:
    watched = Threshold.model_validate({"id": "a", "limit": "85%", "for": "6h"})

    assert watched.held_for is not None
    for watches in ({}, {"spend": "50%", "limit": "85%"}):
        with pytest.raises(
            ValidationError, match="exactly one of spend, forecast, limit, pace"
        ):
            Threshold.model_validate({"id": "a", **watches})


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"above": "1x"}, "more than 1x"),
        ({"window": "5m"}, "a window from 1h to 3d"),
        ({"window": "90d"}, "a window from 1h to 3d"),
    ],
)
def test_a_pace_is_more_than_usual_over_a_window_that_can_be_watched(
    wrong: dict[str, Any], told: str
) -> None:
    pace = {"window": "3h", "above": "5x", "at_least": 20}
    assert Threshold.model_validate({"id": "a", "pace": pace}).pace

    with pytest.raises(ValidationError, match=told):
        Threshold.model_validate({"id": "a", "pace": pace | wrong})


def test_a_limit_follows_between_a_floor_and_a_ceiling_above_it() -> None:
    assert a_policy(track={"headroom": "3d", "floor": "10%", "ceiling": "110%"}).track

    with pytest.raises(ValidationError, match="below the ceiling"):
        a_policy(track={"headroom": "3d", "floor": "100%", "ceiling": 5000})


@pytest.mark.parametrize(
    "part", [{"scope": {"workspace": "Search"}}, {"scope": {"models": ["a*"]}}]
)
def test_only_a_whole_organization_has_a_limit(part: dict[str, Any]) -> None:
    thresholds = [
        {"id": "fine", "spend": "50%"},
        {"id": "a", "limit": "85%", "then": {"raise_limit": {"by": 1}}},
    ]

    with pytest.raises(ValidationError) as refused:
        a_policy(thresholds=thresholds, **part)

    assert [path for path, _ in broken_rules(refused.value)] == [
        ("thresholds", 1, "limit"),
        ("thresholds", 1, "then"),
    ]


def test_the_limit_is_that_of_a_month() -> None:
    with pytest.raises(ValidationError, match="period: month"):
        a_policy(
            budget={"amount": 1, "currency": "EUR", "period": "day"},
            thresholds=[{"id": "a", "limit": "85%"}],
        )


def test_each_threshold_called_like_an_earlier_one_is_named() -> None:
    thresholds = [{"id": name, "spend": "50%"} for name in ("a", "b", "a", "a")]

    with pytest.raises(ValidationError) as refused:
        a_policy(thresholds=thresholds)

    assert [path for path, _ in broken_rules(refused.value)] == [
        ("thresholds", 2, "id"),
        ("thresholds", 3, "id"),
    ]


def test_severities_are_ranked() -> None:
    ranks = [each.rank for each in (Severity.INFO, Severity.WARNING, Severity.CRITICAL)]

    assert ranks == [0, 1, 2]


def test_an_editor_is_given_the_schema_of_a_whole_file_of_policies() -> None:
    schema = json_schema()

    assert schema["title"] == "Spendguard policies"
    assert set(schema["properties"]) == set(PolicyFile.model_fields)
