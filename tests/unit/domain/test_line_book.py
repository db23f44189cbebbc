"""The lines of a snapshot: which reports they are of, and what days add up to."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from service.domain.cost import CostLine
from service.domain.line_book import LineBook
from service.domain.period import PeriodKind, month_of, period_of
from service.domain.scope import Scope
from service.domain.usage import Failure, UsageSnapshot
from tests.builders import (
    TOKENS,
    Fields,
    cents_row,
    failure,
    organization,
    report,
    row,
    snapshot,
)

WHOLE = Scope(organization="acme")
SEARCH = Scope(organization="acme", workspace="search")
MONTH, WEEK, DAY = PeriodKind.MONTH, PeriodKind.WEEK, PeriodKind.DAY
FIRST = datetime(2026, 9, 1, 12, tzinfo=UTC)
MONDAY = date(2026, 8, 31)
DAYS = report(
    cents_row(1, day=date(2026, 8, 19), units=150),
    cents_row(2, day=date(2026, 8, 20), units=250),
    row(7, day=None, billing_metric="new"),
)


def counted(
    seen: UsageSnapshot, scope: Scope, kind: PeriodKind
) -> tuple[CostLine, ...] | str:
    """Give the lines that count, or the word of why there are none."""
    at = seen.captured_at
    found = LineBook(organization(), seen, month_of(at)).counted_in(
        scope, period_of(kind, at)
    )
    return found.reason if isinstance(found, Failure) else found


def amounts(seen: UsageSnapshot, scope: Scope, kind: PeriodKind) -> list[int] | str:
    found = counted(seen, scope, kind)
    return found if isinstance(found, str) else [int(each.amount) for each in found]


def test_days_add_up_to_one_line() -> None:
    whole = CostLine(
        category="completion",
        model="large",
        day=None,
        event_type=TOKENS,
        units=407,
        paid_units=307,
        unpriced=7,
        amount=Decimal(3),
        ceiling=Decimal("3.07"),
    )

    assert counted(snapshot(usage=DAYS), WHOLE, MONTH) == (whole,)


def first(**changes: Fields) -> UsageSnapshot:
    """Give the first of September, a Tuesday, with the rows of August's last day."""
    september = {"day": FIRST.date()}
    built: dict[str, Fields] = {
        "usage": report(cents_row(5, **september), at=FIRST),
        "usage_by_workspace": {"search": report(cents_row(3, **september), at=FIRST)},
        "previous": report(cents_row(50, day=MONDAY)),
        "previous_by_workspace": {"search": report(cents_row(30, day=MONDAY))},
    }
    return snapshot(at=FIRST, **(built | changes))


LOST: dict[str, Fields] = {"previous": failure(), "previous_by_workspace": {}}


@pytest.mark.parametrize(
    ("seen", "scope", "kind", "expected"),
    [
        pytest.param(
            snapshot(usage=report(cents_row(4, day=None))),
            WHOLE,
            MONTH,
            [4],
            id="a month counts what has no day",
        ),
        pytest.param(
            snapshot(usage=report(cents_row(4, day=None))),
            WHOLE,
            DAY,
            [],
            id="a day does not",
        ),
        pytest.param(first(), WHOLE, WEEK, [55], id="a week reaches back"),
        pytest.param(first(), SEARCH, WEEK, [33], id="to the workspace's own rows"),
        pytest.param(
            first(**LOST), WHOLE, WEEK, "provider_unavailable", id="and needs them"
        ),
        pytest.param(first(**LOST), SEARCH, WEEK, "not_read", id="whosever they are"),
        pytest.param(first(**LOST), WHOLE, DAY, [5], id="the first day needs none"),
        pytest.param(
            first(usage=failure()),
            WHOLE,
            WEEK,
            "provider_unavailable",
            id="this month was lost",
        ),
    ],
)
def test_a_period_counts_the_rows_it_is_of(
    seen: UsageSnapshot, scope: Scope, kind: PeriodKind, expected: list[int] | str
) -> None:
    assert amounts(seen, scope, kind) == expected
