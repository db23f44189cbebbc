"""The times of a policy test: when it checks, and which times cannot be."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol, TypeAlias

from service.domain.expectation import Expectation
from service.domain.named_time import NamedTime
from service.domain.period import month_of
from service.domain.policy_test_activity import Doing
from service.domain.policy_test_given import Act, Outage, Part, RunClock
from service.domain.policy_test_values import Points

# A month of quarters of an hour and a half; more takes longer than a test may.
MOST_CHECKS = 5000
# A start without a date is refused where it stands.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
Broken: TypeAlias = tuple[tuple[str | int, ...], str]


class Timed(Protocol):
    """A test as far as its times go."""

    @property
    def clock(self) -> RunClock:
        """Give when it begins and ends."""

    @property
    def spend(self) -> Points | None:
        """Give the points of the whole."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """Give the parts."""

    @property
    def activity(self) -> tuple[Doing, ...]:
        """Give what people do."""

    @property
    def outages(self) -> tuple[Outage, ...]:
        """Give the outages."""

    @property
    def acts(self) -> tuple[Act, ...]:
        """Give what persons do."""

    @property
    def expect(self) -> tuple[Expectation, ...]:
        """Give what is to happen."""


def start_of(test: Timed) -> datetime:
    """Give the first check."""
    start = test.clock.start
    return start.of(start.at or _NEVER)


def moments_of(test: Timed) -> tuple[datetime, ...]:
    """Give when checks are made: each step, and at every time that the test names."""
    start, end = start_of(test), _end_of(test)
    named = {each.of(start) for _, each in _named(test)}
    steps = (end - start) // test.clock.step + 1
    regular = {start + number * test.clock.step for number in range(steps)}
    return tuple(sorted(at for at in {*named, *regular, end} if start <= at <= end))


def _end_of(test: Timed) -> datetime:
    start = start_of(test)
    if test.clock.end is not None:
        return test.clock.end.of(start)
    last = max((each.of(start) for _, each in _named(test)), default=start)
    return max(last, start) + test.clock.step


def _named(test: Timed) -> Iterator[tuple[tuple[str | int, ...], NamedTime]]:
    for index, act in enumerate(test.acts):
        yield ("acts", index, "at"), act.at
    for index, outage in enumerate(test.outages):
        yield ("outages", index, "from"), outage.start
        yield ("outages", index, "to"), outage.end
    for index, each in enumerate(test.expect):
        key = "at" if each.at is not None else "by"
        yield ("expect", index, key), each.when
    for path, points in _series(test):
        for at, _ in points:
            yield (*path, at.text), at


def _series(test: Timed) -> Iterator[tuple[tuple[str | int, ...], Points]]:
    yield ("spend",), test.spend or ()
    for index, part in enumerate(test.parts):
        yield ("parts", index, "spend"), part.spend
        for unit, points in part.units.items():
            yield ("parts", index, "units", unit), points
    for index, doing in enumerate(test.activity):
        yield ("activity", index, "counts"), doing.counts


def times_that_do_not_fit(test: Timed) -> Iterator[Broken]:
    """Find times before the start or behind the end, and spend that falls."""
    start, end = start_of(test), _end_of(test)
    if end <= start:
        yield ("clock", "end"), "ends before it begins"
        return
    if (end - start) // test.clock.step > MOST_CHECKS:
        yield (
            ("clock", "step"),
            f"more than {MOST_CHECKS} checks: take a longer step, or end sooner",
        )
    month = month_of(start)
    for path, each in _named(test):
        if each.day is not None and each.of(start) >= month.end:
            yield path, f"{month.key} has no {each.text}"
        elif path[0] in {"acts", "expect"} and not start <= each.of(start) <= end:
            yield path, f"{each.text} is not between the first check and the last"
    for index, outage in enumerate(test.outages):
        if outage.end.of(start) <= outage.start.of(start):
            yield ("outages", index, "to"), "ends before it begins"
    yield from _falls(test, start)


def _falls(test: Timed, start: datetime) -> Iterator[Broken]:
    for path, points in _series(test):
        reached: dict[str, Decimal] = {}
        for at, value in sorted(points, key=lambda each: each[0].of(start)):
            month = month_of(at.of(start)).key
            if not isinstance(value, Decimal):
                continue
            if value < reached.get(month, value):
                yield (*path, at.text), "it cannot fall within a month"
            reached[month] = value
