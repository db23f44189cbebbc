"""A threshold on pace, in the one function that decides."""

from dataclasses import replace
from decimal import Decimal

import pytest

from service.domain.alert import AlertKind, AlertState
from service.domain.check import Outcome
from service.domain.course import Course
from service.domain.decision import Decision
from service.domain.evaluation import evaluate
from service.domain.explanation import explain
from service.domain.policy import Policy
from service.domain.usage import UsageSnapshot
from tests.builders import (
    DAY,
    NOON,
    Fields,
    alert,
    capping,
    failure,
    memory,
    organization,
    policy,
    policy_set,
    reading,
    report_of,
    snapshot,
    threshold,
)
from tests.unit.domain.courses import SLOT, sample

PACE = {"window": "3h", "above": "5x", "at_least": 20}
# A quarter of an hour costs a euro, day and night, three weeks long.
BEGUN = NOON - 21 * DAY


def burnt(extra: int) -> Decimal:
    """Give what August has cost at noon of the 20th, with so much burnt just now."""
    return Decimal((NOON - BEGUN) // SLOT + extra)


def course(scope: str = "acme") -> Course:
    return Course(
        sample(BEGUN + number * SLOT, str(number), month="2026-08", scope=scope)
        for number in range((NOON - BEGUN) // SLOT)
    )


def runaway(**written: Fields) -> Policy:
    pace = PACE | written.pop("pace", {})
    watch = {name: written.pop(name) for name in ("for_", "then") if name in written}
    return policy(threshold(id="runaway", pace=pace, **watch), **written)


def decide(
    extra: int = 0,
    of: Policy | None = None,
    seen: UsageSnapshot | None = None,
    **changes: Fields,
) -> Decision:
    watched = of or runaway()
    known = memory(courses={"acme": course()})
    known = replace(known, **changes)
    return evaluate(
        policy_set(watched),
        organization(),
        seen or snapshot(burnt(extra)),
        known,
        now=NOON,
    )


@pytest.mark.parametrize(
    ("extra", "outcome", "reason"),
    [
        pytest.param(
            0,
            Outcome.BELOW,
            "the last 3h cost 12.00 EUR, 1.00 times the usual 12.00 EUR: less than"
            " 20.00 EUR",
            id="as usual",
        ),
        pytest.param(
            6,
            Outcome.BELOW,
            "the last 3h cost 18.00 EUR, 1.50 times the usual 12.00 EUR: less than"
            " 20.00 EUR",
            id="too little to look at its last quarter",
        ),
        pytest.param(
            8,
            Outcome.BELOW,
            "the last 3h cost 20.00 EUR, 1.66 times the usual 12.00 EUR: not beyond 5x",
            id="as much as it has to be",
        ),
        pytest.param(
            10,
            Outcome.BELOW,
            "the last 3h cost 22.00 EUR, 1.83 times the usual 12.00 EUR: not beyond 5x",
            id="a little more",
        ),
        pytest.param(
            17,
            Outcome.FIRED,
            "the last 45m cost 20.00 EUR, 6.66 times the usual 3.00 EUR: beyond 5x",
            id="the last quarter burns",
        ),
        pytest.param(
            100,
            Outcome.FIRED,
            "the last 45m cost 103.00 EUR, 34.33 times the usual 3.00 EUR: beyond 5x",
            id="all of it burns",
        ),
    ],
)
def test_the_reason_says_what_was_held_against_what(
    extra: int, outcome: Outcome, reason: str
) -> None:
    (found,) = decide(extra).check.decisions

    assert (found.outcome, found.reason, found.unit) == (outcome, reason, "x")
    assert found.bound == 5


def test_it_names_who_burns_in_the_same_message() -> None:
    decision = decide(100)

    (told,) = decision.told
    assert told.event.alert_kind == AlertKind.PACE
    assert told.event.value == Decimal("34.33")
    assert {each.dimension for each in decision.burners} == {"category", "model"}


def test_it_may_move_the_limit_after_a_person_was_asked_or_not() -> None:
    decision = decide(100, runaway(then=capping("spend + 5%")))

    assert decision.change is not None
    assert decision.change.after is not None


def test_for_wants_it_to_last() -> None:
    (found,) = decide(100, runaway(for_="30m")).check.decisions

    assert found.outcome is Outcome.PENDING


FIRING = alert("runaway", kind=AlertKind.PACE, bound=Decimal(5), unit="x")


@pytest.mark.parametrize(
    ("extra", "at_least", "state"),
    [
        pytest.param(100, 20, AlertState.FIRING, id="goes on"),
        # The last quarter, usually 3 EUR, cost 15 and 14: 5 and 4.66 times as much.
        pytest.param(12, 10, AlertState.FIRING, id="no longer beyond the multiple"),
        pytest.param(11, 10, AlertState.RESOLVED, id="below 95 % of the multiple"),
        # It cost 19 and 18, more than five times the usual.
        pytest.param(16, 20, AlertState.FIRING, id="no longer the least amount"),
        pytest.param(15, 20, AlertState.RESOLVED, id="below 95 % of the least amount"),
    ],
)
def test_it_resolves_below_95_percent_and_not_sooner(
    extra: int, at_least: int, state: AlertState
) -> None:
    watched = runaway(pace={"at_least": at_least})
    decision = decide(extra, watched, alerts={FIRING.key: FIRING})

    now = {each.key: each for each in decision.alerts}.get(FIRING.key, FIRING)
    assert now.state is state


def test_it_may_fire_again_with_the_next_number() -> None:
    over = replace(FIRING, state=AlertState.RESOLVED, resolved_at=NOON)

    (fired,) = decide(100, alerts={over.key: over}).alerts

    assert (fired.state, fired.firing) == (AlertState.FIRING, 2)


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        pytest.param(
            snapshot(usage=failure(), limit=failure()),
            "unknown, provider unavailable: ",
            id="no figure",
        ),
        pytest.param(
            snapshot(usage=failure(), limit=reading(3000)),
            "unknown, one source: ",
            id="only one of two sources",
        ),
    ],
)
def test_without_a_figure_nothing_fires_and_nothing_ends(
    seen: UsageSnapshot, reason: str
) -> None:
    decision = decide(seen=seen, alerts={FIRING.key: FIRING})

    (found,) = decision.check.decisions
    assert found.outcome is Outcome.UNKNOWN
    assert (found.value, found.bound, found.unit) == (None, Decimal(5), "x")
    assert found.reason.startswith(reason)
    assert decision.samples == ()
    assert FIRING.key not in {
        each.key for each in decision.alerts if each.state is not AlertState.FIRING
    }


