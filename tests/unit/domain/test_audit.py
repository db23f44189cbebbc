import json
from dataclasses import replace
from datetime import timedelta, timezone
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.audit import (
    FIRST_PREVIOUS_HASH,
    AuditAction,
    AuditEntry,
    Fact,
    Json,
    PolicyReference,
    body,
    canonical,
    chain,
    seal,
    timestamp,
)
from tests.builders import MINUTE, NOON, Fields

KEY = b"sg_test_audit_key"
words = st.text(st.characters(codec="utf-8"), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3)
    ),
    max_leaves=8,
)


def fact(**changes: Fields) -> Fact:
    built = Fact(
        chain="acme",
        at=NOON,
        actor="system:scheduler",
        action=AuditAction.CHECK_COMPLETED,
        target="check:ck_1",
        outcome="completed",
    )
    return replace(built, **changes)


def linked(count: int) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for number in range(count):
        previous = entries[-1] if entries else None
        entries.append(chain(previous, fact(at=NOON + number * MINUTE)))
    return entries


def test_a_chain_begins_at_sixty_four_zeros() -> None:
    (first,) = linked(1)

    assert (first.seq, first.previous_hash) == (1, "0" * 64)
    assert FIRST_PREVIOUS_HASH == "0" * 64


def test_each_entry_holds_the_hash_of_the_one_before() -> None:
    first, second, third = linked(3)

    assert (second.previous_hash, third.previous_hash) == (first.hash, second.hash)
    assert [first.seq, second.seq, third.seq] == [1, 2, 3]


def test_the_hash_is_that_of_all_fields_but_hash_and_seal() -> None:
    (entry,) = linked(1)
    # Written out here once more, as a stranger would who verifies an export.
    text = (
        '{"action":"check:completed","actor":"system:scheduler",'
        '"at":"2026-08-20T12:00:00.000000Z","chain":"acme","detail":{},'
        '"outcome":"completed","policy":null,'
        f'"previous_hash":"{"0" * 64}","reason":"","seq":1,"target":"check:ck_1"}}'
    )

    assert entry.hash == sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "changes",
    [
        {"chain": "beta"},
        {"at": NOON + MINUTE},
        {"actor": "key:alice"},
        {"action": AuditAction.ALERT_FIRED},
        {"target": "check:ck_2"},
        {"outcome": "unknown"},
        {"reason": "because"},
        {"policy": PolicyReference(id="p", revision="r")},
        {"detail": {"spend": "292.80"}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_no_field_can_change_without_its_hash(changes: Fields) -> None:
    assert chain(None, fact(**changes)).hash != chain(None, fact()).hash


def test_a_policy_is_named_with_revision_and_commit() -> None:
    policy = PolicyReference(id="p", revision="r", commit="c")

    assert body(1, fact(policy=policy), FIRST_PREVIOUS_HASH)["policy"] == {
        "id": "p",
        "revision": "r",
        "commit": "c",
    }


def test_a_seal_needs_its_key_and_leaves_the_hash_alone() -> None:
    plain, sealed = chain(None, fact()), chain(None, fact(), seal_key=KEY)

    assert plain.seal is None
    assert sealed.hash == plain.hash
    assert sealed.seal == seal(plain.hash, KEY)
    assert sealed.seal != seal(plain.hash, b"sg_test_another")


def test_times_are_utc_with_microseconds_and_of_one_length() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=9)))

    assert timestamp(there) == timestamp(NOON) == "2026-08-20T12:00:00.000000Z"


@given(value=values)
def test_canonical_json_reads_back_and_has_one_form(value: Json) -> None:
    written = canonical(value)

    again = json.loads(written)
    assert canonical(again) == written
    # In Python True equals 1, so the texts are compared and not the values.
    assert json.dumps(again, sort_keys=True) == json.dumps(value, sort_keys=True)


def test_keys_are_sorted_without_white_space_and_texts_stay_utf_8() -> None:
    assert canonical({"b": [1, None], "a": "é"}) == '{"a":"é","b":[1,null]}'.encode()


@pytest.mark.parametrize("action", list(AuditAction))
def test_every_action_is_noun_and_verb(action: AuditAction) -> None:
    parts = action.value.split(":")

    assert len(parts) in {2, 3}
    assert all(part.replace("_", "").isalpha() for part in parts)
