"""What past days cost: only what is known, without a gap."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from service.domain.check import UsageLine, UsageMonth
from service.domain.history import DaySpend, History
from service.domain.period import month_called, month_of
from service.domain.scope import Scope
from tests.builders import NOON

ACME = Scope(organization="acme")
AUGUST = month_of(NOON)


def line(
    day: str | None,
    cost: str | None = "1",
    *,
    category: str = "completion",
    model: str = "large",
) -> UsageLine:
    return UsageLine(
        day=day,
        category=category,
        model=model,
        units=1,
        paid_units=1,
        cost=None if cost is None else Decimal(cost),
    )


def month(
    period: str,
    *lines: UsageLine,
    workspace: str = "",
    currency: str = "EUR",
    captured_at: datetime = NOON,
) -> UsageMonth:
    return UsageMonth(
        organization="acme",
        workspace=workspace,
        period=period,
        currency=currency,
        captured_at=captured_at,
        lines=lines,
    )


def amounts(history: History, scope: Scope = ACME) -> dict[str, Decimal]:
    return {each.day.isoformat(): each.amount for each in history.days(scope)}


def first_days(history: History, scope: Scope = ACME) -> list[str]:
    return [each for each in amounts(history, scope) if each.endswith("-01")]


def test_days_are_added_up_and_those_without_usage_cost_nothing() -> None:
    july = month("2026-07", line("2026-07-29"), line("2026-07-29", "2", model="small"))

    assert History([july], "EUR").days(ACME) == (
        DaySpend(day=date(2026, 7, 29), amount=Decimal(3)),
        DaySpend(day=date(2026, 7, 30), amount=Decimal(0)),
        DaySpend(day=date(2026, 7, 31), amount=Decimal(0)),
    )


def test_it_begins_with_the_first_day_that_cost_anything() -> None:
    june, july = month("2026-06"), month("2026-07", line("2026-07-30"))

    assert list(amounts(History([july, june], "EUR"))) == ["2026-07-30", "2026-07-31"]


def test_a_day_with_something_unpriced_is_left_out() -> None:
    july = month(
        "2026-07",
        line("2026-07-28"),
        line("2026-07-29"),
        line("2026-07-29", None, model="new"),
        line("2026-07-29", model="small"),
        line("2026-07-30", None),
        line("2026-07-31"),
    )

    assert list(amounts(History([july], "EUR"))) == ["2026-07-28", "2026-07-31"]
    large = Scope(organization="acme", models=("large",))
    assert amounts(History([july], "EUR"), large)["2026-07-29"] == 1


def test_a_row_that_names_no_day_is_no_days() -> None:
    july = month("2026-07", line(None, "5"), line("2026-07-31"), line("2026-06-30"))

    assert amounts(History([july], "EUR")) == {"2026-07-31": Decimal(1)}


def test_a_day_that_was_not_over_when_last_read_is_left_out() -> None:
    at = datetime(2026, 7, 3, 23, 59, tzinfo=UTC)
    july = month(
        "2026-07", *(line(f"2026-07-0{day}") for day in range(1, 5)), captured_at=at
    )

    assert list(amounts(History([july], "EUR"))) == ["2026-07-01", "2026-07-02"]


def test_chat_counts_only_where_it_is_named() -> None:
    july = month(
        "2026-07", line("2026-07-31"), line("2026-07-31", "9", category="chat")
    )
    chat = Scope(organization="acme", categories=("chat",))

    assert amounts(History([july], "EUR")) == {"2026-07-31": Decimal(1)}
    assert amounts(History([july], "EUR"), chat) == {"2026-07-31": Decimal(9)}


def test_a_workspace_has_days_of_its_own() -> None:
    history = History(
        [
            month("2026-07", line("2026-07-31")),
            month("2026-07", line("2026-07-31", "7"), workspace="search"),
        ],
        "EUR",
    )

    search = Scope(organization="acme", workspace="search")
    assert amounts(history, search) == {"2026-07-31": Decimal(7)}
    assert history.days(Scope(organization="acme", workspace="lost")) == ()


def test_what_lies_behind_a_missing_month_is_not_told_of() -> None:
    months = [
        month(period, line(f"{period}-01"))
        for period in ("2026-07", "2026-06", "2026-04", "2026-03")
    ]

    assert first_days(History(months, "EUR")) == ["2026-06-01", "2026-07-01"]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("2026-08", ["2026-06-01", "2026-07-01"]),
        ("2026-07", ["2026-06-01"]),
        ("2026-09", []),
    ],
)
def test_it_reaches_up_to_the_month_before_the_present_one(
    before: str, expected: list[str]
) -> None:
    months = [month(period, line(f"{period}-01")) for period in ("2026-06", "2026-07")]

    assert first_days(History(months, "EUR", month_called(before))) == expected


def test_it_spans_the_turn_of_a_year() -> None:
    months = [month(period, line(f"{period}-01")) for period in ("2025-12", "2026-01")]

    assert first_days(History(months, "EUR")) == ["2025-12-01", "2026-01-01"]
    assert len(History(months, "EUR").days(ACME)) == 62


def test_amounts_of_another_currency_are_none_of_it() -> None:
    july = month("2026-07", line("2026-07-31"), currency="USD")

    assert History([july], "EUR").days(ACME) == ()


def test_nothing_is_worked_out_twice() -> None:
    history = History([month("2026-07", line("2026-07-31"))], "EUR", AUGUST)

    assert history.days(ACME) is history.days(Scope(organization="acme"))


def test_without_a_month_there_is_none() -> None:
    assert History().days(ACME) == ()
    assert History(before=AUGUST).days(ACME) == ()
