"""Hold open changes and the reference against a reading made outside of any check."""

from datetime import datetime

from service.domain import health
from service.domain.identity import stable_id
from service.domain.limit_plan import ACTOR
from service.domain.messages import Envelope, notifications_of
from service.domain.period import month_of, previous_month
from service.domain.recording import step_facts
from service.domain.settlement import Settlement
from service.domain.settlement import reconcile as hold_against
from service.domain.telling import reference_fact, tell_moved
from service.domain.thresholds import Moved
from service.domain.usage import LimitReading
from service.pipeline.decide import alerts_by_key
from service.pipeline.enforce import conclude
from service.pipeline.outbox import enqueue
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
        conclude(services, change, reading, decision=None, actor=ACTOR)
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
    condition = health.drift_condition(settlement)
    name, month = settlement.state.organization, month_of(now)
    key = health.key_of(name, condition)
    before = alerts_by_key(work, name, previous_month(month).start).get(key)
    step = health.moment(before, condition, key, now, "adopted")
    if step.alert is None or not step.is_changed:
        return
    policies = services.policies.current()
    work.save_alert(step.alert)
    work.record(*step_facts([step], now, policies))
    envelope = Envelope(
        occasion=stable_id("drift", step.alert.id),
        organization=name,
        at=now,
        period=month.key,
        revision=policies.revision,
        commit=policies.commit,
        link=services.public_url,
    )
    moved = Moved(step=step, channels=policies.default_channels)
    enqueue(work, notifications_of(tell_moved([moved]), envelope))
