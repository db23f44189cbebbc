"""Rate limits of the provider that change are told with the exact difference."""

from decimal import Decimal

import pytest

from service.domain.alert import AlertState
from service.domain.analytics import ModelRateLimit, RateLimit
from service.domain.notification import EventKind
from service.domain.rates import differences
from tests.builders import failure, policy, policy_set, threshold
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
