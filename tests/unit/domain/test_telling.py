from dataclasses import replace

import pytest

from service.domain.audit import SCHEDULER, AuditAction, PolicyReference
from service.domain.decision import Decision
from service.domain.evaluation import evaluate
from service.domain.limit_change import ChangeKind, ChangeState
from service.domain.notification import EventKind
from service.domain.telling import circuit_opened
from tests.builders import (
    MINUTE,
    NOON,
    Fields,
    change,
    limit,
    memory,
    organization,
    override,
    policy,
    policy_set,
    raising,
    snapshot,
    state,
    threshold,
)
from tests.builders import capping as cap
from tests.unit.domain.lending import end_of, raised

STOP = threshold(
    id="stop", spend="100%", then=cap(), notify=["oncall"], severity="critical"
)
POLICIES = policy_set(policy(STOP, title="Acme, all of it"))


def decided(**known: Fields) -> Decision:
    """Give the check at noon, which found 6000 EUR of a budget of 5000."""
    changes = known.pop("changes", ())
    remembered = memory(state(**known), changes=changes)
    return evaluate(POLICIES, organization(), snapshot(6000), remembered, now=NOON)


def told(of: Decision) -> list[tuple[EventKind, tuple[str, ...]]]:
    return [(each.event.kind, each.channels) for each in of.told]


def actions(of: Decision) -> list[AuditAction]:
    return [each.action for each in of.facts]


def test_a_change_is_told_to_its_threshold_and_to_the_default() -> None:
    assert told(decided()) == [
        (EventKind.FIRED, ("oncall",)),
        (EventKind.LIMIT_CHANGED, ("oncall", "finops")),
    ]


def test_a_skip_is_told_to_its_threshold() -> None:
    assert told(decided(override=override())) == [
        (EventKind.FIRED, ("oncall",)),
        (EventKind.LIMIT_CHANGE_SKIPPED, ("oncall",)),
    ]


def test_the_log_keeps_a_check_in_the_order_in_which_it_happened() -> None:
    assert actions(decided()) == [
        AuditAction.ALERT_FIRED,
        AuditAction.LIMIT_CHANGE_PLANNED,
        AuditAction.CHECK_COMPLETED,
    ]


def test_the_first_check_records_the_reference_and_the_period() -> None:
    found = decided(reference=None, period=None)

    assert actions(found)[:2] == [
        AuditAction.LIMIT_REFERENCE_SEEN,
        AuditAction.PERIOD_STARTED,
    ]


def test_a_drift_is_recorded_from_and_to() -> None:
    (fact, *_) = decided(reference=limit(9000)).facts

    assert fact.action is AuditAction.DRIFT_SEEN
    assert fact.detail == {
        "from": {"amount": "9000", "currency": "EUR", "unlimited": False},
        "to": {"amount": "10000", "currency": "EUR", "unlimited": False},
        "who": None,
        "moved_at": None,
    }


def test_a_change_settled_by_the_read_is_told_and_recorded() -> None:
    arrived = change(
        state=ChangeState.REQUESTED,
        after=limit(10_000),
        requested_at=NOON - 10 * MINUTE,
        settled_at=None,
    )
    found = decided(changes=(arrived,), reference=limit(500))

    assert [each.state for each in found.settled] == [ChangeState.APPLIED]
    assert AuditAction.LIMIT_CHANGE_APPLIED in actions(found)
    assert EventKind.LIMIT_CHANGED in [kind for kind, _ in told(found)]


LOST = change(
    state=ChangeState.REQUESTED,
    before=limit(10_000),
    after=limit(9000),
    requested_at=NOON - 10 * MINUTE,
    settled_at=None,
    policy_id="acme-monthly",
    threshold_id="stop",
)


# A raise of threshold `stop` whose time is over, with its end.
_RAISED = raised(5000, 10_000, threshold_id="stop")
LENT = (_RAISED, end_of(_RAISED))


def test_a_circuit_that_opens_is_recorded() -> None:
    found = decided(changes=(LOST,), failures=2)

    assert circuit_opened("acme", NOON, 3) in found.facts
    assert found.state.is_circuit_open
    assert found.change is None


