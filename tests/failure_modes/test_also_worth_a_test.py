"""Beside the table: clocks set back, storms, disks that are full, refunds, prices.

And pages out of order, two organizations that share one key by mistake.
"""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from service.bootstrap import validate_policies
from service.domain.errors import StorageUnavailable
from service.domain.limit_change import ChangeState
from service.domain.notification import EventKind
from service.domain.usage import FigureState
from service.pipeline.cycle import run_check
from service.ports import Services, UnitOfWork
from service.simulator.exchange import Route
from service.simulator.faults import FaultKind
from tests.builders import DAY, HOUR, MINUTE, capping, policy, raising, threshold
from tests.failure_modes.stage import HALF, RAISE, Stage, policies
from tests.unit.pipeline.checked_world import World as Checked
from tests.unit.pipeline.checked_world import in_force

HALF_OF_5000 = threshold()


def test_a_clock_set_back_tells_nothing_again() -> None:
    world = Checked(policies=in_force(policy(HALF_OF_5000)))
    world.spend(2600)
    world.check()

    for back in (MINUTE, HOUR, 6 * HOUR, DAY):
        world.clock.set(world.clock.now() - back)
        world.check()

    assert len(world.queued(EventKind.FIRED)) == 1
    assert world.queued(EventKind.RESOLVED) == []


def test_a_clock_set_back_over_the_turn_of_a_month_begins_no_month_again() -> None:
    world = Checked(policies=in_force(policy(HALF_OF_5000)))
    world.spend(2600)
    world.check()
    world.clock.set(datetime(2026, 9, 1, 0, 5, tzinfo=UTC))
    world.spend(3)
    world.check()
    assert len(world.queued(EventKind.NEW_PERIOD)) == 1

    world.clock.set(datetime(2026, 8, 31, 23, 55, tzinfo=UTC))
    world.check(after=MINUTE)
    world.clock.set(datetime(2026, 9, 1, 0, 10, tzinfo=UTC))
    world.check()

    assert len(world.queued(EventKind.NEW_PERIOD)) == 1
    told = [each.alert_kind for each in world.queued(EventKind.FIRED)]
    assert told.count("spend") == 1


def test_a_clock_set_back_does_not_hold_up_a_cap() -> None:
    caps = threshold(id="stop", spend=2000, then=capping(4000))
    world = Checked(policies=in_force(policy(caps)))
    world.spend(2600)
    world.check()
    assert world.limit_amount == 4000

    world.clock.set(world.clock.now() - 6 * HOUR)
    lower = threshold(id="lower", spend=2000, then=capping(3000))
    world.policies.policies = in_force(policy(caps, lower)).policies
    world.check()

    assert world.limit_amount == 3000


def test_a_clock_set_back_gives_no_raise_for_free() -> None:
    twice = threshold(id="up", limit="20%", then=raising(500, cooldown="24h"))
    world = Checked(policies=in_force(policy(twice)))
    world.spend(2600)
    world.check()
    world.clock.set(world.clock.now() - 2 * DAY)

    for _ in range(5):
        world.check(after=HOUR)

    assert len(world.api.posts) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_storm_ends_no_check_late_and_changes_nothing(
    stage: Stage, status: int
) -> None:
    world = stage.open(RAISE)
    stage.fails(FaultKind.STATUS, status=status, retry_after="3600")
    started = world.simulator.clock.now()

    check = world.check()

    assert check.spend.state is FigureState.UNKNOWN
    assert world.simulator.clock.now() - started < timedelta(seconds=45)
    assert world.simulator.count() < 10
    assert stage.posts() == 0


def test_a_refund_resolves_nothing_and_tells_nothing_again(stage: Stage) -> None:
    world = stage.open("{id: just, spend: 75%}", "{id: near, limit: 30%}")
    stage.step()
    assert stage.firing() == {"just", "near"}
    world.simulator.restate("acme", Decimal("0.08"))
    stage.step()
    assert stage.firing() == {"just", "near"}

    world.simulator.restate("acme", Decimal("0.3"))
    doubted = [each.spend.reason for each in stage.steps(2, 5 * MINUTE)]
    assert doubted == ["spend_fell", "spend_fell"]
    assert stage.firing() == {"just", "near"}
    stage.steps(3)

    assert "just" in stage.firing()
    stage.steps(8, DAY)
    assert stage.told()["just"] == 1


@pytest.mark.parametrize(
    "new", ["0.0000001", "0.01"], ids=["cheaper than it was", "dearer"]
)
def test_prices_that_change_in_the_month_never_lower_the_figure(
    stage: Stage, new: str
) -> None:
    world = stage.open(HALF)
    before = stage.step(MINUTE)
    assert before.spend.amount is not None
    stage.fails(FaultKind.JUNK_FIELD, Route.USAGE, field="prices.*.price", value=new)
    world.write(policies(RAISE))
    world.application.load_policies()

    after = stage.steps(2, MINUTE)[-1]

    assert after.spend.state is FigureState.MISMATCH
    assert after.spend.upper is not None
    assert after.spend.upper >= before.spend.amount
    assert "spend_mismatch" in stage.firing()
    assert stage.posts() == 0


def test_two_prices_for_one_thing_are_none(stage: Stage) -> None:
    stage.open(HALF)
    for name in ("api_zone", "service_tier"):
        stage.fails(FaultKind.NULL_FIELD, Route.USAGE, field=f"prices.*.{name}")

    check = stage.step()

    assert check.spend.state is FigureState.INCOMPLETE
    assert "price_missing" in stage.firing()


GUARD = """
version: 1
organizations:
  - {name: acme, api_key: "${KEY}", currency: EUR}
  - {name: beta, api_key: "${KEY}", currency: EUR}
channels:
  - {name: finops, url: "json://127.0.0.1/sg_test"}
default_channels: [finops]
"""


def test_two_organizations_that_share_a_key_are_doubted(tmp_path: Path) -> None:
    (tmp_path / "guard.yaml").write_text(GUARD)

    found = validate_policies(
        tmp_path, {"KEY": "sg_test_shared"}, require_variables=True
    )

    assert [each.line for each in found if "same key" in each.message] == [5]
    assert all(each.is_warning for each in found)


def breaking(services: Services, at: int) -> Services:
    """Give services whose database is full from the nth transaction on."""
    opened = 0

    def transaction() -> AbstractContextManager[UnitOfWork]:
        nonlocal opened
        opened += 1
        if opened >= at:
            raise StorageUnavailable("the disk of the database is full")
        return services.transaction()

    return replace(services, transaction=transaction)


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_a_disk_that_fills_up_in_a_check_loses_and_doubles_nothing(
    stage: Stage, at: int
) -> None:
    world = stage.open(RAISE)
    full = breaking(world.application.services, at)

    with pytest.raises(StorageUnavailable):
        run_check(full, "acme")
    world.restart()
    stage.steps(2)

    assert stage.in_force() == 4500
    assert stage.posts() == 1
    assert [each.state for each in world.changes()][-1] is ChangeState.APPLIED
    assert stage.told() == {"first": 1}
    assert world.sink.texts("slack")
