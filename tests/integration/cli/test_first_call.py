"""The first command in a folder, before there is any database."""

import pytest

from tests.integration.cli.conftest import Cli, Place


@pytest.mark.parametrize(
    "command",
    [["check"], ["key", "create", "me"], ["pause"], ["limit", "show"]],
    ids=" ".join,
)
def test_a_command_that_writes_makes_the_database(
    cli: Cli, place: Place, command: list[str]
) -> None:
    assert cli(*command).code == 0
    assert (place.folder / "spendguard.db").exists()


@pytest.mark.parametrize("command", [["status"], ["audit", "tail"]], ids=" ".join)
def test_a_command_that_reads_says_that_there_is_none_and_makes_none(
    cli: Cli, place: Place, command: list[str]
) -> None:
    ended = cli(*command)

    assert ended.code == 1
    assert "db upgrade" in ended.err
    assert ended.err.count("\n") == 1
    assert not (place.folder / "spendguard.db").exists()
