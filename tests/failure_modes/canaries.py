"""An installation with another canary in each secret, and all that it ever says."""

import io
import logging
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import quote, quote_plus

import httpx
from sqlalchemy import MetaData, NullPool, create_engine, make_url, select

from service.api.app import create_app
from service.bootstrap import Application, SystemClock, build
from service.bootstrap.logs import configure_logs
from service.settings import LogFormat, read_settings
from service.simulator import scenarios
from service.simulator.server import SimulatorServer
from service.simulator.simulator import Simulator
from tests.failure_modes.stage import RAISE, policies
from tests.integration.api.serving import NO_TLS, listening
from tests.loopback import Quiet, answering

ADMIN = "sgcanary-admin-key-of-the-service"
CANARIES = {
    "admin": ADMIN,
    "audit": "sgcanary+audit/key==",
    "heartbeat": "sgcanary-heartbeat-token",
    "database": "sgcanary+database/pass word",
    "file": "sgcanary-provider-key-of-a-file",
    "literal": "sgcanary-provider-key-in-the-file",
    "path": "sgcanary-hook-token",
    "user": "sgcanary-hook-user",
    "password": "sgcanary+hook/pass&word",
    "header": "sgcanary-hook-header",
    "query": "sgcanary-hook-query",
    "mail": "sgcanary+mail/pass@word",
    "address": "sgcanary-literal-address",
    "slack": "sgcanary0slack0token",
    "broken": "sgcanary-address-in-a-broken-policy",
    "misspelt": "sgcanary-key-under-a-misspelt-name",
}
GUARD = """
version: 1
organizations:
  - name: acme
    base_url: "{provider}"
    api_key: "${{file:{key_file}}}"
    currency: EUR
  # another one, once: api_key: {literal}
  - {{name: beta, base_url: "{echo}/api", api_key: "{literal}", currency: EUR}}
channels:
  - {{name: finops, url: "${{FINOPS_URL}}", fallback: mail}}
  - {{name: mail, url: "${{MAIL_URL}}"}}
  - {{name: written, url: "json://127.0.0.1:{port}/{address}"}}
  - {{name: slack, url: "slack://{slack}/{slack}/{slack}"}}
default_channels: [finops, written]
"""


def forms_of(canary: str) -> set[str]:
    """Give the canary as it may be written: plain, in an address, in base64."""
    forms = {canary, quote(canary), quote(canary, safe=""), quote_plus(canary)}
    forms |= {canary.replace("&", "&amp;"), canary.replace("/", "\\/")}
    for shift in range(3):
        # Whatever stands before and behind it changes the outer letters only.
        encoded = b64encode(b"x" * shift + canary.encode()).decode()
        forms.add(encoded[4 if shift else 0 :].rstrip("=")[:-2])
    return forms


FORMS = {form: name for name, text in CANARIES.items() for form in forms_of(text)}


def found_in(text: str) -> set[str]:
    """Name the secrets that a text holds, in whichever form."""
    return {name for form, name in FORMS.items() if form in text}


@dataclass
class Echo:
    """A peer that refuses everything, and repeats in its refusal all it was sent."""

    port: int = 0
    bodies: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)

    def refusal(self, line: str, headers: Mapping[str, str], body: bytes) -> bytes:
        self.bodies.append(body.decode(errors="replace"))
        sent = "; ".join(f"{name}: {value}" for name, value in headers.items())
        self.heads.append(f"{line} {sent}")
        return f'{{"detail": "no: {line} {sent}"}}'.replace("\\", "").encode()


@contextmanager
def echoing() -> Iterator[Echo]:
    echo = Echo()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            answer = echo.refusal(self.requestline, dict(self.headers), body)
            self.send_response(403, f"no {self.path}")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def do_POST(self) -> None:
            self.do_GET()

    with answering(Handler) as echo.port:
        yield echo


@dataclass
class Installation:
    """The application, its log, its address and what surrounds it."""

    folder: Path
    environment: dict[str, str]
    simulator: Simulator
    echo: Echo
    log: io.StringIO
    application: Application
    client: httpx.Client


@contextmanager
def installed(folder: Path, database_url: str) -> Iterator[Installation]:
    """Serve an installation; its log is kept, in both formats."""
    config = scenarios.build("healthy", start=SystemClock().now(), speed=1.0)
    (acme,) = config.organizations
    acme = replace(acme, admin_key=CANARIES["file"])
    config = replace(config, organizations=(acme,))
    with SimulatorServer(Simulator(config)) as provider, echoing() as echo:
        environment = written(folder, provider.base_url, echo, database_url)
        settings = read_settings(environment)
        application = build(settings, environment)
        log = logged(application)
        try:
            application.prepare()
            with (
                listening(create_app(application.services)) as url,
                httpx.Client(base_url=url, verify=NO_TLS, headers=ADMITTED) as client,
            ):
                yield Installation(
                    folder=folder / "policies",
                    environment=environment,
                    simulator=provider.simulator,
                    echo=echo,
                    log=log,
                    application=application,
                    client=client,
                )
        finally:
            application.close()


ADMITTED = {"Authorization": f"Bearer {ADMIN}"}


def logged(application: Application) -> io.StringIO:
    """Keep the log in each format at once."""
    log = io.StringIO()
    handlers = []
    for each in LogFormat:
        configure_logs(each, application.secrecy, log, level=logging.DEBUG)
        handlers += logging.getLogger().handlers
    logging.getLogger().handlers[:] = handlers
    return log


def written(
    folder: Path, base_url: str, echo: Echo, database_url: str
) -> dict[str, str]:
    """Write the policy folder, and give the environment it needs."""
    key_file = folder / "key"
    key_file.write_text(CANARIES["file"] + "\n")
    (folder / "policies").mkdir()
    (folder / "policies/guard.yaml").write_text(
        GUARD.format(
            provider=base_url,
            key_file=key_file,
            port=echo.port,
            echo=f"http://127.0.0.1:{echo.port}",
            **CANARIES,
        )
    )
    text = policies(RAISE.replace("spend: 1", "spend: 0"))
    (folder / "policies/acme.yaml").write_text(text)
    texts = {name: quote(text, safe="") for name, text in CANARIES.items()}
    place = f"127.0.0.1:{echo.port}/{texts['path']}?+X-Token={texts['header']}"
    return {
        "SPENDGUARD_DATABASE_URL": with_password(database_url),
        "SPENDGUARD_POLICIES": str(folder / "policies"),
        "SPENDGUARD_AUDIT_KEY": CANARIES["audit"],
        "SPENDGUARD_ADMIN_KEY": ADMIN,
        "SPENDGUARD_HEARTBEAT_URL": f"http://127.0.0.1:{echo.port}/{texts['heartbeat']}",
        "FINOPS_URL": f"json://{texts['user']}:{texts['password']}@{place}"
        f"&-token={texts['query']}",
        "MAIL_URL": f"mailto://user:{texts['mail']}@127.0.0.1:9?to=a@b.example",
    }


def with_password(database_url: str) -> str:
    """Put a password into the address of a server that trusts everybody here."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return database_url
    return url.set(password=CANARIES["database"]).render_as_string(hide_password=False)


def rows_of(database_url: str) -> Iterator[tuple[str, str]]:
    """Give every row of every table, as text."""
    engine = create_engine(database_url, poolclass=NullPool)
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        for table in tables.sorted_tables:
            for row in connection.execute(select(table)):
                cells = (
                    each.decode(errors="replace") if isinstance(each, bytes) else each
                    for each in row
                )
                yield table.name, " ".join(str(each) for each in cells)
