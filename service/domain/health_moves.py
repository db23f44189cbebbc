"""What became of health alerts at a check or at a person's act, and who hears of it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from service.domain import health
from service.domain.alert import Alert, AlertKey
from service.domain.thresholds import Moved


def condition_moves(
    conditions: Iterable[health.Condition],
    organization: str,
    alerts: Mapping[AlertKey, Alert],
    channels: tuple[str, ...],
    now: datetime,
) -> Iterator[Moved]:
    """Move the alert of each condition; `alerts` holds the newest firing of each."""
    for condition in conditions:
        key = health.key_of(organization, condition)
        step = health.step(alerts.get(key), condition, key, now)
        if step.alert is not None:
            yield Moved(step=step, channels=channels)
