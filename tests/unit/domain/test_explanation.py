"""What a threshold sees, what is missing until it fires, and what would follow."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from service.domain.alert import AlertState
from service.domain.check import Outcome
from service.domain.decision import Memory
from service.domain.explanation import (
    effect_words,
    explain,
    next_outcome,
)
from service.domain.history import History
from service.domain.limit_change import ChangeKind
from service.domain.policy import Threshold
from service.domain.usage import FigureState
from service.domain.usage_lines import usage_months
from tests.builders import (
    HOUR,
    MINUTE,
    NOON,
    Fields,
    alert,
    asking,
    book,
    capping,
    cents_row,
    failure,
    limit,
    memory,
    observation,
    organization,
    policy,
    policy_set,
    raising,
    reading,
    report,
    setting,
    sighting,
    snapshot,
    state,
    threshold,
)
from tests.unit.domain.explaining import END, RAISE, one, told
from tests.unit.domain.watching import Watching

JULY = datetime(2026, 7, 31, 23, tzinfo=UTC)


def test_a_policy_is_explained_threshold_by_threshold_on_one_decision() -> None:
    of = policy(RAISE, threshold(id="near", limit="85%"))

    explained = told(of)

    assert explained.policy is of
    assert explained.decision.check.spend.amount == 1000
    assert [each.threshold for each in explained.thresholds] == list(of.thresholds)


def test_what_has_not_fired_says_what_is_missing_and_when() -> None:
    known = memory(observations=(observation(NOON - 10 * HOUR, 900),))

    half = one(threshold(), known)

    assert half.outcome.outcome is Outcome.BELOW
    assert half.source == "the provider's total, held against its usage rows"
    assert half.channels == ("finops",)
    assert half.distance is not None
    assert (half.distance.more, half.distance.unit) == (Decimal(1500), "EUR")
    assert half.distance.used_percent == 40
    assert (half.distance.rate, half.distance.rate_from) == (
        Decimal(10),
        "the last 24 h",
    )
    assert half.distance.at == NOON + 150 * HOUR
    assert half.distance.period_end == END


def test_what_is_not_reached_in_the_period_has_no_time() -> None:
    known = memory(observations=(observation(NOON - 10 * HOUR, 999),))

    distance = one(threshold(), known).distance

    assert distance is not None
    assert (distance.rate, distance.at) == (Decimal("0.1"), None)


def with_past(a_day: int) -> Memory:
    """Give a memory of a July that cost as much each day."""
    rows = tuple(cents_row(a_day, day=date(2026, 7, day)) for day in range(1, 32))
    months = usage_months(
        book(snapshot(usage=report(*rows, at=JULY)), now=JULY),
        organization(),
        (),
        NOON,
    )
    return memory(history=History(months, "EUR"))


def test_with_a_past_the_forecast_says_when_the_bound_is_reached() -> None:
    rows = tuple(cents_row(50, day=date(2026, 8, day)) for day in range(1, 21))
    seen = snapshot(usage=report(*rows))

    within = one(threshold(spend=1200), with_past(50), seen).distance
    beyond = one(threshold(spend=5000), with_past(50), seen).distance
    expected = one(threshold(forecast="100%"), with_past(50), seen)

    assert within is not None
    assert within.forecast is not None
    assert within.forecast_at is not None
    assert NOON < within.forecast_at < END
    assert beyond is not None
    assert beyond.forecast == within.forecast
    assert beyond.forecast_at is None
    assert expected.source == "the days of this period and of the months before"
    assert expected.distance is not None
    assert (expected.distance.rate, expected.distance.forecast_at) == (None, None)
    assert expected.distance.more == 5000 - within.forecast.point


def test_a_forecast_that_is_none_has_no_distance() -> None:
    assert one(threshold(forecast="100%")).distance is None


def test_where_nothing_burns_it_is_never_reached() -> None:
    distance = one(threshold(), seen=snapshot(0)).distance

    assert distance is not None
    assert (distance.rate, distance.at) == (Decimal(0), None)


def test_without_observations_the_average_of_the_period_is_taken() -> None:
    distance = one(threshold()).distance

    assert distance is not None
    assert distance.rate_from == "the average since the period began"
    assert distance.rate == Decimal(1000) / Decimal(19 * 24 + 12)


def test_the_first_hour_of_a_period_tells_no_rate() -> None:
    of = policy(threshold(), period="day")
    midnight = NOON.replace(hour=0) + 5 * MINUTE
    watched = Watching(policy_set(of))
    watched.now = midnight
    decision = watched.see(snapshot(1000, at=midnight))

    (half,) = explain(of, decision, watched.memory).thresholds

    assert half.distance is not None
    assert (half.distance.rate, half.distance.rate_from) == (None, "")


def test_a_share_of_the_limit_says_how_much_more_money() -> None:
    near = one(threshold(id="near", limit="85%"))

    assert near.source.endswith("held against its usage rows and its spend limit")
    assert near.distance is not None
    assert near.distance.more == 7500
    assert near.distance.used_percent is not None
    assert round(near.distance.used_percent, 2) == Decimal("11.76")


def test_units_say_how_many_more() -> None:
    used = one(threshold(usage={"unit": "api_tokens", "above": 200_000}))

    assert used.source == "units of api_tokens in the provider's usage rows"
    assert used.distance is not None
    assert (used.distance.more, used.distance.unit) == (
        Decimal(100_000),
        "api_tokens",
    )


@pytest.mark.parametrize(
    "of",
    [
        threshold(),
        threshold(limit="85%"),
        threshold(usage={"unit": "api_tokens", "above": 1}),
    ],
)
def test_an_unknown_figure_has_no_distance_and_says_what_was_last_believed(
    of: Threshold,
) -> None:
    believed = sighting(1200)
    known = memory(state(sightings={"acme|2026-08": believed}))
    lost = snapshot(limit=failure(), usage=failure())

    told_of = one(of, known, lost)

    assert told_of.outcome.outcome is Outcome.UNKNOWN
    assert told_of.distance is None
    assert told_of.figure.state is FigureState.UNKNOWN
    assert told_of.last_good == believed


def test_without_a_limit_there_is_no_distance_to_one() -> None:
    assert one(threshold(limit="85%"), seen=snapshot(1000, None)).distance is None


def test_of_a_bound_of_nothing_no_share_is_used() -> None:
    held = threshold(spend=0)
    assert one(held).distance is not None or one(held).alert is not None


def test_figures_of_one_source_say_which() -> None:
    rows = one(threshold(limit="85%"), seen=snapshot(limit=reading(None)))
    total = one(threshold(), seen=snapshot(usage=failure()))

    assert (
        rows.source == "the provider's usage rows and prices alone and its spend limit"
    )
    assert total.source == "the provider's total alone"


def test_a_part_of_the_usage_comes_from_its_rows() -> None:
    of = policy(threshold(), scope={"categories": ["ocr"]})

    (half,) = told(of).thresholds

    assert half.source == "the provider's usage rows and prices"


def test_what_fires_at_this_very_moment_has_its_alert() -> None:
    half = one(threshold(), seen=snapshot(3000))

    assert half.outcome.outcome is Outcome.FIRED
    assert half.alert is not None
    assert (half.alert.state, half.since) == (AlertState.FIRING, NOON)


def test_a_firing_says_since_when() -> None:
    held = alert(pending_at=NOON - 3 * HOUR)

    half = one(threshold(), memory(state(), held), snapshot(3000))

    assert half.outcome.outcome is Outcome.FIRING
    assert (half.since, half.distance) == (NOON - HOUR, None)


def test_a_pending_one_says_when_it_fires() -> None:
    pending = alert(
        state=AlertState.PENDING, held=HOUR, last_true_at=NOON, fired_at=None
    )

    half = one(threshold(for_="3h"), memory(state(), pending), snapshot(3000))

    assert (half.since, half.fires_at) == (NOON - HOUR, NOON + 2 * HOUR)


def test_a_resolved_one_says_since_when() -> None:
    resolved = alert("near", state=AlertState.RESOLVED, resolved_at=NOON - MINUTE)

    near = one(threshold(id="near", limit="85%"), memory(state(), resolved))

    assert (near.since, near.fires_at) == (NOON - MINUTE, None)


def test_an_effect_says_what_it_would_do_if_it_fired_now() -> None:
    effect = one(RAISE).effect

    assert effect is not None
    assert effect.what == "raise the limit by 20% of the budget, up to 20000"
    assert (effect.kind, effect.before, effect.after) == (
        ChangeKind.RAISE,
        limit(10_000),
        limit(11_000),
    )
    assert effect.obstacles == ()


def test_a_cap_in_force_bounds_a_raise() -> None:
    stop = threshold(id="stop", spend="20%", then=capping(10_500))
    both = policy(RAISE, stop)

    raised, _ = told(both, memory(state(), alert("stop"))).thresholds

    assert raised.effect is not None
    assert raised.effect.after == limit(10_500)


def test_a_cap_that_does_not_fire_bounds_nothing() -> None:
    stop = threshold(id="stop", spend="90%", then=capping(10_500))

    raised, _ = told(policy(RAISE, stop)).thresholds

    assert raised.effect is not None
    assert raised.effect.after == limit(11_000)


def test_the_ceiling_from_outside_bounds_a_raise() -> None:
    effect = one(RAISE, memory(ceiling=10_300)).effect

    assert effect is not None
    assert effect.after == limit(10_300)


@pytest.mark.parametrize(
    ("then", "words"),
    [
        (raising(100), "raise the limit by 100"),
        (raising(100, expires="24h"), "raise the limit by 100, for 1d"),
        (capping("spend + 5%"), "lower the limit to spend + 5%"),
        (
            capping(100, below_spend=True),
            "lower the limit to 100, also below the spend",
        ),
        (setting("50%"), "set the limit to 50% of the budget"),
        (
            asking(setting(5000), expires="2h"),
            "set the limit to 5000, after a person says yes (2h to answer)",
        ),
    ],
)
def test_an_effect_is_said_in_words(then: Fields, words: str) -> None:
    given = threshold(then=then).then
    assert given is not None

    assert effect_words(given) == words


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_is_said_in_words(outcome: Outcome) -> None:
    assert next_outcome(outcome)
