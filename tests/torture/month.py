"""A month of three organizations: a runaway key, a growing product, a late rush."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from service.simulator import scenarios
from service.simulator.configuration import SimulatorConfig, Stream
from service.simulator.curves import Flat, Growing, Healthy, MonthEndRush, Runaway

START = datetime(2026, 9, 1, tzinfo=UTC)
# Where a short run begins: the limits are near, and a key runs away the next day.
LATE = datetime(2026, 9, 23, tzinfo=UTC)
GUARDRAILS = (
    "{max_limit: 8000, baseline_limit: 4000, cooldown: 1h, max_changes_per_day: 4}"
)
_FRAME = scenarios.Frame(monthly=Decimal(4900), limit=4000, history_months=1)
# A cap that asks for no more than is spent has one right amount at any hour.
_POLICY = """\
  - id: {name}-monthly
    organization: {name}
    budget: {{amount: 5000, currency: EUR}}
    mode: enforce
    thresholds:
      - {{id: half, spend: 50%, severity: info}}
      - {{id: eighty, spend: 80%, notify: [finops, finops-mail]}}
      - id: near-limit
        limit: 85%
        then: {{raise_limit: {{by: 20%, up_to: 6500, times_per_period: 2}}}}
      - id: stop
        spend: 94%
        severity: critical
        notify: [finops, finops-mail]
        then: {{cap_limit: {{to: 5000}}, approval: none}}
  - id: {name}-daily
    organization: {name}
    budget: {{amount: 200, currency: EUR, period: day}}
    thresholds: [{{id: full, spend: 100%}}]
  - id: {name}-weekly
    organization: {name}
    scope: {{workspace: Agents}}
    budget: {{amount: 200, currency: EUR, period: week}}
    thresholds: [{{id: full, spend: 100%, notify: [finops-mail]}}]
"""


def provider(start: datetime) -> SimulatorConfig:
    """Give the three, at a clock that stands still until it is moved."""
    runaway = Stream(
        product="mistral-medium-latest",
        daily=Decimal("0.01"),
        workspace="Agents",
        curves=(
            Flat(),
            Runaway(begins_at=LATE + timedelta(hours=26), factor=140_000.0),
        ),
    )
    growing = Growing(since=START, per_month=0.4)
    made = [
        scenarios.organization(
            replace(_FRAME, name=name), scenarios.streams(_FRAME.monthly, curves, extra)
        )
        for name, curves, extra in (
            ("acme", (Healthy(),), (runaway,)),
            ("beta", (Healthy(), growing), ()),
            ("gamma", (Healthy(), MonthEndRush()), ()),
        )
    ]
    return scenarios.provider(replace(_FRAME, start=start), *made)


def policies() -> str:
    names = ("acme", "beta", "gamma")
    return "version: 1\npolicies:\n" + "".join(
        _POLICY.format(name=name) for name in names
    )