def test_a_skip_that_is_no_news_is_recorded_and_not_told() -> None:
    also = threshold(id="also", spend="100%", then=raising())
    policies = replace(POLICIES, policies=policy_set(policy(STOP, also)).policies)
    found = evaluate(policies, organization(), snapshot(6000), memory(), now=NOON)

    assert [(each.threshold_id, each.reason) for each in found.skipped] == [
        ("also", "guardrail")
    ]
    quiet = threshold(id="quiet", spend="100%", then=cap(20_000))
    policies = replace(POLICIES, policies=policy_set(policy(quiet)).policies)
    found = evaluate(policies, organization(), snapshot(6000), memory(), now=NOON)
    assert [each.reason for each in found.skipped] == ["no_change"]
    assert [kind for kind, _ in told(found)] == [EventKind.FIRED]


def test_what_a_policy_asked_for_is_told_with_its_title() -> None:
    (fired, _) = decided().told

    assert fired.event.policy_title == "Acme, all of it"


def test_a_plan_that_was_never_sent_is_recorded_and_not_told() -> None:
    left = change(state=ChangeState.PLANNED, requested_at=None, settled_at=None)
    found = decided(changes=(left,))

    assert actions(found)[0] is AuditAction.LIMIT_CHANGE_SKIPPED
    assert told(found) == told(decided())


@pytest.mark.parametrize(
    ("origin", "channels"),
    [
        pytest.param(
            ("acme-monthly", "stop"), ("oncall", "finops"), id="of a threshold"
        ),
        pytest.param(("acme-monthly", "gone"), ("finops",), id="of one that is gone"),
        pytest.param(("gone", "stop"), ("finops",), id="of a policy that is gone"),
        pytest.param((None, None), ("finops",), id="of a person"),
    ],
)
def test_how_a_change_ended_is_told_to_its_threshold_if_it_is_still_there(
    origin: tuple[str | None, str | None], channels: tuple[str, ...]
) -> None:
    policy_id, threshold_id = origin
    ended = replace(LOST, policy_id=policy_id, threshold_id=threshold_id)
    found = decided(changes=(ended,))

    assert (EventKind.LIMIT_CHANGE_ENDED, channels) in told(found)


def test_a_raise_that_is_not_taken_back_is_told_to_its_threshold() -> None:
    found = decided(changes=LENT, override=override())

    ends = [each for each in found.told if "not taken back" in each.event.detail]
    assert [(each.event.threshold_id, each.channels) for each in ends] == [
        ("stop", ("oncall", "finops"))
    ]


def test_a_new_period_is_told_to_the_default() -> None:
    found = decided(period="2026-07")

    assert (EventKind.NEW_PERIOD, ("finops",)) in told(found)


def test_a_baseline_that_waits_is_recorded_and_not_told() -> None:
    remembered = memory(state(wants_baseline=True, override=override()))
    of = organization(guardrails={"baseline_limit": 9000})
    found = evaluate(policy_set(), of, snapshot(), remembered, now=NOON)

    assert [each.kind for each in found.skipped] == [ChangeKind.RESTORE]
    assert told(found) == []


def test_a_limit_that_is_not_put_back_is_told_to_the_default() -> None:
    of, moved = organization(on_drift="revert"), state(reference=limit(9000))
    paused = memory(moved, is_paused=True)
    found = evaluate(policy_set(), of, snapshot(), paused, now=NOON)

    assert (EventKind.LIMIT_CHANGE_SKIPPED, ("finops",)) in told(found)


@pytest.mark.parametrize(
    "known",
    [
        pytest.param({}, id="a change planned"),
        pytest.param({"override": override()}, id="a change skipped"),
        pytest.param({"changes": (LOST,), "failures": 2}, id="a change failed"),
        pytest.param({"changes": LENT, "override": override()}, id="an end dropped"),
        pytest.param({"changes": LENT, "is_circuit_open": True}, id="an end waits"),
        pytest.param({"reference": None, "period": None}, id="a first check"),
        pytest.param({"reference": limit(9000)}, id="a drift"),
    ],
)
def test_every_fact_is_of_its_check_and_of_the_policies_in_force(known: Fields) -> None:
    found = decided(**known)
    of_policy = PolicyReference(
        id="acme-monthly", revision=POLICIES.revision, commit=POLICIES.commit
    )

    assert {(each.chain, each.at, each.actor) for each in found.facts} == {
        ("acme", NOON, SCHEDULER)
    }
    assert {
        each.policy
        for each in found.facts
        if each.detail is not None and each.detail.get("threshold") == "stop"
    } == {of_policy}
