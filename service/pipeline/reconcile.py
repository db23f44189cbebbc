"""Hold open changes and the reference against a reading made outside of any check."""

from datetime import datetime

from service.domain.audit import SCHEDULER
from service.domain.health_moves import drift_moves
from service.domain.identity import stable_id
from service.domain.messages import notifications_of
from service.domain.period import month_of, previous_month
from service.domain.recording import step_facts
from service.domain.settlement import Settlement
from service.domain.settlement import reconcile as hold_against
from service.domain.telling import reference_fact, tell_moved
from service.domain.usage import LimitReading
from service.pipeline.decide import alerts_by_key
from service.pipeline.enforce import conclude
from service.pipeline.outbox import enqueue, plain_envelope
from service.ports import Services, UnitOfWork


def reconcile(services: Services, organization: str, reading: LimitReading) -> None:
    """Settle what the change that a person makes next would hide from the next check.

    Open changes end as the reading says, and a limit that somebody set outside is
    adopted; all that follows is recorded and told as a check would (§5).
    """
    now = services.clock.now()
    with services.transaction() as work:
        settlement = _settlement(work, organization, reading, now)
    for change in settlement.settled:
        conclude(services, change, reading, decision=None, actor=SCHEDULER)
    with services.transaction() as work:
        settlement = _settlement(work, organization, reading, now)
        if settlement.state.reference != work.state(organization).reference:
            work.save_state(settlement.state)
            work.record(reference_fact(settlement, now))
            _tell_drift(services, work, settlement, now)


def _settlement(
    work: UnitOfWork, organization: str, reading: LimitReading, now: datetime
) -> Settlement:
    month = month_of(now)
    changes = work.limit_changes(organization, previous_month(month).start)
    state = work.state(organization)
    return hold_against(state, changes, reading.limit, now, month.end)


def _tell_drift(
    services: Services, work: UnitOfWork, settlement: Settlement, now: datetime
) -> None:
    """Fire `limit_changed_outside` where it was changed outside, to the default."""
    name, month = settlement.state.organization, month_of(now)
    alerts = alerts_by_key(work, name, previous_month(month).start)
    policies = services.policies.current()
    moved = tuple(drift_moves(settlement, alerts, policies.default_channels, now))
    work.record(*step_facts((each.step for each in moved), now, policies))
    for alert in (each.step.alert for each in moved if each.step.alert is not None):
        work.save_alert(alert)
        occasion = stable_id("drift", alert.id)
        envelope = plain_envelope(services, policies, occasion, name, now)
        enqueue(work, notifications_of(tell_moved(moved), envelope))
