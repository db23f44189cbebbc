"""What is stored of a policy file: all of it but what may be a secret (F21)."""

from pathlib import Path

import pytest
import yaml

from service.policy_files.storing import LEFT_OUT, storable, without_addresses
from tests.policies.shipped import SHIPPED

CANARY = "sg-canary-4711"
PUT_INSTEAD = '"${not stored}"'


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        (f"api_key: {CANARY}", f"api_key: {PUT_INSTEAD}"),
        (f"{{api_key: '{CANARY}', x: 1}}", None),
        ("api_key: ${NAME}", "api_key: ${NAME}"),
        ("url: ${file:/run/secrets/url}", "url: ${file:/run/secrets/url}"),
        ("url: '${A}${B}'", "url: '${A}${B}'"),
        (f"api_key: ${{NAME:-{CANARY}}}", f"api_key: {PUT_INSTEAD}"),
        (f"url: slack://{CANARY}/${{B}}", f"url: {PUT_INSTEAD}"),
        (
            f"- url: slack://{CANARY}/b\n  name: a",
            f"- url: {PUT_INSTEAD}\n  name: a",
        ),
        (
            f"- url: >-\n    slack://{CANARY}/\n    b\n  name: a",
            f"- url: {PUT_INSTEAD}\n  name: a",
        ),
        (
            f"- {{url: &a 'json://{CANARY}', name: a}}\n- {{url: *a, name: b}}",
            f"- {{url: &a {PUT_INSTEAD}, name: a}}\n- {{url: *a, name: b}}",
        ),
        (f"apikey: {CANARY}", f"apikey: {PUT_INSTEAD}"),
        (f"notify: [slack://{CANARY}]", f"notify: [{PUT_INSTEAD}]"),
        (f"notify: ['https://a.example/{CANARY}']", f"notify: [{PUT_INSTEAD}]"),
        (f"slack://{CANARY}: 1", f"{PUT_INSTEAD}: {PUT_INSTEAD}"),
        (f"base_url: https://me:{CANARY}@a.example/", f"base_url: {PUT_INSTEAD}"),
        (f"base_url: https://a.example/?k={CANARY}", f"base_url: {PUT_INSTEAD}"),
        ("base_url: https://a.example/v1", "base_url: https://a.example/v1"),
        ("title: see https://wiki.example/a", "title: see https://wiki.example/a"),
        (f"title: https://hooks.slack.com/{CANARY}", f"title: {PUT_INSTEAD}"),
        ("title: key sg_test_0123456789", f"title: {PUT_INSTEAD}"),
        (f"id: a # was slack://{CANARY}", "id: a # was slack://***"),
        (f"# api_key: {CANARY}\nid: a", "# api_key: ***\nid: a"),
        (f"# url: json://a/{CANARY}", "# url: ***"),
        ("# sg_test_0123456789\nid: a", "# ***\nid: a"),
        ("title: 'a # b' # c", "title: 'a # b' # c"),
        ("# see https://wiki.example/a\nid: é", "# see https://wiki.example/a\nid: é"),
    ],
)
def test_a_secret_in_a_file_is_not_stored(written: str, stored: str | None) -> None:
    kept = storable(written)

    assert CANARY not in kept
    assert "sg_test" not in kept
    if stored is not None:
        assert kept == stored
    yaml.safe_load(kept)


@pytest.mark.parametrize(
    "written",
    [
        f"api_key: '{CANARY}",
        f"api_key: {CANARY}\x00",
        f"a: b\n--- \nurl: json://{CANARY}",
        f"{'[' * 50}{CANARY}{']' * 50}",
        f"url: {CANARY}\n" + "#" * (1 << 20),
    ],
)
def test_what_cannot_be_read_is_not_stored_at_all(written: str) -> None:
    assert storable(written) == LEFT_OUT


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.yaml")), ids=lambda f: f.name)
def test_the_shipped_files_are_stored_as_they_mean(file: Path) -> None:
    text = file.read_text(encoding="utf-8")

    assert yaml.safe_load(storable(text)) == yaml.safe_load(text)


def test_a_finding_repeats_no_address() -> None:
    told = without_addresses(f"unknown channel `slack://{CANARY}/b`; like slack://…")

    assert told == "unknown channel `slack://***`; like slack://…"
