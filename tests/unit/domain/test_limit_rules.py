from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.limit_change import ChangeKind, ChangeState, LimitChange
from tests.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    Fields,
    change,
    ground,
    limit,
    raising,
    row,
    setting,
    snapshot,
    state,
)
from tests.builders import capping as cap
from tests.unit.domain.wishes import verdict, wanted

UNPRICED = row(100_000, billing_metric="new-model", model="new")


def raised(age: timedelta, **changes: Fields) -> LimitChange:
    """Give a raise of threshold `stop` that came into force so long ago."""
    built = change(threshold_id="stop", policy_id="acme-monthly", settled_at=NOON - age)
    return replace(built, **changes)


@pytest.mark.parametrize(
    ("by", "of", "expected"),
    [
        pytest.param(100, 3000, 3100, id="an amount is added to the limit"),
        pytest.param("20%", 3000, 4000, id="a percent is of the budget"),
        pytest.param("0.01%", 3000, 3001, id="half a unit is rounded up"),
    ],
)
def test_a_raise_is_a_step_from_the_present_limit(
    by: str | int, of: int, expected: int
) -> None:
    assert verdict(wanted(raising(by)), ground(snapshot(of=of))) == expected


@pytest.mark.parametrize(
    ("then", "guardrails", "caps", "ceiling", "expected"),
    [
        pytest.param(raising(5000, up_to=6000), {}, [], None, 6000, id="up_to ends it"),
        pytest.param(
            raising(5000, up_to="110%"), {}, [], None, 5500, id="up_to of the budget"
        ),
        pytest.param(
            raising(5000), {"max_limit": 7000}, [], None, 7000, id="max_limit ends it"
        ),
        pytest.param(raising(5000), {}, [], 4500, 4500, id="the outer ceiling ends it"),
        pytest.param(raising(5000), {}, [4200], None, 4200, id="a firing cap ends it"),
        pytest.param(
            raising(500, up_to=6000),
            {"max_limit": 5000},
            [],
            4300,
            4300,
            id="the lowest of all bounds ends it",
        ),
        pytest.param(
            raising(5000),
            {"max_limit": "4500.70"},
            [],
            None,
            4500,
            id="never past a ceiling, not by a fraction",
        ),
        pytest.param(
            raising(100, up_to=4000),
            {},
            [],
            None,
            "guardrail",
            id="a limit that stands at up_to already is left",
        ),
        pytest.param(
            raising(100),
            {"max_limit": 3000},
            [],
            None,
            "guardrail",
            id="a ceiling below the limit never lowers it",
        ),
        pytest.param(
            raising(100),
            {"max_raise_per_period": 0},
            [],
            None,
            "guardrail",
            id="a sum that is used up",
        ),
        pytest.param(
            raising(1500),
            {"max_raise_per_period": 1000},
            [],
            None,
            5000,
            id="the sum counts from where the period began",
        ),
        pytest.param(
            raising(100),
            {"max_changes_per_day": 0},
            [],
            None,
            "guardrail",
            id="no raise a day is none",
        ),
        pytest.param(
            raising(100),
            {"min_limit": 4500},
            [],
            None,
            4500,
            id="no change ends below min_limit",
        ),
        pytest.param(
            raising(100, up_to=4200),
            {"min_limit": 4500},
            [],
            None,
            "guardrail",
            id="min_limit lifts nothing past up_to",
        ),
    ],
)
def test_bounds_hold_a_raise_of_a_limit_of_4000(
    then: Fields, guardrails: Fields, caps: list[int], ceiling: int, expected: int
) -> None:
    base = ground(
        snapshot(of=4000),
        guardrails,
        ceiling=ceiling,
        state=state(limit_at_start=limit(4000)),
    )

    assert verdict(wanted(then), base, *caps) == expected


