"""Parts of a list in memory; a cursor is the number of items still to come."""

from collections.abc import Sequence
from typing import TypeVar

from service.domain.errors import InvalidInput
from service.ports import Page, PageRequest

Item = TypeVar("Item")
MOST_ITEMS = 1000


def page_of(oldest_first: Sequence[Item], page: PageRequest) -> Page[Item]:
    """Give the part of a list that a request asks for, newest first."""
    if not 1 <= page.limit <= MOST_ITEMS:
        raise InvalidInput(f"a list gives from 1 to {MOST_ITEMS} items at once")
    end = len(oldest_first)
    if page.cursor is not None:
        if not page.cursor.isdecimal():
            raise InvalidInput("the cursor is none that this list gave")
        end = int(page.cursor)
    start = max(end - page.limit, 0)
    return Page(
        items=tuple(reversed(oldest_first[start:end])),
        next_cursor=str(start) if start else None,
    )
