"""What silences keep from being told, and the record that nobody was told and why."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from service.domain.alert import Alert
from service.domain.audit import SCHEDULER, AuditAction, Fact
from service.domain.decision import Told
from service.domain.silence import Silence, is_told_later, muting, withhold
from service.ports import UnitOfWork


def audible(work: UnitOfWork, told: Iterable[Told], now: datetime) -> tuple[Told, ...]:
    """Leave out what an active silence mutes; nothing but news of alerts is muted.

    Left out as well is what follows on news that was withheld: it is told together
    with that, at the next check after the silence.
    """
    every = tuple(told)
    if all(each.alert is None for each in every):
        return every
    return tuple(_heard(work, every, work.active_silences(now), now))


def _heard(
    work: UnitOfWork,
    told: Iterable[Told],
    silences: tuple[Silence, ...],
    now: datetime,
) -> Iterator[Told]:
    for each in told:
        alert = each.alert
        if alert is None:
            yield each
            continue
        silence = muting(silences, alert)
        if silence is not None:
            _mute(work, each, alert, silence, now)
        elif not is_told_later(alert, each.event.kind):
            yield each


def _mute(
    work: UnitOfWork, told: Told, alert: Alert, silence: Silence, now: datetime
) -> None:
    # As it is kept by now: what was decided beside this news must stay decided.
    alert = work.alert(alert.id) or alert
    work.save_alert(withhold(alert, told.event.kind, silence))
    work.record(
        Fact(
            chain=alert.key.organization,
            at=now,
            actor=SCHEDULER,
            action=AuditAction.ALERT_MUTED,
            target=f"alert:{alert.id}",
            outcome="muted",
            reason=silence.comment,
            detail={
                "silence": silence.id,
                "by": silence.created_by,
                "event": told.event.kind.value,
                "channels": told.channels,
            },
        )
    )
