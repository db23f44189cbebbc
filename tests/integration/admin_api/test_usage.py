"""What `GET /usage` means: rows, prices, period and the two shapes of Vibe."""

import json
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from service.domain.errors import ProviderMalformed
from service.domain.period import month_of
from service.domain.usage import UsageReport
from tests.integration.admin_api.provider import (
    NOON,
    Provider,
    answering,
    client,
    example,
    failure,
    json_answer,
)

AUGUST = month_of(NOON)
WORKSPACE = "a3a0b9a6-41d2-4d3c-9b63-0e1f52c7de22"

ROW: dict[str, object] = {
    "event_type": "api_tokens",
    "billing_metric": "large-2512",
    "billing_display_name": "large-latest",
    "billing_group": "input",
    "timestamp": "2026-08-03",
    "value": 7,
    "value_paid": 5,
    "api_zone": "eu",
    "service_tier": "standard",
}


def usage(**changes: object) -> dict[str, object]:
    return {
        "completion": {"models": {}},
        "start_date": "2026-08-01T00:00:00Z",
        "end_date": "2026-08-31T23:59:59.999Z",
        "currency": "EUR",
        "prices": [],
    } | changes


def one_row(**changes: object) -> dict[str, object]:
    return {"models": {"alias::metric": {"input": [ROW | changes]}}}


def read(**changes: object) -> UsageReport:
    return answering(usage(**changes)).usage(AUGUST)


def cost(report: UsageReport) -> Decimal:
    prices = {
        (p.event_type, p.billing_metric, p.billing_group, p.api_zone, p.service_tier): p
        for p in report.prices
    }
    return sum(
        (
            row.paid_units
            * prices[
                row.event_type,
                row.billing_metric,
                row.billing_group,
                row.api_zone,
                row.service_tier,
            ].amount
            for row in report.rows
            if row.paid_units
        ),
        Decimal(0),
    )


def test_the_newest_recorded_month_costs_what_it_costs() -> None:
    report = answering(example("usage")).usage(AUGUST)

    assert cost(report) == Decimal("292.80")
    assert report.period == AUGUST
    assert report.currency == "EUR"
    assert report.legacy_vibe is None
    assert report.unknown_categories == ()
    assert report.missing_categories == ()
    assert {row.category for row in report.rows} == {
        *("chat", "completion", "ocr", "audio", "connectors", "libraries_api", "vibe")
    }


def test_the_recorded_month_of_july_has_an_amount_for_vibe() -> None:
    report = answering(example("usage-legacy-july")).usage(AUGUST)

    assert cost(report) == Decimal("13.20")
    assert report.legacy_vibe == Decimal("18.4")
    assert report.period.key == "2026-06"
    assert report.currency == "USD"


def test_the_recorded_empty_month_is_empty() -> None:
    report = answering(example("usage-empty")).usage(AUGUST)

    assert (report.rows, report.prices, report.legacy_vibe) == ((), (), None)
    assert report.period.end == datetime(2026, 3, 1, tzinfo=UTC)


def test_month_and_year_are_always_asked_for_and_the_workspace_on_demand() -> None:
    provider = Provider([json_answer(usage())])
    api = client(provider)

    api.usage(AUGUST)
    api.usage(AUGUST, WORKSPACE)

    assert [dict(one.url.params) for one in provider.requests] == [
        {"month": "8", "year": "2026"},
        {"month": "8", "year": "2026", "workspace_id": WORKSPACE},
    ]


@pytest.mark.parametrize(
    ("name", "value", "category"),
    [
        ("completion", one_row() | {"total": 9, "note": "new"}, "completion"),
        ("ocr", one_row(), "ocr"),
        ("connectors", one_row(), "connectors"),
        ("audio", one_row(), "audio"),
        ("audio_characters", one_row(), "audio"),
        ("chat", one_row(), "chat"),
        ("libraries_api", {"pages": one_row(), "tokens": {}}, "libraries_api"),
        ("fine_tuning", {"training": one_row()["models"]}, "fine_tuning"),
        ("fine_tuning", {"training": one_row(), "storage": {"x": 1}}, "fine_tuning"),
        ("vibe_code", {"completion": one_row(), "ocr": {"models": {}}}, "vibe"),
        ("videos", one_row(), "videos"),
        ("agents", {"tokens": one_row(), "count": 3}, "agents"),
    ],
)
def test_each_category_gives_its_rows_under_the_word_that_policies_use(
    name: str, value: object, category: str
) -> None:
    report = read(**({"completion": {"models": {}}} | {name: value}))

    assert [(row.category, row.units) for row in report.rows] == [(category, 7)]


