"""A served organization whose policy asks a person before it caps the limit."""

from typing import Any

from tests.integration.api.serving import Served

POLICIES = """\
version: 1
policies:
  - id: acme-monthly
    organization: acme
    budget: {amount: 2000, currency: EUR}
    mode: enforce
    thresholds:
      - id: stop
        spend: 10%
        severity: critical
        then: {cap_limit: {to: 150%}, approval: {expires: 2h}}
"""


def ask(served: Served) -> dict[str, Any]:
    """Let the policy ask; give the request."""
    (served.folder / "acme.yaml").write_text(POLICIES)
    served.application.load_policies()
    served.check()
    (found,) = served.viewer.get("/approvals").json()["items"]
    assert isinstance(found, dict)
    return found


def in_force(served: Served) -> int:
    return served.simulator.standing("acme").limit.amount
