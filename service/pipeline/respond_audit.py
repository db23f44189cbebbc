"""What a person may ask of the audit log: an export, and whether it verifies."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from service.domain.audit import FIRST_PREVIOUS_HASH
from service.domain.audit_verification import Link
from service.domain.audit_verification import verify as verify_links
from service.domain.errors import NotFound
from service.ports import Services


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
        """Say whether every entry is as it was written."""
        return self.broken_at is None


def chains_of(services: Services, chain: str | None) -> tuple[str, ...]:
    """Give the chain of that name alone, or all; raise `NotFound` for an unknown."""
    chains = services.queries.audit_chains()
    if chain is None:
        return tuple(sorted(chains))
    if chain not in chains:
        raise NotFound(f"no audit chain is called {chain!r}")
    return (chain,)


def export(services: Services, chains: Iterable[str]) -> Iterator[str]:
    """Give chains as lines of an export, by chain and number, however long they are."""
    for chain in chains:
        last = 0
        while lines := services.queries.audit_lines(chain, last):
            yield from lines
            last += len(lines)


def verify(services: Services, chain: str) -> Verdict:
    """Say how far a chain verifies; seals too, where their key is set."""
    report = verify_links(links_of(services, [chain]), seal_key=services.audit_key)
    bad = report.bad
    return Verdict(
        chain=chain,
        entries=report.entries,
        head=report.heads.get(chain, FIRST_PREVIOUS_HASH),
        broken_at=None if bad is None else bad.seq,
        reason="" if bad is None else f"{bad.fault}: {bad.detail}",
    )


def links_of(services: Services, chains: Iterable[str]) -> Iterator[Link]:
    """Give chains as verifying needs them, however long they are."""
    for chain in chains:
        last = 0
        while links := services.queries.audit_links(chain, last):
            yield from links
            last += len(links)