def test_a_category_nobody_knows_is_named_and_other_additions_are_not() -> None:
    report = read(
        videos=one_row(),
        images={"models": {}},
        agents={"tokens": one_row()},
        note={"text": "models"},
        warnings=["odd"],
        plan={"models": 3},
    )

    assert report.unknown_categories == ("agents", "images", "videos")


def test_categories_that_answers_always_had_are_named_where_they_lack() -> None:
    assert read(chat={"models": {}}, ocr={"models": {}}).missing_categories == (
        *("connectors", "audio", "libraries_api", "fine_tuning"),
    )


def test_a_row_is_read_whole() -> None:
    (row,) = read(completion=one_row()).rows

    assert row.model == "large-latest"
    assert (row.billing_metric, row.billing_group) == ("large-2512", "input")
    assert (row.event_type, row.api_zone, row.service_tier) == (
        *("api_tokens", "eu", "standard"),
    )
    assert row.day == date(2026, 8, 3)
    assert (row.units, row.paid_units) == (7, 5)


def test_a_bare_row_falls_back_on_the_names_above_it() -> None:
    (row,) = read(completion={"models": {"alias::m": {"cached": [{"value": 3}]}}}).rows

    assert (row.model, row.billing_metric, row.billing_group) == ("alias", "", "cached")
    assert (row.event_type, row.api_zone, row.service_tier) == (None, None, None)
    assert (row.units, row.paid_units, row.day) == (3, 3, None)


@pytest.mark.parametrize(
    ("timestamp", "day"),
    [
        ("2026-08-03", date(2026, 8, 3)),
        ("2026-08-03T00:00:00Z", date(2026, 8, 3)),
        ("2026-08-03T01:00:00+02:00", date(2026, 8, 2)),
        ("2026-08-03T01:00:00", date(2026, 8, 3)),
        ("the third", None),
        ("", None),
        (20260803, None),
        (None, None),
    ],
)
def test_a_row_without_a_day_stays_in_the_month(
    timestamp: object, day: date | None
) -> None:
    (row,) = read(completion=one_row(timestamp=timestamp)).rows

    assert row.day == day


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"value": None}, "value is missing"),
        ({"value": -1}, "value is negative"),
        ({"value": 1.5}, "value is not a whole number"),
        ({"value": "many"}, "value is not a number"),
        ({"value": True}, "value is not a number"),
        ({"value": 10**30}, "value is beyond all bounds"),
        ({"value_paid": -1}, "value_paid is negative"),
        ({"value_paid": []}, "value_paid is not a number"),
        ({"billing_metric": 5}, "billing_metric is no text"),
    ],
)
def test_a_row_that_cannot_be_read_is_an_error_that_names_its_place(
    change: dict[str, object], problem: str
) -> None:
    error = failure(lambda: read(completion=one_row(**change)))

    assert isinstance(error, ProviderMalformed)
    assert str(error) == (
        f"GET /usage: completion.models.alias::metric.input[0]: {problem}"
    )


@pytest.mark.parametrize("value", [7, 7.0, "7"])
def test_units_may_be_any_spelling_of_a_whole_number(value: object) -> None:
    (row,) = read(completion=one_row(value=value, value_paid=value)).rows

    assert (row.units, row.paid_units) == (7, 7)
    assert type(row.units) is int


@pytest.mark.parametrize(
    "changes",
    [
        {"completion": None},
        {"completion": 5},
        {"completion": {}},
        {"completion": {"models": None}},
        {"completion": {"models": 5}},
        {"completion": {"models": {"a": {"input": None}}}},
        {"completion": {"models": {"a": {"input": [None]}}}},
        {"vibe_code": {"a": {"b": {"c": {"d": {"e": {"f": []}}}}}}},
        {"ocr": None},
        {"libraries_api": {"pages": None}},
        {"start_date": None},
        {"end_date": None},
        {"start_date": "soon"},
        {"start_date": "2026-08-01T05:00:00Z"},
        {"end_date": "2026-08-01T00:00:00Z"},
        {"currency": 5},
        {"prices": {}},
        {"prices": [{"price": 1}]},
        {"vibe_usage": "some"},
    ],
    ids=repr,
)
def test_an_answer_that_cannot_be_read_is_an_error(changes: dict[str, object]) -> None:
    assert isinstance(failure(lambda: read(**changes)), ProviderMalformed)


