"""What a person may do about silences: make one, end one."""

from dataclasses import dataclass, replace
from datetime import datetime

from service.domain.audit import SYSTEM_CHAIN, AuditAction, Fact, Json, timestamp
from service.domain.errors import NotFound
from service.domain.identity import stable_id
from service.domain.silence import Matchers, Silence, SilenceState, require_sound
from service.ports import PageRequest, Services

# Far more than anybody keeps in mind; who silences by machine sees the newest.
_MOST_SHOWN = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceRequest:
    """A silence that a person wants."""

    matchers: Matchers
    starts_at: datetime
    ends_at: datetime
    comment: str
    actor: str


def create_silence(services: Services, request: SilenceRequest) -> Silence:
    """Keep a silence; checks under way may still tell what it matches.

    Raises `InvalidInput` without a matcher or comment, or for times that do not work.
    """
    now = services.clock.now()
    start, end = request.starts_at, request.ends_at
    silence = Silence(
        id=stable_id("sl", request.actor, now, start, end, request.matchers),
        matchers=request.matchers,
        starts_at=start,
        ends_at=end,
        created_at=now,
        created_by=request.actor,
        comment=request.comment.strip(),
    )
    require_sound(silence, now)
    with services.transaction() as unit:
        unit.save_silence(silence)
        unit.record(
            _fact(silence, AuditAction.SILENCE_CREATED, request.actor, now, "created")
        )
    return silence


def expire_silence(services: Services, *, actor: str, silence_id: str) -> Silence:
    """End a silence at once; what it withheld is told at the next check.

    One that has ended stays as it ended. Raises `NotFound`.
    """
    now = services.clock.now()
    with services.transaction() as unit:
        found = unit.silence(silence_id)
        if found is None:
            raise NotFound(f"no silence has the id {silence_id!r}")
        if found.state(now) is SilenceState.EXPIRED:
            return found
        ended = replace(found, expired_at=now, expired_by=actor)
        unit.save_silence(ended)
        unit.record(_fact(ended, AuditAction.SILENCE_EXPIRED, actor, now, "expired"))
    return ended


def active_silences(services: Services) -> tuple[Silence, ...]:
    """Give the silences that are active now, the newest first."""
    now, page = services.clock.now(), PageRequest(limit=_MOST_SHOWN)
    return services.queries.silences(SilenceState.ACTIVE, now, page).items


def _fact(
    silence: Silence, action: AuditAction, actor: str, now: datetime, outcome: str
) -> Fact:
    wanted = silence.matchers
    matchers: dict[str, Json] = {
        "policy_id": wanted.policy_id,
        "threshold_id": wanted.threshold_id,
        "severity": None if wanted.severity is None else wanted.severity.value,
        "organization": wanted.organization,
        "kind": None if wanted.kind is None else wanted.kind.value,
    }
    return Fact(
        chain=SYSTEM_CHAIN,
        at=now,
        actor=actor,
        action=action,
        target=f"silence:{silence.id}",
        outcome=outcome,
        reason=silence.comment,
        detail={
            "matchers": matchers,
            "starts_at": timestamp(silence.starts_at),
            "ends_at": timestamp(silence.ends_at),
        },
    )
