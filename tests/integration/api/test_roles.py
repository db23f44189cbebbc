"""Every route there is, every role, and none: a new route cannot be forgotten."""

import re
from collections.abc import Iterator

from service.api.app import create_app
from service.api.gate import is_open
from service.domain.access import Role
from tests.integration.api.serving import Served
from tests.unit.pipeline.respond_world import World

# The least role of each operation (§8); one that is not here fails by its name.
LEAST = {
    "read_status": Role.VIEWER,
    "run_checks": Role.OPERATOR,
    "list_checks": Role.VIEWER,
    "read_check": Role.VIEWER,
    "list_policies": Role.VIEWER,
    "validate_policies": Role.VIEWER,
    "plan": Role.VIEWER,
    "backtest_policies": Role.VIEWER,
    "read_policy": Role.VIEWER,
    "list_policy_revisions": Role.VIEWER,
    "explain_policy": Role.VIEWER,
    "put": Role.ADMIN,
    "delete": Role.ADMIN,
    "accept": Role.ADMIN,
    "read_usage": Role.VIEWER,
    "read_usage_series": Role.VIEWER,
    "read_spend_limit": Role.VIEWER,
    "set_spend_limit": Role.OPERATOR,
    "release_spend_limit": Role.OPERATOR,
    "list_limit_changes": Role.VIEWER,
    "read_rate_limit": Role.VIEWER,
    "read_lechat_by_user": Role.VIEWER,
    "read_lechat_by_agent": Role.VIEWER,
    "read_lechat_by_time": Role.VIEWER,
    "read_vibe_by_workspace": Role.VIEWER,
    "read_vibe_by_organization": Role.VIEWER,
    "list_alerts": Role.VIEWER,
    "acknowledge_alert": Role.OPERATOR,
    "list_notifications": Role.VIEWER,
    "retry": Role.OPERATOR,
    "list_channels": Role.VIEWER,
    "test_channel": Role.OPERATOR,
    "list_audit": Role.VIEWER,
    "export_audit": Role.VIEWER,
    "verify_audit": Role.VIEWER,
    "list_keys": Role.ADMIN,
    "make_key": Role.ADMIN,
    "delete_key": Role.ADMIN,
    "list_approvals": Role.VIEWER,
    "read_approval": Role.VIEWER,
    "approve": Role.OPERATOR,
    "deny": Role.OPERATOR,
    "ask_for_increase": Role.VIEWER,
    "list_silences": Role.VIEWER,
    "make_silence": Role.OPERATOR,
    "end_silence": Role.OPERATOR,
    "adopt": Role.ADMIN,
    "revert": Role.ADMIN,
    "metrics": Role.VIEWER,
    "pause": Role.OPERATOR,
    "resume": Role.ADMIN,
}
WRONG = ("sg_test_wrong", "sg_", "sg_tést", "x" * 10_000)


def operations() -> Iterator[tuple[str, str, str]]:
    """Give method, path and name of every route that is described."""
    for path, methods in create_app(World().services()).openapi()["paths"].items():
        for method, operation in methods.items():
            if not is_open(path):
                yield method.upper(), path, operation["operationId"]


OPERATIONS = list(operations())


def address(path: str) -> str:
    return re.sub(r"\{\w+\}", "acme-monthly", path)


def test_the_table_has_every_route_and_no_other() -> None:
    assert {name for _, _, name in OPERATIONS} == set(LEAST)


def test_every_route_behind_the_gate_is_described(served: Served) -> None:
    # What is not described would be in no table.
    undescribed = [
        route
        for route in served.app.routes
        if getattr(route, "path", "/openapi.json") != "/openapi.json"
    ]

    assert undescribed == []


def test_no_route_lets_a_role_do_more_than_it_may(served: Served) -> None:
    for method, path, name in OPERATIONS:
        for role in Role:
            client = served.clients[role.value].http
            answer = client.request(method, address(path))
            is_refused = answer.status_code == 403
            assert is_refused != role.allows(LEAST[name]), (method, path, role)
            if is_refused:
                assert answer.json()["code"] == "role_too_low"


def test_no_route_answers_who_has_no_key(served: Served) -> None:
    with served.anybody() as client:
        for method, path, _ in OPERATIONS:
            answer = client.request(method, address(path), content=b"{}")
            assert answer.status_code == 401, path
            assert answer.json()["code"] == "not_authenticated"


def test_a_wrong_key_is_no_key(served: Served) -> None:
    with served.anybody() as client:
        for text in WRONG:
            header = [(b"Authorization", f"Bearer {text}".encode())]
            for sent in (header, [*header, *header]):
                answer = client.get("/api/v1/status", headers=sent)
                assert answer.status_code == 401, text
