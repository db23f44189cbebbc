"""The page behind the link of a message, over HTTP as a browser would see it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from service.api.throttle import FAILURES_ALLOWED
from service.domain.access import Role
from service.pipeline.respond_keys import create_key, revoke_key
from tests.integration.api.asking import ask, in_force
from tests.integration.api.serving import ADMIN_KEY, Served, running

TOKEN = re.compile(r'name="token" value="([^"]+)"')
PREVIEW = {"User-Agent": "Slackbot-LinkExpanding 1.0"}


@pytest.fixture
def browser(served: Served) -> Iterator[httpx.Client]:
    with served.anybody() as client:
        yield client


def address(asked: dict[str, object]) -> str:
    return f"/approvals/{asked['id']}/page"


def key_of(served: Served, name: str, role: Role) -> str:
    services = served.application.services
    _, text = create_key(services, actor="user:test", name=name, role=role)
    return text


def signed_in(
    served: Served, browser: httpx.Client, asked: dict[str, object], role: Role
) -> str:
    """Open a session with a key of a role; give the page."""
    key = key_of(served, f"{role}-at-the-page", role)
    answer = browser.post(address(asked), data={"key": key}, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    assert key not in str(answer.headers) + answer.text
    return answer.text


def token_in(page: str) -> str:
    found = TOKEN.search(page)
    assert found is not None, page
    return found.group(1)


def test_a_stranger_sees_a_form_for_a_key_and_no_figures(
    served: Served, browser: httpx.Client
) -> None:
    asked = ask(served)

    page = browser.get(address(asked))
    other = browser.get("/approvals/ap_of_nobody/page")

    assert page.status_code == 200
    assert page.text == other.text
    assert 'name="key"' in page.text
    for secret in ("acme", "3000", "EUR", "stop"):
        assert secret not in page.text


def test_looking_decides_nothing_and_uses_nothing_up(
    served: Served, browser: httpx.Client
) -> None:
    asked = ask(served)
    page = signed_in(served, browser, asked, Role.OPERATOR)
    before = in_force(served)

    with served.anybody() as preview:
        for method in ("GET", "HEAD"):
            preview.request(method, address(asked), headers=PREVIEW)
    assert browser.head(address(asked)).text == ""
    browser.get(address(asked), params={"decision": "approve", "token": "x"})

    assert in_force(served) == before
    answer = browser.post(
        address(asked),
        data={"token": token_in(page), "decision": "approve"},
        follow_redirects=True,
    )
    assert "this request was approved by key:" in answer.text
    assert "and carried out" in answer.text
    assert in_force(served) == 3000


def test_who_has_a_session_reads_and_decides(
    served: Served, browser: httpx.Client
) -> None:
    asked = ask(served)
    page = signed_in(served, browser, asked, Role.OPERATOR)

    assert "cap the limit" in page
    assert "Headroom" in page
    assert "in four cases of five" in page
    assert "if nobody answers by" in page
    answer = browser.post(
        address(asked),
        data={"token": token_in(page), "decision": "deny", "note": "<b>no</b>"},
        follow_redirects=True,
    )

    assert "this request is denied" in answer.text
    assert "&lt;b&gt;no&lt;/b&gt;" in answer.text
    decided = served.viewer.get(f"/approvals/{asked['id']}").json()
    assert decided["decided_by"] == "key:operator-at-the-page"
    assert decided["note"] == "<b>no</b>"


@pytest.mark.parametrize("decision", ["approve", "deny"])
def test_no_form_decides_without_its_token(
    served: Served, browser: httpx.Client, decision: str
) -> None:
    asked = ask(served)
    page = signed_in(served, browser, asked, Role.OPERATOR)
    used = token_in(page)
    path = address(asked)

    plain = browser.post(path, data={"decision": decision})
    wrong = browser.post(path, data={"decision": decision, "token": "sg_test_wrong"})
    with served.anybody() as stranger:
        stolen = stranger.post(path, data={"decision": decision, "token": used})
    elsewhere = browser.post(
        "/approvals/ap_other/page", data={"decision": decision, "token": used}
    )
    bearer = {"Authorization": f"Bearer {ADMIN_KEY}"}
    with served.anybody() as other:
        by_header = other.post(path, data={"decision": decision}, headers=bearer)

    assert [plain.status_code, wrong.status_code] == [403, 403]
    assert [stolen.status_code, by_header.status_code] == [401, 401]
    assert elsewhere.status_code == 404
    assert served.viewer.get(f"/approvals/{asked['id']}").json()["state"] == "pending"


def test_a_token_works_once(served: Served, browser: httpx.Client) -> None:
    asked = ask(served)
    token = token_in(signed_in(served, browser, asked, Role.OPERATOR))
    deciding = {"token": token, "decision": "deny"}

    first = browser.post(address(asked), data=deciding)
    second = browser.post(address(asked), data=deciding)

    assert first.status_code == 303
    assert second.status_code == 403


def test_a_form_of_another_site_does_nothing(
    served: Served, browser: httpx.Client
) -> None:
    asked = ask(served)
    token = token_in(signed_in(served, browser, asked, Role.OPERATOR))

    answer = browser.post(
        address(asked),
        data={"token": token, "decision": "approve"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )

    assert answer.status_code == 403
    assert served.viewer.get(f"/approvals/{asked['id']}").json()["state"] == "pending"


def test_the_rules_of_the_api_hold_on_the_page(
    served: Served, browser: httpx.Client
) -> None:
    asked = ask(served)

    page = signed_in(served, browser, asked, Role.VIEWER)

    assert "deciding needs the role operator" in page
    assert TOKEN.search(page) is None


def test_a_wish_needs_an_admin_and_another_person(
    served: Served, browser: httpx.Client
) -> None:
    served.check()
    body = {"amount": 6000, "reason": "launch week"}
    asked = served.admin.post("/increase-requests", json=body).json()
    token = token_in(signed_in(served, browser, asked, Role.OPERATOR))

    low = browser.post(address(asked), data={"token": token, "decision": "approve"})
    with served.anybody() as own:
        path = address(asked)
        page = own.post(path, data={"key": ADMIN_KEY}, follow_redirects=True)

    assert low.status_code == 403
    assert "needs the role admin" in low.text
    assert "your own request" in page.text


def test_a_wrong_key_opens_nothing_and_is_throttled_and_audited(
    served: Served, browser: httpx.Client
) -> None:
    asked = ask(served)
    answers = [
        browser.post(address(asked), data={"key": "sg_test_wrong"})
        for _ in range(FAILURES_ALLOWED + 1)
    ]

    assert {answer.status_code for answer in answers[:-1]} == {401}
    assert answers[-1].status_code == 429
    assert "set-cookie" not in answers[0].headers
    refused = served.viewer.get("/audit", action="key:refused").json()["items"]
    assert len(refused) == 1
    assert signed_in(served, browser, asked, Role.OPERATOR)


def test_a_session_is_short_and_ends_with_its_key(
    served: Served, browser: httpx.Client
) -> None:
    asked = ask(served)
    token = token_in(signed_in(served, browser, asked, Role.OPERATOR))
    services = served.application.services
    keys = services.queries.keys()
    key = next(each for each in keys if each.name == "operator-at-the-page")

    revoke_key(services, actor="user:test", key_id=key.id)
    revoked = browser.post(address(asked), data={"token": token, "decision": "deny"})
    served.clock.advance(timedelta(minutes=15))
    with served.anybody() as later:
        later.post(address(asked), data={"key": ADMIN_KEY})
        served.clock.advance(timedelta(minutes=15))
        late = later.get(address(asked))

    assert revoked.status_code == 401
    assert "Spend limit" not in late.text


def test_the_page_asks_browsers_for_all_the_care_there_is(
    served: Served, browser: httpx.Client
) -> None:
    asked = ask(served)
    page = browser.get(address(asked))
    cookie = browser.post(address(asked), data={"key": ADMIN_KEY}).headers["set-cookie"]

    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "<script" not in page.text
    assert "width=device-width" in page.text
    for wanted in ("HttpOnly", "SameSite=strict", "Path=/approvals/", "Max-Age=900"):
        assert wanted in cookie
    assert "Secure" not in cookie
    assert ADMIN_KEY not in cookie


def test_the_cookie_is_secure_where_the_address_is(
    tmp_path: Path, sqlite_url: str
) -> None:
    public = "https://guard.example/spend/"
    with running(tmp_path / "policies", sqlite_url, PUBLIC_URL=public) as served:
        asked = ask(served)
        with served.anybody() as browser:
            answer = browser.post(address(asked), data={"key": ADMIN_KEY})

    assert "Secure" in answer.headers["set-cookie"]
    assert "Path=/spend/approvals/" in answer.headers["set-cookie"]
    assert answer.headers["location"] == "page"


@pytest.mark.parametrize(
    "body", ["", "&".join(f"f{number}=1" for number in range(50)), "\x00=\xff"]
)
def test_what_is_no_form_of_this_page_is_refused(
    served: Served, browser: httpx.Client, body: str
) -> None:
    asked = ask(served)
    signed_in(served, browser, asked, Role.OPERATOR)

    answer = browser.post(address(asked), content=body.encode())

    assert answer.status_code == 422
    assert served.viewer.get(f"/approvals/{asked['id']}").json()["state"] == "pending"
