"""What a write follows from: a record, and an effect or a turn that may ask for it."""

import math
from datetime import timedelta
from decimal import Decimal

from service.domain.effect import OnExpiry
from service.domain.limit_change import ChangeKind, LimitChange
from service.simulator.faults import FaultKind
from tests.faults.plans import EffectPlan, PolicyPlan
from tests.faults.witness import History, Post, Seen, broken, require

DAY = timedelta(days=1)
_LATE_ARRIVAL = timedelta(hours=1)


def hold_effect(seen: Seen, history: History, post: Post) -> None:
    """A write follows from a record, and the record from what may ask for it."""
    change = post.change
    if change is None:
        broken(f"{post.amount} was written and no change says why")
    require(change.is_automatic, "a check wrote what only a person may ask for")
    match change.kind:
        case ChangeKind.RESTORE:
            _hold_restore(seen, post)
        case ChangeKind.EXPIRY:
            require(not post.is_raise, "the end of a raise raised the limit")
        case ChangeKind.REVERT:
            _hold_revert(history, post)
        case _:
            _hold_policy(seen, history, post, change)


def _hold_policy(seen: Seen, history: History, post: Post, change: LimitChange) -> None:
    """A policy that may act says so, and bounds it."""
    name = f"{change.policy_id}/{change.threshold_id}"
    found = post.plan.find(change.policy_id, change.threshold_id)
    if found is None:
        broken(f"{name} is in no policy")
    policy, threshold = found
    require(policy.enforce and policy.may_act, f"{policy.id} may not act")
    effect = threshold.effect
    if effect is None:
        broken(f"{name} has no effect")
    _hold_approval(seen, history, post, effect)
    if effect.kind == "raise_limit":
        _hold_own_bounds(history, post, policy, effect, change)
    elif effect.kind == "cap_limit":
        require(not post.is_raise, "a cap raised the limit")


def _hold_approval(
    seen: Seen, history: History, post: Post, effect: EffectPlan
) -> None:
    """Where a person is to be asked, one said yes, and to no more than this."""
    if effect.asks is None or post.change is None:
        return
    asked = next((a for a in seen.approvals if a.id == post.change.approval_id), None)
    if asked is None:
        broken("nobody was asked")
    # A time that has passed has passed, also when the clock is set back then.
    latest = max(post.at, history.latest or post.at)
    is_silent = asked.on_expiry is OnExpiry.APPLY and latest >= asked.expires_at
    require(asked.id in history.granted or is_silent, "nobody said yes")
    is_within = (
        post.amount <= asked.target if post.is_raise else post.amount >= asked.target
    )
    require(is_within, f"{post.amount} goes further than {asked.target}, approved")


def _hold_revert(history: History, post: Post) -> None:
    """Put back by itself only where the policy says so, and once a day."""
    require(post.plan.guard.on_drift == "revert", "nobody wants it put back")
    reverts = [
        each
        for each in applied(history, post)
        if each.is_automatic and each.kind is ChangeKind.REVERT
    ]
    is_again = any(post.at - each.at < DAY for each in reverts)
    require(not is_again, "put back twice within a day")


def _hold_restore(seen: Seen, post: Post) -> None:
    """The baseline, or what was spent and a day's need, whatever is more."""
    baseline = post.plan.guard.baseline
    if baseline is None:
        broken("a baseline was restored and there is none")
    figure = None if seen.check is None else seen.check.spend.upper
    need = max(seen.total, figure or Decimal(0)) + seen.last_month / 30
    highest = max(baseline, math.ceil(need) + 1, post.plan.guard.min_limit or 0)
    require(post.amount <= highest, f"restored to {post.amount}, above {highest}")


def _hold_own_bounds(
    history: History,
    post: Post,
    policy: PolicyPlan,
    effect: EffectPlan,
    change: LimitChange,
) -> None:
    """The bounds a raise brings along: where to, how often, how soon again."""
    require(post.is_raise, "a raise lowered the limit")
    if effect.up_to is not None:
        highest = effect.up_to.of(policy.budget)
        require(post.amount <= highest, f"{post.amount} is above up_to {highest}")
    own = [
        each
        for each in applied(history, post)
        if each.change is not None
        and each.change.kind is ChangeKind.RAISE
        and each.change.policy_id == change.policy_id
        and each.change.threshold_id == change.threshold_id
        and each.change.period == change.period
    ]
    if effect.times is not None:
        require(len(own) < effect.times, f"raised more often than {effect.times} times")
    cooldown = timedelta(seconds=effect.cooldown or 0)
    require(
        all(post.at - each.at >= cooldown for each in own),
        f"raised again within its own cooldown of {cooldown}",
    )
    twice = [e for e in own if e.change and e.change.alert_id == change.alert_id]
    require(not twice, "one firing raised twice")


def applied(history: History, post: Post) -> list[Post]:
    """Give the earlier writes that came into force where the product could see it."""
    return [each for each in history.posts if _was_seen(history, each, post)]


def _was_seen(history: History, earlier: Post, post: Post) -> bool:
    for read in history.good_reads(earlier.call.number):
        if read.number >= post.call.number:
            return False
        if read.before == earlier.wanted:
            return post.at - earlier.at >= timedelta(0)
        if FaultKind.LATE not in earlier.call.faults:
            return False
        if post.at - earlier.at >= _LATE_ARRIVAL:
            return False
    return False
