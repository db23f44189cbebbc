"""F16: a change in the console was overwritten or ignored. F17: a limit counted as set.

F18: a limit came back below what was spent by then. F19: a cap stopped production and
nobody had been told.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from service.domain.audit import AuditAction
from service.domain.limit_change import ChangeKind, ChangeState
from service.domain.notification import EventKind
from service.pipeline.cycle import preview_check
from service.pipeline.limits import LimitRequest, set_limit
from service.pipeline.respond import acknowledge
from service.simulator.exchange import Route
from service.simulator.faults import FaultKind
from tests.builders import limit
from tests.failure_modes.stage import (
    CAP,
    DAY,
    HALF,
    HOUR,
    RAISE,
    Stage,
    errors_in,
    policies,
)

LENT = "{id: first, spend: 1, then: {raise_limit: {by: 500, expires: 2h}}}"


def test_a_change_in_the_console_is_told_and_left_alone(stage: Stage) -> None:
    world = stage.open(HALF)
    stage.step()
    world.write(policies(RAISE))
    world.simulator.console_sets_limit("acme", 2500, email="ada@acme.example")
    world.application.load_policies()

    stage.steps(5)

    assert stage.in_force() == 2500
    assert stage.posts() == 0
    assert stage.told()["limit_changed_outside"] == 1
    (text,) = [each for each in world.sink.texts("slack") if "outside" in each]
    assert "4000.00 EUR to 2500.00 EUR" in text
    assert world.changes()[-1].reason == "overridden"


def test_a_change_in_the_console_is_neither_overwritten_nor_built_upon(
    stage: Stage,
) -> None:
    """Left out, `on_drift` asks: the name is told, and raises wait for an answer."""
    world = stage.open(HALF, on_drift="ask")
    stage.step()
    world.write(policies(RAISE), organization="on_drift: ask")
    world.simulator.console_sets_limit("acme", 2500, email="ada@acme.example")
    world.application.load_policies()

    stage.steps(5)

    assert (stage.in_force(), stage.posts()) == (2500, 0)
    assert stage.told()["limit_changed_outside"] == 1
    assert "limit_changed_outside" in stage.firing()
    (text,) = [each for each in world.sink.texts("slack") if "outside" in each]
    assert "by ada@acme.example" in text
    assert world.changes()[-1].reason == "drift"


def test_a_change_in_the_console_is_put_back_where_that_is_the_policy(
    stage: Stage,
) -> None:
    world = stage.open(HALF, on_drift="revert")
    stage.step()
    world.simulator.console_sets_limit("acme", 2500, email="ada@acme.example")

    stage.steps(2)

    assert stage.in_force() == 4000
    assert stage.only_change().state is ChangeState.APPLIED
    assert stage.recorded(AuditAction.DRIFT_REVERTED) == 1
    (text,) = [each for each in world.sink.texts("slack") if "outside" in each]
    assert "by ada@acme.example" in text


def test_a_change_made_while_the_guard_was_down_is_told_all_the_same(
    stage: Stage,
) -> None:
    world = stage.open(HALF)
    stage.step()
    world.application.close()
    world.simulator.console_sets_limit("acme", 2500)
    world.start()

    stage.step()

    assert stage.told()["limit_changed_outside"] == 1


def test_what_the_guard_itself_set_is_no_change_from_outside(stage: Stage) -> None:
    world = stage.open(RAISE)
    stage.steps(2)
    world.restart()
    stage.steps(2)

    assert stage.in_force() == 4500
    assert stage.told()["limit_changed_outside"] == 0


@pytest.mark.parametrize("kind", [FaultKind.ERROR_AFTER, FaultKind.LATE])
def test_a_limit_that_arrived_in_spite_of_the_answer_is_applied_once(
    stage: Stage, kind: FaultKind
) -> None:
    stage.open(RAISE)
    stage.fails(kind, seconds=12, status=502)

    stage.steps(3)

    assert stage.only_change().state is ChangeState.APPLIED
    assert stage.posts() == 1
    assert len(stage.world.simulator.limit_history) == 1


def test_a_yes_is_not_believed_before_it_is_read_back(stage: Stage) -> None:
    stage.open(RAISE)
    stage.fails(FaultKind.IGNORED)

    stage.step()

    change = stage.only_change()
    assert (change.state, change.reason) == (ChangeState.FAILED, "not_in_force")
    assert change.observed == limit(4000)
    assert stage.recorded(AuditAction.LIMIT_CHANGE_APPLIED) == 0


def test_an_end_nobody_knows_blocks_what_comes_next_until_it_is_read(
    stage: Stage,
) -> None:
    world = stage.open(RAISE)
    stage.fails(FaultKind.ERROR_AFTER, status=502)
    stage.fails(FaultKind.STATUS, Route.SPEND_LIMIT, status=503, skip=2)

    stage.steps(4)

    assert world.changes()[0].state is ChangeState.UNKNOWN
    assert stage.posts() == 1
    assert "limit_change_unknown" in stage.firing()
    stage.heals()
    stage.step()
    assert world.changes()[0].state is ChangeState.APPLIED
    assert "limit_change_unknown" not in stage.firing()
    assert stage.posts() == 1


def test_the_baseline_never_comes_back_below_what_is_spent(stage: Stage) -> None:
    """The first check of the new month comes late: 1500 are spent by then."""
    stage.open(RAISE, guardrails="{cooldown: 0s, baseline_limit: 1000}")
    stage.step()
    assert stage.in_force() == 4500

    check = stage.step(30 * DAY)

    change = stage.world.changes()[-1]
    assert check.spend.amount is not None
    assert (change.kind, change.state) == (ChangeKind.RESTORE, ChangeState.APPLIED)
    assert 1000 < check.spend.amount < stage.in_force() < 4500
    assert stage.told(EventKind.LIMIT_CHANGED)["first"] == 1


def test_the_baseline_comes_back_at_the_turn_and_is_told(stage: Stage) -> None:
    stage.open(RAISE, guardrails="{cooldown: 0s, baseline_limit: 3000}")
    stage.step()

    stage.step(14 * DAY + 12 * HOUR)

    assert stage.in_force() == 3000
    assert stage.world.sink.texts("slack")[-1].count("3000") >= 1


def test_a_cap_of_last_month_keeps_the_baseline_down_until_it_is_acknowledged(
    stage: Stage,
) -> None:
    late = CAP.replace("spend: 1,", "spend: 1400,")
    world = stage.open(late, guardrails="{cooldown: 0s, baseline_limit: 4000}")
    stage.step()
    assert stage.in_force() == 3000
    stage.step(14 * DAY + 12 * HOUR)
    assert stage.in_force() == 3000

    (capped,) = [
        each
        for each in world.alerts()
        if each.key.threshold_id == "stop" and each.key.period == "2026-09"
    ]
    acknowledge(world.application.services, actor="user:ada", alert_id=capped.id)
    stage.step()
    assert stage.in_force() == 4000


def test_a_raise_that_ends_is_taken_back_by_itself_and_told(stage: Stage) -> None:
    world = stage.open(LENT)
    stage.step()
    assert stage.in_force() == 4500

    stage.steps(3)

    assert stage.in_force() == 4000
    end = world.changes()[-1]
    assert (end.kind, end.state) == (ChangeKind.EXPIRY, ChangeState.APPLIED)
    (text,) = [each for each in world.sink.texts("slack") if "ended" in each]
    assert "4500.00 EUR to 4000.00 EUR" in text
    assert stage.posts() == 2


def test_the_end_of_a_raise_is_never_below_what_is_spent_by_then(stage: Stage) -> None:
    low = "{id: first, spend: 1, then: {raise_limit: {by: 500, expires: 5d}}}"
    world = stage.open(low, passed=timedelta(hours=12))
    world.simulator.console_sets_limit("acme", 300)
    stage.step()
    assert stage.in_force() == 800

    check = stage.step(5 * DAY)

    assert check.spend.amount is not None
    assert 300 < check.spend.amount < stage.in_force() < 800
    rest = world.changes()[-1]
    assert (rest.kind, rest.state) == (ChangeKind.EXPIRY, ChangeState.PLANNED)
    stage.step(26 * DAY)
    ends = [each for each in world.changes() if each.kind is ChangeKind.EXPIRY]
    assert (ends[-1].state, ends[-1].after) == (ChangeState.APPLIED, limit(300))


def test_the_end_of_a_raise_survives_that_the_guard_was_down(stage: Stage) -> None:
    world = stage.open(LENT)
    stage.step()
    world.application.close()
    world.simulator.advance(DAY)
    world.start()

    stage.step()

    assert stage.in_force() == 4000


def test_the_end_of_a_raise_leaves_alone_what_a_person_set_since(stage: Stage) -> None:
    world = stage.open(LENT)
    stage.step()
    world.simulator.console_sets_limit("acme", 5200)

    stage.steps(5)

    assert stage.in_force() == 5200
    assert world.changes()[-1].reason == "overridden"
    assert len([each for each in world.sink.texts("slack") if "not taken" in each]) == 1


def test_the_end_of_a_raise_waits_for_figures_that_can_be_trusted(
    stage: Stage,
) -> None:
    stage.open(LENT)
    stage.step()
    stage.fails(FaultKind.STATUS, Route.USAGE, status=503)
    stage.steps(4)
    assert stage.in_force() == 4500

    stage.heals()
    stage.step()

    assert stage.in_force() == 4000


def test_a_cap_must_say_who_approves(tmp_path: Path) -> None:
    text = policies(CAP.replace(", approval: none", ""))

    assert "who approves" in errors_in(tmp_path, text)


def test_a_cap_ends_above_what_is_spent_and_says_what_is_left(stage: Stage) -> None:
    low = "{id: stop, spend: 1, then: {cap_limit: {to: 100}, approval: none}}"
    world = stage.open(low)

    check = stage.step()

    assert check.spend.amount is not None
    assert check.spend.amount <= stage.in_force() < check.spend.amount + 1
    (text,) = world.sink.texts("slack")
    assert "headroom" in text.lower()
    stage.steps(3)
    assert stage.in_force() >= check.spend.amount


def test_a_cap_below_the_spend_needs_a_flag_of_its_own(stage: Stage) -> None:
    hard = (
        "{id: stop, spend: 1,"
        " then: {cap_limit: {to: 100, below_spend: true}, approval: none}}"
    )
    stage.open(hard)

    stage.step()

    assert stage.in_force() == 100


def test_a_cap_is_taken_back_by_one_command_of_a_person(stage: Stage) -> None:
    world = stage.open(CAP)
    stage.step()
    assert stage.in_force() == 3000

    set_limit(
        world.application.services,
        LimitRequest(
            organization="acme", wanted=limit(4000), note="healthy", actor="user:ada"
        ),
    )
    stage.steps(3)

    assert stage.in_force() == 4000
    assert world.changes()[-1].reason == "overridden"


def test_a_dry_run_shows_the_cap_and_makes_none(stage: Stage) -> None:
    world = stage.open(CAP)
    decision = preview_check(world.application.services, "acme")

    assert decision.change is not None
    assert decision.change.after == limit(3000)
    assert stage.posts() == 0
    assert world.changes() == ()
