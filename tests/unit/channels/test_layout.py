import json
from dataclasses import replace
from decimal import Decimal
from html import unescape
from typing import Any

import pytest

from service.channels.document import document_of
from service.channels.render import html_of, text_of
from service.channels.slack import attachment_of
from service.channels.view import view_of
from service.domain.audit import Head
from service.domain.expected import Forecast
from service.domain.notification import Burner, EventKind, Message
from service.domain.policy import Severity
from service.domain.usage import Failure
from tests.unit.channels.messages import (
    AFTERNOON,
    capped,
    euros,
    figures,
    fired,
    message,
)

EVIL = "<script>x</script> *bold*|<http://evil.example|pay> `c` &amp; @channel"


FORECAST = Forecast(
    point=Decimal("9120.55"),
    low=Decimal(8700),
    high=Decimal("9666.66"),
    as_of=AFTERNOON,
    days=60,
)


def text(told: Message) -> str:
    return text_of(view_of(told, "nt_1"))


def slack(told: Message) -> dict[str, Any]:
    return attachment_of(view_of(told, "nt_1"))


def of_a_hostile_model() -> Message:
    hostile = Burner(dimension="model", name=EVIL, spend=euros("1"))
    return message(
        fired(detail=f"No price for {EVIL}.", policy_id=EVIL), burners=(hostile,)
    )


def test_a_text_reads_from_what_happened_to_where_it_comes_from() -> None:
    assert (
        text(message())
        == """\
[critical] acme: spend reached 100% of acme-monthly; Limit capped at 5000.00 EUR
acme · 2026-10 · written 2026-10-14 14:09 UTC

What happened
- CRITICAL spend reached 100% of acme-monthly
  now 101.2%, threshold 100%
  kind spend · policy acme-monthly · threshold stop · alert al_stop

What Spendguard did
- CRITICAL Limit capped at 5000.00 EUR
  kind spend · policy acme-monthly · threshold stop · limit change lc_cap

Figures (as of 14:05 UTC, 4 min old)
  Spend        4812.50 EUR
  Spend limit  5000.00 EUR
  Headroom     187.50 EUR
  Burn rate    32.10 EUR per hour
  Time left    5.8 h
  Exposure     187.50 EUR
  [###################.] 96% of the spend limit

Who spends most
  model large: 3000.00 EUR; today 21.00 EUR, yesterday 14.00 EUR (+50%)

https://guard.acme.example/alerts
policies at revision 9f2c, commit 0a1b2c3
Spendguard message nt_1"""
    )


def test_unknown_figures_are_called_unknown_with_the_reason_and_never_zero() -> None:
    told = text(
        message(
            figures=figures(
                state="unknown",
                reason="the provider answered 503",
                spend=None,
                as_of=None,
                age_seconds=None,
                limit=None,
                headroom=None,
                burn_rate=None,
                hours_left=None,
                exposure=None,
            )
        )
    )

    block = told[told.index("Figures (") : told.index("Who spends")]
    assert block.splitlines()[:3] == [
        "Figures (of unknown age)",
        "  The figures are unknown: the provider answered 503",
        "  Spend        unknown",
    ]
    assert block.count("unknown") == 8
    assert "0" not in block.replace("503", "")


def test_the_forecast_stands_beside_the_spend_with_its_interval() -> None:
    told = text(message(figures=figures(forecast=FORECAST)))

    assert (
        "  Spend        4812.50 EUR\n"
        "  Forecast     9120.55 EUR (8700.00 to 9666.66 in four cases of five)\n"
    ) in told


@pytest.mark.parametrize(
    ("reason", "said"),
    [("not_enough_data", "not enough data"), ("lost", "unknown, lost")],
)
def test_where_there_is_no_forecast_a_word_says_why(reason: str, said: str) -> None:
    none = Failure(reason=reason, detail="three days are known")

    assert f"  Forecast     {said}\n" in text(message(figures=figures(forecast=none)))
    assert "Forecast" not in text(message(figures=figures(forecast=None)))


def test_a_forecast_that_reached_its_bound_is_told_as_one() -> None:
    event = fired(alert_kind="forecast", bound=Decimal(5000), unit="EUR")

    assert "forecast to reach 5000.00 EUR (acme-monthly)" in text(message(event))


