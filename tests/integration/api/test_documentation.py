"""docs/rest.md names the routes that are there, and its examples work."""

import json
import re
from pathlib import Path

from service.api.problems import STATUSES
from tests.integration.api.serving import Served

PAGE = (Path(__file__).parents[3] / "docs" / "rest.md").read_text(encoding="utf-8")
ROUTE = re.compile(r"^\| `(GET|PUT|POST|DELETE) (/\S+)` \|", re.MULTILINE)
EXAMPLE = re.compile(r"^```http\n(\w+) (\S+)\n(.*?)```$", re.DOTALL | re.MULTILINE)


def test_every_route_is_on_the_page_and_no_other(served: Served) -> None:
    there = {
        (method.upper(), path)
        for path, methods in served.app.openapi()["paths"].items()
        for method in methods
    }

    assert set(ROUTE.findall(PAGE)) == there


def test_every_code_that_can_leave_is_on_the_page() -> None:
    # Bases are never raised themselves; the last two end a command, not a request.
    unseen = {"error", "access_denied", "storage_error", "settings_error"}
    codes = {kind.code for kind in STATUSES} - unseen - {"audit_broken"}

    assert {code for code in codes if f"`{code}`" not in PAGE} == set()


def test_the_examples_work_in_their_order(served: Served) -> None:
    for method, path, body in EXAMPLE.findall(PAGE):
        options = {"json": json.loads(body)} if body else {}

        answer = served.admin.request(method, path.removeprefix("/api/v1"), **options)

        assert answer.is_success, (method, path, answer.text)
