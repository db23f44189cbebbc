"""What must be true after every kill, worked out from outside."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby

from tests.torture.course import Course
from tests.torture.ledger import Entry, Told
from tests.torture.taps import ORGANIZATIONS
from tests.torture.world import World

_CHANGE = "spend_limit:change:"
_PLANNED, _REQUESTED, _APPLIED = (
    f"{_CHANGE}{word}" for word in ("planned", "requested", "applied")
)
_ENDS = frozenset(f"{_CHANGE}{word}" for word in ("applied", "failed", "skipped"))
# Two processes read one clock a little apart.
_APART = timedelta(milliseconds=5)


def violations(world: World, course: Course) -> Iterator[str]:
    """Say everything that is not as it must be; nothing if all is well."""
    messages = world.ledger.messages()
    yield from _of_alerts(world, course)
    yield from _of_news(world, course, messages)
    yield from of_messages(world, messages)
    yield from of_limits(world, ORGANIZATIONS, world.ledger.entries(_CHANGE))


def _of_alerts(world: World, course: Course) -> Iterator[str]:
    """Every crossing fired, once; nothing else did."""
    fired = Counter(world.ledger.firings().values())
    for firing, times in (fired - Counter(course.fired.keys())).items():
        yield f"fired {times} times more than it should have: {firing}"
    for firing in course.fired.keys() - fired.keys():
        yield f"lost: {firing}"


def _of_news(world: World, course: Course, messages: Iterable[Told]) -> Iterator[str]:
    """Every firing was told to each of its channels, in one message."""
    firings = world.ledger.firings()
    told = Counter(
        (message.channel, alert)
        for message in messages
        # What was merged is told by the message it was merged into.
        if message.state != "merged"
        for kind, alert in message.events
        if kind == "fired"
    )
    expected = Counter(
        (channel, alert)
        for alert, firing in firings.items()
        for channel in course.fired.get(firing, ())
    )
    for (channel, alert), times in (told - expected).items():
        yield f"told {channel} {times} times too often: {firings.get(alert, alert)}"
    for channel, alert in expected - told:
        yield f"never told {channel}: {firings[alert]}"
    turns = Counter(
        kind for message in messages for kind, _ in message.events if kind[:4] == "new_"
    )["new_period"]
    if turns != len(course.turned) * len(ORGANIZATIONS):
        yield f"{turns} notices of {len(course.turned)} new months"


def of_messages(world: World, messages: Iterable[Told]) -> Iterator[str]:
    """What is recorded as delivered has arrived; what arrived is recorded."""
    arrived = world.sink.arrived()
    known = {message.id: message for message in messages}
    for message in known.values():
        if message.state == "delivered" and not arrived[message.id]:
            yield f"recorded as delivered and never arrived: {message.id}"
    for message_id in arrived.keys() - known.keys():
        # The service goes on meanwhile, and may have sent a new one.
        if world.ledger.message_state(message_id) is not None:
            continue
        yield f"arrived under an id that nobody recorded: {message_id!r}"


def of_limits(
    world: World, organizations: Iterable[str], entries: list[Entry]
) -> Iterator[str]:
    """Each move of the limit has its intent before it, and its end after."""
    for post in world.provider.posts:
        if not post.is_audited:
            yield f"sent before its audit entry: {post}"
    asked = {each.target: each for each in entries if each.action == _REQUESTED}
    applied = {each.target for each in entries if each.action == _APPLIED}
    for name in organizations:
        moves = [
            move for move in world.provider.limit_history if move.organization == name
        ]
        changes = [
            each
            for target, each in asked.items()
            if target in applied and each.chain == name
        ]
        if len(moves) != len(changes):
            yield f"{name}: {len(moves)} moves of the limit, {len(changes)} applied"
        for move, change in zip(moves, changes, strict=False):
            is_its_own = int(change.detail["to"]["amount"]) == move.after.amount
            if not is_its_own or change.at > move.at + _APART:
                yield f"{name}: the move {move} is not {change}"
    yield from _of_ends(entries)


def _of_ends(entries: list[Entry]) -> Iterator[str]:
    by_target = sorted(entries, key=lambda each: each.target)
    for target, found in groupby(by_target, key=lambda each: each.target):
        actions = [each.action for each in found]
        ends = [action for action in actions if action in _ENDS]
        is_late = ends == [f"{_CHANGE}failed", _APPLIED]
        if len(ends) != 1 and not is_late:
            yield f"{target} has {len(ends)} ends: {', '.join(actions)}"
