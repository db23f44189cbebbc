"""Keys: shown once, kept as digests, ended at once, every refusal on record."""

import re
from datetime import timedelta

import pytest

from service.domain.access import ApiKey, Role
from service.domain.audit import AuditAction
from service.domain.errors import Conflict, InvalidInput, NotFound
from service.pipeline.respond_keys import (
    Refusal,
    create_key,
    digest_of,
    ensure_admin_key,
    record_refusal,
    revoke_key,
    touch_key,
)
from tests.unit.pipeline.respond_world import ACTOR, NOON, World


def created(world: World, name: str = "grafana") -> ApiKey:
    return create_key(world.services(), actor=ACTOR, name=name, role=Role.VIEWER)[0]


def test_a_key_is_kept_as_the_digest_of_its_text() -> None:
    world = World()

    key, text = create_key(
        world.services(), actor=ACTOR, name="grafana", role=Role.VIEWER
    )

    assert re.fullmatch(r"sg_[A-Za-z0-9_-]{43}", text)
    assert key.digest == digest_of(text)
    assert world.tables.keys_by_id == {key.id: key}
    (fact,) = world.tables.facts
    assert (fact.action, fact.actor) == (AuditAction.KEY_CREATED, ACTOR)
    assert text not in str(fact)
    assert key.digest not in str(fact)


def test_an_expiry_is_recorded() -> None:
    world = World()

    create_key(
        world.services(),
        actor=ACTOR,
        name="grafana",
        role=Role.VIEWER,
        expires_at=NOON + timedelta(days=1),
    )

    detail = world.tables.facts[0].detail
    assert detail is not None
    assert detail["expires_at"] == "2026-08-21T12:00:00.000000Z"


def test_an_expiry_in_the_past_is_refused() -> None:
    with pytest.raises(InvalidInput):
        create_key(
            World().services(),
            actor=ACTOR,
            name="late",
            role=Role.VIEWER,
            expires_at=NOON,
        )


@pytest.mark.parametrize("name", ["", "two words", "a" * 101, "é"])
def test_a_malformed_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        created(World(), name)


def test_two_valid_keys_never_share_a_name() -> None:
    world = World()
    first = created(world)

    with pytest.raises(Conflict):
        created(world)

    revoke_key(world.services(), actor=ACTOR, key_id=first.id)
    assert created(world).id != first.id


def test_the_name_of_the_settings_key_is_taken() -> None:
    with pytest.raises(Conflict):
        created(World(), "admin")


def test_a_revoked_key_stays_in_the_list() -> None:
    world = World()
    key = created(world)

    revoked = revoke_key(world.services(), actor=ACTOR, key_id=key.id)

    assert not revoked.is_valid(NOON)
    assert world.tables.keys_by_id[key.id] == revoked
    assert world.tables.facts[-1].action is AuditAction.KEY_REVOKED


def test_revoking_twice_is_recorded_once() -> None:
    world = World()
    key = created(world)

    first = revoke_key(world.services(), actor=ACTOR, key_id=key.id)
    assert revoke_key(world.services(), actor=ACTOR, key_id=key.id) == first

    assert len(world.tables.facts) == 2


def test_an_unknown_key_is_not_found() -> None:
    with pytest.raises(NotFound):
        revoke_key(World().services(), actor=ACTOR, key_id="key_none")


def test_the_settings_make_an_admin_key_once() -> None:
    world = World()

    ensure_admin_key(world.services(), "sg_test_one")
    ensure_admin_key(world.services(), "sg_test_one")

    (key,) = world.tables.keys_by_id.values()
    assert (key.name, key.role) == ("admin", Role.ADMIN)
    assert len(world.tables.facts) == 1


def test_another_setting_ends_the_key_before() -> None:
    world = World()
    created(world)
    ensure_admin_key(world.services(), "sg_test_one")

    ensure_admin_key(world.services(), "sg_test_two")

    valid = [key for key in world.tables.keys_by_id.values() if key.is_valid(NOON)]
    assert {key.digest for key in valid if key.name == "admin"} == {
        digest_of("sg_test_two")
    }
    assert [fact.action for fact in world.tables.facts[-2:]] == [
        AuditAction.KEY_REVOKED,
        AuditAction.KEY_CREATED,
    ]


def test_the_last_use_is_written_once_a_minute() -> None:
    world = World()
    key = created(world)

    touch_key(world.services(), key)
    used = world.tables.keys_by_id[key.id]
    world.clock.advance(timedelta(seconds=59))
    touch_key(world.services(), used)
    assert world.tables.keys_by_id[key.id].last_used_at == NOON

    world.clock.advance(timedelta(seconds=1))
    touch_key(world.services(), used)
    assert world.tables.keys_by_id[key.id].last_used_at == world.clock.now()


def test_a_refusal_names_the_address() -> None:
    world = World()

    record_refusal(
        world.services(), address="192.0.2.7", reason=Refusal.UNKNOWN_KEY, key=None
    )

    (fact,) = world.tables.facts
    assert (fact.action, fact.actor, fact.target, fact.reason) == (
        AuditAction.KEY_REFUSED,
        "user:unknown",
        "address:192.0.2.7",
        "unknown_key",
    )


def test_a_refused_key_that_once_was_valid_is_named() -> None:
    world = World()
    key = created(world)

    record_refusal(
        world.services(), address="192.0.2.7", reason=Refusal.ENDED_KEY, key=key
    )

    assert world.tables.facts[-1].actor == "key:grafana"
