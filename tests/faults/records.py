"""Nothing is done in silence, told twice, or lost from the books."""

from collections.abc import Mapping

from service.domain.alert import Alert, AlertKind, AlertState
from service.domain.audit import AuditAction
from service.domain.notification import EventKind
from service.pipeline.respond_audit import chains_of, verify
from service.ports import Services
from service.simulator.exchange import Route
from service.simulator.faults import FaultKind
from tests.faults.truth import period_key
from tests.faults.witness import History, Post, Seen, require

_FOR_GOOD = frozenset({AlertKind.SPEND, AlertKind.USAGE})
_ENDS = frozenset(
    {
        AuditAction.LIMIT_CHANGE_APPLIED,
        AuditAction.LIMIT_CHANGE_FAILED,
        AuditAction.LIMIT_CHANGE_UNKNOWN,
    }
)
_REQUESTED = AuditAction.LIMIT_CHANGE_REQUESTED


def hold(seen: Seen, history: History) -> None:
    """Hold the books against what was done."""
    _hold_writes(seen)
    _hold_identities(seen)
    for alert in seen.alerts:
        before = history.alerts.get(alert.id)
        is_new = before is None or before.fired_at is None
        if is_new and alert.fired_at is not None:
            _hold_told(seen, alert)
        if before is not None and before.is_open and not alert.is_open:
            _hold_end(seen, alert)
    now = {each.id for each in seen.alerts}
    fired = {each.id for each in history.alerts.values() if each.fired_at is not None}
    require(now >= fired, "an alert that fired is gone")


def _hold_writes(seen: Seen) -> None:
    """Each write has its intent before it and its end after it, and none is unsaid."""
    steps: dict[str, list[AuditAction]] = {}
    for entry in seen.entries:
        fact = entry.fact
        if fact.target.startswith("limit_change:"):
            steps.setdefault(fact.target, []).append(fact.action)
    sent = {
        target: actions
        for target, actions in steps.items()
        if _REQUESTED in actions and AuditAction.LIMIT_CHANGE_SKIPPED not in actions
    }
    require(
        len(sent) == len(seen.posts),
        f"{len(seen.posts)} writes, and {len(sent)} in the log: {sent}",
    )
    for actions in sent.values():
        after = actions[actions.index(_REQUESTED) + 1 :]
        require(set(after) & _ENDS, f"a write without an end: {actions}")
    _hold_applied(seen)
    for post in seen.posts:
        require(_has_intent(seen, post), f"no intent says {post.amount}")


def _hold_applied(seen: Seen) -> None:
    """Nothing is applied that no read has shown to be in force (F17)."""
    shown = {
        str(call.before.amount)
        for call in seen.calls
        if call.route is Route.SPEND_LIMIT and call.is_answered
    }
    if any(FaultKind.JUNK_FIELD in call.faults for call in seen.calls):
        return
    for entry in seen.entries:
        if entry.fact.action is AuditAction.LIMIT_CHANGE_APPLIED:
            wanted = (entry.fact.detail or {}).get("to")
            amount = wanted.get("amount") if isinstance(wanted, Mapping) else None
            require(
                amount is None or amount in shown, f"{amount} is applied, seen: {shown}"
            )


def _has_intent(seen: Seen, post: Post) -> bool:
    wanted: dict[str, str | bool] = {"unlimited": True}
    if not post.is_unlimited:
        wanted = {
            "amount": str(post.amount),
            "currency": "EUR",
            "unlimited": False,
        }
    return any(
        entry.fact.action is _REQUESTED
        and (entry.fact.detail or {}).get("to") == wanted
        for entry in seen.entries
    )


def _hold_identities(seen: Seen) -> None:
    identities = [(each.key, each.firing) for each in seen.alerts]
    require(len(set(identities)) == len(identities), "an alert is there twice")
    open_keys = [each.key for each in seen.alerts if each.is_open]
    require(len(set(open_keys)) == len(open_keys), "one crossing fires twice")


def _hold_told(seen: Seen, alert: Alert) -> None:
    """A firing is in the log and in the outbox from its first moment."""
    target = f"alert:{alert.id}"
    recorded = [
        entry
        for entry in seen.entries
        if entry.fact.target == target and entry.fact.action is AuditAction.ALERT_FIRED
    ]
    require(len(recorded) == 1, f"{alert.key} fired, {len(recorded)} times in the log")
    told = [
        event
        for each in seen.notifications
        for event in each.message.events
        if event.alert_id == alert.id and event.kind is EventKind.FIRED
    ]
    require(told, f"{alert.key} fired and no message says so")


def _hold_end(seen: Seen, alert: Alert) -> None:
    """What was spent stays spent: a restatement ends no alert (F1)."""
    require(alert.state is AlertState.RESOLVED, f"{alert.key} went to {alert.state}")
    if alert.kind not in _FOR_GOOD:
        return
    found = seen.plan.find(alert.key.policy_id, alert.key.threshold_id)
    if found is not None and found[1].watch != alert.kind.value:
        return  # another threshold under the same id
    match alert.reason:
        case "removed":
            is_there = found is not None and found[0].scope.key == alert.key.scope
            require(not is_there, f"{alert.key} removed, and it is there")
        case "period_ended":
            is_over = found is None or (
                period_key(found[0].period, seen.at) != alert.key.period
            )
            require(is_over, f"{alert.key} ended within its period")
        case reason:
            require(reason == "policy_changed", f"{alert.key} ended as {reason}")


def hold_chains(services: Services) -> None:
    """Every audit chain verifies."""
    for chain in chains_of(services, None):
        verdict = verify(services, chain)
        require(verdict.is_valid, f"chain {chain}: {verdict.reason}")
