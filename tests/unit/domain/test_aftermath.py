from dataclasses import replace
from decimal import Decimal

import pytest

from service.domain.aftermath import Aftermath, Ended, aftermath
from service.domain.alert import Alert, AlertKind, AlertState
from service.domain.audit import AuditAction
from service.domain.check import Outcome
from service.domain.decision import Decision
from service.domain.evaluation import evaluate
from service.domain.guard import OnDrift
from service.domain.limit_change import ChangeKind, ChangeState, LimitChange
from service.domain.notification import EventKind
from service.domain.usage import Failure, LimitReading
from tests.builders import (
    DAY,
    NOON,
    Fields,
    alert,
    by_key,
    change,
    failure,
    limit,
    memory,
    organization,
    policy,
    policy_set,
    raising,
    reading,
    snapshot,
    state,
    threshold,
)

NEAR = threshold(
    id="near", limit="85%", then=raising(1000), notify=["oncall"], severity="critical"
)
HALF = threshold(spend="50%")
POLICIES = policy_set(policy(HALF, NEAR))


def decision() -> Decision:
    """Give the check at noon, which found 8600 of 10000 EUR spent."""
    return evaluate(POLICIES, organization(), snapshot(8600), memory(), now=NOON)


def ended(
    of: LimitChange, now_at: LimitReading | Failure | None = None, **changes: Fields
) -> Aftermath:
    decided = decision()
    built = Ended(
        change=of,
        reading=now_at or reading(8600, 11_000),
        state=decided.state,
        alerts=by_key(*decided.alerts),
        decision=decided,
        default_channels=("finops",),
        period_end=NOON + 11 * DAY,
        now=NOON,
        actor="system:scheduler",
    )
    return aftermath(replace(built, **changes))


def carried_out(**changes: Fields) -> LimitChange:
    planned = decision().change
    assert planned is not None
    built = replace(planned, state=ChangeState.APPLIED, observed=planned.after)
    return replace(built, **changes)


def states(of: Aftermath) -> dict[str, str]:
    return {each.key.threshold_id: each.state.value for each in of.alerts}


def test_a_raise_resolves_the_limit_alert_that_asked_for_it() -> None:
    after = ended(carried_out())

    assert states(after) == {"near": "resolved"}
    assert after.alerts[0].effect_done
    assert after.check is not None
    assert after.check.limit == limit(11_000)
    assert {each.threshold_id: each.outcome for each in after.check.decisions} == {
        "half": Outcome.FIRED,
        "near": Outcome.RESOLVED,
    }
    kinds = [told.event.kind for told in after.told]
    assert kinds == [EventKind.LIMIT_CHANGED, EventKind.RESOLVED]
    assert after.told[0].channels == ("oncall", "finops")


def test_a_raise_too_small_leaves_the_alert_with_its_wish_fulfilled() -> None:
    after = ended(carried_out(), reading(8600, 10_010))

    assert states(after) == {"near": "firing"}
    assert after.alerts[0].effect_done
    assert after.check is not None
    assert {each.outcome for each in after.check.decisions} == {Outcome.FIRED}


@pytest.mark.parametrize(
    "read", [failure(), reading(limit=None)], ids=["unreadable", "not named"]
)
def test_a_limit_that_cannot_be_read_back_resolves_nothing(
    read: LimitReading | Failure,
) -> None:
    after = ended(carried_out(state=ChangeState.UNKNOWN, observed=None), read)

    assert states(after) == {"limit_change_unknown": "firing"}
    kinds = [told.event.kind for told in after.told]
    assert kinds == [EventKind.LIMIT_CHANGE_ENDED, EventKind.FIRED]


def test_a_crossing_that_only_the_new_limit_brings_is_the_next_checks() -> None:
    after = ended(carried_out(), reading(8600, 100), alerts={})

    assert states(after) == {}


def test_an_overtaken_change_is_told_as_a_drift_and_adopted_where_that_is_asked() -> (
    None
):
    lost = carried_out(
        state=ChangeState.FAILED, reason="overtaken", observed=limit(9500)
    )
    after = ended(lost, reading(8600, 9500), on_drift=OnDrift.ADOPT)

    assert after.state.reference == limit(9500)
    assert after.state.override is not None
    assert states(after)["limit_changed_outside"] == "resolved"
    assert [told.event.kind for told in after.told] == [
        EventKind.LIMIT_CHANGE_ENDED,
        EventKind.FIRED,
    ]
    assert AuditAction.LIMIT_CHANGE_FAILED in {each.action for each in after.facts}


def test_the_third_failure_opens_the_circuit_and_says_so() -> None:
    lost = carried_out(state=ChangeState.FAILED, reason="rejected")
    after = ended(lost, failure(), state=state(failures=2))

    assert after.state.is_circuit_open
    assert states(after) == {"limit_change_failed": "firing"}
    assert [each.action for each in after.facts] == [
        AuditAction.LIMIT_CHANGE_FAILED,
        AuditAction.CIRCUIT_OPENED,
        AuditAction.ALERT_FIRED,
    ]


def test_a_circuit_that_is_open_already_is_not_told_again() -> None:
    firing = alert(
        "limit_change_failed",
        policy_id="",
        scope="",
        period="",
        kind=AlertKind.LIMIT_CHANGE_FAILED,
    )
    lost = carried_out(state=ChangeState.FAILED, reason="rejected")
    after = ended(
        lost,
        failure(),
        state=state(failures=3, is_circuit_open=True),
        alerts=by_key(firing),
    )

    assert states(after) == {}
    assert len(after.facts) == 1


def test_a_skipped_change_is_recorded_and_not_told() -> None:
    skipped = carried_out(state=ChangeState.SKIPPED, reason="superseded")
    after = ended(skipped, reading(8600))

    assert after.told == ()
    assert [each.action for each in after.facts] == [AuditAction.LIMIT_CHANGE_SKIPPED]


def test_what_a_person_did_is_told_to_the_default_channels() -> None:
    manual = change(ChangeKind.MANUAL, requested_by="key:alice", alert_id=None)
    after = ended(manual, decision=None, alerts={}, actor="key:alice")

    assert [told.channels for told in after.told] == [("finops",)]
    assert after.check is None
    assert after.facts[0].actor == "key:alice"
    assert after.state.override is not None


def test_only_the_firing_that_asked_has_its_wish_fulfilled() -> None:
    cap: Alert = alert("stop")
    other: Alert = alert("other", state=AlertState.FIRING)
    made = carried_out(alert_id=cap.id, kind=ChangeKind.CAP, exact=Decimal(1))
    after = ended(made, reading(8600), alerts=by_key(cap, other))

    assert [(each.key.threshold_id, each.effect_done) for each in after.alerts] == [
        ("stop", True)
    ]
