"""Checking policies where they are reviewed: a folder, or a file alone."""

from pathlib import Path

import pytest

from service.policy_files import validate
from tests.integration.policy_files.test_folder import ACME, GUARD
from tests.policies.shipped import ENVIRONMENT, SHIPPED

ALONE = (
    "checked without a guard.yaml: organizations, currencies and channels were not"
    " looked up"
)


def told(path: Path, *, require_variables: bool = False) -> list[str]:
    findings = validate(path, {}, require_variables=require_variables)
    return [str(each).removeprefix(f"{path.parent}/") for each in findings]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "acme.yaml"
    path.write_text(ACME)
    return path


def test_what_is_not_set_is_an_error_where_it_must_be() -> None:
    service = validate(SHIPPED, {}, require_variables=True)

    assert validate(SHIPPED, {}, require_variables=False) == ()
    assert [each.is_warning for each in service] == [False] * 3
    assert validate(SHIPPED, ENVIRONMENT, require_variables=True) == ()


def test_a_file_alone_is_checked_as_far_as_it_goes(file: Path) -> None:
    file.write_text(ACME.replace("spend", "spned"))

    assert told(file) == [
        f"acme.yaml:1:1: warning: {ALONE}",
        "acme.yaml:6:29: unknown key `spned`; did you mean `spend`?",
    ]


@pytest.mark.parametrize("name", ["guard.yaml", "wiring.yaml"])
def test_a_guard_alone_is_checked_as_a_guard(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(GUARD.replace("EUR", "eur"))

    assert any("three capitals" in each for each in told(tmp_path / name))
    assert not any("without a guard" in each for each in told(tmp_path / name))


def test_a_file_that_is_none_of_ours_is_said_so(tmp_path: Path, file: Path) -> None:
    other = file.rename(tmp_path / "acme.yml")
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"\xe9")

    assert told(other) == ["acme.yml:1:1: files end in .yaml: rename it to acme.yaml"]
    assert told(latin) == ["latin.yaml:1:1: not UTF-8"]


def test_a_path_that_leads_nowhere_is_said_so(tmp_path: Path) -> None:
    assert "No such file or directory" in told(tmp_path / "nowhere")[0]
