"""The plan of kills: the same for a seed, and none of its windows forgotten."""

from collections import Counter

from tests.torture.gate import Window
from tests.torture.plan import plan


def test_a_seed_gives_the_same_kills_again() -> None:
    assert plan(7, 300) == plan(7, 300)
    assert plan(7, 300) != plan(8, 300)


def test_each_window_has_thirty_of_three_hundred_kills_at_least() -> None:
    shares = Counter(kill.window for kill in plan(1, 300))

    assert set(shares) == set(Window)
    assert min(shares.values()) >= 30
    assert shares.total() == 300


def test_a_short_run_leaves_no_window_out() -> None:
    assert {kill.window for kill in plan(1, 14)} == set(Window)
