"""A backtest at the terminal: the draft, and what can be read of the past from here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from service.bootstrap.build import Application
from service.bootstrap.drafts import (
    guard_to_look_with,
    has_key,
    read_draft,
    set_of_draft,
)
from service.bootstrap.planning import in_force_at
from service.domain.backtest import Backtest
from service.domain.check import UsageMonth
from service.domain.errors import NotFound
from service.domain.policy_set import PolicySet
from service.pipeline.backtest import BacktestWish, Progress, backtest
from service.pipeline.past_unkept import read_unkept


@dataclass(frozen=True, slots=True, kw_only=True)
class PastWish:
    """What is to be replayed: a draft's path, None for the set in force."""

    path: Path | None
    months: int
    is_offline: bool = False


def backtest_here(
    application: Application,
    wish: PastWish,
    environment: Mapping[str, str],
    on_day: Progress,
    on_month: Callable[[str, str], None],
) -> Backtest:
    """Replay what the database keeps, and what is read where it keeps too little.

    Raises `InvalidPolicies`, and `NotFound` where no set is given or in force.
    """
    policies = _wanted(application, wish)
    read: dict[str, tuple[UsageMonth, ...]] = {}
    if not wish.is_offline:
        read = _read(application, policies, wish.months, environment, on_month)
    asked = BacktestWish(months=wish.months, read=read)
    return backtest(application.services, policies, asked, on_day)


def _wanted(application: Application, wish: PastWish) -> PolicySet:
    in_force = in_force_at(application, None)
    if wish.path is not None:
        source = application.services.policy_source
        return set_of_draft(source, in_force, read_draft(wish.path), wish.path)
    if in_force is None:
        raise NotFound(
            "no policies are in force here: name a folder of them, or start the service"
        )
    return in_force


def _read(
    application: Application,
    policies: PolicySet,
    months: int,
    environment: Mapping[str, str],
    on_month: Callable[[str, str], None],
) -> dict[str, tuple[UsageMonth, ...]]:
    in_force = in_force_at(application, None)
    sets = [each for each in (in_force, policies) if each is not None]
    guard = guard_to_look_with(sets, environment)
    if guard is None:
        return {}
    application.stand_in(replace(policies, guard=guard))
    return {
        each.name: read_unkept(
            application.services, each, policies.of(each.name), months, on_month
        )
        for each in guard.organizations
        if has_key(each)
    }
