"""Read the analytics that thresholds on activity ask for, each report once."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeAlias

from service.domain.activity import ActivityKey, ActivityQuery, Per
from service.domain.activity_reading import activity_of, queries_of
from service.domain.analytics import Analytics
from service.domain.period import period_of
from service.domain.policy import Policy
from service.domain.usage import Activity, Failure
from service.ports import AdminApi

Places: TypeAlias = Mapping[str, str | Failure]


def activity_keys(policies: Iterable[Policy]) -> tuple[ActivityKey, ...]:
    """Give the figures that some threshold asks for, each once."""
    keys = (
        policy.activity_key(threshold.activity)
        for policy in policies
        for threshold in policy.thresholds
        if threshold.activity is not None
    )
    return tuple(dict.fromkeys(keys))


def needs_all(keys: Iterable[ActivityKey]) -> bool:
    """Say whether a figure is asked for of every workspace there is."""
    return any(key.per is Per.WORKSPACE and key.workspace is None for key in keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The figures that are asked for, and the reports under way for them."""

    queries: Mapping[ActivityKey, Mapping[str, ActivityQuery | Failure] | Failure]
    reports: Mapping[ActivityQuery, Future[Analytics | Failure]]
    now: datetime

    def read(
        self, answer: Callable[[Future[Analytics | Failure]], Analytics | Failure]
    ) -> dict[ActivityKey, Activity | Failure]:
        """Give each figure, or why there is none; `answer` gives a report's result."""
        return {key: self._figure(key, answer) for key in self.queries}

    def _figure(
        self,
        key: ActivityKey,
        answer: Callable[[Future[Analytics | Failure]], Analytics | Failure],
    ) -> Activity | Failure:
        queries = self.queries[key]
        if isinstance(queries, Failure):
            return queries
        answers = {
            name: query if isinstance(query, Failure) else answer(self.reports[query])
            for name, query in queries.items()
        }
        return activity_of(key, period_of(key.window, self.now), answers, self.now)


def ask(
    keys: Iterable[ActivityKey],
    places: Callable[[ActivityKey], Places | Failure],
    start: Callable[[ActivityQuery], Future[Analytics | Failure]],
    now: datetime,
) -> Asked:
    """Start each report that is needed once, however many figures rest on it.

    `places` gives the workspaces that count in a figure, by name.
    """
    queries = {key: _queries(key, places(key), now) for key in keys}
    wanted = (
        query
        for of_key in queries.values()
        if not isinstance(of_key, Failure)
        for query in of_key.values()
        if not isinstance(query, Failure)
    )
    reports = {query: start(query) for query in dict.fromkeys(wanted)}
    return Asked(queries=queries, reports=reports, now=now)


def _queries(
    key: ActivityKey, places: Places | Failure, now: datetime
) -> Mapping[str, ActivityQuery | Failure] | Failure:
    if isinstance(places, Failure):
        return places
    return queries_of(key, period_of(key.window, now), places)


def analytics_of(api: AdminApi, query: ActivityQuery) -> Callable[[], Analytics]:
    """Give what reads a report."""
    return partial(
        api.analytics,
        query.report,
        query.period.start,
        query.period.end,
        workspace=query.workspace,
        granularity=query.granularity,
    )
