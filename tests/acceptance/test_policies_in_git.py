"""A push is soon in force; what is broken or rewritten changes nothing."""

from datetime import timedelta
from pathlib import Path

import pytest

from service.domain.alert import Alert
from service.domain.errors import Conflict, InvalidInput
from service.pipeline.follow import accept_history
from service.simulator import scenarios
from tests.acceptance.conftest import MakeWorld
from tests.acceptance.world import GUARD, KEY, World
from tests.integration.policy_files.git_peer import ANN, Desk, git

INTERVAL = timedelta(seconds=60)
AT_ONCE = timedelta(0)
POLICIES = """\
version: 1
policies:
  - id: acme-monthly
    organization: acme
    budget: {amount: 5000, currency: EUR}
    thresholds:
      - {id: first, spend: 1}
"""
ADMIN = "user:ann"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "people")


@pytest.fixture
def world(make_world: MakeWorld, desk: Desk, tmp_path: Path) -> World:
    world = make_world(
        scenarios.healthy(),
        ACME_KEY=KEY,
        SPENDGUARD_POLICIES="policies",
        SPENDGUARD_POLICIES_GIT=f"{desk.url}#main",
        SPENDGUARD_POLICIES_GIT_FOLDER=str(tmp_path / "git"),
    )
    guard = GUARD.format(
        base_url=world.base_url,
        key="${ACME_KEY}",
        guardrails="{cooldown: 0s}",
        organization="on_drift: adopt",
    )
    desk.publish(guard=guard, acme=POLICIES)
    world.start()
    return world


def wait_an_interval(world: World) -> bool:
    """Let an interval pass, and do what the service's loop does then."""
    world.simulator.advance(INTERVAL)
    changed = world.application.wait_for_policies(AT_ONCE)
    if changed:
        world.application.load_policies()
    world.deliver()
    return changed


def load_alerts(world: World) -> list[Alert]:
    return [each for each in world.alerts() if each.kind == "policy_load_failed"]


def test_a_push_is_in_force_within_an_interval_and_its_commit_in_the_next_alert(
    world: World, desk: Desk
) -> None:
    commit = desk.publish(acme=POLICIES.replace("first", "pushed"))

    assert wait_an_interval(world)
    while not world.step().alerts_fired:
        pass

    (message,) = [text for text in world.sink.texts("slack") if "pushed" in text]
    assert commit in message
    assert ANN in message
    fired = [each for each in world.audit() if each.fact.action == "alert:fired"]
    assert {each.fact.policy.commit for each in fired if each.fact.policy} == {commit}
    (revision, *_) = [
        each for each in world.audit("system") if each.fact.action == "policy:loaded"
    ][::-1]
    assert (revision.fact.detail or {})["author"] == ANN


def test_a_broken_push_changes_nothing_and_is_told_with_file_and_line(
    world: World, desk: Desk
) -> None:
    policies = world.application.services.policies
    before = policies.current()
    broken = desk.publish(acme=POLICIES.replace("spend:", "spent:"))

    assert wait_an_interval(world)

    assert policies.current() == before
    (alert,) = load_alerts(world)
    assert "policies/acme.yaml:7:21: unknown key `spent`" in alert.reason
    assert f"commit {broken[:12]} by {ANN}" in alert.reason
    (message,) = world.sink.texts("slack")
    assert "policies/acme.yaml:7:21" in message

    assert not wait_an_interval(world)
    mended = desk.publish(acme=POLICIES.replace("first", "mended"))
    assert wait_an_interval(world)
    assert policies.current().commit == mended
    assert policies.error() is None
    assert not [each for each in load_alerts(world) if each.is_open]


def test_a_force_push_is_refused_and_alerted_until_an_administrator_accepts_it(
    world: World, desk: Desk
) -> None:
    policies = world.application.services.policies
    before = policies.current()
    desk.write("policies/acme.yaml", POLICIES.replace("spend: 1", "spend: 4999"))
    git(desk.checkout, "commit", "-q", "-a", "--amend", "-m", "Never said otherwise")
    desk.push("--force")
    tip = git(desk.checkout, "rev-parse", "HEAD")

    assert wait_an_interval(world)
    assert policies.current() == before
    (alert,) = load_alerts(world)
    assert "the history was rewritten" in alert.reason
    (message,) = world.sink.texts("slack")
    assert f"spendguard policy accept {tip}" in message

    # A restart, even without the copy, does not forget what was in force.
    world.restart()
    assert world.application.services.policies.current().revision == before.revision

    services = world.application.services
    with pytest.raises(InvalidInput, match="in full"):
        accept_history(services, actor=ADMIN, commit=tip[:12])
    with pytest.raises(Conflict, match=f"ends at {tip}"):
        accept_history(services, actor=ADMIN, commit="0" * 40)
    accept_history(services, actor=ADMIN, commit=tip)

    assert wait_an_interval(world)
    assert services.policies.current().commit == tip
    assert not [each for each in load_alerts(world) if each.is_open]
    with pytest.raises(Conflict, match="nothing to accept"):
        accept_history(services, actor=ADMIN, commit=tip)
    (accepted,) = [
        each
        for each in world.audit("system")
        if each.fact.action == "policy:history:accepted"
    ]
    assert accepted.fact.actor == ADMIN
    assert (accepted.fact.detail or {})["instead_of"] == before.commit


def test_a_start_without_the_repository_has_what_the_database_holds(
    world: World, desk: Desk, tmp_path: Path
) -> None:
    before = world.application.services.policies.current()
    world.application.close()
    desk.remote.rename(tmp_path / "gone.git")
    (tmp_path / "git").rename(tmp_path / "lost")

    world.start()

    policies = world.application.services.policies
    assert policies.current().revision == before.revision
    assert policies.current().commit == before.commit
    assert policies.current().source == "database"
    assert "no such repository" in (policies.error() or "")

    (tmp_path / "gone.git").rename(desk.remote)
    assert wait_an_interval(world)
    assert policies.error() is None
    assert policies.current().source == "git"
