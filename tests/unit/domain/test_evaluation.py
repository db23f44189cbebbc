from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.alert import AlertState
from service.domain.check import CheckOutcome, Outcome
from service.domain.evaluation import evaluate
from service.domain.limit_change import ChangeKind
from service.domain.messages import Envelope, notifications_of
from service.domain.notification import EventKind
from service.domain.policy_set import PolicySet
from service.domain.usage import FigureState
from tests.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    Fields,
    failure,
    limit,
    memory,
    organization,
    policy,
    policy_set,
    raising,
    reading,
    report,
    report_of,
    row,
    snapshot,
    state,
    threshold,
)
from tests.builders import capping as cap
from tests.unit.domain.watching import Watching

HALF = threshold(spend="50%")
NEAR = threshold(id="near", limit="85%", then=raising(1000))
STOP = threshold(id="stop", spend="100%", then=cap("100%"), severity="critical")
ALL = policy_set(policy(HALF, NEAR, STOP))
FIRED, RESOLVED = EventKind.FIRED, EventKind.RESOLVED


def watching(policies: PolicySet = ALL, **guardrails: Fields) -> Watching:
    """Watch acme after a first healthy check."""
    watched = Watching(policies, organization(guardrails=guardrails))
    watched.check(1000)
    return watched


def adopting(policies: PolicySet = ALL) -> Watching:
    """Watch acme where a limit changed outside is adopted."""
    watched = Watching(policies, organization(on_drift="adopt"))
    watched.check(1000)
    return watched


def test_the_same_arguments_make_an_equal_decision() -> None:
    def decided() -> tuple[object, ...]:
        found = evaluate(ALL, organization(), snapshot(6000), memory(), now=NOON)
        return (
            found.check,
            found.state,
            found.alerts,
            found.told,
            found.change,
            found.facts,
            found.usage,
            found.figures,
            found.burners,
        )

    assert decided() == decided()


def test_a_threshold_is_told_once_however_long_it_stays_crossed() -> None:
    watched = watching()
    for _ in range(5):
        watched.check(2600)

    assert watched.told(FIRED) == ["half"]
    assert watched.outcome("half") is Outcome.FIRING


def test_all_that_is_passed_at_the_first_check_arrives_in_one_message() -> None:
    watched = Watching(ALL, organization())
    decision = watched.check(9000)

    assert watched.told(FIRED) == ["half", "near", "stop"]
    envelope = Envelope(occasion="ck", organization="acme", at=NOON, period="2026-08")
    assert len(notifications_of(decision.told, envelope)) == 1


def test_restated_spend_neither_resolves_nor_fires_again() -> None:
    watched = watching()
    watched.check(2600)
    for spend in (2400, 2400, 2400, 2600):
        watched.check(spend)

    assert watched.told(FIRED) == ["half"]
    assert watched.told(RESOLVED) == []


def test_an_unknown_figure_ends_nothing_and_fires_when_it_lasts() -> None:
    watched = watching()
    watched.check(2600)
    for _ in range(2):
        decision = watched.check(limit=failure(), usage=failure())
        assert decision.check.outcome is CheckOutcome.UNKNOWN
        assert watched.alert("data_unknown") is None
    watched.check(limit=failure(), usage=failure())

    assert watched.told(FIRED) == ["half", "data_unknown"]
    assert watched.state_of("half") is AlertState.FIRING
    watched.check(2700)
    assert watched.told(RESOLVED) == ["data_unknown"]


def test_an_unknown_figure_at_the_very_first_check_is_told_at_once() -> None:
    watched = Watching(ALL)
    watched.check(limit=failure(), usage=failure())

    assert watched.told(FIRED) == ["data_unknown"]


def test_a_raised_budget_resolves_as_policy_changed() -> None:
    watched = watching()
    watched.check(2600)
    watched.policies = policy_set(policy(HALF, NEAR, STOP, amount=8000))
    watched.check(2600)
    half = watched.alert("half")

    assert half is not None
    assert (half.state, half.reason) == (AlertState.RESOLVED, "policy_changed")
    watched.check(4000)
    assert watched.told(FIRED) == ["half", "half"]


