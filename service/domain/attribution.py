"""Who moved the limit outside, as the provider's own audit log has it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from service.domain.analytics import ProviderAuditEntry
from service.domain.limit_change import ChangeState, FailReason, LimitChange
from service.domain.settlement import Settlement
from service.domain.state import OrganizationState
from service.domain.usage import Failure

# The provider's word for a change of the organization's spend limit.
LIMIT_EVENTS = ("billing.monthly_limit.updated",)
# How late an entry may come is not documented; after this nobody waits for it.
NAMING_LASTS = timedelta(hours=1)
_CLOCKS_DIFFER = timedelta(seconds=1)
_LONGEST_NAME = 80
_LONGEST_REASON = 100
_KINDS = {"HUMAN": "a person", "API_KEY": "an API key"}
_SENT = frozenset({ChangeState.APPLIED, ChangeState.FAILED, ChangeState.UNKNOWN})

# What the log said; None where it was not asked.
LimitLog: TypeAlias = tuple[ProviderAuditEntry, ...] | Failure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who moved the limit last and when; `earlier` counts the moves before that."""

    name: str
    at: datetime
    earlier: int = 0


def log_wanted_since(settlement: Settlement, now: datetime) -> datetime | None:
    """Say from when on the log is worth reading, None where nobody is looked for.

    It is read when the limit has just moved, and, while it named nobody, for an hour.
    """
    state = settlement.state
    if settlement.is_drifted:
        return moved_since(state, now) - _CLOCKS_DIFFER
    nameless = state.nameless
    if nameless is None or now - nameless.seen_at > NAMING_LASTS:
        return None
    return nameless.since - _CLOCKS_DIFFER


def overtaken_since(change: LimitChange) -> datetime | None:
    """Say from when on the log may name who overtook a change, None if nobody did."""
    if change.reason != FailReason.OVERTAKEN or change.requested_at is None:
        return None
    return change.requested_at - _CLOCKS_DIFFER


def moved_since(state: OrganizationState, now: datetime) -> datetime:
    """Give when the limit last stood where it was known to be; a guess at first."""
    return state.limit_known_at or state.last_check_at or now - NAMING_LASTS


def author_of(
    log: LimitLog, since: datetime, changes: Iterable[LimitChange]
) -> Author | None:
    """Name who moved the limit last since then, whatever order the log is in.

    What an API key did while a change of ours was under way was our own doing.
    """
    if log is None or isinstance(log, Failure):
        return None
    ours = tuple(changes)
    found = [
        entry
        for entry in log
        if entry.event_type in LIMIT_EVENTS
        and entry.at >= since - _CLOCKS_DIFFER
        and not any(_is_of(entry, change) for change in ours)
    ]
    if not found:
        return None
    newest = max(found, key=lambda entry: entry.at)
    return Author(name=_name(newest), at=newest.at, earlier=len(found) - 1)


def _is_of(entry: ProviderAuditEntry, change: LimitChange) -> bool:
    if (
        entry.actor_type != "API_KEY"
        or change.requested_at is None
        or change.state not in _SENT
    ):
        return False
    ended = change.settled_at or entry.at
    return change.requested_at - _CLOCKS_DIFFER <= entry.at <= ended + _CLOCKS_DIFFER


def _name(entry: ProviderAuditEntry) -> str:
    """Give a name; the log may know the kind of who did it and no more."""
    kind = _KINDS.get(entry.actor_type, entry.actor_type)
    if entry.actor == entry.actor_type:
        return f"{kind} without a name"
    # It ends up in terminals and messages, and comes from outside.
    shown = "".join(each if each.isprintable() else " " for each in entry.actor)
    name = shown.strip()[:_LONGEST_NAME]
    return f"the API key {name}" if entry.actor_type == "API_KEY" else name


def by_whom(log: LimitLog, author: Author | None) -> str:
    """Say who did it, or why that cannot be said."""
    if author is not None:
        last = f", the last of {author.earlier + 1} changes" if author.earlier else ""
        return f"by {author.name} at {author.at:%Y-%m-%d %H:%M} UTC{last}"
    if isinstance(log, Failure):
        why = log.detail[:_LONGEST_REASON]
        return f"(who did it cannot be told: the audit log is unreadable, {why})"
    if log is None:
        return "(who did it was not asked)"
    return "(nobody is named in the provider's audit log)"
