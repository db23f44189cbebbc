"""A world whose policy asks a person before it caps the limit."""

from service.domain.approval import Approval
from service.domain.audit import AuditAction
from service.pipeline.approvals import Verdict, decide_approval
from tests.builders import Fields, asking, capping, policy, threshold
from tests.unit.pipeline.checked_world import World, in_force

CAPPED = 5000


def world_that_asks(**written: Fields) -> World:
    """Give acme with its budget of 5000 EUR spent, before the check that asks."""
    stop = threshold(id="stop", spend="100%", then=asking(capping(), **written))
    world = World(policies=in_force(policy(stop)))
    world.spend(4900)
    world.check()
    world.spend(5000)
    return world


def asked(world: World) -> Approval:
    """Give the one request for approval."""
    (only,) = world.tables.approvals_by_id.values()
    return only


def decide(world: World, *, is_granted: bool = True, **changes: Fields) -> Approval:
    """Answer the one request as an operator called bob."""
    given: Fields = {
        "approval_id": asked(world).id,
        "actor": "key:bob",
        "may_raise": False,
        **changes,
    }
    return decide_approval(world.services(), Verdict(is_granted=is_granted, **given))


def trail(world: World) -> list[AuditAction]:
    """Give what the audit log says of approvals, in order."""
    return [
        fact.action
        for fact in world.facts()
        if fact.action.value.startswith("approval:")
    ]
