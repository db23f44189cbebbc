"""Scripts that write as two of the people, against the simulated provider."""

from datetime import timedelta

from service.domain.alert import Alert, AlertKind, AlertState
from service.domain.check import Check, Outcome
from service.pipeline.explain_policy import explain_policy
from service.simulator import scenarios
from service.simulator.configuration import stable_uuid
from service.simulator.exchange import Route
from service.simulator.faults import Fault, FaultKind
from tests.acceptance.conftest import MakeWorld
from tests.acceptance.world import HOUR, World

DAY = timedelta(days=1)
POLICIES = """
version: 1
policies:
  - id: assistants
    organization: acme
    budget: {amount: 60000, currency: EUR}
    thresholds:
      - {id: chatty, activity: {metric: lechat.messages, per: user, above: 1000}}
      - {id: agents, activity: {metric: lechat.users, per: agent, window: week, above: 1000}}
      - {id: people, activity: {metric: lechat.users, per: organization, above: 1}}
      - {id: talk, activity: {metric: lechat.messages, per: organization, window: day, above: 0}}
      - {id: code, activity: {metric: vibe.sessions, per: workspace, above: 2}}
      - {id: tokens, activity: {metric: vibe.tokens, per: organization, above: 1}}
      - {id: edits, activity: {metric: vibe.lines_inserted, per: organization, above: 1}}
"""  # noqa: E501 - one threshold a line


def open_world(make_world: MakeWorld) -> World:
    world = make_world(scenarios.chatty())
    world.write(POLICIES)
    world.start()
    return world


def chatty(world: World) -> list[Alert]:
    return [each for each in world.alerts() if each.key.threshold_id == "chatty"]


def outcomes(check: Check) -> dict[str, Outcome]:
    return {each.threshold_id: each.outcome for each in check.decisions}


def test_who_writes_too_much_is_told_with_the_second_one_when_it_comes(
    make_world: MakeWorld,
) -> None:
    world = open_world(make_world)
    people = [each.name for each in world.simulator.config.organizations[0].users]
    first, second = (stable_uuid("user", "acme", name) for name in people[:2])

    world.step(6 * DAY)
    assert chatty(world) == []
    world.step(4 * DAY)
    (told,) = (each for each in world.sink.texts("slack") if first in each)
    assert "1 user is beyond 1000 lechat.messages this month" in told
    assert second not in told

    world.step(5 * DAY)
    (later,) = (each for each in world.sink.texts("slack") if second in each)
    assert "new among them" in later
    assert first not in later

    (alert,) = chatty(world)
    assert (alert.kind, alert.state) == (AlertKind.ACTIVITY, AlertState.FIRING)
    assert first not in repr(world.audit())
    explained = explain_policy(world.application.services, "assistants").thresholds[0]
    assert {each.name for each in explained.above} == {first, second}


def test_every_report_of_the_provider_is_watched(make_world: MakeWorld) -> None:
    world = open_world(make_world)

    decided = outcomes(world.step(3 * DAY + 14 * HOUR))

    assert decided == {
        "chatty": Outcome.BELOW,
        "agents": Outcome.BELOW,
        "people": Outcome.FIRED,
        "talk": Outcome.FIRED,
        "code": Outcome.FIRED,
        "tokens": Outcome.FIRED,
        "edits": Outcome.FIRED,
    }


def test_a_report_that_does_not_come_is_unknown_and_told(make_world: MakeWorld) -> None:
    world = open_world(make_world)
    world.step(3 * DAY)
    world.simulator.faults.add(
        Fault(kind=FaultKind.STATUS, route=Route.WORK_BY_USER, status=403, count=None)
    )

    decided = outcomes(world.step())

    assert decided["chatty"] is Outcome.UNKNOWN
    assert decided["people"] is Outcome.FIRING
    unknown = [e for e in world.alerts() if e.kind is AlertKind.DATA_UNKNOWN]
    assert [each.key.scope for each in unknown] == ["lechat.messages per user a month"]
