"""What is known of a followed repository, in one small file beside its copy.

Shared by all processes of a machine: a command does not ask the repository again that
a service asked seconds ago, and sees what it saw.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

_FILE = "spendguard.json"
_TIMES = ("asked_at", "fetched_at", "troubled_since")


@dataclass(frozen=True, slots=True, kw_only=True)
class GitState:
    """When the repository was asked, what it holds, what is wrong.

    `followed` is the newest commit that policies may be read from, `rewritten` one that
    does not descend from it; `is_passing` says that the trouble may end by itself.
    `used` is the acceptance that was made use of last.
    """

    asked_at: datetime | None = None
    fetched_at: datetime | None = None
    followed: str | None = None
    rewritten: str | None = None
    trouble: str | None = None
    is_passing: bool = False
    troubled_since: datetime | None = None
    used: str | None = None


def read_state(folder: Path) -> GitState:
    """Read the file; what is not there or not ours is as if nothing was known."""
    try:
        found: dict[str, Any] = json.loads((folder / _FILE).read_text("utf-8"))
        for name in _TIMES:
            if found[name] is not None:
                found[name] = datetime.fromisoformat(found[name])
        return GitState(**found)
    except (OSError, ValueError, TypeError, KeyError):
        return GitState()


def write_state(folder: Path, state: GitState) -> None:
    """Replace the file at once; raise `OSError`."""
    content = asdict(state)
    for name in _TIMES:
        if content[name] is not None:
            content[name] = content[name].isoformat()
    new = folder / f"{_FILE}.new"
    new.write_text(json.dumps(content), encoding="utf-8")
    new.replace(folder / _FILE)