def test_a_deleted_threshold_resolves_as_removed() -> None:
    watched = watching()
    watched.check(2600)
    watched.policies = policy_set(policy(NEAR, STOP))
    watched.check(2600)
    half = watched.alert("half")

    assert half is not None
    assert (half.state, half.reason) == (AlertState.RESOLVED, "removed")
    assert watched.told(RESOLVED) == ["half"]


def test_a_new_title_and_other_thresholds_send_nothing_again() -> None:
    watched = watching()
    watched.check(2600)
    other = threshold(id="most", spend="99%")
    watched.policies = policy_set(policy(other, HALF, title="Renamed", owner="me"))
    watched.check(2600)

    assert watched.told(FIRED) == ["half"]


def test_a_limit_alert_resolves_in_the_check_that_raised_the_limit() -> None:
    watched = watching(policy_set(policy(NEAR)))
    decision = watched.check(8600)

    assert decision.change is not None
    assert decision.change.kind is ChangeKind.RAISE
    assert watched.limit == limit(11_000)
    # 8600 of 11000 is 78 %, below 95 % of the bound of 85 %.
    assert watched.state_of("near") is AlertState.RESOLVED


def test_a_limit_alert_may_fire_and_raise_again_with_the_next_number() -> None:
    watched = watching(policy_set(policy(NEAR)), cooldown="0s")
    watched.check(8600)
    watched.check(9500)
    near = watched.alert("near")

    assert near is not None
    assert near.firing == 2
    assert watched.limit == limit(12_000)


def test_a_raise_is_made_once_per_firing() -> None:
    small = threshold(id="near", limit="85%", then=raising(10))
    watched = watching(policy_set(policy(small)), cooldown="0s")
    for _ in range(4):
        watched.check(9000)

    assert watched.limit == limit(10_010)
    assert watched.state_of("near") is AlertState.FIRING


def test_a_raise_is_tried_again_until_it_can_be_made() -> None:
    watched = watching(policy_set(policy(NEAR)), cooldown="0s")
    watched.memory = replace(watched.memory, is_paused=True)
    watched.check(8600)
    watched.check(8600)
    assert watched.limit == limit(10_000)
    watched.memory = replace(watched.memory, is_paused=False)
    watched.check(8600)

    assert watched.limit == limit(11_000)
    # The skip was told once, not at each check.
    assert len(watched.told(EventKind.LIMIT_CHANGE_SKIPPED)) == 1
    assert len(watched.decisions[1].skipped) == 1
    assert watched.decisions[2].skipped == ()


def test_a_cap_is_wanted_for_as_long_as_its_threshold_fires() -> None:
    watched = adopting(policy_set(policy(STOP, amount=3000)))
    watched.check(3100)
    assert watched.limit == limit(3100)
    watched.limit = limit(6000)
    watched.check(3200)
    # Somebody raised it in the console: that is a person's choice, and told once.
    assert watched.told(FIRED) == ["stop", "limit_changed_outside"]
    assert watched.limit == limit(6000)
    assert [each.reason for each in watched.decisions[-1].skipped] == ["overridden"]
    watched.check(3200)
    assert watched.decisions[-1].skipped == ()


def test_three_failures_open_the_circuit() -> None:
    watched = watching(policy_set(policy(NEAR)))
    watched.is_provider_deaf = True
    for _ in range(5):
        watched.check(8600, after=20 * MINUTE)
    tried = [each for each in watched.decisions if each.change is not None]

    assert len(tried) == 3
    assert watched.memory.state.is_circuit_open
    assert watched.told(FIRED) == ["near", "limit_change_failed"]


def test_a_fall_is_believed_at_the_third_check_and_moves_nothing_before() -> None:
    watched = watching(policy_set(policy(NEAR)))
    watched.check(8600)
    figures = [watched.check(100).check.spend for _ in range(3)]

    assert [each.reason for each in figures] == ["spend_fell", "spend_fell", None]


def test_a_mismatch_is_told_at_its_second_check() -> None:
    watched = watching()
    watched.check(usage=report_of(1300))
    assert watched.alert("spend_mismatch") is None
    watched.check(usage=report_of(1300))
    assert watched.told(FIRED) == ["spend_mismatch"]
    watched.check(1300)
    assert watched.told(RESOLVED) == ["spend_mismatch"]


