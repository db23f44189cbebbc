"""Why each threshold of a policy fired or did not, on the wire."""

from datetime import datetime

from pydantic import Field

from service.api.bodies.base import (
    EUR_4000,
    Body,
    MoneyBody,
    Quantity,
    example,
    is_unlimited,
    limit_money,
    quantity,
)
from service.api.bodies.checks import Trust, trust
from service.api.bodies.policies import as_written
from service.domain import explanation as domain
from service.domain.activity_book import MOST_NAMED
from service.domain.alert import Alert, AlertState
from service.domain.check import Outcome
from service.domain.distance import Distance
from service.domain.limit_change import ChangeKind
from service.domain.obstacles import Obstacle
from service.domain.policy import Mode, Severity, Threshold
from service.domain.silence import Silence

# What a threshold may say beside what it watches.
_BESIDE = frozenset({"id", "for", "severity", "notify", "repeat", "then"})
_DISTANCE = {
    "more": {"amount": "2207.20", "unit": "EUR", "currency": "EUR"},
    "used_percent": "11.712",
    "rate_per_hour": {"amount": "0.61", "unit": "EUR", "currency": "EUR"},
    "rate_from": "the last 24 h",
    "reached_at": None,
    "period_ends_at": "2026-09-01T00:00:00Z",
    "forecast": {"amount": "431.07", "unit": "EUR", "currency": "EUR"},
    "forecast_low": {"amount": "402.55", "unit": "EUR", "currency": "EUR"},
    "forecast_high": {"amount": "466.90", "unit": "EUR", "currency": "EUR"},
    "forecast_reaches_at": None,
}
_OBSTACLE = {
    "reason": "cooldown",
    "detail": "the guardrails' cooldown after a raise",
    "until": "2026-08-20T12:40:00Z",
}
_EFFECT = {
    "what": "raise the limit by 20% of the budget, up to 6000",
    "kind": "raise",
    "from": EUR_4000,
    "from_unlimited": False,
    "to": None,
    "obstacles": [_OBSTACLE],
}
_HALF = {
    "threshold_id": "half",
    "watches": "spend: 50%",
    "severity": "info",
    "channels": ["finops"],
    "value": {"amount": "292.80", "unit": "EUR", "currency": "EUR"},
    "bound": {"amount": "2500.00", "unit": "EUR", "currency": "EUR"},
    "source": "the provider's total, held against its usage rows",
    "data": {"state": "known", "reason": None, "detail": ""},
    "last_good": {"amount": "292.80", "unit": "EUR", "currency": "EUR"},
    "last_good_at": "2026-08-20T12:00:00Z",
    "outcome": "below",
    "means": "has not fired: its bound is not reached",
    "reason": "spend 292.80 is below 2500.00 EUR",
    "state": None,
    "since": None,
    "fires_at": None,
    "alert_id": None,
    "acknowledged_by": None,
    "above": [],
    "silence": None,
    "distance": _DISTANCE,
    "effect": _EFFECT,
}


class DistanceBody(Body):
    """What is missing until a threshold fires.

    `reached_at` is when it gets there at `rate_per_hour`; null where that is not before
    the period ends, or where nothing burns. `forecast` is the spend expected at the
    period's end, between low and high in four cases of five, and `forecast_reaches_at`
    when it passes the bound on a straight way there.
    """

    model_config = example(**_DISTANCE)

    more: Quantity | None
    used_percent: str | None
    rate_per_hour: Quantity | None
    rate_from: str
    reached_at: datetime | None
    period_ends_at: datetime
    forecast: Quantity | None
    forecast_low: Quantity | None
    forecast_high: Quantity | None
    forecast_reaches_at: datetime | None


class ObstacleBody(Body):
    """A reason against an effect; `until` is when it ends by itself, if it does."""

    model_config = example(**_OBSTACLE)

    reason: str
    detail: str
    until: datetime | None


class EffectBody(Body):
    """What a threshold does to the limit, and what it would do if it fired now.

    `to` is null where it would move nothing; `obstacles` say why.
    """

    model_config = example(**_EFFECT)

    what: str
    kind: ChangeKind
    from_: MoneyBody | None = Field(alias="from")
    from_unlimited: bool | None
    to: MoneyBody | None
    obstacles: list[ObstacleBody]


class SilencedBy(Body):
    """A silence that is active: nobody is told until `until`."""

    model_config = example(
        id="sl_0a1b2c3d4e5f60718293a4b5",
        until="2026-08-20T14:00:00Z",
        created_by="key:alice",
        comment="moving to another workspace",
    )

    id: str
    until: datetime
    created_by: str
    comment: str


class Above(Body):
    """Somebody whose activity is beyond a bound; `name` is empty for all together."""

    model_config = example(
        name="4b8f2f6e-0b1b-4c1e-9a57-6f7b1d0c8a11",
        count={"amount": "6200", "unit": "lechat.messages", "currency": None},
    )

    name: str
    count: Quantity | None


