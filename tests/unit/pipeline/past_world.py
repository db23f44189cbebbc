"""A world with a year of months before this one."""

from collections.abc import Iterable
from datetime import date

from service.domain.audit import AuditAction
from service.domain.check import UsageMonth
from service.domain.past_read import PastRead
from service.domain.period import month_called
from service.domain.usage import UsageReport, Workspace
from service.pipeline.past import read_past_month
from tests.builders import (
    cents_row,
    report,
)
from tests.unit.pipeline.checked_world import World

READ, RESTATED = AuditAction.USAGE_MONTH_READ, AuditAction.USAGE_RESTATED
SEARCH = Workspace(uuid="11111111-2222-4333-8444-555555555555", name="search")
YEAR = [f"2026-{month:02d}" for month in range(7, 0, -1)] + [
    f"2025-{month:02d}" for month in range(12, 7, -1)
]


def month_report(period: str, **days: str) -> UsageReport:
    """Give a month whose days, `d20`, cost so many euros."""
    start = month_called(period).start
    rows = [
        cents_row(amount, day=date(start.year, start.month, int(name[1:])))
        for name, amount in days.items()
    ]
    return report(*rows, at=start)


def with_past(world: World, periods: Iterable[str] = YEAR) -> World:
    for period in periods:
        world.api.reports[period, ""] = month_report(period, d20="3")
    return world


def read(world: World) -> bool:
    return read_past_month(world.services(), "acme")


def read_all(world: World) -> int:
    number = 0
    while read(world):
        number += 1
    return number


def reads(world: World) -> dict[tuple[str, str], PastRead]:
    return {(each.period, each.workspace): each for each in world.tables.reads.values()}


def stored(world: World, period: str, workspace: str = "") -> UsageMonth:
    return world.tables.months["acme", period, workspace]
