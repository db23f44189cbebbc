"""The part of the database in memory that is about approvals."""

from datetime import datetime

from service.domain.approval import Approval, ApprovalState
from service.domain.limit_change import ChangeState
from service.ports import ApprovalFilter, Page, PageRequest, PageSession
from tests.fakes.memory_pages import page_of

# Those that a transaction gives however long ago they were planned.
UNSETTLED = {
    ChangeState.PLANNED,
    ChangeState.AWAITING_APPROVAL,
    ChangeState.APPROVED,
    ChangeState.REQUESTED,
    ChangeState.UNKNOWN,
}


class ApprovalTables:
    """What is kept of them; `tokens` maps a digest to its session and request."""

    def __init__(self) -> None:
        self.approvals_by_id: dict[str, Approval] = {}
        self.sessions: dict[str, PageSession] = {}
        self.tokens: dict[str, tuple[str, str]] = {}


class ApprovalWork:
    """The approvals' part of `UnitOfWork`."""

    def __init__(self, tables: ApprovalTables) -> None:
        self._kept = tables

    def approvals(self, organization: str, since: datetime) -> tuple[Approval, ...]:
        return tuple(
            each
            for each in self._kept.approvals_by_id.values()
            if each.organization == organization
            and (each.requested_at >= since or each.is_open)
        )

    def approval(self, approval_id: str) -> Approval | None:
        return self._kept.approvals_by_id.get(approval_id)

    def save_approval(self, approval: Approval) -> None:
        self._kept.approvals_by_id[approval.id] = approval

    def open_session(self, session: PageSession, now: datetime) -> None:
        kept = self._kept
        kept.sessions = {
            digest: each
            for digest, each in kept.sessions.items()
            if each.expires_at > now
        } | {session.digest: session}
        kept.tokens = {
            digest: token
            for digest, token in kept.tokens.items()
            if token[0] in kept.sessions
        }

    def save_token(self, digest: str, session: PageSession, approval_id: str) -> None:
        self._kept.tokens[digest] = (session.digest, approval_id)

    def take_token(self, digest: str, session: PageSession, approval_id: str) -> bool:
        if self._kept.tokens.get(digest) != (session.digest, approval_id):
            return False
        del self._kept.tokens[digest]
        return True


class ApprovalQueries:
    """The approvals' part of `Queries`."""

    def __init__(self, tables: ApprovalTables) -> None:
        self._kept = tables

    def approvals(self, wanted: ApprovalFilter, page: PageRequest) -> Page[Approval]:
        found = [
            each
            for each in self._kept.approvals_by_id.values()
            if wanted.organization in {None, each.organization}
            and wanted.state in {None, each.state}
        ]
        return page_of(found, page)

    def approval(self, approval_id: str) -> Approval | None:
        return self._kept.approvals_by_id.get(approval_id)

    def session(self, digest: str) -> PageSession | None:
        return self._kept.sessions.get(digest)

    def pending(self, organization: str) -> tuple[Approval, ...]:
        wanted = ApprovalFilter(organization=organization, state=ApprovalState.PENDING)
        return self.approvals(wanted, PageRequest()).items
