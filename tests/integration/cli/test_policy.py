"""Policies from the terminal, as in a review: no database, no settings."""

import json

from tests.integration.cli.conftest import Cli, Place


def test_a_good_folder_is_valid(cli: Cli, place: Place) -> None:
    ended = cli("policy", "validate", str(place.folder / "policies"), "--strict")

    assert (ended.code, ended.out, ended.err) == (0, "", "valid\n")


def test_every_finding_is_told_by_place(cli: Cli, place: Place) -> None:
    file = place.folder / "policies" / "acme.yaml"
    text = file.read_text("utf-8").replace("severity: info", "severty: info")
    file.write_text(text.replace("id: everything", "id: anything"), encoding="utf-8")

    ended = cli("policy", "validate", str(place.folder / "policies"))
    as_json = cli("policy", "validate", str(place.folder / "policies"), "--json")

    assert ended.code == as_json.code == 1
    assert f"{file}:" in ended.out
    assert "severity" in ended.out
    body = json.loads(as_json.out)
    assert body["valid"] is False
    assert body["findings"][0]["line"] > 1


def test_a_missing_variable_may_be_let_pass(cli: Cli, place: Place) -> None:
    del place.variables["ACME_KEY"]
    folder = str(place.folder / "policies")

    assert cli("policy", "validate", folder).code == 1
    assert cli("policy", "validate", folder, "--without-secrets").code == 0


def test_a_warning_counts_when_strict(cli: Cli, place: Place) -> None:
    file = str(place.folder / "policies" / "acme.yaml")

    assert cli("policy", "validate", file).code == 0
    assert cli("policy", "validate", file, "--strict").code == 1


def test_the_schema_is_one_for_editors(cli: Cli) -> None:
    schema = json.loads(cli("policy", "schema").out)

    assert "policies" in schema["properties"]
