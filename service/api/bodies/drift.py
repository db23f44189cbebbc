"""A limit that somebody moved outside, on the wire."""

from datetime import datetime

from pydantic import Field

from service.api.bodies.base import (
    EUR_4000,
    Body,
    MoneyBody,
    example,
    limit_money,
)
from service.domain.state import Drift
from service.pipeline.drift import Adopted


class DriftBody(Body):
    """From where to where somebody moved the limit outside; nobody has decided yet.

    `who` and `moved_at` are what the provider's audit log says, null while it names
    nobody; `since` is when a check saw it first.
    """

    model_config = example(
        **{"from": EUR_4000, "to": {"amount": "6000.00", "currency": "EUR"}},
        from_unlimited=False,
        to_unlimited=False,
        who="ada@acme.example",
        moved_at="2026-08-20T11:58:00Z",
        since="2026-08-20T12:00:00Z",
    )

    from_: MoneyBody | None = Field(alias="from")
    from_unlimited: bool
    to: MoneyBody | None
    to_unlimited: bool
    who: str | None
    moved_at: datetime | None
    since: datetime


class AdoptedBody(Body):
    """A limit moved outside that is kept; policies keep off it until then."""

    model_config = example(
        organization="acme",
        spend_limit={"amount": "6000.00", "currency": "EUR"},
        unlimited=False,
        by="key:admin",
        until="2026-09-01T00:00:00Z",
    )

    organization: str
    spend_limit: MoneyBody | None
    unlimited: bool
    by: str
    until: datetime


def drift_body(drift: Drift | None) -> DriftBody | None:
    """Give an open drift; None stays None."""
    if drift is None:
        return None
    return DriftBody(
        from_=limit_money(drift.before),
        from_unlimited=drift.before.is_unlimited,
        to=limit_money(drift.observed),
        to_unlimited=drift.observed.is_unlimited,
        who=drift.who,
        moved_at=drift.moved_at,
        since=drift.seen_at,
    )


def adopted_body(adopted: Adopted) -> AdoptedBody:
    """Give what a person keeps."""
    observed = adopted.drift.observed
    return AdoptedBody(
        organization=adopted.organization,
        spend_limit=limit_money(observed),
        unlimited=observed.is_unlimited,
        by=adopted.by,
        until=adopted.until,
    )
