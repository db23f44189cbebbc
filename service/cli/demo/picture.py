"""The month as a picture: spend, budget, limit and alerts, as SVG."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from html import escape
from itertools import groupby

from service.cli.demo.show import Start
from service.cli.demo.timeline import Happening, Kind, Reading, Timeline

_WIDTH, _LEFT, _RIGHT = 960, 64, 24
_BAND, _TOP, _FLOOR, _ROW = 80, 104, 420, 20
_DOT, _GAP = 9, 22
_SHOWN = frozenset({Kind.ALERT, Kind.LIMIT})
# The worst first.
_INKS = {
    "critical": "#dc2626",
    "warning": "#d97706",
    "info": "#2563eb",
    "": "#0e7490",  # a limit change
}
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#334155}"
    ".small{font-size:11px;fill:#64748b}.title{font-size:15px;font-weight:600}"
    ".mark{font-size:10px;font-weight:700;fill:#fff;text-anchor:middle}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axes:
    """From moments and amounts to places in the picture."""

    start: datetime
    length: timedelta
    most: Decimal

    def x(self, at: datetime) -> float:
        share = (at - self.start) / self.length
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def y(self, amount: Decimal) -> float:
        share = float(amount / self.most)
        return _FLOOR - share * (_FLOOR - _TOP)


def draw(start: Start, timeline: Timeline) -> str:
    """Draw the first month that was played."""
    first = timeline.readings[0].at
    readings = [each for each in timeline.readings if _is_same_month(each.at, first)]
    shown = [
        each
        for each in timeline.happenings
        if each.kind in _SHOWN and _is_same_month(each.at, first)
    ]
    amounts = [
        amount
        for each in readings
        for amount in (each.spend, each.limit)
        if amount is not None
    ]
    axes = _Axes(
        start=first,
        length=max(readings[-1].at - first, timedelta(hours=1)),
        most=max([*amounts, start.budget]) * Decimal("1.06"),
    )
    height = _FLOOR + 48 + _ROW * len(shown)
    parts = (
        *_frame(start, first, height),
        *_grid(axes, first, readings[-1].at),
        *_lines(axes, start.budget, readings),
        *_marks(axes, readings, shown),
    )
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
        f' role="img" aria-label="Spend, budget and spend limit over a month">\n'
        f"<style>{_STYLE}</style>\n{body}\n</svg>\n"
    )


def _is_same_month(at: datetime, other: datetime) -> bool:
    return (at.year, at.month) == (other.year, other.month)


def _frame(start: Start, first: datetime, height: int) -> Iterator[str]:
    yield f'<rect width="{_WIDTH}" height="{height}" rx="8" fill="#fff"/>'
    title = f"{start.organization}, {first:%B %Y}, as Spendguard saw and steered it"
    yield f'<text class="title" x="{_LEFT}" y="30">{escape(title)}</text>'
    keys = (
        ("#16a34a", "", "spend"),
        ("#64748b", "6 4", f"budget {start.budget:f} {start.currency}"),
        ("#0e7490", "", "spend limit"),
    )
    x = _LEFT
    for colour, dashes, name in keys:
        yield (
            f'<line x1="{x}" y1="50" x2="{x + 24}" y2="50" stroke="{colour}"'
            f' stroke-width="3" stroke-dasharray="{dashes}"/>'
            f'<text x="{x + 30}" y="54">{escape(name)}</text>'
        )
        x += 60 + 7 * len(name)


def _grid(axes: _Axes, first: datetime, last: datetime) -> Iterator[str]:
    step = next(
        Decimal(each)
        for each in (10, 50, 100, 500, 1000, 5000, 10_000, 100_000, 10**9)
        if axes.most / each <= 8  # noqa: PLR2004 - as many lines as are read easily
    )
    for number in range(int(axes.most // step) + 1):
        y = axes.y(step * number)
        yield (
            f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"'
            f' stroke="#e2e8f0"/><text class="small" x="{_LEFT - 8}" y="{y + 4:.1f}"'
            f' text-anchor="end">{step * number:,f}</text>'
        )
    day = first
    while day <= last:
        if day.day == 1 or day.day % 5 == 0:
            yield (
                f'<text class="small" x="{axes.x(day):.1f}" y="{_FLOOR + 18}">'
                f"{day:%d %b}</text>"
            )
        day += timedelta(days=1)


def _lines(axes: _Axes, budget: Decimal, readings: Sequence[Reading]) -> Iterator[str]:
    y = axes.y(budget)
    yield (
        f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"'
        ' stroke="#64748b" stroke-width="1.5" stroke-dasharray="6 4"/>'
    )
    # A limit holds until it is moved: steps, not slopes.
    yield (
        f'<path d="{_steps(axes, readings)}" fill="none" stroke="#0e7490"'
        ' stroke-width="2.5"/>'
    )
    spend = " L".join(
        f"{axes.x(each.at):.1f},{axes.y(each.spend):.1f}"
        for each in readings
        if each.spend is not None
    )
    yield f'<path d="M{spend}" fill="none" stroke="#16a34a" stroke-width="2.5"/>'


def _steps(axes: _Axes, readings: Iterable[Reading]) -> str:
    path = ""
    for each in readings:
        if each.limit is None:
            continue
        x, y = axes.x(each.at), axes.y(each.limit)
        path += f"H{x:.1f}V{y:.1f}" if path else f"M{x:.1f},{y:.1f}"
    return path


def _marks(
    axes: _Axes, readings: Sequence[Reading], shown: Sequence[Happening]
) -> Iterator[str]:
    """Put a number along the top for each moment, tied to its place on the line."""
    edge, row = float(_LEFT), _FLOOR + 44
    moments = groupby(shown, key=lambda each: each.at)
    for number, (at, group) in enumerate(moments, start=1):
        together = tuple(group)
        ink = _ink(together)
        there = axes.x(at)
        edge = x = max(there, edge + _GAP)
        reading = next(each for each in readings if each.at >= at)
        y = axes.y(reading.spend or Decimal(0))
        yield (
            f'<path d="M{x:.1f},{_BAND} L{there:.1f},{y:.1f}" stroke="{ink}"'
            f' opacity="0.5"/><circle cx="{there:.1f}" cy="{y:.1f}" r="3.5"'
            f' fill="{ink}"/>{_number(x, _BAND, number, ink)}'
            f"{_number(_LEFT + _DOT, row - 4, number, ink)}"
            f'<text x="{_LEFT + 28}" y="{row}">{at:%d %b %H:%M}</text>'
        )
        for each in together:
            yield f'<text x="{_LEFT + 112}" y="{row}">{escape(_caption(each))}</text>'
            row += _ROW


def _ink(together: Iterable[Happening]) -> str:
    """Give the colour of the worst."""
    severities = [each.severity for each in together]
    return next(ink for severity, ink in _INKS.items() if severity in severities)


def _number(x: float, y: float, number: int, ink: str) -> str:
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_DOT}" fill="{ink}"/>'
        f'<text class="mark" x="{x:.1f}" y="{y + 3.5:.1f}">{number}</text>'
    )


def _caption(happening: Happening) -> str:
    word = "spend limit" if happening.kind is Kind.LIMIT else happening.severity
    return f"{word}  {happening.text}"
