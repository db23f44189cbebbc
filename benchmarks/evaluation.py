"""10,000 policies with five thresholds each, evaluated on one core.

What a large organization's list would look like at its worst: forty models used every
day of a month, and some hundred parts of the usage watched by month, week and day.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median

from benchmarks.acme import policies_of_acme
from benchmarks.figure import Figure
from service.bootstrap import spare_what_lives_long
from service.domain.decision import Decision, Memory
from service.domain.evaluation import evaluate
from service.domain.money import Money
from service.domain.period import month_of
from service.domain.policy import Policy
from service.domain.policy_set import PolicySet
from service.domain.state import OrganizationState
from service.domain.usage import (
    LimitReading,
    Price,
    SpendLimit,
    UsageReport,
    UsageRow,
    UsageSnapshot,
)

_POLICIES = 10_000
_THRESHOLDS = 5
_MODELS = 40
_NOW = datetime(2026, 8, 30, 12, tzinfo=UTC)
_CATEGORIES = ("completion", "ocr", "audio", "connectors", "libraries_api", "vibe")
_PERIODS = ("month", "month", "week", "day")
_PRICE = Decimal("0.00000125")


def measure(is_short: bool) -> Iterator[Figure]:  # noqa: FBT001 - `Measure`
    """Evaluate a first check, which fires much, and the ones after it."""
    times = 2 if is_short else 7
    policies = policies_of_acme(map(_policy, range(_POLICIES)), _NOW)
    snapshot = _snapshot()
    # As the service does with that many policies.
    spare_what_lives_long()
    fresh = Memory(state=OrganizationState(organization="acme"), alerts={})
    first, decision = _timed(policies, snapshot, fresh, times)
    after = replace(snapshot, captured_at=_NOW + timedelta(minutes=5))
    memory = Memory(
        state=decision.state, alerts={alert.key: alert for alert in decision.alerts}
    )
    later, _ = _timed(policies, after, memory, times)
    scopes = len({each.policy.target for each in policies.policies})
    yield Figure(
        what="10,000 policies x 5 thresholds evaluated",
        value=later,
        unit="s",
        target=1,
        beside=f"processor time, median of {times}; {len(decision.check.decisions):,}"
        f" thresholds over {scopes} different scopes by month, week and day;"
        f" {len(decision.alerts):,} alerts fire from before",
    )
    yield Figure(
        what="the same, at the very first check",
        value=first,
        unit="s",
        target=1,
        beside=f"{len(decision.alerts):,} alerts fire now and are put into words",
    )


def _timed(
    policies: PolicySet, snapshot: UsageSnapshot, memory: Memory, times: int
) -> tuple[float, Decision]:
    organization = policies.guard.organizations[0]
    now = snapshot.captured_at
    seconds = []
    decision = evaluate(policies, organization, snapshot, memory, now=now)
    for _ in range(times):
        begin = time.process_time()
        decision = evaluate(policies, organization, snapshot, memory, now=now)
        seconds.append(time.process_time() - begin)
    if len(decision.check.decisions) != _POLICIES * _THRESHOLDS:
        raise RuntimeError("not every threshold was evaluated")
    return median(seconds), decision


def _policy(number: int) -> Policy:
    tokens = {"unit": "api_tokens", "above": 2_000_000_000}
    return Policy.model_validate(
        {
            "id": f"policy-{number}",
            "organization": "acme",
            "scope": _scope(number),
            "budget": {
                "amount": 100 + number,
                "currency": "EUR",
                "period": _PERIODS[number % len(_PERIODS)],
            },
            "thresholds": [
                {"id": "half", "spend": "50%"},
                {"id": "most", "spend": "80%"},
                {"id": "all", "spend": "100%"},
                {"id": "amount", "spend": 2500},
                {"id": "tokens", "usage": tokens},
            ],
        }
    )


def _scope(number: int) -> Mapping[str, object]:
    """Give a tenth to the whole organization, the rest to parts of its usage."""
    first = _CATEGORIES[number % len(_CATEGORIES)]
    second = _CATEGORIES[number // len(_CATEGORIES) % len(_CATEGORIES)]
    model = f"model-{number % _MODELS:02d}*"
    kinds: tuple[Mapping[str, object], ...] = (
        {"categories": [first]},
        {"models": [model]},
        {"categories": [first, second], "models": [model, "model-0?"]},
    )
    return {} if number % 10 == 0 else kinds[number % len(kinds)]


def _snapshot() -> UsageSnapshot:
    rows = tuple(
        UsageRow(
            category=_CATEGORIES[model % len(_CATEGORIES)],
            model=f"model-{model:02d}",
            billing_metric=f"metric-{model:02d}",
            billing_group=group,
            event_type="api_tokens",
            api_zone="global",
            service_tier="standard",
            day=date(2026, 8, day),
            units=1_000_000 + 1000 * model + day,
            paid_units=1_000_000 + 1000 * model + day,
        )
        for model in range(_MODELS)
        for group in ("input", "output")
        for day in range(1, 31)
    )
    prices = tuple(
        Price(
            event_type="api_tokens",
            billing_metric=f"metric-{model:02d}",
            billing_group=group,
            api_zone=None,
            service_tier=None,
            amount=_PRICE,
        )
        for model in range(_MODELS)
        for group in ("input", "output")
    )
    total = sum((row.paid_units * _PRICE for row in rows), Decimal(0))
    return UsageSnapshot(
        organization="acme",
        captured_at=_NOW,
        limit=LimitReading(
            currency="EUR",
            limit=SpendLimit(Money(Decimal(8000), "EUR")),
            is_reached=False,
            total=total,
        ),
        usage=UsageReport(
            period=month_of(_NOW), currency="EUR", rows=rows, prices=prices
        ),
    )
