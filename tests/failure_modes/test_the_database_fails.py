"""The database is full, protected, locked or gone: no limit moves that it cannot keep.

A check that cannot record what it decided sends nothing; one that cannot record what
came of it is settled by the next, from its intent. `/readyz` is red meanwhile.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any, cast

import pytest
import structlog
from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from starlette.testclient import TestClient

from service.api.app import create_app
from service.domain.errors import StorageUnavailable
from service.domain.limit_change import ChangeState
from service.domain.usage import SpendLimit
from service.pipeline.cycle import run_check
from service.pipeline.respond_audit import verify
from service.ports import AdminApi
from service.scheduler import Scheduler, scheduler_for
from tests.acceptance.world import running_world
from tests.databases import run_on_server
from tests.failure_modes.broken_disk import Disk, watched_disk
from tests.failure_modes.stage import RAISE, Stage, provider

PATIENCE = timedelta(seconds=10)
BREAKS: list[tuple[Callable[[Disk], None], Callable[[Disk], None], str]] = [
    (Disk.fill, Disk.free, "the disk of the database is full"),
    (Disk.protect, Disk.unprotect, "the database file cannot be written"),
]


@pytest.fixture
def disk() -> Iterator[Disk]:
    with watched_disk() as watched:
        yield watched


class Noticing:
    """The provider's Admin API; something happens right after a limit was sent."""

    def __init__(self, api: AdminApi, then: Callable[[], None]) -> None:
        self._api = api
        self._then = then

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else the API does
        return getattr(self._api, name)

    def set_spend_limit(self, limit: SpendLimit, *, timeout: timedelta) -> None:
        self._api.set_spend_limit(limit, timeout=timeout)
        self._then()


def check_until_sent(stage: Stage, then: Callable[[], None]) -> None:
    """Check, and let something happen between the POST and what is recorded of it."""
    services = stage.world.application.services

    def noticing(name: str) -> AdminApi:
        return cast("AdminApi", Noticing(services.admin_api(name), then))

    run_check(replace(services, admin_api=noticing), "acme")


def require_applied_once(stage: Stage) -> None:
    assert stage.only_change().state is ChangeState.APPLIED
    assert (stage.in_force(), stage.posts()) == (4500, 1)
    assert len(stage.world.simulator.limit_history) == 1
    assert verify(stage.world.application.services, "acme").is_valid


@pytest.mark.parametrize(("breaks", "heals", "words"), BREAKS)
def test_nothing_is_sent_that_could_not_be_recorded_first(
    stage: Stage,
    disk: Disk,
    breaks: Callable[[Disk], None],
    heals: Callable[[Disk], None],
    words: str,
) -> None:
    stage.open(RAISE)
    breaks(disk)

    for _ in range(3):
        with pytest.raises(StorageUnavailable, match=words):
            stage.step()
    assert (stage.in_force(), stage.posts()) == (4000, 0)
    assert stage.world.changes() == ()
    assert stage.world.sink.messages("slack") == []

    heals(disk)
    stage.steps(2)
    require_applied_once(stage)


@pytest.mark.parametrize(("breaks", "heals", "words"), BREAKS)
def test_what_came_of_a_change_is_settled_later_where_it_could_not_be_recorded(
    stage: Stage,
    disk: Disk,
    breaks: Callable[[Disk], None],
    heals: Callable[[Disk], None],
    words: str,
) -> None:
    stage.open(RAISE)

    with pytest.raises(StorageUnavailable, match=words):
        check_until_sent(stage, lambda: breaks(disk))
    assert (stage.in_force(), stage.posts()) == (4500, 1)
    assert stage.only_change().state is ChangeState.REQUESTED
    # Still so: it is not sent again while nothing can be written.
    with pytest.raises(StorageUnavailable, match=words):
        stage.step()
    assert stage.posts() == 1

    heals(disk)
    stage.steps(2)
    require_applied_once(stage)


