"""What checks read is given back as they read it, on every implementation."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from service.domain.activity import Metric, Per
from service.domain.analytics import ModelRateLimit, ProviderAuditEntry, RateLimit
from service.domain.period import PeriodKind, month_of, previous_month
from service.domain.shape import ShapeChanges
from service.domain.usage import UsageReport, UsageSnapshot
from tests.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    failure,
    price,
    reading,
    report,
    row,
    snapshot,
)
from tests.contract.conftest import Storage
from tests.unit.domain.counting import did, key

KEPT = timedelta(days=400)
ODD = ShapeChanges(broken=("usage: rows is gone",), added=("limit: colour",))


def save(storage: Storage, *seen: UsageSnapshot, kept: timedelta = KEPT) -> None:
    for each in seen:
        with storage.transaction() as work:
            work.save_snapshot(each, kept)


def read(
    storage: Storage, since: datetime = NOON - 500 * DAY, of: str = "acme"
) -> list[UsageSnapshot]:
    return list(storage.queries.snapshots(of, since))


def day_of(days: int) -> date:
    return (NOON + timedelta(days=days)).date()


def reports() -> Iterator[UsageReport]:
    """Give a month as it goes on: rows grow, come, go, change places and price."""
    large = row(100, model="large", day=day_of(-1))
    small = row(5, model="small", api_zone=None, service_tier=None, event_type=None)
    yield report(large, small)
    yield report(large, small)
    yield report(large, row(7, model="small", event_type=None), small)
    yield report(large, row(120, model="large"), row(9, model="small"), small)
    yield report(row(120, model="large"), row(10, model="small"), large)
    yield report(row(125, model="large"), large, prices=[])
    yield report(large, large, prices=[price("0.1"), price(Decimal("1E-8"))])
    yield report(large, row(3), row(3), row(4, day=None), currency=None)
    yield report(
        large,
        legacy_vibe=Decimal("3.50"),
        unknown_categories=("new",),
        missing_categories=("audio",),
        shape_changes=ODD,
    )
    yield report(large, shape_changes=ODD)
    yield report()


def test_a_month_as_it_goes_on_is_given_as_it_was_read(storage: Storage) -> None:
    seen = [
        snapshot(at=NOON + 5 * MINUTE * number, usage=each)
        for number, each in enumerate(reports())
    ]
    save(storage, *seen)

    assert read(storage) == seen


LIMITS = (
    reading(100, 5000),
    reading(100, 5000),
    reading(Decimal("101.0450"), 5000, is_reached=True, payment_failed=True),
    reading(None, None),
    reading(1, 6000, limit=None, shape_changes=ODD),
    failure(),
    reading(3, 6000),
)


def test_limits_and_their_failures_are_given_as_they_were_read(
    storage: Storage,
) -> None:
    seen = [
        snapshot(at=NOON + HOUR * number, limit=each)
        for number, each in enumerate(LIMITS)
    ]
    save(storage, *seen)

    assert read(storage) == seen


def test_all_that_is_read_now_and_then_is_given_with_its_own_check(
    storage: Storage,
) -> None:
    month = previous_month(month_of(NOON))
    rates = RateLimit(
        requests_per_second=Decimal("6.5"),
        models=(
            ModelRateLimit(
                model="large",
                tokens_per_minute=Decimal(10),
                tokens_per_month=Decimal("1E+9"),
            ),
        ),
    )
    moved = ProviderAuditEntry(
        at=NOON,
        actor="alice",
        actor_type="user",
        event_type="limit",
        target_type="organization",
        detail={"from": "1"},
    )
    agents = {"Agents": report(row(3)), "Other/Team": failure()}
    last = report(row(9, day=date(2026, 7, 31)), period=month)
    seen = [
        snapshot(rate_limit=rates, usage_by_workspace=agents),
        snapshot(at=NOON + HOUR, usage_by_workspace=agents, limit_log=(moved,)),
        snapshot(at=NOON + 2 * HOUR, rate_limit=failure(), limit_log=failure()),
        snapshot(at=NOON + 3 * HOUR, usage=failure(), previous=last),
        snapshot(
            at=NOON + 4 * HOUR,
            usage_by_workspace={"Agents": failure(), "Other/Team": report()},
            previous=failure(),
            previous_by_workspace={"Agents": last},
        ),
        snapshot(at=NOON + 5 * HOUR, previous_by_workspace={"Agents": failure()}),
    ]
    save(storage, *seen)

    assert read(storage) == seen
    assert [list(each.usage_by_workspace) for each in read(storage)[:2]] == [
        ["Agents", "Other/Team"]
    ] * 2


def test_activity_is_given_as_it_was_read(storage: Storage) -> None:
    talk, odd = key(), key(Metric.SESSIONS, Per.WORKSPACE, workspace="a|b")
    seen = [
        snapshot(at=NOON + 5 * MINUTE * number, activity=read)
        for number, read in enumerate(
            (
                {talk: did(u1=5, u2=3), odd: did()},
                {talk: did(u1=5, u2=3), odd: did()},
                {talk: did(u2=9, u3=1), odd: failure()},
                {talk: did(failure("lost"), u2=9), odd: failure()},
                {talk: failure()},
                {talk: did(u2=10), key(window=PeriodKind.DAY): did(u2=1)},
                {},
            )
        )
    ]
    save(storage, *seen)

    assert read(storage) == seen


def test_only_what_was_read_since_a_moment_is_given(storage: Storage) -> None:
    seen = [snapshot(number, at=NOON + number * 7 * HOUR) for number in range(1, 9)]
    save(storage, *seen)

    assert read(storage, seen[5].captured_at) == seen[5:]
    assert read(storage, NOON + 30 * DAY) == []
    assert read(storage, of="beta") == []


def test_days_that_are_too_old_are_forgotten_whole(storage: Storage) -> None:
    seen = [snapshot(number, at=NOON + number * 6 * HOUR) for number in range(1, 30)]
    save(storage, *seen, kept=2 * DAY)

    kept = read(storage)

    last = seen[-1].captured_at
    assert kept == seen[-len(kept) :]
    assert 2 * DAY <= last - kept[0].captured_at <= 4 * DAY


def test_organizations_are_kept_apart(storage: Storage) -> None:
    ours, theirs = snapshot(1), snapshot(2, organization="beta")
    save(storage, ours, theirs, snapshot(3, at=NOON + HOUR))

    assert read(storage) == [ours, snapshot(3, at=NOON + HOUR)]
    assert read(storage, of="beta") == [theirs]


def test_a_clock_that_was_set_back_changes_no_order(storage: Storage) -> None:
    seen = [snapshot(1), snapshot(2, at=NOON - DAY), snapshot(3, at=NOON - DAY + HOUR)]
    save(storage, *seen)

    assert read(storage) == seen


class Lost(Exception):
    """What ends a transaction that must leave nothing behind."""


def lose(storage: Storage, seen: UsageSnapshot) -> None:
    with storage.transaction() as work:
        work.save_snapshot(seen, KEPT)
        raise Lost


def test_what_was_not_committed_is_no_base_for_what_comes_after(
    storage: Storage,
) -> None:
    first, after = snapshot(1), snapshot(5, at=NOON + HOUR)
    save(storage, first)
    with pytest.raises(Lost):
        lose(storage, snapshot(5, at=NOON + HOUR - MINUTE))

    save(storage, after)

    assert read(storage) == [first, after]
