"""What a person needs beside an alert: pace, headroom, and who burns most."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from service.domain.case import Case
from service.domain.check import Observation
from service.domain.cost import CostLine
from service.domain.figure_book import FigureBook
from service.domain.money import Money, total
from service.domain.notification import Burner, Figures
from service.domain.usage import SpendLimit

BURN_WINDOW = timedelta(hours=24)
_HOUR = Decimal(3600)
# A pace from less than this is noise of the provider's own reporting.
_SHORTEST = timedelta(minutes=10)
_SHOWN_BURNERS = 3


def seconds(duration: timedelta) -> Decimal:
    """Give a duration in whole seconds."""
    return Decimal(duration // timedelta(seconds=1))


def burn_rate(
    spend: Decimal | None, observations: Iterable[Observation], now: datetime
) -> Decimal | None:
    """Give the spend per hour over the last 24 hours, None with too little to tell.

    `observations` are those of this period, oldest first.
    """
    if spend is None:
        return None
    since = now - BURN_WINDOW
    for seen in observations:
        if seen.spend is None or seen.at < since:
            continue
        if now - seen.at < _SHORTEST:
            return None
        return max(spend - seen.spend, Decimal(0)) * _HOUR / seconds(now - seen.at)
    return None


def burn_rate_of(case: Case) -> Decimal | None:
    """Give the spend per hour at a check, None with too little to tell."""
    start = case.book.month.start
    seen = (each for each in case.memory.observations if each.at >= start)
    return burn_rate(case.book.total.amount, seen, case.now)


def headroom(spend: Decimal | None, limit: SpendLimit | None) -> Decimal | None:
    """Give what is left below the limit, None without a figure or a limit."""
    if spend is None or limit is None or limit.amount is None:
        return None
    return limit.amount.amount - spend


def hours_left(left: Decimal | None, rate: Decimal | None) -> Decimal | None:
    """Give how long the headroom lasts at this pace, None where nothing burns."""
    if left is None or not rate:
        return None
    return max(left, Decimal(0)) / rate


def exposure(
    rate: Decimal | None, age: timedelta | None, interval: timedelta
) -> Decimal | None:
    """Give what can be burnt before the next check sees it (§4)."""
    if rate is None or age is None:
        return None
    return rate * seconds(age + interval) / _HOUR


def money(amount: Decimal | None, currency: str) -> Money | None:
    """Give an amount as money, None as None."""
    return None if amount is None else Money(amount, currency)


def figures_of(case: Case, rate: Decimal | None) -> Figures:
    """Give the figures of a check as a message tells them, with their age.

    Where the spend is unknown, the last good figure is named with its time, and never
    stands for the present one.
    """
    figure, limit = case.book.total, case.book.observed
    currency, interval = case.organization.currency, case.memory.check_interval
    last_good = case.memory.state.last_good
    left = headroom(figure.amount, limit)
    # The figures of a check are as old as the check itself.
    age = None if figure.as_of is None else timedelta(0)
    reason = figure.detail or figure.reason
    if figure.amount is None and last_good is not None:
        reason = (
            f"{reason}; the last good figure is {Money(last_good.amount, currency)}"
            f" of {last_good.at:%Y-%m-%d %H:%M} UTC"
        )
    return Figures(
        state=figure.state.value,
        reason=reason,
        spend=money(figure.amount, currency),
        as_of=figure.as_of,
        age_seconds=None if age is None else 0,
        limit=None if limit is None else str(limit),
        headroom=money(left, currency),
        burn_rate=money(rate, currency),
        hours_left=hours_left(left, rate),
        exposure=money(exposure(rate, age, interval), currency),
        forecast=case.book.forecast(case.book.whole, case.book.month),
    )


def with_limit(figures: Figures, limit: SpendLimit | None) -> Figures:
    """Give the figures as they are after the limit was moved."""
    if limit is None or figures.spend is None:
        return figures
    spend, rate = figures.spend, figures.burn_rate
    left = headroom(spend.amount, limit)
    return replace(
        figures,
        limit=str(limit),
        headroom=money(left, spend.currency),
        hours_left=hours_left(left, None if rate is None else rate.amount),
    )


def burners_of(
    book: FigureBook, currency: str, workspaces: Iterable[str], now: datetime
) -> tuple[Burner, ...]:
    """Name who spends most by category, model and workspace, with the last two days."""
    lines = book.lines()
    by_category = _spend_by((line.category, line) for line in lines)
    by_model = _spend_by((line.model, line) for line in lines)
    by_workspace = _spend_by(
        (workspace, line) for workspace in workspaces for line in book.lines(workspace)
    )
    return (
        *_top("category", by_category, currency, now),
        *_top("model", by_model, currency, now),
        *_top("workspace", by_workspace, currency, now),
    )


def _spend_by(
    named: Iterable[tuple[str, CostLine]],
) -> dict[str, list[CostLine]]:
    groups: dict[str, list[CostLine]] = {}
    for name, line in named:
        groups.setdefault(name, []).append(line)
    return groups


def _top(
    dimension: str, groups: dict[str, list[CostLine]], currency: str, now: datetime
) -> tuple[Burner, ...]:
    burners = [
        Burner(
            dimension=dimension,
            name=name,
            spend=Money(_sum(lines), currency),
            today=Money(_sum(lines, now), currency),
            yesterday=Money(_sum(lines, now - timedelta(days=1)), currency),
        )
        for name, lines in groups.items()
    ]
    burners.sort(key=_heat, reverse=True)
    return tuple(each for each in burners[:_SHOWN_BURNERS] if each.spend.amount)


def _heat(burner: Burner) -> tuple[Decimal, Decimal, str]:
    """Order by what burns now, then by what burned: who runs away comes first."""
    recent = total(each.amount for each in (burner.today, burner.yesterday) if each)
    return (recent, burner.spend.amount, burner.name)


def _sum(lines: Iterable[CostLine], day: datetime | None = None) -> Decimal:
    if day is None:
        return total(line.amount for line in lines)
    wanted = day.date()
    return total(line.amount for line in lines if line.day == wanted)
