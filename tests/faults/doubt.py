"""Doubt stops what it has to stop: no limit is moved on a figure that may be wrong."""

from datetime import timedelta
from decimal import Decimal

from service.domain.limit_change import ChangeKind
from service.domain.usage import FigureState
from service.simulator.exchange import Route
from tests.faults.all_clear import margin
from tests.faults.plans import PolicyPlan, ScopePlan
from tests.faults.witness import EVIDENT, LYING, History, Post, Seen, Trust, require

# Below this much money a lie is as small as what rounding may do.
_MATERIAL = Decimal(30)
_WHOLE = PolicyPlan("", ScopePlan(), Decimal(0), "month", enforce=True, thresholds=())


def hold(seen: Seen, history: History) -> None:
    """Hold the automatic writes of a check against what could be known then."""
    month = f"{seen.at:%Y-%m}"
    if seen.sources[0] is Trust.LIE:
        history.lied_in.add(month)
    for post in seen.posts:
        if post.is_automatic:
            _hold_words(seen, post)
            if not seen.is_off_calendar:
                _hold_turn(seen, history)
                _hold_sources(seen, post)
                _hold_spend(seen, post)
        elif post.kind is ChangeKind.MANUAL and not history.insists:
            _hold_person(seen, post)


def _hold_person(seen: Seen, post: Post) -> None:
    """A person lowers below the spend only by insisting on it."""
    reads = [each for each in seen.calls if each.route is Route.SPEND_LIMIT]
    is_told = (
        not any(each.faults & LYING for each in reads)
        and all(each.is_answered and not each.faults & EVIDENT for each in reads)
        and seen.is_rolled
        and not seen.is_off_calendar
    )
    before = post.call.before
    is_lowering = before.unlimited or post.amount < before.amount
    is_fine = post.is_unlimited or not is_lowering or post.amount >= seen.total - 1
    require(is_fine or not is_told, f"{post.amount}, and {seen.total} are spent")


def _hold_words(seen: Seen, post: Post) -> None:
    state = None if seen.check is None else seen.check.spend.state
    require(state is not FigureState.UNKNOWN, "an unknown figure moved the limit")
    if post.is_raise or post.kind is ChangeKind.EXPIRY:
        require(state is FigureState.KNOWN, f"a {state} figure led to a {post.kind}")


def _hold_turn(seen: Seen, history: History) -> None:
    """No write on last month's total.

    But a month that cost next to nothing can turn without anybody noticing, and a total
    that fell has rolled (§4.6): also where a lie, or a refund that was not believed
    before the month ended, made it fall.
    """
    before = seen.month_start - timedelta(days=1)
    believed = history.believed.get(f"{before:%Y-%m}")
    is_turned = (
        seen.is_rolled
        or seen.last_month < _MATERIAL
        or f"{seen.at:%Y-%m}" in history.lied_in
        or (believed is not None and seen.last_month < believed * Decimal("0.95"))
    )
    require(is_turned, "the total was last month's")


def _hold_sources(seen: Seen, post: Post) -> None:
    """No raise unless both sources were good and agreed; no cap without any."""
    trusts = set(seen.sources)
    require(Trust.EVIDENT not in trusts or len(trusts) > 1, "both sources failed")
    if not post.is_raise or trusts == {Trust.LIE}:
        return
    require(Trust.EVIDENT not in trusts, f"one source failed: {seen.sources}")
    if Trust.LIE in trusts:
        share = seen.total * Decimal("0.4")
        slack = seen.plan.guard.known_gap + seen.total * seen.plan.guard.tolerance / 100
        is_plain = seen.is_lied_plainly and share > slack + _MATERIAL
        require(not is_plain, f"the sources were far apart: {seen.sources}")
        return
    require(not seen.has_unlisted, "something used has no price")
    gap = max(
        Decimal(seen.plan.guard.known_gap),
        seen.total * seen.plan.guard.tolerance / 100,
        Decimal(1),
    )
    require(seen.storage <= gap + 1, "the rows do not explain the total")


def _hold_spend(seen: Seen, post: Post) -> None:
    """Nothing ends below the spend that did not have to."""
    effect = None
    if post.change is not None and post.kind is ChangeKind.CAP:
        found = post.plan.find(post.change.policy_id, post.change.threshold_id)
        effect = None if found is None else found[1].effect
    trusts = set(seen.sources)
    if trusts == {Trust.LIE}:
        return
    if effect is not None and effect.below_spend and trusts == {Trust.HONEST}:
        return
    least = min(seen.total, seen.total_after) - margin(seen, _WHOLE)
    require(
        post.amount >= least or post.is_raise,
        f"the limit was set to {post.amount}, and {seen.total} were spent",
    )
