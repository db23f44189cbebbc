"""Never above a ceiling, a count or a sum, never within a cooldown, once per check."""

import math
from datetime import datetime, timedelta
from decimal import Decimal

from service.domain.limit_change import ChangeKind
from service.simulator.exchange import Route
from service.simulator.faults import FaultKind
from service.simulator.limit import Limit
from tests.faults.effects import DAY, applied, hold_effect
from tests.faults.witness import History, Post, Seen, require

_REJECTIONS = 3
# What the guardrails count; a baseline and a revert only come back.
_BOUNDED = frozenset({ChangeKind.RAISE, ChangeKind.SET})
_HELD_BY_DRIFT = frozenset({ChangeKind.EXPIRY, ChangeKind.RESTORE})


def hold(seen: Seen, history: History) -> None:
    """Hold the writes of a check, or of a person, against all that bounds them."""
    require(len(seen.posts) <= 1, f"{len(seen.posts)} writes in one go")
    for post in seen.posts:
        _hold_read(seen, post)
        _hold_ceilings(post)
        if post.is_automatic:
            _hold_guardrails(post)
            _hold_person(seen, history, post)
            hold_effect(seen, history, post)
            if post.is_raise and post.kind in _BOUNDED:
                _hold_raise(seen, history, post)
    _remember(seen, history)


def _hold_read(seen: Seen, post: Post) -> None:
    """The limit is read right before each write, apart from the snapshot (§5)."""
    reads = [
        call
        for call in seen.calls
        if call.route is Route.SPEND_LIMIT and call.number < post.call.number
    ]
    require(reads and reads[-1].is_answered, "written without a read before it")
    require(not reads[-1].is_collecting, "written on the snapshot's own reading")


def _hold_ceilings(post: Post) -> None:
    ceilings = [
        each for each in (post.plan.guard.max_limit, post.ceiling) if each is not None
    ]
    if post.is_unlimited:
        require(not post.is_automatic, "unlimited, and no person asked for it")
        require(not ceilings, "unlimited, above every ceiling")
        return
    for each in ceilings:
        require(post.amount <= each, f"{post.amount} is above the ceiling {each}")


def _hold_guardrails(post: Post) -> None:
    lowest = post.plan.guard.min_limit or 0
    require(post.amount >= lowest, f"{post.amount} is below min_limit {lowest}")


def _hold_person(seen: Seen, history: History, post: Post) -> None:
    """What a person stopped or chose stands."""
    require(not post.call.is_paused, "paused, and the limit was changed")
    if _is_the_consoles(seen, history, post):
        how = post.plan.guard.on_drift
        is_put_back = post.kind is ChangeKind.REVERT and how == "revert"
        is_cap = not post.is_raise and post.kind not in _HELD_BY_DRIFT
        require(
            is_put_back or (is_cap and how != "adopt"),
            f"a {post.kind} overwrote the console's limit, on_drift: {how}",
        )
    until = history.override_until
    require(
        until is None or post.at >= until,
        f"a person's limit holds until {until}, and it was changed at {post.at}",
    )
    require(history.rejected < _REJECTIONS, "the circuit should be open")


def _is_the_consoles(seen: Seen, history: History, post: Post) -> bool:
    """Say whether a write undid this month's choice of a person at the provider.

    Not where that came between the last read and the write, nor where it was no change
    to what the product had seen or asked for.
    """
    moves = [each for each in seen.moves if each.at <= post.call.at]
    if post.call.before != post.call.after and moves[-1].after == post.call.after:
        moves.pop()
    if not moves or not moves[-1].actor.startswith("human") or seen.is_off_calendar:
        return False
    reads = [each for each in seen.calls if each.route is Route.SPEND_LIMIT]
    before = [each for each in reads if each.number < post.call.number]
    if before[-1].before != post.call.before:
        return False
    known = [e.before for e in history.good_reads(-1) if e.at < moves[-1].at]
    asked = [each.wanted for each in history.posts]
    return (
        bool(known)
        and post.call.before not in {known[-1], *asked}
        and _month(moves[-1].at) == _month(post.at)
    )


def _is_restore(post: Post) -> bool:
    return post.kind is ChangeKind.RESTORE


def _hold_raise(seen: Seen, history: History, post: Post) -> None:
    """The bounds of all automatic raises together (F14), and of what caps (§5)."""
    guard = post.plan.guard
    raises = [
        each
        for each in applied(history, post)
        if each.is_automatic and each.is_raise and each.kind in _BOUNDED
    ]
    today = [each for each in raises if post.at - each.at < DAY]
    require(
        len(today) < guard.changes_per_day,
        f"raise {len(today) + 1} within a day, {guard.changes_per_day} allowed",
    )
    cooldown = timedelta(seconds=guard.cooldown)
    require(
        all(post.at - each.at >= cooldown for each in raises),
        f"raised again within the cooldown of {cooldown}",
    )
    _hold_sum(history, post)
    for highest in _caps(seen):
        require(post.amount <= highest, f"raised to {post.amount} past a cap {highest}")


def _hold_sum(history: History, post: Post) -> None:
    most, bases = post.plan.guard.raise_per_period, history.bases.get(_month(post.at))
    if most is None or not bases or any(each.unlimited for each in bases):
        return
    highest = max(each.amount for each in bases) + most
    require(post.amount <= highest, f"{post.amount}: a month's raises end at {highest}")


def _caps(seen: Seen) -> list[int]:
    """Give where firing caps hold the limit; none is known while figures are bad."""
    found = []
    firing = {
        (each.key.policy_id, each.key.threshold_id)
        for each in seen.alerts
        if each.is_open and each.key.period == _month(seen.at)
    }
    for policy in seen.plan.policies:
        for threshold in policy.thresholds:
            effect = threshold.effect
            is_firing = (policy.id, threshold.id) in firing and policy.enforce
            # One that a person has not approved holds nothing yet.
            is_cap = effect is not None and effect.kind == "cap_limit"
            if effect is not None and is_cap and effect.asks is None and is_firing:
                target = effect.by.of(policy.budget, seen.total)
                least = Decimal(0) if effect.below_spend else seen.total
                found.append(math.ceil(max(target, least)) + 1)
    return found


def _remember(seen: Seen, history: History) -> None:
    _remember_bases(seen, history)
    for post in seen.posts:
        if not post.is_automatic:
            continue
        is_no = post.call.before == post.call.after and (
            400 <= post.call.status < 500 or FaultKind.IGNORED in post.call.faults
        )
        history.rejected = history.rejected + 1 if is_no else 0
    if any(post.call.after == post.wanted for post in seen.posts):
        history.rejected = 0


def _remember_bases(seen: Seen, history: History) -> None:
    """Keep the limits a month may have started with, until a check has seen it."""
    month = _month(seen.at)
    bases = history.bases.setdefault(month, [])
    if month not in history.based:
        bases.extend((seen.limit, seen.limit_after))
    for post in seen.posts:
        if _is_restore(post):
            bases.append(Limit(amount=post.amount))
    if seen.check is not None and seen.check.spend.amount is not None:
        history.based.add(month)


def _month(at: datetime) -> str:
    return f"{at:%Y-%m}"
