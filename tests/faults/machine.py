"""The machine: a provider that misbehaves, people who interfere, hostile policies."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from service.domain.errors import (
    AboveCeiling,
    AlreadyDecided,
    ApprovalExpired,
    BelowSpend,
    Conflict,
    ProviderError,
    RoleTooLow,
)
from service.domain.limit_change import ChangeState, LimitChange
from service.domain.money import Money
from service.domain.notification import Delivery
from service.domain.usage import SpendLimit
from service.pipeline.approvals import Verdict, decide_approval
from service.pipeline.drift import adopt_drift, revert_drift
from service.pipeline.limits import LimitRequest, set_limit
from service.pipeline.respond import acknowledge, pause, resume
from tests.faults import strategies
from tests.faults.plans import (
    ORGANIZATION,
    EffectPlan,
    GuardPlan,
    Plan,
    PolicyPlan,
    Quantity,
    ScopePlan,
    ThresholdPlan,
)
from tests.faults.run import HOUR, MINUTE, next_month
from tests.faults.spoiling import SpoiledRun, rarely

_ACTOR, _OTHER = "user:ada", "user:ben"
_LIMITS = (0, 1, 900, 1500, 3500, 4000, 7000, 10**6)
_UNDELIVERED = Delivery(is_delivered=False, error="503")


class Machine(SpoiledRun):
    """A run in which people and hostile policies have their say as well."""

    def __init__(self) -> None:
        super().__init__()
        self.wishes = 0

    # --- people ---------------------------------------------------------------

    @rule(plan=strategies.plans)
    def write_policies(self, plan: Plan) -> None:
        self.world.load(plan)
        self._check()

    @rule(effect=strategies.effects, budget=strategies.budgets)
    def want(self, effect: EffectPlan, budget: Decimal) -> None:
        """Fire once more, with an effect nobody has seen before."""
        self._want(effect, budget)

    @rule(raise_=strategies.raises, budget=strategies.budgets)
    def want_more(self, raise_: EffectPlan, budget: Decimal) -> None:
        """Want another raise, and soon after one more of the same."""
        for _ in range(2):
            self._want(raise_, budget)

    @rule(guard=strategies.guards)
    def write_guard(self, guard: GuardPlan) -> None:
        self.world.load(replace(self.world.plan, guard=guard))
        self._check()

    @rule(
        amount=st.one_of(st.sampled_from(_LIMITS), st.none()),
        hours=st.sampled_from((1, 1, 1, 30, None)),
        may_raise=st.sampled_from((True, True, False)),
        insists=st.booleans(),
    )
    def set_limit(
        self, amount: int | None, hours: int | None, *, may_raise: bool, insists: bool
    ) -> None:
        now = self.world.clock.now()
        wanted = None if amount is None else Money(Decimal(amount), "EUR")
        request = LimitRequest(
            organization=ORGANIZATION,
            wanted=SpendLimit(wanted),
            note="by hand",
            actor=_ACTOR,
            expires_at=None if hours is None else now + hours * HOUR,
            may_raise=may_raise,
            below_spend=insists,
        )
        change: LimitChange | None = None
        with self._breaking_off():
            self.observer.begin()
            self.history.insists = insists
            with suppress(ProviderError, RoleTooLow, AboveCeiling, BelowSpend):
                change = set_limit(self.world.services, request)
            self._hold(self.observer.end(None))
        if change is not None and change.state is ChangeState.APPLIED:
            end = request.expires_at or next_month(now)
            self.history.override_until = end

    @rule(
        amount=st.one_of(st.sampled_from(_LIMITS), st.none()),
        reads=st.one_of(st.none(), st.integers(0, 3)),
        is_over=st.booleans(),
    )
    def use_console(
        self, amount: int | None, reads: int | None, *, is_over: bool
    ) -> None:
        """Move the limit at the provider, now or while the product checks."""
        if reads is None:
            self._use_console(amount)
        else:
            self.world.wire.interrupt(reads, lambda: self._use_console(amount))
        self._check()
        if is_over:
            # What a person chose holds until the month's end.
            self.turn_month(before=False)

    @rule(
        reads=st.one_of(st.none(), st.integers(0, 2)),
        lasts=rarely,
    )
    def pause(self, reads: int | None, *, lasts: bool) -> None:
        """Stop all automatic changes, now or while the product checks."""
        if reads is None:
            self._pause()
        else:
            self.world.wire.interrupt(reads, self._pause)
        self._check()
        if not lasts:
            self.resume()

    @rule()
    def resume(self) -> None:
        resume(self.world.services, actor=_ACTOR)
        self.world.wire.is_paused = False
        self.history.rejected = 0
        self._check()

    @precondition(lambda self: any(a.is_open for a in self.history.alerts.values()))
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        found = [each.id for each in self.history.alerts.values() if each.is_open]
        chosen = data.draw(st.sampled_from(found))
        acknowledge(self.world.services, actor=_ACTOR, alert_id=chosen)

    @precondition(lambda self: self.history.pending)
    @rule(data=st.data(), is_granted=st.sampled_from((True, True, False)))
    def answer(self, data: st.DataObject, *, is_granted: bool) -> None:
        """Say yes or no to what a policy asks a person."""
        chosen = data.draw(st.sampled_from(self.history.pending))
        verdict = Verdict(
            approval_id=chosen, is_granted=is_granted, actor=_OTHER, may_raise=True
        )
        if is_granted:
            self.history.granted.add(chosen)
        queries = self.world.services.queries
        with self._breaking_off():
            self.observer.begin()
            before = queries.last_check(ORGANIZATION)
            with suppress(ApprovalExpired, AlreadyDecided):
                decide_approval(self.world.services, verdict)
            after = queries.last_check(ORGANIZATION)
            self._hold(self.observer.end(None if after == before else after))

    @rule(is_kept=st.booleans())
    def decide_drift(self, *, is_kept: bool) -> None:
        """Keep what was moved outside, or put it back."""
        services, now = self.world.services, self.world.clock.now()
        with self._breaking_off():
            self.observer.begin()
            with suppress(Conflict, ProviderError, AboveCeiling):
                if is_kept:
                    adopt_drift(services, actor=_ACTOR, organization=ORGANIZATION)
                    self.history.override_until = next_month(now)
                else:
                    self.history.override_until = None
                    revert_drift(services, actor=_ACTOR, organization=ORGANIZATION)
            self._hold(self.observer.end(None))

    @rule(ceiling=strategies.ceilings)
    def restart(self, ceiling: int | None) -> None:
        self.world.start(self.world.plan, ceiling)
        self._check()

    @rule(is_up=st.booleans())
    def deliver(self, *, is_up: bool) -> None:
        self.world.channel.standing = Delivery(is_delivered=True)
        if not is_up:
            self.world.channel.standing = _UNDELIVERED
        self.world.deliver()

    def _want(self, effect: EffectPlan, budget: Decimal) -> None:
        self.wishes += 1
        wish = PolicyPlan(
            id="wish",
            scope=ScopePlan(),
            budget=budget,
            period="month",
            enforce=True,
            thresholds=(
                ThresholdPlan(
                    id=f"t{self.wishes}",
                    watch="spend",
                    at=Quantity(Decimal(0)),
                    effect=effect,
                ),
            ),
        )
        others = [each for each in self.world.plan.policies if each.id != wish.id]
        self.world.load(replace(self.world.plan, policies=(*others, wish)))
        self._pass(MINUTE)
        self._check()

    def _pause(self) -> None:
        pause(self.world.services, actor=_ACTOR)
        self.world.wire.is_paused = True

    def _use_console(self, amount: int | None) -> None:
        self.world.simulator.console_sets_limit(
            ORGANIZATION, amount or 0, unlimited=amount is None
        )
        # How long that holds is read off the provider's own history.
        self.history.override_until = None
