"""A clock that ran ahead and was set right: what was made by it holds up nothing."""

from datetime import datetime, timedelta

import pytest

from service.domain.evaluation import evaluate
from service.domain.limit_change import LimitChange
from tests.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    change,
    ground,
    memory,
    organization,
    policy,
    policy_set,
    raising,
    snapshot,
    state,
)
from tests.unit.domain.wishes import verdict, wanted


def raised(ahead: timedelta) -> LimitChange:
    """Give a raise that came into force at a time that is still to come."""
    return change(settled_at=NOON + ahead)


@pytest.mark.parametrize(
    ("set_back", "expected"),
    [
        pytest.param(NOON - 30 * MINUTE, "cooldown", id="half an hour ago"),
        pytest.param(NOON - 2 * HOUR, 10_100, id="two hours ago"),
        pytest.param(None, "cooldown", id="a little ahead, and never set back"),
    ],
)
def test_a_raise_of_the_future_counts_as_made_when_the_clock_was_set_back(
    set_back: datetime | None, expected: int | str
) -> None:
    ahead = raised(300 * DAY)
    known = state(clock_set_back_at=set_back)
    base = ground(changes=(ahead,), state=known)

    assert verdict(wanted(raising(100)), base) == expected


def test_raises_of_the_future_are_counted_for_a_day_and_no_longer() -> None:
    many = tuple(raised(300 * DAY + n * HOUR) for n in range(4))
    today = ground(changes=many, state=state(clock_set_back_at=NOON - 20 * HOUR))
    later = ground(changes=many, state=state(clock_set_back_at=NOON - 25 * HOUR))

    assert verdict(wanted(raising(100)), today) == "guardrail"
    assert verdict(wanted(raising(100)), later) == 10_100


@pytest.mark.parametrize(
    ("ahead", "is_set_back"),
    [(300 * DAY, True), (4 * MINUTE, False), (-5 * MINUTE, False)],
)
def test_a_clock_that_was_set_back_is_noticed_by_the_first_check_after(
    ahead: timedelta, *, is_set_back: bool
) -> None:
    known = state(last_check_at=NOON + ahead, retry_at=NOON + 2 * ahead)

    first = evaluate(
        policy_set(policy()), organization(), snapshot(), memory(known), now=NOON
    ).state
    later = NOON + 5 * MINUTE
    second = evaluate(
        policy_set(policy()),
        organization(),
        snapshot(at=later),
        memory(first),
        now=later,
    ).state

    assert first.clock_set_back_at == (NOON if is_set_back else None)
    assert (first.retry_at is None) == is_set_back
    assert second.clock_set_back_at == first.clock_set_back_at
