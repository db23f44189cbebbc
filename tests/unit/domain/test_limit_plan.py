from dataclasses import replace
from decimal import Decimal

import pytest

from service.domain.alert import Alert
from service.domain.limit_change import ChangeKind, ChangeState, SkipReason
from service.domain.limit_ground import Ground, Wanted
from service.domain.limit_plan import Plan, plan_change, skipped_change
from service.domain.policy import Mode
from tests.builders import (
    NOON,
    Fields,
    alert,
    cents_row,
    failure,
    ground,
    limit,
    override,
    raising,
    reading,
    report,
    row,
    setting,
    snapshot,
    state,
)
from tests.builders import capping as cap
from tests.unit.domain.wishes import wanted


def wish(name: str, then: Fields, **written: Fields) -> Wanted:
    return wanted(then, id=name, **written)


def planned(
    wishes: list[Wanted], on: Ground, *last_caps: Alert
) -> tuple[str | None, str, dict[str, str]]:
    """Give who won, the limit planned, and why the others did not."""
    plan = plan_change(wishes, on, last_caps=last_caps)
    skips = {
        "baseline" if skip.wanted is None else skip.wanted.policy.id: skip.reason.value
        for skip in plan.skips
    }
    if plan.change is None:
        return None, "", skips
    winner = plan.change.policy_id or "baseline"
    return winner, str(plan.change.after), skips


LOW, LOWER = wish("low", cap(5000)), wish("lower", cap(4000))
SMALL, LARGE = wish("small", raising(100)), wish("large", raising(900))
DOWN, UP = wish("down", setting(4500)), wish("up", setting(15_000))


@pytest.mark.parametrize(
    ("wishes", "winner", "target", "losers"),
    [
        pytest.param([], None, "", {}, id="nothing wanted is nothing planned"),
        pytest.param(
            [LOW, LOWER],
            "lower",
            "4000.00 EUR",
            {"low": "superseded"},
            id="the lowest cap wins",
        ),
        pytest.param(
            [SMALL, LARGE],
            "large",
            "10900.00 EUR",
            {"small": "superseded"},
            id="the largest raise wins",
        ),
        pytest.param(
            [LARGE, LOW],
            "low",
            "5000.00 EUR",
            {"large": "guardrail"},
            id="a cap wins over a raise, and is its ceiling",
        ),
        pytest.param(
            [LOW, DOWN],
            "down",
            "4500.00 EUR",
            {"low": "superseded"},
            id="a set downwards is as good as a cap",
        ),
        pytest.param(
            [UP, LARGE],
            "up",
            "15000.00 EUR",
            {"large": "superseded"},
            id="a set upwards is as good as a raise",
        ),
        pytest.param(
            [wish("watching", cap(100), mode=Mode.OBSERVE), LARGE],
            "large",
            "10900.00 EUR",
            {"watching": "observe_mode"},
            id="a cap in observe mode neither competes nor bounds",
        ),
        pytest.param(
            [wish("idle", cap(10_000)), LARGE],
            None,
            "",
            {"idle": "no_change", "large": "guardrail"},
            id="a firing cap bounds raises when it has nothing left to lower",
        ),
    ],
)
def test_many_wishes_become_one_change(
    wishes: list[Wanted], winner: str | None, target: str, losers: dict[str, str]
) -> None:
    assert planned(wishes, ground()) == (winner, target, losers)
    assert planned(wishes[::-1], ground())[:2] == (winner, target)


def test_a_cap_of_fifty_percent_never_bounds_raises_below_the_spend() -> None:
    base = ground(snapshot(6000, of=5000))

    assert planned([wish("cap", cap(2500)), LARGE], base)[:2] == (
        "large",
        "5900.00 EUR",
    )


def test_a_cap_that_may_go_below_the_spend_bounds_raises_there() -> None:
    base = ground(snapshot(6000, of=5000))
    deep = wish("cap", cap(5400, below_spend=True))

    assert planned([deep, LARGE], base)[:2] == ("large", "5400.00 EUR")


