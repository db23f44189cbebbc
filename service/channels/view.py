"""A message as lines of plain text, ready for any layout."""

from dataclasses import dataclass
from decimal import Decimal

from service.channels import wording
from service.domain.expected import expected_text
from service.domain.money import Money
from service.domain.notification import Burner, Event, EventKind, Figures, Message
from service.domain.usage import FigureState

# Slack takes 50 blocks and people read fewer; what is left out is counted.
_MOST_ITEMS = 12
_MOST_BURNERS = 9
_NOTHING_DONE = "nothing: the spend limit was not changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One event: `sign` is its severity or `resolved`, `labels` help to find it."""

    sign: str
    headline: str
    lines: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    link: str = ""  # where a person answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A label and what stands beside it."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that a message shows, in reading order.

    `share` is the part of the limit that is spent, in whole percents from 0 to 100,
    None when either is unknown or there is no limit.
    """

    subject: str
    severity: str
    organization: str
    period: str
    written_at: str
    happened: tuple[Item, ...]
    happened_more: int
    done: tuple[Item, ...]
    done_more: int
    done_title: str
    nothing_done: str
    figures: tuple[Line, ...]
    figures_age: str
    figures_doubt: str
    share: int | None
    burners: tuple[Line, ...]
    heads: tuple[Line, ...]
    origin: str
    link: str
    notification_id: str


def view_of(message: Message, notification_id: str) -> View:
    """Say a message in words; pure, and the same for the same message."""
    events = wording.by_importance(message)
    happened = tuple(each for each in events if not wording.is_action(each))
    done = tuple(each for each in events if wording.is_action(each))
    is_alarming = any(each.kind is EventKind.FIRED for each in happened)
    figures = message.figures
    return View(
        subject=wording.subject(message),
        severity=message.severity.value,
        organization=wording.clean(message.organization),
        period=wording.clean(message.period),
        written_at=f"{message.at:%Y-%m-%d %H:%M} UTC",
        happened=_items(happened),
        happened_more=max(len(happened) - _MOST_ITEMS, 0),
        done=_items(done),
        done_more=max(len(done) - _MOST_ITEMS, 0),
        done_title=_done_title(done),
        nothing_done=_NOTHING_DONE if is_alarming and not done else "",
        figures=_figures(figures) if figures else (),
        figures_age=wording.age(figures, message.at) if figures else "",
        figures_doubt=_doubt(figures) if figures else "",
        share=_share(figures) if figures else None,
        burners=_burners(message),
        heads=_heads(message),
        origin=_origin(message),
        link=_web_address(message.link),
        notification_id=notification_id,
    )


def _items(events: tuple[Event, ...]) -> tuple[Item, ...]:
    return tuple(
        Item(
            sign="resolved" if each.kind is EventKind.RESOLVED else each.severity.value,
            headline=wording.headline(each),
            lines=wording.explanation(each),
            labels=wording.labels(each),
            link=_web_address(each.link),
        )
        for each in events[:_MOST_ITEMS]
    )


def _done_title(done: tuple[Event, ...]) -> str:
    planned = {each.is_planned for each in done}
    if planned == {True}:
        return "What Spendguard will do"
    return f"What Spendguard did{' and will do' if True in planned else ''}"


def _figures(figures: Figures) -> tuple[Line, ...]:
    headroom = _money(figures.headroom)
    rate = _money(figures.burn_rate)
    lines = (
        ("Spend", _money(figures.spend)),
        *_forecast(figures),
        ("Spend limit", figures.limit),
        ("Headroom", "no limit" if figures.limit == "unlimited" else headroom),
        ("Burn rate", rate and f"{rate} per hour"),
        ("Time left", wording.hours_left(figures)),
        ("Exposure", _money(figures.exposure)),
    )
    return tuple(
        Line(label=label, value=wording.clean(value or wording.UNKNOWN))
        for label, value in lines
    )


def _forecast(figures: Figures) -> tuple[tuple[str, str], ...]:
    """Give what the month is expected to come to; nothing where nobody asked."""
    currency = "" if figures.spend is None else figures.spend.currency
    said = expected_text(figures.forecast, currency)
    return () if said is None else (("Forecast", said),)


def _money(amount: Money | None) -> str | None:
    return None if amount is None else wording.money(amount)


def _doubt(figures: Figures) -> str:
    if figures.state == FigureState.KNOWN:
        return ""
    reason = figures.reason or "no reason is known"
    return wording.clean(f"The figures are {figures.state}: {reason}")


def _share(figures: Figures) -> int | None:
    if figures.spend is None or figures.headroom is None:
        return None
    spend, headroom = figures.spend.amount, max(figures.headroom.amount, Decimal(0))
    if spend <= 0 or figures.spend.currency != figures.headroom.currency:
        return None
    # Rounded down: 100 is to mean that nothing is left.
    return int(spend * 100 / (spend + headroom))


def _burners(message: Message) -> tuple[Line, ...]:
    return tuple(_burner(each) for each in message.burners[:_MOST_BURNERS])


def _burner(burner: Burner) -> Line:
    change = wording.change_since_yesterday(burner)
    return Line(
        label=f"{wording.clean(burner.dimension)} {wording.name_of(burner)}",
        value=f"{wording.money(burner.spend)}; {change}",
    )


def _heads(message: Message) -> tuple[Line, ...]:
    return tuple(
        Line(label=f"{wording.clean(each.chain)} #{each.seq}", value=each.hash)
        for each in message.heads
    )


def _origin(message: Message) -> str:
    revision = f"policies at revision {message.revision}" if message.revision else ""
    author = f" by {message.author}" if message.author else ""
    commit = f"commit {message.commit}{author}" if message.commit else ""
    return wording.clean(", ".join(filter(None, (revision, commit))))


def _web_address(link: str | None) -> str:
    # Only what a browser opens: no other scheme may become a link in a message.
    return link if link and link.startswith(("https://", "http://")) else ""
