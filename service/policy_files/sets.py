"""From what was read of texts to a policy set: all valid, or an error with it all."""

from dataclasses import dataclass
from datetime import datetime

from service.domain.errors import InvalidPolicies
from service.domain.policy_set import PolicySet, revision_of
from service.policy_files.listing import Listing
from service.policy_files.reader import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where texts come from: git's commit and author, and the kind of source."""

    commit: str | None = None
    author: str | None = None
    source: str = "folder"


FOLDER = Origin()


def policy_set(
    listing: Listing, reading: Reading, now: datetime, origin: Origin = FOLDER
) -> PolicySet:
    """Give the set of a listing; raise `InvalidPolicies` with every finding."""
    guard = reading.guard
    if guard is None or listing.findings or not reading.is_good:
        raise InvalidPolicies(
            tuple(sorted((*listing.findings, *reading.findings))),
            texts=listing.texts,
            commit=origin.commit,
            author=origin.author,
        )
    return PolicySet(
        revision=revision_of(listing.texts),
        guard=guard,
        policies=reading.policies,
        loaded_at=now,
        commit=origin.commit,
        author=origin.author,
        source=origin.source,
        texts=listing.texts,
        warnings=reading.findings,
    )
