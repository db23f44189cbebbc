"""Work analytics: who wrote how many messages to the assistant, by seeded draw."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from service.simulator.configuration import WorkUser, stable_uuid
from service.simulator.curves import weigh
from service.simulator.exchange import Incoming, Outgoing, json_answer
from service.simulator.limit_bodies import rfc3339
from service.simulator.noise import Noise
from service.simulator.organization import Organization
from service.simulator.refusals import Invalid

_HOUR = timedelta(hours=1)
_FIRST_HOUR, _LAST_HOUR = 8, 18
_SATURDAY = 5
_CENTURY = 36_525 * 86_400  # a longer window is a mistake in the unit


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hour:
    """What one person did within one hour."""

    user: str
    at: datetime
    messages: int
    agent: str | None
    to_agent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """[start, end) in Unix seconds, as asked, and as times."""

    start_time: int
    end_time: int

    @property
    def start(self) -> datetime:
        return datetime.fromtimestamp(self.start_time, UTC)

    @property
    def end(self) -> datetime:
        return datetime.fromtimestamp(self.end_time, UTC)

    @property
    def echo(self) -> dict[str, object]:
        return {"start_time": self.start_time, "end_time": self.end_time}


def window(request: Incoming, now: datetime) -> Window:
    """Read the required window; Invalid as FastAPI says it."""
    start, end = _seconds(request, "start_time"), _seconds(request, "end_time")
    if not 0 <= start <= now.timestamp() + _CENTURY:
        message = "Input should be Unix seconds"
        raise Invalid(("query", "start_time"), "value_error", message, str(start))
    return Window(start_time=start, end_time=max(min(end, start + _CENTURY), start))


def _seconds(request: Incoming, name: str) -> int:
    text = request.one(name)
    if text is None:
        raise Invalid(("query", name), "missing", "Field required")
    try:
        return int(text)
    except ValueError:
        message = "Input should be a valid integer, unable to parse string"
        raise Invalid(("query", name), "int_parsing", message, text) from None


def by_user(organization: Organization, asked: Window, now: datetime) -> Outgoing:
    hours = list(_hours(organization, asked, now))
    data = []
    for user, group in _grouped(hours, lambda hour: hour.user):
        agents = {hour.agent for hour in group if hour.agent}
        data.append(
            {
                **_counters(group),
                "user_id": stable_uuid("user", organization.name, user),
                "last_message_at": rfc3339(_last(group)),
                "unique_agents_count": len(agents),
                "messages_to_agents_count": sum(hour.to_agent for hour in group),
            }
        )
    return json_answer({**asked.echo, "data": data})


def by_agent(organization: Organization, asked: Window, now: datetime) -> Outgoing:
    hours = [hour for hour in _hours(organization, asked, now) if hour.agent]
    data = []
    for agent, group in _grouped(hours, lambda hour: hour.agent or ""):
        data.append(
            {
                **_counters(group, to_agents_only=True),
                "agent_id": agent,
                "last_message_at": rfc3339(_last(group)),
                "unique_users_count": len({hour.user for hour in group}),
            }
        )
    return json_answer({**asked.echo, "data": data})


def by_time(
    organization: Organization, asked: Window, now: datetime, granularity: str | None
) -> Outgoing:
    """Return buckets that hold something; one nameless bucket if none is asked."""
    if granularity not in {None, "hour", "day", "week", "month"}:
        message = "Input should be 'hour', 'day', 'week' or 'month'"
        raise Invalid(("query", "granularity"), "enum", message, granularity)
    hours = list(_hours(organization, asked, now))
    data = []
    for bucket, group in _grouped(hours, lambda hour: _bucket(hour.at, granularity)):
        data.append(
            {
                **_counters(group),
                "time_bucket": bucket or None,
                "unique_users_count": len({hour.user for hour in group}),
                "messages_to_agents_count": sum(hour.to_agent for hour in group),
                "unique_agents_count": len(
                    {hour.agent for hour in group if hour.agent}
                ),
            }
        )
    return json_answer({**asked.echo, "data": data})


def _hours(organization: Organization, asked: Window, now: datetime) -> Iterator[_Hour]:
    end = min(asked.end, now)
    for user in organization.config.users:
        noise = Noise(0, f"{organization.uuid}/{user.name}")
        day = asked.start.replace(hour=0, minute=0, second=0)
        while day < end:
            for hour in _day(organization, user, noise, day):
                if asked.start <= hour.at < end:
                    yield hour
            day += timedelta(days=1)


def _day(
    organization: Organization, user: WorkUser, noise: Noise, day: datetime
) -> Iterator[_Hour]:
    quiet = 0.15 if day.weekday() >= _SATURDAY else 1.0
    agents = organization.config.agents
    per_hour = user.messages_per_day * quiet / (_LAST_HOUR - _FIRST_HOUR)
    for clock in range(_FIRST_HOUR, _LAST_HOUR):
        at = day + clock * _HOUR
        index = int(at.timestamp()) // 3600
        # Rounded by draw, so that small averages still add up.
        wanted = per_hour * weigh(user.curves, at, noise)
        drawn = wanted * (1.0 + 0.6 * noise.swing(index)) + noise.unit(-index - 1)
        messages = int(drawn)
        if messages <= 0:
            continue
        asks_agent = agents and messages > 1 and noise.unit(index + 1) < 1 / 3
        yield _Hour(
            user=user.name,
            at=at,
            messages=messages,
            agent=agents[noise.whole(index, len(agents))] if asks_agent else None,
            to_agent=messages // 2 if asks_agent else 0,
        )


def _grouped(
    hours: Iterable[_Hour], key: Callable[[_Hour], str]
) -> Iterator[tuple[str, list[_Hour]]]:
    for name, group in groupby(sorted(hours, key=key), key=key):
        yield name, list(group)


def _counters(group: list[_Hour], *, to_agents_only: bool = False) -> dict[str, object]:
    messages = sum(hour.to_agent if to_agents_only else hour.messages for hour in group)
    return {
        "messages_count": messages,
        "files_count": messages // 12,
        "images_count": messages // 40,
        "spreadsheets_count": messages // 90,
        "unique_conversations_count": (messages + 6) // 7,
    }


def _last(group: list[_Hour]) -> datetime:
    return max(hour.at for hour in group) + timedelta(minutes=42)


def _bucket(at: datetime, granularity: str | None) -> str:
    day = at.replace(hour=0)
    match granularity:
        case "hour":
            return rfc3339(at)
        case "day":
            return rfc3339(day)
        case "week":
            return rfc3339(day - timedelta(days=day.weekday()))
        case "month":
            return rfc3339(day.replace(day=1))
        case _:
            return ""
