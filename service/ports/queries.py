"""Reads for the REST API and the command line, as a protocol."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from service.domain.access import ApiKey
from service.domain.alert import Alert
from service.domain.approval import Approval
from service.domain.audit import AuditEntry
from service.domain.audit_verification import Link
from service.domain.check import Check, Observation, UsageMonth
from service.domain.limit_change import LimitChange
from service.domain.notification import Notification
from service.domain.past_read import PastRead
from service.domain.proof import Proof
from service.domain.silence import Silence, SilenceState
from service.domain.state import OrganizationState
from service.domain.usage import UsageSnapshot
from service.ports.records import (
    AlertFilter,
    ApprovalFilter,
    Counts,
    Page,
    PageRequest,
    PageSession,
    Revision,
    StoredPolicy,
    Survey,
)


class Queries(Protocol):
    """Reads for the REST API and the command line; newest first, nothing is locked.

    Every method may raise `StorageUnavailable`; a cursor that is none raises
    `InvalidInput`.
    """

    def survey(self, organizations: Sequence[str], now: datetime) -> Survey:
        """Give all that a status rests on; the newest firing alerts, 200 of each."""
        ...

    def counts(self, organizations: Sequence[str]) -> Counts:
        """Count what is kept: tallies of every chain, alerts firing for these."""
        ...

    def organization_states(self) -> tuple[OrganizationState, ...]:
        """Give what is remembered of every organization ever checked."""
        ...

    def last_check(self, organization: str) -> Check | None:
        """Give the newest check of an organization."""
        ...

    def checks(self, organization: str | None, page: PageRequest) -> Page[Check]:
        """List checks."""
        ...

    def check(self, check_id: str) -> Check | None:
        """Give one check."""
        ...

    def observations(
        self, organization: str, since: datetime, until: datetime
    ) -> tuple[Observation, ...]:
        """Give what checks saw from `since` up to `until`, oldest first."""
        ...

    def snapshots(self, organization: str, since: datetime) -> Iterator[UsageSnapshot]:
        """Give all that checks read since a moment, oldest first; it may be a year's.

        Each is as the check had it, and shares what did not change with the one before.
        """
        ...

    def usage(self, organization: str, period: str) -> tuple[UsageMonth, ...]:
        """Give the stored usage of a month (`2026-08`): all, then by workspace."""
        ...

    def past_reads(self, organization: str) -> tuple[PastRead, ...]:
        """Give where the reading of each past month stands, newest month first."""
        ...

    def alerts(self, wanted: AlertFilter, page: PageRequest) -> Page[Alert]:
        """List alerts that fired or are pending; idle ones are not listed."""
        ...

    def alert(self, alert_id: str) -> Alert | None:
        """Give one alert."""
        ...

    def silences(
        self, state: SilenceState | None, now: datetime, page: PageRequest
    ) -> Page[Silence]:
        """List silences, those in a state at a moment or all."""
        ...

    def limit_changes(
        self, organization: str | None, page: PageRequest
    ) -> Page[LimitChange]:
        """List limit changes."""
        ...

    def limit_change(self, change_id: str) -> LimitChange | None:
        """Give one limit change."""
        ...

    def approvals(self, wanted: ApprovalFilter, page: PageRequest) -> Page[Approval]:
        """List requests for approval."""
        ...

    def approval(self, approval_id: str) -> Approval | None:
        """Give one request for approval."""
        ...

    def session(self, digest: str) -> PageSession | None:
        """Give a session of the approval page, ended or not."""
        ...

    def notifications(
        self, channel: str | None, page: PageRequest
    ) -> Page[Notification]:
        """List notifications."""
        ...

    def notification(self, notification_id: str) -> Notification | None:
        """Give one notification."""
        ...

    def due_channels(self, now: datetime, stale_before: datetime) -> tuple[str, ...]:
        """Name the channels with something to send now, the longest waiting first.

        What is due is told as `UnitOfWork.due_notifications` tells it.
        """
        ...

    def proofs(self) -> tuple[Proof, ...]:
        """Give what shows that each channel works, of all ever seen, by name."""
        ...

    def audit(
        self, chain: str | None, action: str | None, page: PageRequest
    ) -> Page[AuditEntry]:
        """List audit entries."""
        ...

    def audit_chains(self) -> tuple[str, ...]:
        """Name the chains."""
        ...

    def audit_entries(self, chain: str, after: int) -> Sequence[AuditEntry]:
        """Give up to some thousands of a chain's entries behind number `after`."""
        ...

    def audit_lines(self, chain: str, after: int) -> Sequence[str]:
        """Give the same entries as the lines of an export, several times as fast."""
        ...

    def audit_links(self, chain: str, after: int) -> Sequence[Link]:
        """Give the same entries as verifying needs them, hashed as they are now."""
        ...

    def revisions(self, page: PageRequest) -> Page[Revision]:
        """List loads of the policy set, refused ones too."""
        ...

    def last_good_revision(self) -> Revision | None:
        """Give the newest load that was not refused."""
        ...

    def stored_policies(self) -> tuple[StoredPolicy, ...]:
        """Give the policies put over the API, the retired ones too."""
        ...

    def keys(self) -> tuple[ApiKey, ...]:
        """List the keys of the REST API, without their texts."""
        ...

    def key_by_digest(self, digest: str) -> ApiKey | None:
        """Give the key whose text has that SHA-256, in hexadecimal."""
        ...

    def is_paused(self) -> bool:
        """Say whether automatic changes are stopped."""
        ...

    def is_ready(self) -> None:
        """Raise `StorageError` unless the database answers and fits this program."""
        ...
