from decimal import Decimal

from service.domain.history import DaySpend, History
from service.domain.scope import Scope
from service.domain.usage import UsageReport
from tests.builders import (
    NOON,
    book,
    cents_row,
    failure,
    report,
    row,
    snapshot,
)
from tests.unit.domain.daily import DAY, past

TODAY = NOON.date()
YESTERDAY = TODAY - DAY


def days_of(usage: UsageReport, history: History | None = None) -> list[DaySpend]:
    found = book(snapshot(usage=usage), history=history)
    days = found.days(found.whole)
    assert isinstance(days, tuple)
    return list(days)


def test_past_months_come_first_and_today_never() -> None:
    usage = report(cents_row(7, day=YESTERDAY), cents_row(9, day=TODAY))
    days = days_of(usage, past(("2026-07", 5)))

    assert [each.day for each in days] == [
        (NOON.replace(month=7, day=1) + DAY * index).date() for index in range(50)
    ]
    assert [each.amount for each in days] == [5] * 31 + [0] * 18 + [7]


def test_what_was_before_the_first_spend_is_no_history() -> None:
    usage = report(cents_row(7, day=YESTERDAY - DAY))

    assert days_of(usage) == [
        DaySpend(day=YESTERDAY - DAY, amount=Decimal(7)),
        DaySpend(day=YESTERDAY, amount=Decimal(0)),
    ]
    assert days_of(report()) == []


def test_a_day_with_something_unpriced_is_left_out() -> None:
    usage = report(
        cents_row(7, day=YESTERDAY - DAY),
        cents_row(7, day=YESTERDAY),
        row(100, billing_metric="new", day=YESTERDAY),
    )

    assert [each.day for each in days_of(usage)] == [YESTERDAY - DAY]


def test_what_names_no_day_or_is_of_another_part_is_no_days() -> None:
    usage = report(
        cents_row(1, day=None),
        cents_row(2, day=YESTERDAY, category="chat"),
        cents_row(7, day=YESTERDAY),
    )

    assert [each.amount for each in days_of(usage)] == [7]


def test_all_that_was_used_on_a_day_is_added_up() -> None:
    usage = report(
        cents_row(7, day=YESTERDAY), cents_row(5, day=YESTERDAY, model="small")
    )

    assert [each.amount for each in days_of(usage)] == [12]


def test_a_workspace_has_days_of_its_own() -> None:
    all_of, part = (report(cents_row(n, day=YESTERDAY)) for n in (7, 3))
    found = book(snapshot(usage=all_of, usage_by_workspace={"search": part}))

    days = found.days(Scope(organization="acme", workspace="search"))

    assert days == (DaySpend(day=YESTERDAY, amount=Decimal(3)),)


def test_usage_that_could_not_be_read_has_no_days() -> None:
    found = book(snapshot(usage=failure()), history=past(("2026-07", 5)))

    assert found.days(found.whole) == failure()


def test_days_are_added_up_once_however_many_ask() -> None:
    found = book(snapshot(usage=report(cents_row(7, day=YESTERDAY))))

    assert found.days(found.whole) is found.days(found.whole)
