"""The patches fit the code as it is, and each row of failures has one."""

from pathlib import Path

import pytest

from tests.house.project import ROOT
from tests.mutants.mutant import Mutant, apply, mutants

FAILURES = [f"F{number:02d}" for number in range(1, 26)]


@pytest.mark.parametrize("mutant", mutants(), ids=lambda each: each.name)
def test_a_patch_fits_the_code_and_names_its_tests(mutant: Mutant) -> None:
    assert apply(mutant, ROOT, "--check") == ""
    assert mutant.tests
    paths = [Path(each.partition("::")[0]) for each in mutant.tests]
    assert all((ROOT / path).is_file() for path in paths)


def test_each_failure_has_a_patch_that_brings_it_back() -> None:
    covered = {mutant.name[:3] for mutant in mutants()}

    assert [each for each in FAILURES if each not in covered] == []
