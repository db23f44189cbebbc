"""Beside the table: a silence that outlives its policy, or the process."""

from datetime import timedelta

from service.domain.alert import AlertKind
from service.domain.audit import AuditAction
from service.domain.notification import EventKind
from service.domain.silence import Matchers, Silence
from service.pipeline.respond_silences import SilenceRequest, create_silence
from service.simulator.faults import FaultKind
from tests.failure_modes.stage import HALF, HOUR, Stage, policies

OTHER = policies(HALF).replace("acme-monthly", "acme-other")


def silenced(stage: Stage, matchers: Matchers, lasts: timedelta) -> Silence:
    services = stage.world.application.services
    now = services.clock.now()
    return create_silence(
        services,
        SilenceRequest(
            matchers=matchers,
            starts_at=now,
            ends_at=now + lasts,
            comment="load test",
            actor="user:ada",
        ),
    )


def test_a_silence_that_outlives_its_policy_mutes_no_other(stage: Stage) -> None:
    world = stage.open(HALF)
    silence = silenced(stage, Matchers(policy_id="acme-monthly"), 9 * HOUR)
    in_force = world.application.services.policies
    assert silence.matchers.may_take_any(in_force.current())

    world.write(OTHER)
    world.application.load_policies()
    stage.step()

    assert not silence.matchers.may_take_any(in_force.current())
    assert stage.told() == {"half": 1}
    assert stage.recorded(AuditAction.ALERT_MUTED) == 0


def test_what_a_silence_withheld_is_told_after_a_restart_and_once(
    stage: Stage,
) -> None:
    world = stage.open(HALF)
    silenced(stage, Matchers(policy_id="acme-monthly"), 2 * HOUR)
    stage.step()
    assert stage.told() == {}
    world.restart()
    stage.step()

    world.restart()
    stage.steps(2)
    world.restart()
    stage.step()

    assert stage.told() == {"half": 1}
    assert world.sink.texts("slack")
    assert stage.recorded(AuditAction.ALERT_FIRED) == 1
    assert stage.recorded(AuditAction.ALERT_MUTED) == 1


def test_a_silence_hides_no_lost_figure_once_it_is_over(stage: Stage) -> None:
    stage.open(HALF)
    stage.step()
    silenced(stage, Matchers(kind=AlertKind.DATA_UNKNOWN), 3 * HOUR)
    stage.fails(FaultKind.STATUS, status=500)
    stage.steps(2)
    assert stage.told()["data_unknown"] == 0

    stage.steps(2)

    assert "data_unknown" in stage.firing()
    assert stage.told()["data_unknown"] == 1
    assert stage.told(EventKind.SILENCE_ENDED) == {}
