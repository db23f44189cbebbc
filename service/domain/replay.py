"""The past under any policies: what each observation would have come to.

The very function that decides live is run over a series of observations. What storage
would keep is kept in memory, and each planned change of the limit is taken as applied
at once, so that what comes after sees the new limit.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from service.domain.aftermath import Aftermath, Ended, aftermath
from service.domain.alert import Alert
from service.domain.approval import Approval, ApprovalState, answer, followed, use
from service.domain.approval_step import ApprovalEdge, ApprovalStep
from service.domain.approval_telling import tell_approvals
from service.domain.audit import SCHEDULER
from service.domain.check import Check, UsageMonth
from service.domain.decision import Decision, Memory, Told
from service.domain.errors import NotFound
from service.domain.evaluation import evaluate
from service.domain.guard import Organization
from service.domain.limit_change import ChangeState, LimitChange
from service.domain.period import month_of
from service.domain.policy_set import PolicySet
from service.domain.replay_memory import ReplayMemory
from service.domain.settlement import settle
from service.domain.state import OrganizationState
from service.domain.usage import Failure, LimitReading, SpendLimit, UsageSnapshot

_NOT_READ = Failure(reason="not_read", detail="no check was under way")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One evaluated observation, and what came of it.

    `check` is the check as it would be kept; `alerts` are those that moved, as they
    then stood, `changes` the limit changes that began, ended or were skipped, and
    `told` every event that some channel is told, in order.
    """

    at: datetime
    decision: Decision
    check: Check
    change: LimitChange | None
    alerts: tuple[Alert, ...]
    changes: tuple[LimitChange, ...]
    told: tuple[Told, ...]


def nothing_known(organization: str) -> Memory:
    """Give what is known before the first check."""
    return Memory(state=OrganizationState(organization=organization), alerts={})