def test_a_change_says_where_it_comes_from() -> None:
    change = plan_change([wish("stop", cap("33.33%"))], ground()).change

    assert change is not None
    assert change.state is ChangeState.PLANNED
    assert change.kind is ChangeKind.CAP
    assert (change.before, change.after) == (limit(10_000), limit(1666))
    assert change.exact == Decimal("1666.5")
    assert (change.policy_id, change.threshold_id) == ("stop", "stop")
    assert change.period == "2026-08"
    assert change.alert_id == alert("stop", policy_id="stop").id


def test_a_skip_is_recorded_as_a_change_that_was_not_made() -> None:
    base = ground(is_paused=True)
    (skip,) = plan_change([LOW], base).skips

    record = skipped_change(skip, base)

    assert record.state is ChangeState.SKIPPED
    assert (record.kind, record.reason) == (ChangeKind.CAP, "paused")
    assert (record.before, record.after) == (limit(10_000), None)
    assert record.settled_at == NOON


@pytest.mark.parametrize(
    ("then", "kind"),
    [
        pytest.param(raising(), ChangeKind.RAISE, id="a raise"),
        pytest.param(cap(), ChangeKind.CAP, id="a cap"),
        pytest.param(setting(1), ChangeKind.SET, id="a set"),
    ],
)
def test_a_skipped_wish_keeps_its_kind(then: Fields, kind: ChangeKind) -> None:
    base = ground(is_paused=True)
    (skip,) = plan_change([wish("any", then)], base).skips

    assert skipped_change(skip, base).kind is kind


def test_what_another_change_was_preferred_to_says_what_it_would_have_done() -> None:
    plan = plan_change([SMALL, LARGE], ground())

    (skip,) = plan.skips
    assert plan.change is not None
    assert plan.change.after == limit(10_900)
    assert skip.reason is SkipReason.SUPERSEDED
    assert skip.move is not None
    assert (skip.move.kind, skip.move.target) == (ChangeKind.RAISE, Decimal(10_100))


def test_skips_of_one_check_have_ids_of_their_own() -> None:
    base = ground(is_paused=True, state=state(wants_baseline=True))
    skips = plan_change([LOW, LARGE], base).skips

    assert len({skipped_change(skip, base).id for skip in skips}) == 3


def restoring(
    spend: Fields = 1000,
    of: int | None = 7000,
    guardrails: Fields = None,
    final: int | None = 3000,
    **changes: Fields,
) -> Ground:
    """Give a new month whose limit was moved to 7000 EUR; a day's need is 100 EUR."""
    known = state(
        wants_baseline=True,
        final_total=None if final is None else Decimal(final),
        **changes.pop("known", {}),
    )
    rails = {"baseline_limit": 5000} | (guardrails or {})
    seen = changes.pop("seen", None) or snapshot(spend, of)
    return ground(seen, rails, state=known, **changes)


UNACKNOWLEDGED = alert("stop", period="2026-07")
ACKNOWLEDGED = replace(UNACKNOWLEDGED, acknowledged_at=NOON)


