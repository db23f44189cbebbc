"""Lists that come in pages, read to their end, and never for ever.

`fetch` gives the parsed JSON of one page for a query; every function raises
`ProviderMalformed` for a list that does not end.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeAlias

from service.admin_api import translate, wire
from service.admin_api.exchange import Query
from service.admin_api.shape import compare
from service.domain.analytics import ProviderAuditEntry
from service.domain.errors import ProviderMalformed
from service.domain.shape import AS_KNOWN
from service.domain.usage import Workspace

Fetch: TypeAlias = Callable[[Query], object]

_PAGE_SIZE = 100
_MOST_PAGES = 200
# The provider's own page when none is asked for: a shorter one must be the last.
_SMALLEST_AUDIT_PAGE = 20


def all_workspaces(fetch: Fetch) -> tuple[Workspace, ...]:
    """Read the workspaces, present and archived, sorted by name.

    Whether `is_archived` includes the archived ones or gives them alone is not
    documented: both lists are read, and what only the second holds is archived.
    """
    pages: list[object] = []

    def kept(query: Query) -> object:
        pages.append(fetch(query))
        return pages[-1]

    present = _workspaces(kept, is_archived="false")
    both = present | _workspaces(kept, is_archived="true")
    found = [
        translate.workspace(item, is_archived=uuid not in present)
        for uuid, item in both.items()
    ]
    found.sort(key=lambda workspace: (workspace.name, workspace.uuid))
    changes = compare("workspaces", wire.WorkspacesOut, pages)
    return tuple(
        replace(each, shape_changes=AS_KNOWN if place else changes)
        for place, each in enumerate(found)
    )


def _workspaces(fetch: Fetch, *, is_archived: str) -> dict[str, wire.WorkspaceOut]:
    found: dict[str, wire.WorkspaceOut] = {}
    for number in count(1):
        page = wire.parse(
            wire.WorkspacesOut,
            fetch(
                {"is_archived": is_archived, "page": number, "page_size": _PAGE_SIZE}
            ),
        )
        found |= {item.uuid: item for item in page.items}
        # The provider may serve smaller pages than asked for, and the total may move.
        size = page.page_size or _PAGE_SIZE
        if not page.items or number * size >= page.total:
            break
        if number == _MOST_PAGES:
            raise ProviderMalformed(f"no end after {number} pages of workspaces")
    return found


def all_audit_entries(
    fetch: Fetch, event_types: Sequence[str], *, after: datetime
) -> tuple[ProviderAuditEntry, ...]:
    """Read the audit entries of some events at or after a moment, newest first.

    There is no page number: each page asks for what is before the oldest entry so
    far, a microsecond more, as several entries may share a moment.
    """
    found: dict[str, wire.AuditLogOut] = {}
    pages: list[object] = []
    before: datetime | None = None
    for number in count(1):
        pages.append({"entries": fetch(_audit_query(event_types, after, before))})
        page = translate.audit_page(pages[-1])
        new = {entry.log_id: entry for entry in page if entry.log_id not in found}
        found |= new
        oldest = min((entry.created_at for entry in page), default=after)
        if not new or len(page) < _SMALLEST_AUDIT_PAGE or oldest < after:
            break
        if number == _MOST_PAGES:
            raise ProviderMalformed(f"no end after {number} pages of audit entries")
        before = oldest + timedelta(microseconds=1)
    wanted = [
        entry
        for entry in found.values()
        if entry.created_at >= after
        and (not event_types or entry.event_type in event_types)
    ]
    wanted.sort(key=lambda entry: entry.created_at, reverse=True)
    changes = compare("audit-logs", wire.AuditLogPage, pages)
    return tuple(
        replace(
            translate.audit_entry(each), shape_changes=AS_KNOWN if place else changes
        )
        for place, each in enumerate(wanted)
    )


def _audit_query(
    event_types: Sequence[str], after: datetime, before: datetime | None
) -> Query:
    query: Query = {
        "event_type": tuple(event_types),
        "after": _rfc3339(after),
        "sort": "descending",
        "limit": _PAGE_SIZE,
    }
    return query if before is None else {**query, "before": _rfc3339(before)}


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
