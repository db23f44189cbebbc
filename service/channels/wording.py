"""What each event is called in words; plain text, the same for every channel.

Names come from the provider and from policy files, so nothing here is trusted:
`clean` makes one harmless line of anything.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from unicodedata import category

from service.domain.alert import AlertKind
from service.domain.crossing import TIMES
from service.domain.money import Money
from service.domain.notification import Burner, Event, EventKind, Figures, Message

LONGEST_SUBJECT = 120  # longer ones are cut by mail clients and lock screens
_LONGEST_TEXT = 400
_LONGEST_NAME = 80
_TENTH = Decimal("0.1")
_CENT = Decimal("0.01")
_CURRENCY_LETTERS = 3
UNKNOWN = "unknown"

_ACTIONS = frozenset(
    {
        EventKind.LIMIT_CHANGED,
        EventKind.LIMIT_CHANGE_ENDED,
        EventKind.LIMIT_CHANGE_SKIPPED,
        EventKind.APPROVAL_REQUESTED,
        EventKind.APPROVAL_REMINDER,
        EventKind.APPROVAL_GRANTED,
        EventKind.APPROVAL_DENIED,
        EventKind.APPROVAL_EXPIRED,
        EventKind.APPROVAL_SUPERSEDED,
    }
)
_TO_ANSWER = frozenset({EventKind.APPROVAL_REQUESTED, EventKind.APPROVAL_REMINDER})
# What a person must know first, where severities are equal.
_IMPORTANCE = (
    EventKind.FIRED,
    EventKind.LIMIT_CHANGE_ENDED,
    EventKind.LIMIT_CHANGED,
    EventKind.LIMIT_CHANGE_SKIPPED,
    EventKind.UPDATED,
    EventKind.APPROVAL_REQUESTED,
    EventKind.APPROVAL_REMINDER,
    EventKind.APPROVAL_GRANTED,
    EventKind.APPROVAL_DENIED,
    EventKind.APPROVAL_EXPIRED,
    EventKind.APPROVAL_SUPERSEDED,
    EventKind.REMINDER,
    EventKind.NEW_PERIOD,
    EventKind.POLICY_RETIRED,
    EventKind.SILENCE_ENDED,
    EventKind.RESOLVED,
    EventKind.DRILL,
    EventKind.TEST,
)
_HEALTH: Mapping[str, str] = {
    AlertKind.DATA_UNKNOWN: "the figures are unknown",
    AlertKind.PRICE_MISSING: "a price is missing",
    AlertKind.SPEND_MISMATCH: "computed spend and the provider's total differ",
    AlertKind.LIMIT_CHANGED_OUTSIDE: "the spend limit was changed outside",
    AlertKind.LIMIT_REACHED: "the spend limit is reached and requests are refused",
    AlertKind.PAYMENT_FAILED: "a payment to the provider failed",
    AlertKind.RATE_LIMIT_CHANGED: "the provider's rate limits have changed",
    AlertKind.POLICY_LOAD_FAILED: "the policy files cannot be loaded",
    AlertKind.DELIVERY_FAILED: "a channel keeps failing",
    AlertKind.API_DRIFT: "the provider's API does not answer as agreed",
    AlertKind.TRACKING_HELD: "the spend limit follows no more, a person is needed",
    AlertKind.LIMIT_CHANGE_UNKNOWN: "the outcome of a limit change is unknown",
    AlertKind.LIMIT_CHANGE_FAILED: "limit changes keep failing",
}
_PASSED: Mapping[str, str] = {
    AlertKind.LIMIT: "spend reached {bound} of the spend limit",
    AlertKind.FORECAST: "forecast to reach {bound}",
    AlertKind.PACE: "spend ran beyond {bound} its usual pace",
    AlertKind.USAGE: "usage went above {bound}",
    AlertKind.ACTIVITY: "activity went above {bound}",
}
_WITHOUT_DETAIL: Mapping[EventKind, str] = {
    EventKind.LIMIT_CHANGED: "the spend limit was changed",
    EventKind.LIMIT_CHANGE_ENDED: "a limit change failed, or its outcome is unknown",
    EventKind.LIMIT_CHANGE_SKIPPED: "a limit change was skipped",
    EventKind.APPROVAL_REQUESTED: "an approval is wanted",
    EventKind.APPROVAL_REMINDER: "an approval is still wanted",
    EventKind.APPROVAL_GRANTED: "a limit change was approved",
    EventKind.APPROVAL_DENIED: "a limit change was denied",
    EventKind.APPROVAL_EXPIRED: "nobody answered a request for approval",
    EventKind.APPROVAL_SUPERSEDED: "nothing is left to approve",
    EventKind.NEW_PERIOD: "a new period has begun",
    EventKind.POLICY_RETIRED: "a policy put over the API gave way to a file",
    EventKind.SILENCE_ENDED: "a silence has ended",
    EventKind.DRILL: "this is a fire drill: the channel works",
    EventKind.TEST: "this is a test: the channel works",
}


def clean(text: str, longest: int = _LONGEST_TEXT) -> str:
    """Make one line of any text: no control, no direction marks, no lone surrogates."""
    visible = "".join(" " if category(each)[0] == "C" else each for each in text)
    line = " ".join(visible.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def name_of(burner: Burner) -> str:
    """Give the name of a burner, made harmless and short."""
    return clean(burner.name, _LONGEST_NAME) or "(no name)"


def is_action(event: Event) -> bool:
    """Say whether it tells what was done to the limit, not what was seen."""
    return event.kind in _ACTIONS


def by_importance(message: Message) -> tuple[Event, ...]:
    """Order events: worst severity first; what is over comes after what is not."""

    def rank(event: Event) -> tuple[bool, int, int]:
        is_over = event.kind is EventKind.RESOLVED
        return is_over, -event.severity.rank, _IMPORTANCE.index(event.kind)

    return tuple(sorted(message.events, key=rank))


def money(amount: Money) -> str:
    """Write money with two decimals; below a cent with as many as it needs."""
    if abs(amount.amount) < _CENT:
        return str(amount)
    return str(Money(amount.amount.quantize(_CENT), amount.currency))


def quantity(value: Decimal, unit: str) -> str:
    """Write a value in `%`, `x`, a currency or a unit of usage: `85%`, `20.00 EUR`."""
    if unit == "%":
        return f"{_rounded(value)}%"
    if unit == TIMES:
        return f"{_rounded(value)}x"
    if len(unit) == _CURRENCY_LETTERS and unit.isupper():
        return money(Money(value, unit))
    return f"{_rounded(value)} {clean(unit, _LONGEST_NAME)}".rstrip()


def headline(event: Event) -> str:
    """Say in a few words what happened, without a full stop."""
    if event.kind in {EventKind.FIRED, EventKind.RESOLVED}:
        return _crossing(event)
    if event.kind is EventKind.REMINDER:
        return f"still: {_crossing(event)}"
    if event.kind is EventKind.UPDATED:
        return f"more is known: {_crossing(event)}"
    return clean(event.detail).rstrip(".") or _WITHOUT_DETAIL[event.kind]


def explanation(event: Event) -> tuple[str, ...]:
    """Give the lines under a headline: where the value stands, and our sentence."""
    lines = []
    if event.value is not None and not is_action(event):
        now = f"now {quantity(event.value, event.unit)}"
        bound = event.bound
        lines.append(
            now if bound is None else f"{now}, threshold {quantity(bound, event.unit)}"
        )
    said = clean(event.detail)
    if said and said.rstrip(".") not in headline(event):
        lines.append(said)
    if event.kind in _TO_ANSWER and event.approval_id is not None:
        lines.append(_how_to_answer(clean(event.approval_id)))
    return tuple(lines)


def _how_to_answer(approval: str) -> str:
    command = "spendguard approval"
    return f"at a terminal: {command} approve {approval}, or {command} deny {approval}"


def labels(event: Event) -> tuple[tuple[str, str], ...]:
    """Give the names by which an event is found again, those that it has."""
    named = (
        ("kind", event.alert_kind),
        ("policy", event.policy_id),
        ("threshold", event.threshold_id),
        ("alert", event.alert_id),
        ("limit change", event.change_id),
        ("approval", event.approval_id),
    )
    return tuple((label, clean(value)) for label, value in named if value)


def subject(message: Message) -> str:
    """Give the one line that may be all a person reads; at most 120 characters."""
    events = by_importance(message)
    told = list(events[:1])
    told += [each for each in events[1:] if is_action(each)][:1]
    rest = f" (+{len(events) - len(told)})" if len(events) > len(told) else ""
    # In a subject there is room for what was done, not for who asked for it.
    short = (headline(each).partition(" (")[0] for each in told)
    what = "; ".join(short) or "nothing to tell"
    start = f"[{_tag(message)}] {clean(message.organization, _LONGEST_NAME)}: "
    return clean(start + what, LONGEST_SUBJECT - len(rest)) + rest


def age(figures: Figures, told_at: datetime) -> str:
    """Say how old the figures were when this was written: `as of …, 4 min old`."""
    if figures.as_of is None:
        return "of unknown age"
    clock = "%H:%M" if figures.as_of.date() == told_at.date() else "%Y-%m-%d %H:%M"
    seconds = figures.age_seconds
    if seconds is None:
        seconds = int((told_at - figures.as_of).total_seconds())
    return f"as of {figures.as_of:{clock}} UTC, {_duration(max(seconds, 0))} old"


def hours_left(figures: Figures) -> str:
    """Say how long until the limit is reached at the present burn rate."""
    if figures.hours_left is not None:
        return f"{_rounded(figures.hours_left)} h"
    if figures.limit == "unlimited":
        return "no limit"
    rate = figures.burn_rate
    return UNKNOWN if rate is None or rate.amount else "endless: nothing burns now"


def change_since_yesterday(burner: Burner) -> str:
    """Compare a burner's last two days: `today 21.00 EUR, yesterday 14.00 EUR (+50%)`.

    Unknown days are said to be unknown, never taken for zero.
    """
    today, yesterday = burner.today, burner.yesterday
    told = ", ".join(
        f"{day} {UNKNOWN if spent is None else money(spent)}"
        for day, spent in (("today", today), ("yesterday", yesterday))
    )
    if today is None or yesterday is None or not yesterday.amount:
        return told
    percent = (today.amount - yesterday.amount) / yesterday.amount * 100
    return f"{told} ({percent.quantize(Decimal(1)):+f}%)"


def _crossing(event: Event) -> str:
    known = _HEALTH.get(event.alert_kind)
    if known is not None:
        return known
    policy = clean(event.policy_id or "the budget", _LONGEST_NAME)
    if event.bound is None:
        return f"{clean(event.alert_kind).replace('_', ' ')} crossed ({policy})"
    bound = quantity(event.bound, event.unit)
    passed = _PASSED.get(event.alert_kind)
    if passed is not None:
        return f"{passed.format(bound=bound)} ({policy})"
    joint = "of" if event.unit == "%" else "in"
    return f"{clean(event.alert_kind)} reached {bound} {joint} {policy}"


def _tag(message: Message) -> str:
    kinds = {event.kind for event in message.events}
    if kinds == {EventKind.RESOLVED}:
        return "resolved"
    if kinds in ({EventKind.TEST}, {EventKind.DRILL}):
        return next(iter(kinds)).value
    return message.severity.value


def _rounded(value: Decimal) -> str:
    rounded = value.quantize(_TENTH)
    whole = rounded.to_integral_value()
    return f"{whole if rounded == whole else rounded:f}"


def _duration(seconds: int) -> str:
    for unit, length, most in (("s", 1, 90), ("min", 60, 90), ("h", 3600, 48)):
        if seconds < most * length:
            return f"{seconds // length} {unit}"
    return f"{seconds // 86400} days"
