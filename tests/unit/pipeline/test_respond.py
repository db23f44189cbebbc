"""People acknowledge, pause and resume; each time the audit log says who."""

from dataclasses import replace

import pytest

from service.domain.alert import Alert, AlertKey, AlertKind, AlertState
from service.domain.audit import AuditAction
from service.domain.errors import Conflict, NotFound
from service.domain.policy import Severity
from service.domain.state import OrganizationState
from service.pipeline.respond import acknowledge, pause, resume
from tests.unit.pipeline.respond_world import ACTOR, NOON, World

FIRING = Alert(
    key=AlertKey(
        organization="acme",
        policy_id="monthly",
        threshold_id="half",
        scope="acme",
        period="2026-08",
    ),
    firing=1,
    kind=AlertKind.SPEND,
    severity=Severity.WARNING,
    state=AlertState.FIRING,
    value=None,
    bound=None,
    unit="EUR",
    fired_at=NOON,
)


def with_alert(alert: Alert) -> World:
    world = World()
    world.tables.alerts_by_id[alert.id] = alert
    return world


def test_an_acknowledged_alert_says_by_whom() -> None:
    world = with_alert(FIRING)

    alert = acknowledge(world.services(), actor=ACTOR, alert_id=FIRING.id)

    assert alert.acknowledged_by == ACTOR
    assert world.tables.alerts_by_id[FIRING.id] == alert
    (fact,) = world.tables.facts
    assert (fact.chain, fact.action, fact.actor, fact.target) == (
        "acme",
        AuditAction.ALERT_ACKNOWLEDGED,
        ACTOR,
        f"alert:{FIRING.id}",
    )


def test_a_check_cannot_forget_an_acknowledgement_it_runs_beside() -> None:
    world = with_alert(FIRING)

    acknowledge(world.services(), actor=ACTOR, alert_id=FIRING.id)

    assert world.locks.held == ["acme"]


def test_a_second_acknowledgement_changes_nothing() -> None:
    world = with_alert(replace(FIRING, acknowledged_by="key:bob", acknowledged_at=NOON))

    alert = acknowledge(world.services(), actor=ACTOR, alert_id=FIRING.id)

    assert alert.acknowledged_by == "key:bob"
    assert world.tables.facts == []


def test_only_a_firing_alert_is_acknowledged() -> None:
    world = with_alert(replace(FIRING, state=AlertState.RESOLVED))

    with pytest.raises(Conflict):
        acknowledge(world.services(), actor=ACTOR, alert_id=FIRING.id)

    assert world.tables.facts == []


@pytest.mark.parametrize(
    ("reason", "effect_done"),
    [
        pytest.param("period_ended", False, id="only its period ended it"),
        pytest.param("removed", True, id="it had capped the limit"),
    ],
)
def test_an_alert_that_may_keep_the_baseline_down_may_still_be_acknowledged(
    reason: str, *, effect_done: bool
) -> None:
    ended = replace(
        FIRING, state=AlertState.RESOLVED, reason=reason, effect_done=effect_done
    )
    world = with_alert(ended)

    alert = acknowledge(world.services(), actor=ACTOR, alert_id=FIRING.id)

    assert alert.acknowledged_by == ACTOR


def test_an_unknown_alert_is_not_found() -> None:
    with pytest.raises(NotFound):
        acknowledge(World().services(), actor=ACTOR, alert_id="al_none")


def test_pausing_is_recorded_once() -> None:
    world = World()

    assert pause(world.services(), actor=ACTOR)
    assert not pause(world.services(), actor=ACTOR)

    assert world.tables.paused
    assert [fact.action for fact in world.tables.facts] == [
        AuditAction.AUTOMATION_PAUSED
    ]


def test_resuming_undoes_a_pause() -> None:
    world = World()
    pause(world.services(), actor=ACTOR)

    assert resume(world.services(), actor=ACTOR) == ()

    assert not world.tables.paused
    assert world.tables.facts[-1].action is AuditAction.AUTOMATION_RESUMED


def test_resuming_closes_open_circuits() -> None:
    world = World()
    for name in ("beta", "acme"):
        world.tables.states[name] = OrganizationState(
            organization=name, failures=3, retry_at=NOON, is_circuit_open=True
        )
    world.tables.states["calm"] = OrganizationState(organization="calm", failures=1)

    assert resume(world.services(), actor=ACTOR) == ("acme", "beta")

    assert world.locks.held == ["acme", "beta"]
    assert world.tables.states["acme"] == OrganizationState(organization="acme")
    assert world.tables.states["calm"].failures == 1
    assert [(fact.chain, fact.action) for fact in world.tables.facts] == [
        ("acme", AuditAction.CIRCUIT_CLOSED),
        ("beta", AuditAction.CIRCUIT_CLOSED),
    ]


def test_resuming_what_runs_is_no_news() -> None:
    world = World()

    assert resume(world.services(), actor=ACTOR) == ()

    assert world.tables.facts == []
