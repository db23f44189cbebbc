"""What a load of policies leaves behind: revision, audit entries, alert, messages."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from service.domain.alert import SYSTEM, Alert, AlertKind, AlertState
from service.domain.alerting import Step
from service.domain.audit import SYSTEM_CHAIN, AuditAction, Fact, Json
from service.domain.check import Outcome
from service.domain.decision import Told
from service.domain.health import Condition, key_of, step
from service.domain.notification import Event, EventKind
from service.domain.policy import Severity
from service.domain.policy_differences import differences
from service.domain.policy_set import PolicySet
from service.domain.recording import step_facts
from service.pipeline.outbox import plain_envelope, tell
from service.ports import Revision, Services, StoredPolicy, UnitOfWork

_ACTOR = "system:policies"
# Why a policy put over the API is retired: a file of the folder took its id.
_RETIRED = "declared_in_file"
# The newest firing is wanted however long ago it was: its number is taken.
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def record_loaded(
    work: UnitOfWork,
    services: Services,
    before: PolicySet | None,
    policies: PolicySet,
    retired: tuple[StoredPolicy, ...],
) -> None:
    """Keep a good set with its differences, retire what it replaces, end the alert."""
    now = policies.loaded_at
    work.save_revision(
        Revision(
            revision=policies.revision,
            loaded_at=now,
            source=policies.source,
            commit=policies.commit,
            author=policies.author,
            texts=services.policy_source.storable(policies.texts),
        )
    )
    work.record(_loaded_fact(before, policies))
    for stored in retired:
        work.save_policy(replace(stored, retired_at=now, retired_reason=_RETIRED))
        work.record(_retired_fact(stored, policies))
    channels = policies.default_channels
    gone = (_retired_event(stored, policies) for stored in retired)
    told = [
        *_move_alert(work, channels, now, None),
        *(Told(event=event, channels=channels) for event in gone),
    ]
    _tell(work, services, policies, told, now)


def record_refused(
    work: UnitOfWork, services: Services, in_force: PolicySet, refused: Revision
) -> None:
    """Keep what was refused and why, and alert once."""
    now = refused.loaded_at
    work.save_revision(refused)
    work.record(
        Fact(
            chain=SYSTEM_CHAIN,
            at=now,
            actor=_ACTOR,
            action=AuditAction.POLICY_REFUSED,
            target="policies",
            outcome="refused",
            reason="invalid_policies",
            detail={
                "revision": refused.revision,
                "commit": refused.commit,
                "author": refused.author,
                "in_force": in_force.revision,
                "findings": tuple((refused.error or "").split("\n")),
            },
        )
    )
    channels = in_force.default_channels
    told = list(_move_alert(work, channels, now, refused.error))
    _tell(work, services, in_force, told, now)


def _loaded_fact(before: PolicySet | None, policies: PolicySet) -> Fact:
    found = differences(before, policies)
    changed: list[Json] = [
        {
            "target": change.target,
            "key": change.key,
            "from": change.before,
            "to": change.after,
        }
        for change in found.changed
    ]
    return Fact(
        chain=SYSTEM_CHAIN,
        at=policies.loaded_at,
        actor=_ACTOR,
        action=AuditAction.POLICY_LOADED,
        target="policies",
        outcome="loaded",
        detail={
            "revision": policies.revision,
            "previous": None if before is None else before.revision,
            "commit": policies.commit,
            "author": policies.author,
            "source": policies.source,
            "added": found.added,
            "removed": found.removed,
            "changed": changed,
        },
    )


def _retired_fact(stored: StoredPolicy, policies: PolicySet) -> Fact:
    return Fact(
        chain=SYSTEM_CHAIN,
        at=policies.loaded_at,
        actor=_ACTOR,
        action=AuditAction.POLICY_RETIRED,
        target=f"policy:{stored.id}",
        outcome="retired",
        reason=_RETIRED,
        detail={"place": _place(stored, policies), "put_by": stored.put_by},
    )


def _place(stored: StoredPolicy, policies: PolicySet) -> str:
    declared = policies.declared(stored.id)
    return "" if declared is None else f"{declared.file}:{declared.line}"


def _retired_event(stored: StoredPolicy, policies: PolicySet) -> Event:
    return Event(
        kind=EventKind.POLICY_RETIRED,
        severity=Severity.INFO,
        alert_kind="policy_retired",
        detail=f"policy {stored.id}, which {stored.put_by} put over the API, gave way"
        f" to {_place(stored, policies)}",
        policy_id=stored.id,
    )


def _move_alert(
    work: UnitOfWork, channels: tuple[str, ...], now: datetime, error: str | None
) -> Iterator[Told]:
    """Fire or resolve the alert about the policies; give what is to be told of it."""
    condition = Condition(
        kind=AlertKind.POLICY_LOAD_FAILED,
        is_on=error is not None,
        severity=Severity.CRITICAL,
        reason=error or "",
    )
    key = key_of(SYSTEM, condition)
    newest = next(
        (each for each in work.alerts(SYSTEM, _EVER) if each.key == key), None
    )
    moved = step(newest, condition, key, now)
    if moved.alert is None:
        return
    alert = moved.alert
    if alert.state is AlertState.FIRING and error is not None:
        # Told once; but whoever looks at the alert sees the newest reason.
        alert = replace(alert, reason=error)
    if alert != newest:
        work.save_alert(alert)
    work.record(*step_facts([moved], now, None))
    if moved.is_changed:
        event = _alert_event(alert, moved)
        yield Told(event=event, channels=channels, alert=alert)


def _alert_event(alert: Alert, moved: Step) -> Event:
    is_over = moved.outcome is Outcome.RESOLVED
    return Event(
        kind=EventKind.RESOLVED if is_over else EventKind.FIRED,
        severity=alert.severity,
        alert_kind=alert.kind.value,
        detail="the policy files are good again and in force"
        if is_over
        else f"the last good policies stay in force; {alert.reason}",
        threshold_id=alert.key.threshold_id,
        alert_id=alert.id,
    )


def _tell(
    work: UnitOfWork,
    services: Services,
    policies: PolicySet,
    told: list[Told],
    now: datetime,
) -> None:
    # By what is told, not by the moment alone: a clock may stand still.
    events = [each.event for each in told]
    what = [f"{each.kind}:{each.alert_id or each.policy_id}" for each in events]
    occasion = f"policies:{now.isoformat()}:{','.join(what)}"
    envelope = plain_envelope(services, policies, occasion, SYSTEM, now)
    tell(work, told, envelope)
