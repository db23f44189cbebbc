"""F23: a configuration had two truths. F25: the guard was dead and nobody knew."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from service.domain.notification import EventKind
from service.pipeline.drill import drill_channels
from service.scheduler import Jobs, Scheduler
from service.simulator.faults import FaultKind
from tests.failure_modes.stage import DAY, HALF, HOUR, Stage
from tests.fakes import FakeClock
from tests.integration.api.serving import NOON, Served, running

INTERVAL = timedelta(minutes=5)


@pytest.fixture
def served(tmp_path: Path, sqlite_url: str) -> Iterator[Served]:
    with running(tmp_path / "policies", sqlite_url) as service:
        yield service


OTHER = """
id: acme-monthly
organization: acme
budget: {amount: 9000, currency: EUR}
thresholds: [{id: half, spend: 90%}]
"""


def test_what_a_file_declares_is_changed_in_the_file_alone(served: Served) -> None:
    yaml = {"content": OTHER, "headers": {"Content-Type": "application/yaml"}}

    put = served.admin.put("/policies/acme-monthly", **yaml)
    deleted = served.admin.delete("/policies/acme-monthly")

    for refused in (put, deleted):
        assert refused.status_code == 409
        assert refused.json()["code"] == "declared_in_file"
        assert "acme.yaml" in refused.text
    policy = served.viewer.get("/policies/acme-monthly").json()
    assert policy["budget"]["amount"] == "2000.00"


def test_what_is_in_force_says_where_it_comes_from(served: Served) -> None:
    (policy,) = served.viewer.get("/policies").json()["items"]
    status = served.viewer.get("/status").json()["policies"]
    check = served.check()

    assert (policy["source"], policy["file"]) == ("file", "acme.yaml")
    assert policy["line"] == 3
    assert policy["revision"] == status["revision"]
    assert check["decisions"]
    (entry, *_) = served.viewer.get("/audit?chain=acme").json()["items"]
    assert entry["policy"] is None or entry["policy"]["revision"] == policy["revision"]


def test_a_refused_set_is_shown_beside_the_one_in_force(served: Served) -> None:
    before = served.viewer.get("/status").json()["policies"]
    (served.folder / "acme.yaml").write_text("version: 1\npolices: []\n")
    served.application.load_policies()

    after = served.viewer.get("/status").json()["policies"]

    assert after["revision"] == before["revision"]
    assert after["loaded_at"] == before["loaded_at"]
    assert "policies" in after["error"]


class Work:
    """Jobs of a scheduler that counts heartbeats and fails where told to."""

    def __init__(self) -> None:
        self.beats = 0
        self.broken: set[str] = set()

    def check(self, organization: str) -> None:
        if organization in self.broken:
            raise RuntimeError(organization)

    def beat(self) -> None:
        self.beats += 1

    def scheduler(self, clock: FakeClock) -> Scheduler:
        jobs = Jobs(
            organizations=lambda: ("acme", "beta"),
            last_checked_at=lambda _: None,
            check=lambda organization, _: self.check(organization),
            due_channels=lambda: (),
            deliver=lambda _: 0,
            wait_for_policies=lambda _: False,
            load_policies=lambda: None,
            heartbeat=self.beat,
            drill=lambda: None,
            read_past=lambda _: False,
        )
        return Scheduler(clock, INTERVAL, jobs, Event())


def test_the_heart_beats_for_rounds_and_not_for_a_living_process() -> None:
    clock, work = FakeClock(NOON), Work()
    scheduler = work.scheduler(clock)

    scheduler.run_due()
    assert work.beats == 1
    for _ in range(5):
        clock.advance(timedelta(seconds=30))
        scheduler.run_due()
    assert work.beats == 1
    work.broken.add("beta")
    for _ in range(3):
        clock.advance(INTERVAL)
        with pytest.raises(RuntimeError):
            scheduler.run_due()

    assert work.beats == 1
    work.broken.clear()
    clock.advance(INTERVAL)
    scheduler.run_due()
    assert work.beats == 2


def test_who_has_missed_its_rounds_is_not_ready() -> None:
    clock, work = FakeClock(NOON), Work()
    scheduler = work.scheduler(clock)
    assert scheduler.reasons()
    scheduler.run_due()
    assert scheduler.reasons() == ()

    clock.advance(3 * INTERVAL + timedelta(seconds=1))

    (reason,) = scheduler.reasons()
    assert "since" in reason


def test_stale_evaluation_is_seen_from_outside(served: Served) -> None:
    with served.anybody() as http:
        assert http.get("/readyz").status_code == 200
        served.reasons.append("no round of checks has ended since noon")

        refused = http.get("/readyz")

        assert refused.status_code == 503
        assert "since noon" in refused.text
        assert http.get("/healthz").status_code == 200


def test_each_channel_shows_when_it_was_last_proven(stage: Stage) -> None:
    world = stage.open(HALF)
    stage.step()

    delivered = [each.delivered_at for each in world.notifications()]

    assert delivered == [world.simulator.clock.now()]


def test_a_silent_month_proves_every_channel_by_a_drill(stage: Stage) -> None:
    world = stage.open("{id: never, spend: 100000}")
    services = world.application.services
    for _ in range(4):
        stage.step(3 * DAY)
        drill_channels(services)
        world.deliver()

    proofs = {each.channel: each for each in services.queries.proofs()}

    assert set(proofs) == {"finops", "finops-mail"}
    for each in proofs.values():
        assert each.delivered_at is not None
        assert world.simulator.clock.now() - each.delivered_at < 7 * DAY
    assert stage.told(EventKind.DRILL) == {"fire_drill": 2}
    assert "fire drill" in world.sink.texts("mail")[0]


def test_the_head_of_a_day_shows_later_that_the_log_was_cut(stage: Stage) -> None:
    world = stage.open(HALF, passed=5 * DAY)
    stage.step()
    stage.step(10 * DAY)

    (told,) = (each.message for each in world.notifications())
    (head,) = (each for each in told.heads if each.chain == "acme")
    lines = tuple(world.application.services.queries.audit_lines("acme", 0))

    entries = {each.hash for each in world.audit()}
    assert head.hash in entries
    assert head.hash in "".join(lines)
    assert head.hash in world.sink.texts("slack")[0]


def test_a_channel_that_never_worked_claims_nothing(served: Served) -> None:
    answer = served.operator.post("/channels/finops/test").json()
    (channel,) = served.viewer.get("/channels").json()["items"]

    assert not answer["delivered"]
    assert channel["last_delivered_at"] is None
    assert channel["failing"]
    assert channel["last_error"].startswith("finops: ")
    (shown,) = served.viewer.get("/status").json()["channels"]
    assert shown == channel


def test_an_unreachable_provider_does_not_still_the_guard(stage: Stage) -> None:
    world = stage.open(HALF)
    stage.fails(FaultKind.STATUS, status=500)

    checks = stage.steps(3, HOUR)

    assert {each.outcome.value for each in checks} == {"unknown"}
    kept = world.application.services.queries.last_check("acme")
    assert kept is not None
    assert kept.id == checks[-1].id
