"""What a person may ask of the audit log: an export, and whether it verifies."""

from collections.abc import Iterator

from service.domain.audit import AuditEntry
from service.domain.errors import NotFound
from service.domain.verification import ChainVerifier, Verdict, exported
from service.ports import Services


def chains_of(services: Services, chain: str | None) -> tuple[str, ...]:
    """Give the chain of that name alone, or all; raise `NotFound` for an unknown."""
    chains = services.queries.audit_chains()
    if chain is None:
        return tuple(sorted(chains))
    if chain not in chains:
        raise NotFound(f"no audit chain is called {chain!r}")
    return (chain,)


def entries_of(services: Services, chain: str) -> Iterator[AuditEntry]:
    """Give every entry of a chain in order, however long it is."""
    after = 0
    while batch := services.queries.audit_entries(chain, after):
        yield from batch
        after = batch[-1].seq


def verify(services: Services, chain: str) -> Verdict:
    """Say how far a chain verifies; seals too, where their key is set."""
    verifier = ChainVerifier(chain, seal_key=services.audit_key)
    for entry in entries_of(services, chain):
        if not verifier.take(exported(entry)):
            break
    return verifier.verdict()
