"""Whatever happens: nothing without an approval, twice, or further than approved."""

from dataclasses import dataclass, replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.approval import Approval, ApprovalState, expire
from service.domain.effect import OnExpiry
from service.domain.limit_change import ChangeState
from tests.builders import (
    Fields,
    asking,
    capping,
    failure,
    limit,
    organization,
    policy,
    policy_set,
    raising,
    setting,
    threshold,
)
from tests.unit.domain.watching import Watching

EFFECTS = (capping(4000), capping("spend + 5%"), setting(7000), raising(1500))
ACTS = st.sampled_from(
    ["approve"] * 4 + ["console"] * 4 + ["check", "deny", "pause", "blind", "deaf"]
)


@dataclass(frozen=True)
class Act:
    """One thing that happens, some minutes after the one before."""

    what: str
    spend: int
    standing: int
    minutes: int


acts = st.builds(
    Act,
    what=ACTS,
    # It never falls by a tenth, which would not be believed at once.
    spend=st.integers(3000, 3290),
    standing=st.integers(3300, 15_000) | st.integers(10_001, 11_400),
    minutes=st.integers(5, 90),
)


def act(watched: Watching, what: Act) -> None:
    """Let one thing happen, then check."""
    pending = any(
        each.state is ApprovalState.PENDING and watched.now < each.expires_at
        for each in watched.memory.approvals
    )
    if what.what in {"approve", "deny"} and pending:
        watched.answer(is_granted=what.what == "approve")
    if what.what == "console":
        # As after an override has ended: the limit stands elsewhere, and is ours.
        watched.limit = limit(what.standing)
        state = replace(watched.memory.state, reference=watched.limit)
        watched.memory = replace(watched.memory, state=state)
    watched.memory = replace(watched.memory, is_paused=what.what == "pause")
    watched.is_provider_deaf = what.what == "deaf"
    unread: Fields = {"limit": failure()} if what.what == "blind" else {}
    watched.check(what.spend, after=timedelta(minutes=what.minutes), **unread)


def was_let_go(approval: Approval) -> bool:
    """Say whether a person approved it, or the policy took silence for a yes."""
    if approval.decided_by is not None:
        return approval.state is not ApprovalState.DENIED
    return expire(approval, approval.expires_at).is_in_force


@settings(max_examples=60, deadline=None)
@given(
    effect=st.sampled_from(EFFECTS),
    on_expiry=st.sampled_from(list(OnExpiry)),
    happenings=st.lists(acts, min_size=3, max_size=12),
)
def test_nothing_is_carried_out_unapproved_twice_or_further_than_approved(
    effect: Fields, on_expiry: OnExpiry, happenings: list[Act]
) -> None:
    then = asking(effect, expires="2h", on_expiry=on_expiry.value)
    asks = threshold(id="stop", spend="50%", then=then)
    guardrails = {"cooldown": "0s", "max_limit": 18_000, "min_limit": 100}
    watched = Watching(policy_set(policy(asks)), organization(guardrails=guardrails))
    watched.check(1000)
    watched.check(3290)

    for each in happenings:
        act(watched, each)

    by_id = {each.id: each for each in watched.memory.approvals}
    tried = [each for each in watched.memory.changes if each.requested_at is not None]
    for change in tried:
        asked = by_id[change.approval_id or ""]
        assert was_let_go(asked)
        assert change.after is not None
        assert change.after.amount is not None
        target = change.after.amount.amount
        assert target >= asked.target if asked.is_lowering else target <= asked.target
    applied = [each.approval_id for each in tried if each.state is ChangeState.APPLIED]
    assert len(applied) == len(set(applied))
    firings = [each.alert_id for each in by_id.values()]
    assert len(firings) == len(set(firings))
