"""Hold open changes and the reference against a reading made outside of any check."""

from service.domain.audit import SCHEDULER
from service.domain.drift import Terms, follow
from service.domain.period import month_of, previous_month
from service.domain.settlement import reconcile as hold_against
from service.domain.telling import reference_fact
from service.domain.usage import LimitReading
from service.pipeline.attribution import log_of
from service.pipeline.decide import require_organization
from service.pipeline.drift_record import record_drift
from service.pipeline.enforce import conclude
from service.ports import Services


def reconcile(services: Services, organization: str, reading: LimitReading) -> None:
    """Settle what the change that a person makes next would hide from the next check.

    Open changes end as the reading says, and a limit that somebody set outside is told
    of; all that follows is recorded as a check would (§5).
    """
    now = services.clock.now()
    month, observed = month_of(now), reading.limit
    since = previous_month(month).start
    with services.transaction() as work:
        state, changes = (
            work.state(organization),
            work.limit_changes(organization, since),
        )
    log = log_of(services, state, reading, now)
    for change in hold_against(state, changes, observed, now, month.end).settled:
        conclude(services, change, reading, decision=None, actor=SCHEDULER)
    about = require_organization(services.policies.current(), organization)
    with services.transaction() as work:
        before = work.state(organization)
        changes = work.limit_changes(organization, since)
        settlement = hold_against(before, changes, observed, now, month.end)
        terms = Terms(
            on_drift=about.on_drift,
            log=log,
            changes=changes,
            now=now,
            period_end=month.end,
        )
        followed = follow(before.drift, settlement, terms)
        work.save_state(followed.state)
        if before.reference is None:
            work.record(reference_fact(followed.state, now))
        record_drift(services, work, followed, now)
