"""Verifying an audit export: naming the first entry that is not as it was written.

An export holds the entries of one chain or several, each chain in its order. What the
hashes cannot show, entries cut off at the end, shows by a head noted elsewhere (§7).
"""

import hmac
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from service.domain.audit import FIRST_PREVIOUS_HASH, Json, canonical, seal


class Fault(StrEnum):
    """What is wrong with an entry."""

    EDITED = "edited"  # it, or its place in the chain, was written anew
    DELETED = "deleted"
    REORDERED = "reordered"
    CUT_OFF = "cut off"
    UNSEALED = "unsealed"  # no seal, or one by another key


@dataclass(frozen=True, slots=True, kw_only=True)
class BadEntry:
    """The first entry that is wrong: its number in its chain, and why.

    `place` counts all entries of the export from 1; it is where the fault showed, 0
    when it showed at the end.
    """

    chain: str
    seq: int
    place: int
    fault: Fault
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """How far an export verifies.

    `entries` good ones were read up to the fault, if any; `heads` are the hashes of the
    last good one of each chain.
    """

    entries: int
    heads: Mapping[str, str]
    bad: BadEntry | None = None

    @property
    def is_intact(self) -> bool:
        """Say whether every entry is as it was written."""
        return self.bad is None


class Link(NamedTuple):
    """What verifying needs of an entry.

    `digest` is the hash that its other fields have now, None where they cannot be
    read; the rest is as the entry says it.
    """

    chain: str
    seq: Json
    previous_hash: Json
    hash: Json
    seal: Json
    digest: str | None


def verify(
    links: Iterable[Link],
    *,
    heads: Collection[str] = (),
    seal_key: bytes | None = None,
) -> AuditReport:
    """Verify entries in the order in which they are kept.

    Each of `heads` is a hash that some entry must have: nothing up to it was cut off.
    With `seal_key` the entries must be sealed from some point on to their last; those
    before it are held by the hashes.
    """
    verifier = _Verifier(frozenset(heads), seal_key)
    rest = iter(links)
    for link in rest:
        bad = verifier.take(link)
        if bad is not None:
            return verifier.report(_told_apart(bad, rest))
    return verifier.report(verifier.fault_at_end())


def links_of_lines(lines: Iterable[str]) -> Iterator[Link]:
    """Read the lines of an export."""
    return map(link_of_line, lines)


def link_of_entry(entry: Mapping[str, Json]) -> Link:
    """Read an entry as an export has it."""
    hashed = {key: entry[key] for key in entry if key not in ("hash", "seal")}
    try:
        digest = sha256(canonical(hashed)).hexdigest()
    except (TypeError, ValueError):
        digest = None
    return _link(entry, digest)


def link_of_line(line: str) -> Link:
    """Read a line of an export; one that is no entry gets no digest."""
    try:
        entry = json.loads(line)
        given, sealed = entry["hash"], entry.get("seal")
        # What is hashed is this very text without the two members that came after.
        # Cut where they stand it is the hashed text again, or the hash says no.
        text = line.strip().replace(f',"hash":"{given}"', "", 1)
        if sealed is not None:
            text = text.replace(f',"seal":"{sealed}"', "", 1)
        elif "seal" in entry:
            text = text.replace(',"seal":null', "", 1)
        digest = sha256(text.encode()).hexdigest()
        if digest == given:
            return _link(entry, digest)
        # Written by another program, or edited: parsed strictly and written anew.
        return link_of_entry(json.loads(line, object_pairs_hook=_without_repeats))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return Link("", None, None, None, None, None)


def _link(entry: Mapping[str, Json], digest: str | None) -> Link:
    get = entry.get
    return Link(
        str(get("chain", "")),
        get("seq"),
        get("previous_hash"),
        get("hash"),
        get("seal"),
        digest,
    )


def _without_repeats(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands there twice")
    return members


@dataclass(slots=True)
class _Chain:
    """How far one chain has been followed."""

    name: str
    seq: int = 0
    head: str = FIRST_PREVIOUS_HASH
    is_sealed: bool = False


class _Verifier:
    def __init__(self, heads: frozenset[str], seal_key: bytes | None) -> None:
        self._chains: dict[str, _Chain] = {}
        self._missing = set(heads)
        self._seal_key = seal_key
        self._place = 0

    def take(self, link: Link) -> BadEntry | None:
        """Follow an entry, or say what is wrong with it."""
        self._place += 1
        chain = self._chains.get(link.chain)
        if chain is None:
            chain = self._chains[link.chain] = _Chain(link.chain)
        expected = chain.seq + 1
        if link.digest is None or link.digest != link.hash:
            return self._bad(chain, expected, Fault.EDITED, "its hash is not its own")
        # To Python, true is the number 1.
        if link.seq != expected or link.seq is True:
            return self._misplaced(chain, link.seq)
        if link.previous_hash != chain.head:
            detail = f"number {expected} does not follow it"
            return self._bad(chain, max(chain.seq, 1), Fault.EDITED, detail)
        chain.seq = expected
        chain.head = link.digest
        if self._missing:
            self._missing.discard(link.digest)
        key = self._seal_key
        return None if key is None else self._fault_of_seal(chain, link, key)

    def fault_at_end(self) -> BadEntry | None:
        """Say what is missing when all has been read."""
        self._place = 0
        chains = list(self._chains.values())
        for chain in chains:
            if self._seal_key is not None and not chain.is_sealed:
                detail = "no entry of the chain has a seal"
                return self._bad(chain, chain.seq, Fault.UNSEALED, detail)
        if not self._missing:
            return None
        only = chains[0] if len(chains) == 1 else _Chain("")
        detail = f"no entry has the hash {min(self._missing)}"
        return self._bad(only, only.seq + 1, Fault.CUT_OFF, detail)

    def report(self, bad: BadEntry | None) -> AuditReport:
        """Sum up what was followed."""
        chains = [chain for chain in self._chains.values() if chain.seq]
        return AuditReport(
            entries=sum(chain.seq for chain in chains),
            heads={chain.name: chain.head for chain in chains},
            bad=bad,
        )

    def _fault_of_seal(self, chain: _Chain, link: Link, key: bytes) -> BadEntry | None:
        if link.seal is None:
            if not chain.is_sealed:
                return None
            return self._bad(chain, chain.seq, Fault.UNSEALED, "it has no seal")
        chain.is_sealed = True
        expected = seal(chain.head, key)
        if hmac.compare_digest(str(link.seal).encode(), expected.encode()):
            return None
        return self._bad(chain, chain.seq, Fault.UNSEALED, "its seal is another key's")

    def _misplaced(self, chain: _Chain, seq: Json) -> BadEntry:
        expected = chain.seq + 1
        is_gap = isinstance(seq, int) and seq > expected
        fault = Fault.DELETED if is_gap else Fault.REORDERED
        return self._bad(chain, expected, fault, f"number {seq} stands in its place")

    def _bad(self, chain: _Chain, seq: int, fault: Fault, detail: str) -> BadEntry:
        return BadEntry(
            chain=chain.name, seq=seq, place=self._place, fault=fault, detail=detail
        )


def _told_apart(bad: BadEntry, rest: Iterator[Link]) -> BadEntry:
    """Call a missing entry reordered if it comes later after all."""
    wanted = (bad.chain, bad.seq)
    if bad.fault is Fault.DELETED and any(
        (link.chain, link.seq) == wanted for link in rest
    ):
        return replace(bad, fault=Fault.REORDERED)
    return bad
