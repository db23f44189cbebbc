from hypothesis import given
from hypothesis import strategies as st

from service.domain.limit_change import ChangeKind
from service.domain.limit_ground import Move
from service.domain.limit_rules import (
    resolve_effect,
)
from tests.builders import Fields, ground, raising, setting, snapshot
from tests.builders import capping as cap
from tests.unit.domain.wishes import wanted

amounts = st.integers(0, 12_000)
EFFECTS = st.one_of(
    st.builds(raising, st.integers(1, 9000)),
    st.builds(cap, st.one_of(amounts, st.just("spend + 5%"))),
    st.builds(setting, amounts),
)


@given(
    then=EFFECTS,
    cents=st.integers(0, 1_200_000),
    of=amounts,
    rails=st.tuples(amounts, st.integers(0, 3000)),
    ceiling=st.none() | amounts,
)
def test_no_move_ever_leaves_the_guardrails(
    then: Fields, cents: int, of: int, rails: tuple[int, int], ceiling: int | None
) -> None:
    highest, lowest = max(rails), min(rails)
    spend = f"{cents / 100:.2f}"
    bounds = {"max_limit": highest, "min_limit": lowest}
    base = ground(snapshot(spend, of), bounds, ceiling=ceiling)

    move = resolve_effect(wanted(then), base, ())

    if isinstance(move, Move):
        assert move.target == move.target.to_integral_value()
        assert lowest <= move.target <= highest
        assert ceiling is None or move.target <= ceiling
        assert move.is_lowering == (move.target < of)
        assert move.target != of
        assert not move.is_lowering or move.target * 100 >= cents
        assert move.kind is not ChangeKind.CAP or move.is_lowering
        assert move.kind is not ChangeKind.RAISE or not move.is_lowering
