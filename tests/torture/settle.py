"""Wait until the service has done all that there is to do, and say what it left."""

import time
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus

import httpx

from tests.torture.course import Course
from tests.torture.process import PATIENCE_SECONDS, Process
from tests.torture.taps import ORGANIZATIONS
from tests.torture.world import AUTHORIZED, World

# What a dead service leaves is due after 30 s; a limit change that failed is tried
# again after five minutes, ten after a second failure.
_WAITS = (
    timedelta(seconds=35),
    timedelta(minutes=6),
    timedelta(minutes=11),
    timedelta(minutes=16),
    timedelta(minutes=31),
)
# Beyond a check: what the delivery loop still has in hand.
_GRACE_SECONDS = 0.4
_LOOK_SECONDS = 0.01
_ENDED = frozenset({"delivered", "merged"})


def settle(world: World, course: Course, service: Process) -> tuple[str, ...]:
    """Let time pass until all is done; give what is not, nothing as it should be."""
    problems = _checked(world, course, service)
    for wait in _WAITS:
        if not problems:
            break
        world.pass_time(wait)
        problems = _checked(world, course, service)
    return problems


def _checked(world: World, course: Course, service: Process) -> tuple[str, ...]:
    """Have everybody checked, and wait a little for what is not done yet."""
    answer = httpx.post(
        f"{service.address()}/api/v1/checks",
        headers=AUTHORIZED,
        json={},
        timeout=PATIENCE_SECONDS,
    )
    if answer.status_code != HTTPStatus.OK:
        return (f"a check was refused: {answer.status_code} {answer.text}",)
    until = time.monotonic() + _GRACE_SECONDS
    problems = tuple(unsettled(world, course))
    while problems and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
        problems = tuple(unsettled(world, course))
    return problems


def unsettled(world: World, course: Course) -> Iterator[str]:
    """Say what still has to come."""
    for name in ORGANIZATIONS:
        limit = world.limit(name)
        if limit != course.limit:
            yield f"{name}: the provider's limit is {limit}, not {course.limit}"
    for change in world.ledger.open_changes():
        yield f"{change['organization']}: change {change['id']} is {change['state']}"
    for message in world.ledger.messages():
        if message.state not in _ENDED:
            yield f"message {message.id} to {message.channel} is {message.state}"
    missing = course.fired.keys() - set(world.ledger.firings().values())
    for firing in missing:
        yield f"not fired: {firing}"
