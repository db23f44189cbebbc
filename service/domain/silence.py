"""Silences: for a time, nobody is told of the alerts they match.

They mute messages and nothing else: alerts fire, limits move and the audit log is
written as ever, and what was withheld is told once the silence has ended (§6).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase

from service.domain.alert import SYSTEM, Alert, AlertKind
from service.domain.errors import InvalidInput
from service.domain.notification import EventKind
from service.domain.policy import Policy, Severity, Threshold
from service.domain.policy_set import PolicySet

# Who wants to hear nothing for longer wants another policy.
LONGEST = timedelta(days=366)
_LONGEST_COMMENT = 500
_LONGEST_NAME = 200


class SilenceState(StrEnum):
    """Where a silence stands at a moment."""

    PENDING = "pending"  # begins later
    ACTIVE = "active"
    EXPIRED = "expired"  # ran out, or was ended by a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Matchers:
    """Which alerts a silence mutes: those that fit all the given ones.

    `policy_id`, `threshold_id` and `organization` are globs, and case matters. Alerts
    about the guard itself have neither policy nor threshold; those of no organization
    are of `system`.
    """

    policy_id: str | None = None
    threshold_id: str | None = None
    severity: Severity | None = None
    organization: str | None = None
    kind: AlertKind | None = None

    def take(self, alert: Alert) -> bool:
        """Say whether an alert is meant."""
        key = alert.key
        if alert.is_health and self._names_a_threshold:
            return False
        return (
            _fits(self.policy_id, key.policy_id)
            and _fits(self.threshold_id, key.threshold_id)
            and _fits(self.organization, key.organization)
            and self.severity in {None, alert.severity}
            and self.kind in {None, alert.kind}
        )

    def may_take_any(self, policies: PolicySet) -> bool:
        """Say whether an alert of the policies in force could ever be meant."""
        if any(
            self.takes_threshold(declared.policy, threshold)
            for declared in policies.policies
            for threshold in declared.policy.thresholds
        ):
            return True
        is_of_thresholds = self.kind is not None and _is_watched(self.kind)
        if self._names_a_threshold or is_of_thresholds:
            return False
        names = (SYSTEM, *(each.name for each in policies.guard.organizations))
        return any(_fits(self.organization, each) for each in names)

    @property
    def texts(self) -> tuple[str, ...]:
        """Give the globs that are given."""
        globs = (self.policy_id, self.threshold_id, self.organization)
        return tuple(each for each in globs if each is not None)

    @property
    def _names_a_threshold(self) -> bool:
        return self.policy_id is not None or self.threshold_id is not None

    def takes_threshold(self, policy: Policy, threshold: Threshold) -> bool:
        """Say whether alerts of a threshold are meant."""
        return (
            _fits(self.policy_id, policy.id)
            and _fits(self.threshold_id, threshold.id)
            and _fits(self.organization, policy.organization)
            and self.severity in {None, threshold.severity}
            and (self.kind is None or _watches(threshold, self.kind))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A time in which matching alerts are told to nobody, who wanted it, and why.

    It ends at `ends_at`, or sooner at `expired_at` by a person; its record stays.
    """

    id: str
    matchers: Matchers
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    created_by: str
    comment: str
    expired_at: datetime | None = None
    expired_by: str | None = None

    def state(self, now: datetime) -> SilenceState:
        """Say where it stands at a moment."""
        if self.expired_at is not None or now >= self.ends_at:
            return SilenceState.EXPIRED
        return SilenceState.PENDING if now < self.starts_at else SilenceState.ACTIVE


def require_sound(silence: Silence, now: datetime) -> Silence:
    """Give a new silence back; raise `InvalidInput` for what would not work."""
    texts = (*silence.matchers.texts, silence.comment)
    if silence.matchers == Matchers():
        raise InvalidInput(
            "a silence needs at least one matcher: policy_id, threshold_id, severity,"
            " organization or kind"
        )
    if not all(each.strip() and each.isprintable() for each in texts):
        raise InvalidInput("matchers and the comment are one line of text each")
    if any(len(each) > _LONGEST_NAME for each in silence.matchers.texts):
        raise InvalidInput(f"a matcher has at most {_LONGEST_NAME} characters")
    if len(silence.comment) > _LONGEST_COMMENT:
        raise InvalidInput(f"a comment has at most {_LONGEST_COMMENT} characters")
    if silence.ends_at <= max(silence.starts_at, now):
        raise InvalidInput("a silence ends after it starts, and in the future")
    if silence.ends_at - now > LONGEST:
        raise InvalidInput(f"a silence ends within {LONGEST.days} days")
    return silence


def starting(wanted: datetime | None, now: datetime) -> datetime:
    """Give when a silence starts: now, unless a moment within a year is wanted."""
    if wanted is None:
        return now
    # Checked before anything is added to it: a calendar has an end.
    if wanted - now > LONGEST:
        raise InvalidInput(f"a silence starts within {LONGEST.days} days")
    return wanted


def muting(silences: tuple[Silence, ...], alert: Alert) -> Silence | None:
    """Give the first of these silences that an alert falls under, None without one."""
    return next((each for each in silences if each.matchers.take(alert)), None)


def silence_over(
    silences: tuple[Silence, ...], policy: Policy, threshold: Threshold
) -> Silence | None:
    """Give the one that ends last of these that mute a threshold, None without one."""
    muting = [
        each for each in silences if each.matchers.takes_threshold(policy, threshold)
    ]
    return max(muting, key=lambda each: each.ends_at, default=None)


def withhold(alert: Alert, kind: EventKind, silence: Silence) -> Alert:
    """Give an alert of which something was not told, and by which silence.

    What nobody knows to have fired stays so, whatever else becomes of it.
    """
    is_unknown = alert.muted_kind is EventKind.FIRED
    muted = EventKind.FIRED if is_unknown else kind
    return replace(alert, muted_by=silence.id, muted_kind=muted)


def is_told_later(alert: Alert, kind: EventKind) -> bool:
    """Say whether news of an alert is said, or made void, by what was withheld."""
    if kind in {EventKind.REMINDER, EventKind.UPDATED}:
        return alert.muted_kind is not None
    return alert.muted_kind is EventKind.FIRED and kind is EventKind.RESOLVED


def _fits(glob: str | None, name: str) -> bool:
    return glob is None or fnmatchcase(name, glob)


def _is_watched(kind: AlertKind) -> bool:
    """Say whether a kind is of thresholds: such a kind is called as their key is."""
    return kind.value in Threshold.model_fields


def _watches(threshold: Threshold, kind: AlertKind) -> bool:
    return _is_watched(kind) and getattr(threshold, kind.value) is not None
