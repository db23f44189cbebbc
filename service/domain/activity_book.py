"""The activity of one snapshot: how far it can be believed, and who is beyond a bound.

Counts only grow within their window, so one that falls is doubted as spend is (§4.2).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from service.domain.activity import ActivityKey, Count, Per
from service.domain.figures import has_fallen, unknown
from service.domain.period import PeriodKind, period_of
from service.domain.state import OrganizationState, Sighting
from service.domain.usage import Activity, Failure, Figure, FigureState, UsageSnapshot

# More names than that nobody reads, and each of them is somebody.
MOST_NAMED = 5
_ZERO = Decimal(0)
_WINDOWS = {
    PeriodKind.MONTH: "this month",
    PeriodKind.WEEK: "this week",
    PeriodKind.DAY: "today",
}
_BELIEVED_LATER = "believed when three checks in a row have seen it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How activity stands to a bound: the largest count, and those beyond it.

    `reason` says how many are above, and never who: that is for messages alone.
    """

    value: Decimal
    above: tuple[Count, ...]
    is_crossed: bool
    reason: str


class ActivityBook:
    """All activity of one snapshot, however many thresholds ask for each.

    What the next check must remember goes into `sightings`.
    """

    def __init__(
        self,
        snapshot: UsageSnapshot,
        state: OrganizationState,
        sightings: dict[str, Sighting],
        now: datetime,
    ) -> None:
        self._snapshot = snapshot
        self._state = state
        self._sightings = sightings
        self._now = now
        self._figures: dict[ActivityKey, Figure] = {}

    def figures(self) -> Iterator[tuple[str, Figure]]:
        """Give every figure asked for and read, by the text of its key.

        A check reads all that is asked for; a past without analytics alarms nobody.
        """
        for key, figure in self._figures.items():
            if key in self._snapshot.activity:
                yield key.text, figure

    def figure(self, key: ActivityKey) -> Figure:
        """Give the largest count there is, and how far it can be trusted."""
        if key not in self._figures:
            self._figures[key] = self._believed(key, self._read(key))
        return self._figures[key]

    def told(self, alert_id: str) -> tuple[str, ...]:
        """Name those of whom an alert has told already."""
        return self._state.activity_told.get(alert_id, ())

    def sighting_key(self, key: ActivityKey) -> str:
        """Give what the figure is remembered under, in the window of the moment."""
        return f"{key.text}|{period_of(key.window, self._now).key}"

    def standing(self, key: ActivityKey, bound: Decimal) -> Standing | Failure:
        """Tell who is beyond a bound.

        Where one workspace could not be read, another one may still be beyond it.
        """
        figure, read = self.figure(key), self._read(key)
        counts = () if isinstance(read, Failure) else read.counts
        above = tuple(each for each in counts if each.amount > bound)
        is_partial = isinstance(read, Activity) and read.lacking is not None
        if figure.amount is None and not (above and is_partial):
            return Failure(reason=figure.reason or "unknown", detail=figure.detail)
        return Standing(
            value=_most(counts),
            above=above,
            is_crossed=bool(above),
            reason=_reason(key, bound, counts, above),
        )

    def _read(self, key: ActivityKey) -> Activity | Failure:
        found = self._snapshot.activity.get(key)
        if found is None:
            return Failure(reason="not_read", detail="the analytics were not read")
        return found

    def _believed(self, key: ActivityKey, read: Activity | Failure) -> Figure:
        name, at = self.sighting_key(key), self._snapshot.captured_at
        seen = self._state.sightings.get(name)
        figure = _figure(read)
        if figure.amount is None:
            # What cannot be read is no sight of a fall: three in a row start over.
            if seen is not None:
                self._sightings[name] = replace(seen, falls=0)
            return figure
        if seen is not None and seen.amount and not figure.amount:
            self._sightings[name] = replace(seen, falls=0)
            return unknown("zero_activity", _fall(key, seen.amount, _ZERO))
        if seen is not None and has_fallen(figure.amount, seen):
            self._sightings[name] = replace(seen, falls=seen.falls + 1)
            said = _fall(key, seen.amount, figure.amount)
            return unknown("activity_fell", f"{said}; {_BELIEVED_LATER}")
        self._sightings[name] = Sighting(amount=figure.amount, at=at)
        return replace(figure, as_of=at)


def _figure(read: Activity | Failure) -> Figure:
    if isinstance(read, Failure):
        return unknown(read.reason, read.detail)
    if read.lacking is not None:
        return unknown(read.lacking.reason, read.lacking.detail)
    most = _most(read.counts)
    return Figure(state=FigureState.KNOWN, amount=most, upper=most)


def _fall(key: ActivityKey, before: Decimal, after: Decimal) -> str:
    span = f"from {written(before)} to {written(after)}"
    return f"{key.metric} fell {span} {_WINDOWS[key.window]}"


def _most(counts: tuple[Count, ...]) -> Decimal:
    return counts[0].amount if counts else _ZERO


def written(amount: Decimal) -> str:
    """Write a count for a sentence."""
    return f"{amount.normalize():f}"


def _reason(
    key: ActivityKey,
    bound: Decimal,
    counts: tuple[Count, ...],
    above: tuple[Count, ...],
) -> str:
    most, limit = written(_most(counts)), written(bound)
    when = _WINDOWS[key.window]
    if key.per is Per.ORGANIZATION:
        side = "beyond" if above else "not beyond"
        return f"{most} {key.metric} {when} is {side} {limit}"
    if not above:
        return f"no {key.per} is beyond {limit} {key.metric} {when}, the most is {most}"
    number = len(above)
    are = f"{number} {key.per}s are" if number > 1 else f"1 {key.per} is"
    return f"{are} beyond {limit} {key.metric} {when}, the most {most}"


def named(counts: tuple[Count, ...]) -> str:
    """Name those beyond a bound with their counts, most first, at most five."""
    said = [f"{each.name} {written(each.amount)}" for each in counts if each.name]
    more = len(said) - MOST_NAMED
    rest = [f"and {more} more"] if more > 0 else []
    return ", ".join((*said[:MOST_NAMED], *rest))
