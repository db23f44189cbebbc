"""What happens in the test of a policy, as the test and a person would say it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from service.domain.decision import Told
from service.domain.limit_change import LimitChange
from service.domain.notification import Event, EventKind
from service.domain.policy import Severity
from service.domain.replay import Moment
from service.domain.usage import SpendLimit


class What(StrEnum):
    """The kinds of things that happen; each is a key of an expectation."""

    FIRES = "fires"
    RESOLVES = "resolves"
    REMINDS = "reminds"
    UPDATES = "updates"  # more is known of it than was told
    ASKS = "asks"  # a person is asked
    ASKS_AGAIN = "asks_again"  # at half of the time
    GRANTED = "granted"
    DENIED = "denied"
    EXPIRED = "expired"  # nobody answered
    SUPERSEDED = "superseded"  # nothing was left to approve
    LIMIT = "limit"  # the limit moves
    STAYS = "stays"  # a change was wanted and is not made
    BEGINS = "begins"  # a period


# Of the limit more is known than its events say.
_EVENTS = {
    EventKind.FIRED: What.FIRES,
    EventKind.RESOLVED: What.RESOLVES,
    EventKind.REMINDER: What.REMINDS,
    EventKind.UPDATED: What.UPDATES,
    EventKind.APPROVAL_REQUESTED: What.ASKS,
    EventKind.APPROVAL_REMINDER: What.ASKS_AGAIN,
    EventKind.APPROVAL_GRANTED: What.GRANTED,
    EventKind.APPROVAL_DENIED: What.DENIED,
    EventKind.APPROVAL_EXPIRED: What.EXPIRED,
    EventKind.APPROVAL_SUPERSEDED: What.SUPERSEDED,
    EventKind.NEW_PERIOD: What.BEGINS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened at a check.

    `name` is `policy/threshold`, a policy's id where its limit follows, or a health
    alert's kind; of what begins, the period. `channels` heard of it. `kind` is a limit
    change's, `reason` why one was not made; `why` is a sentence with the figure and its
    bound.
    """

    at: datetime
    what: What
    name: str
    severity: Severity | None = None
    channels: tuple[str, ...] = ()
    before: SpendLimit | None = None
    after: SpendLimit | None = None
    kind: str = ""
    reason: str = ""
    why: str = ""


def happenings_of(moment: Moment, figures: Mapping[str, str]) -> tuple[Happening, ...]:
    """Give what happened at a check; `figures` are the lines of its thresholds."""
    return (
        *told_happenings(moment.told, moment.at, figures, moment.check.period),
        *_limits(moment, figures),
    )


def told_happenings(
    told: Iterable[Told],
    at: datetime,
    figures: Mapping[str, str] = MappingProxyType({}),
    period: str = "",
) -> Iterator[Happening]:
    """Give what events tell that are not of the limit."""
    for each in told:
        what = _EVENTS.get(each.event.kind)
        if what is not None:
            name = period if what is What.BEGINS else _name_of(each.event)
            yield Happening(
                at=at,
                what=what,
                name=name,
                severity=each.event.severity,
                channels=each.channels,
                why=figures.get(name, each.event.detail),
            )


def _name_of(event: Event) -> str:
    if event.policy_id is None:
        return event.alert_kind
    return f"{event.policy_id}/{event.threshold_id}"


def _limits(moment: Moment, figures: Mapping[str, str]) -> Iterator[Happening]:
    heard: dict[str, tuple[str, ...]] = {}
    for each in moment.told:
        if each.event.change_id is not None:
            known = heard.get(each.event.change_id, ())
            heard[each.event.change_id] = (*known, *each.channels)
    if moment.change is not None:
        yield _limit(What.LIMIT, moment.at, moment.change, heard, figures)
    for change in moment.decision.skipped:
        yield _limit(What.STAYS, moment.at, change, heard, figures)


def _limit(
    what: What,
    at: datetime,
    change: LimitChange,
    heard: Mapping[str, tuple[str, ...]],
    figures: Mapping[str, str],
) -> Happening:
    name = origin_of(change)
    return Happening(
        at=at,
        what=what,
        name=name,
        channels=tuple(dict.fromkeys(heard.get(change.id, ()))),
        before=change.before,
        after=change.after,
        kind=change.kind.value,
        reason=change.reason,
        why=figures.get(name, ""),
    )


def origin_of(change: LimitChange) -> str:
    """Name who wants a limit change: a threshold, a policy that tracks, or its kind."""
    if change.policy_id is None:
        return change.kind.value
    if change.threshold_id is None:
        return change.policy_id
    return f"{change.policy_id}/{change.threshold_id}"
