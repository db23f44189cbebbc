"""Silences are made and ended by persons, each with its record."""

import pytest

from service.domain.alert import AlertKind
from service.domain.audit import AuditAction
from service.domain.errors import InvalidInput, NotFound
from service.domain.policy import Severity
from service.domain.silence import Matchers, SilenceState
from service.pipeline.respond_silences import (
    SilenceRequest,
    active_silences,
    create_silence,
    expire_silence,
)
from tests.builders import (
    HOUR,
)
from tests.unit.pipeline.silenced_world import HALF, silence, world_of


def test_making_and_ending_a_silence_is_recorded_once() -> None:
    world = world_of(HALF)
    services = world.services()
    made = silence(world, policy_id="acme-*", severity=Severity.WARNING)

    assert active_silences(services) == (made,)
    ended = expire_silence(services, actor="key:bob", silence_id=made.id)
    again = expire_silence(services, actor="key:eve", silence_id=made.id)

    assert again == ended
    assert ended.expired_by == "key:bob"
    assert ended.state(world.clock.now()) is SilenceState.EXPIRED
    assert active_silences(services) == ()
    created, expired = world.facts(
        AuditAction.SILENCE_CREATED, AuditAction.SILENCE_EXPIRED
    )
    assert (created.actor, expired.actor) == ("key:alice", "key:bob")
    assert created.target == expired.target == f"silence:{made.id}"
    assert created.detail is not None
    assert created.detail["matchers"] == {
        "policy_id": "acme-*",
        "threshold_id": None,
        "severity": "warning",
        "organization": None,
        "kind": None,
    }


def test_a_silence_of_nothing_is_refused_and_leaves_no_trace() -> None:
    world = world_of(HALF)
    now = world.clock.now()
    nothing = SilenceRequest(
        matchers=Matchers(),
        starts_at=now,
        ends_at=now + HOUR,
        comment="quiet",
        actor="key:alice",
    )

    with pytest.raises(InvalidInput):
        create_silence(world.services(), nothing)
    with pytest.raises(NotFound):
        expire_silence(world.services(), actor="key:bob", silence_id="sl_none")

    assert world.facts(AuditAction.SILENCE_CREATED) == []


def test_a_silence_by_kind_is_recorded_by_its_name() -> None:
    world = world_of(HALF)

    silence(world, kind=AlertKind.DATA_UNKNOWN)

    (fact,) = world.facts(AuditAction.SILENCE_CREATED)
    assert fact.detail is not None
    assert fact.detail["matchers"] == {
        "policy_id": None,
        "threshold_id": None,
        "severity": None,
        "organization": None,
        "kind": "data_unknown",
    }
