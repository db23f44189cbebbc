from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.limit_change import ChangeKind, ChangeState, LimitChange
from service.domain.limit_replay import without_ended
from tests.builders import DAY, HOUR, MINUTE, NOON, change, limit, override, state

RAISE, CAP, SET = ChangeKind.RAISE, ChangeKind.CAP, ChangeKind.SET
MANUAL, EXPIRY = ChangeKind.MANUAL, ChangeKind.EXPIRY
REVERT = ChangeKind.REVERT
OVER, LATER = NOON - MINUTE, NOON + HOUR


def told(*steps: tuple[object, ...]) -> list[LimitChange]:
    """Give applied changes one after the other: kind, from, to, when a raise ends."""
    return [
        change(
            kind,  # type: ignore[arg-type]  # a table of kinds and amounts reads best
            before=limit(before),  # type: ignore[arg-type]  # as above
            after=limit(after),  # type: ignore[arg-type]  # as above
            expires_at=ends[0] if ends else None,
            settled_at=NOON - DAY + number * HOUR,
        )
        for number, (kind, before, after, *ends) in enumerate(steps)
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param([], None, id="nothing is known of no changes"),
        pytest.param(told((RAISE, 5000, 6000)), 6000, id="a raise for good stays"),
        pytest.param(told((RAISE, 5000, 6000, LATER)), 6000, id="a raise that lasts"),
        pytest.param(told((RAISE, 5000, 6000, OVER)), 5000, id="a raise that ended"),
        pytest.param(
            told((RAISE, 5000, 6000, OVER), (RAISE, 6000, 7000, LATER)),
            6000,
            id="the first of two ended",
        ),
        pytest.param(
            told((RAISE, 5000, 6000, LATER), (RAISE, 6000, 7000, OVER)),
            6000,
            id="the second of two ended",
        ),
        pytest.param(
            told(
                (RAISE, 5000, 6000, OVER),
                (RAISE, 6000, 7000, OVER),
                (EXPIRY, 7000, 6100),
            ),
            5000,
            id="both ended, one of them was taken back in part",
        ),
        pytest.param(
            told((RAISE, 5000, 6000, OVER), (RAISE, 6000, 6500)),
            5500,
            id="a raise for good lies upon one that ended",
        ),
        pytest.param(
            told((RAISE, 5000, 6000, OVER), (CAP, 6000, 5500)),
            5000,
            id="a cap above the old limit",
        ),
        pytest.param(
            told((RAISE, 5000, 6000, OVER), (CAP, 6000, 4500)),
            4500,
            id="a cap below the old limit",
        ),
        pytest.param(
            told((RAISE, 5000, 6000, OVER), (SET, 6000, 5800)),
            5800,
            id="a limit that was set stands",
        ),
        pytest.param(
            told((RAISE, 5000, 6000, OVER), (RAISE, 6400, 6500)),
            6500,
            id="where somebody else moved it begins anew",
        ),
        pytest.param(
            told((RAISE, 5000, 6000, OVER), (REVERT, 7000, 6000)),
            5000,
            id="what was put back was never moved",
        ),
        pytest.param(
            told((RAISE, 5000, 6000, OVER), (REVERT, 7000, 6000), (RAISE, 6000, 6500)),
            5500,
            id="a raise goes on from what was put back",
        ),
        pytest.param(
            told((RAISE, 5000, 6000, NOON)), 5000, id="a raise that ends right now"
        ),
        pytest.param(
            told((REVERT, 7000, 6000)), 6000, id="where it was put back to stands"
        ),
        pytest.param(
            told((MANUAL, 5000, None), (CAP, None, 6000), (RAISE, 6000, 6500, OVER)),
            6000,
            id="a cap on no limit at all",
        ),
    ],
)
def test_the_limit_without_the_raises_that_ended(
    changes: list[LimitChange], expected: int | None
) -> None:
    found = without_ended(changes, state(), NOON)

    assert found == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize("chosen_at", [NOON - DAY, NOON - DAY + MINUTE])
def test_what_was_before_a_persons_choice_is_not_made_again(
    chosen_at: datetime,
) -> None:
    changes = told((RAISE, 5000, 6000, OVER), (RAISE, 6000, 6500, OVER))
    chosen = replace(override(), set_at=chosen_at)

    assert without_ended(changes, state(override=chosen), NOON) == Decimal(6000)


def test_what_never_came_into_force_moved_nothing() -> None:
    (raised,) = told((RAISE, 5000, 6000, OVER))

    failed = replace(raised, state=ChangeState.FAILED)
    assert without_ended([failed], state(), NOON) is None


def test_changes_count_in_the_order_in_which_they_came_into_force() -> None:
    changes = told((RAISE, 5000, 6000, OVER), (RAISE, 6000, 7000, LATER))

    assert without_ended(reversed(changes), state(), NOON) == Decimal(6000)
    unsettled = [replace(each, settled_at=None) for each in changes]
    assert without_ended(unsettled, state(), NOON) == Decimal(6000)


@given(steps=st.lists(st.tuples(st.integers(1, 900), st.booleans()), max_size=8))
def test_each_raise_takes_back_its_own_step_and_no_more(
    steps: list[tuple[int, bool]],
) -> None:
    changes, at = told((SET, 4000, 5000)), 5000
    for number, (step, is_over) in enumerate(steps):
        (raised,) = told((RAISE, at, at + step, OVER if is_over else LATER))
        changes.append(replace(raised, settled_at=NOON - HOUR + number * MINUTE))
        at += step

    lasting = sum(step for step, is_over in steps if not is_over)
    assert without_ended(changes, state(), NOON) == 5000 + lasting
