"""Every error is a problem with a stable code, and says nothing it should not."""

from dataclasses import replace
from http import HTTPStatus

import anyio
import httpx
import pytest
from fastapi import FastAPI
from typing_extensions import override

from service.api.app import create_app
from service.api.edges import MAX_BODY_BYTES
from service.api.problems import STATUSES, from_error
from service.domain import errors
from service.domain.access import ApiKey
from service.domain.errors import (
    Finding,
    InvalidPolicies,
    SpendguardError,
    StorageUnavailable,
)
from service.storage import Database, SqlQueries
from tests.integration.api.serving import ADMIN_KEY, NO_TLS, Served


def tree(root: type[SpendguardError]) -> list[type[SpendguardError]]:
    return [root, *(each for child in root.__subclasses__() for each in tree(child))]


def ours() -> list[type[SpendguardError]]:
    return [
        each for each in tree(SpendguardError) if each.__module__ == errors.__name__
    ]


def test_every_error_of_the_tree_has_a_status() -> None:
    assert set(ours()) <= set(STATUSES)


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [each.code for each in ours()]

    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("kind", ours(), ids=lambda kind: kind.__name__)
def test_every_error_becomes_a_problem(kind: type[SpendguardError]) -> None:
    error = InvalidPolicies(()) if kind is InvalidPolicies else kind("why")

    answer = from_error(error)

    assert answer.status_code == STATUSES[kind]
    assert answer.media_type == "application/problem+json"
    assert f'"code": "{kind.code}"'.encode() in bytes(answer.body)


def test_the_text_of_a_storage_error_stays_inside() -> None:
    address = "postgresql://guard:sg_test_password@db/guard"

    answer = from_error(errors.StorageUnavailable(f"cannot open {address}"))

    assert b"sg_test_password" not in bytes(answer.body)


def test_findings_of_policies_are_given_one_by_one() -> None:
    finding = Finding(file="a.yaml", line=3, column=5, message="unknown key")

    answer = from_error(InvalidPolicies((finding,)))

    assert b'"line": 3' in bytes(answer.body)


def test_an_unknown_route_is_a_problem(served: Served) -> None:
    answer = served.viewer.get("/nothing")

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_wrong_method_is_a_problem(served: Served) -> None:
    answer = served.viewer.delete("/status")

    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"
    assert answer.headers["allow"] == "GET"


def test_values_that_were_sent_are_not_repeated(served: Served) -> None:
    secret = "sg_test_secret_value"  # noqa: S105 - a canary, not a secret

    answer = served.admin.post("/keys", json={"name": "x", "role": secret})

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_input"
    assert secret not in answer.text


def test_broken_json_is_a_problem(served: Served) -> None:
    answer = served.operator.post(
        "/checks", content=b"{", headers={"content-type": "application/json"}
    )

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_input"


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_a_mebibyte_is_refused(served: Served, announced: bool) -> None:  # noqa: FBT001 - pytest gives it
    content = b" " * (MAX_BODY_BYTES + 1)
    body = content if announced else iter([content])

    answer = served.admin.put(
        "/policies/big", content=body, headers={"content-type": "application/yaml"}
    )

    assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert answer.headers["content-type"] == "application/problem+json"


def test_browsers_and_caches_are_kept_away(served: Served) -> None:
    with served.anybody() as client:
        refused = client.get("/api/v1/status")
    for answer in (served.viewer.get("/status"), served.viewer.get("/x"), refused):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def asked(app: FastAPI, path: str, key: str = "") -> httpx.Response:
    """Ask an application without a server, which would log what is meant to fail."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=transport, base_url="http://service", verify=NO_TLS
        ) as client:
            headers = {"Authorization": f"Bearer {key}"}
            return await client.get(path, headers=headers)

    return anyio.run(ask)


def test_a_mistake_of_ours_says_nothing_of_itself(served: Served) -> None:
    app = create_app(served.application.services, readiness=_broken)

    answer = asked(app, "/readyz")

    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert "sg_test_inside" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def _broken() -> tuple[str, ...]:
    raise RuntimeError("sg_test_inside")


class GoneQueries(SqlQueries):
    """A database that went away."""

    @override
    def key_by_digest(self, digest: str) -> ApiKey | None:
        raise StorageUnavailable("cannot open sg_test_address")

    @override
    def is_ready(self) -> None:
        raise StorageUnavailable("cannot open sg_test_address")


def test_without_a_database_the_answer_says_so(served: Served, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    services = replace(served.application.services, queries=GoneQueries(database))
    app = create_app(services)

    answers = [asked(app, path, ADMIN_KEY) for path in ("/readyz", "/api/v1/status")]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert answers[0].json()["reasons"] == ["database: storage_unavailable"]
    assert answers[1].json()["code"] == "storage_unavailable"
    assert not any("sg_test_address" in answer.text for answer in answers)
    database.close()
