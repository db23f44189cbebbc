"""A policy in force, explained on the figures of this moment."""

import pytest

from service.domain.check import Outcome
from service.domain.errors import NotFound, ProviderUnavailable
from service.domain.policy import Severity
from service.pipeline.explain_policy import explain_policy
from tests.builders import DAY, HOUR, MINUTE, policy, raising, threshold
from tests.unit.domain.courses import sample
from tests.unit.pipeline.checked_world import World, in_force
from tests.unit.pipeline.silenced_world import silence


def test_an_alert_that_fires_is_explained_and_nothing_is_kept() -> None:
    crossed = threshold(spend="10%", then=raising(500))
    world = World(policies=in_force(policy(crossed)))
    world.check()
    facts = len(world.facts())
    posts = len(world.api.posts)
    world.clock.advance(5 * MINUTE)

    told = explain_policy(world.services(), "acme-monthly")

    (half,) = told.thresholds
    assert half.outcome.outcome is Outcome.FIRING
    assert half.since == world.clock.now() - 5 * MINUTE
    assert half.effect is not None
    assert [each.reason for each in half.effect.obstacles] == ["done"]
    assert (len(world.facts()), len(world.api.posts)) == (facts, posts)


def test_without_an_answer_what_was_last_believed_is_there() -> None:
    scoped = policy(threshold(), scope={"categories": ["completion"]})
    world = World(policies=in_force(scoped))
    checked_at = world.check().at
    world.clock.advance(5 * MINUTE)
    world.api.then("usage", ProviderUnavailable("no answer"))

    (half,) = explain_policy(world.services(), "acme-monthly").thresholds

    assert half.outcome.outcome is Outcome.UNKNOWN
    assert half.last_good is not None
    assert half.last_good.at == checked_at


def test_a_pace_is_explained_from_the_same_course_as_a_check_sees() -> None:
    pace = {"window": "3h", "above": "5x", "at_least": 20}
    world = World(policies=in_force(policy(threshold(pace=pace))))
    now = world.clock.now()
    days = (now - number * DAY for number in range(20, 0, -1))
    with world.tables.transaction() as work:
        work.save_samples("acme", [sample(at, "0", month="2026-08") for at in days])

    (told,) = explain_policy(world.services(), "acme-monthly").thresholds
    (checked,) = world.check().decisions

    assert told.outcome.reason == checked.reason
    assert "nothing was observed around the beginning" in checked.reason
    assert told.source == "what checks saw of the spend over the last weeks"


def test_what_is_not_in_force_is_not_found() -> None:
    with pytest.raises(NotFound, match="'none'"):
        explain_policy(World().services(), "none")


def test_a_silence_over_a_threshold_is_said_with_its_end() -> None:
    loud = threshold(id="loud", severity="critical")
    world = World(policies=in_force(policy(threshold(), loud)))
    short = silence(world, threshold_id="half")
    longer = silence(world, 2 * HOUR, severity=Severity.WARNING)

    half, critical = explain_policy(world.services(), "acme-monthly").thresholds

    assert short.ends_at < longer.ends_at
    assert half.silence == longer
    assert critical.silence is None

    world.clock.advance(3 * HOUR)
    half, _ = explain_policy(world.services(), "acme-monthly").thresholds
    assert half.silence is None
