"""Record what became of a drift outside of any check, and tell of it."""

from datetime import datetime

from service.domain.audit import SCHEDULER
from service.domain.drift import Followed
from service.domain.drift_moves import drift_facts, drift_moves
from service.domain.identity import stable_id
from service.domain.period import month_of, previous_month
from service.domain.recording import step_facts
from service.domain.telling import tell_moved
from service.pipeline.decide import alerts_by_key
from service.pipeline.outbox import plain_envelope, tell
from service.ports import Services, UnitOfWork


def record_drift(
    services: Services,
    work: UnitOfWork,
    followed: Followed,
    now: datetime,
    actor: str = SCHEDULER,
) -> None:
    """Move the alert, record every turn and queue the messages; the state is saved."""
    if not followed.news:
        return
    name, policies = followed.state.organization, services.policies.current()
    alerts = alerts_by_key(work, name, previous_month(month_of(now)).start)
    moved = tuple(drift_moves(followed, alerts, policies.default_channels, now))
    work.record(*drift_facts(name, followed.news, now, actor))
    work.record(*step_facts((each.step for each in moved), now, policies))
    for alert in (each.step.alert for each in moved if each.step.alert is not None):
        work.save_alert(alert)
    turns = "/".join(each.turn for each in followed.news)
    occasion = stable_id("drift", name, turns, now)
    envelope = plain_envelope(services, policies, occasion, name, now)
    tell(work, tell_moved(moved), envelope)
