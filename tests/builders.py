"""Domain values with defaults: acme's August, seen at noon of the 20th.

Whatever a test does not name is healthy: a month of usage that costs what the provider
counts, a limit far above it, a policy that may touch the limit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from pydantic import SecretStr

from service.domain.alert import Alert, AlertKey, AlertKind, AlertState
from service.domain.check import Check, CheckOutcome, Observation
from service.domain.decision import Memory
from service.domain.figure_book import FigureBook
from service.domain.guard import ChannelConfig, Guard, Organization
from service.domain.history import History
from service.domain.limit_change import ChangeKind, ChangeState, LimitChange
from service.domain.limit_ground import Ground
from service.domain.money import Money
from service.domain.period import month_of
from service.domain.policy import Policy, Severity, Threshold
from service.domain.policy_set import DeclaredPolicy, PolicySet, PolicySource
from service.domain.state import OrganizationState, Override, Sighting
from service.domain.usage import (
    Failure,
    Figure,
    FigureState,
    LimitReading,
    Price,
    SpendLimit,
    UsageReport,
    UsageRow,
    UsageSnapshot,
)

NOON = datetime(2026, 8, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CENT = Decimal("0.01")
# Whatever fields a test names, or whatever keys as YAML writes them.
Fields: TypeAlias = Any
Number: TypeAlias = str | int | Decimal
TOKENS = "api_tokens"
PAGES = "api_pages"
WATCHES = {"spend", "forecast", "limit", "pace", "usage", "activity"}


def euros(amount: Number) -> Money:
    return Money(Decimal(amount), "EUR")


def limit(amount: Number | None) -> SpendLimit:
    """Give a limit in euros; None is unlimited."""
    return SpendLimit(None if amount is None else euros(amount))


def failure(reason: str = "provider_unavailable") -> Failure:
    return Failure(reason=reason, detail="no answer in 10 s")


def price(amount: str | Decimal = "0.01", **changes: Fields) -> Price:
    built = Price(
        event_type=TOKENS,
        billing_metric="large-2512",
        billing_group="input",
        api_zone=None,
        service_tier=None,
        amount=Decimal(amount),
    )
    return replace(built, **changes)


def row(paid_units: int = 100, **changes: Fields) -> UsageRow:
    built = UsageRow(
        category="completion",
        model="large",
        billing_metric="large-2512",
        billing_group="input",
        event_type=TOKENS,
        api_zone="global",
        service_tier="standard",
        day=date(2026, 8, 20),
        units=paid_units,
        paid_units=paid_units,
    )
    return replace(built, **changes)


def cents_row(amount: Number, **changes: Fields) -> UsageRow:
    """Give a row that costs so many euros at the default price of a cent."""
    return row(int(Decimal(amount) / CENT), **changes)


def report(
    *rows: UsageRow,
    prices: Iterable[Price] | None = None,
    at: datetime = NOON,
    **changes: Fields,
) -> UsageReport:
    built = UsageReport(
        period=month_of(at),
        currency="EUR",
        rows=rows,
        prices=(price(),) if prices is None else tuple(prices),
    )
    return replace(built, **changes)


def report_of(
    spend: Number,
    at: datetime = NOON,
    **changes: Fields,
) -> UsageReport:
    """Give a month whose rows cost so many euros."""
    rows = (cents_row(spend, day=at.date()),) if Decimal(spend) else ()
    return report(*rows, at=at, **changes)


def reading(
    total: Number | None = 1000,
    of: str | int | None = 10_000,
    **changes: Fields,
) -> LimitReading:
    """Give a limit answer: so much counted, of a limit of so many euros."""
    built = LimitReading(
        currency="EUR",
        limit=limit(of),
        is_reached=False,
        total=None if total is None else Decimal(total),
    )
    return replace(built, **changes)


def snapshot(
    spend: Number = 1000,
    of: str | int | None = 10_000,
    *,
    at: datetime = NOON,
    **changes: Fields,
) -> UsageSnapshot:
    """Give a snapshot whose two sources agree on the spend."""
    built = UsageSnapshot(
        organization="acme",
        captured_at=at,
        limit=reading(spend, of),
        usage=report_of(spend, at),
    )
    return replace(built, **changes)


def organization(name: str = "acme", **written: Fields) -> Organization:
    """Give an organization; `guardrails` and `reconcile` as YAML writes them."""
    return Organization.model_validate(
        {"name": name, "api_key": SecretStr("sg_test_admin"), "currency": "EUR"}
        | written
    )


def threshold(**written: Fields) -> Threshold:
    """Give a threshold as YAML writes it; `for_` stands for `for`."""
    held_for = {"for": written.pop("for_")} if "for_" in written else {}
    watches = WATCHES & written.keys()
    watch = {} if watches else {"spend": "50%"}
    return Threshold.model_validate({"id": "half"} | watch | held_for | written)


def raising(by: str | int = 100, **written: Fields) -> dict[str, Any]:
    """Give a `then:` that raises the limit."""
    return {"raise_limit": {"by": by} | written}


def capping(to: str | int = "100%", **written: Fields) -> dict[str, Any]:
    """Give a `then:` that caps the limit and asks nobody."""
    return {"cap_limit": {"to": to} | written, "approval": "none"}


def asking(then: Fields, **written: Fields) -> dict[str, Any]:
    """Give a `then:` that asks a person first."""
    return {**then, "approval": written}


def setting(to: str | int) -> dict[str, Any]:
    """Give a `then:` that sets the limit and asks nobody."""
    return {"set_limit": {"to": to}, "approval": "none"}


def policy(*thresholds: Threshold, **written: Fields) -> Policy:
    """Give a policy over 5000 EUR a month; `period` and `amount` set the budget's."""
    budget = {
        "amount": written.pop("amount", 5000),
        "currency": written.pop("currency", "EUR"),
        "period": written.pop("period", "month"),
    }
    return Policy.model_validate(
        {
            "id": "acme-monthly",
            "organization": "acme",
            "budget": budget,
            "mode": "enforce",
            "thresholds": thresholds,
        }
        | written
    )


