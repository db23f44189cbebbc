"""A cap that a person is asked about: told with a link, approved, in force, audited."""

import re
from dataclasses import replace
from datetime import timedelta

from starlette.testclient import TestClient

from service.api.app import create_app
from service.domain.access import Role
from service.pipeline.respond_keys import create_key
from service.simulator import scenarios
from tests.acceptance.conftest import MakeWorld
from tests.acceptance.world import HOUR, World

POLICIES = """
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
        notify: [finops]
        then: {cap_limit: {to: 150%}, approval: {expires: 2h}}
"""
LINK = re.compile(r"https://guard\.example(/approvals/ap_\w+/page)")


def key_of(world: World, name: str, role: Role) -> dict[str, str]:
    services = world.application.services
    _, text = create_key(services, actor="user:test", name=name, role=role)
    return {"Authorization": f"Bearer {text}"}


def test_a_person_is_asked_by_a_link_and_what_they_approve_is_in_force(
    make_world: MakeWorld,
) -> None:
    config = scenarios.healthy(scenarios.Frame(history_months=0))
    world = make_world(
        replace(config, step=2 * HOUR), SPENDGUARD_PUBLIC_URL="https://guard.example"
    )
    world.simulator.advance(timedelta(days=15, hours=12))
    world.write(POLICIES)
    world.start()
    before = world.simulator.standing("acme").limit.amount

    world.step()

    (message,) = world.sink.texts("slack")
    found = LINK.search(message)
    assert found is not None, message
    assert "cap the limit" in message
    assert world.simulator.standing("acme").limit.amount == before
    with TestClient(create_app(world.application.services)) as client:
        stranger = client.get(found[1])
        listed = client.get(
            "/api/v1/approvals", headers=key_of(world, "v", Role.VIEWER)
        )
        (asked,) = listed.json()["items"]
        answer = client.post(
            f"/api/v1/approvals/{asked['id']}/approve",
            headers=key_of(world, "bob", Role.OPERATOR),
        )
    world.deliver()

    assert "3000" not in stranger.text
    assert (answer.json()["state"], answer.json()["decided_by"]) == ("used", "key:bob")
    assert world.simulator.standing("acme").limit.amount == 3000
    recorded = [
        (entry.fact.action.value, entry.fact.actor)
        for entry in world.audit()
        if entry.fact.action.value.startswith(("approval:", "spend_limit:change:"))
    ]
    system = "system:scheduler"
    assert sorted(recorded) == sorted(
        [
            ("approval:requested", system),
            ("spend_limit:change:planned", system),
            ("approval:granted", "key:bob"),
            ("spend_limit:change:planned", system),
            ("spend_limit:change:requested", system),
            ("spend_limit:change:applied", system),
            ("approval:used", system),
        ]
    )
    texts = world.sink.texts("slack")
    assert sum("key:bob approved" in each for each in texts) == 1
    assert any("the limit changed from" in each for each in texts)
