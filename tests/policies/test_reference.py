"""The examples of the page on policies load, and come to what it says."""

import re
from pathlib import Path

import pytest

from service.bootstrap import run_tests
from service.policy_files.reader import read_set
from tests.policies.examples import PAGE, Example, examples, named
from tests.policies.shipped import EXPANDER

EXAMPLES = list(examples())
LOADED = [each for each in EXAMPLES if each.name != "guard.yaml"]
TESTS = [each for each in EXAMPLES if each.name.startswith("tests/")]
MISTAKE = re.compile(r"^policies/(acme\.yaml:\d+:\d+: .*)$", re.MULTILINE)


def test_the_page_has_a_tutorial_with_examples_and_a_reference_with_some() -> None:
    assert len(LOADED) >= 12
    assert PAGE.index("\n## Tutorial\n") < PAGE.index("\n## Reference\n")


@pytest.mark.parametrize("example", LOADED, ids=named)
def test_an_example_loads_without_a_finding(example: Example) -> None:
    reading = example.reading()

    assert reading.findings == ()
    assert reading.policies


@pytest.mark.parametrize("example", TESTS, ids=named)
def test_what_an_example_says_to_happen_happens(
    example: Example, tmp_path: Path
) -> None:
    report = run_tests(example.write(tmp_path))

    assert report.results
    assert [each.verdict.differences for each in report.results] == [()] * len(
        report.results
    )


def test_the_mistake_of_the_tutorial_is_found_in_the_words_it_gives() -> None:
    first = LOADED[0]
    broken = first.folder[first.name].replace("half, spend", "half, spned")
    files = {**first.folder, first.name: broken}

    found = read_set(list(files.items()), EXPANDER).findings

    assert MISTAKE.findall(PAGE) == [str(each) for each in found]


def test_each_file_named_in_the_tutorial_is_the_one_that_stands_there() -> None:
    titled = [each.folder[each.name].partition("\n")[0] for each in EXAMPLES]

    assert [
        (title, each.name)
        for title, each in zip(titled, EXAMPLES, strict=True)
        if title.startswith("# policies/") and title != f"# policies/{each.name}"
    ] == []