def guard(*organizations: Organization, **written: Fields) -> Guard:
    channels = tuple(
        ChannelConfig(name=name, url=SecretStr("json://127.0.0.1/sg_test"))
        for name in ("finops", "oncall")
    )
    return Guard.model_validate(
        {
            "version": 1,
            "organizations": organizations or (organization(),),
            "channels": channels,
            "default_channels": ("finops",),
        }
        | written
    )


def policy_set(*policies: Policy, **changes: Fields) -> PolicySet:
    built = PolicySet(
        revision="c0ffee" * 10,
        guard=guard(),
        policies=tuple(
            DeclaredPolicy(policy=each, source=PolicySource.FILE) for each in policies
        ),
        loaded_at=NOON - DAY,
        commit="abc1234",
    )
    return replace(built, **changes)


def figure(
    amount: str | int | None = 1000,
    state: FigureState = FigureState.KNOWN,
    **changes: Fields,
) -> Figure:
    exact = None if amount is None else Decimal(amount)
    built = Figure(state=state, amount=exact, upper=exact, as_of=NOON)
    if amount is None:
        built = replace(built, state=FigureState.UNKNOWN, reason="lost", as_of=None)
    return replace(built, **changes)


def sighting(amount: str | int = 1000, at: datetime = NOON, falls: int = 0) -> Sighting:
    return Sighting(amount=Decimal(amount), at=at, falls=falls)


def state(**changes: Fields) -> OrganizationState:
    """Give the memory of an organization that was checked in August before."""
    built = OrganizationState(
        organization="acme",
        period="2026-08",
        last_good=sighting(900, NOON - 5 * MINUTE),
        reference=limit(10_000),
        limit_at_start=limit(10_000),
        last_check_at=NOON - 5 * MINUTE,
        checks=7,
    )
    return replace(built, **changes)


def override(until: datetime = NOON + DAY, of: int = 10_000) -> Override:
    return Override(limit=limit(of), by="key:alice", set_at=NOON - HOUR, until=until)


def key(threshold_id: str = "half", **changes: Fields) -> AlertKey:
    built = AlertKey(
        organization="acme",
        policy_id="acme-monthly",
        threshold_id=threshold_id,
        scope="acme",
        period="2026-08",
    )
    return replace(built, **changes)


def alert(threshold_id: str = "half", **changes: Fields) -> Alert:
    """Give an alert that fires since an hour; a key's field goes to its key."""
    of_key = {
        name: changes.pop(name)
        for name in ("organization", "policy_id", "scope", "period")
        if name in changes
    }
    built = Alert(
        key=key(threshold_id, **of_key),
        firing=1,
        kind=AlertKind.SPEND,
        severity=Severity.WARNING,
        state=AlertState.FIRING,
        value=Decimal(2600),
        bound=Decimal(2500),
        unit="EUR",
        pending_at=NOON - HOUR,
        last_true_at=NOON - HOUR,
        fired_at=NOON - HOUR,
        last_told_at=NOON - HOUR,
    )
    return replace(built, **changes)


def by_key(*alerts: Alert) -> dict[AlertKey, Alert]:
    return {each.key: each for each in alerts}


def change(
    kind: ChangeKind = ChangeKind.RAISE,
    state: ChangeState = ChangeState.APPLIED,
    **changes: Fields,
) -> LimitChange:
    """Give a change from 500 to 600 EUR, planned and ended a day ago."""
    built = LimitChange(
        id="lc_1",
        organization="acme",
        kind=kind,
        state=state,
        before=limit(500),
        after=limit(600),
        planned_at=NOON - DAY,
        requested_at=NOON - DAY,
        settled_at=NOON - DAY,
        requested_by="system:scheduler",
        period="2026-08",
    )
    return replace(built, **changes)


def memory(
    known: OrganizationState | None = None,
    *alerts: Alert,
    **changes: Fields,
) -> Memory:
    built = Memory(state=known or state(), alerts=by_key(*alerts))
    return replace(built, **changes)


def book(
    seen: UsageSnapshot | None = None,
    known: OrganizationState | None = None,
    of: Organization | None = None,
    now: datetime = NOON,
    history: History | None = None,
) -> FigureBook:
    return FigureBook(
        of or organization(), seen or snapshot(at=now), known or state(), now, history
    )


def ground(
    seen: UsageSnapshot | None = None,
    guardrails: Mapping[str, Any] | None = None,
    **changes: Fields,
) -> Ground:
    """Give what limit rules look at; guardrails as YAML writes them."""
    of = organization(guardrails=guardrails or {})
    known = changes.pop("state", None) or state()
    built = Ground(
        organization=of,
        book=book(seen, known, of),
        state=known,
        changes=(),
        is_paused=False,
        ceiling=None,
        now=NOON,
        check_id="ck_1",
    )
    return replace(built, **changes)


def observation(at: datetime, spend: str | int | None) -> Observation:
    amount = None if spend is None else Decimal(spend)
    return Observation(at=at, spend=amount, limit=limit(10_000))


def check(**changes: Fields) -> Check:
    built = Check(
        id="ck_1",
        organization="acme",
        at=NOON,
        took_ms=12,
        outcome=CheckOutcome.COMPLETED,
        period="2026-08",
        currency="EUR",
        spend=figure(),
        limit=limit(10_000),
        decisions=(),
        change_id=None,
        alerts_fired=(),
        revision="c0ffee",
    )
    return replace(built, **changes)
