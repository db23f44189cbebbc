"""Verifying an audit chain: naming the first entry that is not as it was written.

Works on entries as an export has them (what is hashed, then `hash` and `seal`), so a
database and a file are verified by the same rules (§7).
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from service.domain.audit import (
    FIRST_PREVIOUS_HASH,
    AuditEntry,
    Json,
    body,
    canonical,
    seal,
)

_NOT_HASHED = frozenset({"hash", "seal"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How far a chain verifies.

    `entries` good ones came before `broken_at` (the number of the first bad entry, None
    when all are good); `head` is the hash of the last good one.
    """

    chain: str
    entries: int
    head: str
    broken_at: int | None = None
    reason: str = ""

    @property
    def is_valid(self) -> bool:
        """Say whether every entry was as it was written."""
        return self.broken_at is None


def exported(entry: AuditEntry) -> dict[str, Json]:
    """Give an entry as an export writes it."""
    hashed = body(entry.seq, entry.fact, entry.previous_hash)
    return {**hashed, "hash": entry.hash, "seal": entry.seal}


class ChainVerifier:
    """Takes the entries of one chain in order and stops believing at the first bad one.

    With `seal_key`, seals are checked too, and may not be missing once there was one.
    That nothing was cut off at the end only a head kept elsewhere can prove.
    """

    def __init__(self, chain: str, *, seal_key: bytes | None = None) -> None:
        self._chain = chain
        self._seal_key = seal_key
        self._entries = 0
        self._head = FIRST_PREVIOUS_HASH
        self._was_sealed = False
        self._reason = ""

    def take(self, entry: Mapping[str, Json]) -> bool:
        """Take the next entry; say whether the chain is good so far."""
        if not self._reason:
            self._reason = self._fault(entry)
        if self._reason:
            return False
        self._entries += 1
        self._head = str(entry["hash"])
        self._was_sealed = entry.get("seal") is not None
        return True

    def verdict(self, head: str | None = None) -> Verdict:
        """Give what came of it; `head` is the hash the last entry must have."""
        reason = self._reason
        if not reason and head is not None and head != self._head:
            reason = "cut off: the last entry is not the one of the given head"
        return Verdict(
            chain=self._chain,
            entries=self._entries,
            head=self._head,
            broken_at=self._entries + 1 if reason else None,
            reason=reason,
        )

    def _fault(self, entry: Mapping[str, Json]) -> str:
        expected = self._entries + 1
        if entry.get("chain") != self._chain or entry.get("seq") != expected:
            return f"deleted or reordered: number {expected} is not where it belongs"
        hashed = {key: entry[key] for key in entry if key not in _NOT_HASHED}
        if sha256(canonical(hashed)).hexdigest() != entry.get("hash"):
            return "edited: the hash does not match the entry"
        if entry.get("previous_hash") != self._head:
            return "deleted or replaced: it does not follow the entry before it"
        return self._fault_of_seal(entry)

    def _fault_of_seal(self, entry: Mapping[str, Json]) -> str:
        sealed = entry.get("seal")
        if self._seal_key is None:
            return ""
        if sealed is None:
            return "forged: the seal is missing" if self._was_sealed else ""
        expected = seal(str(entry["hash"]), self._seal_key)
        if not hmac.compare_digest(str(sealed), expected):
            return "forged: the seal does not match"
        return ""
