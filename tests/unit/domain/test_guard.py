"""What guard.yaml may say, seen without a file."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from service.domain.guard import AuthHeader, Guard, OnDrift, Organization, json_schema
from service.domain.quantity import Percent

ACME: dict[str, Any] = {"name": "acme", "api_key": "sg_test_acme", "currency": "EUR"}


def test_an_editor_learns_what_guard_yaml_may_say() -> None:
    schema = json_schema()

    assert schema["title"] == "Spendguard guard.yaml"
    assert schema["properties"].keys() == Guard.model_fields.keys()


def test_what_is_left_out_is_what_the_language_says() -> None:
    guard = Guard.model_validate({"version": 1, "organizations": [ACME]})
    acme = guard.organizations[0]

    assert guard.unknown_after == timedelta(minutes=15)
    assert acme.base_url == "https://api.mistral.ai/v1/admin"
    assert acme.auth_header is AuthHeader.X_API_KEY
    assert acme.on_drift is OnDrift.ASK
    assert acme.reconcile.tolerance == Percent(Decimal(1))
    assert acme.guardrails.cooldown == timedelta(hours=1)
    assert acme.guardrails.max_changes_per_day == 4


def test_a_guard_guards_somebody() -> None:
    with pytest.raises(ValidationError, match="at least one organization"):
        Guard.model_validate({"version": 1, "organizations": []})


@pytest.mark.parametrize(
    ("key", "is_sendable"),
    [("!~", True), ("sg_test", True), ("sg test", False), ("sg_t\x7f", False)],
)
def test_a_key_is_of_the_characters_a_header_takes(
    key: str, *, is_sendable: bool
) -> None:
    written = {"version": 1, "organizations": [ACME | {"api_key": key}]}
    if is_sendable:
        assert Guard.model_validate(written).organizations
        return
    with pytest.raises(ValidationError, match="white space"):
        Guard.model_validate(written)


def test_secrets_cannot_be_printed() -> None:
    channel = {"name": "finops", "url": "slack://sg_test_slack"}
    guard = Guard.model_validate(
        {"version": 1, "organizations": [ACME], "channels": [channel]}
    )

    told = f"{guard!r} {guard} {guard.model_dump()} {guard.model_dump_json()}"
    assert "sg_test" not in told


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://api.mistral.ai/v1/admin/", "https://api.mistral.ai/v1/admin"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://api.example/~admin!", "https://api.example/~admin!"),
        ("https://api.example/X", "https://api.example/X"),
        ("https://api.example/X/", "https://api.example/X"),
    ],
)
def test_an_address_is_kept_without_its_last_slash(url: str, kept: str) -> None:
    assert Organization.model_validate(ACME | {"base_url": url}).base_url == kept


@pytest.mark.parametrize(
    "url",
    [
        "ftp://api.example/admin",
        "https:///admin",
        "https://user:password@api.example",
        "https://user@api.example",
        "https://:password@api.example",
        "https://api.example/?a=1",
        "https://api.example/#",
        "https://api.example/?",
        "https://api.example:port",
        "https://[::1",
        "https://api.example/\nHost: other",
        "",
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        Organization.model_validate(ACME | {"base_url": url})


@pytest.mark.parametrize("key", ["", "sg_test_a\r\nHost: other", "sg_test_ä"])
def test_a_key_that_cannot_be_sent_is_refused_unprinted(key: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Organization.model_validate(ACME | {"api_key": key})

    assert "sg_test" not in " ".join(each["msg"] for each in refused.value.errors())


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": "system"}, "take another name"),
        ({"guardrails": {"max_limit": 1, "min_limit": 2}}, "above max_limit"),
    ],
)
def test_what_cannot_be_is_refused(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Organization.model_validate(ACME | changed)
