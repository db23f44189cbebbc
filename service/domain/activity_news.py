"""Who is beyond a bound on activity, told once: the second one too, when it comes.

A user, an agent or a workspace is no threshold of its own: one alert stands for all of
them, and tells again when somebody is beyond the bound of whom nobody was told.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from service.domain.activity import Count
from service.domain.activity_book import named
from service.domain.alerting import Step
from service.domain.check import Outcome
from service.domain.crossing import Crossing
from service.domain.state import OrganizationState


def newcomers(above: Iterable[Count], told: Iterable[str]) -> tuple[Count, ...]:
    """Give those beyond a bound of whom nobody was told yet."""
    known = frozenset(told)
    return tuple(each for each in above if each.name not in known)


def with_newcomers(
    step: Step, crossing: Crossing, told: Iterable[str], now: datetime
) -> Step:
    """Tell again of an alert that stands, where somebody else has crossed since."""
    is_level = step.outcome is Outcome.FIRING and not step.is_reminder
    if step.alert is None or not is_level or not newcomers(crossing.above, told):
        return step
    alert = replace(step.alert, last_told_at=now)
    return replace(step, alert=alert, is_changed=True, is_update=True)


def remember_told(
    state: OrganizationState, moved: Iterable[tuple[Step, tuple[Count, ...]]]
) -> OrganizationState:
    """Keep of whom the alerts that fire have told; what is over is forgotten."""
    told = {
        step.alert.id: _names(state.activity_told.get(step.alert.id, ()), above)
        for step, above in moved
        if step.alert is not None and step.alert.is_open
    }
    return replace(
        state, activity_told={key: said for key, said in told.items() if said}
    )


def _names(known: tuple[str, ...], above: tuple[Count, ...]) -> tuple[str, ...]:
    return tuple(sorted({*known, *(each.name for each in above)}))


def who_of(step: Step, crossing: Crossing, told: Iterable[str]) -> str:
    """Name those a message tells of, empty where it is nobody by name."""
    if step.is_update:
        new = named(newcomers(crossing.above, told))
        return f"; new among them: {new}" if new else ""
    who = named(crossing.above)
    return f": {who}" if who else ""
