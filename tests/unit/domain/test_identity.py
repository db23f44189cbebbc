from hypothesis import given
from hypothesis import strategies as st

from service.domain.identity import stable_id

parts = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\x1f")), min_size=1
)


def test_an_id_is_a_prefix_and_twenty_four_digits() -> None:
    assert stable_id("al", "acme", 1) == stable_id("al", "acme", 1)
    prefix, digits = stable_id("al", "acme").split("_")

    assert prefix == "al"
    assert len(digits) == 24
    assert int(digits, 16) >= 0


@given(one=parts, other=parts)
def test_two_lists_of_parts_have_two_ids(one: list[str], other: list[str]) -> None:
    assert (stable_id("al", *one) == stable_id("al", *other)) is (one == other)
