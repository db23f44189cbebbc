"""What holds an effect is said with its cause and its end."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from service.domain.approval import ApprovalState
from service.domain.decision import Memory
from service.domain.limit_change import ChangeKind, ChangeState, LimitChange
from service.domain.obstacles import Obstacle
from service.domain.policy import Threshold
from service.domain.usage import UsageSnapshot
from tests.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    Fields,
    alert,
    asking,
    capping,
    cents_row,
    change,
    limit,
    memory,
    override,
    policy,
    policy_set,
    raising,
    reading,
    report,
    row,
    setting,
    snapshot,
    state,
    threshold,
)
from tests.unit.domain.explaining import END, RAISE, one, told
from tests.unit.domain.watching import Watching


def obstacles(
    of: Threshold = RAISE,
    known: Memory | None = None,
    seen: UsageSnapshot | None = None,
    **guardrails: Fields,
) -> tuple[Obstacle, ...]:
    effect = one(of, known, seen, **guardrails).effect
    assert effect is not None
    return effect.obstacles


OWN: Fields = {"policy_id": "acme-monthly", "threshold_id": "half"}
RECENT = change(settled_at=NOON - 30 * MINUTE, **OWN)
UNDER_WAY = change(
    state=ChangeState.REQUESTED,
    before=limit(10_000),
    after=limit(10_500),
    planned_at=NOON,
    requested_at=NOON,
    settled_at=None,
)
YESTERDAY = change(settled_at=NOON - 20 * HOUR, **OWN)


@pytest.mark.parametrize(
    ("known", "reason", "said", "until"),
    [
        (memory(is_paused=True), "paused", "spendguard resume", None),
        (
            memory(state(is_circuit_open=True)),
            "circuit_open",
            "spendguard resume",
            None,
        ),
        (
            memory(state(override=override())),
            "overridden",
            "key:alice set the limit",
            NOON + DAY,
        ),
        (memory(state(reference=limit(9000))), "drift", "moved outside", None),
        (
            memory(state(retry_at=NOON + HOUR)),
            "cooldown",
            "a change failed",
            NOON + HOUR,
        ),
        (
            memory(state(retry_at=NOON), changes=(RECENT,)),
            "cooldown",
            "guardrails'",
            NOON + 30 * MINUTE,
        ),
        (memory(changes=(RECENT,)), "cooldown", "guardrails'", NOON + 30 * MINUTE),
        (
            memory(changes=(UNDER_WAY,)),
            "doubtful_data",
            "earlier change",
            None,
        ),
    ],
)
def test_what_holds_an_effect_is_said_with_its_end(
    known: Memory, reason: str, said: str, until: datetime | None
) -> None:
    (held,) = obstacles(known=known)

    assert (held.reason, held.until) == (reason, until)
    assert said in held.detail


def test_observing_is_said_beside_what_else_holds() -> None:
    (seen,) = told(policy(RAISE, mode="observe")).thresholds

    assert seen.effect is not None
    assert [each.reason for each in seen.effect.obstacles] == ["observe_mode"]
    assert seen.effect.after == limit(11_000)


def test_a_thresholds_own_cooldown_is_told() -> None:
    slow = threshold(then=raising(100, cooldown="24h"))

    (held,) = obstacles(slow, memory(changes=(YESTERDAY,)))

    assert held.detail == "the threshold's own cooldown after a raise"
    assert held.until == NOON + 4 * HOUR


def ago(seconds: int, kind: ChangeKind) -> LimitChange:
    at = NOON - timedelta(seconds=seconds)
    return change(kind, id=f"lc_{kind}", settled_at=at)


@pytest.mark.parametrize(
    ("then", "seconds"),
    [
        pytest.param(capping(5000), 40, id="a cap waits for caps"),
        pytest.param(setting(5000), 50, id="a set that lowers for sets as well"),
        pytest.param(raising(100), 1795, id="a raise for raises"),
        pytest.param(setting(20_000), 1795, id="a set that raises for raises"),
    ],
)
def test_only_the_cooldown_that_holds_an_effect_is_told(
    then: Fields, seconds: int
) -> None:
    known = memory(
        changes=(
            ago(20, ChangeKind.CAP),
            change(
                ChangeKind.SET,
                before=limit(700),
                after=limit(600),
                settled_at=NOON - timedelta(seconds=10),
            ),
            ago(5, ChangeKind.RAISE),
        )
    )

    (held,) = obstacles(threshold(then=then), known, cooldown="30m")

    assert (held.reason, held.until) == ("cooldown", NOON + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("then", "known", "guardrails", "said", "until"),
    [
        (
            raising(100, times_per_period=1),
            memory(changes=(YESTERDAY,)),
            {},
            "times_per_period: 1 of 1 are used up",
            END,
        ),
        (
            raising(100),
            memory(changes=(YESTERDAY,)),
            {"max_changes_per_day": 1},
            "max_changes_per_day: 1 of 1 in 24 h are used up",
            NOON + 4 * HOUR,
        ),
        (
            raising(100),
            memory(),
            {"max_changes_per_day": 0},
            "max_changes_per_day: 0 of 0 in 24 h are used up",
            None,
        ),
        (
            raising(100),
            memory(),
            {"max_limit": 10_000},
            "the limit is at or above the 10000.00 that is allowed",
            None,
        ),
        (
            raising(100),
            memory(changes=(change(settled_at=NOON - DAY, **OWN),)),
            {"max_limit": 10_000, "max_changes_per_day": 1},
            "the limit is at or above the 10000.00 that is allowed",
            None,
        ),
        (raising(100, up_to=9000), memory(), {"max_limit": 11_000}, "no room", None),
        (setting(20_000), memory(), {"max_limit": 9000}, "no room", None),
    ],
)
def test_the_guardrail_that_holds_is_named(
    then: Fields, known: Memory, guardrails: Fields, said: str, until: datetime | None
) -> None:
    (held,) = obstacles(threshold(then=then), known, **guardrails)

    assert said in held.detail
    assert (held.reason, held.until) == ("guardrail", until)


def test_doubt_is_said_with_its_cause() -> None:
    unread = obstacles(seen=snapshot(limit=reading(1000, limit=None)))
    mismatch = obstacles(seen=snapshot(limit=reading(1500)))

    assert [each.detail for each in unread] == ["the limit could not be read"]
    assert mismatch[0].detail.startswith("the spend is mismatch: rows cost")


def test_what_only_the_dearest_price_crosses_moves_nothing() -> None:
    seen = snapshot(usage=report(cents_row(2000), row(200_000, billing_metric="new")))

    (held,) = obstacles(seen=seen)

    assert held.detail.startswith("only the most that the spend may be")


def test_a_raise_that_a_firing_has_had_says_so() -> None:
    (held,) = obstacles(known=memory(state(), alert(effect_done=True)))

    assert held.reason == "done"


def test_a_limit_that_stands_there_already_says_so() -> None:
    (held,) = obstacles(threshold(then=capping(10_000)))

    assert (held.reason, held.detail) == (
        "no_change",
        "the limit stands there already, or beyond",
    )


ASKS = threshold(then=asking(capping(5000), expires="2h"))


def test_a_person_who_is_to_be_asked_is_told_of() -> None:
    watched = Watching(policy_set(policy(ASKS)))
    before = obstacles(ASKS)
    watched.check(3000)
    waiting = replace(watched.memory)
    asked = obstacles(ASKS, waiting, snapshot(3000))
    watched.answer(is_granted=False)
    denied = obstacles(ASKS, watched.memory, snapshot(3000))

    assert [(each.reason, each.detail) for each in before] == [
        ("approval", "a person is asked first")
    ]
    assert {asked[-1].reason, denied[-1].reason} == {"approval"}
    assert "has not answered: ap_" in asked[-1].detail
    assert asked[-1].until is not None
    assert "is denied by key:bob" in denied[-1].detail


def test_a_request_nobody_answered_names_nobody() -> None:
    watched = Watching(policy_set(policy(ASKS)))
    watched.check(3000)
    approval = replace(watched.approval, state=ApprovalState.EXPIRED, ended_at=NOON)
    known = replace(watched.memory, approvals=(approval,))

    held = obstacles(ASKS, known, snapshot(3000))

    assert "is expired: it holds" in held[-1].detail


def test_a_request_whose_time_is_over_is_told_as_it_ends() -> None:
    watched = Watching(policy_set(policy(ASKS)))
    watched.check(3000)
    over = replace(watched.approval, expires_at=NOON)

    held = obstacles(ASKS, replace(watched.memory, approvals=(over,)), snapshot(3000))

    assert "is expired: it holds" in held[-1].detail


def test_a_granted_request_holds_nothing() -> None:
    watched = Watching(policy_set(policy(ASKS)))
    watched.check(3000)
    watched.answer()

    assert obstacles(ASKS, watched.memory, snapshot(3000)) == ()
