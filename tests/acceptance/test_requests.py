"""How often the provider is asked: policies share what one check reads."""

from service.simulator import scenarios
from service.simulator.exchange import Route
from tests.acceptance.conftest import MakeWorld
from tests.acceptance.world import HOUR

MANY = "version: 1\npolicies:\n" + "".join(
    f"""
  - id: policy-{number}
    organization: acme
    budget: {{amount: {1000 + number}, currency: EUR}}
    thresholds:
      - {{id: half, spend: 50%}}
      - {{id: near, limit: 85%}}
"""
    for number in range(100)
)
WORKSPACES = (
    MANY
    + """
  - id: search
    organization: acme
    scope: {workspace: Search}
    budget: {amount: 500, currency: EUR}
    thresholds: [{id: half, spend: 50%}]
  - id: search-models
    organization: acme
    scope: {workspace: Search, models: ["mistral-*"]}
    budget: {amount: 300, currency: EUR}
    thresholds: [{id: half, spend: 50%}]
  - id: agents
    organization: acme
    scope: {workspace: Agents}
    budget: {amount: 300, currency: EUR}
    thresholds: [{id: half, spend: 50%}]
"""
)


def test_a_hundred_policies_share_one_reading_of_limit_and_usage(
    make_world: MakeWorld,
) -> None:
    world = make_world(scenarios.healthy())
    world.write(MANY)
    world.start()
    world.check()
    world.simulator.forget_requests()

    world.step(HOUR / 2)

    assert world.simulator.count(Route.SPEND_LIMIT) == 1
    assert world.simulator.count(Route.USAGE) == 1
    assert world.simulator.count() == 2


def test_the_rate_limits_cost_one_reading_an_hour(make_world: MakeWorld) -> None:
    world = make_world(scenarios.healthy())
    world.write(MANY)
    world.start()
    world.check()
    world.simulator.forget_requests()

    for _ in range(8):
        world.step(HOUR / 4)

    assert world.simulator.count(Route.RATE_LIMIT) == 2
    assert world.simulator.count() == 18


def test_each_workspace_costs_one_reading_more_however_many_policies_use_it(
    make_world: MakeWorld,
) -> None:
    world = make_world(scenarios.healthy())
    world.write(WORKSPACES)
    world.start()
    world.check()
    world.simulator.forget_requests()

    check = world.check()

    assert {each.outcome for each in check.decisions} <= {"below", "firing"}
    assert world.simulator.count(Route.SPEND_LIMIT) == 1
    assert world.simulator.count(Route.USAGE) == 3
    assert world.simulator.count() == 4