def test_without_a_limit_headroom_and_time_left_say_so() -> None:
    told = text(
        message(
            figures=figures(
                limit="unlimited", headroom=None, hours_left=None, exposure=None
            )
        )
    )

    assert "Headroom     no limit" in told
    assert "Time left    no limit" in told
    assert "Exposure     unknown" in told
    assert "% of the spend limit" not in told.split("Figures")[1]


def test_an_alarm_without_a_limit_change_says_that_nothing_was_done() -> None:
    told = message(fired())

    assert "nothing: the spend limit was not changed" in text(told)
    assert "nothing: the spend limit" in json.dumps(slack(told))


def test_what_will_be_done_is_not_told_as_done() -> None:
    planned = capped(detail="the limit will be changed", is_planned=True)

    assert "\nWhat Spendguard will do\n- " in text(message(fired(), planned))
    assert "*What Spendguard did and will do*" in json.dumps(
        slack(message(fired(), planned, capped()))
    )


def test_a_test_message_is_short() -> None:
    event = fired(
        kind=EventKind.TEST,
        severity=Severity.INFO,
        alert_kind="test",
        policy_id=None,
        threshold_id=None,
        alert_id=None,
        value=None,
    )
    told = text(
        message(
            event,
            severity=Severity.INFO,
            figures=None,
            burners=(),
            revision=None,
            commit=None,
            link=None,
        )
    )

    assert (
        told
        == """\
[test] acme: this is a test: the channel works
acme · 2026-10 · written 2026-10-14 14:09 UTC

What happened
- INFO this is a test: the channel works
  kind test

Spendguard message nt_1"""
    )


def test_many_events_are_counted_not_shown() -> None:
    told = message(*[fired(threshold_id=f"t{n}") for n in range(200)], capped())

    assert "and 188 more" in text(told)
    assert "and 188 more" in html_of(view_of(told, "nt_1"))
    assert len(slack(told)["blocks"]) <= 50


@pytest.mark.parametrize("spend", ["0", "-3"])
def test_no_share_is_drawn_where_it_means_nothing(spend: str) -> None:
    assert view_of(message(figures=figures(spend=euros(spend))), "nt_1").share is None


def test_a_limit_that_is_passed_is_drawn_full() -> None:
    view = view_of(message(figures=figures(headroom=euros("-1"))), "nt_1")

    assert view.share == 100


def test_names_stay_text_in_a_page() -> None:
    page = html_of(view_of(of_a_hostile_model(), "nt_1"))

    assert "<script>" not in page
    assert "&lt;script&gt;x&lt;/script&gt;" in page


def test_names_stay_text_in_slack() -> None:
    blocks = slack(of_a_hostile_model())["blocks"][1:]  # the header has no markup

    said = json.dumps(blocks, ensure_ascii=False)
    assert "<http://evil" not in said
    assert "<script" not in said
    assert "*bold*" not in said
    assert "`" not in said
    marked = [part for block in blocks for part in text_objects(block)]
    assert all(part["verbatim"] is True for part in marked)


def text_objects(block: dict[str, Any]) -> list[dict[str, Any]]:
    parts = [block["text"]] if "text" in block else []
    return [*parts, *block.get("fields", []), *block.get("elements", [])]


def test_slack_gets_what_happened_the_figures_the_burners_and_the_origin() -> None:
    told = slack(message())

    assert told["color"] == "#b3261e"
    assert told["fallback"] == view_of(message(), "nt_1").subject
    assert [block["type"] for block in told["blocks"]] == [
        "header",
        *["section"] * 6,
        "context",
    ]
    assert told["blocks"][1]["text"]["text"] == (
        ":rotating_light: *CRITICAL spend reached 100% of acme-monthly*\n"
        "now 101.2%, threshold 100%\n"
        "kind spend · policy acme-monthly · threshold stop · alert al_stop"
    )
    figures_block = told["blocks"][4]
    assert figures_block["text"]["text"].startswith("*Figures* (as of 14:05 UTC, 4 min")
    assert figures_block["fields"][0]["text"] == "*Spend*\n4812.50 EUR"
    assert told["blocks"][-1]["elements"][-1]["text"] == "message nt_1"


def test_a_slack_link_cannot_leave_its_brackets() -> None:
    told = slack(message(link="https://guard.acme.example/?a=<b>|c"))

    link = told["blocks"][-2]["text"]["text"]
    assert link == ("<https://guard.acme.example/?a=&lt;b%3E%7Cc|Open in Spendguard>")


