"""Differences of an answer, put together and written as a list."""

import pytest

from service.domain.shape import AS_KNOWN, ShapeChanges, listed, together


def test_what_several_answers_differ_in_is_said_once_and_in_order() -> None:
    one = ShapeChanges(broken=("b", "a"), added=("y",))
    other = ShapeChanges(broken=("a", "c"), added=("x", "y"))

    assert together([one, AS_KNOWN, other]) == ShapeChanges(
        broken=("b", "a", "c"), added=("y", "x")
    )
    assert together(iter([one, other])) == together([one, other])


@pytest.mark.parametrize(
    ("many", "written"),
    [(0, ""), (1, "0"), (2, "0; 1"), (3, "0; 1; and 1 more"), (9, "0; 1; and 7 more")],
)
def test_a_list_names_the_first_and_counts_the_rest(many: int, written: str) -> None:
    assert listed(tuple(map(str, range(many))), most=2) == written


def test_a_list_is_of_twenty_at_most() -> None:
    assert listed(("x",) * 20) == "; ".join("x" * 20)
    assert listed(("x",) * 21).endswith("x; and 1 more")
