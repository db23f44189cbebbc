"""What one check remembers for the next, per organization."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from service.domain.analytics import RateLimit
from service.domain.track_state import TrackState
from service.domain.usage import SpendLimit, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The last figure believed for one scope and period.

    `falls` counts the checks in a row that saw a figure more than a tenth below it:
    the third is believed (§4.2).
    """

    amount: Decimal
    at: datetime
    falls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A limit a person chose: nothing automatic moves it until then."""

    limit: SpendLimit
    by: str
    set_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A limit that somebody moved outside.

    `since` is when the limit was last known to stand elsewhere: whoever moved it to
    where it was `observed` did so after. `who` is as the provider's audit log names
    them, with the time it gives; None while it names nobody. `skips` are the reasons
    for which putting it back was recorded as skipped.
    """

    before: SpendLimit
    observed: SpendLimit
    since: datetime
    seen_at: datetime
    who: str | None = None
    moved_at: datetime | None = None
    skips: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseEnd:
    """When a raise in force ends; `change_id` is the change that takes it back."""

    change_id: str
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationState:
    """What is remembered of an organization between checks.

    Amounts are in `currency`, that of the organization at the last check.
    `period` is the month into which the provider's total was last seen to follow the
    calendar; `final_total` is what the month before came to. `last_total` is the
    provider's own total as last believed. `sightings` are keyed by scope and period.
    `reference` is the limit as we last knew it to be right: the first seen, then each
    applied or adopted; `is_reference_ours` says that a change of ours put it there.
    `drift` is a limit moved outside about which nobody has decided yet, `nameless` the
    last one of which nobody knows yet who did it; `limit_known_at` is when the limit
    was last read where it was known to be.
    `limit_at_start` bounds the sum of a period's raises. `failures` counts changes that
    failed in a row; at three the circuit opens. `baseline_skips` are the reasons for
    which the restore was recorded as skipped; `checks` counts the checks, so that no
    two have one id; `clock_set_back_at` is the first check that was made before the one
    before it. `raise_ends` are the raises that will be taken back by themselves.
    `known_additions` are the fields told as new before, as they were told. `track` is
    what a limit that follows remembers. `activity_told` names, by the id of an alert
    that fires, the users, agents or workspaces of whom it has told.
    """

    organization: str
    currency: str | None = None
    period: str | None = None
    final_total: Decimal | None = None
    last_total: Decimal | None = None
    last_good: Sighting | None = None
    sightings: Mapping[str, Sighting] = field(default_factory=dict)
    mismatches: int = 0
    reference: SpendLimit | None = None
    is_reference_ours: bool = False
    limit_known_at: datetime | None = None
    drift: Drift | None = None
    nameless: Drift | None = None
    limit_at_start: SpendLimit | None = None
    override: Override | None = None
    failures: int = 0
    retry_at: datetime | None = None
    is_circuit_open: bool = False
    wants_baseline: bool = False
    baseline_skips: tuple[str, ...] = ()
    raise_ends: tuple[RaiseEnd, ...] = ()
    workspaces: tuple[Workspace, ...] = ()
    workspaces_at: datetime | None = None
    rate_limit: RateLimit | None = None
    rate_limit_at: datetime | None = None
    known_additions: tuple[str, ...] = ()
    last_check_at: datetime | None = None
    clock_set_back_at: datetime | None = None
    checks: int = 0
    track: TrackState = field(default_factory=TrackState)
    activity_told: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def in_currency(self, currency: str) -> "OrganizationState":
        """Give what still holds when the organization is billed in this currency.

        No figure of another one can be compared with, or shown beside, the new ones.
        """
        if self.currency in {None, currency}:
            return self
        return replace(
            self, last_good=None, last_total=None, final_total=None, sightings={}
        )
