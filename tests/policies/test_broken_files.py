"""Every broken file in testdata/ fails by name, with each finding at its place."""

import re
from pathlib import Path

import pytest

from service.policy_files.reader import read_set
from tests.policies.shipped import EXPANDER, GUARD, TESTDATA

BROKEN = sorted(str(path.relative_to(TESTDATA)) for path in TESTDATA.glob("*/*.yaml"))
JARGON = re.compile(
    r"pydantic|Input should|dict|tuple|Decimal\(|str\b|validat", re.IGNORECASE
)


def expected_findings() -> dict[str, list[str]]:
    """Read findings.txt: a file's name, then its findings as LINE:COLUMN: message."""
    table: dict[str, list[str]] = {}
    findings: list[str] = []
    for line in (TESTDATA / "findings.txt").read_text("utf-8").splitlines():
        if line.startswith(" "):
            findings.append(line.strip())
        else:
            findings = table.setdefault(line, [])
    return table


EXPECTED = expected_findings()


def found_in(name: str) -> list[str]:
    path = TESTDATA / name
    content = path.read_text("utf-8")
    if path.parent.name == "guards":
        texts = [("guard.yaml", content)]
    else:
        texts = [GUARD, (path.name, content)]
    reading = read_set(texts, EXPANDER)
    assert not reading.is_good
    return [str(finding).split(":", 1)[1] for finding in reading.findings]


def test_every_broken_file_has_its_findings_written_down() -> None:
    assert sorted(EXPECTED) == BROKEN


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_gives_each_finding_at_its_place(name: str) -> None:
    assert found_in(name) == EXPECTED[name]


@pytest.mark.parametrize("name", BROKEN)
def test_findings_are_in_plain_words_and_name_no_secret(name: str) -> None:
    told = "\n".join(found_in(name))

    assert not JARGON.search(told)
    assert "sg_test_" not in told


def test_the_guard_that_broken_policies_stand_beside_is_good() -> None:
    assert read_set([GUARD], EXPANDER).findings == ()


def test_the_testdata_holds_nothing_but_broken_files() -> None:
    strays = {path.name for path in TESTDATA.iterdir() if path.is_file()}

    assert strays == {"guard.yaml", "findings.txt"}
    assert all(Path(name).suffix == ".yaml" for name in BROKEN)