@pytest.mark.parametrize(
    ("base", "last_caps", "expected"),
    [
        pytest.param(restoring(), [], "5000.00 EUR", id="down to the baseline"),
        pytest.param(restoring(of=4000), [], "5000.00 EUR", id="up to the baseline"),
        pytest.param(
            restoring(4950, 4000), [], "5050.00 EUR", id="up to spend and a day's need"
        ),
        pytest.param(
            restoring(4950), [], "5050.00 EUR", id="down to spend and a day's need"
        ),
        pytest.param(
            restoring(4950, 4000, burn_rate=Decimal(10)),
            [],
            "5190.00 EUR",
            id="a day's need is what the last day burnt, where that is more",
        ),
        pytest.param(
            restoring(5050, final=None),
            [],
            "5050.00 EUR",
            id="to the spend where nothing is known of last month",
        ),
        pytest.param(
            restoring(of=4000, guardrails={"max_limit": 4500, "baseline_limit": 5000}),
            [],
            "4500.00 EUR",
            id="not past max_limit",
        ),
        pytest.param(
            restoring(of=4000, ceiling=4200), [], "4200.00 EUR", id="not past the outer"
        ),
        pytest.param(
            restoring(4300, of=4000, ceiling=4200),
            [],
            "4200.00 EUR",
            id="not past the outer ceiling when the spend already is",
        ),
        pytest.param(
            restoring(4300, of=4200, ceiling=4200),
            [],
            "no_change",
            id="no further than a ceiling that is reached",
        ),
        pytest.param(
            restoring(6000, of=7000, ceiling=5500),
            [],
            "guardrail",
            id="nothing goes above the outer ceiling, and never below the spend",
        ),
        pytest.param(
            restoring(7100, of=7000, ceiling=5500),
            [],
            "guardrail",
            id="a clamp that would turn it round",
        ),
        pytest.param(
            restoring(guardrails={"min_limit": 5500}),
            [],
            "5500.00 EUR",
            id="not below min_limit",
        ),
        pytest.param(
            restoring(ceiling=4800, guardrails={"min_limit": 5500}),
            [],
            "guardrail",
            id="nothing fits between the outer ceiling and min_limit",
        ),
        pytest.param(
            restoring(of=4000, ceiling=4800, guardrails={"min_limit": 5500}),
            [],
            "guardrail",
            id="not up to less than min_limit",
        ),
        pytest.param(
            restoring(of=5000), [], "no_change", id="there already: nothing to do"
        ),
        pytest.param(restoring(of=None), [], "no_change", id="not from unlimited"),
        pytest.param(
            restoring(of=4000),
            [UNACKNOWLEDGED],
            "guardrail",
            id="never up while last month's cap stands unacknowledged",
        ),
        pytest.param(
            restoring(of=4000),
            [ACKNOWLEDGED],
            "5000.00 EUR",
            id="up once last month's cap was acknowledged",
        ),
        pytest.param(
            restoring(),
            [UNACKNOWLEDGED],
            "5000.00 EUR",
            id="down whatever last month's cap",
        ),
        pytest.param(restoring(is_paused=True), [], "paused", id="not while paused"),
        pytest.param(
            restoring(known={"override": override()}),
            [],
            "overridden",
            id="not against a person",
        ),
        pytest.param(
            restoring(seen=snapshot(usage=failure(), limit=reading(1000, 4000))),
            [],
            "doubtful_data",
            id="not up in doubt",
        ),
        pytest.param(
            restoring(
                seen=snapshot(
                    limit=reading(5500, 7000),
                    usage=report(cents_row(5500), row(10_000, billing_metric="new")),
                )
            ),
            [],
            "5700.00 EUR",
            id="down in doubt no further than the most it may be",
        ),
        pytest.param(
            restoring(seen=snapshot(limit=failure())),
            [],
            "doubtful_data",
            id="not while the limit is unreadable",
        ),
    ],
)
def test_the_baseline_comes_back_at_the_start_of_a_month(
    base: Ground, last_caps: list[Alert], expected: str
) -> None:
    winner, target, skips = planned([], base, *last_caps)

    assert (target or skips["baseline"]) == expected
    assert winner == ("baseline" if target else None)


def test_no_baseline_is_restored_where_the_policy_dropped_it() -> None:
    base = restoring(guardrails={"baseline_limit": None})

    assert planned([], base) == (None, "", {"baseline": "no_change"})


def test_a_firing_cap_is_a_ceiling_for_the_baseline() -> None:
    assert planned([LOWER], restoring(of=3000))[:2] == ("baseline", "4000.00 EUR")


def test_the_baseline_stays_away_where_a_cap_holds_it_below_min_limit() -> None:
    base = restoring(of=3000, guardrails={"min_limit": 4500})

    assert planned([LOWER], base)[2]["baseline"] == "guardrail"


def test_a_cap_wins_over_the_baseline_and_the_baseline_over_a_raise() -> None:
    assert planned([LOWER], restoring()) == (
        "lower",
        "4000.00 EUR",
        {"baseline": "superseded"},
    )
    assert planned([LARGE], restoring()) == (
        "baseline",
        "5000.00 EUR",
        {"large": "superseded"},
    )


def test_the_same_wishes_make_the_same_plan() -> None:
    def plan() -> Plan:
        return plan_change([LOW, LARGE], ground())

    assert plan() == plan()
