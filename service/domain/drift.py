"""A limit that somebody moved outside: seen, asked about, adopted or put back (F16).

What is to be done is the organization's `on_drift`: `ask` a person, `adopt` it, or
`revert` it once a day and then ask.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from service.domain.attribution import (
    Author,
    LimitLog,
    author_of,
    by_whom,
    moved_since,
)
from service.domain.guard import OnDrift
from service.domain.limit_change import ChangeKind, ChangeState, LimitChange
from service.domain.settlement import Settlement, adopt
from service.domain.state import Drift, OrganizationState
from service.domain.usage import SpendLimit

REVERT_AGAIN_AFTER = timedelta(hours=24)


class DriftTurn(StrEnum):
    """What happened to a drift."""

    SEEN = "seen"
    MOVED = "moved"  # outside once more, while it was open
    NAMED = "named"  # the audit log came later than the limit
    ADOPTED = "adopted"
    REVERTED = "reverted"
    REPLACED = "replaced"  # by another change of ours
    RETURNED = "returned"  # back where it was, and not by us


ENDS = frozenset(
    {DriftTurn.ADOPTED, DriftTurn.REVERTED, DriftTurn.REPLACED, DriftTurn.RETURNED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftNews:
    """One turn of a drift, and the sentence that tells of it."""

    turn: DriftTurn
    drift: Drift
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What bears on a drift beside the limit: the policy, the log, our own changes."""

    on_drift: OnDrift
    log: LimitLog
    changes: tuple[LimitChange, ...]
    now: datetime
    period_end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """The memory after a reading of the limit, and what that means of a drift."""

    state: OrganizationState
    news: tuple[DriftNews, ...] = ()


def follow(was: Drift | None, settlement: Settlement, terms: Terms) -> Followed:
    """Work out what a settled reading makes of the drift that was open before it."""
    ended = _ended(was, settlement)
    state, observed = settlement.state, settlement.observed
    if observed is None:
        return Followed(state=state, news=ended)
    if settlement.is_drifted:
        found = _moved(state, observed, terms)
    elif state.drift is not None and observed == state.reference:
        found = _returned(state, state.drift)
    elif state.drift is not None and terms.on_drift is OnDrift.ADOPT:
        found = _adopted(state, state.drift, terms, _author_in(state.drift))
    else:
        found = _named(state, terms)
    return Followed(state=found.state, news=(*ended, *found.news))


def _ended(was: Drift | None, settlement: Settlement) -> tuple[DriftNews, ...]:
    closing = settlement.closing
    if was is None or settlement.state.drift is not None or closing is None:
        return ()
    return (closed_by(was, closing),)


def closed_by(drift: Drift, change: LimitChange) -> DriftNews:
    """Tell that a change of ours ended a drift."""
    is_revert = change.kind is ChangeKind.REVERT
    verb = "put back" if is_revert else "changed"
    return DriftNews(
        turn=DriftTurn.REVERTED if is_revert else DriftTurn.REPLACED,
        drift=drift,
        sentence=f"the limit was {verb} from {drift.observed} to {change.after}"
        f" ({change.kind} by {change.requested_by})",
    )


def _moved(state: OrganizationState, observed: SpendLimit, terms: Terms) -> Followed:
    """Begin a drift, or go on with one that was moved once more."""
    open_one, before = state.drift, state.reference or observed
    since = moved_since(state, terms.now)
    author = author_of(terms.log, since, terms.changes)
    drift = Drift(
        before=before,
        observed=observed,
        since=since,
        seen_at=terms.now,
        who=None if author is None else author.name,
        moved_at=None if author is None else author.at,
    )
    state = replace(
        state,
        limit_known_at=terms.now,
        nameless=drift if author is None else None,
    )
    if terms.on_drift is OnDrift.ADOPT:
        return _adopted(state, drift, terms, author)
    came_from = before if open_one is None else open_one.observed
    what = f"{_what(came_from, observed)} {by_whom(terms.log, author)}"
    news = DriftNews(
        turn=DriftTurn.SEEN if open_one is None else DriftTurn.MOVED,
        drift=drift,
        sentence=f"{what}; {_what_follows(state, drift, terms)}",
    )
    opened = drift if open_one is None else replace(drift, seen_at=open_one.seen_at)
    return Followed(state=replace(state, drift=opened), news=(news,))


def _what(before: SpendLimit, after: SpendLimit) -> str:
    return f"the limit was changed outside from {before} to {after}"


def _what_follows(state: OrganizationState, drift: Drift, terms: Terms) -> str:
    """Say what is done about an open drift, and what a person can do."""
    if terms.on_drift is OnDrift.REVERT and may_revert(drift, terms.changes, terms.now):
        return f"it will be put back to {drift.before} as soon as nothing forbids it"
    name = state.organization
    return (
        "raises and restores wait, caps do not, until a person decides:"
        f" `spendguard limit adopt --organization {name}` keeps it,"
        f" `spendguard limit revert --organization {name}` puts {drift.before} back"
        f" (POST /api/v1/drift/{name}/adopt or /revert)"
    )


def may_revert(drift: Drift, changes: Iterable[LimitChange], now: datetime) -> bool:
    """Say whether putting it back by itself is allowed: once a day, never unlimited."""
    return not drift.before.is_unlimited and not any(
        change.kind is ChangeKind.REVERT
        and change.is_automatic
        and change.state is ChangeState.APPLIED
        and now - (change.settled_at or change.planned_at) < REVERT_AGAIN_AFTER
        for change in changes
    )


def _author_in(drift: Drift) -> Author | None:
    """Give who is remembered to have moved the limit."""
    if drift.who is None or drift.moved_at is None:
        return None
    return Author(name=drift.who, at=drift.moved_at)


def _adopted(
    state: OrganizationState, drift: Drift, terms: Terms, author: Author | None
) -> Followed:
    """Take the limit as a person's choice, by itself."""
    what = f"{_what(drift.before, drift.observed)} {by_whom(terms.log, author)}"
    news = DriftNews(
        turn=DriftTurn.ADOPTED,
        drift=drift,
        sentence=f"{what}; taken as a person's choice until the period ends",
    )
    by = drift.who or "console"
    taken = adopt(state, drift.observed, terms.now, terms.period_end, by)
    return Followed(state=taken, news=(news,))


def _returned(state: OrganizationState, drift: Drift) -> Followed:
    news = DriftNews(
        turn=DriftTurn.RETURNED,
        drift=drift,
        sentence=f"the limit is back at {drift.before}, and not by Spendguard",
    )
    return Followed(state=replace(state, drift=None, nameless=None), news=(news,))


def _named(state: OrganizationState, terms: Terms) -> Followed:
    """Tell once who did it, where the audit log came later than the limit."""
    nameless = state.nameless
    if nameless is None:
        return Followed(state=state)
    author = author_of(terms.log, nameless.since, terms.changes)
    if author is None:
        return Followed(state=state)
    named = replace(nameless, who=author.name, moved_at=author.at)
    what = _what(nameless.before, nameless.observed)
    sentence = f"{what} {by_whom(terms.log, author)}"
    drift = state.drift
    if drift is not None:
        drift = replace(drift, who=author.name, moved_at=author.at)
        sentence = f"{sentence}; {_what_follows(state, drift, terms)}"
    news = DriftNews(turn=DriftTurn.NAMED, drift=named, sentence=sentence)
    return Followed(state=replace(state, nameless=None, drift=drift), news=(news,))
