"""An organization watched over many checks, as the pipeline would remember them."""

from dataclasses import replace
from datetime import datetime, timedelta

from service.domain.aftermath import Ended, aftermath
from service.domain.alert import Alert, AlertState
from service.domain.approval import Approval, ApprovalState, answer, followed, use
from service.domain.check import Observation, Outcome
from service.domain.decision import Decision, Memory, Told
from service.domain.evaluation import evaluate
from service.domain.guard import Organization
from service.domain.limit_change import ChangeState, LimitChange
from service.domain.notification import EventKind
from service.domain.policy_set import PolicySet
from service.domain.state import OrganizationState
from service.domain.usage import LimitReading, SpendLimit, UsageSnapshot
from tests.builders import NOON, Fields, Number, limit, organization, snapshot


class Watching:
    """Runs check after check; what a check planned is carried out at once."""

    def __init__(
        self,
        policies: PolicySet,
        of: Organization | None = None,
        *,
        start: datetime = NOON,
        is_provider_deaf: bool = False,
    ) -> None:
        self.policies = policies
        self.organization = of or organization()
        self.now = start
        self.is_provider_deaf = is_provider_deaf
        self.limit: SpendLimit = limit(10_000)
        self.decisions: list[Decision] = []
        self.all_told: list[Told] = []
        self.memory = Memory(
            state=OrganizationState(organization=self.organization.name), alerts={}
        )

    def check(
        self,
        spend: Number = 1000,
        *,
        after: timedelta = timedelta(minutes=5),
        **changes: Fields,
    ) -> Decision:
        """Check once more, some minutes later; `changes` go to the snapshot."""
        self.now += after
        seen = replace(self._snapshot(spend), **changes)
        return self.see(seen)

    def see(self, seen: UsageSnapshot) -> Decision:
        decision = evaluate(
            self.policies, self.organization, seen, self.memory, now=self.now
        )
        self.decisions.append(decision)
        self.all_told.extend(decision.told)
        alerts = dict(self.memory.alerts) | {each.key: each for each in decision.alerts}
        self.memory = replace(
            self.memory,
            state=decision.state,
            alerts=alerts,
            changes=self._changes(
                *decision.settled,
                *decision.ends,
                *decision.awaiting,
                *decision.skipped,
            ),
            approvals=self._approvals(*decision.approvals),
            observations=(
                *self.memory.observations,
                Observation(
                    at=self.now,
                    spend=decision.check.spend.amount,
                    limit=decision.check.limit,
                ),
            ),
        )
        if decision.change is not None:
            self._carry_out(decision, decision.change, seen)
        return decision

    def alert(self, threshold_id: str) -> Alert | None:
        """Give the newest alert of a threshold or health kind, of any period."""
        found = [
            each
            for each in self.memory.alerts.values()
            if each.key.threshold_id == threshold_id
        ]
        return max(found, key=lambda each: each.key.period, default=None)

    def state_of(self, threshold_id: str) -> AlertState | None:
        found = self.alert(threshold_id)
        return None if found is None else found.state

    def outcome(self, threshold_id: str) -> Outcome:
        """Give what the last check made of a threshold."""
        decided = self.decisions[-1].check.decisions
        return next(
            each.outcome for each in decided if each.threshold_id == threshold_id
        )

    def told(self, kind: EventKind) -> list[str | None]:
        """Give the threshold (or health kind) of each event of a kind, ever told."""
        return [
            told.event.threshold_id for told in self.all_told if told.event.kind is kind
        ]

    def _snapshot(self, spend: Number) -> UsageSnapshot:
        seen = snapshot(spend, at=self.now)
        assert isinstance(seen.limit, LimitReading)
        return replace(seen, limit=replace(seen.limit, limit=self.limit))

    def _changes(self, *ended: LimitChange) -> tuple[LimitChange, ...]:
        by_id = {each.id: each for each in self.memory.changes}
        return tuple((by_id | {each.id: each for each in ended}).values())

    def _carry_out(
        self, decision: Decision, change: LimitChange, seen: UsageSnapshot
    ) -> None:
        assert isinstance(seen.limit, LimitReading)
        assert change.after is not None
        state = ChangeState.FAILED if self.is_provider_deaf else ChangeState.APPLIED
        if not self.is_provider_deaf:
            self.limit = change.after
        ended = replace(
            change,
            state=state,
            requested_at=self.now,
            settled_at=self.now,
            observed=self.limit,
            reason="not_in_force" if self.is_provider_deaf else "",
        )
        outcome = aftermath(
            Ended(
                change=ended,
                reading=replace(seen.limit, limit=self.limit),
                state=self.memory.state,
                alerts=self.memory.alerts,
                decision=decision,
                default_channels=self.policies.default_channels,
                period_end=decision.book.month.end,
                now=self.now,
                actor="system:scheduler",
            )
        )
        self.all_told.extend(outcome.told)
        self.memory = replace(
            self.memory,
            state=outcome.state,
            alerts=dict(self.memory.alerts)
            | {each.key: each for each in outcome.alerts},
            changes=self._changes(
                *(each for each in (ended, outcome.planned) if each is not None)
            ),
            approvals=self._approvals(*self._used(ended)),
        )

    def _approvals(self, *moved: Approval) -> tuple[Approval, ...]:
        by_id = {each.id: each for each in self.memory.approvals}
        return tuple((by_id | {each.id: each for each in moved}).values())

    def _used(self, ended: LimitChange) -> tuple[Approval, ...]:
        return tuple(
            use(each, ended, self.now)
            for each in self.memory.approvals
            if each.id == ended.approval_id
        )

    def answer(self, *, is_granted: bool = True, actor: str = "key:bob") -> Approval:
        """Approve or deny the one request that waits."""
        (pending,) = (
            each
            for each in self.memory.approvals
            if each.state is ApprovalState.PENDING
        )
        decided = answer(
            pending, is_granted=is_granted, actor=actor, note="", now=self.now
        )
        waiting = (
            followed(each, decided)
            for each in self.memory.changes
            if each.id == decided.change_id
        )
        self.memory = replace(
            self.memory,
            approvals=self._approvals(decided),
            changes=self._changes(*waiting),
        )
        return decided

    @property
    def approval(self) -> Approval:
        """Give the newest request for approval."""
        return self.memory.approvals[-1]
