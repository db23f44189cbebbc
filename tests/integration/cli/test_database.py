"""The database from the terminal: copies, and going on from one."""

import json

from tests.integration.cli.conftest import Cli, Place


def test_a_copy_is_made_and_gone_on_from(ready: Cli, place: Place) -> None:
    assert ready("check").code == 0
    copy = place.folder / "copy.db"

    made = ready("db", "backup", str(copy))

    assert made.code == 0, made.err
    assert "read back and whole" in made.out
    place.variables["SPENDGUARD_DATABASE_URL"] = f"sqlite:///{copy}"
    assert ready("check").code == 0
    verified = ready("audit", "verify")
    assert verified.code == 0, verified.out + verified.err


def test_the_heads_of_a_copy_are_those_that_verify(ready: Cli, place: Place) -> None:
    assert ready("check").code == 0
    copy = place.folder / "copy.db"

    made = json.loads(ready("db", "backup", str(copy), "--json").out)

    assert made["file"] == str(copy)
    assert made["size_bytes"] == copy.stat().st_size
    (head,) = [each for each in made["heads"] if each["chain"] == "acme"]
    assert ready("check").code == 0
    assert ready("audit", "verify", "--head", head["hash"]).code == 0


def test_a_file_that_is_there_is_not_overwritten(ready: Cli, place: Place) -> None:
    there = place.folder / "letters.txt"
    there.write_text("dear")

    refused = ready("db", "backup", str(there))

    assert refused.code == 1
    assert refused.err.count("\n") == 1
    assert "letters.txt" in refused.err
    assert there.read_text() == "dear"


def test_where_there_is_no_database_there_is_no_copy(cli: Cli, place: Place) -> None:
    refused = cli("db", "backup", str(place.folder / "copy.db"))

    assert refused.code == 1
    assert "cannot be opened" in refused.err
    assert not (place.folder / "copy.db").exists()
