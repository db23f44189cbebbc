"""What the provider does to the product: time, spend, and answers that are spoiled."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import rule

from service.simulator.faults import Fault
from tests.faults import strategies
from tests.faults.plans import ORGANIZATION
from tests.faults.provider import WORKSPACES
from tests.faults.run import DAY, HOUR, MINUTE, Run, next_month

_SPANS = (MINUTE, 5 * MINUTE, 20 * MINUTE, HOUR, 5 * HOUR, DAY, 4 * DAY)
rarely = st.sampled_from((False, False, False, True))


class SpoiledRun(Run):
    """A run at a provider that misbehaves."""

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
        self._pass(30 * MINUTE)
        self._check()

    @rule(before=st.booleans())
    def turn_month(self, *, before: bool) -> None:
        """Go to the last minutes of the month, or into the first of the next."""
        now = self.world.simulator.clock.now()
        span = next_month(now) - now + (-15 * MINUTE if before else 25 * MINUTE)
        self._pass(max(span, MINUTE))
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

    @rule(back=st.sampled_from((5, 120, 1560, -60)), lasts=rarely)
    def set_clock(self, back: int, *, lasts: bool) -> None:
        """Set the product's clock back, or ahead; mostly somebody mends it."""
        self.world.clock.skew = -timedelta(minutes=back)
        self._check()
        if not lasts:
            self.world.clock.skew = timedelta(0)
            self._check()

    # --- faults ---------------------------------------------------------------

    @rule(fault=strategies.limit_faults, lasts=rarely)
    def spoil_limit(self, fault: Fault, *, lasts: bool) -> None:
        self._spoil(fault, lasts=lasts)

    @rule(
        fault=strategies.usage_faults,
        place=st.sampled_from(("", *WORKSPACES)),
        lasts=rarely,
    )
    def spoil_usage(self, fault: Fault, place: str, *, lasts: bool) -> None:
        self._spoil(self._aimed(fault, place), lasts=lasts)

    @rule(one=strategies.limit_faults, other=strategies.usage_faults, lasts=rarely)
    def spoil_both(self, one: Fault, other: Fault, *, lasts: bool) -> None:
        self._spoil(one, self._aimed(other, ""), lasts=lasts)

    @rule(fault=strategies.workspace_faults, lasts=rarely)
    def spoil_workspaces(self, fault: Fault, *, lasts: bool) -> None:
        self._spoil(fault, lasts=lasts)

    @rule(fault=strategies.set_faults)
    def spoil_writes(self, fault: Fault) -> None:
        self._spoil(fault, lasts=True)

    @rule()
    def heal(self) -> None:
        self.world.simulator.faults.clear()
        self._pass(MINUTE)
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
