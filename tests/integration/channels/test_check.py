"""An address that could never deliver is known before anything is sent."""

import logging

import pytest
from pydantic import SecretStr

from service.channels.channel import check
from service.domain.guard import ChannelConfig

CANARY = "sg_test_canary"


@pytest.mark.parametrize(
    "url",
    [
        "json://127.0.0.1:9/hook?+Authorization=x",
        "mailto://bot:word@mail.example?to=a@acme.example,b@acme.example",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7xy/#finops",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7xy",
        "slack://xoxb-1234-1234-abcdef/#finops",
    ],
)
def test_an_address_that_apprise_takes_has_no_finding(url: str) -> None:
    assert check(channel(url)) is None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (" ", "the address is empty"),
        (CANARY, "apprise knows no service"),
        (f"slak://{CANARY}/b/c", "apprise knows no service"),
        (f"https://intranet.example/{CANARY}", "apprise knows no service"),
        (f"slack://{CANARY}", "the address lacks something"),
        ("mailto://", "the address lacks something"),
        (f"json://a.example/{CANARY}, json://b.example", "more than one address"),
    ],
)
def test_an_address_that_cannot_deliver_has_a_reason_that_does_not_show_it(
    url: str,
    reason: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)

    found = check(channel(url))

    assert found is not None
    assert reason in found
    assert CANARY not in found + caplog.text + "".join(capfd.readouterr())


def channel(url: str) -> ChannelConfig:
    return ChannelConfig(name="finops", url=SecretStr(url))
