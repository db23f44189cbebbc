"""Activity in le Chat and Vibe Code: what the provider's analytics count, and per whom.

Which metric is there per user, agent, workspace or for all is the provider's: counts of
different people, agents or conversations cannot be added up, so they are there only
where one row holds them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from service.domain.analytics import AnalyticsReport
from service.domain.period import BillingPeriod, PeriodKind

USER_FIELD = "user_id"
AGENT_FIELD = "agent_id"
DAY_FIELD = "day"
_DATA = "data"


class Metric(StrEnum):
    """What is counted."""

    MESSAGES = "lechat.messages"
    FILES = "lechat.files"
    IMAGES = "lechat.images"
    SPREADSHEETS = "lechat.spreadsheets"
    CONVERSATIONS = "lechat.conversations"
    AGENTS = "lechat.agents"  # different ones
    AGENT_MESSAGES = "lechat.agent_messages"
    USERS = "lechat.users"  # different ones
    SESSIONS = "vibe.sessions"
    PROMPTS = "vibe.prompts"
    ACTIVE_USERS = "vibe.active_users"  # different ones in a day
    TOKENS = "vibe.tokens"  # cached, input and output
    CACHED_TOKENS = "vibe.cached_tokens"
    INPUT_TOKENS = "vibe.input_tokens"
    OUTPUT_TOKENS = "vibe.output_tokens"
    TOOL_CALLS = "vibe.tool_calls"
    SESSION_HOURS = "vibe.session_hours"
    SUGGESTIONS = "vibe.suggestions"
    ACCEPTED_SUGGESTIONS = "vibe.accepted_suggestions"
    LINES_INSERTED = "vibe.lines_inserted"


class Per(StrEnum):
    """Whose activity is held against a bound: each one's, or everybody's together."""

    USER = "user"
    AGENT = "agent"
    WORKSPACE = "workspace"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Where a report has a metric: `fields` of the rows of one series, added up.

    `subject` is the field that says whose a row is, empty where it is everybody's.
    `adds_up` says that rows may be added to one another.
    """

    report: AnalyticsReport
    fields: tuple[str, ...]
    series: str = _DATA
    subject: str = ""
    adds_up: bool = True


_LECHAT = {
    Metric.MESSAGES: "messages_count",
    Metric.FILES: "files_count",
    Metric.IMAGES: "images_count",
    Metric.SPREADSHEETS: "spreadsheets_count",
    Metric.CONVERSATIONS: "unique_conversations_count",
}
_BY_USER = _LECHAT | {
    Metric.AGENTS: "unique_agents_count",
    Metric.AGENT_MESSAGES: "messages_to_agents_count",
}
_BY_AGENT = _LECHAT | {Metric.USERS: "unique_users_count"}
_BY_TIME = _BY_USER | _BY_AGENT
_DIFFERENT = frozenset({Metric.CONVERSATIONS, Metric.AGENTS, Metric.USERS})
_TOKENS = ("cached_tokens", "input_tokens", "output_tokens")
_BY_WORKSPACE: Mapping[Metric, tuple[str, tuple[str, ...]]] = {
    Metric.SESSIONS: ("sessions", ("nb_sessions",)),
    Metric.PROMPTS: ("user_prompts", ("nb_prompts_total",)),
    Metric.ACTIVE_USERS: ("active_users", ("nb_active_users_total",)),
    Metric.TOKENS: ("consumed_tokens", _TOKENS),
    Metric.CACHED_TOKENS: ("consumed_tokens", _TOKENS[:1]),
    Metric.INPUT_TOKENS: ("consumed_tokens", _TOKENS[1:2]),
    Metric.OUTPUT_TOKENS: ("consumed_tokens", _TOKENS[2:]),
    Metric.TOOL_CALLS: ("tool_calls", ("total",)),
    Metric.SESSION_HOURS: ("session_durations", ("total_duration_hours",)),
}
_BY_ORGANIZATION = {
    Metric.SUGGESTIONS: ("next_edit_suggestions", "total_suggestions"),
    Metric.ACCEPTED_SUGGESTIONS: ("next_edit_suggestions", "outcome_accepted"),
    Metric.LINES_INSERTED: ("next_edit_modified_loc", "lines_inserted"),
}


def _counters() -> Mapping[tuple[Metric, Per], Counter]:
    lechat = (
        (Per.USER, AnalyticsReport.LECHAT_BY_USER, _BY_USER, USER_FIELD),
        (Per.AGENT, AnalyticsReport.LECHAT_BY_AGENT, _BY_AGENT, AGENT_FIELD),
        (Per.ORGANIZATION, AnalyticsReport.LECHAT_BY_TIME, _BY_TIME, ""),
    )
    counters = {
        (metric, per): Counter(
            report=report,
            fields=(field,),
            subject=subject,
            adds_up=metric not in _DIFFERENT,
        )
        for per, report, fields, subject in lechat
        for metric, field in fields.items()
    }
    for metric, (series, summed) in _BY_WORKSPACE.items():
        for per in (Per.WORKSPACE, Per.ORGANIZATION):
            counters[metric, per] = Counter(
                report=AnalyticsReport.VIBE_BY_WORKSPACE,
                series=series,
                fields=summed,
                adds_up=metric is not Metric.ACTIVE_USERS,
            )
    for metric, (series, field) in _BY_ORGANIZATION.items():
        counters[metric, Per.ORGANIZATION] = Counter(
            report=AnalyticsReport.VIBE_BY_ORGANIZATION, series=series, fields=(field,)
        )
    return counters


COUNTERS = _counters()


def ways_to_count(metric: Metric) -> tuple[Per, ...]:
    """Give per whom the provider counts a metric."""
    return tuple(per for per in Per if (metric, per) in COUNTERS)


def windows_of(metric: Metric) -> tuple[PeriodKind, ...]:
    """Give the windows over which a metric can be told.

    People active in Vibe Code are told by the day alone, and the same ones may be
    active on the next.
    """
    if metric is Metric.ACTIVE_USERS:
        return (PeriodKind.DAY,)
    return tuple(PeriodKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityKey:
    """One figure that a threshold asks for; `workspace` as its policy writes it."""

    metric: Metric
    per: Per
    window: PeriodKind
    workspace: str | None = None

    @property
    def counter(self) -> Counter:
        """Give where a report has it; `KeyError` for what the provider has not."""
        return COUNTERS[self.metric, self.per]

    @property
    def text(self) -> str:
        """`lechat.messages per user a month`: what state is filed under."""
        scope = "" if self.workspace is None else f" in workspace {self.workspace}"
        return f"{self.metric} per {self.per} a {self.window}{scope}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityQuery:
    """One request for a report over a whole period; `workspace` is a uuid."""

    report: AnalyticsReport
    period: BillingPeriod
    workspace: str | None = None

    @property
    def granularity(self) -> str | None:
        """Give the length of the buckets of a report by time, one for the period.

        None for a week: on which day one begins at the provider is not documented.
        """
        is_by_time = self.report is AnalyticsReport.LECHAT_BY_TIME
        if not is_by_time or self.period.kind is PeriodKind.WEEK:
            return None
        return self.period.kind.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How much of a metric; `name` is whose it is, empty where it is everybody's.

    A user or an agent is named by the provider's id alone.
    """

    name: str
    amount: Decimal


def most_first(counts: Mapping[str, Decimal]) -> tuple[Count, ...]:
    """Give counts by name, the largest first."""
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return tuple(Count(name=name, amount=amount) for name, amount in ordered)
