"""What was counted since the database was made, by all processes on it."""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import TypeVar

from prometheus_client.metrics_core import Metric

from service.api.metrics.families import counter, gauge
from service.domain.audit import AuditAction
from service.domain.check import CheckOutcome
from service.domain.tally import Tally
from service.pipeline.respond_metrics import Measures

# No organization can be called so: a name begins with a letter or a digit.
OTHERS = "_others"
Labels = TypeVar("Labels", bound=tuple[str, ...])
_CHANGES = (
    AuditAction.LIMIT_CHANGE_REQUESTED,
    AuditAction.LIMIT_CHANGE_APPLIED,
    AuditAction.LIMIT_CHANGE_FAILED,
    AuditAction.LIMIT_CHANGE_UNKNOWN,
    AuditAction.LIMIT_CHANGE_SKIPPED,
)
_DELIVERIES = (
    AuditAction.NOTIFICATION_DELIVERED,
    AuditAction.NOTIFICATION_FAILED,
    AuditAction.NOTIFICATION_ABANDONED,
)
_LOADS = (AuditAction.POLICY_LOADED, AuditAction.POLICY_REFUSED)


def total_metrics(measures: Measures) -> Iterator[Metric]:
    """Give the counters, and what waits to be delivered."""
    tallies = measures.counts.tallies
    shown = {each.name for each in measures.organizations}
    yield _checks(tallies, shown)
    yield counter(
        "alerts_fired",
        "Alerts that began to fire.",
        ("organization", "severity"),
        _sorted(_by_chain(tallies, shown, AuditAction.ALERT_FIRED)),
    )
    yield _changes(tallies, shown)
    yield from _messages(measures)
    yield counter(
        "policy_loads",
        "Sets of policies that were taken or refused.",
        ("outcome",),
        (((_outcome(each),), _sum(tallies, each)) for each in _LOADS),
    )
    yield counter(
        "keys_refused",
        "Refused keys, as the audit log has them: one per address and minute.",
        (),
        [((), _sum(tallies, AuditAction.KEY_REFUSED))],
    )


def _checks(tallies: Collection[Tally], shown: Collection[str]) -> Metric:
    counts = Counter({(name, each.value): 0 for name in shown for each in CheckOutcome})
    counts.update(_by_chain(tallies, shown, AuditAction.CHECK_COMPLETED))
    return counter(
        "checks", "Checks made.", ("organization", "outcome"), _sorted(counts)
    )


def _changes(tallies: Collection[Tally], shown: Collection[str]) -> Metric:
    # Without a reason from the start, so that the first one is seen as an increase.
    counts = Counter(
        {(name, _outcome(each), ""): 0 for name in shown for each in _CHANGES[:-1]}
    )
    for action in _CHANGES:
        for (name, reason), number in _by_chain(tallies, shown, action).items():
            counts[name, _outcome(action), reason] += number
    return counter(
        "limit_changes",
        "Limit changes by what became of them; one counts at every step it takes.",
        ("organization", "outcome", "reason"),
        _sorted(counts),
    )


def _messages(measures: Measures) -> Iterator[Metric]:
    channels = [each.name for each in measures.policies.guard.channels]
    counts = Counter({(name, _outcome(a)): 0 for name in channels for a in _DELIVERIES})
    for each in measures.counts.tallies:
        if each.action in _DELIVERIES:
            counts[each.label, _outcome(each.action)] += each.number
    yield counter(
        "deliveries",
        "Attempts to deliver a message, by channel.",
        ("channel", "outcome"),
        _sorted(counts),
    )
    waiting = measures.counts.waiting
    yield gauge(
        "notifications_waiting",
        "Messages that are not delivered yet.",
        ("channel", "state"),
        (((each.channel, each.state.value), each.number) for each in waiting),
    )
    since = dict.fromkeys(channels, measures.at)
    for kept in waiting:
        since[kept.channel] = min(since.get(kept.channel, measures.at), kept.oldest_at)
    yield gauge(
        "notifications_oldest_waiting_seconds",
        "How long the oldest message of a channel waits; 0 where none does.",
        ("channel",),
        (((name,), measures.at - at) for name, at in sorted(since.items())),
    )


def _by_chain(
    tallies: Collection[Tally], shown: Collection[str], action: AuditAction
) -> Counter[tuple[str, str]]:
    """Count by organization and label; those not shown are one."""
    counts: Counter[tuple[str, str]] = Counter()
    for each in tallies:
        if each.action is action:
            name = each.chain if each.chain in shown else OTHERS
            counts[name, each.label] += each.number
    return counts


def _sum(tallies: Collection[Tally], action: AuditAction) -> int:
    return sum(each.number for each in tallies if each.action is action)


def _outcome(action: AuditAction) -> str:
    return action.value.rpartition(":")[2]


def _sorted(counts: Counter[Labels]) -> list[tuple[Labels, int]]:
    return sorted(counts.items())
