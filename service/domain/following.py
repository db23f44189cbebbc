"""How it stands with a repository that policies are followed in."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

# A host is away for minutes now and then; for longer somebody should know.
UNREACHABLE_AFTER = timedelta(minutes=15)
# A person accepts a history that stands now, not whatever comes to its name later.
ACCEPTED_FOR = timedelta(days=1)
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def is_commit(text: str) -> bool:
    """Say whether a text is the whole name of a commit, SHA-1 or SHA-256."""
    return _COMMIT.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A person's word that a rewritten history may be followed.

    `id` is the audit entry's hash: each acceptance counts once.
    """

    commit: str
    at: datetime
    id: str

    def is_good_for(self, commit: str, now: datetime) -> bool:
        """Say whether it speaks of this very commit, and is fresh."""
        return self.commit == commit and self.at <= now < self.at + ACCEPTED_FOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """What is known of the repository: no credential is in any of it.

    `commit` is the newest one that may be followed, `fetched_at` when the repository
    last answered; `trouble` is why not since, with `troubled_since`; `rewritten` the
    commit that stands there now and does not descend from `commit`.
    """

    repository: str
    commit: str | None
    fetched_at: datetime | None
    trouble: str | None = None
    troubled_since: datetime | None = None
    rewritten: str | None = None

    @property
    def reason(self) -> str | None:
        """Say in one line what is wrong and since when; None where nothing is."""
        if self.trouble is None or self.troubled_since is None:
            return None
        return f"since {self.troubled_since:%Y-%m-%d %H:%M:%S}Z: {self.trouble}"
