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
    return PastRead(
        organization=row.organization,
        period=row.period,
        workspace=row.workspace,
        currency=row.currency,
        read_at=row.read_at,
        failed_at=row.failed_at,
        failures=row.failures,
        reason=row.reason,
        detail=row.detail,
    )
