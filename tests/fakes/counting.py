"""Counts over what the storage in memory keeps."""

from collections import Counter
from collections.abc import Collection, Iterable

from service.domain.alert import Alert, AlertState
from service.domain.notification import Notification, NotificationState
from service.ports import Firing, Waiting

_WAITING = set(NotificationState) - {
    NotificationState.DELIVERED,
    NotificationState.ABANDONED,
    NotificationState.MERGED,
}


def firing_of(
    alerts: Iterable[Alert], organizations: Collection[str]
) -> tuple[Firing, ...]:
    counts = Counter(
        (alert.key.organization, alert.kind, alert.severity)
        for alert in alerts
        if alert.state is AlertState.FIRING and alert.key.organization in organizations
    )
    return tuple(
        Firing(organization=name, kind=kind, severity=severity, number=number)
        for (name, kind, severity), number in sorted(counts.items())
    )


def waiting_of(notifications: Iterable[Notification]) -> tuple[Waiting, ...]:
    found: dict[tuple[str, NotificationState], list[Notification]] = {}
    for each in notifications:
        if each.state in _WAITING:
            found.setdefault((each.channel, each.state), []).append(each)
    return tuple(
        Waiting(
            channel=name,
            state=state,
            number=len(kept),
            oldest_at=min(each.created_at for each in kept),
        )
        for (name, state), kept in sorted(found.items())
    )
