"""A channel that is dead for a day delays nobody and loses nothing."""

import time
from datetime import timedelta

from service.domain.notification import NotificationState
from service.simulator import scenarios
from tests.acceptance.conftest import MakeWorld
from tests.acceptance.world import World

MINUTE = timedelta(minutes=1)
BOTH = """
version: 1
policies:
  - id: acme-monthly
    organization: acme
    budget: {amount: 5000, currency: EUR}
    thresholds:
      - {id: first, spend: 1, notify: [finops, finops-mail]}
"""
SLACK_ONLY = BOTH.replace("[finops, finops-mail]", "[finops]")


def until_told(world: World) -> None:
    for _ in range(48):
        world.simulator.advance(timedelta(hours=1))
        if world.check().alerts_fired:
            return


def carry_on(world: World, span: timedelta) -> None:
    """Deliver once a minute, as the loop of a service would at least."""
    for _ in range(span // MINUTE):
        world.simulator.advance(MINUTE)
        world.deliver()


def fired(world: World, path: str) -> list[str]:
    return [text for text in world.sink.texts(path) if "threshold first" in text]


def test_the_mail_of_the_same_check_goes_out_at_once_when_slack_is_dead(
    make_world: MakeWorld,
) -> None:
    world = make_world(scenarios.healthy())
    world.write(BOTH)
    world.start()
    world.sink.dead.add("slack")
    until_told(world)

    started = time.monotonic()
    world.deliver()

    assert len(fired(world, "mail")) == 1
    assert time.monotonic() - started < 2
    assert fired(world, "slack") == []


def test_a_dead_day_ends_with_the_fallback_having_it_and_slack_once_when_back(
    make_world: MakeWorld,
) -> None:
    world = make_world(scenarios.healthy())
    world.write(SLACK_ONLY)
    world.start()
    world.sink.dead.add("slack")
    until_told(world)

    carry_on(world, timedelta(hours=1))
    world.restart()
    carry_on(world, timedelta(hours=22))
    assert len(fired(world, "mail")) == 1
    assert "delivery_failed" in {each.kind.value for each in world.alerts()}

    world.sink.dead.clear()
    carry_on(world, timedelta(minutes=30))

    assert len(fired(world, "slack")) == 1
    assert len(fired(world, "mail")) == 1
    assert not [each for each in world.alerts() if each.is_health and each.is_open]
    assert {each.state for each in world.notifications()} == {
        NotificationState.DELIVERED
    }


def test_a_backlog_arrives_as_one_message_when_the_channel_is_back(
    make_world: MakeWorld,
) -> None:
    world = make_world(scenarios.healthy())
    ladder = "".join(
        f"      - {{id: step-{euros}, spend: {euros}, notify: [finops]}}\n"
        for euros in (10, 20, 30)
    )
    world.write(BOTH.split("      - {id: first", maxsplit=1)[0] + ladder)
    world.start()
    world.sink.dead.add("slack")
    for _ in range(5 * 24):
        world.simulator.advance(timedelta(hours=1))
        world.check()
        carry_on(world, timedelta(minutes=5))
        if len([each for each in world.alerts() if each.is_open]) >= 4:
            break

    world.sink.dead.clear()
    carry_on(world, timedelta(minutes=40))

    (message,) = world.sink.texts("slack")
    assert all(f"threshold step-{euros}" in message for euros in (10, 20, 30))
    mails = world.sink.texts("mail")
    for euros in (10, 20, 30):
        assert len([text for text in mails if f"threshold step-{euros}" in text]) == 1
