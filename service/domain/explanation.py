"""Why each threshold of a policy fired or did not, and what stands against its effect.

Made of one decision, and so of the function that decides live (§4.9).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.domain.activity import Count
from service.domain.alert import Alert, AlertState
from service.domain.alerting import key_of
from service.domain.approval import Approval
from service.domain.check import Outcome, ThresholdOutcome
from service.domain.cost import Cost
from service.domain.crossing import crossing_of
from service.domain.decision import Decision, Memory
from service.domain.distance import Distance, distance_of
from service.domain.effect import CapLimit, RaiseLimit, Then
from service.domain.limit_change import ChangeKind, SkipReason
from service.domain.limit_ground import Ground, Wanted
from service.domain.limit_plan import active_caps
from service.domain.limit_rules import resolve_effect
from service.domain.money import Money
from service.domain.obstacles import Obstacle, obstacles_of
from service.domain.policy import Policy, Severity, Threshold
from service.domain.quantity import Percent, shown_duration
from service.domain.silence import Silence, silence_over
from service.domain.state import Sighting
from service.domain.usage import Failure, Figure, SpendLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectExplained:
    """What a threshold does to the limit, and what it would do if it fired now.

    `after` is None where nothing would be moved; `obstacles` say why.
    """

    what: str
    kind: ChangeKind
    before: SpendLimit | None
    after: SpendLimit | None
    obstacles: tuple[Obstacle, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdExplained:
    """One threshold at one moment.

    `source` is where its value comes from, `last_good` what was last believed where
    there is none; `since` is when the alert came to stand as it does, `fires_at` when
    one that is pending will fire; `channels` would hear of it. `above` are those whose
    activity is beyond the bound; `silence` keeps `channels` from hearing.
    """

    threshold: Threshold
    outcome: ThresholdOutcome
    source: str
    figure: Figure
    last_good: Sighting | None
    alert: Alert | None
    since: datetime | None
    fires_at: datetime | None
    distance: Distance | None
    effect: EffectExplained | None
    channels: tuple[str, ...]
    above: tuple[Count, ...] = ()
    silence: Silence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A policy at one moment, threshold by threshold."""

    policy: Policy
    decision: Decision
    thresholds: tuple[ThresholdExplained, ...]


def explain(
    policy: Policy,
    decision: Decision,
    memory: Memory,
    silences: tuple[Silence, ...] = (),
) -> Explanation:
    """Explain a policy by a decision on the set that holds it, and its memory.

    `silences` are those that are active.
    """
    return Explanation(
        policy=policy,
        decision=decision,
        thresholds=tuple(
            replace(
                _Telling(policy, each, decision, memory).explained(),
                silence=silence_over(silences, policy, each),
            )
            for each in policy.thresholds
        ),
    )


@dataclass(frozen=True, slots=True)
class _Telling:
    policy: Policy
    threshold: Threshold
    decision: Decision
    memory: Memory

    def explained(self) -> ThresholdExplained:
        policy, decision = self.policy, self.decision
        figure, remembered = self._figure()
        alert = self._alert(policy, self.threshold)
        is_crossed = alert is not None and alert.state in _CROSSED
        return ThresholdExplained(
            threshold=self.threshold,
            outcome=self._outcome(),
            source=_source(policy, self.threshold, decision),
            figure=figure,
            last_good=decision.state.sightings.get(remembered),
            above=crossing_of(policy, self.threshold, decision.book).above,
            alert=alert,
            since=None if alert is None else _since(alert),
            fires_at=_fires_at(alert, self.threshold, decision.at),
            distance=None
            if is_crossed
            else distance_of(policy, self.threshold, decision),
            effect=self._effect(alert),
            channels=decision.policies.channels_of(self.threshold),
        )

    def _figure(self) -> tuple[Figure, str]:
        """Give the figure that is watched, and what it is remembered under."""
        policy, book, watch = self.policy, self.decision.book, self.threshold.activity
        if watch is not None:
            key = policy.activity_key(watch)
            return book.activity.figure(key), book.activity.sighting_key(key)
        period, scope = book.period(policy.budget.period), policy.target
        return book.figure(scope, period), f"{scope.key}|{period.key}"

    def _outcome(self) -> ThresholdOutcome:
        return next(
            each
            for each in self.decision.check.decisions
            if (each.policy_id, each.threshold_id)
            == (self.policy.id, self.threshold.id)
        )

    def _alert(self, policy: Policy, threshold: Threshold) -> Alert | None:
        key = key_of(
            policy,
            threshold.id,
            self.decision.book.period(policy.period_of(threshold)).key,
        )
        moved = {each.key: each for each in self.decision.alerts}
        return moved.get(key) or self.memory.alerts.get(key)

    def _effect(self, alert: Alert | None) -> EffectExplained | None:
        then = self.threshold.then
        if then is None:
            return None
        ground = self._ground()
        wanted = self._wanted(self.policy, self.threshold, then, alert)
        caps = tuple(active_caps(self._firing(), ground))
        verdict = resolve_effect(wanted, ground, caps)
        skip = verdict if isinstance(verdict, SkipReason) else None
        currency = ground.organization.currency
        return EffectExplained(
            what=effect_words(then),
            kind=wanted.kind,
            before=ground.limit,
            after=None
            if isinstance(verdict, SkipReason)
            else SpendLimit(Money(verdict.target, currency)),
            obstacles=obstacles_of(wanted, skip, ground, self._approvals()),
        )

    def _firing(self) -> Iterator[Wanted]:
        for policy in self.decision.policies.of(self.policy.organization):
            for each in policy.thresholds:
                alert = self._alert(policy, each)
                if each.then is not None and alert is not None and alert.is_open:
                    yield self._wanted(policy, each, each.then, alert)

    def _wanted(
        self, policy: Policy, threshold: Threshold, then: Then, alert: Alert | None
    ) -> Wanted:
        crossing = crossing_of(policy, threshold, self.decision.book)
        key = key_of(policy, threshold.id, "")
        return Wanted(
            # Where none stands, as if it fired now.
            alert=alert
            or Alert(
                key=key,
                firing=1,
                kind=crossing.kind,
                severity=Severity.INFO,
                state=AlertState.IDLE,
                value=crossing.value,
                bound=crossing.bound,
                unit=crossing.unit,
            ),
            policy=policy,
            threshold=threshold,
            effect=then.effect,
            is_by_bound=crossing.is_by_bound,
        )

    def _ground(self) -> Ground:
        decision, memory = self.decision, self.memory
        known = {each.id: each for each in memory.changes}
        settled = {each.id: each for each in (*decision.settled, *decision.ends)}
        return Ground(
            organization=decision.organization,
            book=decision.book,
            state=decision.state,
            changes=tuple((known | settled).values()),
            is_paused=memory.is_paused,
            ceiling=memory.ceiling,
            now=decision.at,
            check_id=decision.check.id,
            burn_rate=decision.check.burn_rate,
        )

    def _approvals(self) -> tuple[Approval, ...]:
        known = {each.id: each for each in self.memory.approvals}
        moved = {each.id: each for each in self.decision.approvals}
        # What would be asked at this moment was not asked of anybody yet.
        return tuple((known | {k: v for k, v in moved.items() if k in known}).values())


