"""Turns streams into units, in fixed steps of virtual time.

The steps are aligned to midnight UTC and only whole steps count, so what was
used by an instant never depends on how often anybody looked.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from service.simulator.catalogue import Catalogue
from service.simulator.configuration import Stream
from service.simulator.curves import weigh
from service.simulator.ledger import Amount, MonthLedger, Series
from service.simulator.noise import Noise

Ceiling = Callable[[datetime, MonthLedger], "Room"]
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What may still be spent at an instant: nothing, so much, or anything."""

    is_open: bool
    left: Decimal | None = None
    closed_workspaces: frozenset[str | None] = frozenset()


@dataclass(slots=True, kw_only=True)
class _Source:
    """A stream taken apart into one series per billing group."""

    stream: Stream
    noise: Noise
    series: list[int]
    units_per_day: list[float]
    carry: list[float] = field(default_factory=list)
    carry_paid: list[float] = field(default_factory=list)

    def take(self, weight: float, days: float) -> list[Amount]:
        """Return the whole units of a step; what is left of one is carried."""
        taken = []
        for place, index in enumerate(self.series):
            units = self.units_per_day[place] * days * weight + self.carry[place]
            value = int(units)
            self.carry[place] = units - value
            billed = value * self.stream.paid_share + self.carry_paid[place]
            paid = min(int(billed), value)
            self.carry_paid[place] = billed - paid
            if value:
                taken.append(Amount(series=index, value=value, paid=paid))
        return taken


class Meter:
    """The consumption of one organization."""

    def __init__(
        self,
        label: str,
        streams: Sequence[Stream],
        catalogue: Catalogue,
        *,
        seed: int,
        step: timedelta,
    ) -> None:
        self.series: list[Series] = []
        self._step = step
        self._step_days = step / timedelta(days=1)
        self._months: dict[tuple[int, int], MonthLedger] = {}
        self._sources = [
            self._source(stream, catalogue, Noise(seed, f"{label}/{number}"))
            for number, stream in enumerate(streams)
        ]

    def month(self, year: int, month: int) -> MonthLedger:
        """Return the ledger of a month, empty if nothing was used in it."""
        ledger = self._months.get((year, month))
        if ledger is None:
            ledger = MonthLedger(year, month, self.series)
            self._months[year, month] = ledger
        return ledger

    def is_kept(self, year: int, month: int) -> bool:
        return (year, month) in self._months

    def run_step(self, at: datetime, ceiling: Ceiling) -> None:
        """Consume what the step beginning at `at` consumes, within the ceiling."""
        ledger = self.month(at.year, at.month)
        room = ceiling(at, ledger)
        if not room.is_open:
            return
        amounts = [
            amount
            for source in self._sources
            if source.stream.workspace not in room.closed_workspaces
            for amount in source.take(
                weigh(source.stream.curves, at, source.noise), self._step_days
            )
        ]
        ledger.record(at, self._within(amounts, room.left))

    def fill_history(self, year: int, month: int) -> None:
        """Fill a whole month of the past, a day at a time and without a limit.

        Fractions carried over are put back afterwards: asking for the past must
        not change the present.
        """
        kept = [(source.carry, source.carry_paid) for source in self._sources]
        ledger = self.month(year, month)
        for source in self._sources:
            source.carry = [0.0] * len(source.series)
            source.carry_paid = [0.0] * len(source.series)
        for day in range(1, ledger.days + 1):
            midnight = datetime(year, month, day, tzinfo=UTC)
            amounts = [
                amount
                for source in self._sources
                for amount in source.take(_day_weight(source, midnight), 1.0)
            ]
            ledger.record(midnight, amounts)
        for source, (carry, carry_paid) in zip(self._sources, kept, strict=True):
            source.carry, source.carry_paid = carry, carry_paid

    def _within(self, amounts: list[Amount], left: Decimal | None) -> list[Amount]:
        if left is None:
            return amounts
        cost = sum(
            (amount.paid * self.series[amount.series].price for amount in amounts),
            Decimal(0),
        )
        if cost <= left:
            return amounts
        # Rounded up, so that the limit is reached and not merely approached.
        share = float(left / cost)
        return [
            Amount(
                series=amount.series,
                value=math.ceil(amount.value * share),
                paid=math.ceil(amount.paid * share),
            )
            for amount in amounts
        ]

    def _source(self, stream: Stream, catalogue: Catalogue, noise: Noise) -> _Source:
        product = catalogue.products[stream.product]
        if not catalogue.offers(product, stream.zone, stream.tier):
            raise ValueError(
                f"{stream.product} is not sold in {stream.zone}/{stream.tier}"
            )
        series, units_per_day = [], []
        for group in product.groups:
            price = catalogue.price(product, group.name, stream.zone, stream.tier)
            series.append(
                self._index(
                    Series(
                        workspace=stream.workspace,
                        product=product,
                        group=group.name,
                        zone=stream.zone,
                        tier=stream.tier,
                        price=price,
                    )
                )
            )
            units_per_day.append(float(stream.daily) * group.share / float(price))
        return _Source(
            stream=stream,
            noise=noise,
            series=series,
            units_per_day=units_per_day,
            carry=[0.0] * len(series),
            carry_paid=[0.0] * len(series),
        )

    def _index(self, series: Series) -> int:
        if series not in self.series:
            self.series.append(series)
        return self.series.index(series)


def _day_weight(source: _Source, midnight: datetime) -> float:
    weights = (
        weigh(source.stream.curves, midnight + hour * _HOUR, source.noise)
        for hour in range(24)
    )
    return sum(weights) / 24
