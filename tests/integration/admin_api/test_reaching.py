"""How requests are made: addresses, headers, dialects, retries and their bounds."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from service.admin_api import Bounds, Dialect, HttpAdminApi
from service.domain.analytics import AnalyticsReport
from service.domain.errors import (
    ProviderError,
    ProviderMalformed,
    ProviderRejected,
    ProviderUnavailable,
)
from service.domain.guard import AuthHeader
from tests.fakes import FakeClock
from tests.integration.admin_api.provider import (
    KEY,
    NOON,
    Provider,
    acme,
    client,
    failure,
    json_answer,
)

GOOD = json_answer({"requests_per_second": 5})
AUGUST = datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
CONSOLE = "https://console.example/api/admin"
VERSIONED = "https://api.example/v1/admin"


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        (CONSOLE, f"{CONSOLE}/rate-limit"),
        (VERSIONED, f"{VERSIONED}/rate-limit"),
        (f"{VERSIONED}/", f"{VERSIONED}/rate-limit"),
        ("http://127.0.0.1:9/x", "http://127.0.0.1:9/x/rate-limit"),
    ],
)
def test_paths_are_put_behind_the_base_url(base_url: str, address: str) -> None:
    provider = Provider([GOOD])

    client(provider, organization=acme(base_url)).rate_limit()

    assert str(provider.requests[0].url) == address


@pytest.mark.parametrize(
    ("style", "headers"),
    [
        (AuthHeader.X_API_KEY, (KEY, None)),
        (AuthHeader.BEARER, (None, f"Bearer {KEY}")),
        (AuthHeader.BOTH, (KEY, f"Bearer {KEY}")),
    ],
)
def test_the_key_is_sent_in_the_style_asked_for(
    style: AuthHeader, headers: tuple[str | None, str | None]
) -> None:
    provider = Provider([GOOD])

    client(provider, organization=acme(auth_header=style)).rate_limit()

    sent = provider.requests[0].headers
    assert (sent.get("x-api-key"), sent.get("authorization")) == headers


class Reports:
    """A provider that knows one spelling of the analytics paths, or none."""

    def __init__(self, *folders: str) -> None:
        self.folders = folders
        self.paths: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.partition("/analytics/")[2]
        self.paths.append(path)
        if path.startswith(self.folders):
            return json_answer({"data": [], "sessions": []})
        return json_answer({"detail": "Not Found"}, 404)


REPORTS = {
    AnalyticsReport.LECHAT_BY_USER: ("lechat", "vibe/work", "by_user_stats"),
    AnalyticsReport.LECHAT_BY_AGENT: ("lechat", "vibe/work", "by_agent_stats"),
    AnalyticsReport.LECHAT_BY_TIME: ("lechat", "vibe/work", "by_time_stats"),
    AnalyticsReport.VIBE_BY_WORKSPACE: ("vibe", "vibe/code", "by_workspace"),
    AnalyticsReport.VIBE_BY_ORGANIZATION: ("vibe", "vibe/code", "by_organization"),
}


@pytest.mark.parametrize("report", AnalyticsReport)
def test_each_report_has_a_path_in_each_dialect(report: AnalyticsReport) -> None:
    older, newer, leaf = REPORTS[report]
    provider = Reports("lechat/", "vibe/usage/")

    client(provider, organization=acme(VERSIONED)).analytics(report, *AUGUST)

    assert provider.paths == [f"{newer}/usage/{leaf}", f"{older}/usage/{leaf}"]


@pytest.mark.parametrize(
    ("base_url", "known", "paths", "dialect"),
    [
        (VERSIONED, "vibe/work/", ["work", "work"], Dialect.WORK),
        (VERSIONED, "lechat/", ["work", "lechat", "lechat"], Dialect.LECHAT),
        (CONSOLE, "lechat/", ["lechat", "lechat"], Dialect.LECHAT),
        (CONSOLE, "vibe/work/", ["lechat", "work", "work"], Dialect.WORK),
    ],
)
def test_the_other_dialect_is_tried_once_and_remembered(
    base_url: str, known: str, paths: list[str], dialect: Dialect
) -> None:
    provider = Reports(known)
    api = client(provider, organization=acme(base_url))

    for _ in range(2):
        api.analytics(AnalyticsReport.LECHAT_BY_USER, *AUGUST)

    names = [
        "work" if path.startswith("vibe/work") else "lechat" for path in provider.paths
    ]
    assert names == paths
    assert api.dialect is dialect


def test_a_report_that_neither_dialect_knows_is_refused() -> None:
    provider = Reports("nothing")
    api = client(provider)

    error = failure(lambda: api.analytics(AnalyticsReport.LECHAT_BY_USER, *AUGUST))

    assert isinstance(error, ProviderRejected)
    assert error.status == 404
    assert len(provider.paths) == 2


def test_only_a_404_leads_to_the_other_dialect() -> None:
    provider = Provider([httpx.Response(403)])

    failure(lambda: client(provider).analytics(AnalyticsReport.LECHAT_BY_USER, *AUGUST))

    assert len(provider.requests) == 1


RETRIED = [
    httpx.Response(429),
    httpx.Response(500),
    httpx.Response(502, content=b"<html>"),
    httpx.Response(503),
    httpx.ReadTimeout("late"),
    httpx.ConnectError("down"),
    httpx.RemoteProtocolError("cut"),
]
FINAL = [
    httpx.Response(400),
    httpx.Response(401),
    httpx.Response(403),
    httpx.Response(404),
    httpx.Response(408),
    httpx.Response(422),
    httpx.Response(302, headers={"location": "https://else.example/"}),
    httpx.UnsupportedProtocol("ftp"),
    httpx.LocalProtocolError("header"),
    json_answer(b"<html>"),
]


@pytest.mark.parametrize("answer", RETRIED, ids=repr)
def test_a_read_is_tried_again_and_gets_its_answer(
    answer: httpx.Response | Exception,
) -> None:
    provider = Provider([answer, answer, GOOD])

    assert client(provider).rate_limit().requests_per_second == 5


@pytest.mark.parametrize("answer", RETRIED, ids=repr)
def test_a_read_is_given_up_after_three_attempts(
    answer: httpx.Response | Exception,
) -> None:
    provider = Provider([answer])

    failure(client(provider).rate_limit)

    assert len(provider.requests) == 3


@pytest.mark.parametrize("answer", FINAL, ids=repr)
def test_what_would_not_get_better_is_asked_once(
    answer: httpx.Response | Exception,
) -> None:
    provider = Provider([answer])

    failure(client(provider).rate_limit)

    assert len(provider.requests) == 1


@pytest.mark.parametrize(("jitter", "waits"), [(0.0, [0.25, 0.5]), (1.0, [0.5, 1.0])])
def test_waits_double_and_are_partly_random(jitter: float, waits: list[float]) -> None:
    clock = FakeClock(NOON)

    failure(
        client(
            Provider([httpx.Response(500)]), clock=clock, jitter=lambda: jitter
        ).rate_limit
    )

    assert [wait.total_seconds() for wait in clock.slept] == waits


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": " 7 "}, 7),
        ({"retry-after": "Thu, 20 Aug 2026 12:00:09 GMT"}, 9),
        (
            {
                "retry-after": "Mon, 01 Jan 2024 00:00:05 GMT",
                "date": "Mon, 01 Jan 2024 00:00:00 GMT",
            },
            5,
        ),
        ({"retry-after": "Thu, 20 Aug 2026 11:00:00 GMT"}, 0.5),
        ({"retry-after": "0"}, 0.5),
        ({"retry-after": "-3"}, 0.5),
        ({"retry-after": "soon"}, 0.5),
        ({"retry-after": ""}, 0.5),
        ({}, 0.5),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_the_provider_asks_for_is_kept(
    headers: dict[str, str], seconds: float, status: int
) -> None:
    clock = FakeClock(NOON)
    provider = Provider([httpx.Response(status, headers=headers), GOOD])

    client(provider, clock=clock).rate_limit()

    assert clock.slept == [timedelta(seconds=seconds)]


@pytest.mark.parametrize(
    "wait", ["20", "999999999", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"]
)
def test_a_wait_beyond_the_bound_of_the_call_ends_it_at_once(wait: str) -> None:
    clock = FakeClock(NOON)
    provider = Provider([httpx.Response(429, headers={"retry-after": wait}), GOOD])

    if len(wait) > 100:  # more digits than any wait: not a wait at all
        client(provider, clock=clock).rate_limit()
        return
    error = failure(client(provider, clock=clock).rate_limit)

    assert isinstance(error, ProviderRejected)
    assert error.status == 429
    assert clock.slept == []


def test_all_attempts_together_stay_within_the_bound_of_the_call() -> None:
    clock = FakeClock(NOON)

    def slow(_: httpx.Request) -> httpx.Response:
        clock.advance(timedelta(seconds=12))
        raise httpx.ReadTimeout("late")

    started = clock.now()
    error = failure(client(slow, clock=clock).rate_limit)

    assert isinstance(error, ProviderUnavailable)
    assert clock.now() - started < timedelta(seconds=25)


def test_at_most_so_many_requests_are_in_flight_at_once() -> None:
    gate = threading.Barrier(2)
    running: list[int] = []
    lock = threading.Lock()
    present = 0

    def answer(_: httpx.Request) -> httpx.Response:
        nonlocal present
        with lock:
            present += 1
            running.append(present)
        gate.wait(timeout=10)
        with lock:
            present -= 1
        gate.wait(timeout=10)
        return GOOD

    api = client(answer, bounds=Bounds(in_flight=2))
    run_together([api.rate_limit] * 6)

    assert len(running) == 6
    assert max(running) == 2


def run_together(calls: list[Callable[[], object]]) -> None:
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_body_beyond_the_bound_is_refused() -> None:
    provider = Provider([json_answer(b" " * 2000 + b"{}")])
    bounds = Bounds(body_bytes=1999)

    error = failure(client(provider, bounds=bounds).rate_limit)

    assert isinstance(error, ProviderMalformed)
    assert "larger than 1999 bytes" in str(error)


def test_the_bound_of_the_product_is_32_mebibytes() -> None:
    assert Bounds().body_bytes == 32 * 1024 * 1024


def test_nothing_is_sent_once_the_client_is_closed() -> None:
    provider = Provider([GOOD])
    api = client(provider)
    api.close()

    error = failure(api.rate_limit)

    assert isinstance(error, ProviderUnavailable)
    assert provider.requests == []


def test_cookies_are_not_sent_back() -> None:
    provider = Provider([httpx.Response(200, headers={"set-cookie": "a=b"}, json={})])
    api = client(provider)

    api.rate_limit()
    api.rate_limit()

    assert "cookie" not in provider.requests[1].headers


def test_a_redirect_is_explained_and_not_followed() -> None:
    location = f"https://else.example/path?key={KEY}"
    provider = Provider([httpx.Response(308, headers={"location": location})])

    error = failure(client(provider).rate_limit)

    assert type(error) is ProviderRejected
    assert "redirect to https://else.example;" in str(error)
    assert KEY not in str(error)
    assert len(provider.requests) == 1


@pytest.mark.parametrize(
    ("base_url", "kind"),
    [
        ("ftp://provider.example", ProviderRejected),
        ("provider.example", ProviderRejected),
        ("http://[broken", ProviderUnavailable),
        ("http://a:99999", ProviderUnavailable),
        ("", ProviderRejected),
        ("http://a..b", ProviderUnavailable),
    ],
)
def test_a_base_url_that_is_none_is_an_error_of_the_call(
    base_url: str, kind: type[ProviderError]
) -> None:
    # No transport of the test's own: the real one is what refuses. Policy files
    # refuse some of these before.
    organization = acme().model_copy(update={"base_url": base_url})
    api = HttpAdminApi(organization, clock=FakeClock(NOON), jitter=lambda: 0.0)

    error = failure(api.rate_limit)

    assert type(error) is kind
    api.close()
