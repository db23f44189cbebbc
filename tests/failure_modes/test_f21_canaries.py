"""F21, once more: a canary in every secret, and a look into everything that is said."""

import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import structlog

from service.api.app import create_app
from service.bootstrap import build
from service.cli.frame import COMMANDS, run
from service.domain.errors import StorageError
from service.pipeline.cycle import run_check
from service.pipeline.deliver import deliver_due
from service.settings import read_settings
from service.simulator.exchange import Route
from service.simulator.faults import Fault, FaultKind
from tests.failure_modes.canaries import (
    ADMITTED,
    CANARIES,
    Installation,
    forms_of,
    found_in,
    installed,
    rows_of,
)
from tests.failure_modes.stage import policies
from tests.integration.api.serving import listening

FAULTS = (
    Fault(kind=FaultKind.STATUS, status=401, count=None),
    Fault(kind=FaultKind.STATUS, status=302, location=f"//x/?{CANARIES['file']}"),
    Fault(kind=FaultKind.HTML, route=Route.USAGE),
    Fault(kind=FaultKind.CUT_OFF),
)
READING = (
    *("status", "usage", "alert list", "channel list", "key list", "limit show"),
    *("audit tail", "policy explain"),
)


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def place(
    database_url: str, tmp_path: Path, logging_as_it_was: None
) -> Iterator[Installation]:
    assert logging_as_it_was is None
    with installed(tmp_path, database_url) as installation:
        yield installation


def test_no_word_of_the_service_holds_a_secret(
    place: Installation, capfd: pytest.CaptureFixture[str]
) -> None:
    everything = {
        **checked_and_delivered(place),
        **refused(place),
        **answers_of(place),
    }
    everything["log"] = place.log.getvalue()
    everything["messages"] = "\n".join(place.echo.bodies)
    everything["printed"] = printed(place, capfd)
    for table, row in rows_of(place.environment["SPENDGUARD_DATABASE_URL"]):
        everything[f"rows of {table}"] = everything.get(f"rows of {table}", "") + row

    leaks = {where: found_in(text) for where, text in everything.items()}
    assert {where: found for where, found in leaks.items() if found} == {}
    # What was looked for was there to be seen: the peers got it.
    sent = found_in("\n".join(place.echo.heads))
    assert sent >= {"heartbeat", "literal", "path", "password", "header", "address"}
    assert "heartbeat.failed" in everything["log"]
    assert "notification.failed" in everything["log"]
    assert "acme-monthly" in everything["messages"]
    assert "rows of audit" in " ".join(everything)


def checked_and_delivered(place: Installation) -> dict[str, str]:
    """Let each kind of failure happen, and keep what was made of it."""
    services = place.application.services
    run_check(services, "acme")
    run_check(services, "beta")
    for fault in FAULTS:
        place.simulator.faults.clear()
        place.simulator.faults.add(fault)
        run_check(services, "acme")
    deliver_due(services)
    place.application.beat()
    (place.folder / "worse.yaml").write_text(
        policies(f"{{id: a, spend: 1, notify: ['json://{CANARIES['broken']}']}}")
    )
    guard = place.folder / "guard.yaml"
    before = guard.read_text()
    guard.write_text(before.replace("currency", f"key: {CANARIES['misspelt']}, curr"))
    place.application.load_policies()
    error = place.application.services.policies.error()
    assert error is not None
    guard.write_text(before)
    place.application.load_policies()
    (place.folder / "worse.yaml").unlink()
    place.application.load_policies()
    return {"load error": error}


def refused(place: Installation) -> dict[str, str]:
    """Send requests that hold a secret where none belongs."""
    secret = CANARIES["literal"]
    answers = [
        place.client.post("/api/v1/checks", json={"organization": [secret]}),
        place.client.get("/api/v1/alerts", params={"limit": secret, "state": secret}),
        place.client.get("/api/v1/alerts", params={"cursor": secret}),
        place.client.put(
            "/api/v1/policies/a", json={"yaml": f"{{notify: 'json://{secret}'}}"}
        ),
        place.client.post("/api/v1/policies/validate", content=f"'{secret}".encode()),
        place.client.post("/api/v1/keys", json={"name": "a", "role": secret}),
        place.client.get(
            "/api/v1/status", headers={"Authorization": f"Basic {secret}"}
        ),
    ]
    assert {each.status_code for each in answers} <= {401, 422}
    return {f"refusal {i}": said(each) for i, each in enumerate(answers)}


def answers_of(place: Installation) -> dict[str, str]:
    """Ask every route that reads, with keys that were just made."""
    made = place.client.post("/api/v1/keys", json={"name": "new", "role": "viewer"})
    text = made.json()["key"]
    check = place.client.get("/api/v1/checks").json()["items"][0]["id"]
    names = {"policy_id": "acme-monthly", "check_id": check, "name": "finops"}
    paths = [
        re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], "x"), path)
        for path, operations in place.client.get("/openapi.json")
        .json()["paths"]
        .items()
        if "get" in operations
    ]
    answers = [
        place.client.get(path, params={"organization": name})
        for path in (*paths, "/openapi.json", "/metrics", "/nothing")
        for name in ("beta" if path.endswith("-limit") else "acme",)
    ]
    answers.append(place.client.post("/api/v1/channels/finops/test"))
    answers.append(place.client.post("/api/v1/channels/written/test"))
    answers.append(place.client.post("/api/v1/checks"))
    everything = {str(each.url): said(each) for each in answers}
    assert not any(
        form in each for each in everything.values() for form in forms_of(text)
    )
    assert text not in place.log.getvalue()
    return everything


def said(answer: httpx.Response) -> str:
    return f"{answer.headers}{answer.text}"


def printed(place: Installation, capfd: pytest.CaptureFixture[str]) -> str:
    """Run every command, with and without JSON, and keep what it prints."""
    for name in COMMANDS:
        run([name, "--help"], place.environment)
    for command in READING:
        run(command.split(), place.environment)
        run([*command.split(), "--json"], place.environment)
    run(["channel", "test", "written"], place.environment)
    run(["audit", "export"], place.environment)
    run(["policy", "validate", str(place.folder)], place.environment)
    run(["check", "--json"], place.environment)
    sys.stdout.flush()
    output = capfd.readouterr()
    assert "acme-monthly" in output.out
    return output.out + output.err


def test_a_database_that_is_away_is_told_without_its_password(
    sqlite_url: str, tmp_path: Path, logging_as_it_was: None
) -> None:
    assert logging_as_it_was is None
    with installed(tmp_path, sqlite_url) as place:
        told = told_of_a_database_that_is_away(place)

    assert "Traceback" in told[-1]
    assert [each for each in told if "sgcanary-away" in each] == []


def told_of_a_database_that_is_away(place: Installation) -> list[str]:
    away = "postgresql://guard:{}@127.0.0.1:1/spendguard".format("sgcanary-away")
    environment = {**place.environment, "SPENDGUARD_DATABASE_URL": away}
    application = build(read_settings(environment), environment)
    told: list[str] = []
    try:
        with pytest.raises(StorageError) as raised:
            application.prepare()
        told.append(str(raised.value))
        place.application.secrecy.learn(application.settings.secrets())
        structlog.stdlib.get_logger("spendguard").error(
            "job.failed", exc_info=raised.value
        )
        with listening(create_app(application.services)) as url:
            told += [
                said(httpx.get(url + path, headers=ADMITTED))
                for path in ("/readyz", "/api/v1/status", "/metrics")
            ]
    finally:
        application.close()
    return [*told, place.log.getvalue()]
