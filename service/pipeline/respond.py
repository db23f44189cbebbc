"""What a person may do: acknowledge an alert, pause and resume automatic changes.

Each function takes the actor (`user:…` or `key:…`) and records what was done in the
transaction that does it. Setting a limit is in `limits`, keys, notifications and
policies are in the files beside this one.
"""

from contextlib import ExitStack
from dataclasses import replace

from service.domain.alert import Alert, AlertState
from service.domain.audit import SYSTEM_CHAIN, AuditAction, Fact
from service.domain.errors import Conflict, NotFound
from service.domain.state import OrganizationState
from service.pipeline.cycle import WAIT_FOR_CHECK
from service.ports import Services, UnitOfWork


def acknowledge(services: Services, *, actor: str, alert_id: str) -> Alert:
    """Say that somebody has seen an alert, which stops its reminders.

    A second acknowledgement changes nothing. Raises `NotFound` for an unknown alert,
    `Conflict` for one that is not firing, `WriterBusy` when a check never ends.
    One that its period ended, or that moved the limit, may still be: its cap keeps the
    baseline down (§5).
    """
    found = services.queries.alert(alert_id)
    if found is None:
        raise NotFound(f"no alert has the id {alert_id!r}")
    with (
        services.locks.organization(found.key.organization, WAIT_FOR_CHECK),
        services.transaction() as unit,
    ):
        alert = unit.alert(alert_id) or found
        if alert.acknowledged_by is not None:
            return alert
        if not _may_acknowledge(alert):
            raise Conflict(f"only a firing alert is acknowledged; it is {alert.state}")
        return _acknowledge(services, unit, actor, alert)


def _may_acknowledge(alert: Alert) -> bool:
    is_over = alert.state is AlertState.RESOLVED
    return alert.state is AlertState.FIRING or (
        is_over and (alert.effect_done or alert.reason == "period_ended")
    )


def _acknowledge(
    services: Services, unit: UnitOfWork, actor: str, alert: Alert
) -> Alert:
    now = services.clock.now()
    seen = replace(alert, acknowledged_by=actor, acknowledged_at=now)
    unit.save_alert(seen)
    unit.record(
        Fact(
            chain=alert.key.organization,
            at=now,
            actor=actor,
            action=AuditAction.ALERT_ACKNOWLEDGED,
            target=f"alert:{alert.id}",
            outcome="acknowledged",
        )
    )
    return seen


def pause(services: Services, *, actor: str) -> bool:
    """Stop all automatic limit changes at once; say whether that was news.

    Waits for no check: it holds for the next change, even of a check under way.
    """
    with services.transaction() as unit:
        if unit.is_paused():
            return False
        unit.set_paused(paused=True)
        unit.record(_automation(services, actor, AuditAction.AUTOMATION_PAUSED))
        return True


def resume(services: Services, *, actor: str) -> tuple[str, ...]:
    """Allow automatic changes again and close every open circuit.

    Gives the organizations whose circuit was closed. Raises `WriterBusy` when a check
    of one of them never ends; then nothing has changed.
    """
    open_ones = [
        state.organization
        for state in services.queries.organization_states()
        if state.is_circuit_open
    ]
    with ExitStack() as held:
        # In one order for everybody, so that two who resume never wait for each other.
        for organization in sorted(open_ones):
            held.enter_context(
                services.locks.organization(organization, WAIT_FOR_CHECK)
            )
        unit = held.enter_context(services.transaction())
        if unit.is_paused():
            unit.set_paused(paused=False)
            unit.record(_automation(services, actor, AuditAction.AUTOMATION_RESUMED))
        states = [unit.state(organization) for organization in sorted(open_ones)]
        closed = [state for state in states if state.is_circuit_open]
        for state in closed:
            _close_circuit(services, unit, actor, state)
        return tuple(state.organization for state in closed)


def _close_circuit(
    services: Services, unit: UnitOfWork, actor: str, state: OrganizationState
) -> None:
    unit.save_state(replace(state, is_circuit_open=False, failures=0, retry_at=None))
    unit.record(
        Fact(
            chain=state.organization,
            at=services.clock.now(),
            actor=actor,
            action=AuditAction.CIRCUIT_CLOSED,
            target=f"organization:{state.organization}",
            outcome="closed",
        )
    )


def _automation(services: Services, actor: str, action: AuditAction) -> Fact:
    return Fact(
        chain=SYSTEM_CHAIN,
        at=services.clock.now(),
        actor=actor,
        action=action,
        target="automation",
        outcome="paused" if action is AuditAction.AUTOMATION_PAUSED else "resumed",
    )
