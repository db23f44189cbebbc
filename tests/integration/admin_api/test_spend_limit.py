"""What `GET` and `POST /spend-limit` mean."""

import json
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from service.domain.errors import (
    InvalidInput,
    ProviderError,
    ProviderMalformed,
    ProviderRejected,
    ProviderUnavailable,
)
from service.domain.money import Money
from service.domain.usage import LimitReading, SpendLimit
from tests.integration.admin_api.provider import (
    Provider,
    answering,
    client,
    euros,
    example,
    failure,
    json_answer,
)

SOON = timedelta(seconds=10)


def limits(**completion: object) -> dict[str, object]:
    return {
        "limits": {
            "completion": {"monthly_limit_reached": False} | completion,
            "last_payment_failure": False,
            "last_payment_failure_protection": None,
            "currency": "EUR",
        }
    }


@pytest.mark.parametrize(
    ("name", "limit", "total", "is_reached", "currency"),
    [
        ("spend-limit-get", "500", "292.8", False, "EUR"),
        ("spend-limit-get-reached", "500", "500.43", True, "EUR"),
        ("spend-limit-get-unlimited", None, "292.8", False, "EUR"),
        ("spend-limit-get-legacy-july", "200", "31.6", False, "USD"),
    ],
)
def test_the_recorded_answers_are_read(
    name: str,
    limit: str | None,
    total: str,
    is_reached: bool,  # noqa: FBT001 - a column of the table
    currency: str,
) -> None:
    amount = None if limit is None else Money(Decimal(limit), currency)

    assert answering(example(name)).spend_limit() == LimitReading(
        currency=currency,
        limit=SpendLimit(amount),
        is_reached=is_reached,
        total=Decimal(total),
    )


def test_an_answer_with_the_required_fields_alone_leaves_the_rest_unknown() -> None:
    reading = answering(example("spend-limit-get-minimal")).spend_limit()

    assert (reading.limit, reading.total) == (None, None)


@pytest.mark.parametrize(
    ("completion", "limit"),
    [
        ({"usage_limit": 0}, euros("0")),
        ({"usage_limit": "650.50"}, euros("650.50")),
        ({"usage_limit": None}, None),
        ({}, None),
        ({"no_monthly_limit": None, "usage_limit": 7}, euros("7")),
        ({"no_monthly_limit": True, "usage_limit": 500}, SpendLimit(None)),
        ({"no_monthly_limit": True, "usage_limit": -1}, SpendLimit(None)),
        ({"no_monthly_limit": True, "usage_limit": "odd"}, SpendLimit(None)),
    ],
)
def test_zero_nothing_and_unlimited_are_three_things(
    completion: dict[str, object], limit: SpendLimit | None
) -> None:
    assert answering(limits(**completion)).spend_limit().limit == limit


@pytest.mark.parametrize(
    ("completion", "total"),
    [
        ({"total_usage": 3, "usage": 1, "vibe_usage": 1}, "3"),
        ({"total_usage": None, "usage": 0.1, "vibe_usage": 0.2}, "0.3"),
        ({"usage": 1, "vibe_usage": None}, None),
        ({"vibe_usage": 1}, None),
        ({"total_usage": 0}, "0"),
    ],
)
def test_a_total_is_given_or_added_up_or_unknown(
    completion: dict[str, object], total: str | None
) -> None:
    read = answering(limits(**completion)).spend_limit().total

    assert read == (None if total is None else Decimal(total))


def test_a_failed_payment_is_told() -> None:
    answer = limits()
    answer["limits"] |= {"last_payment_failure": True}  # type: ignore[operator] # a map, above

    assert answering(answer).spend_limit().payment_failed


def without(*path: str) -> dict[str, object]:
    answer = limits(usage_limit=5)
    part = answer
    for key in path[:-1]:
        part = part[key]  # type: ignore[assignment] # nested maps, above
    del part[path[-1]]
    return answer


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        (without("limits"), "limits"),
        (without("limits", "completion"), "limits.completion"),
        (without("limits", "currency"), "limits.currency"),
        (
            without("limits", "completion", "monthly_limit_reached"),
            "limits.completion.monthly_limit_reached",
        ),
        (limits(monthly_limit_reached=None), "monthly_limit_reached"),
        (limits(monthly_limit_reached="no"), "monthly_limit_reached"),
        (limits(total_usage="a lot"), "total_usage"),
        (limits(total_usage=-1), "total_usage"),
        (limits(total_usage=True), "total_usage"),
        (limits(usage_limit=-1), "usage_limit"),
        (limits(usage_limit="odd"), "usage_limit"),
        (limits(usage_limit=[]), "usage_limit"),
        (limits(usage_limit=10**18), "usage_limit"),
        (b'{"limits": {"completion": {"total_usage": NaN}}}', "JSON"),
        (b'{"limits": {"completion": {"total_usage": 1e999999999}}}', "total_usage"),
        (b'{"limits": {"completion": {"total_usage": 1e99999999999999999999}}}', "J"),
        (b"1" * 5000, "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"<html></html>", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"", "JSON"),
        (b"[]", "the answer"),
        (b"null", "the answer"),
    ],
    ids=repr,
)
def test_what_cannot_be_read_is_an_error_that_names_the_place(
    answer: object, place: str
) -> None:
    error = failure(answering(answer).spend_limit)

    assert isinstance(error, ProviderMalformed)
    assert place in str(error)
    assert str(error).startswith("GET /spend-limit: ")
    assert (error.route, error.status) == ("GET /spend-limit", 200)


