"""The machine runs, counts exactly, and draws the same from the same seed."""

from collections import Counter

from tests.faults.runner import run_until_enough, silence, workshop
from tests.faults.tally import Tally

CHECKS = 15


def run(seed: int) -> tuple[Tally, int | None]:
    tally = Tally(wanted=CHECKS)
    with silence(), workshop() as shop:
        broken = run_until_enough(shop, tally, seed, is_shrunk=False)
    return tally, broken


def test_as_many_checks_as_wanted_are_made_and_no_rule_is_broken() -> None:
    tally, broken = run(1)

    assert broken is None
    assert tally.checks == CHECKS == sum(tally.states.values())


def test_the_same_seed_gives_the_same_run() -> None:
    one, other = run(2)[0], run(2)[0]

    assert Counter(one.faults) == Counter(other.faults)
    assert (one.runs, one.states, one.writes) == (
        other.runs,
        other.states,
        other.writes,
    )
