"""The audit log can be read, exported and verified from outside."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.domain.audit_verification import links_of_lines, verify
from tests.integration.api.serving import Served, running

SEAL_KEY = "sg_test_audit_key_0123456789"


@pytest.fixture
def sealed(tmp_path: Path, sqlite_url: str) -> Iterator[Served]:
    with running(tmp_path / "policies", sqlite_url, AUDIT_KEY=SEAL_KEY) as service:
        yield service


def test_the_log_says_who_did_what(served_anywhere: Served) -> None:
    served_anywhere.operator.post("/pause")

    items = served_anywhere.viewer.get("/audit", chain="system").json()["items"]

    newest = items[0]
    assert newest["action"] == "automation:paused"
    assert newest["actor"] == "key:operator"
    numbers = [item["seq"] for item in items]
    assert numbers == sorted(numbers, reverse=True)


def test_an_export_verifies_line_by_line(served_anywhere: Served) -> None:
    served_anywhere.check()

    answer = served_anywhere.viewer.get("/audit/export")

    report = verify(links_of_lines(answer.text.splitlines()))
    assert report.is_intact
    assert set(report.heads) == {"acme", "system"}


def test_one_chain_is_exported_alone(served: Served) -> None:
    lines = served.viewer.get("/audit/export", chain="system").text.splitlines()

    assert {json.loads(line)["chain"] for line in lines} == {"system"}
    assert served.viewer.get("/audit/export", chain="none").status_code == 404


def test_the_log_verifies(sealed: Served) -> None:
    sealed.check()

    body = sealed.viewer.get("/audit/verify").json()

    assert body["valid"]
    assert {item["chain"] for item in body["items"]} == {"acme", "system"}
    heads = {item["chain"]: item["head"] for item in body["items"]}
    newest = sealed.viewer.get("/audit", chain="acme", limit=1).json()["items"][0]
    assert heads["acme"] == newest["hash"]
    assert newest["seal"] is not None


def test_a_chain_nobody_wrote_is_not_found(served: Served) -> None:
    assert served.viewer.get("/audit/verify", chain="none").status_code == 404
