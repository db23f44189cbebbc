"""A restored copy knows nothing of what was done since: nothing is done twice."""

from pathlib import Path

from service.domain.limit_change import ChangeState
from service.pipeline.respond_audit import verify
from service.simulator.exchange import Route
from service.simulator.faults import FaultKind
from tests.failure_modes.stage import HALF, RAISE, Stage, policies


def restore(stage: Stage, copy: Path) -> None:
    """Go on from a copy, as somebody does who lost the database."""
    stage.world.application.close()
    stage.world.database_url = f"sqlite:///{copy}"
    stage.world.start()


def is_valid(stage: Stage) -> bool:
    return verify(stage.world.application.services, "acme").is_valid


def test_what_was_told_before_the_copy_is_not_told_again(
    stage: Stage, tmp_path: Path
) -> None:
    world = stage.open(HALF)
    stage.step()
    world.application.back_up(tmp_path / "copy.db")
    stage.step()

    restore(stage, tmp_path / "copy.db")
    stage.step()

    assert len(world.sink.texts("slack")) == 1
    assert is_valid(stage)


def test_a_limit_that_moved_since_the_copy_is_seen_and_not_set_again(
    stage: Stage, tmp_path: Path
) -> None:
    world = stage.open(HALF)
    stage.step()
    world.application.back_up(tmp_path / "copy.db")
    world.write(policies(RAISE))
    world.application.load_policies()
    stage.step()
    assert (stage.in_force(), stage.posts()) == (4500, 1)

    restore(stage, tmp_path / "copy.db")
    stage.steps(2)

    assert stage.told()["limit_changed_outside"] == 1
    assert (stage.in_force(), stage.posts()) == (4500, 1)
    assert is_valid(stage)


def test_a_change_under_way_in_the_copy_is_settled_and_not_sent_again(
    stage: Stage, tmp_path: Path
) -> None:
    world = stage.open(RAISE)
    # The provider has it, and can say neither so nor anything else of the limit.
    stage.fails(FaultKind.ERROR_AFTER, Route.SET_SPEND_LIMIT, status=502)
    stage.fails(FaultKind.STATUS, Route.SPEND_LIMIT, skip=2)
    stage.step()
    assert stage.only_change().state is ChangeState.UNKNOWN
    world.application.back_up(tmp_path / "copy.db")
    stage.heals()

    restore(stage, tmp_path / "copy.db")
    stage.step()

    assert stage.only_change().state is ChangeState.APPLIED
    assert (stage.in_force(), stage.posts()) == (4500, 1)
    assert is_valid(stage)
