"""What is told and recorded of a request for approval, edge by edge."""

import pytest

from service.domain.approval import ApprovalState, SupersededBy
from service.domain.approval_step import ApprovalEdge, ApprovalStep
from service.domain.approval_telling import (
    approval_facts,
    asked_for,
    step_sentence,
    tell_approvals,
    unanswered,
)
from service.domain.audit import SCHEDULER, AuditAction, Fact, PolicyReference
from service.domain.decision import Told
from service.domain.effect import OnExpiry
from service.domain.limit_change import ChangeKind
from service.domain.notification import Event, EventKind, Figures
from service.domain.policy import Severity
from tests.approvals import approval
from tests.builders import MINUTE, NOON, Fields, euros, policy_set

KNOWN = frozenset({"finops", "oncall"})
WISH: Fields = {
    "kind": ChangeKind.MANUAL,
    "requested_by": "key:ada",
    "policy_id": None,
    "threshold_id": None,
    "alert_id": None,
}


def step(
    edge: ApprovalEdge = ApprovalEdge.REQUESTED, **changes: Fields
) -> ApprovalStep:
    return ApprovalStep(approval=approval(**changes), edge=edge)


SUPERSEDED: Fields = {"ended_reason": SupersededBy.TOO_LATE}


@pytest.mark.parametrize(
    ("edge", "kind", "severity"),
    [
        (ApprovalEdge.REQUESTED, EventKind.APPROVAL_REQUESTED, Severity.CRITICAL),
        (ApprovalEdge.REMINDED, EventKind.APPROVAL_REMINDER, Severity.CRITICAL),
        (ApprovalEdge.GRANTED, EventKind.APPROVAL_GRANTED, Severity.INFO),
        (ApprovalEdge.DENIED, EventKind.APPROVAL_DENIED, Severity.INFO),
        (ApprovalEdge.EXPIRED, EventKind.APPROVAL_EXPIRED, Severity.INFO),
        (ApprovalEdge.SUPERSEDED, EventKind.APPROVAL_SUPERSEDED, Severity.INFO),
    ],
)
def test_each_edge_is_told_whole_and_only_a_question_is_urgent(
    edge: ApprovalEdge, kind: EventKind, severity: Severity
) -> None:
    moved = step(edge, **SUPERSEDED)

    assert list(tell_approvals([moved], KNOWN, ("oncall",))) == [
        Told(
            event=Event(
                kind=kind,
                severity=severity,
                alert_kind="approval",
                detail=step_sentence(moved),
                policy_id="acme-monthly",
                threshold_id="stop",
                alert_id="al_1",
                approval_id="ap_1",
            ),
            channels=("finops",),
        )
    ]


def test_that_a_request_was_used_is_told_by_the_limit_change_alone() -> None:
    used, denied = step(ApprovalEdge.USED), step(ApprovalEdge.DENIED)

    told = tell_approvals([used, denied], KNOWN, ("oncall",))

    assert [each.event.kind for each in told] == [EventKind.APPROVAL_DENIED]


@pytest.mark.parametrize(
    ("asked", "heard_by"),
    [
        (("finops", "oncall"), ("finops", "oncall")),
        pytest.param(("gone", "finops"), ("finops",), id="those that are still there"),
        pytest.param(("gone",), ("oncall",), id="the default, where none is left"),
    ],
)
def test_who_was_asked_hears_the_answer(
    asked: tuple[str, ...], heard_by: tuple[str, ...]
) -> None:
    (told,) = tell_approvals([step(channels=asked)], KNOWN, ("oncall",))

    assert told.channels == heard_by


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "cap the limit from 6000.00 EUR to 5000.00 EUR (by acme-monthly/stop)"),
        pytest.param(
            {"before": None, "kind": ChangeKind.SET},
            "set the limit to 5000.00 EUR (by acme-monthly/stop)",
            id="from nobody knows where",
        ),
        pytest.param(
            WISH,
            "raise the limit from 6000.00 EUR to 5000.00 EUR (asked by key:ada)",
            id="a person's wish",
        ),
    ],
)
def test_what_is_asked_for_is_said_in_a_few_words(changes: Fields, words: str) -> None:
    assert asked_for(approval(**changes)) == words


@pytest.mark.parametrize(
    ("on_expiry", "words"),
    [
        (OnExpiry.DENY, "it is not done"),
        (OnExpiry.APPLY, "it is done as if approved"),
    ],
)
def test_what_follows_if_nobody_answers_is_said_beforehand(
    on_expiry: OnExpiry, words: str
) -> None:
    said = unanswered(approval(on_expiry=on_expiry))

    assert said == f"if nobody answers by 2026-08-20 14:00 UTC, {words}"


