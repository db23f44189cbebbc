"""Why each threshold of a policy fired or did not, on the wire."""

from datetime import datetime

from service.api.bodies.base import Body, Quantity, example, quantity
from service.api.bodies.policies import as_written
from service.domain.check import Check, Outcome, ThresholdOutcome
from service.domain.policy import Mode, Policy, Threshold

# What a threshold may say beside what it watches.
_BESIDE = frozenset({"id", "for", "severity", "notify", "repeat", "then"})
_NOT_YET = "no check has looked at it yet"


class ThresholdExplained(Body):
    """What a threshold came to at the last check, and why."""

    model_config = example(
        threshold_id="half",
        watches="spend: 50%",
        value={"amount": "292.80", "unit": "EUR", "currency": "EUR"},
        bound={"amount": "2500.00", "unit": "EUR", "currency": "EUR"},
        outcome="below",
        reason="292.80 EUR is below 2500.00 EUR",
    )

    threshold_id: str
    watches: str
    value: Quantity | None
    bound: Quantity | None
    outcome: Outcome
    reason: str


class Explanation(Body):
    """Why each threshold of a policy fired or did not, as decided `at` a moment."""

    model_config = example(
        policy_id="acme-monthly",
        organization="acme",
        mode="observe",
        check_id="ck_9f8e7d6c5b4a39281706f5e4",
        at="2026-08-20T12:00:00Z",
        revision="6f1c0d",
        thresholds=[],
    )

    policy_id: str
    organization: str
    mode: Mode
    check_id: str | None
    at: datetime | None
    revision: str | None
    thresholds: list[ThresholdExplained]


def explanation(policy: Policy, check: Check | None) -> Explanation:
    """Give what the last check (None before the first) says of a policy."""
    decided = {
        each.threshold_id: each
        for each in (() if check is None else check.decisions)
        if each.policy_id == policy.id
    }
    return Explanation(
        policy_id=policy.id,
        organization=policy.organization,
        mode=policy.mode,
        check_id=None if check is None else check.id,
        at=None if check is None else check.at,
        revision=None if check is None else check.revision,
        thresholds=[
            _explained(each, decided.get(each.id)) for each in policy.thresholds
        ],
    )


def _explained(
    threshold: Threshold, outcome: ThresholdOutcome | None
) -> ThresholdExplained:
    return ThresholdExplained(
        threshold_id=threshold.id,
        watches=_watches(threshold),
        value=None if outcome is None else quantity(outcome.value, outcome.unit),
        bound=None if outcome is None else quantity(outcome.bound, outcome.unit),
        outcome=Outcome.UNKNOWN if outcome is None else outcome.outcome,
        reason=_NOT_YET if outcome is None else outcome.reason,
    )


def _watches(threshold: Threshold) -> str:
    (watch,) = (
        (name, value)
        for name, value in as_written(threshold).items()
        if name not in _BESIDE and value is not None
    )
    name, value = watch
    if isinstance(value, dict):
        value = ", ".join(f"{key} {each}" for key, each in value.items())
    return f"{name}: {value}"
