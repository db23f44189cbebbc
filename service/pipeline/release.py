"""What a person may say when a limit that follows holds: the spend is healthy."""

from dataclasses import dataclass, replace
from datetime import datetime

from service.domain.alert import AlertKind, health_key
from service.domain.alerting import resolve
from service.domain.audit import AuditAction, Fact, timestamp
from service.domain.errors import Conflict
from service.domain.identity import stable_id
from service.domain.period import month_of, previous_month
from service.domain.recording import number, step_facts
from service.domain.telling import tell_moved
from service.domain.thresholds import Moved
from service.domain.track_state import Hold
from service.pipeline.cycle import WAIT_FOR_CHECK
from service.pipeline.decide import alerts_by_key, require_organization
from service.pipeline.outbox import plain_envelope, tell
from service.ports import Services, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A hold that a person ended; the next check moves the limit where it belongs."""

    organization: str
    hold: Hold
    by: str
    at: datetime


def release_tracking(services: Services, *, actor: str, organization: str) -> Released:
    """Let a limit that follows go on, for what was spent is healthy.

    Raises `NotFound`, `Conflict` where nothing is held, and `WriterBusy`.
    """
    require_organization(services.policies.current(), organization)
    with (
        services.locks.organization(organization, WAIT_FOR_CHECK),
        services.transaction() as work,
    ):
        now, state = services.clock.now(), work.state(organization)
        hold = state.track.hold
        if hold is None:
            raise Conflict(
                f"nothing is held: the limit of {organization} follows the spend, or"
                " no policy asks for that"
            )
        work.save_state(replace(state, track=state.track.released(now)))
        released = Released(organization=organization, hold=hold, by=actor, at=now)
        work.record(_fact(released))
        _resolve(services, work, released)
    services.wake_delivery()
    return released


def _fact(released: Released) -> Fact:
    hold = released.hold
    return Fact(
        chain=released.organization,
        at=released.at,
        actor=released.by,
        action=AuditAction.TRACKING_RELEASED,
        target=f"organization:{released.organization}",
        outcome="released",
        reason=hold.why.value,
        detail={"since": timestamp(hold.since), "fastest": number(hold.fastest)},
    )


def _resolve(services: Services, work: UnitOfWork, released: Released) -> None:
    """End the alert and tell who heard of it."""
    name, now, policies = (
        released.organization,
        released.at,
        services.policies.current(),
    )
    alerts = alerts_by_key(work, name, previous_month(month_of(now)).start)
    alert = alerts.get(health_key(name, AlertKind.TRACKING_HELD))
    if alert is None or not alert.is_open:
        return
    step = resolve(alert, f"released by {released.by}: the limit follows again", now)
    work.record(*step_facts((step,), now, policies))
    work.save_alert(step.alert or alert)
    moved = Moved(step=step, channels=policies.default_channels)
    envelope = plain_envelope(
        services, policies, stable_id("release", name, now), name, now
    )
    tell(work, tell_moved((moved,)), envelope)
