"""Files that are meant to hurt: each a finding, soon, and never a crash."""

import os
import time
from pathlib import Path

import pytest

from service.domain.errors import InvalidPolicies
from service.policy_files import PolicyFolder
from service.policy_files.storing import storable
from tests.fakes import FakeClock
from tests.integration.policy_files.test_folder import ACME, GUARD, NOON
from tests.policies.shipped import ENVIRONMENT

NINE = ", ".join("*{}" for _ in range(9))
LAYERS = "\n".join(
    f"{name}: &{name} [{NINE.replace('{}', before)}]"
    for before, name in zip("abcdefghij", "bcdefghijk", strict=True)
)
MERGES = "\n".join(
    f"m{i}: &m{i} {{<<: [*m{i - 1}, *m{i - 1}], k{i}: 1}}" for i in range(1, 60)
)
AMOUNT = ACME.replace("5000.10", "{}")
TITLE = ACME.replace("id: acme-monthly", "id: acme-monthly\n    title: {}")
ID = ACME.replace("acme-monthly", "{}")
HOSTILE = {
    "an alias bomb": f"a: &a [x, x, x, x, x, x, x, x, x]\n{LAYERS}\npolicies: *k",
    "a bomb of merges": f"m0: &m0 {{a: 1}}\n{MERGES}",
    "deep lists": "a: " + "[" * 200_000,
    "deep mappings": "{a: " * 200_000,
    "deep indents": "\n".join(" " * i + "a:" for i in range(1000)),
    "a mebibyte and more": f"version: 1\n#{'x' * (1 << 20)}",
    "more values than there may be": f"a: [{'1,' * 10_001}]",
    "a huge exponent": AMOUNT.replace("{}", "1e999999999"),
    "a huge exponent in quotes": AMOUNT.replace("{}", "'1e999999999'"),
    "a number of many digits": AMOUNT.replace("{}", "9" * 500_000),
    "a number of many digits in quotes": AMOUNT.replace("{}", f"'{'9' * 500_000}'"),
    "a long fraction": AMOUNT.replace("{}", "0." + "1" * 500_000),
    "no number": AMOUNT.replace("{}", ".nan"),
    "no end of a number": AMOUNT.replace("{}", "-.inf"),
    "a share of many digits": ACME.replace("50%", f"{'9' * 100_000}%"),
    "a duration without end": ACME.replace("50%", "50%, for: 99999999999999999999d"),
    "an end of a text": TITLE.replace("{}", '"a\\0b"'),
    "an escape of a terminal": TITLE.replace("{}", '"\\e[31mred"'),
    "a turn of direction": TITLE.replace("{}", '"a\\u202Eb"'),
    "a line of its own": TITLE.replace("{}", '"a\\r\\nBcc: b"'),
    "half a character": TITLE.replace("{}", '"\\uD800"'),
    "an over-long name": TITLE.replace("{}", "a" * 100_000),
    "a path as an id": ID.replace("{}", "../../etc/passwd"),
    "a template as an id": ID.replace("{}", '"{{7*7}}"'),
    "markup as an id": ID.replace("{}", '"<script>"'),
    "a reference in a title": TITLE.replace("{}", "${HOME}"),
    "a program": TITLE.replace("{}", "!!python/object/apply:os.system [id]"),
    "very long keys": f"{'k' * 200_000}: 1\n? {'k' * 2000}\n: 2",
    "many anchors": "\n".join(f"a{i}: &a{i} x" for i in range(9000)),
    "many errors": "\n".join(f"k{i}: [" for i in range(5000)),
}
# The slowest takes a fifth of a second; these are bounds on what can be made to burn.
SECONDS = 10.0


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_a_finding_and_nothing_more(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "guard.yaml").write_text(GUARD)
    (tmp_path / "acme.yaml").write_text(text)
    began = time.process_time()

    with pytest.raises(InvalidPolicies) as refused:
        PolicyFolder(tmp_path, ENVIRONMENT, FakeClock(NOON)).load()
    kept = storable(text)

    assert time.process_time() - began < SECONDS
    assert all(len(each.message) < 2000 for each in refused.value.findings)
    assert len(refused.value.findings) < 20_000
    assert len(kept) <= max(len(text), 2000) * 2


HARMLESS = ("{{ 7*7 }}", "{% x %}", "%s %d", "<b>x</b>", "<!channel>", "`a` | *b*")


@pytest.mark.parametrize("title", HARMLESS)
def test_what_only_looks_like_a_program_stays_a_text(
    tmp_path: Path, title: str
) -> None:
    (tmp_path / "guard.yaml").write_text(GUARD)
    (tmp_path / "acme.yaml").write_text(TITLE.replace("{}", f'"{title}"'))

    policies = PolicyFolder(tmp_path, ENVIRONMENT, FakeClock(NOON)).load()

    assert policies.policies[0].policy.title == title


@pytest.mark.parametrize("name", [b"\xff.yaml", b"a\nb.yaml", b"$(id).yaml", b"-.yaml"])
def test_an_odd_name_of_a_file_is_told_in_characters_that_can_be_kept(
    tmp_path: Path, name: bytes
) -> None:
    (tmp_path / "guard.yaml").write_text(GUARD)
    with Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).open("w") as file:  # noqa: PTH118 - bytes
        file.write("version: 2")

    with pytest.raises(InvalidPolicies) as refused:
        PolicyFolder(tmp_path, ENVIRONMENT, FakeClock(NOON)).load()

    told = str(refused.value)
    assert told.encode()
    assert all(text.encode() for pair in refused.value.texts for text in pair)
