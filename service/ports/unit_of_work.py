"""One transaction, as a protocol."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from service.domain.access import ApiKey
from service.domain.alert import Alert
from service.domain.approval import Approval
from service.domain.audit import Fact, Head
from service.domain.check import Check, Observation, UsageMonth
from service.domain.course import Course, SpendSample
from service.domain.guard import Organization
from service.domain.history import History
from service.domain.limit_change import LimitChange
from service.domain.notification import Notification
from service.domain.past_read import PastRead
from service.domain.period import BillingPeriod
from service.domain.silence import Silence
from service.domain.state import OrganizationState
from service.domain.usage import UsageSnapshot
from service.ports.records import PageSession, Revision, StoredPolicy


class UnitOfWork(Protocol):
    """One transaction: everything in it happens, or nothing.

    Got from `Services.transaction()`; commits at the end of the `with` block, rolls
    back on an exception. Saving a thing with a known id replaces it.
    """

    def state(self, organization: str) -> OrganizationState:
        """Give what is remembered of an organization; a fresh one if nothing is."""
        ...

    def save_state(self, state: OrganizationState) -> None:
        """Remember it."""
        ...

    def is_paused(self) -> bool:
        """Say whether automatic changes are stopped."""
        ...

    def set_paused(self, *, paused: bool) -> None:
        """Stop or allow automatic changes; survives restarts."""
        ...

    def alerts(self, organization: str, since: datetime) -> tuple[Alert, ...]:
        """Give the newest firing for each key that is open or was seen since then.

        Of health alerts, which belong to no period, however long ago it was.
        """
        ...

    def save_alert(self, alert: Alert) -> None:
        """Insert or update an alert; its identity is unique in the database."""
        ...

    def alert(self, alert_id: str) -> Alert | None:
        """Give one alert."""
        ...

    def muted_alerts(self, organization: str) -> tuple[Alert, ...]:
        """Give the alerts of which a silence withheld something, oldest first."""
        ...

    def unmute(self, alert: Alert, now: datetime) -> bool:
        """Note that it is told now; False if that was noted by another already."""
        ...

    def active_silences(self, now: datetime) -> tuple[Silence, ...]:
        """Give the silences that are active at a moment, oldest first."""
        ...

    def silence(self, silence_id: str) -> Silence | None:
        """Give one silence."""
        ...

    def save_silence(self, silence: Silence) -> None:
        """Insert or update a silence."""
        ...

    def limit_changes(
        self, organization: str, since: datetime
    ) -> tuple[LimitChange, ...]:
        """Give changes planned since then and all unsettled ones, oldest first."""
        ...

    def save_limit_change(self, change: LimitChange) -> None:
        """Insert or update a limit change."""
        ...

    def approvals(self, organization: str, since: datetime) -> tuple[Approval, ...]:
        """Give requests made since then and all open ones, oldest first."""
        ...

    def approval(self, approval_id: str) -> Approval | None:
        """Give one request for approval."""
        ...

    def save_approval(self, approval: Approval) -> None:
        """Insert or update a request for approval."""
        ...

    def open_session(self, session: PageSession, now: datetime) -> None:
        """Keep a session of the approval page, and forget those that have ended."""
        ...

    def save_token(self, digest: str, session: PageSession, approval_id: str) -> None:
        """Keep the one-use token of a form; it ends with its session."""
        ...

    def take_token(self, digest: str, session: PageSession, approval_id: str) -> bool:
        """Use a token up; say whether it was one of that session and request."""
        ...

    def observations(
        self, organization: str, since: datetime
    ) -> tuple[Observation, ...]:
        """Give what checks saw since then, oldest first."""
        ...

    def save_check(self, check: Check) -> None:
        """Insert or update a check."""
        ...

    def save_usage(self, month: UsageMonth) -> None:
        """Keep a month of usage; a month that did not change writes nothing."""
        ...

    def usage(
        self, organization: str, period: str, workspace: str
    ) -> UsageMonth | None:
        """Give one month of usage (`2026-08`); no workspace's name is all of them."""
        ...

    def history(
        self, organization: str, currency: str, before: BillingPeriod
    ) -> History:
        """Give the months before one, the same object while nothing has changed."""
        ...

    def courses(
        self, organization: Organization, scopes: Collection[str], now: datetime
    ) -> Mapping[str, Course]:
        """Give what checks saw of the spend of scopes over the last weeks, by key.

        Of a scope that was not watched yet an empty one; in the organization's
        currency.
        """
        ...

    def save_samples(self, organization: str, samples: Iterable[SpendSample]) -> None:
        """Keep what a check saw; the last of a quarter of an hour stands for it."""
        ...

    def save_snapshot(self, snapshot: UsageSnapshot, kept: timedelta) -> None:
        """Keep all that a check read; days that are older than `kept` go."""
        ...

    def past_reads(self, organization: str) -> tuple[PastRead, ...]:
        """Give where the reading of each past month stands, newest month first."""
        ...

    def save_past_read(self, read: PastRead, before: PastRead | None) -> bool:
        """Keep where a reading stands, if it is still as given; say whether it was."""
        ...

    def record(self, *facts: Fact) -> None:
        """Append facts to their audit chains."""
        ...

    def enqueue(self, notification: Notification) -> None:
        """Put a notification into the outbox."""
        ...

    def notification(self, notification_id: str) -> Notification | None:
        """Give one notification."""
        ...

    def save_notification(self, notification: Notification) -> None:
        """Update a notification."""
        ...

    def due_notifications(
        self, channel: str, now: datetime, stale_before: datetime
    ) -> tuple[Notification, ...]:
        """Give some of a channel's whose time has come, oldest first.

        Claims made before `stale_before` were left by a dead process: due as well.
        """
        ...

    def failed_notifications(self, channel: str) -> tuple[Notification, ...]:
        """Give those of a channel that wait to be tried again, oldest first."""
        ...

    def claim(self, notification: Notification, now: datetime) -> bool:
        """Take it for sending if its state, attempts and claim are still as given."""
        ...

    def note_channel(self, channel: str, at: datetime) -> None:
        """Note that there is a channel, unless that was noted before."""
        ...

    def note_delivered(self, channel: str, notification_id: str, at: datetime) -> None:
        """Note that a channel took a message or a test."""
        ...

    def note_failed(self, channel: str, error: str, at: datetime) -> None:
        """Note that a channel failed to take one, and why."""
        ...

    def claim_drill(self, channel: str, before: datetime | None, at: datetime) -> bool:
        """Note that a fire drill is sent, if the one before is still as given."""
        ...

    def claim_heads(self, channel: str, day: str, at: datetime) -> bool:
        """Note that a message of a day (`2026-08-20`) carries the heads, the first."""
        ...

    def audit_heads(self, first: Sequence[str], most: int) -> tuple[Head, ...]:
        """Give the heads of at most so many chains, those named first."""
        ...

    def save_revision(self, revision: Revision) -> None:
        """Keep a load of the policy set."""
        ...

    def save_policy(self, policy: StoredPolicy) -> None:
        """Insert or update a policy put over the API."""
        ...

    def save_key(self, key: ApiKey) -> None:
        """Insert or update a key of the REST API."""
        ...

    def touch_key(self, key_id: str, at: datetime) -> None:
        """Remember when a key was last used; nothing else of it changes."""
        ...
