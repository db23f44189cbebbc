"""What healthy spend costs: by the day, from what days usually cost.

Days are spread evenly over their 24 hours. That hides no rush hour: what counts as
leaving the usual pace is far above any hour of a healthy day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from service.domain.history import DaySpend
from service.domain.seasons import Seasons, seasons_of

_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)
# Days that are long past say nothing of the days to come.
_RECENT = timedelta(days=28)
# A week shows what a week costs; before it is over, the budget is believed as well.
ENOUGH_DAYS = 7
_LEAST_SHARE = Decimal("0.05")


@dataclass(frozen=True, slots=True, kw_only=True)
class Healthy:
    """What any stretch of time is expected to cost, in the organization's currency.

    `planned` is the budget's share of a day. A day is never expected to cost less than
    a twentieth of it, so that who spends nothing for weeks can begin again; and not
    less than all of it where `is_new`: with fewer than seven days known.
    """

    seasons: Seasons | None
    planned: Decimal
    is_new: bool

    def day(self, at: datetime) -> Decimal:
        """Give what the UTC day of a moment is expected to cost."""
        least = self.planned if self.is_new else self.planned * _LEAST_SHARE
        if self.seasons is None:
            return least
        return max(self.seasons.usual(at.date()), least)

    def between(self, start: datetime, end: datetime) -> Decimal:
        """Give what the time between two moments is expected to cost."""
        spent, at = Decimal(0), start
        while at < end:
            midnight = datetime.combine(at.date() + _DAY, time(), tzinfo=UTC)
            until = min(midnight, end)
            spent += self.day(at) * Decimal((until - at) // _MOMENT) / (_DAY // _MOMENT)
            at = until
        return spent


def healthy_of(days: Sequence[DaySpend], planned: Decimal, now: datetime) -> Healthy:
    """Tell what spend usually costs from the whole days that are known, oldest first.

    `planned` is what the budget allows a day. Today and later days are left out.
    """
    known = [each for each in days if each.day < now.date()]
    recent = sum(now.date() - each.day <= _RECENT for each in known)
    return Healthy(
        seasons=seasons_of(known) if recent else None,
        planned=planned,
        is_new=recent < ENOUGH_DAYS,
    )
