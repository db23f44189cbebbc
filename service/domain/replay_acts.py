"""What a person said about a hold or a drift while a past went by, done to a replay."""

from dataclasses import replace
from datetime import datetime

from service.domain.alert import AlertKind, health_key
from service.domain.alerting import resolve
from service.domain.drift import DriftNews, DriftTurn, Followed
from service.domain.drift_moves import drift_moves
from service.domain.period import month_of
from service.domain.replay_memory import ReplayMemory
from service.domain.settlement import adopt


def release_hold(memory: ReplayMemory, *, actor: str, now: datetime) -> None:
    """Let a limit that follows go on; nothing where the replay does not hold."""
    state = memory.state
    memory.state = replace(state, track=state.track.released(now))
    alert = memory.alerts(now).get(
        health_key(state.organization, AlertKind.TRACKING_HELD)
    )
    if alert is not None and alert.is_open:
        said = f"released by {actor}: the limit follows again"
        step = resolve(alert, said, now)
        memory.save_alert(step.alert or alert)


def keep_drift(memory: ReplayMemory, *, actor: str, now: datetime) -> None:
    """Take a limit moved outside as a person's choice; nothing without a drift."""
    state = memory.state
    if state.drift is None:
        return
    until = month_of(now).end
    memory.state = adopt(state, state.drift.observed, now, until, by=actor)
    news = DriftNews(turn=DriftTurn.ADOPTED, drift=state.drift, sentence="adopted")
    followed = Followed(state=memory.state, news=(news,))
    moves = drift_moves(followed, memory.alerts(now), (), now)
    for alert in [e.step.alert for e in moves if e.step.alert is not None]:
        memory.save_alert(alert)
