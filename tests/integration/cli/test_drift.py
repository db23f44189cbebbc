"""Somebody moved the limit in the console, and a person decides at the terminal."""

import json
from collections.abc import Iterator

import pytest

from service.simulator.server import SimulatorServer
from tests.integration.cli.conftest import Cli


@pytest.fixture
def moved(ready: Cli, provider: SimulatorServer) -> Iterator[Cli]:
    """Let somebody move the limit between two checks, and put it back at the end."""
    before = provider.simulator.standing("acme").limit.amount
    ready("check")
    provider.simulator.console_sets_limit("acme", 6100, email="ada@acme.example")
    ready("check")
    yield ready
    provider.simulator.console_sets_limit("acme", before)


def test_the_status_says_who_moved_it_and_what_to_do(moved: Cli) -> None:
    shown = moved("status").out
    assert "moved outside from" in shown
    assert "by ada@acme.example" in shown
    assert "limit_changed_outside: the limit was changed outside from" in shown
    assert "spendguard limit adopt | revert --organization acme" in shown


def test_it_is_kept_by_one_command(moved: Cli) -> None:
    kept = moved("limit", "adopt", "--json")

    assert json.loads(kept.out)["spend_limit"]["amount"] == "6100.00"
    assert "override" in moved("limit", "show").out
    again = moved("limit", "adopt", "--organization", "acme")
    assert again.code == 1
    assert "was not moved outside" in again.err


def test_it_is_kept_in_words_too(moved: Cli) -> None:
    assert "6,100.00 EUR is kept until" in moved("limit", "adopt").out


def test_it_is_put_back_by_one_command(moved: Cli, provider: SimulatorServer) -> None:
    ended = moved("limit", "revert")

    assert ended.code == 0
    assert "6,100.00 EUR → 4,000.00 EUR: applied" in ended.out
    assert provider.simulator.standing("acme").limit.amount == 4000
    assert moved("limit", "revert", "--json").code == 1


def test_where_nothing_is_held_there_is_nothing_to_release(ready: Cli) -> None:
    ready("check")

    ended = ready("limit", "release", "--organization", "acme")

    assert ended.code == 1
    assert "nothing is held" in ended.err
