"""E-mail to a real mail server: two parts, an id, and no way into its headers."""

from email.message import EmailMessage

import pytest

from service.channels.channel import ID_HEADER
from service.domain.notification import Burner
from tests.integration.channels.conftest import MakeChannel
from tests.integration.channels.peers import SmtpPeer, free_port
from tests.unit.channels.messages import euros, fired, message

PEOPLE = "mode=insecure&from=guard@acme.example&to=finops@acme.example"


@pytest.fixture
def address(mail_server: SmtpPeer) -> str:
    return f"mailto://127.0.0.1:{mail_server.port}?{PEOPLE}"


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def test_a_mail_has_a_page_and_the_same_as_text_and_an_id(
    mail_server: SmtpPeer, make_channel: MakeChannel, address: str
) -> None:
    delivery = make_channel(address).send(message(), "nt_1")

    assert delivery.is_delivered, delivery.error
    (mail,) = mail_server.mails
    assert mail["Subject"].startswith("[critical] acme: spend reached 100%")
    assert mail["From"] == "guard@acme.example"
    assert mail[ID_HEADER] == "nt_1"
    assert mail.get_content_type() == "multipart/alternative"
    assert "<strong>4812.50 EUR</strong>" in part(mail, "html")
    text = part(mail, "plain")
    for line in (
        "CRITICAL spend reached 100% of acme-monthly",
        "kind spend · policy acme-monthly · threshold stop · alert al_stop",
        "Figures (as of 14:05 UTC, 4 min old)",
        "Spend: 4812.50 EUR",
        "https://guard.acme.example/alerts",
        "Spendguard message nt_1",
    ):
        assert line in text.splitlines()


def test_a_mail_in_plain_text_is_laid_out_for_it(
    mail_server: SmtpPeer, make_channel: MakeChannel, address: str
) -> None:
    assert make_channel(f"{address}&format=text").send(message(), "nt_1").is_delivered

    (mail,) = mail_server.mails
    assert mail.get_content_type() == "text/plain"
    assert "  Spend        4812.50 EUR" in part(mail, "plain").splitlines()


def test_names_can_neither_add_headers_nor_markup(
    mail_server: SmtpPeer, make_channel: MakeChannel, address: str
) -> None:
    evil = "<script>alert(1)</script>"
    told = message(
        fired(policy_id="x\r\nBcc: all@acme.example"),
        burners=(Burner(dimension="model", name=evil, spend=euros("1")),),
    )

    assert make_channel(address).send(told, "nt_1").is_delivered

    (mail,) = mail_server.mails
    assert mail["Bcc"] is None
    assert mail["Subject"] == (
        "[critical] acme: spend reached 100% of x Bcc: all@acme.example"
    )
    assert evil not in part(mail, "html")
    assert evil in part(mail, "plain")


def test_a_refused_recipient_is_a_failure_that_names_them(
    mail_server: SmtpPeer, make_channel: MakeChannel, address: str
) -> None:
    mail_server.refusal = "550 no such mailbox"

    delivery = make_channel(address).send(message(), "nt_1")

    assert not delivery.is_delivered
    assert "finops@acme.example" in delivery.error


def test_a_dead_mail_server_is_a_failure(make_channel: MakeChannel) -> None:
    channel = make_channel(f"mailto://127.0.0.1:{free_port()}?{PEOPLE}")

    delivery = channel.send(message(), "nt_1")

    assert not delivery.is_delivered
    assert delivery.error.startswith("finops: not delivered: Connection error")