class Replay:
    """One organization under one policy set, observation by observation.

    The limit is the replay's own: it begins as observed and moves by the replay's
    changes, and by observed ones of which nobody said that the live service made them
    (`foresee`). `past` are months before the first observation; the months that are
    replayed are remembered. Silences are not known here: everything is told.
    """

    def __init__(
        self,
        policies: PolicySet,
        organization: Organization,
        *,
        memory: Memory | None = None,
        past: Iterable[UsageMonth] = (),
    ) -> None:
        self._policies = policies
        self._organization = organization
        self._name = organization.name
        self._kept = ReplayMemory(
            memory or nothing_known(self._name),
            organization,
            policies.of(self._name),
        )
        for month in past:
            self._kept.learn(month)
        # As observed last, or known to be observed next; and as it would stand.
        self._observed: SpendLimit | None = None
        self._limit: SpendLimit | None = None

    @property
    def memory(self) -> ReplayMemory:
        """Give what is remembered by now."""
        return self._kept

    @property
    def limit(self) -> SpendLimit | None:
        """Give where the limit would stand, None before it was first observed."""
        return self._limit

    def step(self, snapshot: UsageSnapshot) -> Moment:
        """Check at the moment of a snapshot, and carry out what is decided."""
        now = snapshot.captured_at
        seen = replace(snapshot, limit=self._own_limit(snapshot.limit))
        memory = self._kept.as_of(now)
        decision = evaluate(self._policies, self._organization, seen, memory, now=now)
        self._record(decision)
        after, change = self._carry_out(decision, seen.limit)
        check = (after.check if after is not None else None) or decision.check
        self._kept.observe(check)
        return Moment(
            at=now,
            decision=decision,
            check=check,
            change=change,
            alerts=(*decision.alerts, *(() if after is None else after.alerts)),
            changes=tuple(_changes(decision, change, after)),
            told=_told(decision, change, after),
        )

    def _own_limit(self, reading: LimitReading | Failure) -> LimitReading | Failure:
        """Give a reading with the limit as it would stand here."""
        if isinstance(reading, Failure) or reading.limit is None:
            return reading
        if reading.limit != self._observed:
            self._observed = self._limit = reading.limit
        if self._limit is None or self._limit == reading.limit:
            return reading
        own, total = self._limit.amount, reading.total
        is_reached = own is not None and total is not None and total >= own.amount
        return replace(reading, limit=self._limit, is_reached=is_reached)

    def _record(self, decision: Decision) -> None:
        kept = self._kept
        kept.state = decision.state
        for alert in decision.alerts:
            kept.save_alert(alert)
        for change in (
            *decision.settled,
            *decision.ends,
            *decision.awaiting,
            *decision.skipped,
        ):
            kept.save_change(change)
        for approval in decision.approvals:
            kept.save_approval(approval)
        for month in decision.usage:
            kept.save_usage(month)
        kept.save_samples(decision.samples)

    def _carry_out(
        self, decision: Decision, reading: LimitReading | Failure
    ) -> tuple[Aftermath | None, LimitChange | None]:
        """Take the planned change, if any, as in force at once."""
        planned, now = decision.change, decision.at
        if planned is None or isinstance(reading, Failure):
            return None, None
        requested = replace(planned, state=ChangeState.REQUESTED, requested_at=now)
        applied = settle(requested, planned.after, now)
        self._limit = applied.after
        after = self._conclude(
            applied,
            replace(reading, limit=applied.after),
            decision=decision,
            actor=SCHEDULER,
        )
        return after, applied

    def _conclude(
        self,
        change: LimitChange,
        reading: LimitReading | Failure,
        *,
        decision: Decision | None,
        actor: str,
    ) -> Aftermath:
        kept, now = self._kept, change.settled_at or change.planned_at
        # As a live change is, it is planned before it is held against all others.
        kept.save_change(change)
        outcome = aftermath(
            Ended(
                change=change,
                reading=reading,
                state=kept.state,
                alerts=kept.alerts(now),
                decision=decision,
                default_channels=self._policies.default_channels,
                period_end=month_of(now).end,
                now=now,
                actor=actor,
                on_drift=self._organization.on_drift,
                changes=kept.changes(now),
            )
        )
        kept.state = outcome.state
        for alert in outcome.alerts:
            kept.save_alert(alert)
        if outcome.planned is not None:
            kept.save_change(outcome.planned)
        approval = kept.approval(change.approval_id or "")
        if approval is not None:
            kept.save_approval(use(approval, change, now))
        return outcome

    def foresee(self, limit: SpendLimit) -> None:
        """Say that the limit will be observed so, and that it is not news.

        The live service moved it; here it stays where the replay has it.
        """
        self._observed = limit

    def changed_by_person(self, change: LimitChange) -> tuple[Told, ...]:
        """Take a limit that a person set as set here too; give what is told of it.

        `change` is as it was applied live: from here on its limit is in force.
        """
        before = change.before if self._limit is None else self._limit
        own = replace(change, before=before)
        self._observed = self._limit = change.after
        after = self._conclude(own, _NOT_READ, decision=None, actor=change.requested_by)
        return _heard(after.told)

    def answer(
        self,
        approval_id: str,
        *,
        is_granted: bool,
        actor: str,
        now: datetime,
        note: str = "",
    ) -> tuple[Told, ...]:
        """Approve or deny as a person; give what is told of it.

        What follows from a yes is done by the next `step`; live, a check follows at
        once. Raises `NotFound`, and what `approval.answer` raises.
        """
        known = self._kept.approval(approval_id)
        if known is None:
            raise NotFound(f"no approval has the id {approval_id!r}")
        decided = answer(known, is_granted=is_granted, actor=actor, note=note, now=now)
        self._kept.save_approval(decided)
        changes = self._kept.changes(now)
        for change in [each for each in changes if each.id == decided.change_id]:
            self._kept.save_change(followed(change, decided))
        edge = ApprovalEdge.GRANTED if is_granted else ApprovalEdge.DENIED
        channels = frozenset(each.name for each in self._policies.guard.channels)
        default = self._policies.default_channels
        steps = (ApprovalStep(approval=decided, edge=edge),)
        return _heard(tell_approvals(steps, channels, default))

    def acknowledge(self, alert_id: str, *, actor: str, now: datetime) -> None:
        """Say that a person has seen an alert; raise `NotFound`."""
        known = self._kept.alert(alert_id)
        if known is None:
            raise NotFound(f"no alert has the id {alert_id!r}")
        seen = replace(known, acknowledged_by=actor, acknowledged_at=now)
        self._kept.save_alert(seen)

    def learn(self, month: UsageMonth) -> None:
        """Take a month before the present one as read on purpose."""
        self._kept.learn(month)

    def pause(self, *, is_paused: bool) -> None:
        """Stop or allow automatic changes."""
        self._kept.is_paused = is_paused

    def pending_approvals(self) -> tuple[Approval, ...]:
        """Give the requests that a person may still answer, the oldest first."""
        known = self._kept.approvals()
        return tuple(each for each in known if each.state is ApprovalState.PENDING)


def _changes(
    decision: Decision, change: LimitChange | None, after: Aftermath | None
) -> Iterable[LimitChange]:
    yield from decision.settled
    yield from decision.ends
    yield from (e for e in decision.awaiting if change is None or e.id != change.id)
    yield from decision.skipped
    if change is not None:
        yield change
    if after is not None and after.planned is not None:
        yield after.planned


def _told(
    decision: Decision, change: LimitChange | None, after: Aftermath | None
) -> tuple[Told, ...]:
    """Leave out what was planned where it is told how it ended, as messages do."""
    planned = (
        each
        for each in decision.told
        if change is None
        or not each.event.is_planned
        or each.event.change_id != change.id
    )
    return _heard((*planned, *(() if after is None else after.told)))


def _heard(told: Iterable[Told]) -> tuple[Told, ...]:
    return tuple(each for each in told if each.channels)
