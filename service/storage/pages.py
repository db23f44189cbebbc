"""Lists, newest first, in parts: a cursor names the last row seen.

Rows that come in while somebody reads on stand before the first part, so nothing is
seen twice and nothing is missed.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, Table

from service.domain.errors import InvalidInput
from service.ports import Page, PageRequest

Item = TypeVar("Item")

MOST_ITEMS = 1000


def page_of(
    connection: Connection,
    table: Table,
    wanted: Select[Any],
    page: PageRequest,
    from_row: Callable[[Row[Any]], Item],
) -> Page[Item]:
    """Give the part of a list that a request asks for; raise `InvalidInput`."""
    if not 1 <= page.limit <= MOST_ITEMS:
        raise InvalidInput(f"a list gives from 1 to {MOST_ITEMS} items at once")
    if page.cursor is not None:
        wanted = wanted.where(table.c.position < _position(table, page.cursor))
    # One more than asked for says whether there is another part.
    newest = wanted.order_by(table.c.position.desc()).limit(page.limit + 1)
    rows = connection.execute(newest).all()
    shown = rows[: page.limit]
    return Page(
        items=tuple(from_row(row) for row in shown),
        next_cursor=_cursor(table, shown[-1]) if len(rows) > len(shown) else None,
    )


def _cursor(table: Table, row: Row[Any]) -> str:
    text = f"{table.name}:{row.position}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _position(table: Table, cursor: str) -> int:
    padding = "=" * (-len(cursor) % 4)
    try:
        text = base64.b64decode(cursor + padding, altchars=b"-_", validate=True)
        name, _, number = text.decode().partition(":")
    except (binascii.Error, ValueError):
        name, number = "", ""
    # Nineteen digits and more may not fit the column.
    if name != table.name or not number.isdecimal() or len(number) > 18:  # noqa: PLR2004 - the digits of 2 ** 63, less one
        raise InvalidInput("the cursor is none that this list gave")
    return int(number)
