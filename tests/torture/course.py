"""Months made of crossings, and what must be true after each, however often one dies.

A month begins at the baseline. Seven times spend passes a step and comes near the
limit, which is raised and then no longer near: one alert stays, one resolves. Then a
cap brings the limit down; then the month turns, and the baseline is restored.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tests.torture.ledger import Firing
from tests.torture.taps import ORGANIZATIONS

BASELINE = 3000
_RAISE = 600
_RAISES = 7
_CAP_AT, _CAP = 6500, 6800
_START = datetime(2026, 9, 1, 1, tzinfo=UTC)
_BETWEEN = timedelta(days=3)
# Past 85 % of the limit, and below 95 % of that once it has been raised.
_NEAR_PERCENT = 86
_POLICY = "{name}-monthly"
_NEAR, _STOP = "near-limit", "stop"

_THRESHOLDS = f"""\
      - {{id: {_NEAR}, limit: 85%}}
      - id: {_STOP}
        spend: {_CAP_AT}
        severity: critical
        notify: [finops, finops-mail]
        then: {{cap_limit: {{to: {_CAP}}}, approval: none}}
"""


def _spend_at(step: int) -> int:
    """Give the spend of the nth crossing of a month, from 1."""
    return (BASELINE + _RAISE * (step - 1)) * _NEAR_PERCENT // 100


def policies() -> str:
    """Write the policies: a raise at each step, a cap, and who is to be told."""
    steps = "".join(
        f"      - {{id: step-{step}, spend: {_spend_at(step)}, severity: info,"
        f" notify: [finops-mail, finops], then: {{raise_limit: {{by: {_RAISE}}}}}}}\n"
        for step in range(1, _RAISES + 1)
    )
    lines = ["version: 1", "policies:"]
    for name in ORGANIZATIONS:
        lines += [
            f"  - id: {_POLICY.format(name=name)}",
            f"    organization: {name}",
            "    budget: {amount: 10000, currency: EUR}",
            "    mode: enforce",
            "    thresholds:",
            f"{_THRESHOLDS}{steps}",
        ]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """What happens at the provider: time passes, and spend rises by `pours`."""

    what: str
    at: datetime
    pours: Decimal


@dataclass(slots=True)
class Course:
    """Where the months are, and what the service must have made of them.

    `fired` says for each firing which channels hear of it; `limit` is what must be in
    force; `turned` names the months that began.
    """

    limit: int = BASELINE
    fired: dict[Firing, tuple[str, ...]] = field(default_factory=dict)
    turned: list[str] = field(default_factory=list)
    now: datetime = _START
    _spend: Decimal = Decimal(0)
    _step: int = 0

    def next(self) -> Crossing:
        """Go on to the next crossing."""
        self._step += 1
        if self._step <= _RAISES:
            target = Decimal(_spend_at(self._step)) + 1
            self._fire(_NEAR, self._step)
            self._fire(f"step-{self._step}", 1)
            self.limit += _RAISE
            return self._crossing(f"raise {self._step}", target)
        if self._step == _RAISES + 1:
            self._fire(_NEAR, self._step)
            self._fire(_STOP, 1)
            self.limit = _CAP
            return self._crossing("cap", Decimal(_CAP_AT) + 1)
        self._step, self.limit, self._spend = 0, BASELINE, Decimal(0)
        days = timedelta(days=31)
        self.now = (self.now.replace(day=1) + days).replace(day=1, hour=1)
        self.turned.append(f"{self.now:%Y-%m}")
        return Crossing(what="new month", at=self.now, pours=Decimal(0))

    def _crossing(self, what: str, target: Decimal) -> Crossing:
        pours, self._spend = target - self._spend, target
        self.now += _BETWEEN
        return Crossing(what=what, at=self.now, pours=pours)

    def _fire(self, threshold: str, number: int) -> None:
        channels = ("finops",) if threshold == _NEAR else ("finops", "finops-mail")
        for firing in self._firings(threshold, number):
            self.fired[firing] = channels

    def _firings(self, threshold: str, number: int) -> Iterator[Firing]:
        for name in ORGANIZATIONS:
            yield Firing(
                organization=name,
                policy=_POLICY.format(name=name),
                threshold=threshold,
                period=f"{self.now:%Y-%m}",
                number=number,
            )
