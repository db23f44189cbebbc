"""Silences as rows."""

from typing import Any

from sqlalchemy import Row

from service.domain.silence import Silence
from service.storage.documents import MATCHERS


def row_from_silence(silence: Silence) -> dict[str, object]:
    return {
        "id": silence.id,
        "starts_at": silence.starts_at,
        "ends_at": silence.ends_at,
        "created_at": silence.created_at,
        "created_by": silence.created_by,
        "comment": silence.comment,
        "expired_at": silence.expired_at,
        "expired_by": silence.expired_by,
        "matchers": MATCHERS.dump(silence.matchers),
    }


def silence_from_row(row: Row[Any]) -> Silence:
    return Silence(
        id=row.id,
        matchers=MATCHERS.load(row.matchers),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        created_at=row.created_at,
        created_by=row.created_by,
        comment=row.comment,
        expired_at=row.expired_at,
        expired_by=row.expired_by,
    )
