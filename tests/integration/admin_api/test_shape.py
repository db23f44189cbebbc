"""An answer that differs from what is known of it is read, and the difference told."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from service.admin_api import HttpAdminApi, wire
from service.admin_api.shape import compare
from service.admin_api.usage_shape import UsageOut
from service.domain.period import month_of
from service.domain.shape import AS_KNOWN, ShapeChanges
from tests.builders import Fields
from tests.integration.admin_api.provider import NOON, answering, example

Edit = Callable[[Fields], object]
AUGUST = month_of(NOON)

ROW = {
    "event_type": "api_tokens",
    "billing_metric": "large",
    "billing_display_name": "large",
    "billing_group": "input",
    "timestamp": "2026-08-03",
    "value": 7,
    "value_paid": 5,
}
PRICE = {
    "event_type": None,
    "billing_metric": "large",
    "billing_group": "input",
    "price": "1E-7",
}


def models(rows: int = 1) -> dict[str, Fields]:
    return {"models": {"large": {"input": [dict(ROW) for _ in range(rows)]}}}


def usage() -> dict[str, Fields]:
    """Give a whole body of `GET /usage`."""
    plain = ("completion", "ocr", "connectors", "audio", "audio_characters", "chat")
    libraries = ("pages", "tokens", "audio_seconds")
    return {
        **{name: models() for name in plain},
        "libraries_api": {name: models() for name in libraries},
        "fine_tuning": {"training": models()["models"], "storage": {"a": 1}},
        "vibe_code": {name: models() for name in plain if name != "chat"},
        "vibe_usage": 0,
        "date": "2026-08-01T00:00:00Z",
        "start_date": "2026-08-01T00:00:00Z",
        "end_date": "2026-08-31T23:59:59.999Z",
        "previous_month": None,
        "next_month": "2026-09",
        "currency": "EUR",
        "currency_symbol": "€",
        "prices": [dict(PRICE)],
    }


def spend_limit() -> dict[str, Fields]:
    return {
        "limits": {
            "completion": {"monthly_limit_reached": False, "usage_limit": 500.0},
            "last_payment_failure": False,
            "last_payment_failure_protection": None,
            "currency": "EUR",
        }
    }


def rate_limit() -> dict[str, Fields]:
    tokens = {"tokens_per_minute": 5, "tokens_per_month": 0}
    return {"requests_per_second": 0.5, "tokens_limits_by_model": {"large": tokens}}


def workspaces() -> dict[str, Fields]:
    limit = {"value": 150.0, "currency": "EUR", "no_monthly_limit": False}
    item = {"name": "x", "description": None, "icon": None, "is_default": True}
    items = [{"uuid": name, **item, "spend_limit": limit} for name in ("a", "b")]
    return {"total": 2, "items": items, "object": "list", "page": 1, "page_size": 25}


def audit_logs() -> list[dict[str, Fields]]:
    names = ("actor_metadata", "event_metadata", "target_metadata")
    entry = {
        "created_at": "2026-08-20T11:00:00Z",
        "actor_type": "HUMAN",
        "event_type": "x",
        "target_type": "y",
        "organization_uuid": "o",
        "workspace_uuid": None,
        **{name: {"key": "value"} for name in names},
    }
    return [{**entry, "log_id": 7}, {**entry, "log_id": 8}]


def api(body: object, edit: Edit = lambda body: body) -> HttpAdminApi:
    edit(body)
    return answering(json.dumps(body).encode())


def usage_changes(edit: Edit) -> ShapeChanges:
    return api(usage(), edit).usage(AUGUST).shape_changes


def row(body: Fields) -> Fields:
    return body["completion"]["models"]["large"]["input"][0]


@pytest.mark.parametrize("name", ["usage", "usage-legacy-july", "usage-empty"])
def test_a_recorded_month_is_as_known(name: str) -> None:
    assert answering(example(name)).usage(AUGUST).shape_changes == AS_KNOWN


@pytest.mark.parametrize("name", ["", "-legacy-july", "-minimal", "-reached"])
def test_a_recorded_limit_is_as_known(name: str) -> None:
    read = answering(example(f"spend-limit-get{name}")).spend_limit()

    assert read.shape_changes == AS_KNOWN


def test_other_recorded_answers_are_as_known() -> None:
    for name in ("get-unlimited", "post-response", "post-unlimited-response"):
        read = answering(example(f"spend-limit-{name}")).spend_limit()
        assert read.shape_changes == AS_KNOWN
    assert answering(example("rate-limit")).rate_limit().shape_changes == AS_KNOWN
    listed = answering(example("workspaces")).workspaces()
    assert {each.shape_changes.broken for each in listed} == {()}
    assert {each.shape_changes.added for each in listed} == {()}


def test_whole_answers_are_as_known() -> None:
    assert usage_changes(lambda body: body) == AS_KNOWN
    assert api(spend_limit()).spend_limit().shape_changes == AS_KNOWN
    assert api(rate_limit()).rate_limit().shape_changes == AS_KNOWN
    assert api(workspaces()).workspaces()[0].shape_changes == AS_KNOWN
    log = api(audit_logs()).audit_log((), after=NOON - timedelta(days=1))
    assert log[0].shape_changes == AS_KNOWN


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda body: body.pop("currency"), "missing field currency"),
        (lambda body: body.pop("prices"), "missing field prices"),
        (
            lambda body: body.update(date=3),
            "date was a string or null, is a number",
        ),
        (
            lambda body: row(body).update(value="7"),
            "completion.models.*.*.*.value was a number, is a string",
        ),
        (
            lambda body: row(body).pop("value_paid"),
            "missing field completion.models.*.*.*.value_paid",
        ),
        (
            lambda body: body["vibe_code"].pop("ocr"),
            "missing field vibe_code.ocr",
        ),
        (
            lambda body: body["libraries_api"].update(pages=models()["models"]),
            "missing field libraries_api.pages.models",
        ),
        (
            lambda body: body["fine_tuning"].update(storage=[]),
            "fine_tuning.storage was an object, is a list",
        ),
    ],
)
def test_what_is_missing_or_of_another_type_is_named(edit: Edit, said: str) -> None:
    assert f"usage: {said}" in usage_changes(edit).broken


def test_a_price_of_another_type_is_named() -> None:
    body = {**usage(), "prices": [{**PRICE, "billing_group": None}]}

    assert compare("usage", UsageOut, [body]).broken == (
        "usage: prices.*.billing_group was a string, is null",
    )


def test_a_field_that_is_null_now_is_named() -> None:
    found = api(
        spend_limit(), lambda body: body["limits"].update(last_payment_failure=None)
    ).spend_limit()

    assert found.shape_changes.broken == (
        "spend-limit: limits.last_payment_failure was a boolean, is null",
    )
    assert found.limit is not None


def test_new_fields_are_told_apart_from_what_is_gone() -> None:
    found = api(
        spend_limit(), lambda body: body["limits"]["completion"].update(foo={"bar": 1})
    ).spend_limit()

    assert found.shape_changes == ShapeChanges(
        added=("spend-limit: new field limits.completion.foo",)
    )


def test_a_category_nobody_knows_is_told_as_that_and_not_as_a_field() -> None:
    found = api(usage(), lambda body: body.update(video=models(), note=1))

    report = found.usage(AUGUST)
    assert report.unknown_categories == ("video",)
    assert report.shape_changes.added == ("usage: new field note",)


def test_lists_say_what_differs_once() -> None:
    listed = api(
        workspaces(),
        lambda body: [each.update(name_2=1, is_default=True) for each in body["items"]],
    ).workspaces()
    log = api(
        audit_logs(), lambda body: [each.pop("event_metadata") for each in body]
    ).audit_log((), after=NOON - timedelta(days=1))

    assert [each.shape_changes.added for each in listed] == [
        ("workspaces: new field items.*.name_2",),
        (),
    ]
    assert [each.shape_changes.broken for each in log] == [
        ("audit-logs: missing field entries.*.event_metadata",),
        (),
    ]


def test_rate_limits_may_come_as_a_map_or_a_list() -> None:
    tokens = {"tokens_per_minute": 5, "tokens_per_month": 0}
    as_list = {**rate_limit(), "tokens_limits_by_model": [{"model": "x", **tokens}]}
    nothing = {"tokens_limits_by_model": None}

    assert api(as_list).rate_limit().shape_changes == AS_KNOWN
    assert api(nothing).rate_limit().shape_changes.broken == (
        "rate-limit: missing field requests_per_second",
        "rate-limit: tokens_limits_by_model was an object or a list, is null",
    )


def test_the_first_and_the_last_row_of_a_long_list_are_looked_at() -> None:
    def last(body: Fields) -> None:
        body["completion"] = models(rows=500)
        body["completion"]["models"]["large"]["input"][-1]["hue"] = "red"

    assert usage_changes(last).added == (
        "usage: new field completion.models.*.*.*.hue",
    )


def test_a_flood_of_names_is_counted_and_made_harmless() -> None:
    def flood(body: Fields) -> None:
        body.update({f"\x1b[2J{number:03}" + "x" * 90: 1 for number in range(50)})
        row(body).update({f"n{number}": 1 for number in range(60)})

    added = usage_changes(flood).added
    assert len(added) == 21
    assert added[-1] == "usage: and 90 more"
    assert added[0].startswith("usage: new field ")
    assert all(each.isprintable() and len(each) < 120 for each in added)


def test_an_answer_that_is_no_object_is_named() -> None:
    assert compare("usage", wire.UsageEnvelope, [[]]).broken == (
        "usage: the answer was an object, is a list",
    )
