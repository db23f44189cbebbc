"""F21: a secret stood in a log, a message or the history: the address is the key."""

import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import structlog

from service.bootstrap import SystemClock
from service.cli.frame import run
from service.simulator import scenarios
from service.simulator.exchange import Route
from service.simulator.faults import Fault, FaultKind
from service.simulator.server import SimulatorServer
from service.simulator.simulator import Simulator
from tests.failure_modes.stage import RAISE, policies
from tests.integration.api.serving import Served, running

KEY = "sg_test_canary_provider_key"
HOOK = "sg_test_canary_webhook"
MAIL = "sg_test_canary_mail_password"
ADMIN = "sg_test_canary_admin_key_of_the_service"
AUDIT = "sg_test_canary_audit_key"
BEAT = "sg_test_canary_heartbeat"
DATABASE = "sg_test_canary_database_password"
CANARIES = (KEY, HOOK, MAIL, ADMIN, AUDIT, BEAT, DATABASE)

GUARD = """
version: 1
organizations:
  - {{name: acme, base_url: "{base_url}", api_key: "${{ACME_KEY}}", currency: EUR}}
channels:
  - {{name: finops, url: "${{FINOPS_URL}}", fallback: mail}}
  - {{name: mail, url: "${{MAIL_URL}}"}}
default_channels: [finops]
"""


@dataclass
class Place:
    """A folder with policies, and the environment of every command in it."""

    folder: Path
    simulator: Simulator
    environment: dict[str, str]

    def command(self, *arguments: str) -> int:
        return run(arguments, self.environment)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    config = scenarios.build("healthy", start=SystemClock().now(), speed=1.0)
    (acme,) = config.organizations
    config = replace(config, organizations=(replace(acme, admin_key=KEY),))
    with SimulatorServer(Simulator(config)) as server:
        folder = tmp_path / "policies"
        folder.mkdir()
        (folder / "guard.yaml").write_text(GUARD.format(base_url=server.base_url))
        text = policies(RAISE.replace("spend: 1", "spend: 0"))
        (folder / "acme.yaml").write_text(text)
        environment = {
            "SPENDGUARD_DATABASE_URL": f"sqlite:///{tmp_path / 'spendguard.db'}",
            "SPENDGUARD_POLICIES": str(folder),
            "SPENDGUARD_AUDIT_KEY": AUDIT,
            "SPENDGUARD_ADMIN_KEY": ADMIN,
            "SPENDGUARD_HEARTBEAT_URL": f"http://127.0.0.1:9/{BEAT}",
            "SPENDGUARD_LOG_FORMAT": "text",
            "ACME_KEY": KEY,
            # Nobody listens at either: what is refused is told the loudest.
            "FINOPS_URL": f"json://finops:{HOOK}@127.0.0.1:9/{HOOK}?+X-Token={HOOK}",
            "MAIL_URL": f"mailto://user:{MAIL}@127.0.0.1:9?to=a@b.example",
        }
        yield Place(tmp_path, server.simulator, environment)


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def canaries_in(text: str) -> list[str]:
    return [each for each in CANARIES if each in text]


COMMANDS = (
    ("db", "upgrade"),
    ("policy", "validate", "policies"),
    ("check",),
    ("check", "--json"),
    ("status", "--json"),
    ("channel", "list", "--json"),
    ("channel", "test", "finops"),
    ("channel", "test", "mail"),
    ("limit", "show", "--json"),
    ("alert", "list", "--json"),
    ("audit", "tail", "--json"),
    ("audit", "export"),
    ("audit", "verify"),
    ("key", "list", "--json"),
)
FAULTS = (
    Fault(kind=FaultKind.STATUS, status=401),
    Fault(kind=FaultKind.STATUS, status=302, location=f"https://evil.example/?{KEY}"),
    Fault(kind=FaultKind.HTML, route=Route.USAGE),
    Fault(kind=FaultKind.CUT_OFF),
)


@pytest.mark.usefixtures("logging_as_it_was")
def test_no_command_log_or_file_holds_a_secret(
    place: Place, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place.folder)
    for arguments in COMMANDS:
        place.command(*arguments)
    for fault in FAULTS:
        place.simulator.faults.add(fault)
        place.command("check")

    sys.stdout.flush()
    printed = capfd.readouterr()
    assert "acme-monthly" in printed.out
    assert canaries_in(printed.out + printed.err) == []
    for file in place.folder.rglob("*"):
        if file.is_file():
            found = canaries_in(file.read_bytes().decode(errors="replace"))
            assert found == [], file.name


@pytest.mark.usefixtures("logging_as_it_was")
@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://guard:{DATABASE}@127.0.0.1:1/spendguard",
        f"postgres//guard:{DATABASE}@nowhere",
        f"mysql://guard:{DATABASE}@127.0.0.1/spendguard",
    ],
)
def test_a_database_that_refuses_is_named_without_its_password(
    place: Place, capfd: pytest.CaptureFixture[str], address: str
) -> None:
    place.environment["SPENDGUARD_DATABASE_URL"] = address

    codes = {place.command("status"), place.command("check")}

    printed = capfd.readouterr()
    assert 0 not in codes
    assert printed.err
    assert canaries_in(printed.out + printed.err) == []


PATHS = (
    "/status",
    "/policies",
    "/policies/acme-monthly",
    "/policies/acme-monthly/revisions",
    "/policies/acme-monthly/explain",
    "/usage",
    "/spend-limit",
    "/limit-changes",
    "/alerts",
    "/notifications",
    "/channels",
    "/checks",
    "/audit",
    "/audit/export",
    "/keys",
)
# Written into the files of this service as they stand, which its loader warns of.
WRITTEN = ("sg_test_hook", "sg_test_acme_admin")


@pytest.fixture
def served(tmp_path: Path, sqlite_url: str) -> Iterator[Served]:
    with running(tmp_path / "policies", sqlite_url, AUDIT_KEY=AUDIT) as service:
        yield service


def test_no_answer_of_the_service_holds_a_secret(served: Served) -> None:
    served.simulator.faults.add(Fault(kind=FaultKind.STATUS, status=401))
    served.check()
    served.check()
    answers = [served.admin.get(path) for path in PATHS]
    answers.append(served.admin.post("/channels/finops/test"))
    answers.append(served.admin.get("/rate-limit"))
    others = ("/metrics", "/readyz", "/openapi.json")
    answers.extend(served.admin.http.get(path) for path in others)

    for answer in answers:
        secrets = (*WRITTEN, *CANARIES, str(served.admin.http.headers["authorization"]))
        found = [each for each in secrets if each in answer.text]
        assert found == [], answer.url
