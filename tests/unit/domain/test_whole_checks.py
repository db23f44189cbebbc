"""Everything that a check records, decides and hands on."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from service.domain.briefing import burners_of
from service.domain.check import Check, CheckOutcome, Outcome, ThresholdOutcome
from service.domain.decision import Decision, Memory
from service.domain.evaluation import evaluate
from service.domain.identity import stable_id
from service.domain.limit_change import ChangeKind, ChangeState, LimitChange
from service.domain.notification import EventKind
from service.domain.policy_set import PolicySet
from service.domain.state import Drift
from service.domain.usage import Failure, UsageSnapshot
from tests.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    Fields,
    alert,
    change,
    failure,
    figure,
    limit,
    memory,
    observation,
    organization,
    policy,
    policy_set,
    raising,
    report_of,
    sighting,
    snapshot,
    state,
    threshold,
)
from tests.unit.domain.lending import end_of, raised

HALF = threshold(spend="50%", notify=["oncall"])
NEAR = threshold(id="near", limit="85%", then=raising(1000))
POLICIES = policy_set(policy(HALF, NEAR))
MONTH_END = datetime(2026, 9, 1, tzinfo=UTC)


def decided(
    seen: UsageSnapshot | None = None,
    known: Memory | None = None,
    policies: PolicySet = POLICIES,
    **written: Fields,
) -> Decision:
    """Decide at noon; what is written goes to the organization."""
    of = organization(**written)
    return evaluate(policies, of, seen or snapshot(), known or memory(), now=NOON)


def test_a_check_is_kept_whole() -> None:
    known = memory(state(), alert("half"))
    known = replace(known, observations=(observation(NOON - 2 * HOUR, 7000),))

    found = decided(snapshot(9000), known)

    assert found.change is not None
    (near,) = (each for each in found.alerts if each.key.threshold_id == "near")
    reasons = [each.reason for each in found.check.decisions]
    assert found.check == Check(
        id=stable_id("ck", "acme", 7, NOON),
        organization="acme",
        at=NOON,
        took_ms=0,
        outcome=CheckOutcome.COMPLETED,
        period="2026-08",
        currency="EUR",
        spend=figure(9000),
        limit=limit(10_000),
        decisions=(
            ThresholdOutcome(
                policy_id="acme-monthly",
                threshold_id="half",
                value=Decimal(9000),
                bound=Decimal(2500),
                unit="EUR",
                outcome=Outcome.FIRING,
                reason=reasons[0],
            ),
            ThresholdOutcome(
                policy_id="acme-monthly",
                threshold_id="near",
                value=Decimal(90),
                bound=Decimal(85),
                unit="%",
                outcome=Outcome.FIRED,
                reason=reasons[1],
            ),
        ),
        change_id=found.change.id,
        alerts_fired=(near.id,),
        revision=POLICIES.revision,
        burn_rate=Decimal(1000),
        forecast=Failure(
            reason="not_enough_data",
            detail="a forecast needs 7 whole days of the last 28, and 0 are known",
        ),
    )
    assert ["9000.00" in reason for reason in reasons] == [True, True]


def test_a_check_that_moves_nothing_names_no_change_and_no_alert() -> None:
    calm = decided().check

    assert (calm.change_id, calm.alerts_fired) == (None, ())


def test_a_decision_hands_on_when_it_was_made_and_who_burns() -> None:
    at = NOON - MINUTE
    seen = snapshot(usage_by_workspace={"search": report_of(10)}, captured_at=at)

    found = decided(seen)

    assert found.at == NOON
    assert [(each.workspace, each.captured_at) for each in found.usage] == [
        ("", at),
        ("search", at),
    ]
    assert found.burners == burners_of(found.book, "EUR", ("search",), NOON)
    assert "search" in {each.name for each in found.burners}


def test_an_alert_that_a_check_left_as_it_was_is_not_saved_again() -> None:
    first = decided(snapshot(2600))
    since = memory(first.state, *first.alerts)

    assert [each.fired_at for each in first.alerts] == [NOON]
    assert decided(snapshot(2600), since).alerts == ()


def test_figures_of_another_currency_are_forgotten() -> None:
    seen_before = {"acme;workspace=search|2026-08": sighting(10)}
    known = memory(state(currency="USD", sightings=seen_before))

    found = decided(known=known)

    assert found.state.sightings.keys() == {"acme|2026-08"}


def arrived(kind: ChangeKind, **changes: Fields) -> LimitChange:
    """Give a change whose limit of 10,000 the next check finds in force."""
    built = change(
        kind,
        ChangeState.REQUESTED,
        before=limit(9000),
        after=limit(10_000),
        requested_at=NOON - MINUTE,
        settled_at=None,
    )
    return replace(built, **changes)


def settling(of: LimitChange, **known: Fields) -> Decision:
    return decided(known=memory(state(reference=limit(9000), **known), changes=(of,)))


def test_what_a_person_set_and_a_check_found_holds_until_the_month_ends() -> None:
    chosen = settling(arrived(ChangeKind.MANUAL)).state.override

    assert chosen is not None
    assert (chosen.set_at, chosen.until) == (NOON, MONTH_END)


def test_a_raise_that_a_check_found_has_its_end_planned_and_remembered() -> None:
    found = settling(arrived(ChangeKind.RAISE, expires_at=NOON + HOUR))

    (end,) = found.ends
    assert (end.kind, end.state) == (ChangeKind.EXPIRY, ChangeState.PLANNED)
    assert (end.planned_at, end.due_at) == (NOON, NOON + HOUR)
    (remembered,) = found.state.raise_ends
    assert (remembered.change_id, remembered.ends_at) == (end.id, NOON + HOUR)


def test_what_a_found_end_left_of_a_raise_is_due_when_the_month_ends() -> None:
    cut_short = arrived(ChangeKind.EXPIRY, before=limit(11_000), exact=Decimal(9500))

    (rest,) = settling(cut_short).ends

    assert (rest.due_at, rest.after) == (MONTH_END, limit(9500))


def test_of_ends_that_are_due_together_one_is_carried_out_and_the_rest_are_over() -> (
    None
):
    raises = (
        raised(8000, 9000),
        raised(9000, 10_000, id="lc_2", settled_at=NOON - HOUR),
    )
    ends = tuple(end_of(each) for each in raises)

    found = decided(known=memory(changes=(*raises, *ends)))

    assert found.change is not None
    assert (found.change.kind, found.change.after) == (ChangeKind.EXPIRY, limit(8000))
    (other,) = found.ends
    assert (other.state, other.settled_at) == (ChangeState.SKIPPED, NOON)
    assert {other.id, found.change.id} == {each.id for each in ends}


def test_a_raise_keeps_below_the_ceiling_from_outside() -> None:
    found = decided(snapshot(9000), memory(ceiling=10_500))

    assert found.change is not None
    assert found.change.after == limit(10_500)


def test_an_end_leaves_what_the_next_day_needs_at_the_pace_of_the_last() -> None:
    made = raised(5000, 10_000)
    # 20 EUR in two hours are 240 EUR a day.
    pace = (observation(NOON - 2 * HOUR, 5980),)
    known = memory(changes=(made, end_of(made)), observations=pace)

    found = decided(snapshot(6000), known)

    assert found.change is not None
    assert found.change.after == limit(6240)


def test_a_drift_that_a_change_of_ours_ended_is_told_to_the_default_channels() -> None:
    drift = Drift(
        before=limit(9000),
        observed=limit(9500),
        since=NOON - 2 * HOUR,
        seen_at=NOON - HOUR,
    )
    outside = alert(
        "limit_changed_outside", policy_id="", scope="", period="", value=None
    )
    known = memory(
        state(reference=limit(9000), drift=drift),
        outside,
        changes=(arrived(ChangeKind.MANUAL),),
    )

    found = decided(known=known)

    (ended,) = found.alerts
    assert (ended.key, ended.resolved_at) == (outside.key, NOON)
    (told,) = (each for each in found.told if each.event.kind is EventKind.RESOLVED)
    assert told.channels == ("finops",)


SEARCHING = policy(threshold(spend="50%"), id="search", scope={"workspace": "search"})
LOST = snapshot(usage_by_workspace={"search": failure()})


def seen_before(minutes: int) -> Memory:
    """Remember the workspace as it was so many minutes ago."""
    at = NOON - minutes * MINUTE
    return memory(state(sightings={"acme;workspace=search|2026-08": sighting(10, at)}))


def test_a_lost_workspace_alerts_once_it_was_unseen_for_a_while() -> None:
    searching = policy_set(SEARCHING)

    assert decided(LOST, seen_before(14), searching).alerts == ()
    fired = decided(LOST, seen_before(15), searching)
    (lost,) = fired.alerts
    (told,) = fired.told
    assert (lost.fired_at, told.channels) == (NOON, ("finops",))


def lost_workspace() -> Memory:
    return memory(
        state(), *decided(LOST, seen_before(15), policy_set(SEARCHING)).alerts
    )


def test_a_lost_workspace_that_nobody_watches_any_more_ends_as_removed() -> None:
    found = decided(known=lost_workspace())

    (ended,) = found.alerts
    assert (ended.reason, ended.resolved_at) == ("removed", NOON)
    (told,) = found.told
    assert told.channels == ("finops",)


@pytest.mark.parametrize("periods", [("month", "week"), ("week", "month")])
def test_a_workspace_is_back_only_when_each_period_of_it_is(
    periods: tuple[str, ...],
) -> None:
    each = (
        policy(threshold(), id=period, scope={"workspace": "search"}, period=period)
        for period in periods
    )
    before = lost_workspace()
    # The month has fallen from 100 EUR, and is not believed yet; the week is known.
    fallen = {"acme;workspace=search|2026-08": sighting(100)}
    known = replace(before, state=state(sightings=fallen))
    seen = snapshot(usage_by_workspace={"search": report_of(10)})

    assert decided(seen, known, policy_set(*each)).alerts == ()


def test_a_check_remembers_when_it_was_made_and_what_it_saw() -> None:
    before = state(limit_at_start=None, last_total=None, currency=None, checks=3)

    after = decided(known=memory(before)).state

    assert after == replace(
        before,
        last_total=Decimal(1000),
        last_good=sighting(1000, NOON),
        sightings={"acme|2026-08": sighting(1000, NOON)},
        limit_at_start=limit(10_000),
        limit_known_at=NOON,
        currency="EUR",
        last_check_at=NOON,
        checks=4,
    )


@pytest.mark.parametrize(
    ("seen", "total"),
    [
        pytest.param(snapshot(limit=failure(), usage=failure()), 900, id="no figure"),
        pytest.param(snapshot(1200, usage=failure()), 1200, id="the total alone"),
        pytest.param(snapshot(1200, limit=failure()), 900, id="the usage alone"),
        pytest.param(snapshot(500), 900, id="a fall not yet believed"),
    ],
)
def test_only_a_figure_that_all_its_sources_stand_for_is_a_good_one(
    seen: UsageSnapshot, total: int
) -> None:
    month = {"acme|2026-08": sighting(900)}
    before = state(last_total=Decimal(900), sightings=month)

    after = decided(seen, memory(before)).state

    assert after.last_good == before.last_good
    assert after.last_total == Decimal(total)
    assert (after.last_check_at, after.limit_at_start) == (NOON, limit(10_000))


def test_a_scope_that_nobody_asks_for_is_remembered_for_forty_days() -> None:
    known = {
        "acme;workspace=old|2026-07": sighting(1, NOON - 40 * DAY),
        "acme;workspace=new|2026-07": sighting(2, NOON - 40 * DAY + MINUTE),
        # A period that is over goes with the scope's first figure of the next.
        "acme|2026-07": sighting(3, NOON - 20 * DAY),
    }

    after = decided(known=memory(state(sightings=known))).state

    assert after.sightings == {
        "acme;workspace=new|2026-07": known["acme;workspace=new|2026-07"],
        "acme|2026-08": sighting(1000, NOON),
    }
