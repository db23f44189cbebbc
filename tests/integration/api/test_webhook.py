"""A push is heard of at once from who knows the secret, and from nobody else."""

import hmac
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from service.api.throttle import FAILURES_ALLOWED
from tests.integration.api.serving import GUARD, POLICIES, Served, running
from tests.integration.policy_files.git_peer import Desk, git

SECRET = "sg_test_webhook_secret_0123"  # noqa: S105 - made up
PATH = "/api/v1/policies/webhook"
BODY = b'{"ref": "refs/heads/main"}'
AT_ONCE = timedelta(0)
GAP = timedelta(seconds=2)


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "people")
    guard = GUARD.format(base_url="http://127.0.0.1:9", more="")
    desk.publish(guard=guard, acme=POLICIES)
    return desk


@pytest.fixture
def told(desk: Desk, tmp_path: Path, sqlite_url: str) -> Iterator[Served]:
    with running(
        tmp_path / "policies",
        sqlite_url,
        POLICIES="policies",
        POLICIES_GIT=f"{desk.url}#main",
        POLICIES_GIT_FOLDER=str(tmp_path / "git"),
        WEBHOOK_SECRET=SECRET,
    ) as served:
        yield served


def refusals(served: Served) -> list[dict[str, object]]:
    answer = served.admin.get("/audit", chain="system", action="key:refused")
    items: list[dict[str, object]] = answer.json()["items"]
    return items


@pytest.mark.parametrize("headers", [signed(BODY), {"X-Gitlab-Token": SECRET}])
def test_a_signed_call_lets_the_repository_be_asked_at_once(
    told: Served, desk: Desk, headers: dict[str, str]
) -> None:
    commit = desk.publish(acme=POLICIES.replace("50%", "60%"))
    told.clock.advance(GAP)
    assert not told.application.wait_for_policies(AT_ONCE)

    with told.anybody() as client:
        answers = [client.post(PATH, content=BODY, headers=headers) for _ in range(3)]

    assert {each.status_code for each in answers} == {202}
    assert told.application.wait_for_policies(AT_ONCE)
    told.application.load_policies()
    policies = told.viewer.get("/status").json()["policies"]
    assert policies["commit"] == commit
    assert policies["author"] == "Ann <ann@acme.example>"
    assert policies["following"]["repository"] == f"{desk.url}#main"
    # Sent three times, asked once.
    told.clock.advance(GAP)
    assert not told.application.wait_for_policies(AT_ONCE)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(BODY, "sg_test_another_secret_0123"),
        signed(BODY + b" "),
        {"X-Hub-Signature-256": "sha256="},
        {"X-Hub-Signature-256": "sha1=" + "0" * 40},
        {"X-Gitlab-Token": SECRET[:-1]},
        {"X-Hub-Signature-256": "sha256=0", "X-Gitlab-Token": SECRET},
    ],
)
def test_a_call_that_is_not_signed_does_nothing_and_is_recorded(
    told: Served, desk: Desk, headers: dict[str, str]
) -> None:
    desk.publish(acme=POLICIES.replace("50%", "60%"))
    told.clock.advance(GAP)
    with told.anybody() as client:
        answer = client.post(PATH, content=BODY, headers=headers)

    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"
    assert not told.application.wait_for_policies(AT_ONCE)
    (refused,) = refusals(told)
    assert refused["reason"] == "wrong_signature"


def test_who_guesses_is_held_up_and_who_signs_is_not(told: Served) -> None:
    with told.anybody() as client:
        statuses = [
            client.post(PATH, content=BODY).status_code
            for _ in range(FAILURES_ALLOWED + 1)
        ]
        right = client.post(PATH, content=BODY, headers=signed(BODY))

    assert statuses == [401] * FAILURES_ALLOWED + [429]
    assert right.status_code == 202
    assert len(refusals(told)) == 1


def test_a_body_over_a_mebibyte_is_not_read(told: Served) -> None:
    body = b"x" * ((1 << 20) + 1)
    with told.anybody() as client:
        answer = client.post(PATH, content=body, headers=signed(body))

    assert answer.status_code == 413


def test_without_a_repository_there_is_no_webhook(served: Served) -> None:
    with served.anybody() as client:
        answer = client.post(PATH, content=BODY, headers=signed(BODY))

    assert answer.status_code == 404


def test_a_rewritten_history_shows_and_an_administrator_accepts_it(
    told: Served, desk: Desk
) -> None:
    git(desk.checkout, "commit", "-q", "--amend", "-m", "Never said otherwise")
    desk.push("--force")
    tip = git(desk.checkout, "rev-parse", "HEAD")
    told.clock.advance(timedelta(minutes=1))
    assert told.application.wait_for_policies(AT_ONCE)
    told.application.load_policies()

    with told.anybody() as client:
        told.reasons.clear()
        ready = client.get("/readyz").json()
    assert ready["policies_degraded"] is True
    (refused, since) = ready["reasons"]
    assert refused == "policies: the newest were refused, the last good ones stay"
    assert since.startswith("policies: the repository cannot be followed since 20")
    following = told.viewer.get("/status").json()["policies"]["following"]
    assert following["rewritten"] == tip

    wrong = told.admin.post("/policies/accept", json={"commit": "main"})
    assert wrong.status_code == 422
    assert told.admin.post("/policies/accept", json={"commit": tip}).is_success
    told.clock.advance(GAP)
    assert told.application.wait_for_policies(AT_ONCE)
    told.application.load_policies()

    status = told.viewer.get("/status").json()["policies"]
    assert status["error"] is None
    assert status["following"]["trouble"] is None
