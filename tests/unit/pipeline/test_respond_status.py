"""The status of every organization rests on what checks kept."""

from service.domain.status import StatusState
from service.pipeline.respond import pause
from service.pipeline.respond_status import overview, statuses
from tests.unit.pipeline.respond_world import ACTOR, World


def test_an_organization_nobody_checked_yet_is_unknown() -> None:
    found = overview(World().services())

    (organization,) = found.organizations
    assert (organization.name, organization.state) == ("acme", StatusState.UNKNOWN)
    assert not found.is_paused


def test_a_pause_is_seen_in_the_same_moment() -> None:
    services = World().services()
    pause(services, actor=ACTOR)

    assert overview(services).is_paused
    assert overview(services).organizations == statuses(services)
