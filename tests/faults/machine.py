"""The machine: a provider that misbehaves, people who interfere, hostile policies."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from typing_extensions import override

from service.domain.errors import AboveCeiling, ProviderError, RoleTooLow
from service.domain.limit_change import ChangeState, LimitChange
from service.domain.money import Money
from service.domain.notification import Delivery
from service.domain.usage import SpendLimit
from service.pipeline.limits import LimitRequest, set_limit
from service.pipeline.respond import acknowledge, pause, resume
from service.simulator.faults import Fault
from tests.faults import all_clear, bounds, doubt, records, strategies
from tests.faults.observer import Observer
from tests.faults.plans import ORGANIZATION, GuardPlan, Plan
from tests.faults.provider import WORKSPACES, Terms
from tests.faults.tally import Tally
from tests.faults.witness import History, Seen
from tests.faults.world import Workshop, World

_ACTOR = "user:ada"
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_SPANS = (_MINUTE, 5 * _MINUTE, 20 * _MINUTE, _HOUR, 5 * _HOUR, _DAY, 4 * _DAY)
_LIMITS = (0, 1, 900, 1500, 3500, 4000, 7000, 10**6)
_rarely = st.sampled_from((False, False, False, True))
_UNDELIVERED = Delivery(is_delivered=False, error="503")


class Enough(KeyboardInterrupt):
    """All checks are made: nothing but an interruption ends a run between two."""


class Machine(RuleBasedStateMachine):
    """One run: rules disturb, and after each of them the product checks."""

    workshop: ClassVar[Workshop]
    tally: ClassVar[Tally]

    def __init__(self) -> None:
        super().__init__()
        self.tally.runs += 1
        self.history = History()

    @initialize(
        terms=strategies.terms, plan=strategies.plans, ceiling=strategies.ceilings
    )
    def begin(self, terms: Terms, plan: Plan, ceiling: int | None) -> None:
        self.world = World(self.workshop, terms)
        self.observer = Observer(self.world)
        self.world.simulator.advance(timedelta(days=terms.day))
        self.world.start(plan, ceiling)
        self._check()

    # --- time and spend -------------------------------------------------------

    @rule(span=st.sampled_from(_SPANS), rate=st.sampled_from((None, 0, 1, 4, 30, 200)))
    def pass_time(self, span: timedelta, rate: int | None) -> None:
        if rate is not None:
            self.world.taps["large"].rate = rate
        self._pass(span)
        self._check()

    @rule(
        tap=st.sampled_from(("pages", "vibe", "pages", "vibe", "unlisted")),
        rate=st.sampled_from((0.0, 0.0, 1.0, 5.0, 60.0)),
    )
    def turn_tap(self, tap: str, rate: float) -> None:
        self.world.taps[tap].rate = rate
        self._pass(30 * _MINUTE)
        self._check()

    @rule(before=st.booleans())
    def turn_month(self, *, before: bool) -> None:
        """Go to the last minutes of the month, or into the first of the next."""
        now = self.world.simulator.clock.now()
        span = _next_month(now) - now + (-15 * _MINUTE if before else 25 * _MINUTE)
        self._pass(max(span, _MINUTE))
        self._check()

    @rule(share=st.sampled_from(("0.05", "0.3", "1")))
    def refund(self, share: str) -> None:
        self.world.simulator.restate(ORGANIZATION, Decimal(share))
        self._check()

    @rule(times=st.integers(2, 4), span=st.sampled_from(_SPANS[:3]))
    def check_on(self, times: int, span: timedelta) -> None:
        for _ in range(times):
            self._pass(span)
            self._check()

    @rule(back=st.sampled_from((5, 120, 1560, -60)), lasts=_rarely)
    def set_clock(self, back: int, *, lasts: bool) -> None:
        """Set the product's clock back, or ahead; mostly somebody mends it."""
        self.world.clock.skew = -timedelta(minutes=back)
        self._check()
        if not lasts:
            self.world.clock.skew = timedelta(0)
            self._check()

    # --- faults ---------------------------------------------------------------

    @rule(fault=strategies.limit_faults, lasts=_rarely)
    def spoil_limit(self, fault: Fault, *, lasts: bool) -> None:
        self._spoil(fault, lasts=lasts)

    @rule(
        fault=strategies.usage_faults,
        place=st.sampled_from(("", *WORKSPACES)),
        lasts=_rarely,
    )
    def spoil_usage(self, fault: Fault, place: str, *, lasts: bool) -> None:
        self._spoil(self._aimed(fault, place), lasts=lasts)

    @rule(one=strategies.limit_faults, other=strategies.usage_faults, lasts=_rarely)
    def spoil_both(self, one: Fault, other: Fault, *, lasts: bool) -> None:
        self._spoil(one, self._aimed(other, ""), lasts=lasts)

    @rule(fault=strategies.workspace_faults, lasts=_rarely)
    def spoil_workspaces(self, fault: Fault, *, lasts: bool) -> None:
        self._spoil(fault, lasts=lasts)

    @rule(fault=strategies.set_faults)
    def spoil_writes(self, fault: Fault) -> None:
        self._spoil(fault, lasts=True)

    @rule()
    def heal(self) -> None:
        self.world.simulator.faults.clear()
        self._pass(_MINUTE)
        self._check()

    def _aimed(self, fault: Fault, place: str) -> Fault:
        """Give a fault of one request, for those of a check are sent side by side."""
        uuid = ""
        if place:
            uuid = self.world.simulator.workspace_uuid(ORGANIZATION, place)
        month = str(self.world.clock.now().month)
        return replace(fault, where={"workspace_id": uuid, "month": month})

    def _spoil(self, *faults: Fault, lasts: bool) -> None:
        for fault in faults:
            self.world.simulator.faults.add(fault)
        self._check()
        if not lasts:
            self.heal()

    # --- people ---------------------------------------------------------------

    @rule(plan=strategies.plans)
    def write_policies(self, plan: Plan) -> None:
        self.world.load(plan)
        self._check()

    @rule(guard=strategies.guards)
    def write_guard(self, guard: GuardPlan) -> None:
        self.world.load(replace(self.world.plan, guard=guard))
        self._check()

    @rule(
        amount=st.one_of(st.sampled_from(_LIMITS), st.none()),
        hours=st.sampled_from((1, 1, 1, 30, None)),
        may_raise=st.sampled_from((True, True, False)),
    )
    def set_limit(
        self, amount: int | None, hours: int | None, *, may_raise: bool
    ) -> None:
        now = self.world.clock.now()
        wanted = None if amount is None else Money(Decimal(amount), "EUR")
        request = LimitRequest(
            organization=ORGANIZATION,
            wanted=SpendLimit(wanted),
            note="by hand",
            actor=_ACTOR,
            expires_at=None if hours is None else now + hours * _HOUR,
            may_raise=may_raise,
        )
        change: LimitChange | None = None
        with self._breaking_off():
            self.observer.begin()
            with suppress(ProviderError, RoleTooLow, AboveCeiling):
                change = set_limit(self.world.services, request)
            self._hold(self.observer.end(None))
        if change is not None and change.state is ChangeState.APPLIED:
            end = request.expires_at or _next_month(now)
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
        lasts=_rarely,
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

    # --- what every rule comes to -----------------------------------------------

    def _pass(self, span: timedelta) -> None:
        self.world.simulator.advance(span)

    def _pause(self) -> None:
        pause(self.world.services, actor=_ACTOR)
        self.world.wire.is_paused = True

    def _use_console(self, amount: int | None) -> None:
        self.world.simulator.console_sets_limit(
            ORGANIZATION, amount or 0, unlimited=amount is None
        )
        # How long that holds is read off the provider's own history.
        self.history.override_until = None

    def _check(self) -> None:
        with self._breaking_off():
            self.observer.begin()
            check = self.world.check()
            self._hold(self.observer.end(check))

    def _hold(self, seen: Seen) -> None:
        self.tally.count(seen)
        for rules in (bounds, doubt, all_clear, records):
            rules.hold(seen, self.history)
        self.history.add(seen)
        if self.tally.is_enough:
            raise Enough

    @contextmanager
    def _breaking_off(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if not self.tally.break_off(type(error)):
                reject()  # another end than the one that fewer steps are sought for
            raise

    @override
    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.tally.faults.update(self.world.wire.used)
            self.tally.exempt += self.history.exempt
            with self._breaking_off():
                records.hold_chains(self.world.services)
            self.world.close()


def _next_month(at: datetime) -> datetime:
    later = at.replace(day=1) + 32 * _DAY
    return later.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
