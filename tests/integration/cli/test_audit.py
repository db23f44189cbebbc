"""The audit log from the terminal: export, verify, and every way to spoil it."""

import json
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Cli, Place

SEALED = {"SPENDGUARD_AUDIT_KEY": "sg_test_audit_key"}


@pytest.fixture
def exported(ready: Cli, place: Place) -> Path:
    for _ in range(2):
        assert ready("check", **SEALED).code == 0
    ended = ready("audit", "export", **SEALED)
    assert ended.code == 0
    file = place.folder / "audit.jsonl"
    file.write_text(ended.out, encoding="utf-8")
    return file


def test_database_and_export_verify(ready: Cli, exported: Path) -> None:
    stored = ready("audit", "verify", "--json", **SEALED)
    file = ready("audit", "verify", str(exported), "--json", **SEALED)

    assert stored.code == file.code == 0
    assert json.loads(stored.out) == json.loads(file.out)
    assert set(json.loads(file.out)["heads"]) == {"acme", "system"}
    assert "good entries" in ready("audit", "verify").out


def test_an_export_verifies_without_a_database(cli: Cli, exported: Path) -> None:
    nowhere = "sqlite:////nonexistent/spendguard.db"

    assert (
        cli("audit", "verify", str(exported), SPENDGUARD_DATABASE_URL=nowhere).code == 0
    )


def test_one_chain_is_exported_alone(ready: Cli, exported: Path) -> None:
    lines = ready("audit", "export", "--chain", "system").out.splitlines()

    assert lines
    assert {json.loads(line)["chain"] for line in lines} == {"system"}
    assert len(lines) < len(exported.read_text("utf-8").splitlines())


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda lines: [lines[0].replace("acme", "akme"), *lines[1:]], "edited"),
        (lambda lines: [*lines[:1], *lines[2:]], "deleted"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "reordered"),
        (lambda lines: ["{}", *lines], "edited"),
        (lambda lines: ["no JSON", *lines], "edited"),
    ],
)
def test_a_spoilt_export_is_found_out(
    spoil: object, word: str, cli: Cli, exported: Path
) -> None:
    assert callable(spoil)
    lines = exported.read_text("utf-8").splitlines()
    exported.write_text("\n".join(spoil(lines)), encoding="utf-8")

    ended = cli("audit", "verify", str(exported))

    assert ended.code == 1
    assert word in ended.out


def test_a_head_proves_that_nothing_was_cut_off(cli: Cli, exported: Path) -> None:
    lines = exported.read_text("utf-8").splitlines()
    head = json.loads(lines[-1])["hash"]
    assert cli("audit", "verify", str(exported), "--head", head).code == 0

    exported.write_text("\n".join(lines[:-1]), encoding="utf-8")

    assert cli("audit", "verify", str(exported)).code == 0
    cut = cli("audit", "verify", str(exported), "--head", head)
    assert cut.code == 1
    assert "cut off" in cut.out


def test_a_seal_by_another_key_is_found_out(cli: Cli, exported: Path) -> None:
    ended = cli("audit", "verify", str(exported), SPENDGUARD_AUDIT_KEY="sg_test_other")

    assert ended.code == 1
    assert "unsealed" in ended.out


@pytest.mark.parametrize("text", ["hello\n", '{"a": 1}\n', "[1]\n", "[" * 9999])
def test_a_file_that_is_no_export_is_named_as_such(
    text: str, cli: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "other.jsonl"
    file.write_text(text, encoding="utf-8")

    ended = cli("audit", "verify", str(file))

    assert ended.code == 2
    assert "no export of the audit log" in ended.err
    assert "spendguard audit export" in ended.err
