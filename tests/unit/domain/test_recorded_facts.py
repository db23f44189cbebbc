"""Everything that the audit log keeps of a change, an alert, a check and a period."""

from dataclasses import replace
from decimal import Decimal

from service.domain.audit import SCHEDULER, AuditAction, Fact, PolicyReference
from service.domain.evaluation import evaluate
from service.domain.limit_change import ChangeState
from service.domain.recording import alert_fact, change_fact, check_fact
from service.domain.telling import circuit_opened, reference_fact
from tests.builders import (
    NOON,
    alert,
    change,
    check,
    limit,
    memory,
    organization,
    policy,
    policy_set,
    snapshot,
    state,
    threshold,
)


def euros(amount: str) -> dict[str, str | bool]:
    return {"amount": amount, "currency": "EUR", "unlimited": False}


def test_a_change_is_recorded_whole() -> None:
    policies = policy_set()
    moved = change(
        id="lc_7",
        state=ChangeState.FAILED,
        before=limit(500),
        after=limit(600),
        observed=limit(700),
        exact=Decimal("599.50"),
        requested_by="anna",
        policy_id="acme-monthly",
        threshold_id="stop",
        alert_id="al_1",
        approval_id="ap_1",
        reason="overtaken",
        note="launch day",
    )

    assert change_fact(moved, NOON, policies, "anna") == Fact(
        chain=moved.organization,
        at=NOON,
        actor="anna",
        action=AuditAction.LIMIT_CHANGE_FAILED,
        target="limit_change:lc_7",
        outcome="failed",
        reason="overtaken",
        policy=PolicyReference(
            id="acme-monthly", revision=policies.revision, commit=policies.commit
        ),
        detail={
            "kind": moved.kind.value,
            "from": euros("500"),
            "to": euros("600"),
            "exact": "599.5",
            "observed": euros("700"),
            "requested_by": "anna",
            "threshold": "stop",
            "alert": "al_1",
            "note": "launch day",
            "approval": "ap_1",
        },
    )


def test_an_alert_is_recorded_whole() -> None:
    policies = policy_set()
    fired = alert(value=Decimal("2600.50"), bound=Decimal(2500), reason="because")
    key = fired.key

    assert alert_fact(fired, AuditAction.ALERT_FIRED, NOON, policies, "anna") == Fact(
        chain=key.organization,
        at=NOON,
        actor="anna",
        action=AuditAction.ALERT_FIRED,
        target=f"alert:{fired.id}",
        outcome="firing",
        reason="because",
        policy=PolicyReference(
            id=key.policy_id, revision=policies.revision, commit=policies.commit
        ),
        detail={
            "kind": fired.kind.value,
            "severity": fired.severity.value,
            "threshold": key.threshold_id,
            "scope": key.scope,
            "period": key.period,
            "firing": fired.firing,
            "value": "2600.5",
            "bound": "2500",
            "unit": fired.unit,
        },
    )


def test_a_check_is_recorded_whole() -> None:
    policies = policy_set()
    made = check(
        limit=limit(900), alerts_fired=("al_1",), change_id="lc_7", decisions=()
    )

    assert check_fact(made, policies) == Fact(
        chain=made.organization,
        at=made.at,
        actor=SCHEDULER,
        action=AuditAction.CHECK_COMPLETED,
        target=f"check:{made.id}",
        outcome=made.outcome.value,
        reason="",
        detail={
            "spend": "1000",
            "currency": made.currency,
            "data": "known",
            "limit": euros("900"),
            "thresholds": {},
            "alerts_fired": ["al_1"],
            "limit_change": "lc_7",
            "revision": policies.revision,
            "commit": policies.commit,
            "author": None,
        },
    )


def test_the_first_limit_seen_is_recorded_whole() -> None:
    assert reference_fact(state(reference=limit(900)), NOON) == Fact(
        chain="acme",
        at=NOON,
        actor=SCHEDULER,
        action=AuditAction.LIMIT_REFERENCE_SEEN,
        target="organization:acme",
        outcome="seen",
        detail={"from": None, "to": euros("900")},
    )


def test_a_circuit_that_opened_is_recorded_whole() -> None:
    assert circuit_opened("acme", NOON, 3) == Fact(
        chain="acme",
        at=NOON,
        actor=SCHEDULER,
        action=AuditAction.CIRCUIT_OPENED,
        target="organization:acme",
        outcome="open",
        detail={"failures": 3},
    )


def test_a_period_that_began_is_recorded_with_the_total_of_the_last() -> None:
    before = state(period="2026-07", final_total=Decimal("1234.50"))
    policies = policy_set(policy(threshold(spend="100%")))
    found = evaluate(policies, organization(), snapshot(10), memory(before), now=NOON)
    began = [each for each in found.facts if each.action is AuditAction.PERIOD_STARTED]

    assert [replace(each, detail=None) for each in began] == [
        Fact(
            chain="acme",
            at=NOON,
            actor=SCHEDULER,
            action=AuditAction.PERIOD_STARTED,
            target="organization:acme",
            outcome="started",
        )
    ]
    total = found.state.final_total
    assert began[0].detail == {
        "period": "2026-08",
        "before": "2026-07",
        "final_total": None if total is None else f"{total.normalize():f}",
    }