@pytest.mark.parametrize(
    ("then", "guardrails", "changes", "expected"),
    [
        pytest.param(
            raising(), {}, [raised(59 * MINUTE)], "cooldown", id="within the cooldown"
        ),
        pytest.param(raising(), {}, [raised(HOUR)], 10_100, id="after the cooldown"),
        pytest.param(
            raising(),
            {},
            [raised(MINUTE, kind=ChangeKind.RESTORE)],
            10_100,
            id="a restore is no raise",
        ),
        pytest.param(
            raising(),
            {},
            [raised(MINUTE, kind=ChangeKind.MANUAL)],
            10_100,
            id="a person's raise is not counted",
        ),
        pytest.param(
            raising(),
            {},
            [raised(MINUTE, kind=ChangeKind.SET)],
            "cooldown",
            id="a set that raised is a raise",
        ),
        pytest.param(
            raising(),
            {},
            [raised(MINUTE, kind=ChangeKind.SET, after=limit(400))],
            10_100,
            id="a set that lowered is none",
        ),
        pytest.param(
            raising(),
            {},
            [raised(MINUTE, state=ChangeState.FAILED)],
            10_100,
            id="a failed raise does not count",
        ),
        pytest.param(
            raising(cooldown="24h"),
            {},
            [raised(23 * HOUR)],
            "cooldown",
            id="a threshold's own cooldown is longer",
        ),
        pytest.param(
            raising(cooldown="24h"),
            {},
            [raised(2 * HOUR, threshold_id="other")],
            10_100,
            id="a threshold's own cooldown is its own",
        ),
        pytest.param(
            raising(cooldown="0s"),
            {},
            [raised(2 * MINUTE)],
            "cooldown",
            id="the guardrails' cooldown holds as well",
        ),
        pytest.param(
            raising(times_per_period=2),
            {},
            [raised(3 * DAY), raised(2 * DAY)],
            "guardrail",
            id="as often as the period allows",
        ),
        pytest.param(
            raising(times_per_period=2),
            {},
            [raised(3 * DAY), raised(25 * DAY, period="2026-07")],
            10_100,
            id="last month's raises are forgotten",
        ),
        pytest.param(
            raising(),
            {"max_changes_per_day": 2},
            [raised(23 * HOUR), raised(2 * HOUR)],
            "guardrail",
            id="as often as a day allows",
        ),
        pytest.param(
            raising(),
            {"max_changes_per_day": 2},
            [raised(24 * HOUR), raised(2 * HOUR)],
            10_100,
            id="a raise of a day ago is forgotten",
        ),
    ],
)
def test_counts_and_cooldowns_hold_back_raises(
    then: Fields, guardrails: Fields, changes: list[LimitChange], expected: int
) -> None:
    base = ground(snapshot(), guardrails, changes=tuple(changes))

    assert verdict(wanted(then), base) == expected


@pytest.mark.parametrize(
    ("to", "spend", "expected"),
    [
        pytest.param("100%", 1000, 5000, id="a percent is of the budget"),
        pytest.param(4200, 1000, 4200, id="an amount is itself"),
        pytest.param("33.33%", 1000, 1666, id="half a unit is rounded down"),
        pytest.param("spend + 5%", 1000, 1250, id="five percent are of the budget"),
        pytest.param("spend + 100", "1000.50", 1100, id="spend and an amount"),
        pytest.param("50%", 3000, 3000, id="never below the spend"),
        pytest.param("50%", "3000.01", 3001, id="the spend is rounded up"),
        pytest.param("spend + 0.1", "1000.50", 1001, id="never below by rounding"),
        pytest.param(10_000, 1000, "no_change", id="at the limit already"),
        pytest.param("10000.5", 1000, "no_change", id="a fraction above the limit"),
        pytest.param(20_000, 1000, "no_change", id="a cap never raises"),
        pytest.param(5000, 10_500, "guardrail", id="spend above the limit turns it"),
        pytest.param(5000, 10_000, "no_change", id="the limit stands at the spend"),
    ],
)
def test_a_cap_lowers_a_limit_of_10000(
    to: str | int, spend: str | int, expected: int | str
) -> None:
    assert verdict(wanted(cap(to)), ground(snapshot(spend))) == expected


