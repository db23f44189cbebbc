from dataclasses import replace

from service.domain.audit import AuditAction
from service.domain.decision import Decision
from service.domain.evaluation import evaluate
from service.domain.limit_change import ChangeState
from service.domain.notification import EventKind
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

STOP = threshold(
    id="stop", spend="100%", then=cap(), notify=["oncall"], severity="critical"
)
POLICIES = policy_set(policy(STOP))


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


def test_a_circuit_that_opens_is_recorded() -> None:
    lost = change(
        state=ChangeState.REQUESTED,
        before=limit(10_000),
        after=limit(9000),
        requested_at=NOON - 10 * MINUTE,
        settled_at=None,
    )
    found = decided(changes=(lost,), failures=2)

    assert AuditAction.CIRCUIT_OPENED in actions(found)
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
