"""Days of spend to forecast from."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from service.domain.check import UsageLine, UsageMonth
from service.domain.history import DaySpend, History
from service.domain.period import month_called

DAY = timedelta(days=1)
# From Monday; what a business spends on a weekend is a fraction.
WEEK = ("1.2", "1.3", "1.3", "1.2", "1.0", "0.5", "0.5")


def days(amounts: Iterable[str | int | float | Decimal], until: date) -> list[DaySpend]:
    """Give days that end the day before `until`; a float only as a test's shorthand."""
    given = [Decimal(str(each)) for each in amounts]
    first = until - DAY * len(given)
    return [
        DaySpend(day=first + DAY * index, amount=amount)
        for index, amount in enumerate(given)
    ]


def weekly(number: int, until: date, level: str | int = 100) -> list[DaySpend]:
    """Give days with the pattern of a business's week."""
    first = until - DAY * number
    return days(
        (
            Decimal(level) * Decimal(WEEK[(first + DAY * index).weekday()])
            for index in range(number)
        ),
        until,
    )


def past(*spent: tuple[str, str | int], workspace: str = "") -> History:
    """Give months (`2026-07`) in which each day cost so much."""
    return History(
        [
            UsageMonth(
                organization="acme",
                workspace=workspace,
                period=name,
                currency="EUR",
                captured_at=month_called(name).end,
                lines=tuple(_lines(name, Decimal(amount))),
            )
            for name, amount in spent
        ],
        "EUR",
    )


def _lines(name: str, amount: Decimal) -> Iterable[UsageLine]:
    month = month_called(name)
    for number in range((month.end - month.start).days):
        yield UsageLine(
            day=(month.start + DAY * number).date().isoformat(),
            category="completion",
            model="large",
            units=1,
            paid_units=1,
            cost=amount,
        )
