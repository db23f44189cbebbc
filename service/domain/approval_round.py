"""What one check makes of all requests for approval: asked, reminded, ended, let go.

Each open request is held against the facts anew. What still waits, or was denied,
wants nothing for now; what is in force goes on as any other wish, and no further than
it was approved.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from service.domain.approval import (
    Approval,
    ApprovalState,
    SupersededBy,
    expire,
    followed,
    is_waiting,
    supersede,
    use,
    wants_reminder,
)
from service.domain.approval_step import ApprovalEdge, ApprovalStep
from service.domain.effect import AskFirst
from service.domain.limit_change import (
    ChangeKind,
    ChangeState,
    LimitChange,
    change_id,
)
from service.domain.limit_ground import Ground, Permit, Wanted
from service.domain.limit_plan import Plan
from service.domain.policy import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What became of the requests, and what may be planned now.

    `asking` needs an approval and has none yet; `wish` is the change that a person
    asked for and another approved: it wins over all that policies want.
    """

    approvals: Mapping[str, Approval]
    steps: tuple[ApprovalStep, ...]
    changes: tuple[LimitChange, ...]
    wanted: tuple[Wanted, ...]
    asking: tuple[tuple[Wanted, AskFirst], ...]
    wish: LimitChange | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What requests are held against: all wishes, the firings, and what has ended.

    `firing` are the ids of all alerts that fire, `watched` those among them that the
    policies in force still look at; `ended` are changes whose end is now known.
    """

    wanted: tuple[Wanted, ...]
    firing: frozenset[str]
    watched: frozenset[str]
    ended: tuple[LimitChange, ...]
    ground: Ground


def hold_round(known: Iterable[Approval], facts: Facts) -> Round:
    """Hold every request against the facts."""
    before = {each.id: each for each in known}
    steps = tuple(
        step for each in before.values() for step in _steps(each, facts) if each.is_open
    )
    after = before | {step.approval.id: step.approval for step in steps}
    free, asking = _split(facts.wanted, after.values())
    changes = _followed(steps, facts.ground)
    return Round(
        approvals=after,
        steps=steps,
        changes=changes,
        wanted=free,
        asking=asking,
        wish=_wish(after.values(), facts.ground),
    )


def _steps(approval: Approval, facts: Facts) -> Iterator[ApprovalStep]:
    """Move one open request by one edge, in the order in which edges matter."""
    now = facts.ground.now
    tries = (each for each in facts.ended if each.approval_id == approval.id)
    used = next(
        (e for e in (use(approval, t, now) for t in tries) if not e.is_open), None
    )
    reason = _overtaken(approval, facts)
    if used is not None:
        yield ApprovalStep(approval=used, edge=ApprovalEdge.USED)
    elif reason is not None:
        ended = supersede(approval, reason, now)
        yield ApprovalStep(approval=ended, edge=ApprovalEdge.SUPERSEDED)
    elif approval.state is ApprovalState.PENDING and now >= approval.expires_at:
        expired = expire(approval, now)
        yield ApprovalStep(approval=expired, edge=ApprovalEdge.EXPIRED)
    elif wants_reminder(approval, now):
        reminded = replace(approval, reminded_at=now)
        yield ApprovalStep(approval=reminded, edge=ApprovalEdge.REMINDED)


def _overtaken(approval: Approval, facts: Facts) -> SupersededBy | None:
    """Say why nothing is left to approve, None while something is."""
    ground, money = facts.ground, approval.after.amount
    if money is not None and money.currency != ground.organization.currency:
        return SupersededBy.CURRENCY_CHANGED
    reason = (
        _wish_overtaken(approval, ground)
        if approval.is_wish
        else _asking_overtaken(approval, facts)
    )
    if reason is None and approval.is_reached(ground.limit):
        return SupersededBy.LIMIT_REACHED
    return reason


def _wish_overtaken(approval: Approval, ground: Ground) -> SupersededBy | None:
    until = approval.override_until
    if until is not None and until <= ground.now:
        return SupersededBy.TOO_LATE
    if any(approval.target > ceiling for ceiling in ground.ceilings):
        return SupersededBy.ABOVE_CEILING
    return None


def _asking_overtaken(approval: Approval, facts: Facts) -> SupersededBy | None:
    if approval.alert_id not in facts.firing:
        return SupersededBy.FIRING_ENDED
    is_asked = any(
        each.alert.id == approval.alert_id and each.kind is approval.kind
        for each in facts.wanted
        if _asks(each)
    )
    # A firing that nobody looked at for want of figures has not ended.
    if approval.alert_id in facts.watched and not is_asked:
        return SupersededBy.POLICY_CHANGED
    return None


def _asks(wanted: Wanted) -> AskFirst | None:
    """Give how a person is asked first; who only observes changes nothing."""
    then = wanted.threshold.then
    if then is None or wanted.policy.mode is not Mode.ENFORCE:
        return None
    return then.asks


def _split(
    wanted: Iterable[Wanted], approvals: Iterable[Approval]
) -> tuple[tuple[Wanted, ...], tuple[tuple[Wanted, AskFirst], ...]]:
    """Give what may be planned now, and what a person is to be asked about."""
    known = tuple(approvals)
    free: list[Wanted] = []
    asking: list[tuple[Wanted, AskFirst]] = []
    for each in wanted:
        asks = _asks(each)
        asked = _standing(each, known)
        if asks is None:
            free.append(each)
        elif asked is None:
            asking.append((each, asks))
        elif asked.is_in_force or asked.state is ApprovalState.USED:
            free.append(replace(each, permit=_permit(asked)))
    return tuple(free), tuple(asking)


def _standing(wanted: Wanted, approvals: Iterable[Approval]) -> Approval | None:
    """Give the one request of a firing; a policy that changed since may ask again."""
    of_firing = (
        each
        for each in approvals
        if each.alert_id == wanted.alert.id
        and each.kind is wanted.kind
        and each.ended_reason != SupersededBy.POLICY_CHANGED
    )
    return next(of_firing, None)


def _permit(approval: Approval) -> Permit:
    return Permit(
        target=approval.target,
        is_lowering=approval.is_lowering,
        is_spent=approval.state is ApprovalState.USED,
    )


def _followed(steps: Iterable[ApprovalStep], ground: Ground) -> tuple[LimitChange, ...]:
    by_id = {each.id: each for each in ground.changes}
    pairs = (
        (by_id[step.approval.change_id], step.approval)
        for step in steps
        if step.approval.change_id in by_id
    )
    after = ((before, followed(before, approval)) for before, approval in pairs)
    return tuple(change for before, change in after if change != before)


def _wish(approvals: Iterable[Approval], ground: Ground) -> LimitChange | None:
    """Give what a person asked for and another approved, as a change to carry out."""
    if ground.limit is None or any(each.is_unsettled for each in ground.changes):
        return None
    approved = next((e for e in approvals if e.is_wish and e.is_in_force), None)
    if approved is None:
        return None
    planned = LimitChange(
        id=change_id(ground.organization.name, approved.id, ground.check_id),
        organization=ground.organization.name,
        kind=ChangeKind.MANUAL,
        state=ChangeState.PLANNED,
        before=ground.limit,
        after=approved.after,
        planned_at=ground.now,
        requested_by=approved.requested_by,
        period=ground.book.month.key,
        note=approved.reason,
        expires_at=approved.override_until,
    )
    return _as_approved(planned, approved, {e.id: e for e in ground.changes})


def with_approval(round_: Round, plan: Plan, ground: Ground) -> tuple[Round, Plan]:
    """Tie the planned change to the request that lets it go ahead, if it needs one."""
    change = plan.change
    if change is None:
        return round_, plan
    approved = next(
        (
            each
            for each in round_.approvals.values()
            if each.is_in_force
            and each.kind is change.kind
            and (change.approval_id or each.id) == each.id
            and each.alert_id == change.alert_id
        ),
        None,
    )
    if approved is None:
        return round_, plan
    known = {each.id: each for each in (*ground.changes, *round_.changes)}
    tied = _as_approved(change, approved, known)
    current = replace(approved, change_id=tied.id)
    others = tuple(each for each in round_.changes if each.id != tied.id)
    approvals = {**round_.approvals, current.id: current}
    return (
        replace(round_, approvals=approvals, changes=others),
        replace(plan, change=tied),
    )


def _as_approved(
    change: LimitChange, approval: Approval, known: Mapping[str, LimitChange]
) -> LimitChange:
    """Give a change as the one that was asked for, or as another try of it."""
    asked = known.get(approval.change_id)
    if asked is None or not is_waiting(asked):
        return replace(change, approval_id=approval.id)
    return replace(
        change,
        id=asked.id,
        state=followed(asked, approval).state,
        planned_at=asked.planned_at,
        approval_id=approval.id,
    )
