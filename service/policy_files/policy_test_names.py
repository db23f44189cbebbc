"""What a policy test names: organizations, thresholds, policies, channels, alerts."""

from collections.abc import Iterator

from service.domain.alert import AlertKind
from service.domain.happening import What
from service.domain.policy_set import PolicySet
from service.policy_files.tree import Path, Problem, Tree
from service.policy_files.wiring import items, text
from service.policy_files.wording import nearest

# What a threshold watches is no name of an alert: its threshold is.
_WATCHED = frozenset({"spend", "limit", "pace", "usage", "forecast", "activity"})
_ASKED = (
    What.ASKS,
    What.ASKS_AGAIN,
    What.GRANTED,
    What.DENIED,
    What.EXPIRED,
    What.SUPERSEDED,
)
_ALERTS = (What.FIRES, What.RESOLVES, What.REMINDS, What.UPDATES)


class Names:
    """The names that a set of policies gives, held against those a test uses."""

    def __init__(self, policies: PolicySet) -> None:
        self._organizations = [each.name for each in policies.guard.organizations]
        self._channels = [each.name for each in policies.guard.channels]
        declared = [each.policy for each in policies.policies]
        self._thresholds = {
            organization: [
                f"{policy.id}/{threshold.id}"
                for policy in declared
                if policy.organization == organization
                for threshold in policy.thresholds
            ]
            for organization in self._organizations
        }
        self._tracking = [each.id for each in declared if each.track is not None]
        self._health = [each.value for each in AlertKind if each not in _WATCHED]

    def organization_of(self, written: str | None) -> str | None:
        """Give the organization of a test, None where it cannot be told."""
        if written is None:
            return self._organizations[0] if len(self._organizations) == 1 else None
        return written if written in self._organizations else None

    def problems(self, tree: Tree, at: Path) -> Iterator[Problem]:
        """Find what a test names that there is not."""
        written = text(tree, *at, "organization")
        organization = self.organization_of(written)
        if organization is None:
            place = (*at, "organization") if written else at
            said = (
                f"unknown organization `{written}`"
                if written
                else "needs `organization`: there are several"
            )
            known = nearest(written or "", self._organizations)
            yield Problem(tree.value_place(place), f"{said}; {known}")
            return
        thresholds = self._thresholds[organization]
        for index in items(tree, *at, "expect"):
            yield from self._expected(tree, (*at, "expect", index), thresholds)
        for index in items(tree, *at, "acts"):
            for act in ("approve", "deny"):
                path = (*at, "acts", index, act)
                yield from _unknown(tree, path, thresholds, "threshold")

    def _expected(
        self, tree: Tree, at: Path, thresholds: list[str]
    ) -> Iterator[Problem]:
        alerts = [*thresholds, *self._health]
        for what in _ALERTS:
            yield from _unknown(tree, (*at, what.value), alerts, "alert")
        for what in _ASKED:
            yield from _unknown(tree, (*at, what.value), thresholds, "threshold")
        wanting = [*thresholds, *self._tracking]
        yield from _unknown(tree, (*at, "because"), wanting, "threshold")
        for index in items(tree, *at, "tells"):
            path = (*at, "tells", index)
            yield from _unknown(tree, path, self._channels, "channel")


def _unknown(tree: Tree, path: Path, known: list[str], noun: str) -> Iterator[Problem]:
    name = text(tree, *path)
    if name is not None and name not in known:
        place = tree.value_place(path)
        yield Problem(place, f"unknown {noun} `{name}`; {nearest(name, known)}")
