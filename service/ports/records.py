"""What is kept beside the domain values, and how lists are asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from service.domain.alert import Alert, AlertKind, AlertState
from service.domain.approval import Approval, ApprovalState
from service.domain.check import Check
from service.domain.notification import NotificationState
from service.domain.past_read import PastRead
from service.domain.policy import Severity
from service.domain.proof import Proof
from service.domain.silence import Silence
from service.domain.state import OrganizationState
from service.domain.tally import Tally

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """A part of a list, newest first; `next_cursor` is None on the last."""

    items: tuple[Item, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """Which part of a list is wanted; `cursor` as an earlier page gave it."""

    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A stored load of a policy set; `error` where it was refused."""

    revision: str
    loaded_at: datetime
    source: str
    commit: str | None
    author: str | None
    texts: tuple[tuple[str, str], ...]
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPolicy:
    """A policy put over the API, as YAML; retired when a file took its id."""

    id: str
    text: str
    revision: str
    put_at: datetime
    put_by: str
    retired_at: datetime | None = None
    retired_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """Which alerts a list shows; None means any."""

    organization: str | None = None
    state: AlertState | None = None
    policy_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalFilter:
    """Which requests for approval a list shows; None means any."""

    organization: str | None = None
    state: ApprovalState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSession:
    """A key opened for some minutes at the approval page.

    Of what the browser keeps, only the SHA-256 is stored; of the key, only its id.
    """

    digest: str
    key_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept of one organization; None before its first check.

    `past_reads` are those of the last year, of the organization as a whole.
    """

    state: OrganizationState | None
    last_check: Check | None
    firing: tuple[Alert, ...]
    pending: tuple[Approval, ...] = ()
    past_reads: tuple[PastRead, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a status rests on, as of one moment."""

    is_paused: bool
    organizations: Mapping[str, Kept]
    active_silences: tuple[Silence, ...] = ()
    proofs: tuple[Proof, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """How many alerts of one kind and severity fire for an organization now."""

    organization: str
    kind: AlertKind
    severity: Severity
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many messages of a channel are not delivered yet, and since when."""

    channel: str
    state: NotificationState
    number: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was counted of everything kept, as of one moment."""

    tallies: tuple[Tally, ...]
    firing: tuple[Firing, ...]
    waiting: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last entry of an audit chain: its number and its hash."""

    chain: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A copy of the database that was read back, and the heads of the chains in it."""

    size_bytes: int
    heads: tuple[Head, ...]