def test_a_lock_of_another_process_holds_a_check_up_and_spoils_nothing(
    stage: Stage, disk: Disk
) -> None:
    world = stage.open(RAISE)
    disk.hurry()
    file = world.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageUnavailable, match="locked by another writer"):
            stage.step()
        assert stage.posts() == 0
        other.execute("ROLLBACK")

    stage.steps(2)
    require_applied_once(stage)


@contextmanager
def served(stage: Stage) -> Iterator[tuple[Scheduler, TestClient]]:
    """Run the loops of the product, with its REST API beside them."""
    application = stage.world.application
    scheduler = scheduler_for(application)
    app = create_app(application.services, readiness=scheduler.reasons)
    with structlog.testing.capture_logs(), TestClient(app) as client:
        scheduler.start()
        try:
            yield scheduler, client
        finally:
            assert scheduler.stop(PATIENCE)


def wait_for(claim: Callable[[], bool]) -> None:
    for _ in range(500):
        if claim():
            return
        Event().wait(0.02)
    pytest.fail("it did not come to that")


def test_a_running_service_is_not_ready_while_it_cannot_write_and_goes_on_by_itself(
    stage: Stage, disk: Disk
) -> None:
    stage.open(RAISE)
    disk.protect()

    with served(stage) as (_, client):
        wait_for(lambda: "cannot be written" in client.get("/readyz").text)
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert (
            "checks: storage_unavailable: the database file cannot be written"
            in answer.json()["reasons"]
        )
        assert stage.posts() == 0

        disk.unprotect()
        # The clock stands still but for this: less than an interval passes.
        stage.world.simulator.advance(timedelta(seconds=5))
        wait_for(lambda: client.get("/readyz").status_code == 200)

    require_applied_once(stage)


@pytest.fixture
def on_postgresql(tmp_path: Path, postgresql_url: str) -> Iterator[Stage]:
    with (
        structlog.testing.capture_logs(),
        running_world(provider(), tmp_path, postgresql_url) as world,
    ):
        yield Stage(world)


@pytest.mark.postgresql
def test_a_connection_lost_while_a_decision_is_recorded_sends_nothing(
    on_postgresql: Stage,
) -> None:
    stage = on_postgresql
    stage.open(RAISE)
    killer = create_engine(stage.world.database_url)

    def lose(connection: Any, _cursor: object, statement: str, *_: object) -> None:  # noqa: ANN401 - as the library calls it
        if statement.startswith('INSERT INTO "check"'):
            pid = connection.connection.driver_connection.info.backend_pid
            with killer.begin() as other:
                other.execute(text(f"SELECT pg_terminate_backend({int(pid)}, 5000)"))

    event.listen(Engine, "before_cursor_execute", lose)
    try:
        with pytest.raises(StorageUnavailable):
            stage.step()
    finally:
        event.remove(Engine, "before_cursor_execute", lose)
        killer.dispose()
    assert (stage.in_force(), stage.posts()) == (4000, 0)

    stage.steps(2)
    require_applied_once(stage)


@pytest.mark.postgresql
def test_a_database_that_goes_away_after_a_limit_was_sent_settles_it_when_it_is_back(
    on_postgresql: Stage, postgresql_server: URL
) -> None:
    stage = on_postgresql
    world = stage.open(RAISE)
    name = world.database_url.rpartition("/")[2]

    def lose() -> None:
        run_on_server(
            postgresql_server, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'
        )
        run_on_server(
            postgresql_server,
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"  # noqa: S608 - the fixture made up the name
            f" WHERE datname = '{name}'",
        )

    with pytest.raises(StorageUnavailable):
        check_until_sent(stage, lose)
    assert (stage.in_force(), stage.posts()) == (4500, 1)
    app = create_app(world.application.services)
    with TestClient(app) as client:
        assert client.get("/readyz").status_code == 503

        run_on_server(
            postgresql_server, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'
        )
        assert client.get("/readyz").status_code == 200
    # What nobody could give back runs out by itself.
    run_on_server(make_url(world.database_url), "DELETE FROM lease")
    stage.steps(2)
    require_applied_once(stage)
