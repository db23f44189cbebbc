"""A loop at night against the simulated provider: told within the hour, with who."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from service.domain.alert import Alert, AlertKind, AlertState
from service.domain.course import SpendSample
from service.simulator import scenarios
from tests.acceptance.conftest import MakeWorld
from tests.acceptance.world import HOUR, World

QUARTER = timedelta(minutes=15)
BEGINS = datetime(2026, 9, 22, 2, tzinfo=UTC)
PACED = """
version: 1
policies:
  - id: acme-monthly
    organization: acme
    budget: {amount: 60000, currency: EUR}
    thresholds:
      - id: runaway
        pace: {window: 3h, above: 5x, at_least: 20}
        severity: critical
"""


def remember_three_weeks(world: World) -> None:
    """Leave what checks would have: every hour at first, then every quarter of one."""
    samples = []
    clock = world.simulator.clock
    while clock.now() < BEGINS - 2 * HOUR:
        is_recent = BEGINS - clock.now() < timedelta(days=8)
        world.simulator.advance(QUARTER if is_recent else HOUR)
        spend = world.simulator.spend("acme")
        samples.append(
            SpendSample(
                scope="acme",
                at=clock.now(),
                month="2026-09",
                currency="EUR",
                amount=spend,
            )
        )
    with world.application.services.transaction() as work:
        work.save_samples("acme", samples)


def of_pace(world: World) -> list[Alert]:
    return [each for each in world.alerts() if each.kind is AlertKind.PACE]


def test_a_loop_at_night_is_told_within_45_minutes_with_who_burns(
    make_world: MakeWorld,
) -> None:
    # A thousand a day, and a key that burns twenty times that in a loop.
    frame = scenarios.Frame(monthly=Decimal(30_000), limit=90_000)
    daily = Decimal(20_000)
    world = make_world(scenarios.runaway(frame, begins_at=BEGINS, daily=daily))
    world.write(PACED)
    world.start()
    remember_three_weeks(world)

    while world.simulator.clock.now() < BEGINS:
        world.step(QUARTER)
    assert of_pace(world) == []
    assert "not beyond 5x" in world.check().decisions[0].reason

    while world.simulator.clock.now() < BEGINS + 3 * QUARTER and not of_pace(world):
        world.step(timedelta(minutes=5))

    (fired,) = of_pace(world)
    assert fired.state is AlertState.FIRING
    (text,) = [each for each in world.sink.texts("slack") if "usual" in each]
    assert "mistral-medium" in text
    assert "completion" in text
