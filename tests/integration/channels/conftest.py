"""Peers for channels, and a channel to any address."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from service.channels.channel import AppriseChannel, warm
from service.domain.guard import ChannelConfig
from tests.integration.channels.peers import HttpPeer, SmtpPeer, http_peer, smtp_peer

MakeChannel = Callable[..., AppriseChannel]


@pytest.fixture(scope="session", autouse=True)
def warm_apprise() -> None:
    # Loading its services takes longer than the patience of some tests.
    warm()


@pytest.fixture
def listener() -> Iterator[HttpPeer]:
    with http_peer() as peer:
        yield peer


@pytest.fixture
def mail_server() -> Iterator[SmtpPeer]:
    with smtp_peer() as peer:
        yield peer


@pytest.fixture
def make_channel() -> MakeChannel:
    def make(url: str, seconds: float = 10) -> AppriseChannel:
        return AppriseChannel(
            ChannelConfig(name="finops", url=SecretStr(url)),
            patience=timedelta(seconds=seconds),
        )

    return make
