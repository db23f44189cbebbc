from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.limit_change import (
    ChangeKind,
    ChangeState,
    LimitChange,
    SkipReason,
)
from service.domain.limit_expiry import Endings, end_move, endings_of, follow_ups
from service.domain.limit_ground import Ground, Move
from service.domain.limit_plan import plan_change
from service.domain.usage import FigureState
from tests.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    Fields,
    change,
    ground,
    limit,
    override,
    raising,
    report,
    row,
    snapshot,
    state,
)
from tests.builders import capping as cap
from tests.unit.domain.lending import MONTH_END, end_of, raised
from tests.unit.domain.wishes import wanted


def standing(
    *changes: LimitChange,
    of: int | None = 6000,
    spend: str = "1000",
    rails: Fields = None,
    **known: Fields,
) -> Ground:
    """Give a ground on which every raise that ends has its end planned."""
    ends = follow_ups(changes, NOON - DAY, MONTH_END)
    on_ground = {
        name: known.pop(name)
        for name in ("is_paused", "burn_rate", "ceiling")
        if name in known
    }
    built = state(reference=limit(of), **known)
    seen = snapshot(spend, None if of is None else str(of))
    return ground(seen, rails, state=built, changes=(*changes, *ends), **on_ground)


def reached(on: Ground) -> int | str:
    move = end_move(on)
    return int(move.target) if isinstance(move, Move) else move.value


LASTING = raised(6000, 7000, id="lc_2", expires_at=NOON + DAY, settled_at=NOON - HOUR)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        pytest.param(standing(raised()), 5000, id="to the limit before the raise"),
        pytest.param(
            standing(raised(), spend="5200.40"), 5201, id="never below the spend"
        ),
        pytest.param(
            standing(raised(), spend="5200", burn_rate=Decimal(10)),
            5440,
            id="nor below what the next day needs at this pace",
        ),
        pytest.param(
            standing(raised(), spend="5200", final_total=Decimal(9000)),
            5500,
            id="nor below an average day of last month",
        ),
        pytest.param(
            standing(raised(), spend="5950", burn_rate=Decimal(10)),
            "guardrail",
            id="never up, where a day's need is more than is left",
        ),
        pytest.param(
            standing(raised(), spend="5760", burn_rate=Decimal(10)),
            "guardrail",
            id="nor to where it stands, which would be no end",
        ),
        pytest.param(
            standing(raised(of=0), spend="0"),
            0,
            id="to nothing, where nothing is spent",
        ),
        pytest.param(
            standing(raised(), rails={"min_limit": 5500}), 5500, id="min_limit holds"
        ),
        pytest.param(
            standing(raised(), spend="5200", burn_rate=Decimal(10), ceiling=5300),
            5300,
            id="a ceiling takes of the day's need",
        ),
        pytest.param(
            standing(raised(), spend="5200", ceiling=5100),
            "guardrail",
            id="a ceiling below the spend is not obeyed by stopping production",
        ),
        pytest.param(
            standing(raised(), LASTING, of=7000), 6000, id="only its own of two steps"
        ),
        pytest.param(
            standing(raised(), change(ChangeKind.CAP, before=limit(6000)), of=600),
            "no_change",
            id="a cap of ours went further",
        ),
        pytest.param(
            standing(raised(), of=None), "no_change", id="there is no limit any more"
        ),
        pytest.param(standing(), "no_change", id="nothing is known of the raise"),
        pytest.param(standing(raised(), is_paused=True), "paused", id="paused"),
        pytest.param(
            standing(raised(), is_circuit_open=True), "circuit_open", id="circuit"
        ),
        pytest.param(
            standing(raised(), retry_at=NOON + MINUTE), "cooldown", id="backing off"
        ),
    ],
)
def test_where_a_raise_that_ended_leaves_the_limit(
    on: Ground, expected: int | str
) -> None:
    assert reached(on) == expected


def test_nothing_is_taken_back_on_doubtful_figures() -> None:
    unpriced = snapshot(1000, "6000", usage=report(row(), row(model="new"), prices=()))
    on = replace(standing(raised()), book=ground(unpriced).book)

    assert on.figure.state is not FigureState.KNOWN
    assert reached(on) == "doubtful_data"


def test_the_end_of_a_raise_is_a_whole_move_and_a_whole_change() -> None:
    held = replace(end_of(raised()), reason="paused")
    on = replace(standing(raised()), changes=(raised(), held))
    back = Move(
        kind=ChangeKind.EXPIRY,
        target=Decimal(5000),
        exact=Decimal(5000),
        is_lowering=True,
    )

    assert end_move(on) == back
    due = endings_of(on).due
    assert due is not None
    # From where the limit stands now, and not from where the raise had put it.
    lowered = replace(on, book=ground(snapshot("1000", "5900")).book)
    assert due.planned(lowered) == replace(
        held, before=limit(5900), exact=Decimal(5000), reason=""
    )


def look(*changes: LimitChange, **known: Fields) -> Endings:
    return endings_of(standing(*changes, **known))


def test_a_raise_that_has_not_ended_yet_is_remembered_and_left_alone() -> None:
    found = look(raised(expires_at=NOON + HOUR))

    assert (found.due, found.to_save, found.to_tell) == (None, (), ())
    (kept,) = found.remembered(state()).raise_ends
    assert kept.ends_at == NOON + HOUR


def test_a_raise_ends_at_its_very_moment() -> None:
    assert look(raised(expires_at=NOON)).due is not None


