"""Errors in the domain's words: a complete table, quotes of bodies, no secret."""

import logging
import traceback
from collections.abc import Callable, Iterator

import httpx
import pytest
from pydantic import SecretStr
from typing_extensions import override

from service.admin_api import HttpAdminApi
from service.admin_api.failures import NETWORK_ERRORS, VERDICTS, quote, verdict_on
from service.domain.analytics import AnalyticsReport
from service.domain.errors import ProviderError, ProviderRejected, ProviderUnavailable
from service.domain.guard import AuthHeader
from service.domain.period import month_of
from tests.fakes import FakeClock
from tests.integration.admin_api.provider import (
    KEY,
    NOON,
    Provider,
    acme,
    answering,
    client,
    euros,
    example,
    failure,
    json_answer,
)


def httpx_errors() -> list[type[Exception]]:
    public = (getattr(httpx, name) for name in httpx.__all__)
    return sorted(
        (one for one in public if isinstance(one, type) and issubclass(one, Exception)),
        key=lambda one: one.__name__,
    )


def instance(kind: type[Exception]) -> Exception:
    """Make an error without its constructor, which is different in each."""
    return kind.__new__(kind)


@pytest.mark.parametrize("kind", httpx_errors())
def test_every_error_of_httpx_is_caught_and_has_a_verdict(
    kind: type[Exception],
) -> None:
    assert issubclass(kind, NETWORK_ERRORS)

    verdict, sentence = verdict_on(instance(kind))

    assert issubclass(verdict, ProviderError)
    assert sentence