@pytest.mark.parametrize("link", ["javascript:alert(1)", "", None])
def test_only_web_addresses_become_links(link: str | None) -> None:
    view = view_of(message(link=link), "nt_1")

    assert "<a " not in html_of(view)
    assert "Open in" not in json.dumps(attachment_of(view))


def test_a_document_carries_everything_with_money_as_text() -> None:
    document = json.loads(json.dumps(document_of(message(), "nt_1")))

    assert document["id"] == "nt_1"
    assert document["events"][0] == {
        "kind": "fired",
        "severity": "critical",
        "alert_kind": "spend",
        "policy_id": "acme-monthly",
        "policy_title": None,
        "threshold_id": "stop",
        "alert_id": "al_stop",
        "change_id": None,
        "approval_id": None,
        "link": None,
        "value": "101.23",
        "bound": "100",
        "unit": "%",
        "is_planned": False,
        "headline": "spend reached 100% of acme-monthly",
        "detail": "",
    }
    assert document["figures"]["spend"] == {"amount": "4812.50", "currency": "EUR"}
    assert document["burners"][0]["today"] == {"amount": "21.00", "currency": "EUR"}
    assert document["policies"] == {
        "revision": "9f2c",
        "commit": "0a1b2c3",
        "author": None,
    }


def test_a_document_has_the_forecast_with_its_interval() -> None:
    told = message(figures=figures(forecast=FORECAST))
    lost = message(figures=figures(forecast=FORECAST, spend=None))

    assert document_of(told, "nt_1")["figures"]["forecast"] == {
        "amount": "9120.55",
        "low": "8700.00",
        "high": "9666.66",
        "currency": "EUR",
    }
    assert document_of(lost, "nt_1")["figures"]["forecast"] is None
    assert document_of(message(), "nt_1")["figures"]["forecast"] is None


def test_a_document_says_null_for_what_is_unknown() -> None:
    unknown = replace(figures(), spend=None, hours_left=None, as_of=None)

    document = document_of(message(fired(bound=Decimal(100)), figures=unknown), "nt_1")

    assert document["figures"]["spend"] is None
    assert document["figures"]["hours_left"] is None
    assert document["figures"]["as_of"] is None
    assert document_of(message(figures=None), "nt_1")["figures"] is None


@pytest.mark.parametrize(
    "name", ["{{ 7*7 }}", "{% include 'x' %}", "%s %(a)d", "${HOME}", "<!channel>"]
)
def test_a_name_that_looks_like_a_program_stays_a_name(name: str) -> None:
    burner = Burner(dimension="model", name=name, spend=euros("1"))
    told = message(fired(detail=f"No price for {name}."), burners=(burner,))

    assert name in text(told)
    assert "49" not in text(told)
    page = html_of(view_of(told, "nt_1"))
    assert name in unescape(page)
    assert "<!channel>" not in page
    assert "<!channel>" not in json.dumps(slack(told))


def test_the_heads_of_the_log_are_shown_in_full_everywhere() -> None:
    head = Head(chain="acme", seq=1234, hash="0a1b" * 16)
    told = message(fired(), heads=(head,))
    view = view_of(told, "nt_1")

    assert f"  acme #1234: {head.hash}" in text_of(view)
    assert head.hash in html_of(view)
    assert f"acme #1234: {head.hash}" in json.dumps(slack(told))
    assert document_of(told, "nt_1")["audit_heads"] == [
        {"chain": "acme", "seq": 1234, "hash": head.hash}
    ]
    assert "Heads" not in text(message())


def of_a_request(link: str | None) -> Message:
    asked = fired(
        kind=EventKind.APPROVAL_REQUESTED,
        detail="approval wanted to cap the limit",
        approval_id="ap_1",
        link=link,
    )
    return message(asked)


def test_a_request_for_approval_links_to_its_page_everywhere() -> None:
    page = "https://guard.example/approvals/ap_1/page"
    told = of_a_request(page)

    assert f"approve or deny: {page}" in text(told)
    assert f'<a href="{page}">Approve or deny</a>' in html_of(view_of(told, "nt_1"))
    assert f"<{page}|Approve or deny>" in str(slack(told))
    assert document_of(told, "nt_1")["events"][0]["link"] == page
    assert "spendguard approval approve ap_1" in text(told)


def test_a_request_without_an_address_says_what_to_type() -> None:
    told = of_a_request(None)

    assert "approve or deny:" not in text(told)
    assert "Approve or deny" not in str(slack(told))
    assert "spendguard approval deny ap_1" in text(told)
