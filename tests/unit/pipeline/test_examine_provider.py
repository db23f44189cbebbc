"""What the provider answers, and what to do where it does not."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from service.domain.diagnosis import Diagnosis, Verdict
from service.domain.errors import (
    ProviderError,
    ProviderMalformed,
    ProviderRejected,
    ProviderUnavailable,
)
from service.domain.guard import AuthHeader, Organization
from service.pipeline.examine_provider import PROVIDER_URLS, examine_provider
from service.ports import AdminApi
from tests.builders import NOON, Fields, organization, price, report, row
from tests.fakes import FakeAdminApi
from tests.unit.pipeline.checked_world import World

NO = ProviderRejected("GET /spend-limit: 401", route="GET /spend-limit", status=401)
AWAY = ProviderUnavailable("GET /spend-limit: no answer", route="GET /spend-limit")
ODD = ProviderMalformed("GET /spend-limit: not JSON", route="GET /spend-limit")


@dataclass
class Provider:
    """A provider that takes the key in some spellings; `tried` are all of them."""

    world: World = field(default_factory=World)
    taken: tuple[tuple[str, AuthHeader], ...] | None = None
    error: ProviderError = NO
    tried: list[tuple[str, AuthHeader]] = field(default_factory=list)

    def connect(self, wanted: Organization) -> AdminApi:
        spelling = (wanted.base_url, wanted.auth_header)
        self.tried.append(spelling)
        api = self.world.api
        if self.taken is not None:
            api = FakeAdminApi(api.reading)
            if spelling not in self.taken:
                api.then("spend_limit", self.error)
        api.spoken = replace(
            api.spoken, base_url=wanted.base_url, auth_header=wanted.auth_header
        )
        return api

    def examine(self, **written: Fields) -> dict[str, Diagnosis]:
        services = self.world.services()
        found = examine_provider(services, organization(**written), self.connect)
        return {each.check: each for each in found}


def test_a_healthy_provider_has_nothing_found() -> None:
    provider = Provider()
    provider.world.api.spoken = replace(
        provider.world.api.spoken, clock_ahead=timedelta(seconds=2)
    )

    found = provider.examine()

    assert {each.verdict for each in found.values()} == {Verdict.FINE}
    assert list(found) == [
        "spend limit",
        "currency",
        "usage",
        "prices",
        "rate limit",
        "workspaces",
        "audit log",
        "analytics",
        "clock",
    ]
    assert "api.mistral.ai/v1/admin answers, with the key in the header x-api-key" in (
        found["spend limit"].said
    )
    assert found["analytics"].said == "the path dialect work answers"
    assert provider.world.api.posts == []


def test_nobody_who_answers_is_unreachable_and_asked_no_more() -> None:
    provider = Provider(taken=(), error=AWAY)

    found = provider.examine()

    assert list(found) == ["spend limit"]
    assert found["spend limit"].verdict is Verdict.UNREACHABLE
    assert len(provider.tried) == 1


@pytest.mark.parametrize("header", list(AuthHeader))
def test_a_spelling_that_is_answered_is_named(header: AuthHeader) -> None:
    console = PROVIDER_URLS[1]
    provider = Provider(taken=((console, AuthHeader.BEARER),))

    found = provider.examine(base_url=PROVIDER_URLS[0], auth_header=header)

    assert found["spend limit"].verdict is Verdict.FINDING
    assert f"base_url: {console} and auth_header: bearer" in found["spend limit"].advice


def test_the_key_is_shown_to_no_address_but_the_configured_one() -> None:
    provider = Provider(taken=())

    found = provider.examine(base_url="https://proxy.acme.example/admin")

    assert {url for url, _ in provider.tried} == {"https://proxy.acme.example/admin"}
    assert "make an admin key" in found["spend limit"].advice


def test_an_answer_that_cannot_be_read_is_not_asked_for_elsewhere() -> None:
    provider = Provider(taken=(), error=ODD)

    found = provider.examine()

    assert found["spend limit"].verdict is Verdict.FINDING
    assert len(provider.tried) == 1


def test_a_limit_that_is_not_there_is_a_finding() -> None:
    provider = Provider()
    provider.world.api.reading = replace(provider.world.api.reading, limit=None)

    assert provider.examine()["spend limit"].verdict is Verdict.FINDING


def test_another_currency_is_a_finding() -> None:
    provider = Provider()

    found = provider.examine(currency="USD")["currency"]

    assert found.verdict is Verdict.FINDING
    assert "bills in EUR, guard.yaml says USD" in found.said
    assert "currency: EUR" in found.advice


def test_what_has_no_price_is_named() -> None:
    provider = Provider()
    unpriced = report(row(12, model="new", billing_metric="new"), prices=[price()])
    provider.world.api.reports["2026-08", ""] = unpriced

    found = provider.examine()["prices"]

    assert found.verdict is Verdict.FINDING
    assert found.said == "no price for 12 api_tokens"


@pytest.mark.parametrize(
    ("error", "verdict"),
    [(NO, Verdict.FINDING), (AWAY, Verdict.UNREACHABLE), (ODD, Verdict.FINDING)],
)
@pytest.mark.parametrize(
    ("method", "check"),
    [
        ("usage", "usage"),
        ("rate_limit", "rate limit"),
        ("workspaces", "workspaces"),
        ("audit_log", "audit log"),
    ],
)
def test_each_part_that_is_not_answered_says_what_it_is_for(
    method: str, check: str, error: ProviderError, verdict: Verdict
) -> None:
    provider = Provider()
    provider.world.api.then(method, error)

    found = provider.examine()

    assert found[check].verdict is verdict
    assert found[check].advice
    assert "clock" in found


def test_analytics_that_are_not_there_are_worth_a_note() -> None:
    provider = Provider()
    provider.world.api.then("analytics", NO)

    assert provider.examine()["analytics"].verdict is Verdict.NOTE


@pytest.mark.parametrize(
    ("ahead", "verdict", "word"),
    [
        (None, Verdict.NOTE, "no time"),
        (timedelta(seconds=30), Verdict.FINE, "30 s"),
        (timedelta(seconds=31), Verdict.FINDING, "31 s behind"),
        (timedelta(minutes=-2), Verdict.FINDING, "120 s ahead of"),
    ],
)
def test_clocks_that_differ_are_a_finding(
    ahead: timedelta | None, verdict: Verdict, word: str
) -> None:
    provider = Provider()
    provider.world.api.spoken = replace(provider.world.api.spoken, clock_ahead=ahead)

    found = provider.examine()["clock"]

    assert found.verdict is verdict
    assert word in found.said
    assert provider.world.clock.now() == NOON
