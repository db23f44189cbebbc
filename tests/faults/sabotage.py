"""Breakages of the product that the rules must find: the proof that they can.

Each replaces a part by one that does what must never be done; nothing is patched, for
the parts are those that `Services` is made of.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

from service.domain.audit import AuditAction, Fact
from service.domain.errors import ProviderError, SpendguardError
from service.domain.limit_change import ChangeState, LimitChange
from service.domain.notification import Notification
from service.domain.usage import LimitReading, SpendLimit
from service.ports import AdminApi, Limits, Queries, Services, UnitOfWork


class Altered:
    """Something with a few of its methods replaced, and all others as they were."""

    def __init__(self, inner: object, **replaced: object) -> None:
        self._inner = inner
        self._replaced = replaced

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the inner one gives
        return self._replaced.get(name, getattr(self._inner, name))


def _with_api(
    services: Services, alter: Callable[[AdminApi], Mapping[str, object]]
) -> Services:
    def altered(name: str) -> AdminApi:
        api = services.admin_api(name)
        return cast("AdminApi", Altered(api, **alter(api)))

    return replace(services, admin_api=altered)


def _with_work(
    services: Services, alter: Callable[[UnitOfWork], Mapping[str, object]]
) -> Services:
    @contextmanager
    def altered() -> Iterator[UnitOfWork]:
        with services.transaction() as work:
            yield cast("UnitOfWork", Altered(work, **alter(work)))

    return replace(services, transaction=altered)


def take_old_for_new(services: Services) -> Services:
    """What cannot be read is as it was when it could (F1)."""
    kept: dict[object, Any] = {}

    def alter(api: AdminApi) -> Mapping[str, object]:
        def last(key: object, read: Callable[[], object]) -> object:
            try:
                kept[key] = read()
            except ProviderError:
                if key not in kept:
                    raise
            return kept[key]

        return {
            "spend_limit": lambda: last("limit", api.spend_limit),
            "usage": lambda month, workspace=None: last(
                (month, workspace), lambda: api.usage(month, workspace)
            ),
        }

    return _with_api(services, alter)


def forget_the_ceiling(services: Services) -> Services:
    """`SPENDGUARD_MAX_LIMIT` is read and not kept to (F14)."""
    return replace(services, limits=Limits())


def write_twice(services: Services) -> Services:
    """A write that went wrong is sent again, without a read (F17)."""

    def alter(api: AdminApi) -> Mapping[str, object]:
        def set_spend_limit(limit: SpendLimit, *, timeout: timedelta) -> None:
            with suppress(SpendguardError):
                return api.set_spend_limit(limit, timeout=timeout)
            return api.set_spend_limit(limit, timeout=timeout)

        return {"set_spend_limit": set_spend_limit}

    return _with_api(services, alter)


def believe_the_answer(services: Services) -> Services:
    """What was asked for is taken to be in force, unread (F17)."""

    def alter(api: AdminApi) -> Mapping[str, object]:
        asked: list[SpendLimit] = []

        def set_spend_limit(limit: SpendLimit, *, timeout: timedelta) -> None:
            asked.append(limit)
            api.set_spend_limit(limit, timeout=timeout)

        def spend_limit() -> LimitReading:
            reading = api.spend_limit()
            return replace(reading, limit=asked.pop()) if asked else reading

        return {"set_spend_limit": set_spend_limit, "spend_limit": spend_limit}

    return _with_api(services, alter)


def write_on_the_snapshot(services: Services) -> Services:
    """The limit is not read again before a write (F15)."""

    def alter(api: AdminApi) -> Mapping[str, object]:
        return {"spend_limit": lambda: _kept(api)}

    kept: list[LimitReading] = []

    def _kept(api: AdminApi) -> LimitReading:
        # Every other read is answered from memory: the one before a write.
        if kept:
            return kept.pop()
        kept.append(api.spend_limit())
        return kept[-1]

    return _with_api(services, alter)


def never_pause(services: Services) -> Services:
    """A pause is taken note of, and nothing stops."""
    deaf = Altered(services.queries, is_paused=lambda: False)
    return _with_work(
        replace(services, queries=cast("Queries", deaf)),
        lambda _: {"is_paused": lambda: False},
    )


def lose_messages(services: Services) -> Services:
    """Alerts fire and nobody is told (F20)."""

    def enqueue(notification: Notification) -> None:
        del notification

    return _with_work(services, lambda _: {"enqueue": enqueue})


def write_unaudited(services: Services) -> Services:
    """No intent is recorded before a write."""

    def alter(work: UnitOfWork) -> Mapping[str, object]:
        def record(*facts: Fact) -> None:
            hidden = AuditAction.LIMIT_CHANGE_REQUESTED
            work.record(*(fact for fact in facts if fact.action is not hidden))

        return {"record": record}

    return _with_work(services, alter)


def forget_what_was_raised(services: Services) -> Services:
    """Raises that came into force bound no later ones: no count, no cooldown (F14)."""

    def alter(work: UnitOfWork) -> Mapping[str, object]:
        def limit_changes(organization: str, since: object) -> tuple[LimitChange, ...]:
            found = work.limit_changes(organization, cast("Any", since))
            return tuple(
                each for each in found if each.state is not ChangeState.APPLIED
            )

        return {"limit_changes": limit_changes}

    return _with_work(services, alter)


@dataclass(frozen=True)
class Sabotage:
    """One breakage: how it is done, and a word of the rule that finds it."""

    rewire: Callable[[Services], Services]
    found_by: str

    @property
    def name(self) -> str:
        return self.rewire.__name__


SABOTAGES = (
    Sabotage(take_old_for_new, "all_clear"),
    Sabotage(forget_the_ceiling, "bounds"),
    Sabotage(write_twice, "bounds"),
    Sabotage(believe_the_answer, "records"),
    Sabotage(write_on_the_snapshot, "bounds"),
    Sabotage(never_pause, "bounds"),
    Sabotage(lose_messages, "records"),
    Sabotage(write_unaudited, "records"),
    Sabotage(forget_what_was_raised, "bounds"),
)
