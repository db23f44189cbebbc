"""Ready-made providers by name; every figure in them is a parameter."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from service.simulator.configuration import (
    OrganizationConfig,
    SimulatorConfig,
    Stream,
    Workspace,
    WorkUser,
)
from service.simulator.curves import (
    Curve,
    Flat,
    Growing,
    Healthy,
    MonthEndRush,
    Runaway,
    Weekend,
)

START = datetime(2026, 9, 1, tzinfo=UTC)
_DAYS = 30

_PEOPLE = ("ada", "ben", "chloe", "dora", "emil", "farah", "goran", "hana")
_AGENTS = ("ag_contracts_review_01", "ag_release_notes_02", "ag_onboarding_03")

# (workspace, product, share of the organization's spend)
_MIX = (
    ("Search", "mistral-large-latest", "0.26"),
    ("Search", "mistral-embed", "0.05"),
    ("Search", "library-pages", "0.02"),
    ("Support", "mistral-medium-latest", "0.22"),
    ("Support", "voxtral-mini-latest", "0.03"),
    ("Support", "web_search", "0.02"),
    ("Agents", "mistral-medium-latest", "0.12"),
    ("Agents", "mistral-small-latest", "0.05"),
    ("Default workspace", "codestral-latest", "0.06"),
    ("Default workspace", "mistral-ocr-latest", "0.05"),
    ("Default workspace", "voxtral-mini-tts-latest", "0.02"),
    ("Default workspace", "vibe-medium", "0.10"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every scenario has in common."""

    name: str = "acme"
    currency: str = "EUR"
    monthly: Decimal = Decimal(3000)  # healthy spend in 30 days
    limit: int = 4000
    start: datetime = START
    seed: int = 7
    speed: float = 0.0
    history_months: int = 2
    rollover_delay: timedelta = timedelta(0)


class Builder(Protocol):
    """Makes a provider from a frame, with its own defaults where None."""

    def __call__(self, frame: Frame = ...) -> SimulatorConfig: ...


def streams(
    monthly: Decimal, curves: Sequence[Curve], extra: Sequence[Stream] = ()
) -> tuple[Stream, ...]:
    """Return the usual mix of workspaces and models, `monthly` money in 30 days.

    A tenth of the large model is eu, a tenth is priority; chat costs nothing.
    """
    daily = monthly / _DAYS
    usual: list[Stream] = []
    for workspace, product, share in _MIX:
        stream = Stream(
            product=product,
            daily=daily * Decimal(share),
            workspace=workspace,
            curves=tuple(curves),
        )
        if product != "mistral-large-latest":
            usual.append(stream)
            continue
        tenth = stream.daily / 10
        usual.extend(
            (
                replace(stream, daily=stream.daily - 2 * tenth),
                replace(stream, daily=tenth, zone="eu"),
                replace(stream, daily=tenth, tier="priority"),
            )
        )
    chat = Stream(
        product="chat-medium",
        daily=daily / 20,
        workspace="Default workspace",
        curves=tuple(curves),
        paid_share=0.0,
    )
    return (*usual, chat, *extra)


def organization(frame: Frame, found: tuple[Stream, ...]) -> OrganizationConfig:
    """Return an organization with people, agents and four workspaces in use."""
    return OrganizationConfig(
        name=frame.name,
        admin_key=f"sg_test_{frame.name}_admin",
        currency=frame.currency,
        limit=frame.limit,
        rollover_delay=frame.rollover_delay,
        workspaces=(
            Workspace(name="Default workspace", is_default=True, members_count=24),
            Workspace(name="Search", description="Production retrieval"),
            Workspace(name="Support"),
            Workspace(name="Agents", members_count=None),
            Workspace(name="Sandbox", shows_spend_limit=False),
            Workspace(name="Pilot 2025", is_archived=True),
        ),
        streams=found,
        users=tuple(
            WorkUser(name=name, messages_per_day=6.0 + 5.0 * place)
            for place, name in enumerate(_PEOPLE)
        ),
        agents=_AGENTS,
    )


def provider(frame: Frame, *organizations: OrganizationConfig) -> SimulatorConfig:
    return SimulatorConfig(
        start=frame.start,
        organizations=organizations,
        seed=frame.seed,
        speed=frame.speed,
        history_months=frame.history_months,
    )


def _plain(frame: Frame, *curves: Curve) -> SimulatorConfig:
    return provider(frame, organization(frame, streams(frame.monthly, curves)))


_DEFAULT = Frame()
_DEMO = Frame(monthly=Decimal(4900))


def healthy(frame: Frame = _DEFAULT) -> SimulatorConfig:
    """Return an even month: weekdays, office hours, a little noise."""
    return _plain(frame, Healthy())


def growing(frame: Frame = _DEFAULT, *, per_month: float = 0.4) -> SimulatorConfig:
    """Return a product that takes off and meets its limit sooner each month."""
    return _plain(frame, Healthy(), Growing(since=frame.start, per_month=per_month))


