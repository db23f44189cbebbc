"""A day that was over and differs now was restated; the rest is growth."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from service.domain.check import UsageLine, UsageMonth
from service.domain.restatement import RestatedDay, restated_days
from tests.builders import HOUR, MINUTE, NOON


def line(
    day: str | None, cost: str | None, paid_units: int = 10, model: str = "large"
) -> UsageLine:
    return UsageLine(
        day=day,
        category="completion",
        model=model,
        units=paid_units,
        paid_units=paid_units,
        cost=None if cost is None else Decimal(cost),
    )


def july(*lines: UsageLine) -> UsageMonth:
    return UsageMonth(
        organization="acme",
        workspace="",
        period="2026-07",
        currency="EUR",
        captured_at=NOON,
        lines=lines,
    )


def restated(before: UsageMonth, after: UsageMonth) -> list[str]:
    return [each.day for each in restated_days(before, after, NOON)]


def test_a_day_is_told_with_what_it_was_and_is() -> None:
    before = july(line("2026-07-01", "5"), line("2026-07-02", "7"))
    after = july(
        line("2026-07-01", "5"),
        line("2026-07-02", "6.50", 9),
        line("2026-07-02", "0.25", 1, model="small"),
    )

    assert restated_days(before, after, NOON) == (
        RestatedDay(
            day="2026-07-02",
            before=Decimal(7),
            after=Decimal("6.75"),
            units_before=10,
            units_after=10,
        ),
    )


def test_days_that_came_or_went_are_restated_in_their_order() -> None:
    before = july(line("2026-07-09", "5"), line("2026-07-02", "7"))
    after = july(line("2026-07-02", "7"), line("2026-07-01", "3"))

    assert restated_days(before, after, NOON) == (
        RestatedDay(
            day="2026-07-01",
            before=Decimal(0),
            after=Decimal(3),
            units_before=0,
            units_after=10,
        ),
        RestatedDay(
            day="2026-07-09",
            before=Decimal(5),
            after=Decimal(0),
            units_before=10,
            units_after=0,
        ),
    )


def test_a_cost_that_is_not_known_is_none() -> None:
    before = july(line("2026-07-01", "5"), line("2026-07-01", None, model="new"))
    after = july(line("2026-07-01", "5"), line("2026-07-01", "1", model="new"))

    (day,) = restated_days(before, after, NOON)

    assert (day.before, day.after) == (None, Decimal(6))


def test_what_is_written_otherwise_and_costs_the_same_is_no_restatement() -> None:
    assert (
        restated(july(line("2026-07-01", "5")), july(line("2026-07-01", "5.00"))) == []
    )


def test_a_day_that_was_not_over_has_grown() -> None:
    before = july(line("2026-07-30", "5"), line("2026-07-31", "1"))
    after = july(line("2026-07-30", "5"), line("2026-07-31", "2"))
    end = datetime(2026, 8, 1, tzinfo=UTC)

    assert restated_days(before, after, end - MINUTE) == ()
    # What the last hours used arrives late.
    assert restated_days(before, after, end + 6 * HOUR - MINUTE) == ()
    assert [each.day for each in restated_days(before, after, end + 6 * HOUR)] == [
        "2026-07-31"
    ]


def test_rows_that_name_no_day_are_no_days() -> None:
    assert restated(july(line(None, "5")), july(line(None, "6"))) == []


def test_two_currencies_are_not_compared() -> None:
    before = july(line("2026-07-01", "5"))

    assert restated(replace(before, currency="USD"), july()) == []