@pytest.mark.parametrize(
    ("to", "guardrails", "ceiling", "spend", "expected"),
    [
        pytest.param(100, {"min_limit": 200}, None, 0, 200, id="min_limit ends it"),
        pytest.param(
            100, {"min_limit": "200.5"}, None, 0, 201, id="min_limit is rounded up"
        ),
        pytest.param(
            100,
            {"min_limit": 11_000},
            None,
            0,
            "guardrail",
            id="min_limit above the limit turns it",
        ),
        pytest.param(9000, {"max_limit": 8000}, None, 0, 8000, id="max_limit ends it"),
        pytest.param(9000, {}, 7000, 0, 7000, id="the outer ceiling ends it"),
        pytest.param(
            4000, {}, 4000, 4200, "guardrail", id="nothing goes above the outer ceiling"
        ),
        pytest.param(
            4000,
            {"max_limit": 4000},
            None,
            4200,
            "guardrail",
            id="nothing goes above max_limit",
        ),
    ],
)
def test_bounds_hold_a_cap_of_a_limit_of_10000(
    to: int, guardrails: Fields, ceiling: int, spend: int, expected: int | str
) -> None:
    base = ground(snapshot(spend), guardrails, ceiling=ceiling)

    assert verdict(wanted(cap(to)), base) == expected


def test_a_cap_below_the_spend_needs_its_own_flag() -> None:
    base = ground(snapshot(3000))

    assert verdict(wanted(cap(2000, below_spend=True)), base) == 2000


def test_a_cap_gives_an_unlimited_organization_a_limit() -> None:
    assert verdict(wanted(cap(4000)), ground(snapshot(of=None))) == 4000


def test_caps_have_only_a_short_cooldown_of_their_own() -> None:
    just_now = change(ChangeKind.CAP, settled_at=NOON - timedelta(seconds=59))
    before = change(ChangeKind.CAP, settled_at=NOON - MINUTE)
    raise_ = raised(timedelta(0))

    assert verdict(wanted(cap(4000)), ground(changes=(just_now,))) == "cooldown"
    assert verdict(wanted(cap(4000)), ground(changes=(before, raise_))) == 4000


@pytest.mark.parametrize(
    ("to", "guardrails", "of", "expected"),
    [
        pytest.param(5000, {}, 10_000, 5000, id="down"),
        pytest.param(5000, {}, 4000, 5000, id="up"),
        pytest.param("50%", {}, 4000, 2500, id="a percent is of the budget"),
        pytest.param(5000, {}, 5000, "no_change", id="there already"),
        pytest.param("5000.5", {}, 5000, "no_change", id="rounded down already"),
        pytest.param("5000.5", {}, 5001, "no_change", id="rounded up already"),
        pytest.param("5000.5", {}, 6000, 5000, id="a fraction down"),
        pytest.param("5000.5", {}, 4000, 5001, id="a fraction up"),
        pytest.param(500, {}, 4000, 1000, id="never below the spend"),
        pytest.param(9000, {"max_limit": 8000}, 4000, 8000, id="up to max_limit"),
        pytest.param(9000, {"max_limit": 8000}, 8000, "guardrail", id="no further"),
        pytest.param(5000, {}, None, 5000, id="from unlimited"),
    ],
)
def test_a_set_moves_either_way(
    to: str | int, guardrails: Fields, of: int | None, expected: int | str
) -> None:
    base = ground(snapshot(of=of), guardrails)

    assert verdict(wanted(setting(to)), base) == expected


def test_a_set_upwards_keeps_below_a_firing_cap() -> None:
    assert verdict(wanted(setting(5000)), ground(snapshot(of=4000)), 4500) == 4500


def test_nothing_automatic_raises_an_unlimited_limit() -> None:
    assert verdict(wanted(raising()), ground(snapshot(of=None))) == "no_change"
