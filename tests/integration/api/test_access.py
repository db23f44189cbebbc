"""No key, no answer; each role may do what it may and no more."""

from datetime import timedelta

import httpx
import pytest

from service.api.gate import WEBHOOK
from service.api.throttle import FAILURES_ALLOWED
from service.domain.access import Role
from service.pipeline.respond_keys import create_key, revoke_key
from tests.integration.api.serving import ADMIN_KEY, Served

WRONG_KEY = "sg_test_wrong"


def refusals(served: Served) -> list[dict[str, object]]:
    answer = served.admin.get("/audit", chain="system", action="key:refused")
    items: list[dict[str, object]] = answer.json()["items"]
    return items


def test_only_health_and_what_is_signed_are_open(served: Served) -> None:
    paths = set(served.app.openapi()["paths"]) | {"/", "/openapi.json", "/docs", "/x"}
    with served.anybody() as client:
        answers = {path: client.get(path).status_code for path in paths}

    closed = {path for path, status in answers.items() if status == 401}
    assert paths - closed == {"/healthz", "/readyz", WEBHOOK}


def test_who_has_no_key_is_told_how_to_give_one(served: Served) -> None:
    with served.anybody() as client:
        answer = client.get("/api/v1/status")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_authenticated"


def test_nothing_is_said_of_a_request_without_a_key(served: Served) -> None:
    with served.anybody() as client:
        broken = client.post("/api/v1/keys", content=b"{", headers=_JSON)
        unknown = client.delete("/api/v1/nothing")

    assert {broken.status_code, unknown.status_code} == {401}


_JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Basic c2c6c2c=", f"Token {ADMIN_KEY}", "Bearer é"],
)
def test_a_header_that_carries_no_key_opens_nothing(
    served: Served, header: str
) -> None:
    with served.anybody() as client:
        sent = [(b"Authorization", header.encode())]
        answer = client.get("/api/v1/status", headers=sent)

    assert answer.status_code == 401


def test_a_key_that_has_ended_opens_nothing(served: Served) -> None:
    services = served.application.services
    expires_at = served.clock.now() + timedelta(hours=1)
    short, short_text = create_key(
        services,
        actor="user:test",
        name="short",
        role=Role.VIEWER,
        expires_at=expires_at,
    )
    gone, gone_text = create_key(
        services, actor="user:test", name="gone", role=Role.VIEWER
    )
    with served.anybody(short_text) as first, served.anybody(gone_text) as second:
        assert first.get("/api/v1/status").status_code == 200
        assert second.get("/api/v1/status").status_code == 200
        revoke_key(services, actor="user:test", key_id=gone.id)
        served.clock.advance(timedelta(hours=1))

        assert first.get("/api/v1/status").status_code == 401
        assert second.get("/api/v1/status").status_code == 401

    assert refusals(served)[0]["actor"] == f"key:{short.name}"


def failing(served: Served, times: int) -> list[httpx.Response]:
    with served.anybody(WRONG_KEY) as client:
        return [client.get("/api/v1/status") for _ in range(times)]


def test_who_fails_too_often_is_told_to_wait(served: Served) -> None:
    answers = failing(served, FAILURES_ALLOWED + 1)

    assert {answer.status_code for answer in answers[:-1]} == {401}
    assert answers[-1].status_code == 429
    assert answers[-1].headers["retry-after"] == "60"

    served.clock.advance(timedelta(minutes=1))
    assert failing(served, 1)[0].status_code == 401


def test_a_valid_key_is_never_refused_by_the_throttle(served: Served) -> None:
    assert failing(served, FAILURES_ALLOWED + 1)[-1].status_code == 429

    assert served.viewer.get("/status").status_code == 200


def test_refusals_are_recorded_once_per_address_and_minute(
    served_anywhere: Served,
) -> None:
    failing(served_anywhere, 3)
    assert len(refusals(served_anywhere)) == 1

    served_anywhere.clock.advance(timedelta(minutes=1))
    failing(served_anywhere, 3)

    entries = refusals(served_anywhere)
    assert len(entries) == 2
    assert entries[0]["target"] == "address:127.0.0.1"
    assert entries[0]["reason"] == "unknown_key"
    assert WRONG_KEY not in str(entries)


def test_the_last_use_of_a_key_is_known_to_the_minute(served_anywhere: Served) -> None:
    served = served_anywhere
    first = served.clock.now()
    served.viewer.get("/status")
    served.clock.advance(timedelta(seconds=30))
    served.viewer.get("/status")
    keys = served.application.services.queries.keys()
    assert {key.last_used_at for key in keys if key.name == "viewer"} == {first}

    served.clock.advance(timedelta(seconds=30))
    served.viewer.get("/status")
    keys = served.application.services.queries.keys()
    used = {key.last_used_at for key in keys if key.name == "viewer"}
    assert used == {first + timedelta(minutes=1)}