_CROSSED = frozenset({AlertState.PENDING, AlertState.FIRING})


def _since(alert: Alert) -> datetime | None:
    match alert.state:
        case AlertState.FIRING:
            return alert.fired_at
        case AlertState.RESOLVED:
            return alert.resolved_at
        case _:
            return alert.pending_at


def _fires_at(
    alert: Alert | None, threshold: Threshold, now: datetime
) -> datetime | None:
    if alert is None or alert.state is not AlertState.PENDING:
        return None
    return now + (threshold.held_for or timedelta(0)) - alert.held


def _source(policy: Policy, threshold: Threshold, decision: Decision) -> str:
    book = decision.book
    own = _own_source(threshold)
    if own is not None:
        return own
    if book.figure(policy.target, book.period(policy.budget.period)) is not book.total:
        return "the provider's usage rows and prices"
    limit = " and its spend limit" if threshold.limit is not None else ""
    if isinstance(book.counted, Failure):
        return f"the provider's usage rows and prices alone{limit}"
    if isinstance(book.cost(), Cost):
        return f"the provider's total, held against its usage rows{limit}"
    return f"the provider's total alone{limit}"


_PRODUCTS = {"lechat": "le Chat", "vibe": "Vibe Code"}


def _own_source(threshold: Threshold) -> str | None:
    """Name the source of what is no figure of a period; None for spend and limit."""
    if threshold.usage is not None:
        return f"units of {threshold.usage.unit} in the provider's usage rows"
    if threshold.activity is not None:
        product, _, _ = threshold.activity.metric.partition(".")
        return f"the provider's analytics of {_PRODUCTS[product]}"
    if threshold.pace is not None:
        return "what checks saw of the spend over the last weeks"
    if threshold.forecast is not None:
        return "the days of this period and of the months before"
    return None


def effect_words(then: Then) -> str:
    """Say what a threshold does to the limit, in words; percents are of the budget."""
    effect = then.effect
    match effect:
        case RaiseLimit():
            said = f"raise the limit by {_of_budget(effect.by)}"
            if effect.up_to is not None:
                said += f", up to {_of_budget(effect.up_to)}"
            if effect.expires is not None:
                said += f", for {shown_duration(effect.expires)}"
        case CapLimit():
            said = f"lower the limit to {_of_budget(effect.to)}"
            if effect.below_spend:
                said += ", also below the spend"
        case _:
            said = f"set the limit to {_of_budget(effect.to)}"
    if then.asks is None:
        return said
    left = shown_duration(then.asks.expires)
    return f"{said}, after a person says yes ({left} to answer)"


def _of_budget(value: object) -> str:
    if isinstance(value, Percent):
        return f"{value} of the budget"
    return str(value)


def next_outcome(outcome: Outcome) -> str:
    """Say what an outcome means for who reads it."""
    return _OUTCOMES[outcome]


_OUTCOMES = {
    Outcome.BELOW: "has not fired: its bound is not reached",
    Outcome.PENDING: "is crossed, and fires if it stays so",
    Outcome.FIRED: "fires now: the next check tells of it",
    Outcome.FIRING: "is firing",
    Outcome.RESOLVED: "would resolve now: the next check tells of it",
    Outcome.UNKNOWN: "cannot be told: on an unknown figure nothing fires or ends",
}
