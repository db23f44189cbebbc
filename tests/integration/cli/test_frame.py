"""The frame: what there is, how little it loads, how errors end."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from service.cli.frame import COMMANDS, run
from tests.integration.cli.conftest import Cli, Place

SUBCOMMANDS = {
    "policy": ("validate", "schema", "plan", "explain"),
    "limit": ("show", "set"),
    "alert": ("list", "ack"),
    "channel": ("list", "test"),
    "audit": ("tail", "export", "verify"),
    "key": ("create", "list", "revoke"),
    "db": ("upgrade",),
}


def test_help_lists_every_command(cli: Cli) -> None:
    ended = cli("--help")

    assert ended.code == 0
    for name, (_, summary) in COMMANDS.items():
        assert f" {name} " in ended.out
        assert summary in ended.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, cli: Cli) -> None:
    ended = cli(name, "--help")

    assert ended.code == 0
    assert f"spendguard {name}" in ended.out
    assert "--install-completion" not in ended.out
    for subcommand in SUBCOMMANDS.get(name, ()):
        assert f" {subcommand} " in ended.out


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys; from service.cli.frame import run; run(['--help']);"
        "heavy = {'sqlalchemy', 'fastapi', 'apprise', 'httpx', 'pydantic', 'alembic'};"
        "sys.exit(','.join(sorted(heavy & sys.modules.keys())) or 0)"
    )

    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )

    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_module_runs_as_a_program(place: Place) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "service", "--version"],
        check=False,
        capture_output=True,
        text=True,
        env=place.process_environment(),
    )

    assert ended.returncode == 0
    assert ended.stdout.startswith("spendguard ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("chek",),
        ("check", "--no-such-option"),
        ("check", "nobody"),
        ("limit", "set", "--reason", "x"),
        ("limit", "set", "500", "--unlimited", "--reason", "x"),
        ("limit", "set", "500.5", "--reason", "x"),
        ("limit", "set", "500", "--reason", "x", "--expires-at", "soon"),
        ("limit", "set", "500"),
        ("channel", "test"),
        ("usage", "--period", "August"),
        ("key", "create", "a b"),
        ("audit", "verify", "no-such-file"),
        ("simulator", "--start", "yesterday"),
        ("simulator", "--scenario", "no-such-month"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...], ready: Cli) -> None:
    ended = ready(*arguments)

    assert ended.code == 2
    assert ended.err
    assert "Traceback" not in ended.err


def test_without_a_database_commands_refuse_in_one_line(cli: Cli) -> None:
    ended = cli("status")

    assert ended.code == 1
    assert ended.err.startswith("spendguard: ")
    assert ended.err.count("\n") == 1


def test_a_newer_database_is_refused_in_one_line(ready: Cli, place: Place) -> None:
    with closing(sqlite3.connect(place.folder / "spendguard.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = 'ffff'")
        database.commit()

    for arguments in (("status",), ("db", "upgrade"), ("serve", "--port", "0")):
        ended = ready(*arguments)
        assert ended.code == 1
        assert "newer" in ended.err
        assert ended.err.count("\n") == 1


def test_a_misspelt_setting_is_refused_in_one_line(cli: Cli) -> None:
    ended = cli("status", SPENDGUARD_MAX_LIMT="8000")

    assert ended.code == 1
    assert "did you mean SPENDGUARD_MAX_LIMIT?" in ended.err
    assert ended.err.count("\n") == 1


def test_invalid_policies_are_told_by_place(ready: Cli, place: Place) -> None:
    (place.folder / "policies" / "acme.yaml").write_text(
        "version: 1\npolicis: []\n", encoding="utf-8"
    )

    ended = ready("check")

    assert ended.code == 1
    assert "acme.yaml:2:1: " in ended.err
    assert "policies" in ended.err


def test_without_an_environment_the_process_s_own_is_taken(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPENDGUARD_CHECK_INTERVAL", "never")

    assert run(["status"]) == 1
    assert "SPENDGUARD_CHECK_INTERVAL" in capfd.readouterr().err