@pytest.mark.parametrize("key", ["start_date", "end_date", "completion"])
def test_what_is_needed_may_not_be_missing(key: str) -> None:
    answer = usage()
    del answer[key]

    error = failure(lambda: answering(answer).usage(AUGUST))

    assert key in str(error)


def test_the_word_nan_is_no_price() -> None:
    body = b'{"prices": [{"price": NaN}]}'

    assert isinstance(failure(lambda: answering(body).usage(AUGUST)), ProviderMalformed)


@pytest.mark.parametrize(
    ("sent", "amount"),
    [
        ("8.50E-8", "0.000000085"),
        ("0.0000017000", "0.0000017"),
        (0.000001275, "0.000001275"),
        (2, "2"),
        (0, "0"),
    ],
)
def test_a_price_is_exact_however_it_is_spelled(sent: object, amount: str) -> None:
    price = {"event_type": None, "billing_metric": "m", "billing_group": "g"}

    report = read(prices=[price | {"price": sent}])

    assert [one.amount for one in report.prices] == [Decimal(amount)]


def test_a_price_beyond_the_digits_of_a_float_is_exact() -> None:
    body = (
        b'{"completion": {"models": {}}, "start_date": "2026-08-01T00:00:00Z",'
        b' "end_date": "2026-08-31T23:59:59.999Z", "prices": [{"billing_metric": "m",'
        b' "billing_group": "g", "price": 0.12345678901234567890123}]}'
    )

    (price,) = answering(body).usage(AUGUST).prices

    assert price.amount == Decimal("0.12345678901234567890123")


@pytest.mark.parametrize(
    "price", ["-1", "NaN", "Infinity", "1e5000", "free", [], "1_0"]
)
def test_a_price_that_is_none_is_an_error(price: object) -> None:
    entry = {"billing_metric": "m", "billing_group": "g", "price": price}

    assert isinstance(failure(lambda: read(prices=[entry])), ProviderMalformed)


def test_a_list_entry_without_a_price_prices_nothing() -> None:
    entry = {"billing_metric": "m", "billing_group": "g", "price": None}

    assert read(prices=[entry]).prices == ()
    assert read(prices=None).prices == ()


def test_the_currency_may_be_unsaid() -> None:
    assert read(currency=None).currency is None
    assert read(currency="").currency is None


@pytest.mark.parametrize(
    ("changes", "amount"),
    [
        ({"vibe_usage": 18.4}, "18.4"),
        ({"vibe_usage": 18.4, "vibe_code": None}, "18.4"),
        ({"vibe_usage": 18.4, "vibe_code": {}}, None),
        ({"vibe_usage": None}, None),
        ({}, None),
    ],
)
def test_vibe_is_counted_by_rows_or_by_amount_never_twice(
    changes: dict[str, object], amount: str | None
) -> None:
    legacy = read(**changes).legacy_vibe

    assert legacy == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    "end",
    ["2026-08-31T23:59:59.999Z", "2026-08-31T23:59:59Z", "2026-09-01T00:00:00+00:00"],
)
def test_a_month_ends_before_the_next_one_begins(end: str) -> None:
    assert read(end_date=end).period == AUGUST


def test_many_rows_keep_their_places() -> None:
    models = {
        f"m{model}": {"input": [ROW | {"value": model}] * 31} for model in range(40)
    }

    report = read(completion={"models": models})

    assert Counter(row.units for row in report.rows) == dict.fromkeys(range(40), 31)


@pytest.mark.parametrize("half", ["\\ud800", "\\uDFFF"])
def test_half_a_character_in_a_name_becomes_one_that_can_be_kept(half: str) -> None:
    body = json.dumps(usage(completion=one_row(billing_display_name="NAME")))
    named = body.replace("NAME", f"a{half}b \\ud83d\\ude00").encode()

    (row,) = answering(named).usage(AUGUST).rows

    assert row.model == "a\N{REPLACEMENT CHARACTER}b \N{GRINNING FACE}"
    assert row.model.encode()
