"""Rate limits of the provider that change are told with the exact difference."""

from dataclasses import replace
from decimal import Decimal

import pytest

from service.domain.alert import Alert, AlertKind, AlertState, health_key
from service.domain.alerting import Step
from service.domain.analytics import ModelRateLimit, RateLimit
from service.domain.check import Outcome
from service.domain.notification import EventKind
from service.domain.policy import Severity
from service.domain.rates import differences, rate_moves, remember_rates
from service.domain.thresholds import Moved
from tests.builders import DAY, NOON, failure, policy, policy_set, state, threshold
from tests.unit.domain.watching import Watching

MORE = "tokens a minute and 4000000 a month"
CHANGED = "rate_limit_changed"


def rates(per_second: int | None = 6, **per_minute: int) -> RateLimit:
    return RateLimit(
        requests_per_second=None if per_second is None else Decimal(per_second),
        models=tuple(
            ModelRateLimit(
                model=name,
                tokens_per_minute=Decimal(tokens),
                tokens_per_month=Decimal(4_000_000),
            )
            for name, tokens in per_minute.items()
        ),
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(rates(6), rates(6), [], id="nothing"),
        pytest.param(rates(6), rates(10), ["requests per second 6 → 10"], id="speed"),
        pytest.param(
            rates(6), rates(None), ["requests per second 6 → not told"], id="not told"
        ),
        pytest.param(
            rates(large=100_000, small=5),
            rates(large=50_000, small=5),
            [f"large from 100000 {MORE} to 50000 {MORE}"],
            id="one model",
        ),
        pytest.param(
            rates(old=1),
            rates(new=0),
            ["new is new, 0 tokens a minute and 4000000 a month", "old is gone"],
            id="models that come and go",
        ),
    ],
)
def test_the_difference_is_exact(
    before: RateLimit, after: RateLimit, expected: list[str]
) -> None:
    assert list(differences(before, after)) == expected


def test_a_change_is_told_once_and_is_over_at_once() -> None:
    watched = Watching(policy_set(policy(threshold())))
    watched.check(rate_limit=rates(6))
    watched.check(rate_limit=failure())
    watched.check()
    watched.check(rate_limit=rates(6))
    assert watched.told(EventKind.FIRED) == []

    watched.check(rate_limit=rates(3))
    watched.check(rate_limit=rates(3))

    assert watched.told(EventKind.FIRED) == [CHANGED]
    assert watched.state_of(CHANGED) is AlertState.RESOLVED
    (told,) = (each.event.detail for each in watched.all_told)
    assert told == "the provider's rate limits changed: requests per second 6 → 3"


def test_a_failed_reading_is_not_repeated_before_its_time() -> None:
    watched = Watching(policy_set(policy(threshold())))
    watched.check(rate_limit=failure())

    assert watched.memory.state.rate_limit_at == watched.now
    assert watched.memory.state.rate_limit is None


def test_a_long_list_is_cut_and_says_so() -> None:
    watched = Watching(policy_set(policy(threshold())))
    watched.check(rate_limit=rates(6))
    watched.check(rate_limit=rates(6, **{f"m{each}": 1 for each in range(9)}))

    (told,) = (each.event.detail for each in watched.all_told)
    assert told.endswith("; and 3 more")


def test_what_was_read_is_kept_with_the_time_and_a_failure_with_the_time_only() -> None:
    before = state(rate_limit=rates(6), rate_limit_at=NOON - DAY)

    assert remember_rates(before, None, NOON) == before
    assert remember_rates(before, failure(), NOON) == state(
        rate_limit=rates(6), rate_limit_at=NOON
    )
    assert remember_rates(before, rates(3), NOON) == state(
        rate_limit=rates(3), rate_limit_at=NOON
    )


def test_a_change_is_one_firing_after_the_last_that_is_over_at_once() -> None:
    key = health_key("acme", AlertKind.RATE_LIMIT_CHANGED)
    last = Alert(
        key=key,
        firing=2,
        kind=AlertKind.RATE_LIMIT_CHANGED,
        severity=Severity.WARNING,
        state=AlertState.RESOLVED,
        value=None,
        bound=None,
        unit="",
        fired_at=NOON - DAY,
        last_told_at=NOON - DAY,
        resolved_at=NOON - DAY,
        reason="another change",
    )

    (moved,) = rate_moves(
        state(rate_limit=rates(6)), rates(3), {key: last}, ("oncall",), NOON
    )

    expected = replace(
        last,
        firing=3,
        fired_at=NOON,
        last_told_at=NOON,
        resolved_at=NOON,
        reason="the provider's rate limits changed: requests per second 6 → 3",
    )
    step = Step(alert=expected, outcome=Outcome.FIRED, is_changed=True)
    assert moved == Moved(step=step, channels=("oncall",))


@pytest.mark.parametrize(
    ("new", "rest"),
    [
        pytest.param(6, "", id="as many as are shown"),
        pytest.param(7, "; and 1 more", id="one more"),
    ],
)
def test_six_differences_are_named_and_more_are_counted(new: int, rest: str) -> None:
    read = rates(6, **{f"m{each}": 1 for each in range(new)})

    (moved,) = rate_moves(state(rate_limit=rates(6)), read, {}, (), NOON)

    assert moved.step.alert is not None
    named = "; ".join([*differences(rates(6), read)][:6])
    assert moved.step.alert.reason.endswith(f"changed: {named}{rest}")
