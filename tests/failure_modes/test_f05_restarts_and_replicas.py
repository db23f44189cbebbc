"""F5: a restart, a second replica or another worker sent everything once more."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from service.bootstrap import build
from service.domain.errors import WriterBusy
from service.domain.notification import NotificationState
from service.pipeline.cycle import run_check
from service.pipeline.deliver import deliver_due
from service.settings import read_settings
from tests.acceptance.world import SimulatedTime, World
from tests.failure_modes.stage import DAY, HALF, HOUR, Stage


def test_every_restart_leaves_what_was_told_alone(stage: Stage) -> None:
    world = stage.open(HALF)

    for _ in range(6):
        stage.step()
        world.restart()
        world.check()
        world.deliver()

    assert stage.told() == {"half": 1}
    assert len(world.sink.texts("slack")) == 1


def test_what_was_decided_before_a_crash_is_sent_after_it_once(stage: Stage) -> None:
    world = stage.open(HALF)
    world.simulator.advance(HOUR)
    world.check()

    world.restart()
    world.deliver()
    world.restart()
    world.deliver()

    assert len(world.sink.texts("slack")) == 1


def test_what_became_true_while_the_guard_was_down_is_told_when_it_is_up(
    stage: Stage,
) -> None:
    world = stage.open("{id: later, spend: 80%}")
    stage.step()
    assert stage.told() == {}
    world.application.close()

    world.simulator.advance(4 * DAY)
    world.start()
    stage.step()

    assert stage.told() == {"later": 1}
    assert len(world.sink.texts("slack")) == 1


def test_a_long_outage_is_caught_up_in_one_message(stage: Stage) -> None:
    steps = [f"{{id: at-{share}, spend: {share}%}}" for share in range(5, 75, 5)]
    world = stage.open(*steps)

    stage.step()

    assert sum(stage.told().values()) == len(steps)
    (message,) = world.sink.texts("slack")
    assert "at-5" in message


def second_process(world: World) -> tuple[object, ...]:
    """Check and deliver from a second application on the same database."""
    environment = {
        "SPENDGUARD_DATABASE_URL": world.database_url,
        "SPENDGUARD_POLICIES": str(world.folder),
        "SPENDGUARD_SLACK_URL": world.sink.url("slack"),
        "SPENDGUARD_EMAIL_URL": world.sink.url("mail"),
    }
    other = build(
        read_settings(environment), environment, clock=SimulatedTime(world.simulator)
    )
    try:
        other.prepare()
        fired = run_check(other.services, "acme").alerts_fired
        deliver_due(other.services)
        return fired
    finally:
        other.close()


def test_a_second_process_on_the_database_has_nothing_left_to_tell(
    stage: Stage,
) -> None:
    world = stage.open(HALF)
    stage.step()

    assert second_process(world) == ()

    assert stage.told() == {"half": 1}
    assert len(world.sink.texts("slack")) == 1


def test_many_who_deliver_at_once_send_each_message_once(stage: Stage) -> None:
    world = stage.open(HALF)
    world.simulator.advance(HOUR)
    world.check()

    with ThreadPoolExecutor(max_workers=6) as pool:
        list(pool.map(lambda _: world.deliver(), range(6)))

    assert len(world.sink.texts("slack")) == 1
    states = {each.state for each in world.notifications()}
    assert states == {NotificationState.DELIVERED}


def test_a_second_service_on_the_database_is_refused(stage: Stage) -> None:
    locks = stage.open(HALF).application.services.locks

    with (
        locks.service(),
        pytest.raises(WriterBusy, match="another serve"),
        locks.service(),
    ):
        pytest.fail("both hold the database")
