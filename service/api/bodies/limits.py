"""Spend limits and their changes on the wire."""

import re
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from service.api.bodies.base import (
    EUR_4000,
    Body,
    Moment,
    MoneyBody,
    Sent,
    example,
    is_unlimited,
    limit_money,
    money,
)
from service.domain.document import one_line
from service.domain.limit_change import ChangeKind, ChangeState, LimitChange

_STOPS = (
    "{limit} is below what is spent this month: the provider refuses further use,"
    " production stops at once"
)


class LimitChangeItem(Body):
    """One intended write of an organization's spend limit, and what came of it.

    `to` is null when, and only when, `unlimited` is true. `reason` is the word for why
    it was skipped or failed, or else what a person gave as the reason. `warnings` say
    what follows from it at once.
    """

    model_config = example(
        id="lc_0a1b2c3d4e5f60718293a4b5",
        organization="acme",
        kind="raise",
        state="applied",
        **{"from": EUR_4000, "to": {"amount": "4800.00", "currency": "EUR"}},
        from_unlimited=False,
        unlimited=False,
        exact={"amount": "4800.00", "currency": "EUR"},
        reason="",
        note="",
        policy_id="acme-monthly",
        threshold_id="near-limit",
        alert_id="al_5b6f1c0d9e8f7a6b5c4d3e2f",
        approval_id=None,
        period="2026-08",
        planned_at="2026-08-20T12:00:00Z",
        requested_at="2026-08-20T12:00:00Z",
        applied_at="2026-08-20T12:00:01Z",
        settled_at="2026-08-20T12:00:01Z",
        expires_at=None,
        due_at=None,
        observed={"amount": "4800.00", "currency": "EUR"},
        observed_unlimited=False,
        requested_by="system:policy",
        warnings=[],
    )

    id: str
    organization: str
    kind: ChangeKind
    state: ChangeState
    from_: MoneyBody | None = Field(alias="from")
    from_unlimited: bool | None
    to: MoneyBody | None
    unlimited: bool
    exact: MoneyBody | None
    reason: str
    note: str
    policy_id: str | None
    threshold_id: str | None
    alert_id: str | None
    approval_id: str | None
    period: str
    planned_at: datetime
    requested_at: datetime | None
    applied_at: datetime | None
    settled_at: datetime | None
    expires_at: datetime | None
    due_at: datetime | None
    observed: MoneyBody | None
    observed_unlimited: bool | None
    requested_by: str
    warnings: list[str]


def limit_change_item(change: LimitChange) -> LimitChangeItem:
    """Give a limit change as it goes over the wire."""
    is_applied = change.state is ChangeState.APPLIED
    return LimitChangeItem(
        id=change.id,
        organization=change.organization,
        kind=change.kind,
        state=change.state,
        from_=limit_money(change.before),
        from_unlimited=is_unlimited(change.before),
        to=limit_money(change.after),
        unlimited=change.after is not None and change.after.is_unlimited,
        exact=money(change.exact, _currency(change)) if change.exact else None,
        reason=change.reason or change.note,
        note=change.note,
        policy_id=change.policy_id,
        threshold_id=change.threshold_id,
        alert_id=change.alert_id,
        approval_id=change.approval_id,
        period=change.period,
        planned_at=change.planned_at,
        requested_at=change.requested_at,
        applied_at=change.settled_at if is_applied else None,
        settled_at=change.settled_at,
        expires_at=change.expires_at,
        due_at=change.due_at,
        observed=limit_money(change.observed),
        observed_unlimited=is_unlimited(change.observed),
        requested_by=change.requested_by,
        warnings=[_STOPS.format(limit=change.after)] if change.below_spend else [],
    )


def _currency(change: LimitChange) -> str:
    known = (change.after, change.before, change.observed)
    amounts = (limit.amount for limit in known if limit is not None)
    return next((each.currency for each in amounts if each is not None), "XXX")


def _whole(value: object) -> object:
    # JSON's true is Python's 1, and a fraction must not be rounded in silence.
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,12}(\.0+)?", str(value)):
        raise ValueError("an amount is in whole units, from 0")
    return int(str(value).partition(".")[0])


WholeUnits = Annotated[
    int,
    BeforeValidator(_whole),
    WithJsonSchema({"type": "integer", "minimum": 0}),
]


class SetSpendLimit(Sent):
    """A spend limit to set: an amount in whole units of the currency, or unlimited.

    `below_spend` insists on an amount below the spend, which stops production at once.
    """

    model_config = example(
        amount=5000, reason="launch week", expires_at="2026-08-27T00:00:00Z"
    )

    amount: WholeUnits | None = None
    unlimited: Literal[True] | None = None
    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
        AfterValidator(one_line),
    ]
    expires_at: Moment | None = None
    below_spend: bool = False

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.amount is None) == (self.unlimited is None):
            raise ValueError("give either amount or unlimited: true")
        return self
