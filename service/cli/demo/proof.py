"""The demo checks itself: what had to happen did, and what is recorded is true."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from service.cli.demo.timeline import Kind, Timeline, limit_amount
from service.cli.demo.world import World
from service.domain.notification import Notification, NotificationState
from service.domain.period import PeriodKind
from service.domain.policy import Mode, Policy, Threshold
from service.pipeline.respond_audit import Verdict, chains_of, verify
from service.ports import PageRequest, Queries, Services

_PAGE = 200
# The provider rounds its total to cents.
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The verdict on every audit chain, and all that is not as it should be."""

    verdicts: tuple[Verdict, ...]
    messages: int
    problems: tuple[str, ...]


def prove(world: World, services: Services, timeline: Timeline) -> Proof:
    """Hold what the service recorded against the provider, the inbox and the policies.

    The provider's own history and the inbox are not the service's: they cannot share
    its mistakes.
    """
    verdicts = tuple(verify(services, each) for each in chains_of(services, None))
    notifications = tuple(_notifications(services.queries))
    policies = services.policies.current().of(world.organization)
    return Proof(
        verdicts=verdicts,
        messages=len(world.inbox.ids),
        problems=(
            *(
                f"audit chain {each.chain} is broken at {each.broken_at}: {each.reason}"
                for each in verdicts
                if not each.is_valid
            ),
            *_of_messages(notifications, world.inbox.ids),
            *_of_limit(world, timeline),
            *_of_figures(world, timeline),
            *_of_thresholds(policies, timeline),
        ),
    )


def _notifications(queries: Queries) -> Iterator[Notification]:
    cursor: str | None = None
    while True:
        page = queries.notifications(None, PageRequest(limit=_PAGE, cursor=cursor))
        yield from page.items
        if page.next_cursor is None:
            return
        cursor = page.next_cursor


def _of_messages(
    notifications: Iterable[Notification], arrived: frozenset[str]
) -> Iterator[str]:
    delivered = set()
    for each in notifications:
        if each.state is NotificationState.DELIVERED:
            delivered.add(each.id)
        elif each.state is not NotificationState.MERGED:
            yield f"message {each.id} to {each.channel} is {each.state}: {each.error}"
    if delivered != arrived:
        yield f"{len(delivered)} messages were delivered and {len(arrived)} arrived"


def _of_limit(world: World, timeline: Timeline) -> Iterator[str]:
    real = [Decimal(move.after.amount) for move in world.simulator.limit_history]
    recorded = [
        limit_amount((each.fact.detail or {}).get("to"))
        for each in timeline.happenings
        if each.kind is Kind.LIMIT
    ]
    if real != recorded:
        yield f"the provider's limit went to {real}, the audit log says {recorded}"


def _of_figures(world: World, timeline: Timeline) -> Iterator[str]:
    unknown = sum(each.spend is None for each in timeline.readings)
    if unknown:
        yield f"{unknown} checks could not tell the spend"
    last = timeline.readings[-1].spend if timeline.readings else None
    real = world.simulator.spend(world.organization)
    if last is not None and abs(last - real) > _CENT:
        yield f"the last check saw {last}, the provider counted {real}"


def _of_thresholds(policies: Iterable[Policy], timeline: Timeline) -> Iterator[str]:
    """Work out anew which amounts were passed, and look for their alerts and effects.

    Only for what needs no more than the largest spend: whole months of everything.
    """
    most = max(
        (each.spend for each in timeline.readings if each.spend is not None),
        default=Decimal(0),
    )
    for policy in policies:
        if not policy.target.is_organization or (
            policy.budget.period is not PeriodKind.MONTH
        ):
            continue
        for threshold in policy.thresholds:
            name = f"{policy.id}/{threshold.id}"
            is_fired = _has(timeline, (Kind.ALERT,), policy, threshold)
            if is_fired is not _is_expected(policy, threshold, most, is_fired=is_fired):
                verb = "fired and should not have" if is_fired else "did not fire"
                yield f"{name} {verb}: the most that was spent is {most}"
            wants_change = policy.mode is Mode.ENFORCE and threshold.then is not None
            if is_fired and wants_change:
                kinds = (Kind.LIMIT, Kind.KEPT, Kind.FAILED)
                if not _has(timeline, kinds, policy, threshold):
                    yield f"{name} fired, and what it asks for was not recorded"


def _is_expected(
    policy: Policy, threshold: Threshold, most: Decimal, *, is_fired: bool
) -> bool:
    watched = threshold.spend
    if watched is None or threshold.held_for is not None:
        return is_fired
    return most >= policy.budget.amount_of(watched)


def _has(
    timeline: Timeline, kinds: tuple[Kind, ...], policy: Policy, threshold: Threshold
) -> bool:
    return any(
        each.kind in kinds
        and each.fact.policy is not None
        and each.fact.policy.id == policy.id
        and (each.fact.detail or {}).get("threshold") == threshold.id
        for each in timeline.happenings
    )