def test_a_new_installation_says_that_it_has_not_seen_enough() -> None:
    (found,) = decide(100, courses={}).check.decisions

    assert found.outcome is Outcome.UNKNOWN
    assert found.reason == (
        "unknown, not enough data: 0 s of observations, 14 days are needed"
    )


def test_every_check_leaves_a_sample_of_the_whole_and_of_each_watched_scope() -> None:
    part = runaway(id="ocr", scope={"categories": ["completion"]})
    unwatched = policy(threshold(), id="other", scope={"categories": ["ocr"]})
    decision = evaluate(
        policy_set(part, part, unwatched),
        organization(),
        snapshot(1000, usage=report_of(1000)),
        memory(),
        now=NOON,
    )

    seen = {each.scope: (each.month, each.amount) for each in decision.samples}
    assert seen == {
        "acme": ("2026-08", Decimal(1000)),
        "acme;categories=completion": ("2026-08", Decimal(1000)),
    }


def test_two_thresholds_on_one_window_are_worked_out_once() -> None:
    both = policy(
        threshold(id="a", pace=PACE),
        threshold(id="b", pace=PACE | {"above": "50x"}),
    )

    outcomes = [each.outcome for each in decide(100, both).check.decisions]

    assert outcomes == [Outcome.FIRED, Outcome.BELOW]


@pytest.mark.parametrize(
    ("extra", "watch", "more", "used"),
    [
        # The quarter costs 3 of its 20, the whole 12 of its 60.
        (0, {}, Decimal(17), Decimal(15)),
        (10, {}, Decimal(7), Decimal(65)),
        (0, {"at_least": 50}, Decimal(47), Decimal(6)),
    ],
)
def test_it_is_explained_how_much_more_the_window_would_have_to_cost(
    extra: int, watch: dict[str, int], more: Decimal, used: Decimal
) -> None:
    of = runaway(pace=watch)
    known = memory(courses={"acme": course()})

    (told,) = explain(of, decide(extra, of), known).thresholds

    assert told.distance is not None
    assert (told.distance.more, told.distance.unit) == (more, "EUR")
    assert told.distance.used_percent == used
    assert (told.distance.rate, told.distance.at) == (None, None)


def test_a_pace_that_cannot_be_told_is_at_no_distance() -> None:
    of = runaway()

    (told,) = explain(of, decide(of=of, courses={}), memory()).thresholds

    assert told.distance is None
