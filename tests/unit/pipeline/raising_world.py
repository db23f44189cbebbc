"""A world in which a check raises the limit, and what became of that."""

from service.domain.alert import Alert, AlertKind
from service.domain.audit import AuditAction
from service.domain.limit_change import LimitChange
from service.domain.policy import Threshold
from tests.builders import Fields, policy, raising, threshold
from tests.unit.pipeline.checked_world import World, in_force


def world_that_raises(
    *others: Threshold,
    by: int = 500,
    notify: tuple[str, ...] = ("finops",),
    **written: Fields,
) -> World:
    """Give acme with half of its budget spent, which raises the limit."""
    raises = threshold(then=raising(by, **written), notify=notify)
    world = World(policies=in_force(policy(raises, *others)))
    world.spend(2600)
    return world


def the_change(world: World) -> LimitChange:
    (only,) = world.changes
    return only


def trail(world: World) -> list[AuditAction]:
    """Give what the audit log says of limit changes, in order."""
    return [
        fact.action
        for fact in world.facts()
        if fact.action.value.startswith("spend_limit:change:")
    ]


def health(world: World, kind: AlertKind) -> list[Alert]:
    return [e for e in world.tables.alerts_by_id.values() if e.kind is kind]
