"""The whole service behind its REST API, on loopback, against a simulated provider.

Every answer a test gets was held against the description at `/openapi.json`.
"""

import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import uvicorn
from fastapi import FastAPI

from service.api.app import create_app
from service.bootstrap import Application, build
from service.domain.access import Role
from service.pipeline.respond_keys import create_key
from service.settings import read_settings
from service.simulator import scenarios
from service.simulator.configuration import SimulatorConfig
from service.simulator.server import SimulatorServer
from service.simulator.simulator import Simulator
from tests.fakes import FakeClock

NOON = scenarios.START + timedelta(days=15, hours=12)
ADMIN_KEY = "sg_test_the_first_key_of_the_service_0123456789"
PASSED_ON = timedelta(days=15, hours=12)

GUARD = """\
version: 1
organizations:
  - name: acme
    base_url: {base_url}
    api_key: sg_test_acme_admin
    currency: EUR
    guardrails: {{max_limit: 8000, min_limit: 200}}
{more}channels:
  - {{name: finops, url: 'json://127.0.0.1:9/sg_test_hook'}}
default_channels: [finops]
"""
BETA = """\
  - name: beta
    base_url: {base_url}
    api_key: sg_test_acme_admin
    currency: EUR
"""
POLICIES = """\
version: 1
policies:
  - id: acme-monthly
    title: Everything Acme buys
    owner: platform@acme.example
    organization: acme
    budget: {amount: 2000, currency: EUR}
    thresholds:
      - {id: half, spend: 50%, severity: info}
      - {id: all, spend: 100%, for: 1h}
      - {id: tokens, usage: {unit: api_tokens, above: 900000000000}}
"""


@dataclass
class Client:
    """An HTTP client of one role that holds every answer against the description."""

    http: httpx.Client
    schema: Mapping[str, Any]

    def get(self, path: str, **query: Any) -> httpx.Response:  # noqa: ANN401 - any value of a query
        return self.request("GET", path, params=query)

    def post(self, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - as httpx takes it
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - as httpx takes it
        return self.request("PUT", path, **options)

    def delete(self, path: str) -> httpx.Response:
        return self.request("DELETE", path)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - as httpx takes it
        answer = self.http.request(method, f"/api/v1{path}", **options)
        require_described(self.schema, answer)
        return answer


def require_described(schema: Mapping[str, Any], answer: httpx.Response) -> None:
    """Fail unless the description knows this answer of this route."""
    operation = _operation(schema, answer.request)
    if operation is None:
        assert answer.status_code in {401, 404, 405, 429}
        return
    described = operation["responses"].get(str(answer.status_code))
    assert described is not None, f"{answer.request.url}: {answer.status_code}"
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    content = described.get("content", {})
    assert media_type in content or not answer.content
    if media_type.endswith("json"):
        body_schema = {**content[media_type]["schema"]}
        body_schema["components"] = schema["components"]
        jsonschema.Draft202012Validator(body_schema).validate(answer.json())


def _operation(
    schema: Mapping[str, Any], request: httpx.Request
) -> Mapping[str, Any] | None:
    for path, operations in schema["paths"].items():
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", path)
        if re.fullmatch(pattern, request.url.path):
            operation: Mapping[str, Any] | None = operations.get(request.method.lower())
            if operation is not None:
                return operation
    return None


@dataclass
class Served:
    """A running service: a client for each role, and what is behind it."""

    url: str
    application: Application
    simulator: Simulator
    clock: FakeClock
    folder: Path
    app: FastAPI
    reasons: list[str] = field(default_factory=list)
    clients: dict[str, Client] = field(default_factory=dict)

    @property
    def viewer(self) -> Client:
        return self.clients["viewer"]

    @property
    def operator(self) -> Client:
        return self.clients["operator"]

    @property
    def admin(self) -> Client:
        return self.clients["admin"]

    def anybody(self, key: str | None = None) -> httpx.Client:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        return httpx.Client(base_url=self.url, headers=headers, verify=NO_TLS)

    def check(self) -> dict[str, Any]:
        answer = self.operator.post("/checks", json={"organization": "acme"})
        assert answer.status_code == 200, answer.text
        (check,) = answer.json()["items"]
        assert isinstance(check, dict)
        return check


_DESCRIPTION: dict[str, Any] = {}

# Nothing here is https, and loading its certificates takes 35 ms.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _provider() -> SimulatorConfig:
    # Coarse steps and no months before: figures are all that is wanted of it.
    config = scenarios.healthy(scenarios.Frame(history_months=0))
    return replace(config, step=timedelta(hours=6))


@contextmanager
def running(
    folder: Path, database_url: str, *, beta: bool = False, **more: str
) -> Iterator[Served]:
    """Serve one organization (or two) on a fresh database."""
    simulator = Simulator(_provider())
    simulator.advance(PASSED_ON)
    clock = FakeClock(NOON)
    with SimulatorServer(simulator) as provider:
        write_policies(folder, provider.base_url, beta=beta)
        environment = {
            "SPENDGUARD_DATABASE_URL": database_url,
            "SPENDGUARD_POLICIES": str(folder),
            "SPENDGUARD_ADMIN_KEY": ADMIN_KEY,
            **{f"SPENDGUARD_{name}": value for name, value in more.items()},
        }
        application = build(read_settings(environment), environment, clock=clock)
        try:
            application.prepare()
            reasons: list[str] = []
            app = create_app(application.services, readiness=lambda: tuple(reasons))
            with listening(app) as url:
                served = Served(
                    url=url,
                    application=application,
                    simulator=simulator,
                    clock=clock,
                    folder=folder,
                    app=app,
                    reasons=reasons,
                )
                yield from _with_clients(served)
        finally:
            application.close()


def write_policies(folder: Path, base_url: str, *, beta: bool) -> None:
    folder.mkdir(exist_ok=True)
    more = BETA.format(base_url=base_url) if beta else ""
    (folder / "guard.yaml").write_text(GUARD.format(base_url=base_url, more=more))
    (folder / "acme.yaml").write_text(POLICIES)


def _description(app: FastAPI) -> Mapping[str, Any]:
    """Give the one description that all tests share: writing it takes 0.2 s."""
    if not _DESCRIPTION:
        _DESCRIPTION.update(json.loads(json.dumps(app.openapi())))
    return _DESCRIPTION


def _with_clients(served: Served) -> Iterator[Served]:
    services = served.application.services
    schema = _description(served.app)
    texts = {"admin": ADMIN_KEY}
    for role in (Role.VIEWER, Role.OPERATOR):
        key = create_key(services, actor="user:test", name=role.value, role=role)
        texts[role.value] = key[1]
    for role_name, text in texts.items():
        served.clients[role_name] = Client(http=served.anybody(text), schema=schema)
    try:
        yield served
    finally:
        for client in served.clients.values():
            client.http.close()


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def at(text: str) -> datetime:
    """Read a time as the API writes it."""
    assert text.endswith("Z")
    return datetime.fromisoformat(text)
