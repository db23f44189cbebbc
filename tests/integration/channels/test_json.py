"""A listener on `json://`: what it gets, and every way in which it may not."""

import logging
import threading
import time

import pytest

from service.channels.channel import ID_HEADER
from tests.integration.channels.conftest import MakeChannel
from tests.integration.channels.peers import Answer, HttpPeer, free_port
from tests.unit.channels.messages import fired, message

CANARY = "sg_test_canary_in_the_address"


def test_a_listener_gets_subject_text_document_and_id(
    listener: HttpPeer, make_channel: MakeChannel
) -> None:
    delivery = make_channel(f"json://{listener.address}/hook").send(message(), "nt_1")

    assert delivery.is_delivered
    assert delivery.error == ""
    (request,) = listener.requests
    assert request.path == "/hook"
    assert request.headers[ID_HEADER] == "nt_1"
    assert request.headers["User-Agent"] == "Spendguard"
    assert request.body["title"].startswith("[critical] acme: spend reached 100%")
    assert "  Spend        4812.50 EUR\n" in request.body["message"]
    assert request.body["type"] == "failure"
    assert request.body["spendguard"]["id"] == "nt_1"
    assert request.body["spendguard"]["events"][0]["threshold_id"] == "stop"


def test_a_message_sent_again_has_the_same_id_and_waits_for_nothing(
    listener: HttpPeer, make_channel: MakeChannel
) -> None:
    channel = make_channel(f"json://{listener.address}/hook")
    listener.answer = Answer(status=500)
    channel.send(message(), "nt_1")
    listener.answer = Answer()

    started = time.monotonic()
    assert channel.send(message(), "nt_1").is_delivered
    # apprise's own gap between two sends of one object is 5.5 s.
    assert time.monotonic() - started < 3
    assert [each.headers[ID_HEADER] for each in listener.requests] == ["nt_1", "nt_1"]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=429, headers={"Retry-After": "30"}),
        Answer(status=500, body=b"<html>down</html>"),
        Answer(status=401),
        Answer(status=302, headers={"Location": "/welcome"}),
    ],
)
@pytest.mark.parametrize("parameters", ["", "?optional=yes"])
def test_any_other_answer_is_a_failure_with_its_status(
    listener: HttpPeer, make_channel: MakeChannel, answer: Answer, parameters: str
) -> None:
    listener.answer = answer

    delivery = make_channel(f"json://{listener.address}/x{parameters}").send(
        message(), "nt_1"
    )

    assert not delivery.is_delivered
    assert delivery.error.startswith("finops: not")
    assert str(answer.status) in delivery.error
    assert delivery.retry_after is None
    assert len(listener.requests) == 1


def test_a_dead_port_is_a_failure(make_channel: MakeChannel) -> None:
    channel = make_channel(f"json://127.0.0.1:{free_port()}/{CANARY}")

    delivery = channel.send(message(), "nt_1")

    assert not delivery.is_delivered
    assert delivery.error.startswith("finops: not delivered: A Connection error")


def test_a_server_that_hangs_costs_no_more_than_the_patience(
    listener: HttpPeer, make_channel: MakeChannel
) -> None:
    listener.answer = Answer(is_held=True)
    channel = make_channel(f"json://{listener.address}/{CANARY}?rto=60", seconds=0.3)

    started = time.monotonic()
    delivery = channel.send(message(), "nt_1")

    assert time.monotonic() - started < 3
    assert not delivery.is_delivered
    assert CANARY not in delivery.error


def test_a_late_delivery_is_waited_for_and_not_sent_twice(
    listener: HttpPeer, make_channel: MakeChannel
) -> None:
    listener.answer = Answer(is_held=True)
    channel = make_channel(f"json://{listener.address}/hook", seconds=0.3)
    assert not channel.send(message(), "nt_1").is_delivered

    busy = channel.send(message(), "nt_2")
    assert busy.error == "finops: the last delivery has not come back yet"

    listener.let_go.set()
    join_threads("channel-finops")
    assert channel.send(message(), "nt_2").is_delivered
    assert channel.send(message(), "nt_1").is_delivered
    assert [each.headers[ID_HEADER] for each in listener.requests] == ["nt_1", "nt_2"]


def join_threads(name: str) -> None:
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(timeout=10)


@pytest.mark.parametrize("scheme", ["json", "slack"])
def test_an_address_that_cannot_be_used_is_a_failure_not_an_exception(
    make_channel: MakeChannel, scheme: str
) -> None:
    delivery = make_channel(f"{scheme}://?{CANARY}").send(message(), "nt_1")

    assert not delivery.is_delivered
    assert delivery.error == "finops: apprise cannot use the address"


@pytest.mark.parametrize("status", [200, 401, 500])
def test_a_secret_in_the_address_appears_nowhere(
    listener: HttpPeer,
    make_channel: MakeChannel,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    status: int,
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="apprise")
    listener.answer = Answer(status=status, body=CANARY.encode())
    address = f"json://{CANARY}:{CANARY}@{listener.address}/{CANARY}"
    channel = make_channel(f"{address}?+Authorization={CANARY}&-key={CANARY}")

    delivery = channel.send(message(), "nt_1")

    output = capfd.readouterr()
    for shown in (repr(delivery), repr(channel), caplog.text, output.out, output.err):
        assert CANARY not in shown
    assert CANARY in listener.requests[0].path


def test_a_secret_in_an_address_that_cannot_be_read_appears_nowhere(
    make_channel: MakeChannel,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)

    delivery = make_channel(f"{CANARY}:/nonsense").send(message(), "nt_1")

    output = capfd.readouterr()
    for shown in (repr(delivery), caplog.text, output.out, output.err):
        assert CANARY not in shown


def test_line_breaks_in_names_stay_out_of_the_title(
    listener: HttpPeer, make_channel: MakeChannel
) -> None:
    channel = make_channel(f"json://{listener.address}/hook")

    assert channel.send(message(fired(policy_id="a\r\nb")), "nt_1").is_delivered
    assert listener.requests[0].body["title"] == (
        "[critical] acme: spend reached 100% of a b"
    )
