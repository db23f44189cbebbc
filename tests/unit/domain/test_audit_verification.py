"""An audit export verifies as it was written; the first bad entry is named.

Every case is run on lines, as a file has them, on parsed entries, and by the file that
auditors are given, which shares no code with the service.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.domain.audit import (
    AuditAction,
    AuditEntry,
    Fact,
    Json,
    PolicyReference,
    body,
    canonical,
    chain,
)
from service.domain.audit_verification import (
    AuditReport,
    BadEntry,
    Fault,
    Link,
    link_of_entry,
    links_of_lines,
    verify,
)

NOON = datetime(2026, 8, 20, 12, tzinfo=UTC)
KEY = b"sg_test_audit_key"
SCRIPT = Path(__file__).parents[3] / "docs" / "verify_audit.py"

Lines = list[str]


def fact(number: int, name: str) -> Fact:
    return Fact(
        chain=name,
        at=NOON,
        actor="user:ada",
        action=AuditAction.CHECK_COMPLETED,
        target=f"check:{number}",
        outcome="completed",
        reason='she said "no", in Köln\n',
        policy=PolicyReference(id="acme-monthly", revision="a" * 64),
        detail={"seal": None, "number": number, "nested": {"hash": "x", "seal": "y"}},
    )


def line_of(entry: AuditEntry) -> str:
    hashed = body(entry.seq, entry.fact, entry.previous_hash)
    return canonical({**hashed, "hash": entry.hash, "seal": entry.seal}).decode()


def written(count: int, name: str = "acme", *, seal_key: bytes | None = None) -> Lines:
    entries: list[AuditEntry] = []
    for number in range(1, count + 1):
        before = entries[-1] if entries else None
        entries.append(chain(before, fact(number, name), seal_key=seal_key))
    return [line_of(entry) for entry in entries]


def hash_of(line: str) -> str:
    return str(json.loads(line)["hash"])


def changed(line: str, **members: Json) -> str:
    return canonical({**json.loads(line), **members}).decode()


def rehashed(line: str, **members: Json) -> str:
    entry = {**json.loads(line), **members}
    return changed(line, **members, hash=link_of_entry(entry).digest)


@pytest.fixture
def verified(tmp_path: Path) -> Callable[..., AuditReport]:
    """Verify in all three ways and see that they say the same."""

    def run(
        lines: Lines, *, heads: tuple[str, ...] = (), seal_key: bytes | None = None
    ) -> AuditReport:
        report = verify(links_of_lines(lines), heads=heads, seal_key=seal_key)
        by_script = run_script(tmp_path, lines, heads, seal_key)
        assert by_script == (1 if report.bad else 0, expected_text(report.bad))
        return report

    return run


def expected_text(bad: BadEntry | None) -> str:
    if bad is None:
        return "intact"
    place = f"line {bad.place}: " if bad.place else ""
    name = bad.chain or "(no chain)"
    return f"BROKEN {place}{name} number {bad.seq} was {bad.fault}"


def run_script(
    folder: Path, lines: Lines, heads: tuple[str, ...], seal_key: bytes | None
) -> tuple[int, str]:
    export = folder / "export.jsonl"
    export.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    command = [sys.executable, str(SCRIPT), str(export)]
    for head in heads:
        command += ["--head", head]
    if seal_key is not None:
        (folder / "key").write_bytes(seal_key + b"\n")
        command += ["--seal-key-file", str(folder / "key")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own file
    assert done.stderr == ""
    # What stands behind it is told in each one's own words.
    told = re.sub(r"( was [a-z ]+): .*", r"\1", done.stdout.splitlines()[-1])
    return done.returncode, told


Verified = Callable[..., AuditReport]


def test_an_untouched_export_verifies_to_its_heads(verified: Verified) -> None:
    acme, beta = written(3), written(2, "beta")

    report = verified([acme[0], beta[0], acme[1], beta[1], acme[2]])

    assert report.is_intact
    assert report.entries == 5
    assert report.heads == {"acme": hash_of(acme[2]), "beta": hash_of(beta[1])}


def test_parsed_entries_verify_as_their_lines_do() -> None:
    lines = written(3, seal_key=KEY)
    entries = [json.loads(line) for line in lines]

    assert verify(map(link_of_entry, entries), seal_key=KEY) == verify(
        links_of_lines(lines), seal_key=KEY
    )


def test_an_empty_export_verifies(verified: Verified) -> None:
    assert verified([]).is_intact


def test_an_export_written_anew_by_another_program_verifies(
    verified: Verified,
) -> None:
    spaced = [json.dumps(json.loads(line), indent=None) for line in written(3)]

    assert verified(spaced).is_intact


EDITS: dict[str, Callable[[Lines], Lines]] = {
    "a byte of an entry": lambda lines: [
        lines[0],
        lines[1].replace("completed", "complete.", 1),
        *lines[2:],
    ],
    "a member added": lambda lines: [
        lines[0],
        changed(lines[1], note="x"),
        *lines[2:],
    ],
    "a member that stands twice": lambda lines: [
        lines[0],
        lines[1].replace('"outcome":', '"outcome":"failed","outcome":', 1),
        *lines[2:],
    ],
    "a member moved into the detail": lambda lines: [
        lines[0],
        lines[1].replace('"detail":{', '"detail":{"seal":null,', 1),
        *lines[2:],
    ],
    "half a character": lambda lines: [
        lines[0],
        lines[1].replace("completed", r"\ud800", 1),
        *lines[2:],
    ],
    "no JSON": lambda lines: [lines[0], changed(lines[1])[:-1], *lines[2:]],
    "half a character, and no hash": lambda lines: [
        lines[0],
        changed(lines[1], hash="").replace("completed", r"\ud800", 1),
        *lines[2:],
    ],
    "the hash": lambda lines: [lines[0], changed(lines[1], hash="0" * 64), *lines[2:]],
    "the hash is not text": lambda lines: [
        lines[0],
        changed(lines[1], hash=1),
        *lines[2:],
    ],
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_an_edited_entry_is_named(
    verified: Verified, edit: Callable[[Lines], Lines]
) -> None:
    bad = verified(edit(written(4))).bad

    assert bad is not None
    assert bad.fault is Fault.EDITED
    assert bad.place == 2


def test_what_is_no_entry_is_of_no_chain(verified: Verified) -> None:
    bad = verified([*written(2), "torn"]).bad

    assert bad is not None
    assert (bad.chain, bad.seq, bad.place) == ("", 1, 3)
    assert next(links_of_lines(["torn"])) == Link("", None, None, None, None, None)
    assert link_of_entry({})[:-1] == ("", None, None, None, None)


def test_every_single_byte_counts() -> None:
    lines = written(2)

    for place in range(len(lines[0])):
        other = "x" if lines[0][place] != "x" else "y"
        line = lines[0][:place] + other + lines[0][place + 1 :]
        report = verify(links_of_lines([line, lines[1]]))
        assert not report.is_intact, line


def test_an_entry_that_was_edited_and_hashed_anew_is_named(verified: Verified) -> None:
    lines = written(4)
    lines[1] = rehashed(lines[1], outcome="better")

    bad = verified(lines).bad

    assert bad is not None
    assert (bad.seq, bad.fault) == (2, Fault.EDITED)


def test_a_first_entry_must_follow_nothing(verified: Verified) -> None:
    lines = written(2)
    lines[0] = rehashed(lines[0], previous_hash="a" * 64)

    bad = verified(lines).bad

    assert bad is not None
    assert (bad.seq, bad.place, bad.fault) == (1, 1, Fault.EDITED)


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_deleted_entry_is_named(verified: Verified, missing: int) -> None:
    lines = written(4)
    del lines[missing]

    bad = verified(lines).bad

    assert bad is not None
    assert (bad.seq, bad.fault) == (missing + 1, Fault.DELETED)


def test_an_entry_that_moved_is_named(verified: Verified) -> None:
    first, second, third, fourth = written(4)

    bad = verified([first, third, second, fourth]).bad

    assert bad is not None
    assert (bad.seq, bad.fault) == (2, Fault.REORDERED)


def test_an_entry_that_stands_twice_is_named(verified: Verified) -> None:
    first, second, third = written(3)

    bad = verified([first, second, second, third]).bad

    assert bad is not None
    assert (bad.seq, bad.fault) == (3, Fault.REORDERED)


def test_the_same_entry_once_more_at_the_end_is_named(verified: Verified) -> None:
    first, second = written(2)

    bad = verified([first, second, second]).bad

    assert bad is not None
    assert (bad.seq, bad.place, bad.fault) == (3, 3, Fault.REORDERED)


@pytest.mark.parametrize("seq", [True, "2", None])
def test_a_number_that_is_none_is_out_of_order(verified: Verified, seq: Json) -> None:
    lines = written(2)
    lines[0] = rehashed(lines[0], seq=seq)

    bad = verified(lines).bad

    assert bad is not None
    assert (bad.seq, bad.place, bad.fault) == (1, 1, Fault.REORDERED)


def test_what_was_cut_off_shows_by_a_head_noted_before(verified: Verified) -> None:
    lines = written(4)
    heads = (hash_of(lines[3]),)

    bad = verified(lines[:3], heads=heads).bad

    assert bad is not None
    assert (bad.chain, bad.seq, bad.place) == ("acme", 4, 0)
    assert bad.fault is Fault.CUT_OFF
    assert verified(lines, heads=heads).is_intact


def test_of_two_chains_none_is_blamed_for_an_end_that_is_not_there(
    verified: Verified,
) -> None:
    bad = verified([*written(3), *written(2, "beta")], heads=("f" * 64,)).bad

    assert bad is not None
    assert (bad.chain, bad.seq, bad.place) == ("", 1, 0)
    assert bad.fault is Fault.CUT_OFF


def test_a_head_of_yesterday_is_found_on_the_way(verified: Verified) -> None:
    lines = written(4)

    assert verified(lines, heads=(hash_of(lines[1]),)).is_intact


def test_seals_verify_with_their_key(verified: Verified) -> None:
    assert verified(written(3, seal_key=KEY), seal_key=KEY).is_intact


def test_without_the_key_the_hashes_alone_verify(verified: Verified) -> None:
    assert verified(written(3, seal_key=KEY)).is_intact


def test_entries_from_before_the_key_verify(verified: Verified) -> None:
    before = chain(None, fact(1, "acme"))
    after = chain(before, fact(2, "acme"), seal_key=KEY)

    assert verified([line_of(before), line_of(after)], seal_key=KEY).is_intact


@pytest.mark.parametrize("seal", [None, "0" * 64, "ü", 7])
def test_a_seal_that_was_replaced_is_named(verified: Verified, seal: Json) -> None:
    lines = written(3, seal_key=KEY)
    lines[1] = changed(lines[1], seal=seal)

    bad = verified(lines, seal_key=KEY).bad

    assert bad is not None
    assert (bad.seq, bad.fault) == (2, Fault.UNSEALED)


def test_a_chain_forged_without_the_key_is_named(verified: Verified) -> None:
    bad = verified(written(3), seal_key=KEY).bad

    assert bad is not None
    assert (bad.seq, bad.fault) == (3, Fault.UNSEALED)


def test_a_file_that_is_not_there_cannot_be_verified(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), str(tmp_path / "none.jsonl")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own file

    assert done.returncode == 2
    assert "cannot be read" in done.stderr
