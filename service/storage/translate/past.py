"""Where the reading of past months stands, as rows."""

from typing import Any

from sqlalchemy import Row

from service.domain.past_read import PastRead


def row_from_past_read(read: PastRead) -> dict[str, object]:
    return {
        "organization": read.organization,
        "period": read.period,
        "workspace": read.workspace,
        "currency": read.currency,
        "read_at": read.read_at,
        "failed_at": read.failed_at,
        "failures": read.failures,
        "reason": read.reason,
        "detail": read.detail,
    }


def past_read_from_row(row: Row[Any]) -> PastRead:
    # A plain tuple: a status reads twelve of each organization.
    (organization, period, workspace, currency, read_at, *failed) = tuple(row)
    failed_at, failures, reason, detail = failed
    return PastRead(
        organization=organization,
        workspace=workspace,
        period=period,
        currency=currency,
        read_at=read_at,
        failed_at=failed_at,
        failures=failures,
        reason=reason,
        detail=detail,
    )
