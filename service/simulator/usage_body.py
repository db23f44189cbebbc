"""The body of GET /usage, written row by row and kept for the days that are over.

A month of forty models has thousands of rows and is asked for every few
minutes, so rows are text from the start and only the running day is written anew.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from service.simulator.catalogue import Catalogue, PriceEntry, PriceStyle
from service.simulator.configuration import Shape
from service.simulator.ledger import MonthLedger, Series

_API = ("completion", "ocr", "connectors", "audio", "audio_characters", "chat")
_LIBRARIES = ("pages", "tokens", "audio_seconds")
_VIBE = ("completion", "ocr", "connectors", "audio", "audio_characters")
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£"}
_MONTHS = 12
_EVERY_THIRD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What part of a month is asked for, and how it is written."""

    workspace: str | None = None  # a name; None for the whole organization
    zone: str | None = None
    shape: Shape = Shape.NEWEST


@dataclass(slots=True, kw_only=True)
class _Line:
    """The rows of one model, group, zone and tier, over the days."""

    head: str
    tail: str
    indexes: list[int] = field(default_factory=list)
    closed: str = ""
    closed_before: int = 1

    def rows(self, ledger: MonthLedger) -> str:
        for day in range(self.closed_before, ledger.open_day):
            self.closed += self._row(ledger, day)
        self.closed_before = max(self.closed_before, ledger.open_day)
        return (self.closed + self._row(ledger, ledger.open_day))[1:]

    def _row(self, ledger: MonthLedger, day: int) -> str:
        value = sum(ledger.value[index][day] for index in self.indexes)
        if not value:
            return ""
        paid = sum(ledger.paid[index][day] for index in self.indexes)
        stamp = f"{ledger.year:04d}-{ledger.month:02d}-{day:02d}"
        return (
            f',{{{self.head},"timestamp":"{stamp}",'
            f'"value":{value},"value_paid":{paid}{self.tail}}}'
        )


_Lines = dict[str, dict[str, dict[str, list[_Line]]]]


class UsageBodies:
    """Writes the usage bodies of one organization."""

    def __init__(self, catalogue: Catalogue, style: PriceStyle) -> None:
        self._lines: dict[tuple[int, int, int, View], _Lines] = {}
        self._bodies: dict[tuple[int, int, View, str], tuple[int, bytes]] = {}
        self._prices = {shape: write_prices(catalogue, style, shape) for shape in Shape}

    def write(self, ledger: MonthLedger, view: View, currency: str) -> bytes:
        """Return the body for `view` of a month."""
        key = (ledger.year, ledger.month, view, currency)
        kept = self._bodies.get(key)
        if kept is None or kept[0] != ledger.revision:
            kept = (ledger.revision, self._written(ledger, view, currency).encode())
            self._bodies[key] = kept
        return kept[1]

    def _written(self, ledger: MonthLedger, view: View, currency: str) -> str:
        key = (ledger.year, ledger.month, ledger.rewrites, view)
        lines = self._lines.get(key)
        if lines is None:
            lines = self._lines[key] = _lines(ledger.series, view)
        rows = {name: _category(models, ledger) for name, models in lines.items()}
        newest = view.shape is Shape.NEWEST
        parts = [
            f'"{name}":{_models(rows, name)}'
            for name in _API
            if newest or name != "audio_characters"
        ]
        parts.extend((_libraries(rows), _fine_tuning(rows), _vibe(rows, ledger, view)))
        prices = self._prices[view.shape] if any(rows.values()) else "[]"
        parts.extend((_frame(ledger, currency), f'"prices":{prices}'))
        return "{" + ",".join(parts) + "}"


def write_prices(catalogue: Catalogue, style: PriceStyle, shape: Shape) -> str:
    """Return `prices` as JSON text; July knew no zones and tiers."""
    entries = catalogue.entries
    if shape is Shape.JULY:
        entries = tuple(
            entry for entry in entries if (entry.zone, entry.tier) == _EVERYWHERE
        )
    written = [
        _price(entry, shape, as_number=_is_number(style, place))
        for place, entry in enumerate(entries)
    ]
    return f"[{','.join(written)}]"


_EVERYWHERE = ("global", "standard")