@pytest.mark.parametrize("set_at", [NOON - HOUR, NOON - DAY])
def test_what_a_person_chose_since_ends_the_end(set_at: datetime) -> None:
    later = replace(override(until=NOON - MINUTE), set_at=set_at)

    found = look(raised(), override=later)

    (dropped,) = found.dropped
    assert (dropped.state, dropped.reason) == (ChangeState.SKIPPED, "overridden")
    assert dropped.settled_at == NOON
    assert found.to_tell == (dropped,)
    assert found.due is None
    assert found.remembered(state()).raise_ends == ()


def test_a_persons_choice_before_the_raise_has_nothing_to_do_with_its_end() -> None:
    earlier = replace(override(until=NOON - 2 * DAY), set_at=NOON - 3 * DAY)

    assert look(raised(), override=earlier).due is not None


def test_the_baseline_of_a_new_month_replaces_the_ends_of_the_last() -> None:
    rails = {"baseline_limit": 5500}
    turned = {"period": "2026-09", "rails": rails}

    waiting = look(raised(), wants_baseline=True, **turned)
    restored = look(raised(), **turned)

    assert (waiting.due, waiting.to_save) == (None, ())
    assert [each.reason for each in restored.to_save] == ["superseded"]
    assert restored.to_tell == ()
    assert look(raised(), rails=rails).due is not None
    assert look(raised(), period="2026-09").due is not None


def test_an_end_with_nothing_left_to_take_back_is_over_and_no_news() -> None:
    set_since = change(
        ChangeKind.SET, before=limit(6000), after=limit(5900), settled_at=NOON - HOUR
    )
    found = look(raised(), set_since, of=5900)

    assert [each.reason for each in found.to_save] == ["no_change"]
    assert (found.to_tell, found.due) == ((), None)


def test_an_end_that_must_wait_is_told_and_recorded_once() -> None:
    first = look(raised(), is_paused=True)
    (held,) = first.held
    waiting = standing(raised(), is_paused=True)
    since = replace(waiting, changes=(raised(), held))

    again = endings_of(since)

    assert (held.state, held.reason) == (ChangeState.PLANNED, "paused")
    assert (first.to_save, first.to_tell) == ((held,), (held,))
    assert (again.to_save, again.to_tell) == ((), ())
    assert again.remembered(state()).raise_ends


def test_another_reason_to_wait_is_recorded_and_not_told() -> None:
    held = replace(end_of(raised()), reason="paused")
    on = replace(standing(raised(), is_circuit_open=True), changes=(raised(), held))

    found = endings_of(on)

    assert [each.reason for each in found.to_save] == ["circuit_open"]
    assert found.to_tell == ()


def test_ends_that_are_due_together_make_one_change() -> None:
    both = (
        raised(),
        raised(6000, 7000, id="lc_2", settled_at=NOON - HOUR),
    )
    on = standing(*both, of=7000)
    found = endings_of(on)

    plan = plan_change([], on, ending=found.due)
    assert plan.change is not None
    after = found.carried_out_by(plan.change, NOON)

    assert (plan.change.before, plan.change.after) == (limit(7000), limit(5000))
    assert plan.change.exact == Decimal(5000)
    assert [each.reason for each in after.dropped] == ["superseded"]
    (kept,) = after.remembered(state()).raise_ends
    assert kept.change_id == plan.change.id


def test_a_cap_wins_over_an_end_which_waits_without_a_record() -> None:
    on = standing(raised())
    found = endings_of(on)

    plan = plan_change([wanted(cap(4000))], on, ending=found.due)

    assert plan.change is not None
    assert (plan.change.kind, plan.skips) == (ChangeKind.CAP, ())
    assert found.carried_out_by(plan.change, NOON) == found


def test_an_end_wins_over_a_raise() -> None:
    on = standing(raised())

    plan = plan_change([wanted(raising(500))], on, ending=endings_of(on).due)

    assert plan.change is not None
    assert plan.change.kind is ChangeKind.EXPIRY
    assert [each.reason for each in plan.skips] == [SkipReason.SUPERSEDED]


def test_a_raise_says_when_it_ends() -> None:
    plan = plan_change([wanted(raising(500, expires="24h"))], ground())
    lasting = plan_change([wanted(raising(500))], ground())

    assert plan.change is not None
    assert plan.change.expires_at == NOON + DAY
    assert lasting.change is not None
    assert lasting.change.expires_at is None


@given(
    steps=st.lists(st.tuples(st.integers(1, 900), st.booleans()), max_size=5),
    cents=st.integers(0, 700_000),
    rate=st.integers(0, 40),
    floor=st.integers(0, 6000),
)
def test_no_end_ever_raises_the_limit_or_stops_production(
    steps: list[tuple[int, bool]], cents: int, rate: int, floor: int
) -> None:
    made, at = [], 4000
    for number, (step, is_over) in enumerate(steps):
        moment = NOON - DAY + number * HOUR
        ends = NOON - MINUTE if is_over else NOON + HOUR
        made.append(
            raised(at, at + step, id=f"lc_{number}", settled_at=moment, expires_at=ends)
        )
        at += step
    on = standing(
        *made,
        of=at,
        spend=f"{cents / 100:.2f}",
        rails={"min_limit": floor},
        burn_rate=Decimal(rate),
    )

    move = end_move(on)

    lasting = sum(step for step, is_over in steps if not is_over)
    if isinstance(move, Move):
        assert move.is_lowering
        assert move.target == move.target.to_integral_value()
        assert max(4000 + lasting, floor) <= move.target < at
        assert move.target * 100 >= cents + rate * 2400
    else:
        assert move is not SkipReason.NO_CHANGE or lasting + 4000 == at
