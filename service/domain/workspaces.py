"""The workspaces that policies name, found in the provider's list."""

from collections import Counter
from collections.abc import Iterable

from service.domain.policy import Policy
from service.domain.usage import Failure, Workspace


def workspaces_named(
    policies: Iterable[Policy], listed: Iterable[Workspace]
) -> dict[str, str | Failure]:
    """Give the uuid of each workspace that a policy names, by that name."""
    known = tuple(listed)
    names = sorted({each.scope.workspace for each in policies if each.scope.workspace})
    return {name: _uuid_of(name, known) for name in names}


def live_workspaces(listed: Iterable[Workspace]) -> dict[str, str]:
    """Give the uuid of each workspace that is not archived, by a name of its own."""
    live = tuple(each for each in listed if not each.is_archived)
    times = Counter(each.name for each in live)
    return {
        each.name if times[each.name] == 1 else f"{each.name} ({each.uuid})": each.uuid
        for each in live
    }


def _uuid_of(name: str, workspaces: tuple[Workspace, ...]) -> str | Failure:
    """Find a workspace by uuid or name; a live one goes before its archived namesake.

    Two of one name are not guessed at: the wrong one may look healthy.
    """
    found = [each for each in workspaces if name in {each.uuid, each.name}]
    for wanted in (
        [each for each in found if each.uuid == name],
        [each for each in found if not each.is_archived],
        found,
    ):
        if len(wanted) == 1:
            return wanted[0].uuid
        if wanted:
            return Failure(
                reason="ambiguous_workspace",
                detail=f"the provider lists {len(wanted)} workspaces called {name!r}:"
                " name it by its uuid",
            )
    return Failure(
        reason="unknown_workspace",
        detail=f"the provider lists no workspace called {name!r}",
    )
