"""A chain verifies as it was written, and names the first entry that is not."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from service.domain.audit import AuditAction, AuditEntry, Fact, Json, chain
from service.domain.verification import ChainVerifier, Verdict, exported

NOON = datetime(2026, 8, 20, 12, tzinfo=UTC)
KEY = b"sg_test_audit_key"
Entries = list[dict[str, Json]]


def fact(number: int) -> Fact:
    return Fact(
        chain="acme",
        at=NOON,
        actor="system:scheduler",
        action=AuditAction.CHECK_COMPLETED,
        target=f"check:{number}",
        outcome="completed",
    )


def written(count: int, *, seal_key: bytes | None = None) -> Entries:
    entries: list[AuditEntry] = []
    for number in range(count):
        before = entries[-1] if entries else None
        entries.append(chain(before, fact(number), seal_key=seal_key))
    return [exported(entry) for entry in entries]


def verified(
    entries: Entries, *, seal_key: bytes | None = None, head: str | None = None
) -> Verdict:
    verifier = ChainVerifier("acme", seal_key=seal_key)
    for entry in entries:
        verifier.take(entry)
    return verifier.verdict(head)


def edited(entries: Entries) -> Entries:
    return [*entries[:2], {**entries[2], "outcome": "better"}, *entries[3:]]


def rewritten(entries: Entries) -> Entries:
    before = AuditEntry(seq=2, fact=fact(1), previous_hash="", hash="a" * 64)
    third = exported(chain(before, fact(2)))
    return [*entries[:2], third, *entries[3:]]


def deleted(entries: Entries) -> Entries:
    return [*entries[:2], *entries[3:]]


def swapped(entries: Entries) -> Entries:
    return [*entries[:2], entries[3], entries[2], *entries[4:]]


def moved_from_elsewhere(entries: Entries) -> Entries:
    return [*entries[:2], {**entries[2], "chain": "beta"}, *entries[3:]]


def test_an_untouched_chain_verifies_to_its_head() -> None:
    entries = written(5)

    verdict = verified(entries, head=str(entries[-1]["hash"]))

    assert verdict.is_valid
    assert verdict.entries == 5
    assert verdict.head == entries[-1]["hash"]


def test_an_empty_chain_verifies() -> None:
    assert verified([]).is_valid


@pytest.mark.parametrize(
    "spoil", [edited, rewritten, deleted, swapped, moved_from_elsewhere]
)
def test_the_first_bad_entry_is_named(spoil: Callable[[Entries], Entries]) -> None:
    verdict = verified(spoil(written(5)))

    assert not verdict.is_valid
    assert verdict.broken_at == 3
    assert verdict.entries == 2
    assert verdict.reason


def test_what_was_cut_off_shows_by_the_head() -> None:
    entries = written(5)

    verdict = verified(entries[:4], head=str(entries[-1]["hash"]))

    assert verdict.broken_at == 5
    assert verdict.reason.startswith("cut off")


def test_seals_verify_with_their_key() -> None:
    assert verified(written(3, seal_key=KEY), seal_key=KEY).is_valid


def test_seals_are_not_looked_at_without_the_key() -> None:
    assert verified(written(3, seal_key=b"another")).is_valid


def test_a_seal_by_another_key_is_forged() -> None:
    verdict = verified(written(3, seal_key=b"another"), seal_key=KEY)

    assert verdict.broken_at == 1


def test_entries_from_before_the_key_was_set_verify() -> None:
    assert verified(written(3), seal_key=KEY).is_valid


def test_a_seal_taken_off_shows() -> None:
    entries = written(3, seal_key=KEY)
    entries[1] = {**entries[1], "seal": None}

    assert verified(entries, seal_key=KEY).broken_at == 2