@pytest.mark.parametrize("currency", ["eur", "EURO", "", 5, None])
def test_a_currency_that_is_none_is_refused(currency: object) -> None:
    answer = limits()
    answer["limits"] |= {"currency": currency}  # type: ignore[operator] # a map, above

    error = failure(answering(answer).spend_limit)

    assert isinstance(error, ProviderMalformed)


def sent(provider: Provider) -> object:
    (request,) = (one for one in provider.requests if one.method == "POST")
    return json.loads(request.content)


def test_a_limit_is_sent_as_the_recorded_request() -> None:
    provider = Provider([json_answer(limits())])

    client(provider).set_spend_limit(euros("650"), timeout=SOON)

    assert sent(provider) == {"amount": 650, "no_monthly_limit": False}
    assert sent(provider) == json.loads(example("spend-limit-post-request"))


def test_removing_the_limit_sends_the_last_one_seen_along() -> None:
    provider = Provider([json_answer(limits(usage_limit=650))])
    api = client(provider)
    api.spend_limit()

    api.set_spend_limit(SpendLimit(None), timeout=SOON)

    assert sent(provider) == {"amount": 650, "no_monthly_limit": True}


def test_removing_a_limit_never_seen_sends_zero_along() -> None:
    provider = Provider([json_answer(limits())])

    client(provider).set_spend_limit(SpendLimit(None), timeout=SOON)

    assert sent(provider) == {"amount": 0, "no_monthly_limit": True}


@pytest.mark.parametrize(
    "limit",
    [euros("499.5"), euros("-1"), SpendLimit(Money(Decimal(500), "JPY"))],
    ids=str,
)
def test_an_amount_that_cannot_be_meant_is_not_sent(limit: SpendLimit) -> None:
    provider = Provider([json_answer(limits())])

    with pytest.raises(InvalidInput):
        client(provider).set_spend_limit(limit, timeout=SOON)

    assert provider.requests == []


def redirect() -> httpx.Response:
    return httpx.Response(307, headers={"location": "https://else.example/x"})


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(500), ProviderUnavailable),
        (httpx.Response(502, content=b"<html>"), ProviderUnavailable),
        (httpx.ReadTimeout("late"), ProviderUnavailable),
        (httpx.ConnectTimeout("late"), ProviderUnavailable),
        (httpx.RemoteProtocolError("cut"), ProviderUnavailable),
        (httpx.ReadError("reset"), ProviderUnavailable),
        (httpx.DecodingError("gzip"), ProviderUnavailable),
        (httpx.Response(429, headers={"retry-after": "1"}), ProviderRejected),
        (httpx.Response(400), ProviderRejected),
        (httpx.Response(401), ProviderRejected),
        (httpx.Response(422), ProviderRejected),
        (redirect(), ProviderRejected),
    ],
    ids=repr,
)
def test_a_write_is_sent_once_whatever_comes_back(
    answer: httpx.Response | Exception, kind: type[ProviderError]
) -> None:
    provider = Provider([answer])

    error = failure(lambda: client(provider).set_spend_limit(euros("5"), timeout=SOON))

    assert type(error) is kind
    assert error.route == "POST /spend-limit"
    assert len(provider.requests) == 1


@pytest.mark.parametrize("body", [b"", b"<html>thanks</html>", b"{}"])
def test_a_yes_is_not_read_any_further_as_only_reading_back_proves_it(
    body: bytes,
) -> None:
    client(Provider([json_answer(body)])).set_spend_limit(euros("5"), timeout=SOON)


def test_a_write_without_time_left_is_not_sent() -> None:
    provider = Provider([json_answer(limits())])

    error = failure(
        lambda: client(provider).set_spend_limit(euros("5"), timeout=timedelta(0))
    )

    assert isinstance(error, ProviderUnavailable)
    assert "not sent" in str(error)
    assert provider.requests == []
