"""A policy explained at noon of the 20th, as a check would see it."""

from datetime import UTC, datetime

from service.domain.decision import Memory
from service.domain.explanation import (
    Explanation,
    ThresholdExplained,
    explain,
)
from service.domain.policy import Policy, Threshold
from service.domain.usage import UsageSnapshot
from tests.builders import (
    NOON,
    Fields,
    memory,
    organization,
    policy,
    policy_set,
    raising,
    snapshot,
    threshold,
)
from tests.unit.domain.watching import Watching

END = datetime(2026, 9, 1, tzinfo=UTC)
RAISE = threshold(then=raising("20%", up_to=20_000))


def told(
    of: Policy,
    known: Memory | None = None,
    seen: UsageSnapshot | None = None,
    **guardrails: Fields,
) -> Explanation:
    watched = Watching(policy_set(of), organization(guardrails=guardrails))
    watched.memory, watched.now = known or memory(), NOON
    decision = watched.see(seen or snapshot(1000))
    return explain(of, decision, known or memory())


def one(
    of: Threshold,
    known: Memory | None = None,
    seen: UsageSnapshot | None = None,
    **guardrails: Fields,
) -> ThresholdExplained:
    (only,) = told(policy(of), known, seen, **guardrails).thresholds
    return only
