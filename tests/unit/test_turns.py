"""Turns: everybody has one, and who fails is in nobody's way."""

from collections.abc import Sequence

import pytest

from service.domain.errors import NotFound, StorageUnavailable
from service.scheduler.turns import Turns


class Work:
    """So many jobs by name; notes each that was done."""

    def __init__(self, **jobs: int) -> None:
        self.jobs = jobs
        self.done: list[str] = []
        self.broken: set[str] = set()
        self.is_empty = False

    def turns(self) -> Turns:
        return Turns(self.names, self.job)

    def names(self) -> Sequence[str]:
        if self.is_empty:
            raise NotFound("no policies are in force")
        return tuple(self.jobs)

    def job(self, name: str) -> bool:
        if name in self.broken:
            raise StorageUnavailable("locked")
        self.done.append(name)
        self.jobs[name] -= 1
        return self.jobs[name] >= 0


def test_each_has_its_turn_until_it_is_done() -> None:
    work = Work(acme=2, beta=1)
    turns = work.turns()

    taken = [turns.take() for _ in range(4)]

    assert taken == [True, True, True, False]
    assert work.done == ["acme", "beta", "acme", "beta", "acme"]


def test_a_new_round_asks_everybody_again() -> None:
    work = Work(acme=0)
    turns = work.turns()
    assert not turns.take()

    work.jobs = {"acme": 0, "new": 1}

    assert turns.take()
    assert work.done == ["acme", "acme", "new"]


def test_without_organizations_nothing_is_done() -> None:
    work = Work(acme=1)
    work.is_empty = True

    assert not work.turns().take()


def test_who_fails_is_left_out_until_the_next_round() -> None:
    work = Work(acme=1, beta=1)
    work.broken = {"acme"}
    turns = work.turns()
    with pytest.raises(StorageUnavailable):
        turns.take()

    assert turns.take()
    assert not turns.take()
    work.broken.clear()
    assert turns.take()
    assert work.done == ["beta", "beta", "acme"]
