"""The clock, the provider, the policy folder and the channels, as protocols."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from service.domain.analytics import (
    Analytics,
    AnalyticsReport,
    ProviderAuditEntry,
    RateLimit,
)
from service.domain.diagnosis import Manner
from service.domain.following import Following
from service.domain.notification import Delivery, Message
from service.domain.period import BillingPeriod
from service.domain.policy_set import PolicySet
from service.domain.usage import LimitReading, SpendLimit, UsageReport, Workspace


class Clock(Protocol):
    """The one source of time; virtual in tests and in the demo."""

    def now(self) -> datetime:
        """Give the present moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Give seconds that never go back, for durations."""
        ...

    def sleep(self, duration: timedelta) -> None:
        """Wait."""
        ...


class AdminApi(Protocol):
    """The provider's Admin API for one organization.

    Every method raises `ProviderUnavailable` (no answer or a 5xx), `ProviderRejected`
    (4xx) or `ProviderMalformed`; none returns a guess.
    """

    def manner(self) -> Manner:
        """Tell how the provider is spoken to, and what its last answer showed."""
        ...

    def spend_limit(self) -> LimitReading:
        """Read the spend limit and the total counted against it."""
        ...

    def set_spend_limit(self, limit: SpendLimit, *, timeout: timedelta) -> None:
        """Ask for a spend limit, in whole units; sent once, never retried.

        `ProviderUnavailable` then means "perhaps", `ProviderRejected` "no".
        """
        ...

    def usage(self, month: BillingPeriod, workspace: str | None = None) -> UsageReport:
        """Read a month of usage rows and prices; `workspace` is a uuid."""
        ...

    def workspaces(self) -> tuple[Workspace, ...]:
        """Read all workspaces, the archived ones too."""
        ...

    def rate_limit(self) -> RateLimit:
        """Read the rate limits."""
        ...

    def analytics(
        self,
        report: AnalyticsReport,
        start: datetime,
        end: datetime,
        *,
        workspace: str | None = None,
        granularity: str | None = None,
    ) -> Analytics:
        """Read an activity report over `[start, end)`."""
        ...

    def audit_log(
        self, event_types: Sequence[str], *, after: datetime
    ) -> tuple[ProviderAuditEntry, ...]:
        """Read the provider's audit log, newest first."""
        ...


class PolicySource(Protocol):
    """Where policies come from: a folder of YAML, or a branch in git."""

    def load(self) -> PolicySet:
        """Read the whole set; raise `InvalidPolicies` with every finding."""
        ...

    def parse(self, texts: Sequence[tuple[str, str]]) -> PolicySet:
        """Read a set from `(file name, YAML)` pairs, such as a stored revision."""
        ...

    def draft(self, texts: Sequence[tuple[str, str]]) -> PolicySet:
        """Read texts that are only to be looked at; raise as `parse` does.

        Nothing is expanded: in place of each secret that is a reference stands a text
        that opens nothing.
        """
        ...

    def storable(self, texts: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Give texts as they may be kept: what in them may be secret left out.

        One that lost a secret so is not parsed any more; the error says why.
        """
        ...

    def wait_for_change(self, timeout: timedelta) -> bool:
        """Block until the policies may have changed (True) or time is up (False)."""
        ...

    def look_now(self) -> None:
        """Let a repository be asked at once, by whoever waits for a change."""
        ...

    def following(self) -> Following | None:
        """Say how it stands with the repository, None where none is followed."""
        ...


class Channel(Protocol):
    """A destination of messages."""

    def send(self, message: Message, notification_id: str) -> Delivery:
        """Hand a message over, once; failure is a value, never an exception."""
        ...
