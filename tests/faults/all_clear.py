"""No false all-clear: what is truly crossed is alerted, or seen to be in doubt."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from service.domain.alert import AlertKind, AlertState
from service.domain.check import Check, Outcome
from service.domain.status import StatusState
from service.domain.usage import FigureState
from service.simulator.exchange import Route
from tests.faults.plans import PolicyPlan, ThresholdPlan
from tests.faults.truth import period_key
from tests.faults.witness import History, Seen, Trust, require

_DOUBTS = frozenset(
    {
        AlertKind.DATA_UNKNOWN,
        AlertKind.SPEND_MISMATCH,
        AlertKind.PRICE_MISSING,
        AlertKind.API_DRIFT,
    }
)
_OPEN = frozenset({AlertState.FIRING, AlertState.PENDING})
_CENT = Decimal("0.01")
# The provider's total may follow the calendar some hours late.
ROLLOVER_GRACE = timedelta(hours=6)


def hold(seen: Seen, history: History) -> None:
    """Hold a check against the truth."""
    check = seen.check
    if check is None:
        return
    _require_word(seen, check)
    _require_told(seen, history, check)
    if not seen.is_off_calendar:
        for policy, threshold in _crossed(seen):
            _require_seen(seen, history, check, policy, threshold)
    _remember(seen, history, check)


def _require_word(seen: Seen, check: Check) -> None:
    word = seen.status.state
    if check.spend.state is FigureState.UNKNOWN:
        require(word is StatusState.UNKNOWN, f"the figure is unknown, status is {word}")
        require(check.spend.amount is None, "an unknown figure has an amount")
    if any(alert.is_open for alert in seen.alerts):
        require(word is not StatusState.OK, "alerts are open and the status is ok")


def _require_told(seen: Seen, history: History, check: Check) -> None:
    """Doubt that lasts is told, each kind under its own name."""
    figure = check.spend
    told = {each.kind for each in seen.alerts if each.is_open}
    if history.mismatched_in != check.period:
        history.mismatches, history.mismatched_in = 0, check.period
    match figure.state:
        case FigureState.KNOWN:
            history.mismatches = 0
        case FigureState.MISMATCH:
            history.mismatches += 1
            is_told = AlertKind.SPEND_MISMATCH in told or history.mismatches < 2
            require(is_told, "the sources differ twice and nobody is told")
        case FigureState.INCOMPLETE if figure.reason == "price_missing":
            require(AlertKind.PRICE_MISSING in told, "a price lacks, nobody is told")
        case _:
            is_told = AlertKind.DATA_UNKNOWN in told or _is_young(seen, history, "")
            is_late_turn = figure.reason == "period_not_rolled" and (
                seen.at - seen.month_start < ROLLOVER_GRACE
            )
            require(is_told or is_late_turn, f"{figure.reason} lasts, nobody is told")


def _is_young(seen: Seen, history: History, of: str) -> bool:
    """Say whether a figure was good so shortly ago that doubt need not be told."""
    at = history.good_at.get(of)
    return at is not None and timedelta(0) <= seen.at - at < seen.plan.unknown_after


def _crossed(seen: Seen) -> Iterator[tuple[PolicyPlan, ThresholdPlan]]:
    for policy in seen.plan.policies:
        for threshold in policy.thresholds:
            if _is_crossed(seen, policy, threshold):
                yield policy, threshold


def _is_crossed(seen: Seen, policy: PolicyPlan, threshold: ThresholdPlan) -> bool:
    """Say whether a bound is truly reached, beyond what the answers may round off."""
    if threshold.watch == "usage":
        return seen.units[policy.id] > threshold.at.number
    spent = seen.spent[policy.id] - margin(seen, policy)
    if threshold.watch == "spend":
        return spent >= threshold.at.of(policy.budget)
    # Whichever of them it read, for somebody may move it meanwhile.
    reads = (each.before for each in seen.calls if each.route is Route.SPEND_LIMIT)
    limits = (seen.limit, seen.limit_after, *reads)
    return all(
        not limit.unlimited and spent * 100 >= threshold.at.number * limit.amount
        for limit in limits
    )


def margin(seen: Seen, policy: PolicyPlan) -> Decimal:
    """Give by how much a figure that is believed may be below the truth."""
    is_honest = seen.trust(Route.SPEND_LIMIT) is Trust.HONEST and seen.is_rolled
    if not policy.may_act or is_honest:
        return _CENT
    # The rows know nothing of storage, and a total within tolerance is believed.
    share = seen.total * seen.plan.guard.tolerance / 100
    return seen.storage + max(share, Decimal(1)) + _CENT


def _trusts(seen: Seen, policy: PolicyPlan, threshold: ThresholdPlan) -> set[Trust]:
    found = {seen.trust(Route.USAGE, seen.workspace(policy))}
    if policy.may_act and threshold.watch != "usage":
        limit = seen.trust(Route.SPEND_LIMIT)
        # A limit threshold stands and falls with the limit that was answered.
        found = {limit} if threshold.watch == "limit" else found | {limit}
    if policy.period == "week" and seen.reaches_back:
        found.add(Trust.EVIDENT)
    return found


def _require_seen(
    seen: Seen,
    history: History,
    check: Check,
    policy: PolicyPlan,
    threshold: ThresholdPlan,
) -> None:
    key = period_key(policy.period, seen.at)
    name = (policy.id, threshold.id, policy.scope.key, key)
    for alert in seen.alerts:
        of = alert.key
        if (of.policy_id, of.threshold_id, of.scope, of.period) == name:
            is_held = alert.state is AlertState.PENDING and not threshold.held_for
            if alert.state in _OPEN and not is_held:
                return
    trusts = _trusts(seen, policy, threshold)
    if Trust.LIE in trusts and Trust.HONEST not in trusts:
        history.exempt += 1
        return
    outcome = next(
        each.outcome
        for each in check.decisions
        if (each.policy_id, each.threshold_id) == name[:2]
    )
    is_doubted = (
        outcome is Outcome.UNKNOWN or check.spend.state is not FigureState.KNOWN
    )
    truth = f"{seen.spent[policy.id]} of {policy.id}/{threshold.id} in {key}"
    require(is_doubted, f"{truth} is crossed; it says {outcome} and has no doubt")
    is_told = any(each.is_open and each.kind in _DOUBTS for each in seen.alerts)
    require(
        is_told or _is_in_grace(seen, history, check, policy),
        f"{truth} is crossed; the doubt ({outcome}, {check.spend.state}:"
        f" {check.spend.reason}) lasts and nobody is told",
    )


def _is_in_grace(
    seen: Seen, history: History, check: Check, policy: PolicyPlan
) -> bool:
    """Say whether a doubt is too young to be told."""
    if check.spend.state is FigureState.MISMATCH:
        return history.mismatches < 2
    if check.spend.reason == "period_not_rolled":
        return seen.at - seen.month_start < ROLLOVER_GRACE
    return any(_is_young(seen, history, each) for each in ("", policy.id))


def _remember(seen: Seen, history: History, check: Check) -> None:
    if check.spend.is_good:
        history.good_at[""] = seen.at
    for policy in seen.plan.policies:
        outcomes = [e.outcome for e in check.decisions if e.policy_id == policy.id]
        if Outcome.UNKNOWN not in outcomes:
            history.good_at[policy.id] = seen.at
