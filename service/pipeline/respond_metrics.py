"""What the machinery around the service may watch, at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.alert import SYSTEM
from service.domain.durations import Histogram, Work
from service.domain.policy_set import PolicySet
from service.domain.status import OrganizationStatus
from service.pipeline.respond_status import overview
from service.ports import Counts, Services

# A hundred thousand labels take a second and megabytes a scrape; these take neither.
MOST_ORGANIZATIONS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """All that `/metrics` tells; `organizations` are the first ones of the policies.

    `not_shown` is how many more there are. `durations` are those of this process.
    """

    at: datetime
    organizations: tuple[OrganizationStatus, ...]
    not_shown: int
    is_paused: bool
    counts: Counts
    durations: Mapping[Work, Histogram]
    policies: PolicySet
    is_set_refused: bool
    check_interval: timedelta


def measure(services: Services) -> Measures:
    """Tell how everything stands, as `overview` does, with what was counted.

    Raises `NotFound` while no policies are in force, and `StorageError`.
    """
    policies = services.policies.current()
    every = policies.guard.organizations
    shown = every[:MOST_ORGANIZATIONS]
    found = overview(services, shown)
    return Measures(
        at=services.clock.now(),
        organizations=found.organizations,
        not_shown=len(every) - len(shown),
        is_paused=found.is_paused,
        # The guard's own alerts are filed under a name beside the organizations'.
        counts=services.queries.counts([*(each.name for each in shown), SYSTEM]),
        durations=services.durations.read(),
        policies=policies,
        is_set_refused=services.policies.error() is not None,
        check_interval=services.check_interval,
    )
