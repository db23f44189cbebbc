"""What a changed policy set would do, on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StrictBool

from service.api.bodies.base import (
    EUR_292,
    EUR_4000,
    Body,
    MoneyBody,
    Quantity,
    Sent,
    example,
    is_unlimited,
    limit_money,
    money,
    quantity,
)
from service.api.bodies.checks import Trust, trust
from service.api.bodies.policies import YAML_EXAMPLE
from service.domain.alert import AlertKind
from service.domain.limit_change import ChangeKind
from service.domain.policy import Severity
from service.domain.policy_plan import (
    AlertMove,
    LimitMove,
    OrganizationPlan,
    PlannedAlert,
    PlannedLimit,
    PolicyPlan,
)
from service.domain.policy_words import ChangeWord, PolicyChange

_MOST_FILES = 1000
_CHANGED = {
    "target": "acme-monthly",
    "what": "changed",
    "subject": "threshold near-limit: limit",
    "before": "85%",
    "after": "80%",
}
_FIRES = {
    "move": "fires",
    "policy_id": "acme-monthly",
    "threshold_id": "near-limit",
    "kind": "limit",
    "severity": "warning",
    "value": {"amount": "82.5", "unit": "%", "currency": None},
    "bound": {"amount": "80", "unit": "%", "currency": None},
    "reason": "spend 4125.00 is 82.50 % of the limit 5000.00 EUR, at or above 80%",
    "channels": ["finops"],
}
_MADE = {
    "move": "made",
    "kind": "raise",
    "from": {"amount": "5000.00", "currency": "EUR"},
    "from_unlimited": False,
    "to": {"amount": "6000.00", "currency": "EUR"},
    "unlimited": False,
    "policy_id": "acme-monthly",
    "threshold_id": "near-limit",
    "reason": "",
}
_ACME = {
    "name": "acme",
    "at": "2026-08-20T12:00:00Z",
    "spend": EUR_292,
    "data": {"state": "known", "reason": None, "detail": ""},
    "spend_limit": EUR_4000,
    "unlimited": False,
    "note": "",
    "new": False,
    "alerts": [_FIRES],
    "limit_changes": [_MADE],
}


class DraftFile(Sent):
    """A policy file by its name in the folder."""

    model_config = example(name="acme.yaml", text=YAML_EXAMPLE)

    name: Annotated[str, Field(pattern=r"^[^/\x00-\x1f]+\.yaml$", max_length=200)]
    text: str


class DraftFiles(Sent):
    """Several policy files at once, as `policy plan --url` sends them.

    With `whole` they are all of the folder: what they do not declare is removed.
    """

    model_config = example(
        files=[{"name": "acme.yaml", "text": YAML_EXAMPLE}], whole=False
    )

    files: Annotated[list[DraftFile], Field(min_length=1, max_length=_MOST_FILES)]
    whole: StrictBool = False


class ChangeItem(Body):
    """One difference from the set in force, in words.

    `subject` is empty where a policy as a whole is added or removed.
    """

    model_config = example(**_CHANGED)

    target: str
    what: ChangeWord
    subject: str
    before: str | None
    after: str | None


class PlannedAlertItem(Body):
    """An alert that would move now, because of the change.

    `fires`; `waits`, crossed and not yet for long enough; `resolves`; `ends`, for
    nothing watches it any more; `goes_on` where it would resolve under the set in
    force; `spared`, which would fire under that alone.
    """

    model_config = example(**_FIRES)

    move: AlertMove
    policy_id: str | None
    threshold_id: str | None
    kind: AlertKind
    severity: Severity
    value: Quantity | None
    bound: Quantity | None
    reason: str
    channels: list[str]


class PlannedLimitItem(Body):
    """A limit change that would be made now because of the change, or would not.

    `made`; `asked`, a person first; `dropped`, made under the set in force alone;
    `withdrawn`, a request that waits; `skipped`, with the reason.
    """

    model_config = example(**_MADE)

    move: LimitMove
    kind: ChangeKind
    from_: MoneyBody | None = Field(alias="from")
    from_unlimited: bool | None
    to: MoneyBody | None
    unlimited: bool | None
    policy_id: str | None
    threshold_id: str | None
    reason: str


class OrganizationPlanItem(Body):
    """What would happen now in one organization, on the figures of `at`.

    `note` says why nothing can be told, where nothing can; of one that is `new` nothing
    is known yet.
    """

    model_config = example(**_ACME)

    name: str
    at: datetime | None
    spend: MoneyBody | None
    data: Trust | None
    spend_limit: MoneyBody | None
    unlimited: bool | None
    note: str
    new: bool
    alerts: list[PlannedAlertItem]
    limit_changes: list[PlannedLimitItem]


class Plan(Body):
    """A draft against the policies in force: what differs, what would happen at once.

    Where nothing differs all lists within are empty; `has_effect` says whether an alert
    or the limit would move now.
    """

    model_config = example(
        in_force="6f1c0d",
        revision="9a8b7c",
        has_effect=True,
        changes=[_CHANGED],
        organizations=[_ACME],
    )

    in_force: str | None
    revision: str
    has_effect: bool
    changes: list[ChangeItem]
    organizations: list[OrganizationPlanItem]


def plan_body(plan: PolicyPlan) -> Plan:
    """Give a plan as it goes over the wire."""
    return Plan(
        in_force=plan.before,
        revision=plan.after,
        has_effect=plan.has_effect,
        changes=[_change(each) for each in plan.changes],
        organizations=[_organization(each) for each in plan.organizations],
    )


def _change(change: PolicyChange) -> ChangeItem:
    return ChangeItem(
        target=change.target,
        what=change.what,
        subject=change.subject,
        before=change.before,
        after=change.after,
    )


def _organization(plan: OrganizationPlan) -> OrganizationPlanItem:
    spend = plan.spend
    return OrganizationPlanItem(
        name=plan.organization,
        at=plan.at,
        spend=None if spend is None else money(spend.amount, plan.currency),
        data=None if spend is None else trust(spend),
        spend_limit=limit_money(plan.limit),
        unlimited=is_unlimited(plan.limit),
        note=plan.note,
        new=plan.is_new,
        alerts=[_alert(each) for each in plan.alerts],
        limit_changes=[_limit(each) for each in plan.limits],
    )


def _alert(planned: PlannedAlert) -> PlannedAlertItem:
    alert = planned.alert
    return PlannedAlertItem(
        move=planned.move,
        policy_id=alert.key.policy_id or None,
        threshold_id=None if alert.is_health else alert.key.threshold_id,
        kind=alert.kind,
        severity=alert.severity,
        value=quantity(alert.value, alert.unit),
        bound=quantity(alert.bound, alert.unit),
        reason=planned.reason,
        channels=list(planned.channels),
    )


def _limit(planned: PlannedLimit) -> PlannedLimitItem:
    return PlannedLimitItem(
        move=planned.move,
        kind=planned.kind,
        from_=limit_money(planned.before),
        from_unlimited=is_unlimited(planned.before),
        to=limit_money(planned.after),
        unlimited=is_unlimited(planned.after),
        policy_id=planned.policy_id,
        threshold_id=planned.threshold_id,
        reason=planned.reason,
    )
