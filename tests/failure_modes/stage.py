"""What the tests of this folder have in common: acme in the middle of September.

About 1500 of a budget of 2000 EUR and a limit of 4000 are spent by then, and usage
comes in steps of two hours.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from service.bootstrap import validate_policies
from service.domain.alert import Alert, AlertKind
from service.domain.audit import AuditAction
from service.domain.check import Check
from service.domain.limit_change import LimitChange
from service.domain.notification import EventKind
from service.simulator import scenarios
from service.simulator.configuration import SimulatorConfig
from service.simulator.exchange import Route
from service.simulator.faults import Fault, FaultKind
from tests.acceptance.world import World

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
MIDDLE = timedelta(days=15, hours=12)
LIMIT = 4000

POLICY = """
version: 1
policies:
  - id: acme-monthly
    organization: acme
    budget: {{amount: 2000, currency: EUR}}
    mode: enforce
    thresholds:
{thresholds}
"""
HALF = "{id: half, spend: 50%}"
# Wants to raise at once, as soon as the figures are good enough for that.
RAISE = "{id: first, spend: 1, then: {raise_limit: {by: 500}}}"
CAP = "{id: stop, spend: 1, then: {cap_limit: {to: 150%}, approval: none}}"


GUARD = """
version: 1
organizations:
  - {name: acme, api_key: "${ACME_KEY}", currency: EUR}
channels:
  - {name: finops, url: "${FINOPS_URL}", fallback: finops-mail}
  - {name: finops-mail, url: "${FINOPS_URL}"}
default_channels: [finops]
"""
ENVIRONMENT = {"ACME_KEY": "sg_test_key", "FINOPS_URL": "json://127.0.0.1/sg_test"}


class MakeWorld(Protocol):
    """Starts a provider with a sink; the product starts when the test says so."""

    def __call__(
        self, config: SimulatorConfig | None = None, **settings: str
    ) -> World: ...


def policies(*thresholds: str) -> str:
    """Give a policy file with one policy over 2000 EUR a month."""
    lines = "\n".join(f"      - {each}" for each in thresholds)
    return POLICY.format(thresholds=lines)


def errors_in(folder: Path, text: str, guard: str = GUARD) -> str:
    """Give what the loader refuses a policy file for, nothing where it is good."""
    (folder / "guard.yaml").write_text(guard, encoding="utf-8")
    (folder / "policies.yaml").write_text(text, encoding="utf-8")
    found = validate_policies(folder, ENVIRONMENT, require_variables=True)
    return "\n".join(str(each) for each in found if not each.is_warning)


def provider(frame: scenarios.Frame | None = None) -> SimulatorConfig:
    """Give a healthy provider with coarse steps and no months before."""
    config = scenarios.healthy(replace(frame or scenarios.Frame(), history_months=0))
    return replace(config, step=2 * HOUR)


@dataclass(frozen=True)
class Stage:
    """A world with questions a failure asks of it."""

    world: World

    def open(
        self,
        *thresholds: str,
        guardrails: str = "{cooldown: 0s}",
        passed: timedelta = MIDDLE,
        on_drift: str = "adopt",
    ) -> World:
        """Let a part of the month pass, then start the product."""
        self.world.simulator.advance(passed)
        self.world.write(
            policies(*thresholds),
            guardrails=guardrails,
            organization=f"on_drift: {on_drift}",
        )
        self.world.start()
        return self.world

    def fails(self, kind: FaultKind, route: Route | None = None, **how: object) -> None:
        """Switch a fault on that lasts until it is cleared."""
        plain = Fault(kind=kind, route=route, count=None)
        self.world.simulator.faults.add(replace(plain, **how))  # type: ignore[arg-type]  # the fields of a fault, as the test names them

    def heals(self) -> None:
        self.world.simulator.faults.clear()

    def step(self, by: timedelta = HOUR) -> Check:
        return self.world.step(by)

    def steps(self, count: int, by: timedelta = HOUR) -> list[Check]:
        return [self.world.step(by) for _ in range(count)]

    def alert(self, kind: AlertKind) -> Alert:
        """Give the newest alert of a kind."""
        return [each for each in self.world.alerts() if each.kind is kind][-1]

    def firing(self) -> set[str]:
        """Name what fires: health alerts by kind, others by threshold."""
        return {
            each.kind.value if each.is_health else each.key.threshold_id
            for each in self.world.alerts()
            if each.is_open
        }

    def told(self, kind: EventKind = EventKind.FIRED) -> Counter[str]:
        """Count the events of a kind in all messages, by what they are about."""
        return Counter(
            event.threshold_id or str(event.alert_kind or "")
            for each in self.world.notifications()
            for event in each.message.events
            if event.kind is kind
        )

    def only_change(self) -> LimitChange:
        (change,) = self.world.changes()
        return change

    def posts(self) -> int:
        return self.world.simulator.count(Route.SET_SPEND_LIMIT)

    def in_force(self) -> int:
        return self.world.simulator.standing("acme").limit.amount

    def spent(self) -> object:
        return self.world.simulator.spend("acme")

    def recorded(self, action: AuditAction) -> int:
        return sum(each.fact.action is action for each in self.world.audit())