def weekend(frame: Frame = _DEFAULT, *, share: float = 0.8) -> SimulatorConfig:
    """Return batch work that runs mostly on Saturdays and Sundays."""
    return _plain(frame, Flat(), Weekend(share=share))


def month_end(frame: Frame = _DEFAULT, *, factor: float = 3.0) -> SimulatorConfig:
    """Return a rush in the last four days of each month."""
    return _plain(frame, Healthy(), MonthEndRush(factor=factor))


def runaway(
    frame: Frame = _DEFAULT,
    *,
    begins_at: datetime | None = None,
    workspace: str = "Agents",
    product: str = "mistral-medium-latest",
    daily: Decimal = Decimal(1200),
) -> SimulatorConfig:
    """Return healthy spend and one key that burns `daily` a day from an instant on.

    Unless told otherwise it begins on the 24th of the starting month at 02:00, or
    two hours after a later start.
    """
    usual = frame.start.replace(day=24, hour=2, minute=0, second=0, microsecond=0)
    begins = begins_at or max(usual, frame.start + timedelta(hours=2))
    # A cent a day until then: the key exists and hardly anybody uses it.
    trickle = Decimal("0.01")
    loop = Runaway(begins_at=begins, factor=float(daily / trickle))
    key = Stream(
        product=product, daily=trickle, workspace=workspace, curves=(Flat(), loop)
    )
    return provider(
        frame, organization(frame, streams(frame.monthly, [Healthy()], [key]))
    )


def demo_month(
    frame: Frame = _DEMO,
    *,
    begins_at: datetime | None = None,
    daily: Decimal = Decimal(1400),
) -> SimulatorConfig:
    """Return a month for a budget of 5000: healthy to the 24th, then a runaway.

    With the limit of 4000 it passes 2500 in the middle of the month, 85 % of the
    limit around the 22nd, and would end near 14000 if nobody stepped in.
    """
    return runaway(frame, begins_at=begins_at, daily=daily)


def quarter(
    frame: Frame = _DEFAULT,
    *,
    per_month: float = 0.15,
    begins_at: datetime | None = None,
) -> SimulatorConfig:
    """Return three months of growth with a rush at each end and a late runaway.

    The runaway begins 70 days after the start and lasts for two.
    """
    begins = begins_at or frame.start + timedelta(days=70, hours=2)
    loop = Stream(
        product="mistral-small-latest",
        daily=Decimal("0.01"),
        workspace="Agents",
        curves=(
            Flat(),
            Runaway(
                begins_at=begins, factor=90_000.0, ends_at=begins + timedelta(days=2)
            ),
        ),
    )
    curves = (
        Healthy(),
        Growing(since=frame.start, per_month=per_month),
        MonthEndRush(factor=1.6),
    )
    return provider(frame, organization(frame, streams(frame.monthly, curves, [loop])))


def chatty(
    frame: Frame = _DEFAULT,
    *,
    begins_at: datetime | None = None,
    factor: float = 60.0,
) -> SimulatorConfig:
    """Return a healthy month in which a script writes as one of the people.

    It begins in the morning of the eighth day, and a second one two days later; within
    a month each writes more than 5000 messages, and nobody else 1000.
    """
    begins = begins_at or frame.start + timedelta(days=7)
    found = organization(frame, streams(frame.monthly, [Healthy()]))
    first, second, *others = found.users
    loops = (
        replace(user, curves=(Runaway(begins_at=at, factor=factor),))
        for user, at in ((first, begins), (second, begins + timedelta(days=2)))
    )
    return provider(frame, replace(found, users=(*loops, *others)))


def many(frame: Frame = _DEFAULT, *, organizations: int = 100) -> SimulatorConfig:
    """Return many healthy organizations: `acme-000` and so on, each with its key."""
    made = []
    for number in range(organizations):
        named = replace(frame, name=f"{frame.name}-{number:03d}")
        made.append(organization(named, streams(frame.monthly, [Healthy()])))
    return provider(frame, *made)


SCENARIOS: dict[str, Builder] = {
    "healthy": healthy,
    "growing": growing,
    "weekend": weekend,
    "month_end": month_end,
    "runaway": runaway,
    "demo_month": demo_month,
    "quarter": quarter,
    "chatty": chatty,
    "many": many,
}


def build(
    name: str,
    *,
    start: datetime | None = None,
    seed: int = 7,
    speed: float = 0.0,
    past_months: int = _DEFAULT.history_months,
) -> SimulatorConfig:
    """Return a scenario by name; ValueError names those there are."""
    builder = SCENARIOS.get(name)
    if builder is None:
        raise ValueError(f"no scenario {name!r}; there are: {', '.join(SCENARIOS)}")
    usual = _DEMO if builder is demo_month else _DEFAULT
    frame = replace(
        usual,
        start=start or usual.start,
        seed=seed,
        speed=speed,
        history_months=past_months,
    )
    return builder(frame)
