"""What all parts of one evaluation share."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.domain.decision import Memory
from service.domain.figure_book import FigureBook
from service.domain.guard import Organization
from service.domain.health import count_mismatches
from service.domain.policy_set import PolicySet
from service.domain.state import OrganizationState, Sighting
from service.domain.usage import Failure, SpendLimit

# A scope that no policy asks for any more is forgotten after its month is over.
_FORGOTTEN_AFTER = timedelta(days=40)
# Clocks of several machines differ by less than that.
_FLUTTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One organization at one check: its policies, figures and memory."""

    policies: PolicySet
    organization: Organization
    memory: Memory
    book: FigureBook
    check_id: str
    now: datetime

    @property
    def default_channels(self) -> tuple[str, ...]:
        """Give the channels of what names none."""
        return self.policies.default_channels


def remember_figures(state: OrganizationState, case: Case) -> OrganizationState:
    """Keep what the next check needs to know of this one's figures."""
    figure = case.book.total
    good, counted = state.last_good, case.book.counted
    if figure.amount is not None and not isinstance(counted, Failure):
        state = replace(state, last_total=counted)
    if figure.is_good and figure.amount is not None:
        good = Sighting(amount=figure.amount, at=case.now)
    set_back_at = _set_back_at(state, case.now)
    return replace(
        state,
        # A wait that was counted by the clock that was ahead would be far too long.
        retry_at=None if set_back_at == case.now else state.retry_at,
        last_good=good,
        mismatches=count_mismatches(state.mismatches, figure),
        sightings=_sightings(case),
        limit_at_start=_limit_at_start(state, case),
        currency=case.organization.currency,
        last_check_at=case.now,
        clock_set_back_at=set_back_at,
        checks=state.checks + 1,
    )


def _limit_at_start(state: OrganizationState, case: Case) -> SpendLimit | None:
    """Give what a month's raises are counted from: its first limit that is one.

    From no limit at all nothing could be counted, and a sum would bound nothing (F14).
    """
    known = state.limit_at_start
    if known is None or known.is_unlimited:
        return case.book.observed or known
    return known


def _set_back_at(state: OrganizationState, now: datetime) -> datetime | None:
    last = state.last_check_at
    was_ahead = last is not None and last - now > _FLUTTER
    return now if was_ahead else state.clock_set_back_at


def scope_of(key: str) -> str:
    """Give the scope of a sighting's key; no period has a bar, but a scope may."""
    return key.rpartition("|")[0]


def _sightings(case: Case) -> dict[str, Sighting]:
    fresh = case.book.sightings
    scopes = {scope_of(key) for key in fresh}
    kept = {
        key: sighting
        for key, sighting in case.memory.state.sightings.items()
        if scope_of(key) not in scopes and case.now - sighting.at < _FORGOTTEN_AFTER
    }
    return {**kept, **fresh}
