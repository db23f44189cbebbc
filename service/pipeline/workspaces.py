"""The workspaces that policies need, found in the provider's list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.domain.activity import ActivityKey, Per
from service.domain.policy import Policy
from service.domain.state import OrganizationState
from service.domain.usage import Failure
from service.domain.workspaces import live_workspaces, workspaces_named
from service.pipeline.activity import Places
from service.pipeline.attempt import attempt
from service.ports import AdminApi

WORKSPACES_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspaces:
    """The memory with the list, and the uuid of each workspace that a policy names.

    `failure` says why the list could not be read now, though it was needed.
    """

    state: OrganizationState
    uuids: Mapping[str, str | Failure]
    failure: Failure | None = None

    def places(self, key: ActivityKey) -> Places | Failure:
        """Give the workspaces that count in a figure of activity."""
        if key.per is not Per.WORKSPACE:
            return {}
        if key.workspace is not None:
            return {key.workspace: self.uuids[key.workspace]}
        if self.failure is not None and self.state.workspaces_at is None:
            return self.failure
        return live_workspaces(self.state.workspaces)


def find_workspaces(
    api: AdminApi,
    policies: Iterable[Policy],
    state: OrganizationState,
    now: datetime,
    *,
    needs_all: bool,
) -> Workspaces:
    """Find the workspaces that policies need.

    The list is read once an hour, or when a name is not in it.
    """
    asked = tuple(policies)
    uuids = workspaces_named(asked, state.workspaces)
    read_at = state.workspaces_at
    # A list of the future was read before the clock was set back.
    is_fresh = read_at is not None and timedelta(0) <= now - read_at < WORKSPACES_FOR
    is_enough = is_fresh and not any(isinstance(e, Failure) for e in uuids.values())
    if is_enough or not (uuids or needs_all):
        return Workspaces(state=state, uuids=uuids)
    listed = attempt(api.workspaces)
    if isinstance(listed, Failure):
        # The old list is better than none: a uuid never changes its workspace.
        known = {
            name: listed if isinstance(uuid, Failure) else uuid
            for name, uuid in uuids.items()
        }
        return Workspaces(state=state, uuids=known, failure=listed)
    state = replace(state, workspaces=listed, workspaces_at=now)
    return Workspaces(state=state, uuids=workspaces_named(asked, listed))
