"""Every threshold of every policy against one snapshot, and what became of the rest."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from service.domain.activity import Count
from service.domain.activity_news import who_of, with_newcomers
from service.domain.alert import Alert, AlertKey, AlertState
from service.domain.alerting import Step, advance, key_of, resolve
from service.domain.check import ThresholdOutcome
from service.domain.crossing import Crossing, crossing_of
from service.domain.figure_book import FigureBook
from service.domain.policy import Policy, Threshold
from service.domain.policy_set import PolicySet

_OPEN = frozenset({AlertState.PENDING, AlertState.FIRING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a check did to one alert, and who is to hear of it.

    `policy` and `threshold` are None for a health alert and for one whose policy is
    gone. `is_by_bound` is the crossing's: no limit is moved on it; so is `above`. `who`
    ends the sentence of a message, and stands nowhere else: it names people.
    """

    step: Step
    channels: tuple[str, ...]
    policy: Policy | None = None
    threshold: Threshold | None = None
    is_by_bound: bool = False
    above: tuple[Count, ...] = ()
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """All thresholds of an organization: an outcome each, and the alerts there are."""

    outcomes: tuple[ThresholdOutcome, ...]
    moved: tuple[Moved, ...]


def walk(
    policies: PolicySet,
    organization: str,
    book: FigureBook,
    alerts: Mapping[AlertKey, Alert],
    now: datetime,
) -> Walk:
    """Evaluate every threshold, and end what no policy watches any more."""
    outcomes: list[ThresholdOutcome] = []
    moved: list[Moved] = []
    seen: set[AlertKey] = set()
    unknown: set[tuple[str, str]] = set()
    for policy in policies.of(organization):
        for threshold in policy.thresholds:
            key = key_in(book, policy, threshold)
            crossing = crossing_of(policy, threshold, book)
            step = advance(alerts.get(key), crossing, threshold, key, now)
            seen.add(key)
            if crossing.is_crossed is None:
                unknown.add((policy.id, threshold.id))
            outcomes.append(_outcome(policy, threshold, crossing, step))
            if step.alert is not None:
                each = Moved(
                    step=step,
                    channels=policies.channels_of(threshold),
                    policy=policy,
                    threshold=threshold,
                    is_by_bound=crossing.is_by_bound,
                )
                moved.append(_with_who(each, crossing, book, now))
    rest = [alert for key, alert in alerts.items() if key not in seen]
    moved.extend(_ended(rest, policies, unknown, now))
    return Walk(outcomes=tuple(outcomes), moved=tuple(moved))


def _with_who(
    moved: Moved, crossing: Crossing, book: FigureBook, now: datetime
) -> Moved:
    """Add whose activity it is, where it is somebody's."""
    if moved.step.alert is None or not crossing.above:
        return moved
    known = book.activity.told(moved.step.alert.id)
    step = with_newcomers(moved.step, crossing, known, now)
    who = who_of(step, crossing, known)
    return replace(moved, step=step, above=crossing.above, who=who)


def key_in(book: FigureBook, policy: Policy, threshold: Threshold) -> AlertKey:
    """Give the identity of a threshold's alert in the period of a check."""
    return key_of(policy, threshold.id, book.period(policy.period_of(threshold)).key)


def _outcome(
    policy: Policy, threshold: Threshold, crossing: Crossing, step: Step
) -> ThresholdOutcome:
    return ThresholdOutcome(
        policy_id=policy.id,
        threshold_id=threshold.id,
        value=crossing.value,
        bound=crossing.bound,
        unit=crossing.unit,
        outcome=step.outcome,
        reason=crossing.reason,
    )


def _ended(
    alerts: Iterable[Alert],
    policies: PolicySet,
    unknown: set[tuple[str, str]],
    now: datetime,
) -> Iterator[Moved]:
    """End open alerts of a period that is over or of a threshold that is gone.

    A period is over only when the new one has a figure: doubt ends nothing.
    """
    still_open = [
        alert for alert in alerts if not alert.is_health and alert.state in _OPEN
    ]
    if not still_open:
        return
    watched = {
        (declared.policy.id, threshold.id, declared.policy.target_key): (
            declared.policy,
            threshold,
        )
        for declared in policies.policies
        for threshold in declared.policy.thresholds
    }
    for alert in still_open:
        key = alert.key
        found = watched.get((key.policy_id, key.threshold_id, key.scope))
        if found is None:
            yield Moved(
                step=resolve(alert, "removed", now),
                channels=policies.default_channels,
            )
        elif (key.policy_id, key.threshold_id) not in unknown:
            policy, threshold = found
            yield Moved(
                step=resolve(alert, "period_ended", now),
                channels=policies.channels_of(threshold),
                policy=policy,
                threshold=threshold,
            )
