"""Requests for approval, and the sessions of their page, as rows."""

from typing import Any

from sqlalchemy import Row

from service.domain.approval import Approval
from service.ports import PageSession
from service.storage.documents import APPROVAL


def row_from_approval(approval: Approval) -> dict[str, object]:
    return {
        "id": approval.id,
        "organization": approval.organization,
        "state": approval.state.value,
        "is_open": approval.is_open,
        "requested_at": approval.requested_at,
        "document": APPROVAL.dump(approval),
    }


def approval_from_row(row: Row[Any]) -> Approval:
    return APPROVAL.load(row.document)


def row_from_session(session: PageSession) -> dict[str, object]:
    return {
        "digest": session.digest,
        "key_id": session.key_id,
        "expires_at": session.expires_at,
    }


def session_from_row(row: Row[Any]) -> PageSession:
    return PageSession(digest=row.digest, key_id=row.key_id, expires_at=row.expires_at)
