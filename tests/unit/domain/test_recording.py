from datetime import datetime
from decimal import Decimal

import pytest

from service.domain.alert import AlertState
from service.domain.alerting import Step
from service.domain.audit import AuditAction, chain
from service.domain.check import Outcome, ThresholdOutcome
from service.domain.limit_change import ChangeState
from service.domain.recording import (
    alert_fact,
    change_fact,
    check_fact,
    limit_json,
    number,
    step_facts,
)
from tests.builders import (
    HOUR,
    NOON,
    alert,
    change,
    check,
    figure,
    limit,
    policy_set,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (Decimal("292.80"), "292.8"),
        (Decimal("5E+3"), "5000"),
        (Decimal("8.50E-8"), "0.000000085"),
        (Decimal(0), "0"),
    ],
)
def test_numbers_are_exact_texts_without_exponents(
    value: Decimal | None, expected: str | None
) -> None:
    assert number(value) == expected


def test_zero_unlimited_and_unknown_limits_are_three_things() -> None:
    assert limit_json(None) is None
    assert limit_json(limit(None)) == {"unlimited": True}
    assert limit_json(limit(0)) == {
        "amount": "0",
        "currency": "EUR",
        "unlimited": False,
    }


@pytest.mark.parametrize(("below", "kept"), [(True, True), (False, None)])
def test_only_a_limit_below_the_spend_is_recorded_as_one(
    *, below: bool, kept: bool | None
) -> None:
    fact = change_fact(change(below_spend=below), NOON, None)

    assert fact.detail is not None
    assert fact.detail.get("below_spend") is kept


WORDS_OF_APPROVALS = {
    ChangeState.AWAITING_APPROVAL: "planned",
    ChangeState.APPROVED: "planned",
    ChangeState.DENIED: "skipped",
    ChangeState.EXPIRED: "skipped",
}


@pytest.mark.parametrize("state", list(ChangeState))
def test_every_state_of_a_change_has_its_word(state: ChangeState) -> None:
    fact = change_fact(change(state=state), NOON, None)

    word = WORDS_OF_APPROVALS.get(state, state.value)
    assert fact.action.value == f"spend_limit:change:{word}"
    assert fact.outcome == state.value
    assert fact.policy is None


def test_a_change_that_goes_on_when_nobody_answered_is_planned() -> None:
    expired = change(state=ChangeState.EXPIRED, settled_at=None)

    assert change_fact(expired, NOON, None).action is AuditAction.LIMIT_CHANGE_PLANNED


def test_a_fact_names_the_policy_in_its_revision() -> None:
    policies = policy_set()
    fact = change_fact(change(policy_id="acme-monthly"), NOON, policies)

    assert fact.policy is not None
    assert fact.policy.id == "acme-monthly"
    assert (fact.policy.revision, fact.policy.commit) == (policies.revision, "abc1234")
    assert change_fact(change(), NOON, policies).policy is None


def step(
    outcome: Outcome, pending_at: datetime = NOON, *, is_changed: bool = True
) -> Step:
    waiting = alert(state=AlertState.PENDING, pending_at=pending_at)
    return Step(alert=waiting, outcome=outcome, is_changed=is_changed)


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        pytest.param(step(Outcome.FIRED), "alert:fired", id="fired"),
        pytest.param(step(Outcome.RESOLVED), "alert:resolved", id="resolved"),
        pytest.param(step(Outcome.PENDING), "alert:pending", id="pending begins"),
        pytest.param(step(Outcome.PENDING, NOON - HOUR), None, id="pending goes on"),
        pytest.param(step(Outcome.FIRING), None, id="a level is no news"),
        pytest.param(step(Outcome.FIRED, is_changed=False), None, id="unchanged"),
        pytest.param(Step(alert=None, outcome=Outcome.BELOW), None, id="no alert"),
        pytest.param(
            Step(
                alert=alert(),
                outcome=Outcome.FIRING,
                is_changed=True,
                is_reminder=True,
            ),
            "alert:reminded",
            id="reminded",
        ),
    ],
)
def test_the_log_keeps_edges(moved: Step, expected: str | None) -> None:
    facts = list(step_facts([moved], NOON, policy_set()))

    assert [each.action.value for each in facts] == ([expected] if expected else [])


def test_what_is_no_news_hides_no_edge_after_it() -> None:
    idle = Step(alert=None, outcome=Outcome.BELOW)
    waits, fires = step(Outcome.PENDING, NOON - HOUR), step(Outcome.FIRED)
    policies = policy_set()

    assert fires.alert is not None
    assert list(step_facts([idle, waits, fires], NOON, policies)) == [
        alert_fact(fires.alert, AuditAction.ALERT_FIRED, NOON, policies)
    ]


def test_a_check_is_recorded_also_when_it_changed_nothing() -> None:
    outcomes = tuple(
        ThresholdOutcome(
            policy_id="p",
            threshold_id=str(index),
            value=None,
            bound=None,
            unit="EUR",
            outcome=Outcome.BELOW,
            reason="",
        )
        for index in range(2)
    )
    fact = check_fact(check(decisions=outcomes), policy_set())

    assert fact.action is AuditAction.CHECK_COMPLETED
    assert fact.detail is not None
    assert fact.detail["thresholds"] == {"below": 2}
    assert (fact.detail["spend"], fact.reason) == ("1000", "")
    lost = check_fact(check(spend=figure(None)), policy_set())
    assert lost.detail is not None
    assert (lost.detail["spend"], lost.reason) == (None, "lost")
    # What is recorded can be hashed: no floats, only JSON.
    assert chain(None, fact).hash != chain(None, lost).hash
