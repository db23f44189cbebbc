"""F4: an alert went out at every check for as long as spend was over its threshold."""

from service.domain.notification import EventKind
from tests.failure_modes.stage import HALF, HOUR, RAISE, Stage

PATIENT = "{id: patient, spend: 50%, for: 3h}"
NAGGING = "{id: nagging, spend: 50%, repeat: 6h}"


def test_a_day_above_a_threshold_is_one_message(stage: Stage) -> None:
    world = stage.open(HALF)

    stage.steps(24)

    assert stage.told()["half"] == 1
    assert len(world.sink.texts("slack")) == 1


def test_a_threshold_with_patience_is_told_once_as_well(stage: Stage) -> None:
    stage.open(PATIENT)

    stage.steps(3)
    assert stage.told() == {}
    stage.steps(9)

    assert stage.told()["patient"] == 1


def test_reminders_come_only_where_they_are_asked_for_and_as_often(
    stage: Stage,
) -> None:
    stage.open(HALF, NAGGING)

    stage.steps(25)

    assert stage.told(EventKind.REMINDER) == {"nagging": 4}
    assert stage.told() == {"half": 1, "nagging": 1}


def test_a_raise_that_the_alert_asks_for_is_made_once(stage: Stage) -> None:
    stage.open(RAISE)

    stage.steps(12)

    assert stage.posts() == 1


def test_two_checks_of_one_moment_tell_it_once(stage: Stage) -> None:
    world = stage.open(HALF)
    world.simulator.advance(HOUR)

    fired = [world.check().alerts_fired for _ in range(3)]
    world.deliver()

    assert [len(each) for each in fired] == [1, 0, 0]
    assert len(world.sink.texts("slack")) == 1
