"""Silences on the wire."""

from datetime import datetime, timedelta
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic import WithJsonSchema as Described

from service.api.bodies.base import Body, Moment, Sent, example
from service.domain.alert import AlertKind
from service.domain.period import require_utc
from service.domain.policy import Severity
from service.domain.policy_set import PolicySet
from service.domain.quantity import parse_duration
from service.domain.silence import Matchers, Silence, SilenceState, starting
from service.pipeline.respond_silences import SilenceRequest

_MATCHERS = {
    "policy_id": "acme-monthly",
    "threshold_id": None,
    "severity": None,
    "organization": None,
    "kind": None,
}
Name = Annotated[str, Field(min_length=1, max_length=200)]
Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    Described({"type": "string", "pattern": r"^\d+(\.\d+)?[smhd]$"}),
]


class MatchersBody(Sent):
    """Which alerts are meant: those that fit all that is given, at least one.

    `policy_id`, `threshold_id` and `organization` are globs, and case matters. Alerts
    about the guard itself have a `kind` and neither policy nor threshold; those of no
    organization are of `system`.
    """

    model_config = example(**_MATCHERS)

    policy_id: Name | None = None
    threshold_id: Name | None = None
    severity: Severity | None = None
    organization: Name | None = None
    kind: AlertKind | None = None


class SilenceItem(Body):
    """A silence; `matches_nothing` where no policy in force has what it names."""

    model_config = example(
        id="sl_0a1b2c3d4e5f60718293a4b5",
        state="active",
        matchers=_MATCHERS,
        starts_at="2026-08-20T12:00:00Z",
        ends_at="2026-08-20T14:00:00Z",
        created_at="2026-08-20T12:00:00Z",
        created_by="key:alice",
        comment="load test until two",
        expired_at=None,
        expired_by=None,
        matches_nothing=False,
    )

    id: str
    state: SilenceState
    matchers: MatchersBody
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    created_by: str
    comment: str
    expired_at: datetime | None
    expired_by: str | None
    matches_nothing: bool


class CreateSilence(Sent):
    """A silence to make: at once unless `starts_at` says when, for a time that ends.

    Either `ends_at`, or `duration` (`90s`, `15m`, `2h`, `3d`) from its start.
    """

    model_config = example(
        matchers={"policy_id": "acme-monthly"},
        duration="2h",
        comment="load test until two",
    )

    matchers: MatchersBody
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    duration: Duration | None = None
    comment: str = Field(min_length=1, max_length=500)

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.ends_at is None) == (self.duration is None):
            raise ValueError("give either ends_at or duration")
        return self


def silence_request(
    wanted: CreateSilence, *, actor: str, now: datetime
) -> SilenceRequest:
    """Give what is wanted of the pipeline; raise `InvalidInput` for odd times."""
    given = wanted.starts_at
    start = starting(None if given is None else require_utc(given), now)
    if wanted.ends_at is not None:
        end = require_utc(wanted.ends_at)
    else:
        end = start + (wanted.duration or timedelta(0))
    return SilenceRequest(
        matchers=Matchers(**dict(wanted.matchers)),
        starts_at=start,
        ends_at=end,
        comment=wanted.comment,
        actor=actor,
    )


def silence_item(silence: Silence, policies: PolicySet, now: datetime) -> SilenceItem:
    """Give a silence as it stands now, under the policies in force."""
    matchers = silence.matchers
    return SilenceItem(
        id=silence.id,
        state=silence.state(now),
        matchers=MatchersBody(
            policy_id=matchers.policy_id,
            threshold_id=matchers.threshold_id,
            severity=matchers.severity,
            organization=matchers.organization,
            kind=matchers.kind,
        ),
        starts_at=silence.starts_at,
        ends_at=silence.ends_at,
        created_at=silence.created_at,
        created_by=silence.created_by,
        comment=silence.comment,
        expired_at=silence.expired_at,
        expired_by=silence.expired_by,
        matches_nothing=not matchers.may_take_any(policies),
    )
