"""A served simulator with a plain client, for the tests of this folder."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import jsonschema

from service.simulator import scenarios
from service.simulator.configuration import OrganizationConfig, SimulatorConfig
from service.simulator.exchange import Route
from service.simulator.server import SimulatorServer
from service.simulator.simulator import Simulator

SCHEMAS = Path(__file__).parent / "schemas"
KEY = "sg_test_acme_admin"
SEPTEMBER = {"month": "9", "year": "2026"}
PATHS = {
    Route.USAGE: "/usage",
    Route.SPEND_LIMIT: "/spend-limit",
    Route.RATE_LIMIT: "/rate-limit",
    Route.WORKSPACES: "/workspaces",
    Route.AUDIT_LOGS: "/audit-logs",
    Route.WORK_BY_USER: "/analytics/lechat/usage/by_user_stats",
    Route.WORK_BY_AGENT: "/analytics/lechat/usage/by_agent_stats",
    Route.WORK_BY_TIME: "/analytics/lechat/usage/by_time_stats",
    Route.CODE_BY_WORKSPACE: "/analytics/vibe/usage/by_workspace",
    Route.CODE_BY_ORGANIZATION: "/analytics/vibe/usage/by_organization",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A simulator, its server and a client with the right key."""

    simulator: Simulator
    server: SimulatorServer
    client: httpx.Client

    def get(self, path: str, **query: str) -> httpx.Response:
        return self.client.get(path, params=query)

    def usage(self, **query: str) -> dict[str, Any]:
        answer = self.get("/usage", **(SEPTEMBER | query))
        assert answer.status_code == 200
        body: dict[str, Any] = json.loads(answer.text, parse_float=Decimal)
        return body

    def limits(self) -> dict[str, Any]:
        body = json.loads(self.get("/spend-limit").text, parse_float=Decimal)
        completion: dict[str, Any] = body["limits"]["completion"]
        return completion

    def set_limit(self, amount: object, **more: object) -> httpx.Response:
        return self.client.post("/spend-limit", json={"amount": amount} | more)


@contextmanager
def serving(config: SimulatorConfig | None = None) -> Iterator[Provider]:
    """Serve `config` (the healthy scenario by default) on loopback."""
    simulator = Simulator(config or scenarios.healthy())
    with (
        SimulatorServer(simulator) as server,
        httpx.Client(
            base_url=server.base_url,
            headers={"x-api-key": KEY},
            timeout=10,
            # Nothing here is https, and loading its certificates takes 35 ms.
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        ) as client,
    ):
        yield Provider(simulator=simulator, server=server, client=client)


def changed(config: SimulatorConfig, **changes: Any) -> SimulatorConfig:  # noqa: ANN401 - any field of the configuration
    """Return `config` with its only organization changed."""
    organization: OrganizationConfig = replace(config.organizations[0], **changes)
    return replace(config, organizations=(organization,))


def validate(name: str, body: object) -> None:
    """Raise jsonschema.ValidationError unless `body` has the named shape."""
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(body)


def rows(value: object) -> Iterator[dict[str, Any]]:
    """Yield every usage row of a body, at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key != "prices":
                yield from rows(inner)
    elif isinstance(value, list):
        yield from value


def cost(body: dict[str, Any]) -> Decimal:
    """Return what the priced rows of a body come to."""
    keys = ("event_type", "billing_metric", "billing_group", "api_zone", "service_tier")
    prices = {
        tuple(price.get(key) for key in keys): Decimal(price["price"])
        for price in body["prices"]
    }
    return sum(
        (
            row["value_paid"] * prices.get(tuple(row.get(k) for k in keys), Decimal(0))
            for row in rows(body)
        ),
        Decimal(0),
    )
