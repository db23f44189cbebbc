"""What the composition root adds of its own: facts as log lines, the heartbeat."""

import gc
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from service.bootstrap import SystemClock, build, spare_what_lives_long
from service.bootstrap.facts import event_of
from service.bootstrap.heartbeat import HttpHeartbeat
from service.domain.audit import SYSTEM_CHAIN, AuditAction, Fact
from service.domain.errors import NotFound
from service.settings import Settings

CANARY = "sg_test_canary_beat"
NOON = datetime(2026, 8, 20, 12, 0, tzinfo=UTC)
PAUSED = Fact(
    chain=SYSTEM_CHAIN,
    at=NOON,
    actor="user:ada",
    action=AuditAction.AUTOMATION_PAUSED,
    target="automation",
    outcome="paused",
)


@pytest.mark.parametrize(
    ("action", "event"),
    [
        (AuditAction.CHECK_COMPLETED, "check.completed"),
        (AuditAction.ALERT_FIRED, "alert.fired"),
        (AuditAction.LIMIT_CHANGE_APPLIED, "limit_change.applied"),
        (AuditAction.NOTIFICATION_DELIVERED, "notification.delivered"),
    ],
)
def test_a_fact_has_one_name_in_the_log(action: AuditAction, event: str) -> None:
    assert event_of(action) == event


@pytest.mark.parametrize("is_rolled_back", [False, True])
def test_only_what_was_committed_is_logged(
    sqlite_url: str, *, is_rolled_back: bool
) -> None:
    application = build(Settings(database_url=SecretStr(sqlite_url)), {})
    application.upgrade()

    with (
        capture_logs() as lines,
        suppress(NotFound),
        application.services.transaction() as unit,
    ):
        unit.record(PAUSED)
        if is_rolled_back:
            raise NotFound("given up")
    application.close()

    events = [line["event"] for line in lines]
    assert events == ([] if is_rolled_back else ["automation.paused"])


def beat(answer: Callable[[httpx.Request], httpx.Response]) -> list[str]:
    url = SecretStr(f"https://beat.example/{CANARY}")
    heartbeat = HttpHeartbeat(url, httpx.MockTransport(answer))
    with capture_logs() as lines:
        heartbeat.beat()
    heartbeat.close()
    assert CANARY not in str(lines)
    return [line["event"] for line in lines]


def test_a_heartbeat_calls_the_switch() -> None:
    called: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        called.append(f"{request.method} {request.url.path}")
        return httpx.Response(200)

    assert beat(answer) == ["heartbeat.sent"]
    assert called == [f"GET /{CANARY}"]


def test_a_heartbeat_that_fails_is_logged_and_raises_nothing() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"no way to {request.url}")

    assert beat(refuse) == ["heartbeat.failed"]
    assert beat(lambda _: httpx.Response(404)) == ["heartbeat.failed"]


def test_the_system_clock_knows_its_zone() -> None:
    clock = SystemClock()

    assert clock.now().tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()


def test_what_lives_long_is_kept_from_the_collector_and_still_collected() -> None:
    before = gc.get_freeze_count()
    try:
        spare_what_lives_long()
        frozen = gc.get_freeze_count()
        spare_what_lives_long()

        assert frozen > before
        # A second set does not add to the first: what was dropped is collected.
        assert gc.get_freeze_count() < 2 * frozen
    finally:
        gc.unfreeze()
