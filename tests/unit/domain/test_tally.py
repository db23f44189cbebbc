"""Facts are counted under labels that nobody outside can make up."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from service.domain.audit import AuditAction, Fact, Json
from service.domain.tally import Tally, tallies_of

NOON = datetime(2026, 8, 20, 12, tzinfo=UTC)


def fact(
    action: AuditAction,
    *,
    chain: str = "acme",
    outcome: str = "",
    reason: str = "",
    detail: Mapping[str, Json] | None = None,
) -> Fact:
    return Fact(
        chain=chain,
        at=NOON,
        actor="system:scheduler",
        action=action,
        target="",
        outcome=outcome,
        reason=reason,
        detail=detail,
    )


@pytest.mark.parametrize(
    ("counted", "label"),
    [
        (fact(AuditAction.CHECK_COMPLETED, outcome="unknown"), "unknown"),
        (fact(AuditAction.ALERT_FIRED, detail={"severity": "critical"}), "critical"),
        (fact(AuditAction.NOTIFICATION_FAILED, detail={"channel": "mail"}), "mail"),
        (fact(AuditAction.NOTIFICATION_FAILED), ""),
        (fact(AuditAction.LIMIT_CHANGE_SKIPPED, reason="cooldown"), "cooldown"),
        (fact(AuditAction.LIMIT_CHANGE_FAILED, reason="rejected"), "rejected"),
        (fact(AuditAction.LIMIT_CHANGE_APPLIED, reason="Zoe asked for it"), ""),
        (fact(AuditAction.KEY_REFUSED, chain="system", reason="no_key"), ""),
    ],
)
def test_each_action_has_a_label_of_its_own(counted: Fact, label: str) -> None:
    (tally,) = tallies_of([counted])

    assert tally == Tally(
        chain=counted.chain, action=counted.action, label=label, number=1
    )


def test_like_facts_are_counted_together_and_chains_apart() -> None:
    facts = [
        fact(AuditAction.POLICY_LOADED, chain=chain) for chain in ("b", "a", "b", "b")
    ]

    counted = [(each.chain, each.number) for each in tallies_of(facts)]

    assert counted == [("a", 1), ("b", 3)]


def test_what_nobody_counts_is_left_out() -> None:
    assert tallies_of([fact(AuditAction.SERVICE_STARTED)]) == ()