WHAT = asked_for(approval())
BOB: Fields = {"decided_by": "key:bob"}
EXPIRED: Fields = {"state": ApprovalState.EXPIRED}


@pytest.mark.parametrize(
    ("moved", "words"),
    [
        pytest.param(
            step(reason="launch"),
            ["approval wanted", unanswered(approval()), "launch"],
            id="asked",
        ),
        pytest.param(
            step(ApprovalEdge.REMINDED, on_expiry=OnExpiry.APPLY),
            ["approval still wanted", unanswered(approval(on_expiry=OnExpiry.APPLY))],
            id="asked again",
        ),
        pytest.param(
            step(ApprovalEdge.GRANTED, **BOB), ["key:bob approved"], id="granted"
        ),
        pytest.param(
            step(ApprovalEdge.DENIED, note="not this month", **BOB),
            ["key:bob denied", "not this month"],
            id="denied with a note",
        ),
        pytest.param(
            step(ApprovalEdge.EXPIRED, on_expiry=OnExpiry.APPLY, **EXPIRED),
            ["nobody answered", "it goes on"],
            id="goes on unanswered",
        ),
        pytest.param(
            step(ApprovalEdge.EXPIRED, **EXPIRED),
            ["nobody answered", "it is not done"],
            id="ends unanswered",
        ),
    ],
)
def test_what_happened_to_a_request_is_said_in_a_sentence(
    moved: ApprovalStep, words: list[str]
) -> None:
    sentence = step_sentence(moved)

    assert all(word in sentence for word in (*words, WHAT)), sentence


def test_a_sentence_names_no_reason_and_no_note_where_none_was_given() -> None:
    edges = ApprovalEdge.REQUESTED, ApprovalEdge.GRANTED
    asked, granted = (step_sentence(step(edge, reason="", **BOB)) for edge in edges)

    assert asked.endswith(unanswered(approval()))
    assert granted.endswith(WHAT)


def test_every_reason_for_which_nothing_is_left_has_words_of_its_own() -> None:
    edge = ApprovalEdge.SUPERSEDED
    said = {step_sentence(step(edge, ended_reason=each.value)) for each in SupersededBy}

    assert len(said) == len(SupersededBy)
    assert all("nothing is left" in each and WHAT in each for each in said)
    assert not any(each.value in "".join(said) for each in SupersededBy)


def test_a_request_is_recorded_whole() -> None:
    policies = policy_set()
    denied = approval(
        state=ApprovalState.DENIED,
        decided_by="key:bob",
        note="not this month",
        ended_reason="denied",
        figures=Figures(state="known", spend=euros("5100.50")),
    )
    moved = ApprovalStep(approval=denied, edge=ApprovalEdge.DENIED)
    at = NOON + MINUTE

    assert list(approval_facts([moved], at, policies, "key:bob")) == [
        Fact(
            chain="acme",
            at=at,
            actor="key:bob",
            action=AuditAction.APPROVAL_DENIED,
            target="approval:ap_1",
            outcome="denied",
            reason="denied",
            policy=PolicyReference(
                id="acme-monthly", revision=policies.revision, commit=policies.commit
            ),
            detail={
                "kind": "cap",
                "from": {"amount": "6000", "currency": "EUR", "unlimited": False},
                "to": {"amount": "5000", "currency": "EUR", "unlimited": False},
                "requested_by": "system:scheduler",
                "expires_at": "2026-08-20T14:00:00.000000Z",
                "on_expiry": "deny",
                "decided_by": "key:bob",
                "note": "not this month",
                "why": denied.reason,
                "threshold": "stop",
                "alert": "al_1",
                "limit_change": "lc_1",
                "spend": "5100.5",
            },
        )
    ]


@pytest.mark.parametrize("edge", list(ApprovalEdge))
def test_every_edge_is_recorded_under_its_name(edge: ApprovalEdge) -> None:
    (fact,) = approval_facts([step(edge)], NOON, None)

    assert fact.action is AuditAction[f"APPROVAL_{edge.name}"]
    assert (fact.actor, fact.policy) == (SCHEDULER, None)


@pytest.mark.parametrize("figures", [None, Figures(state="unknown")])
def test_a_spend_that_nobody_knew_is_recorded_as_none(figures: Figures | None) -> None:
    (fact,) = approval_facts([step(figures=figures)], NOON, None)

    assert fact.detail is not None
    assert fact.detail["spend"] is None
