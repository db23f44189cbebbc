"""A year of five-minute observations replayed under twenty policies.

Each observation is evaluated in full. As many of them as there is patience for are
replayed, spread over a month, and what they took stands for the year.
"""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from benchmarks.acme import policies_of_acme
from benchmarks.figure import Figure
from service.domain.money import Money
from service.domain.period import month_of
from service.domain.policy import Policy
from service.domain.replay import Replay
from service.domain.usage import (
    LimitReading,
    Price,
    SpendLimit,
    UsageReport,
    UsageRow,
    UsageSnapshot,
)

_A_YEAR = 365 * 288
_POLICIES = 20
_MODELS = 5
_DAYS = 28
_START = datetime(2026, 8, 1, tzinfo=UTC)
_STEP = timedelta(minutes=5)
_PRICE = Decimal("0.000002")
_PERIODS = ("month", "week", "day")


def measure(is_short: bool) -> Iterator[Figure]:  # noqa: FBT001 - `Measure`
    """Replay some of each of so many days, with all of the month before them."""
    each_day = 10 if is_short else 100
    policies = policies_of_acme(map(_policy, range(_POLICIES)), _START)
    snapshots = [
        _snapshot(_START + timedelta(days=day) + _STEP * step, step)
        for day in range(_DAYS)
        for step in range(each_day)
    ]
    replay = Replay(policies, policies.guard.organizations[0])
    begin = time.process_time()
    for each in snapshots:
        replay.step(each)
    took = (time.process_time() - begin) / len(snapshots)
    yield Figure(
        what="backtest: a year of five-minute observations under 20 policies",
        value=took * _A_YEAR,
        unit="s",
        target=10,
        beside=f"processor time, {took * 1000:.1f} ms each, from {len(snapshots):,} of"
        f" {_A_YEAR:,}, every one evaluated in full; {_MODELS} models; spend by month,"
        " week and day, of all and of single models, three thresholds each, and one"
        " forecast; reading them from the database comes on top",
    )


def _policy(number: int) -> Policy:
    thresholds: list[dict[str, object]] = [
        {"id": "half", "spend": "50%"},
        {"id": "most", "spend": "80%"},
        {"id": "all", "spend": "100%"},
    ]
    if number == 0:
        thresholds.append({"id": "trending-over", "forecast": "100%"})
    return Policy.model_validate(
        {
            "id": f"policy-{number}",
            "organization": "acme",
            "scope": {"models": [f"model-{number % _MODELS}"]} if number % 10 else {},
            "budget": {
                "amount": 100 + 100 * number,
                "currency": "EUR",
                "period": _PERIODS[number % len(_PERIODS)],
            },
            "thresholds": thresholds,
        }
    )


def _snapshot(at: datetime, step: int) -> UsageSnapshot:
    rows = tuple(
        UsageRow(
            category="completion",
            model=f"model-{model}",
            billing_metric=f"metric-{model}",
            billing_group="input",
            event_type="api_tokens",
            api_zone=None,
            service_tier=None,
            day=date(at.year, at.month, day),
            units=units,
            paid_units=units,
        )
        for model in range(_MODELS)
        for day in range(1, at.day + 1)
        for units in [4000 * (model + 1) * (step if day == at.day else 288)]
    )
    prices = tuple(
        Price(
            event_type="api_tokens",
            billing_metric=f"metric-{model}",
            billing_group="input",
            api_zone=None,
            service_tier=None,
            amount=_PRICE,
        )
        for model in range(_MODELS)
    )
    total = sum((row.paid_units * _PRICE for row in rows), Decimal(0))
    return UsageSnapshot(
        organization="acme",
        captured_at=at,
        limit=LimitReading(
            currency="EUR",
            limit=SpendLimit(Money(Decimal(8000), "EUR")),
            is_reached=False,
            total=total,
        ),
        usage=UsageReport(
            period=month_of(at), currency="EUR", rows=rows, prices=prices
        ),
    )