def test_a_missing_price_is_told_with_its_share() -> None:
    watched = watching()
    unpriced = report(row(100_000), row(300_000, billing_metric="new"))
    decision = watched.check(usage=unpriced)
    alert = watched.alert("price_missing")

    assert decision.check.spend.state is FigureState.INCOMPLETE
    assert alert is not None
    assert (alert.value, alert.unit) == (Decimal(75), "%")


def search_policy() -> PolicySet:
    searching = policy(
        threshold(spend="50%"), id="search", scope={"workspace": "search"}
    )
    return policy_set(policy(HALF), searching)


def test_a_lost_workspace_is_told_alone_and_heals() -> None:
    watched = Watching(search_policy())
    good = {"search": report_of(10)}
    watched.check(usage_by_workspace=good)
    for _ in range(3):
        decision = watched.check(usage_by_workspace={"search": failure()})
        assert decision.check.outcome is CheckOutcome.COMPLETED
    assert watched.told(FIRED) == ["data_unknown"]
    watched.check(usage_by_workspace=good)

    assert watched.told(RESOLVED) == ["data_unknown"]


def test_a_lost_workspace_that_no_policy_asks_for_any_more_is_over() -> None:
    watched = Watching(search_policy())
    watched.check(usage_by_workspace={"search": failure("unknown_workspace")})
    assert watched.told(FIRED) == ["data_unknown"]
    watched.policies = policy_set(policy(HALF))
    watched.check()

    assert watched.told(RESOLVED) == ["data_unknown"]
    assert watched.state_of("data_unknown") is AlertState.RESOLVED


def test_names_that_begin_alike_are_not_taken_for_each_other() -> None:
    both = policy_set(
        *(
            policy(threshold(spend="50%"), id=name[-1], scope={"workspace": name})
            for name in ("a|b", "a|c")
        )
    )
    watched = Watching(both)
    lost = failure()
    watched.check(usage_by_workspace={"a|b": report_of(10), "a|c": report_of(400)})
    watched.check(usage_by_workspace={"a|b": report_of(10), "a|c": lost})
    watched.policies = policy_set(both.policies[0].policy)
    watched.check(usage_by_workspace={"a|b": report_of(10)})
    watched.policies = both
    watched.check(usage_by_workspace={"a|b": report_of(10), "a|c": report_of(40)})

    sightings = watched.memory.state.sightings
    assert sightings["acme;workspace=a|c|2026-08"].amount == 400


def test_a_drift_is_adopted_and_told_once() -> None:
    watched = adopting()
    watched.limit = limit(7000)
    watched.check()
    watched.check()

    assert watched.told(FIRED) == ["limit_changed_outside"]
    assert watched.memory.state.reference == limit(7000)
    watched.limit = limit(6000)
    watched.check()
    alert = watched.alert("limit_changed_outside")
    assert alert is not None
    assert (alert.firing, alert.state) == (2, AlertState.RESOLVED)


def test_what_the_provider_says_is_wrong_is_told() -> None:
    watched = watching()
    watched.check(limit=reading(of=10_000, is_reached=True, payment_failed=True))

    assert watched.told(FIRED) == ["limit_reached", "payment_failed"]


def test_a_check_counts_what_burns_from_this_period_alone() -> None:
    watched = Watching(ALL, start=datetime(2026, 8, 31, 22, tzinfo=UTC))
    watched.check(4000)
    watched.check(0, after=2 * HOUR)
    decision = watched.check(50, after=HOUR)

    assert decision.check.burn_rate == 50


def test_no_two_checks_of_one_moment_share_an_id() -> None:
    watched = watching()
    first = watched.check(after=0 * MINUTE)
    second = watched.check(after=0 * MINUTE)

    assert first.check.id != second.check.id


@settings(max_examples=40, deadline=None)
@given(
    spends=st.lists(
        st.one_of(st.none(), st.integers(0, 12_000)), min_size=1, max_size=12
    )
)
def test_however_figures_come_and_go_each_spend_threshold_is_told_once(
    spends: list[int | None],
) -> None:
    watched = Watching(policy_set(policy(HALF, STOP)))
    for spend in spends:
        if spend is None:
            watched.check(limit=failure(), usage=failure(), after=DAY / 24)
        else:
            watched.check(spend, after=DAY / 24)
    told = watched.told(FIRED)

    assert told.count("half") <= 1
    assert told.count("stop") <= 1
    assert "half" not in watched.told(RESOLVED)
    assert state(checks=len(spends)).checks == watched.memory.state.checks
