"""What is measured, and for how many organizations."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from pydantic import SecretStr

from service.domain.durations import Work
from service.domain.guard import Organization
from service.pipeline.durations import timed
from service.pipeline.respond_metrics import MOST_ORGANIZATIONS, measure
from tests.fakes import FixedPolicies
from tests.unit.pipeline.respond_world import World, policy_set


def test_many_organizations_are_counted_and_not_all_shown() -> None:
    services = World().services()
    many = tuple(
        Organization(name=f"o{number}", api_key=SecretStr("sg_test"), currency="EUR")
        for number in range(MOST_ORGANIZATIONS + 3)
    )
    guard = policy_set().guard.model_copy(update={"organizations": many})
    policies = FixedPolicies(replace(policy_set(), guard=guard))

    measured = measure(replace(services, policies=policies))

    assert len(measured.organizations) == MOST_ORGANIZATIONS
    assert measured.not_shown == 3


def test_few_organizations_are_all_shown() -> None:
    measured = measure(World().services())

    assert [each.name for each in measured.organizations] == ["acme"]
    assert measured.not_shown == 0


def test_work_is_timed_also_when_it_fails() -> None:
    world = World()
    services = world.services()

    with suppress(ZeroDivisionError), timed(services, Work.CHECK):
        world.clock.advance(timedelta(seconds=3))
        _break()

    measured = measure(services)
    assert measured.durations[Work.CHECK].total_seconds == 3.0
    assert sum(measured.durations[Work.DELIVERY].counts) == 0


def _break() -> None:
    raise ZeroDivisionError
