"""Everything that is recorded, told and remembered of a change that ended."""

from dataclasses import replace
from decimal import Decimal

from service.domain.aftermath import Aftermath
from service.domain.alert import AlertKind, AlertState
from service.domain.audit import SCHEDULER, AuditAction
from service.domain.check import Outcome
from service.domain.evaluation import evaluate
from service.domain.guard import OnDrift
from service.domain.limit_change import ChangeKind, ChangeState
from service.domain.limit_expiry import follow_up
from service.domain.notification import EventKind
from service.domain.recording import alert_fact, change_fact
from service.domain.state import Drift, Override, RaiseEnd
from service.domain.telling import circuit_opened
from tests.builders import (
    DAY,
    HOUR,
    MINUTE,
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
from tests.unit.domain.test_aftermath import POLICIES, carried_out, ended
from tests.unit.domain.test_attribution import entry

PERIOD_END = NOON + 11 * DAY
ALICE = "key:alice"


def test_a_raise_that_ends_is_recorded_whole_with_its_planned_end() -> None:
    made = carried_out(expires_at=NOON + HOUR)
    before = state(raise_ends=(RaiseEnd(change_id=made.id, ends_at=NOON),))

    after = ended(made, state=before, actor=ALICE)

    planned = follow_up(made, NOON, PERIOD_END)
    assert planned is not None
    (resolved,) = after.alerts
    assert after.planned == planned
    assert after.state.raise_ends == (
        RaiseEnd(change_id=planned.id, ends_at=NOON + HOUR),
    )
    assert (resolved.state, resolved.resolved_at) == (AlertState.RESOLVED, NOON)
    assert after.facts == (
        change_fact(made, NOON, POLICIES, ALICE),
        change_fact(planned, NOON, POLICIES),
        # Recorded as it moved: that its wish is fulfilled is no news of its own.
        alert_fact(
            replace(resolved, effect_done=False),
            AuditAction.ALERT_RESOLVED,
            NOON,
            POLICIES,
        ),
    )
    assert [each.channels for each in after.told] == [("oncall", "finops"), ("oncall",)]


def test_what_an_end_left_of_a_raise_is_planned_for_the_end_of_the_period() -> None:
    part = change(ChangeKind.EXPIRY, after=limit(5800), exact=Decimal(5000))

    rest = ended(part, decision=None, alerts={}).planned

    assert rest is not None
    assert (rest.due_at, rest.planned_at) == (PERIOD_END, NOON)


def test_a_check_says_why_its_limit_alert_is_over() -> None:
    after = ended(carried_out())

    assert after.check is not None
    assert [
        (each.threshold_id, each.outcome, each.reason)
        for each in after.check.decisions
        if each.threshold_id == "near"
    ] == [("near", Outcome.RESOLVED, "recovered")]


def test_the_third_failure_is_recorded_whole_and_told_to_the_default_channels() -> None:
    lost = carried_out(state=ChangeState.FAILED, reason="rejected")

    after = ended(lost, failure(), state=state(failures=2))

    (failed,) = after.alerts
    assert (failed.kind, failed.fired_at) == (AlertKind.LIMIT_CHANGE_FAILED, NOON)
    assert after.facts == (
        change_fact(lost, NOON, POLICIES, SCHEDULER),
        circuit_opened("acme", NOON, 3),
        alert_fact(failed, AuditAction.ALERT_FIRED, NOON, POLICIES),
    )
    assert [
        told.channels for told in after.told if told.event.kind is EventKind.FIRED
    ] == [("finops",)]


def overtaken(**changes: Fields) -> Aftermath:
    """Give what follows where somebody's 9500 EUR stood in place of our limit."""
    lost = carried_out(
        state=ChangeState.FAILED,
        reason="overtaken",
        observed=limit(9500),
        requested_at=NOON - MINUTE,
        settled_at=NOON,
    )
    before = state(limit_known_at=NOON - HOUR)
    return ended(lost, reading(8600, 9500), **({"state": before} | changes))


def test_who_overtook_a_change_is_taken_as_the_one_who_chose() -> None:
    after = overtaken(
        on_drift=OnDrift.ADOPT, log=(entry(NOON - 30 * MINUTE, "ada"),), actor=ALICE
    )

    assert after.state.override == Override(
        limit=limit(9500), by="ada", set_at=NOON, until=PERIOD_END
    )
    assert [
        (each.chain, each.at, each.actor)
        for each in after.facts
        if each.action is AuditAction.LIMIT_REFERENCE_ADOPTED
    ] == [("acme", NOON, ALICE)]
    assert after.told[-1].channels == ("finops",)


def test_what_our_own_key_did_before_is_not_who_overtook_a_change() -> None:
    earlier = change(requested_at=NOON - 31 * MINUTE, settled_at=NOON - 29 * MINUTE)
    ours = entry(NOON - 30 * MINUTE, "spendguard", "API_KEY")
    sent = entry(NOON - MINUTE, "spendguard", "API_KEY")

    after = overtaken(changes=(earlier,), log=(ours, sent))

    assert after.state.drift == Drift(
        before=limit(10_000), observed=limit(9500), since=NOON - HOUR, seen_at=NOON
    )


def test_a_limit_alert_resolves_whatever_became_of_the_threshold_before_it() -> None:
    later = threshold(id="later", limit="99%")
    near = threshold(id="near", limit="85%", then=raising(1000), notify=["oncall"])
    policies = policy_set(policy(later, near))
    found = evaluate(policies, organization(), snapshot(8600), memory(), now=NOON)

    after = ended(carried_out(), decision=found, alerts=by_key(*found.alerts))

    assert [
        (each.key.threshold_id, each.state, each.effect_done) for each in after.alerts
    ] == [("near", AlertState.RESOLVED, True)]


def test_a_persons_choice_holds_until_the_period_ends() -> None:
    manual = change(ChangeKind.MANUAL, requested_by=ALICE)

    after = ended(manual, decision=None, alerts={}, actor=ALICE)

    assert after.state.override == Override(
        limit=limit(600), by=ALICE, set_at=NOON, until=PERIOD_END
    )
    assert after.facts == (change_fact(manual, NOON, None, ALICE),)


def test_a_change_that_ends_a_drift_ends_its_alert_with_it() -> None:
    drift = Drift(
        before=limit(10_000), observed=limit(9500), since=NOON - DAY, seen_at=NOON - DAY
    )
    firing = alert("limit_changed_outside", policy_id="", scope="", period="")
    before = state(drift=drift)

    after = ended(
        change(ChangeKind.MANUAL, requested_by=ALICE),
        decision=None,
        state=before,
        alerts=by_key(firing),
        actor=ALICE,
    )

    (over,) = after.alerts
    assert (over.key, over.resolved_at) == (firing.key, NOON)
    assert [(each.action, each.actor) for each in after.facts] == [
        (AuditAction.LIMIT_CHANGE_APPLIED, ALICE),
        (AuditAction.DRIFT_ENDED, ALICE),
        (AuditAction.ALERT_RESOLVED, SCHEDULER),
    ]
