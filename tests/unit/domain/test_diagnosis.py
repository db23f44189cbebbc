"""One line per thing looked at, and the worst of them."""

from dataclasses import replace

import pytest

from service.domain.diagnosis import Diagnosis, Verdict, about, worst

FINE = about("database", "disk")


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((), Verdict.FINE),
        ((Verdict.FINE, Verdict.NOTE), Verdict.NOTE),
        ((Verdict.FINDING, Verdict.FINE), Verdict.FINDING),
        ((Verdict.UNREACHABLE, Verdict.FINDING), Verdict.UNREACHABLE),
    ],
)
def test_the_worst_of_all_is_told(
    verdicts: tuple[Verdict, ...], expected: Verdict
) -> None:
    assert worst(FINE.when(each, "so") for each in verdicts) is expected


def test_what_was_found_keeps_what_it_is_about() -> None:
    found = Diagnosis(
        topic="database",
        check="disk",
        verdict=Verdict.FINDING,
        said="full",
        advice="make room",
    )

    assert about("database", "disk") == replace(
        found, verdict=Verdict.FINE, said="", advice=""
    )
    assert FINE.when(Verdict.FINDING, "full", "make room") == found
    assert found.when(Verdict.NOTE, "nearly full") == replace(
        found, verdict=Verdict.NOTE, said="nearly full", advice=""
    )
