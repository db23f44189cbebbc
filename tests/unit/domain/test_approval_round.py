"""Requests for approval over many checks: asked, answered, held against the facts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.approval import ApprovalState, SupersededBy
from service.domain.audit import AuditAction
from service.domain.limit_change import ChangeKind, ChangeState, LimitChange
from service.domain.notification import EventKind
from service.domain.policy import Mode, Severity, Threshold
from service.domain.policy_set import PolicySet
from tests.builders import (
    HOUR,
    MINUTE,
    Fields,
    asking,
    capping,
    euros,
    failure,
    limit,
    organization,
    override,
    policy,
    policy_set,
    raising,
    setting,
    threshold,
)
from tests.unit.domain.watching import Watching

STOP = threshold(
    id="stop", spend="100%", then=asking(capping(6000)), severity="critical"
)
MORE = threshold(id="more", spend="50%", then=asking(raising(2000)))


def watching(*thresholds: Threshold, **guardrails: Fields) -> Watching:
    """Watch acme, whose limit is 10,000, after a first healthy check."""
    watched = Watching(
        policy_set(policy(*thresholds)), organization(guardrails=guardrails)
    )
    watched.check(1000)
    return watched


def asked(*thresholds: Threshold, spend: int = 5100, **guardrails: Fields) -> Watching:
    watched = watching(*(thresholds or (STOP,)), **guardrails)
    watched.check(spend)
    return watched


def stands_at(watched: Watching, amount: int) -> None:
    """Put the limit elsewhere, as a change of ours would."""
    watched.limit = limit(amount)
    state = replace(watched.memory.state, reference=watched.limit)
    watched.memory = replace(watched.memory, state=state)


def in_force(watched: Watching, *thresholds: Threshold, **written: Fields) -> PolicySet:
    return replace(
        policy_set(policy(*thresholds, **written)), guard=watched.policies.guard
    )


def actions(watched: Watching) -> list[AuditAction]:
    return [
        fact.action
        for each in watched.decisions
        for fact in each.facts
        if fact.target.startswith("approval:")
    ]


def waiting_change(watched: Watching) -> LimitChange:
    return next(
        each for each in watched.memory.changes if each.id == watched.approval.change_id
    )


def test_a_firing_asks_once_with_what_the_answer_rests_on() -> None:
    watched = asked()
    for _ in range(5):
        watched.check(5100)

    found = watched.approval
    assert watched.memory.approvals == (found,)
    assert found.state is ApprovalState.PENDING
    assert (found.before, found.after) == (limit(10_000), limit(6000))
    assert found.expires_at - found.requested_at == 2 * HOUR
    assert found.figures is not None
    assert found.figures.spend == euros(5100)
    assert found.figures.headroom == euros(4900)
    assert "5100" in found.reason
    assert watched.limit == limit(10_000)
    assert waiting_change(watched).state is ChangeState.AWAITING_APPROVAL
    assert watched.told(EventKind.APPROVAL_REQUESTED) == ["stop"]
    assert actions(watched) == [AuditAction.APPROVAL_REQUESTED]


def test_what_is_told_says_who_answers_by_when_and_what_follows() -> None:
    watched = asked()

    (told,) = (
        each
        for each in watched.all_told
        if each.event.kind is EventKind.APPROVAL_REQUESTED
    )
    assert "cap the limit from 10000.00 EUR to 6000.00 EUR" in told.event.detail
    assert "if nobody answers by 2026-08-20 14:10 UTC, it is not done" in (
        told.event.detail
    )
    assert told.event.severity == "critical"
    assert told.event.approval_id == watched.approval.id
    assert told.channels == ("finops",)


def test_what_was_approved_is_carried_out_at_the_next_check_and_once() -> None:
    watched = asked()
    watched.answer()

    watched.check(5100)
    stands_at(watched, 9000)
    for _ in range(3):
        watched.check(5100, after=HOUR)

    assert watched.approval.state is ApprovalState.USED
    applied = [e for e in watched.memory.changes if e.state is ChangeState.APPLIED]
    assert [each.id for each in applied] == [watched.approval.change_id]
    assert applied[0].approval_id == watched.approval.id
    assert watched.limit == limit(9000)


def test_what_was_approved_is_told_as_what_will_be_done() -> None:
    watched = asked()
    watched.answer()

    found = watched.check(5100)

    (told,) = (each for each in found.told if each.event.alert_kind == "limit_change")
    assert told.event.kind is EventKind.LIMIT_CHANGED
    assert told.event.severity is Severity.WARNING
    assert told.event.is_planned


def test_who_denied_is_obeyed_until_the_next_firing() -> None:
    watched = asked(threshold(id="near", limit="50%", then=asking(capping(8000))))
    watched.answer(is_granted=False)
    watched.check(5200, after=HOUR)
    assert watched.limit == limit(10_000)
    stands_at(watched, 20_000)
    watched.check(5200)
    stands_at(watched, 10_000)

    watched.check(5200)

    assert [each.state for each in watched.memory.approvals] == ["denied", "pending"]


def test_a_reminder_goes_out_once_at_half_time_even_without_figures() -> None:
    watched = asked()
    watched.check(5100, after=50 * MINUTE)
    assert watched.told(EventKind.APPROVAL_REMINDER) == []

    for _ in range(3):
        watched.check(5100, limit=failure(), usage=failure(), after=15 * MINUTE)

    assert watched.told(EventKind.APPROVAL_REMINDER) == ["stop"]


def test_nobodys_answer_is_told_as_nobodys_and_holds() -> None:
    watched = asked()
    for _ in range(4):
        watched.check(5100, limit=failure(), usage=failure(), after=HOUR)
    watched.check(5100)

    assert watched.approval.state is ApprovalState.EXPIRED
    assert watched.approval.decided_by is None
    assert watched.told(EventKind.APPROVAL_EXPIRED) == ["stop"]
    assert watched.told(EventKind.APPROVAL_DENIED) == []
    assert waiting_change(watched).state is ChangeState.EXPIRED
    assert watched.limit == limit(10_000)


def test_nobodys_answer_lets_go_ahead_where_the_policy_says_so() -> None:
    then = asking(capping(6000), expires="1h", on_expiry="apply")
    watched = asked(threshold(id="stop", spend="100%", then=then))

    watched.check(5100, after=HOUR)

    assert watched.limit == limit(6000)
    assert watched.approval.state is ApprovalState.USED
    assert AuditAction.APPROVAL_GRANTED not in actions(watched)
    assert watched.told(EventKind.APPROVAL_EXPIRED) == ["stop"]


def test_no_more_is_raised_than_was_approved() -> None:
    watched = asked(MORE, spend=2600)
    watched.answer()
    stands_at(watched, 11_000)

    watched.check(2600)

    assert watched.limit == limit(12_000)


def test_no_lower_is_capped_than_was_approved() -> None:
    watched = asked()
    watched.answer()
    lower = threshold(id="stop", spend="100%", then=asking(capping(5200)))
    watched.policies = in_force(watched, lower)

    watched.check(5100)

    assert watched.limit == limit(6000)


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        pytest.param(100_000, SupersededBy.FIRING_ENDED, id="the firing ended"),
        pytest.param(7000, SupersededBy.LIMIT_REACHED, id="the limit stands there"),
    ],
)
def test_nothing_is_left_to_approve(standing: int, reason: SupersededBy) -> None:
    watched = asked(threshold(id="near", limit="50%", then=asking(capping(8000))))
    watched.answer()
    stands_at(watched, standing)

    watched.check(5200)

    assert watched.approval.state is ApprovalState.SUPERSEDED
    assert watched.approval.ended_reason == reason
    assert waiting_change(watched).state is ChangeState.SKIPPED
    assert watched.told(EventKind.APPROVAL_SUPERSEDED) == ["near"]


def test_a_policy_that_asks_no_more_ends_the_request_and_acts() -> None:
    watched = asked()
    plain = threshold(id="stop", spend="100%", then=capping(6000))
    watched.policies = in_force(watched, plain)

    watched.check(5100)

    assert watched.approval.ended_reason == SupersededBy.POLICY_CHANGED
    assert watched.limit == limit(6000)


def test_a_policy_changed_to_another_effect_asks_anew() -> None:
    watched = asked()
    other = threshold(id="stop", spend="100%", then=asking(setting(7000)))
    watched.policies = in_force(watched, other)

    watched.check(5100)

    assert [each.state for each in watched.memory.approvals] == [
        "superseded",
        "pending",
    ]
    assert watched.approval.kind is ChangeKind.SET


def test_a_policy_that_is_gone_ends_its_request() -> None:
    watched = asked()
    watched.policies = in_force(watched)

    watched.check(5100)

    assert watched.approval.ended_reason == SupersededBy.FIRING_ENDED


def test_a_policy_that_only_observes_asks_nobody() -> None:
    watched = asked()
    watched.policies = in_force(watched, STOP, mode=Mode.OBSERVE)
    watched.check(5100)
    watched.check(5100)

    assert watched.approval.ended_reason == SupersededBy.POLICY_CHANGED
    assert len(watched.memory.approvals) == 1


def test_a_firing_without_figures_has_not_ended() -> None:
    then = asking(capping(6000), expires="20d")
    watched = asked(threshold(id="stop", spend="100%", then=then))

    # The second look falls into a new period, of which nothing is known yet.
    for days in (1, 11):
        watched.check(
            5100, limit=failure(), usage=failure(), after=timedelta(days=days)
        )

    assert watched.approval.state is ApprovalState.PENDING


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"is_paused": True}, "paused", id="a pause"),
        pytest.param({"override": True}, "overridden", id="a person's limit"),
        pytest.param({"circuit": True}, "circuit_open", id="an open circuit"),
    ],
)
def test_what_holds_every_change_holds_an_approved_one(
    change: Fields, reason: str
) -> None:
    watched = asked()
    watched.answer()
    memory = replace(watched.memory, is_paused="is_paused" in change)
    known = memory.state
    if "override" in change:
        known = replace(known, override=override(watched.now + HOUR))
    if "circuit" in change:
        known = replace(known, is_circuit_open=True)
    watched.memory = replace(memory, state=known)

    decision = watched.check(5100)

    assert decision.change is None
    assert [each.reason for each in decision.skipped] == [reason]
    assert watched.approval.state is ApprovalState.APPROVED


def test_what_a_rule_stands_against_is_skipped_and_not_asked() -> None:
    watched = watching(STOP)
    watched.memory = replace(watched.memory, is_paused=True)

    decision = watched.check(5100)

    assert watched.memory.approvals == ()
    assert [each.reason for each in decision.skipped] == ["paused"]


def test_what_waits_does_not_compete() -> None:
    more = threshold(id="more", spend="50%", then=raising(500))
    watched = asked(STOP, more, cooldown="0s")

    assert watched.approval.state is ApprovalState.PENDING
    assert watched.limit == limit(10_500)


def test_an_approved_cap_bounds_the_raises_that_follow() -> None:
    watched = asked()
    watched.answer()
    watched.check(5100)
    more = threshold(id="more", spend="50%", then=raising(500))
    watched.policies = in_force(watched, STOP, more)

    watched.check(5100)

    assert watched.limit == limit(6000)


def test_a_failed_try_is_made_again_by_the_same_approval() -> None:
    watched = asked()
    first = watched.answer().change_id
    watched.is_provider_deaf = True
    watched.check(5100)
    assert watched.approval.is_in_force
    watched.is_provider_deaf = False

    watched.check(5100, after=HOUR)

    assert watched.approval.state is ApprovalState.USED
    assert watched.approval.change_id != first
    assert watched.limit == limit(6000)
