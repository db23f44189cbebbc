"""What an outsider with a key may try: refused or harmless, never a crash or a wait."""

import json
import time
from collections.abc import Iterator

import httpx

from tests.integration.api.serving import Served

JSON = {"content-type": "application/json"}
# As they stand in a path or a query.
TEXTS = (
    *("%00", "%ED%A0%80", "%FF", "..%2F..%2Fx", "%2e%2e", "a" * 8000),
    *("{{7*7}}", "${HOME}", "%25s", "%3Cscript%3E", "%0D%0AX-A:%20b", "'%20OR%201=1--"),
)
NAMED = (
    *("GET policies/{}", "GET policies/{}/revisions", "GET policies/{}/explain"),
    *("GET checks/{}", "GET alerts?policy_id={}", "GET alerts?organization={}"),
    *("GET alerts?cursor={}", "GET alerts?limit={}", "GET notifications?channel={}"),
    *("GET audit?chain={}", "GET audit?action={}", "GET audit/export?chain={}"),
    *("GET usage?period={}", "GET usage/series?since={}", "GET silences?state={}"),
    *("POST alerts/{}/acknowledge", "POST channels/{}/test", "DELETE keys/{}"),
    *("POST notifications/{}/retry", "DELETE policies/{}", "DELETE silences/{}"),
    *("POST drift/{}/adopt", "GET analytics/vibe/by-workspace?workspace={}"),
)
BODIES = {
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "a number of many digits": b'{"amount": ' + b"9" * 100_000 + b', "reason": "x"}',
    "a huge exponent": b'{"amount": 1e999999999, "reason": "x"}',
    "a long fraction": b'{"amount": 0.' + b"1" * 100_000 + b', "reason": "x"}',
    "no number": b'{"amount": NaN, "reason": "x"}',
    "no end of a number": b'{"amount": -Infinity, "reason": "x"}',
    "a truth": b'{"amount": true, "reason": "x"}',
    "half a character": b'{"amount": 1, "reason": "\\ud800"}',
    "a character that ends texts": b'{"amount": 1, "reason": "a\\u0000b"}',
    "a line of its own": b'{"amount": 1, "reason": "a\\r\\nX-A: b"}',
    "a turn of direction": b'{"amount": 1, "reason": "a\\u202eb"}',
    "no text": b'{"amount": 1, "reason": "\xff"}',
    "a list": b"[]",
    "an empty text": b'""',
    "nothing known": b'{"unknown": 1}',
    "a wrong type": b'{"amount": {"a": 1}, "organization": {}, "name": [], "yaml": 1}',
    "very many keys": json.dumps({f"k{i}": i for i in range(20_000)}).encode(),
}
SENT = (
    *("PUT spend-limit", "POST checks", "POST keys", "POST silences"),
    *("PUT policies/x", "POST policies/validate"),
)
KINDS = (
    *("", "text/html", "application/json; charset=utf-7", "a" * 5000),
    *("multipart/form-data", "multipart/form-data; boundary=", "application/xml"),
    "application/x-www-form-urlencoded",
)
PATHS = (
    *("/api/v1/../../etc/passwd", "//etc/passwd", "/%2e%2e/%2e%2e/etc/passwd"),
    *("/api/v1/policies/%2e%2e/%2e%2e/x", "/api/v1/status/", "/API/V1/STATUS"),
    *("/api/v1/status%00", "/api/v1/status;x=y", "/.git/config", "/docs", "/redoc"),
)
# A status takes 3 ms; what takes this long has made somebody compute.
SECONDS = 10.0


def asked(served: Served) -> Iterator[tuple[str, httpx.Response]]:
    http = served.admin.http
    for each in NAMED:
        method, path = each.split(" ")
        for text in TEXTS:
            address = f"/api/v1/{path.format(text)}"
            yield f"{method} {address}", http.request(method, address)
    for each in SENT:
        method, path = each.split(" ")
        for name, body in BODIES.items():
            sent = http.request(method, f"/api/v1/{path}", content=body, headers=JSON)
            yield f"{each}: {name}", sent
        for kind in KINDS:
            typed = {"content-type": kind}
            address = f"/api/v1/{path}"
            yield (
                f"{each}: {kind}",
                http.request(method, address, content=b"a=b", headers=typed),
            )


def test_no_hostile_request_is_more_than_refused(served_anywhere: Served) -> None:
    began = time.monotonic()
    for name, answer in asked(served_anywhere):
        assert answer.status_code < 500, (name, answer.text)
        assert time.monotonic() - began < SECONDS, name
        assert "49" not in answer.text or "7*7" not in name
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json", name
        assert "x-a" not in answer.headers, name
        began = time.monotonic()

    # It lives, and nothing was changed by any of them.
    status = served_anywhere.viewer.get("/status")
    assert status.status_code == 200
    changes = served_anywhere.viewer.get("/limit-changes").json()["items"]
    assert changes == []


def test_a_path_leads_nowhere_but_to_its_route(served: Served) -> None:
    for path in PATHS:
        # As raw as it is: a client would tidy it up.
        url = httpx.URL(served.url).copy_with(raw_path=path.encode())
        answer = served.admin.http.get(url)
        assert answer.status_code == 404, path


def test_a_header_twice_changes_nothing(served: Served) -> None:
    key = served.admin.http.headers["authorization"].encode()
    with served.anybody() as client:
        for header in ((b"X-A", b"b"), (b"Content-Type", b"text/plain")):
            headers = [(b"Authorization", key), header, header]
            assert client.get("/api/v1/status", headers=headers).status_code == 200
        # The first counts: a wrong one behind it opens and closes nothing.
        twice = [(b"Authorization", key), (b"Authorization", b"Bearer sg_test_wrong")]
        assert client.get("/api/v1/status", headers=twice).status_code == 200
        twice.reverse()
        assert client.get("/api/v1/status", headers=twice).status_code == 401
