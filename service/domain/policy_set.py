"""The set of policies in force: one revision of a folder, all valid or none."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from service.domain.errors import Finding
from service.domain.guard import Guard, Organization
from service.domain.policy import Policy, Threshold
from service.domain.scope import Scope

# The one file of a folder that is no policy: it names organizations and channels.
GUARD_FILE = "guard.yaml"
# No folder of that name is ever read: it stands for what was put over the API.
API_FOLDER = "api/"


class PolicySource(StrEnum):
    """Who declares a policy."""

    FILE = "file"
    API = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredPolicy:
    """A policy in force and where it is declared (file name with line, or `api`)."""

    policy: Policy
    source: PolicySource
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """All that is in force at once: one revision of a policy folder.

    `revision` is the content hash; commit and author are git's, when the folder is a
    checkout. `texts` maps file names to the YAML that was loaded, secrets unexpanded;
    policies put over the API are named `api/ID.yaml` there. `warnings` are what can
    never happen, by place.
    """

    revision: str
    guard: Guard
    policies: tuple[DeclaredPolicy, ...]
    loaded_at: datetime
    commit: str | None = None
    author: str | None = None
    source: str = "folder"
    texts: tuple[tuple[str, str], ...] = ()
    warnings: tuple[Finding, ...] = ()

    def organization(self, name: str) -> Organization | None:
        """Give the organization of that name, or None."""
        return next((o for o in self.guard.organizations if o.name == name), None)

    def of(self, organization: str) -> tuple[Policy, ...]:
        """Give the policies of an organization."""
        return tuple(
            declared.policy
            for declared in self.policies
            if declared.policy.organization == organization
        )

    def declared(self, policy_id: str) -> DeclaredPolicy | None:
        """Give the policy of that id with where it is declared, or None."""
        return next((d for d in self.policies if d.policy.id == policy_id), None)

    def channels_of(self, threshold: Threshold) -> tuple[str, ...]:
        """Give the channels a threshold tells, each once; by name, or the default."""
        if threshold.notify is None:
            return self.default_channels
        return tuple(dict.fromkeys(threshold.notify))

    @property
    def default_channels(self) -> tuple[str, ...]:
        """Give the channels of health alerts, each once."""
        return tuple(dict.fromkeys(self.guard.default_channels))


def paced_scopes(policies: Iterable[Policy]) -> dict[str, Scope]:
    """Give the scopes whose pace some threshold watches, by their keys."""
    return {
        policy.target_key: policy.target
        for policy in policies
        if any(threshold.pace is not None for threshold in policy.thresholds)
    }


def api_file(policy_id: str) -> str:
    """Name the text of a policy put over the API, as `texts` of a set does."""
    return f"{API_FOLDER}{policy_id}.yaml"


def revision_of(texts: Iterable[tuple[str, str]]) -> str:
    """Give the SHA-256 of `(name, text)` pairs, whatever their order."""
    digest = sha256()
    for part in (part for pair in sorted(texts) for part in pair):
        content = part.encode()
        # The length in front, lest two texts be taken for one.
        digest.update(f"{len(content)}:".encode() + content)
    return digest.hexdigest()