def test_only_errors_before_anything_was_sent_are_a_clear_no() -> None:
    assert {
        kind.__name__
        for kind, (verdict, _) in VERDICTS.items()
        if verdict is ProviderRejected
    } == {"InvalidURL", "UnsupportedProtocol", "LocalProtocolError", "TooManyRedirects"}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, ProviderRejected) for status in (301, 304, 400, 401, 402, 404, 429)),
        *((status, ProviderUnavailable) for status in (500, 502, 503, 504, 599)),
    ],
)
def test_a_status_decides_what_kind_of_no_it_is(
    status: int, kind: type[ProviderError]
) -> None:
    error = failure(answering({"detail": "No."}, status).rate_limit)

    assert type(error) is kind
    assert (error.route, error.status) == ("GET /rate-limit", status)
    assert str(error).startswith(f"GET /rate-limit: status {status}")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"detail": "Unauthorized"}', "Unauthorized"),
        (b'{"message": "Unauthorized", "request_id": "9f"}', "Unauthorized"),
        (b'{"object": "error", "message": "Slow down", "code": "1300"}', "Slow down"),
        (
            b'{"detail": [{"loc": ["body", "amount"], "msg": "Not whole"}]}',
            "body.amount: Not whole",
        ),
        (b'{"detail": [{"msg": "A"}, {"msg": "B"}]}', "A; B"),
        (b'{"detail": ["odd"]}', "odd"),
        (b'{"error": {"message": "Inner"}}', "Inner"),
        (b'{"error": "Inner"}', "Inner"),
        (b'{"message": {"detail": "Deep"}}', "Deep"),
        (b'{"a": 1}', '{"a": 1}'),
        (
            b"<html><style>p {}</style><h1>503 Gone\r\nfor tea</h1></html>",
            "503 Gone for tea",
        ),
        (b"plain\x1b[31m words", "plain [31m words"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"", ""),
        (b"[" * 100_000, "[" * 299 + "…"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_an_error_body_says_is_quoted_in_one_short_line(
    body: bytes, said: str
) -> None:
    assert quote(body, KEY) == said


def test_a_key_that_the_provider_repeats_is_taken_out() -> None:
    assert quote(f'{{"detail": "no such key: {KEY}"}}'.encode(), KEY) == (
        "no such key: ***"
    )


def test_the_recorded_errors_are_understood() -> None:
    recorded = json_answer(example("errors")).json()
    said = {
        name: str(failure(answering(case["body"], case["status"]).rate_limit))
        for name, case in recorded.items()
        if isinstance(case, dict) and "body" in case
    }

    assert "status 401: Unauthorized: is the admin key right?" in said.pop(
        "401_gateway_observed"
    )
    assert "query.start_time: Field required" in said.pop("422_analytics_spec")
    assert "not allowed to access the Admin API" in said.pop("403_inferred")
    assert all("{" not in text for text in said.values())


# --- secrets ---------------------------------------------------------------------

ODD_KEYS = [KEY, f"{KEY}\n", f"{KEY} two", f"{KEY}é", f"\x00{KEY}", f"{KEY}\r\nX-A: b"]


class Repeating(Provider):
    """A provider that repeats the request's headers wherever it can."""

    @override
    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = super().__call__(request)
        headers = dict(answer.headers) | {"location": f"https://{KEY}@x.example/{KEY}"}
        return httpx.Response(
            answer.status_code, headers=headers, content=answer.content
        )


def calls(api: HttpAdminApi) -> Iterator[Callable[[], object]]:
    month = month_of(NOON)
    yield api.spend_limit
    yield lambda: api.usage(month)
    yield api.workspaces
    yield api.rate_limit
    yield lambda: api.analytics(
        AnalyticsReport.VIBE_BY_ORGANIZATION, month.start, month.end
    )
    yield lambda: api.audit_log([], after=NOON)
    yield lambda: api.set_spend_limit(euros("5"), timeout=month.end - month.start)


def told(call: Callable[[], object]) -> str:
    """Give all that a log could show of a call's error, with cause and context."""
    try:
        call()
    except ProviderError as error:
        return "\n".join(map(shown, with_causes(error)))
    return ""


def shown(error: BaseException) -> str:
    trace = "".join(traceback.format_exception(error))
    return f"{trace}\n{error!r}\n{vars(error)!r}"


def with_causes(error: BaseException | None) -> Iterator[BaseException]:
    if error is not None:
        yield error
        yield from with_causes(error.__cause__)
        yield from with_causes(error.__context__)


@pytest.mark.parametrize(
    "answer",
    [
        json_answer({"detail": f"bad key {KEY}"}, 401),
        json_answer(f"<html>{KEY}</html>".encode(), 502),
        json_answer({"detail": [{"loc": ["header"], "msg": KEY, "input": KEY}]}, 422),
        json_answer({KEY: KEY}, 500),
        httpx.Response(307),
        json_answer(KEY.encode()),
        httpx.LocalProtocolError(f"Illegal header value {KEY}"),
        httpx.ConnectError(KEY),
    ],
    ids=repr,
)
def test_the_key_is_in_no_error_and_no_log(
    answer: httpx.Response | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api = client(Repeating([answer]), organization=acme(auth_header=AuthHeader.BOTH))

    texts = [told(call) for call in calls(api)]

    assert len(list(filter(None, texts))) >= 6
    assert KEY not in "\n".join(texts)
    assert KEY not in caplog.text
    assert KEY not in repr(vars(api))


@pytest.mark.parametrize("key", ODD_KEYS, ids=repr)
def test_a_key_that_no_header_can_carry_is_not_quoted_by_who_refuses_it(
    key: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    # Nobody listens on port 1; a key that may be sent ends at the connection.
    organization = acme("http://127.0.0.1:1").model_copy(
        update={"api_key": SecretStr(key)}
    )
    api = HttpAdminApi(organization, clock=FakeClock(NOON), jitter=lambda: 0)

    texts = [told(call) for call in calls(api)]

    assert all(texts)
    assert KEY not in "\n".join(texts)

    assert KEY not in caplog.text
    api.close()


def test_addresses_with_their_queries_are_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)

    answering({}).rate_limit()

    assert caplog.text == ""
