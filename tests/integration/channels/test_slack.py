"""Slack, as a webhook and as a bot, against a server that answers like it."""

import json

import pytest
from apprise.plugins.slack import NotifySlack

from tests.integration.channels.conftest import MakeChannel
from tests.integration.channels.peers import Answer, HttpPeer
from tests.unit.channels.messages import message

WEBHOOK = "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7xy"
BOT = "xoxb-1234-1234-sgtestcanary"


@pytest.fixture(autouse=True)
def slack(listener: HttpPeer, monkeypatch: pytest.MonkeyPatch) -> HttpPeer:
    """Point apprise's Slack plugin, whose addresses are fixed, at the listener."""
    here = f"http://{listener.address}"
    for name, value in (
        ("webhook_url", f"{here}/services"),
        ("workflow_trigger_url", f"{here}/triggers"),
        ("api_url", f"{here}/api/{{}}"),
    ):
        monkeypatch.setattr(NotifySlack, name, value)
    return listener


@pytest.mark.parametrize(
    "url", [f"slack://{WEBHOOK}/", f"https://hooks.slack.com/services/{WEBHOOK}"]
)
def test_a_webhook_gets_blocks(
    slack: HttpPeer, make_channel: MakeChannel, url: str
) -> None:
    delivery = make_channel(url).send(message(), "nt_1")

    assert delivery.is_delivered, delivery.error
    (request,) = slack.requests
    assert request.path == f"/services/{WEBHOOK}"
    (attachment,) = request.body["attachments"]
    assert attachment["fallback"].startswith("[critical] acme: spend reached 100%")
    assert attachment["blocks"][0]["type"] == "header"
    assert attachment["blocks"][-1]["elements"][-1]["text"] == "message nt_1"
    assert "icon_url" not in request.body


def test_a_bot_gets_blocks_for_each_of_its_channels(
    slack: HttpPeer, make_channel: MakeChannel
) -> None:
    slack.answer = Answer(body=json.dumps({"ok": True, "channel": "C1"}).encode())

    delivery = make_channel(f"slack://{BOT}/#finops").send(message(), "nt_1")

    assert delivery.is_delivered, delivery.error
    (request,) = slack.requests
    assert request.path == "/api/chat.postMessage"
    assert request.headers["Authorization"] == f"Bearer {BOT}"
    assert request.body["channel"] == "#finops"
    assert request.body["attachments"][0]["blocks"][0]["type"] == "header"


def test_a_workflow_gets_plain_text(slack: HttpPeer, make_channel: MakeChannel) -> None:
    url = "https://hooks.slack.com/triggers/T1JJ3T3L2/123456/abcdef123456"

    delivery = make_channel(url).send(message(), "nt_1")

    assert delivery.is_delivered, delivery.error
    assert list(slack.requests[0].body) == ["text"]


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        (f"slack://{WEBHOOK}/", Answer(status=404, body=b"no_service")),
        (f"slack://{WEBHOOK}/", Answer(body=b"<html>sign in</html>")),
        (f"slack://{WEBHOOK}/", Answer(status=429, headers={"Retry-After": "30"})),
        (f"slack://{BOT}/#x", Answer(body=b'{"ok": false, "error": "not_in_channel"}')),
    ],
)
def test_what_slack_does_not_confirm_is_a_failure_without_its_tokens(
    slack: HttpPeer, make_channel: MakeChannel, url: str, answer: Answer
) -> None:
    slack.answer = answer

    delivery = make_channel(url).send(message(), "nt_1")

    assert not delivery.is_delivered
    assert delivery.error.startswith("finops: not delivered: Failed to send to Slack")
    for secret in (*WEBHOOK.split("/"), BOT):
        assert secret not in delivery.error
