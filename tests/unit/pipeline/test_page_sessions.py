"""Sessions of the approval page are short, end with their key and hold no secret."""

from dataclasses import replace
from datetime import timedelta

from service.domain.access import ApiKey, Role
from service.pipeline.page_sessions import (
    SESSION_LASTS,
    issue_token,
    open_session,
    use_token,
    visitor_of,
)
from service.pipeline.respond_keys import create_key
from tests.unit.pipeline.respond_world import World


def made(world: World, name: str = "bob") -> ApiKey:
    services = world.services()
    return create_key(services, actor="user:a", name=name, role=Role.OPERATOR)[0]


def test_a_session_stands_for_its_key_and_keeps_neither_text() -> None:
    world = World()
    key = made(world)

    text = open_session(world.services(), key)

    visitor = visitor_of(world.services(), text)
    assert visitor is not None
    assert visitor.key == key
    assert text not in str(vars(world.tables))
    assert visitor_of(world.services(), "sg_test_other") is None
    assert visitor_of(world.services(), None) is None


def test_a_session_ends_by_itself() -> None:
    world = World()
    text = open_session(world.services(), made(world))

    world.clock.advance(SESSION_LASTS - timedelta(seconds=1))
    assert visitor_of(world.services(), text) is not None
    world.clock.advance(timedelta(seconds=1))

    assert visitor_of(world.services(), text) is None


def test_a_session_ends_with_its_key() -> None:
    world = World()
    key = made(world)
    made(world, "eve")
    text = open_session(world.services(), key)

    world.tables.keys_by_id[key.id] = replace(key, revoked_at=world.clock.now())
    assert visitor_of(world.services(), text) is None
    del world.tables.keys_by_id[key.id]

    assert visitor_of(world.services(), text) is None


def test_a_token_is_of_one_session_and_request_and_works_once() -> None:
    world = World()
    services = world.services()
    key = made(world)
    mine = visitor_of(services, open_session(services, key))
    other = visitor_of(services, open_session(services, key))
    assert mine is not None
    assert other is not None
    token = issue_token(services, mine, "ap_1")

    assert not use_token(services, other, "ap_1", token)
    assert not use_token(services, mine, "ap_2", token)
    assert use_token(services, mine, "ap_1", token)
    assert not use_token(services, mine, "ap_1", token)
