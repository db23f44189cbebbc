"""Files of policy tests: read with all findings at once, each at its place."""

from pathlib import Path

import pytest

from service.policy_files.policy_tests import read_policy_tests
from tests.builders import guard, organization, policy, policy_set, threshold

POLICIES = policy_set(policy(threshold(), track={"headroom": "3d"}))
HEAD = "version: 1\ntests:\n"
GOOD = (
    "  - name: Half fires\n"
    "    clock: {start: 2026-08-20 12:00}\n"
    "    spend: {+0h: 2490, day 20 14:00: 2500}\n"
    "    expect: [{at: +2h, fires: acme-monthly/half, tells: [finops]}]\n"
)


def found(folder: Path, text: str, name: str = "acme.yaml") -> list[str]:
    """Write a file of tests, and give what is found in it, without its folder."""
    (folder / name).write_text(text, encoding="utf-8")
    read = read_policy_tests(folder, POLICIES)
    return [str(each).replace(f"{folder}/", "") for each in read.findings]


def test_good_tests_are_read_with_their_place(tmp_path: Path) -> None:
    file = tmp_path / "acme.yaml"
    file.write_text(HEAD + GOOD, encoding="utf-8")

    for path in (tmp_path, file):
        read = read_policy_tests(path, POLICIES)
        [declared] = read.tests
        assert read.findings == ()
        assert (declared.file, declared.line) == (str(file), 3)
        assert declared.organization == "acme"


def test_folders_inside_are_read_and_hidden_files_are_not(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "acme.yaml").write_text(HEAD + GOOD, encoding="utf-8")
    (tmp_path / ".acme.yaml").write_text("nonsense: [", encoding="utf-8")

    read = read_policy_tests(tmp_path, POLICIES)

    assert len(read.tests) == 1
    assert not read.findings


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["1:1: expected version: 1 and tests: with a list of tests"]),
        ("[]", ["1:1: expected version: 1 and tests: with a list of tests"]),
        ("version: 1\n", ["1:1: needs `tests`"]),
        (
            "version: 1\ntest: []\ntests: []\n",
            ["2:1: unknown key `test`; did you mean `tests`?"],
        ),
        (
            HEAD + GOOD.replace("expect:", "expects:"),
            ["6:5: unknown key `expects`; did you mean `expect`?"],
        ),
        (
            HEAD + GOOD.replace("fires:", "fire:"),
            ["6:24: unknown key `fire`; did you mean `fires`?"],
        ),
        (
            HEAD + GOOD.replace("fires: acme-monthly/half, ", ""),
            ["6:14: expects exactly one of fires, resolves, reminds, updates, asks,"],
        ),
        (
            HEAD + GOOD.replace("monthly/half", "monthly/halve"),
            [
                (
                    "6:31: unknown alert `acme-monthly/halve`; did you mean"
                    " `acme-monthly/half`?"
                )
            ],
        ),
        (
            HEAD + GOOD.replace("finops", "finop"),
            ["6:58: unknown channel `finop`; did you mean `finops`?"],
        ),
        (
            HEAD + GOOD.replace("day 20", "day 32"),
            ["5:38: expected a time like 2026-08-20 14:00, day 20"],
        ),
        (
            HEAD + GOOD + GOOD,
            ["7:11: two tests are called `Half fires`, the first at acme.yaml:3:11"],
        ),
        (
            HEAD + GOOD + "    organization: beta\n",
            ["7:19: unknown organization `beta`; possible: acme"],
        ),
        (
            HEAD + GOOD.replace("Half fires", "${HALF}"),
            [
                "3:11: ${…} is expanded in api_key and channel url of",
            ],
        ),
        (HEAD + "  - clock: 1\n", ["3:5: needs `name`", "3:12: clock: expected keys"]),
        (HEAD + GOOD + "    limit: 1\n    limit: 2\n", ["8:5: the key `limit` is"]),
        (
            HEAD + GOOD + "    acts: [{at: +1h, approve: acme-monthly/stop}]\n",
            ["7:31: unknown threshold `acme-monthly/stop`; did you"],
        ),
    ],
)
def test_what_is_wrong_is_told_at_its_place(
    text: str, said: list[str], tmp_path: Path
) -> None:
    findings = found(tmp_path, text)

    assert len(findings) >= len(said)
    for each in said:
        assert any(one.startswith(f"acme.yaml:{each}") for one in findings), findings


def test_another_ending_and_another_encoding_are_not_passed_over(
    tmp_path: Path,
) -> None:
    (tmp_path / "beta.yml").write_text(HEAD + GOOD, encoding="utf-8")
    (tmp_path / "gamma.yaml").write_bytes(b"version: \xff")

    read = read_policy_tests(tmp_path, POLICIES)

    assert [each.message for each in read.findings] == [
        "files end in .yaml: rename it to beta.yaml",
        "not UTF-8",
    ]


def test_of_several_organizations_one_must_be_named(tmp_path: Path) -> None:
    two = policy_set(policy(), guard=guard(organization(), organization("beta")))
    (tmp_path / "acme.yaml").write_text(HEAD + GOOD, encoding="utf-8")

    [finding] = read_policy_tests(tmp_path, two).findings

    assert (
        finding.message
        == "needs `organization`: there are several; possible: acme, beta"
    )
