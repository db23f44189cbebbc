"""Requests for approval: the statements of transactions and lists."""

from datetime import datetime

from sqlalchemy import Connection, Select, bindparam, delete, insert, or_, select

from service.domain.approval import Approval, ApprovalState
from service.ports import ApprovalFilter, PageSession
from service.storage.reads import row_with_id
from service.storage.statements import upsert
from service.storage.tables import APPROVAL, PAGE_SESSION, PAGE_TOKEN
from service.storage.translate.approvals import (
    approval_from_row,
    row_from_approval,
    row_from_session,
    session_from_row,
)

_PENDING = (
    select(APPROVAL)
    .where(APPROVAL.c.state == ApprovalState.PENDING.value)
    .order_by(APPROVAL.c.position.desc())
    .limit(1000)
)

_OF_ORGANIZATION = (
    select(APPROVAL)
    .where(
        APPROVAL.c.organization == bindparam("organization"),
        or_(APPROVAL.c.requested_at >= bindparam("since"), APPROVAL.c.is_open),
    )
    .order_by(APPROVAL.c.position)
)


def approvals_of(
    connection: Connection, organization: str, since: datetime
) -> tuple[Approval, ...]:
    given = {"organization": organization, "since": since}
    return tuple(map(approval_from_row, connection.execute(_OF_ORGANIZATION, given)))


def pending(connection: Connection) -> dict[str, list[Approval]]:
    """Give all that wait for an answer, newest first, by organization."""
    found: dict[str, list[Approval]] = {}
    for row in connection.execute(_PENDING):
        found.setdefault(row.organization, []).append(approval_from_row(row))
    return found


def approval(connection: Connection, approval_id: str) -> Approval | None:
    row = row_with_id(connection, APPROVAL, approval_id)
    return approval_from_row(row) if row else None


def save(connection: Connection, approval: Approval, dialect: str) -> None:
    connection.execute(upsert(APPROVAL, dialect), row_from_approval(approval))


def listed(wanted: ApprovalFilter) -> Select[tuple[object, ...]]:
    found = select(APPROVAL)
    if wanted.organization is not None:
        found = found.where(APPROVAL.c.organization == wanted.organization)
    if wanted.state is not None:
        found = found.where(APPROVAL.c.state == wanted.state.value)
    return found


def session(connection: Connection, digest: str) -> PageSession | None:
    wanted = select(PAGE_SESSION).where(PAGE_SESSION.c.digest == digest)
    row = connection.execute(wanted).one_or_none()
    return session_from_row(row) if row else None


def open_session(connection: Connection, session: PageSession, now: datetime) -> None:
    for table in (PAGE_TOKEN, PAGE_SESSION):
        connection.execute(delete(table).where(table.c.expires_at <= now))
    connection.execute(insert(PAGE_SESSION), row_from_session(session))


def save_token(
    connection: Connection, digest: str, session: PageSession, approval_id: str
) -> None:
    row = {
        "digest": digest,
        "session": session.digest,
        "approval_id": approval_id,
        "expires_at": session.expires_at,
    }
    connection.execute(insert(PAGE_TOKEN), row)


def take_token(
    connection: Connection, digest: str, session: PageSession, approval_id: str
) -> bool:
    # Gone with the first who takes it, however many try at once.
    taken = delete(PAGE_TOKEN).where(
        PAGE_TOKEN.c.digest == digest,
        PAGE_TOKEN.c.session == session.digest,
        PAGE_TOKEN.c.approval_id == approval_id,
    )
    return connection.execute(taken).rowcount == 1
