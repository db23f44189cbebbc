from datetime import timedelta
from decimal import Decimal

import pytest

from service.channels.wording import (
    LONGEST_SUBJECT,
    age,
    change_since_yesterday,
    clean,
    explanation,
    headline,
    hours_left,
    quantity,
    subject,
)
from service.domain.alert import AlertKind
from service.domain.notification import Burner, EventKind
from service.domain.policy import Severity
from tests.unit.channels.messages import (
    AFTERNOON,
    capped,
    euros,
    figures,
    fired,
    message,
)


def test_a_subject_says_severity_organization_event_action_and_how_many_more() -> None:
    calm = fired(severity=Severity.INFO, threshold_id="half", bound=Decimal(50))
    again = fired(kind=EventKind.REMINDER, severity=Severity.WARNING)

    line = subject(message(calm, again, capped(), fired()))

    assert line == (
        "[critical] acme: spend reached 100% of acme-monthly;"
        " Limit capped at 5000.00 EUR (+2)"
    )


def test_a_subject_is_cut_but_keeps_the_count() -> None:
    long = capped(detail="word " * 80)

    line = subject(message(long, fired(), fired(), fired()))

    assert len(line) <= LONGEST_SUBJECT
    assert line.endswith("… (+2)")


def test_line_breaks_in_names_never_reach_a_subject() -> None:
    line = subject(
        message(
            fired(policy_id="x\r\nBcc: all@acme.example"),
            organization="ac\r\nme\u2028x\u202ey",
        )
    )

    assert line == "[critical] ac me x y: spend reached 100% of x Bcc: all@acme.example"


def test_what_is_over_is_told_after_what_is_not() -> None:
    over = fired(kind=EventKind.RESOLVED, policy_id="weekly")

    assert "acme-monthly (+1)" in subject(
        message(over, fired(severity=Severity.INFO), severity=Severity.INFO)
    )
    assert subject(message(over)) == "[resolved] acme: spend reached 100% of weekly"


def test_a_test_says_so() -> None:
    event = fired(kind=EventKind.TEST, value=None, bound=None)

    assert subject(message(event)) == "[test] acme: this is a test: the channel works"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "spend reached 100% of acme-monthly"),
        ({"kind": EventKind.REMINDER}, "still: spend reached 100% of acme-monthly"),
        (
            {"bound": Decimal(2500), "unit": "EUR"},
            "spend reached 2500.00 EUR in acme-monthly",
        ),
        (
            {"alert_kind": "limit", "bound": Decimal(85)},
            "spend reached 85% of the spend limit (acme-monthly)",
        ),
        (
            {"alert_kind": "usage", "bound": Decimal(2_000_000), "unit": "api_tokens"},
            "usage went above 2000000 api_tokens (acme-monthly)",
        ),
        (
            {
                "alert_kind": "activity",
                "bound": Decimal(5000),
                "unit": "lechat.messages",
            },
            "activity went above 5000 lechat.messages (acme-monthly)",
        ),
        ({"alert_kind": "pace", "bound": None}, "pace crossed (acme-monthly)"),
        (
            {"kind": EventKind.LIMIT_CHANGE_SKIPPED, "detail": ""},
            "a limit change was skipped",
        ),
    ],
)
def test_a_headline_says_what_happened(changes: dict[str, object], said: str) -> None:
    assert headline(fired(**changes)) == said


@pytest.mark.parametrize("kind", list(AlertKind))
def test_every_alert_kind_has_words_without_underscores(kind: AlertKind) -> None:
    words = headline(fired(alert_kind=kind.value, policy_id=None, unit="EUR"))

    assert words
    assert "_" not in words


@pytest.mark.parametrize("kind", list(EventKind))
def test_every_event_kind_has_a_headline_even_without_detail(kind: EventKind) -> None:
    assert headline(fired(kind=kind))


def test_an_explanation_gives_value_and_threshold_and_does_not_repeat() -> None:
    assert explanation(fired(detail="Held for 6 h.")) == (
        "now 101.2%, threshold 100%",
        "Held for 6 h.",
    )
    assert explanation(capped()) == ()


def test_a_subject_leaves_out_who_asked_for_a_change() -> None:
    change = capped(detail="the limit changed from 6.00 EUR to 5.00 EUR (cap by a/b)")

    assert subject(message(fired(), change)).endswith(
        "; the limit changed from 6.00 EUR to 5.00 EUR"
    )
    assert headline(change).endswith("(cap by a/b)")


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        ("80", "%", "80%"),
        ("79.96", "%", "80%"),
        ("1E+3", "%", "1000%"),
        ("20", "EUR", "20.00 EUR"),
        ("20.123456", "EUR", "20.12 EUR"),
        ("0.000042", "EUR", "0.000042 EUR"),
        ("7", "", "7"),
    ],
)
def test_quantities_read_naturally(value: str, unit: str, said: str) -> None:
    assert quantity(Decimal(value), unit) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (40, "as of 14:05 UTC, 40 s old"),
        (240, "as of 14:05 UTC, 4 min old"),
        (7300, "as of 14:05 UTC, 2 h old"),
        (400_000, "as of 14:05 UTC, 4 days old"),
        (None, "as of 14:05 UTC, 4 min old"),
    ],
)
def test_figures_say_their_age(seconds: int | None, said: str) -> None:
    assert age(figures(age_seconds=seconds), AFTERNOON) == said


def test_figures_of_another_day_say_the_day() -> None:
    old = figures(as_of=AFTERNOON - timedelta(days=1), age_seconds=86400)

    assert age(old, AFTERNOON) == "as of 2026-10-13 14:09 UTC, 24 h old"


def test_figures_without_a_time_are_of_unknown_age() -> None:
    assert age(figures(as_of=None, age_seconds=None), AFTERNOON) == "of unknown age"


def test_time_left_is_unknown_or_without_limit_but_never_zero_by_omission() -> None:
    assert hours_left(figures()) == "5.8 h"
    assert hours_left(figures(hours_left=None)) == "unknown"
    assert hours_left(figures(hours_left=None, limit="unlimited")) == "no limit"
    assert hours_left(figures(hours_left=None, burn_rate=None)) == "unknown"
    still = figures(hours_left=None, burn_rate=euros("0"))
    assert hours_left(still) == "endless: nothing burns now"


@pytest.mark.parametrize(
    ("today", "yesterday", "said"),
    [
        ("21", "14", "today 21.00 EUR, yesterday 14.00 EUR (+50%)"),
        ("7", "14", "today 7.00 EUR, yesterday 14.00 EUR (-50%)"),
        ("7", "0", "today 7.00 EUR, yesterday 0.00 EUR"),
        ("0", None, "today 0.00 EUR, yesterday unknown"),
        (None, None, "today unknown, yesterday unknown"),
    ],
)
def test_a_burner_is_compared_with_yesterday_where_both_are_known(
    today: str | None, yesterday: str | None, said: str
) -> None:
    burner = Burner(
        dimension="model",
        name="large",
        spend=euros("30"),
        today=euros(today) if today else None,
        yesterday=euros(yesterday) if yesterday else None,
    )

    assert change_since_yesterday(burner) == said


def test_cleaned_text_is_one_short_line_that_every_encoding_takes() -> None:
    assert clean("a\tb\x00c\ud800d\u200be") == "a b c d e"
    assert clean("x" * 500, 10) == "x" * 9 + "…"