def _is_number(style: PriceStyle, place: int) -> bool:
    if style is PriceStyle.MIXED:
        return place % _EVERY_THIRD == _EVERY_THIRD - 1
    return style is PriceStyle.NUMBERS


def _price(entry: PriceEntry, shape: Shape, *, as_number: bool) -> str:
    shown = {
        "event_type": entry.event_type,
        "billing_metric": entry.metric,
        "billing_group": entry.group,
    }
    if shape is Shape.NEWEST:
        shown |= {"api_zone": entry.zone, "service_tier": entry.tier}
    # The text goes out digit by digit: a float would lose the trailing zeros.
    price = entry.text if as_number else f'"{entry.text}"'
    return f'{json.dumps(shown)[:-1]}, "price": {price}}}'


def _lines(series: Iterable[Series], view: View) -> _Lines:
    found: _Lines = {}
    for index, one in enumerate(series):
        if view.workspace not in {None, one.workspace}:
            continue
        if view.zone not in {None, one.zone}:
            continue
        models = found.setdefault(one.product.category, {})
        group = models.setdefault(one.product.key, {}).setdefault(one.group, [])
        head, tail = _row_head(one), _row_tail(one, view.shape)
        for line in group:
            if (line.head, line.tail) == (head, tail):
                line.indexes.append(index)
                break
        else:
            group.append(_Line(head=head, tail=tail, indexes=[index]))
    return found


def _row_head(series: Series) -> str:
    shown = {
        "usage_type": series.product.usage_type,
        "event_type": series.product.event_type,
        "billing_metric": series.product.metric,
        "billing_display_name": series.product.alias,
        "billing_group": series.group,
    }
    return json.dumps(shown)[1:-1]


def _row_tail(series: Series, shape: Shape) -> str:
    if shape is Shape.JULY:
        return ""
    return f',"api_zone":"{series.zone}","service_tier":"{series.tier}"'


def _category(models: dict[str, dict[str, list[_Line]]], ledger: MonthLedger) -> str:
    """Return the inside of `models`, without models that have no rows."""
    written = []
    for key, groups in models.items():
        rows_by_group = {
            group: ",".join(filter(None, (line.rows(ledger) for line in lines)))
            for group, lines in groups.items()
        }
        inner = ",".join(
            f'"{group}":[{rows}]' for group, rows in rows_by_group.items() if rows
        )
        if inner:
            written.append(f"{json.dumps(key)}:{{{inner}}}")
    return ",".join(written)


def _models(rows: dict[str, str], name: str) -> str:
    return f'{{"models":{{{rows.get(name, "")}}}}}'


def _libraries(rows: dict[str, str]) -> str:
    inner = ",".join(
        f'"{part}":{_models(rows, f"libraries_api.{part}")}' for part in _LIBRARIES
    )
    return f'"libraries_api":{{{inner}}}'


def _fine_tuning(rows: dict[str, str]) -> str:
    training = rows.get("fine_tuning.training", "")
    return f'"fine_tuning":{{"training":{{{training}}},"storage":{{}}}}'


def _vibe(rows: dict[str, str], ledger: MonthLedger, view: View) -> str:
    if view.shape is Shape.JULY:
        amount = ledger.vibe_spent_in(view.workspace)
        return f'"vibe_usage":{round(amount, 2):f}'
    inner = ",".join(f'"{part}":{_models(rows, f"vibe_code.{part}")}' for part in _VIBE)
    return f'"vibe_usage":0,"vibe_code":{{{inner}}}'


def _frame(ledger: MonthLedger, currency: str) -> str:
    stem = f"{ledger.year:04d}-{ledger.month:02d}"
    frame = {
        "date": f"{stem}-01T00:00:00Z",
        "previous_month": _beside(ledger, -1),
        "next_month": _beside(ledger, 1),
        "start_date": f"{stem}-01T00:00:00Z",
        "end_date": f"{stem}-{ledger.days:02d}T23:59:59.999Z",
        "currency": currency,
        "currency_symbol": _SYMBOLS.get(currency, currency),
    }
    return json.dumps(frame)[1:-1]


def _beside(ledger: MonthLedger, months: int) -> str:
    number = ledger.year * _MONTHS + ledger.month - 1 + months
    return f"{number // _MONTHS:04d}-{number % _MONTHS + 1:02d}"