class ThresholdExplained(Body):
    """What a threshold comes to now, and why.

    `means` says it in words; `since` is when it came to `state`, `fires_at` when one
    that is pending will fire. `last_good` is the spend in scope, or the activity, as
    last believed. `above` names those whose activity is beyond the bound, most first,
    at most five: users and agents by the provider's ids.
    """

    model_config = example(**_HALF)

    threshold_id: str
    watches: str
    severity: Severity
    channels: list[str]
    value: Quantity | None
    bound: Quantity | None
    source: str
    data: Trust
    last_good: Quantity | None
    last_good_at: datetime | None
    outcome: Outcome
    means: str
    reason: str
    state: AlertState | None
    since: datetime | None
    fires_at: datetime | None
    alert_id: str | None
    acknowledged_by: str | None
    above: list[Above]
    silence: SilencedBy | None
    distance: DistanceBody | None
    effect: EffectBody | None


class Explanation(Body):
    """Why each threshold of a policy fired or did not, on the figures of `at`."""

    model_config = example(
        policy_id="acme-monthly",
        title="Everything Acme buys",
        organization="acme",
        mode="observe",
        at="2026-08-20T12:00:00Z",
        period="2026-08",
        revision="6f1c0d",
        thresholds=[_HALF],
    )

    policy_id: str
    title: str
    organization: str
    mode: Mode
    at: datetime
    period: str
    revision: str
    thresholds: list[ThresholdExplained]


def explanation_body(told: domain.Explanation) -> Explanation:
    """Give an explanation as it goes over the wire."""
    policy, decision = told.policy, told.decision
    currency = policy.budget.currency
    return Explanation(
        policy_id=policy.id,
        title=policy.title,
        organization=policy.organization,
        mode=policy.mode,
        at=decision.at,
        period=decision.book.period(policy.budget.period).key,
        revision=decision.policies.revision,
        thresholds=[_threshold(each, currency) for each in told.thresholds],
    )


def _threshold(each: domain.ThresholdExplained, currency: str) -> ThresholdExplained:
    outcome, alert, good = each.outcome, each.alert, each.last_good
    is_told = alert is not None and alert.state is not AlertState.IDLE
    return ThresholdExplained(
        threshold_id=each.threshold.id,
        watches=_watches(each.threshold),
        severity=each.threshold.severity,
        channels=list(each.channels),
        value=quantity(outcome.value, outcome.unit),
        bound=quantity(outcome.bound, outcome.unit),
        source=each.source,
        data=trust(each.figure),
        last_good=None
        if good is None
        else quantity(good.amount, _unit(each, currency)),
        last_good_at=None if good is None else good.at,
        outcome=outcome.outcome,
        means=domain.next_outcome(outcome.outcome),
        reason=outcome.reason,
        state=alert.state if alert is not None and is_told else None,
        since=each.since if is_told else None,
        fires_at=each.fires_at,
        alert_id=_kept_id(alert),
        acknowledged_by=None if alert is None else alert.acknowledged_by,
        above=[
            Above(name=one.name, count=quantity(one.amount, outcome.unit))
            for one in each.above[:MOST_NAMED]
        ],
        silence=None if each.silence is None else _silence(each.silence),
        distance=None if each.distance is None else _distance(each.distance),
        effect=None if each.effect is None else _effect(each.effect),
    )


def _unit(each: domain.ThresholdExplained, currency: str) -> str:
    is_activity = each.threshold.activity is not None
    return each.outcome.unit if is_activity else currency


def _silence(silence: Silence) -> SilencedBy:
    return SilencedBy(
        id=silence.id,
        until=silence.ends_at,
        created_by=silence.created_by,
        comment=silence.comment,
    )


def _kept_id(alert: Alert | None) -> str | None:
    return None if alert is None or alert.fired_at is None else alert.id


def _distance(distance: Distance) -> DistanceBody:
    used = quantity(distance.used_percent, "%")
    unit, expected = distance.unit, distance.forecast
    return DistanceBody(
        more=quantity(distance.more, distance.unit),
        used_percent=None if used is None else used.amount,
        rate_per_hour=quantity(distance.rate, distance.unit),
        rate_from=distance.rate_from,
        reached_at=distance.at,
        period_ends_at=distance.period_end,
        forecast=None if expected is None else quantity(expected.point, unit),
        forecast_low=None if expected is None else quantity(expected.low, unit),
        forecast_high=None if expected is None else quantity(expected.high, unit),
        forecast_reaches_at=distance.forecast_at,
    )


def _effect(effect: domain.EffectExplained) -> EffectBody:
    return EffectBody(
        what=effect.what,
        kind=effect.kind,
        from_=limit_money(effect.before),
        from_unlimited=is_unlimited(effect.before),
        to=limit_money(effect.after),
        obstacles=[_obstacle(each) for each in effect.obstacles],
    )


def _obstacle(obstacle: Obstacle) -> ObstacleBody:
    return ObstacleBody(
        reason=obstacle.reason, detail=obstacle.detail, until=obstacle.until
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
