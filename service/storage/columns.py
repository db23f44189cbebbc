"""Column types of ours: exact decimals, moments in UTC, positions in a list."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import TIMESTAMP, BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator, TypeEngine
from typing_extensions import override

from service.domain.audit import timestamp
from service.domain.errors import InvalidInput
from service.domain.period import require_utc


def plain(amount: Decimal) -> str:
    """Write every digit of a finite decimal, without an exponent."""
    if not amount.is_finite():
        raise InvalidInput(f"only finite numbers are kept, not {amount}")
    return f"{amount:f}"


class Exact(TypeDecorator[Decimal]):
    """A decimal as text: SQLite's own NUMERIC goes through a float."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else plain(value)

    @override
    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> Decimal | None:
        return None if value is None else Decimal(value)


class Moment(TypeDecorator[datetime]):
    """An aware moment, given back in UTC with its microseconds.

    On SQLite a text of one length, so that it sorts as time does; a moment without a
    zone raises `InvalidInput`.
    """

    impl = TIMESTAMP
    cache_ok = True

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(TIMESTAMP(timezone=True))

    @override
    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | str | None:
        if value is None:
            return None
        at = require_utc(value)
        return timestamp(at) if dialect.name == "sqlite" else at

    @override
    def process_result_value(
        self, value: datetime | str | None, dialect: Dialect
    ) -> datetime | None:
        if value is None:
            return None
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
        return at.astimezone(UTC)


class Position(TypeDecorator[int]):
    """A number that only grows: SQLite gives those to an INTEGER key alone."""

    impl = BigInteger
    cache_ok = True

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[int]:
        kind = Integer() if dialect.name == "sqlite" else BigInteger()
        return dialect.type_descriptor(kind)
