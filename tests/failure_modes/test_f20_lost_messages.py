"""F20: a message was lost: the chat was down, or the route led nowhere."""

from pathlib import Path

import pytest

from service.domain.alert import AlertKind
from service.domain.notification import NotificationState
from tests.acceptance.world import World
from tests.failure_modes.stage import (
    GUARD,
    HALF,
    HOUR,
    MINUTE,
    Stage,
    errors_in,
    policies,
)


def carry_on(world: World, minutes: int) -> None:
    for _ in range(minutes):
        world.simulator.advance(MINUTE)
        world.deliver()


def test_a_dead_channel_is_stood_in_for_shown_and_caught_up_with(stage: Stage) -> None:
    world = stage.open(HALF)
    world.sink.dead.add("slack")
    stage.step()

    carry_on(world, 30)

    assert [text for text in world.sink.texts("mail") if "half" in text]
    assert "delivery_failed" in stage.firing()
    (failed,) = [
        each
        for each in world.notifications()
        if each.channel == "finops" and each.state is NotificationState.FAILED
    ]
    assert failed.attempts > 2
    assert "503" in failed.error

    world.sink.dead.clear()
    carry_on(world, 20)
    assert len(world.sink.texts("slack")) == 1
    assert "delivery_failed" not in stage.firing()


def test_where_both_are_dead_nothing_is_lost_over_a_restart(stage: Stage) -> None:
    world = stage.open(HALF)
    world.sink.dead |= {"slack", "mail"}
    stage.step()
    carry_on(world, 30)
    world.restart()
    carry_on(world, 5)

    world.sink.dead.clear()
    carry_on(world, 40)

    assert [text for text in world.sink.texts("slack") if "half" in text]
    assert {each.state for each in world.notifications()} <= {
        NotificationState.DELIVERED,
        NotificationState.MERGED,
    }


def test_after_a_day_a_message_is_shown_as_given_up(stage: Stage) -> None:
    world = stage.open(HALF)
    world.sink.dead |= {"slack", "mail"}
    stage.step()

    for _ in range(26):
        world.simulator.advance(HOUR)
        world.deliver()

    states = {each.state for each in world.notifications()}
    assert NotificationState.ABANDONED in states
    assert stage.alert(AlertKind.DELIVERY_FAILED).is_open


@pytest.mark.parametrize(
    "notify", ["notify: [finop]", "notify: []", "notify: [finops, nobody]"]
)
def test_a_route_that_leads_nowhere_is_an_error_of_the_policy(
    tmp_path: Path, notify: str
) -> None:
    text = policies(f"{{id: half, spend: 50%, {notify}}}")

    assert "policies.yaml:9:" in errors_in(tmp_path, text)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("fallback: finops-mail", "fallback: nobody"),
        ("fallback: finops-mail", "fallback: finops"),
        ("default_channels: [finops]", "default_channels: [nobody]"),
        ("default_channels: [finops]", "default_channels: []"),
    ],
)
def test_a_channel_that_leads_nowhere_is_an_error_of_the_guard(
    tmp_path: Path, good: str, bad: str
) -> None:
    assert good in GUARD

    assert errors_in(tmp_path, policies(HALF), GUARD.replace(good, bad))
