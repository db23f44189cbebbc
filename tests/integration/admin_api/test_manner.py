"""What an answer shows beside its content: which spelling is taken, what time it is."""

from collections.abc import Mapping
from datetime import timedelta

import httpx
import pytest

from service.domain.errors import ProviderRejected
from service.domain.guard import AuthHeader
from tests.integration.admin_api.provider import BASE, Provider, acme, client


def answer(status: int, headers: Mapping[str, str]) -> httpx.Response:
    return httpx.Response(status, json={"requests_per_second": 5}, headers=headers)


@pytest.mark.parametrize(
    ("date", "ahead"),
    [
        ("Thu, 20 Aug 2026 12:00:45 GMT", timedelta(seconds=45)),
        ("Thu, 20 Aug 2026 11:59:30 GMT", timedelta(seconds=-30)),
        ("some time", None),
        ("", None),
    ],
)
def test_the_clock_of_an_answer_is_held_against_ours(
    date: str, ahead: timedelta | None
) -> None:
    api = client(Provider([answer(200, {"date": date})]))
    assert api.manner().clock_ahead is None

    api.rate_limit()

    assert api.manner().clock_ahead == ahead


def test_a_refusal_tells_the_time_as_well() -> None:
    date = {"date": "Thu, 20 Aug 2026 12:01:00 GMT"}
    api = client(Provider([answer(401, date)]))

    with pytest.raises(ProviderRejected):
        api.rate_limit()

    assert api.manner().clock_ahead == timedelta(minutes=1)


def test_a_client_says_how_it_speaks() -> None:
    spoken = client(
        Provider([]), organization=acme(auth_header=AuthHeader.BEARER)
    ).manner()

    assert (spoken.base_url, spoken.auth_header) == (BASE, AuthHeader.BEARER)
    assert spoken.dialect == "work"
