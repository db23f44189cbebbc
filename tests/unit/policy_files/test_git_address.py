"""Addresses of repositories: what is followed, what never, and no secret in sight."""

import pytest

from service.domain.errors import SettingsError
from service.policy_files.git_address import parse_address
from service.policy_files.git_program import GitFailed
from service.policy_files.git_trouble import trouble_of

HOST = "git.example/finance/policies.git"


@pytest.mark.parametrize(
    ("text", "url", "protocol", "branch"),
    [
        (f"https://{HOST}", f"https://{HOST}", "https", None),
        (f"https://{HOST}#main", f"https://{HOST}", "https", "main"),
        (f"https://{HOST}#team/2026", f"https://{HOST}", "https", "team/2026"),
        (f"ssh://git@{HOST}", f"ssh://git@{HOST}", "ssh", None),
        ("git@git.example:fin/p.git#a", "git@git.example:fin/p.git", "ssh", "a"),
        ("file:///srv/p.git", "file:///srv/p.git", "file", None),
        ("http://127.0.0.1:8080/p.git", "http://127.0.0.1:8080/p.git", "http", None),
    ],
)
def test_an_address_is_taken_apart(
    text: str, url: str, protocol: str, branch: str | None
) -> None:
    address = parse_address(text)

    assert (address.url, address.protocol, address.branch) == (url, protocol, branch)
    assert address.authorization is None
    assert address.shown == text


@pytest.mark.parametrize(
    "text",
    [
        "http://git.example/p.git",
        "git://git.example/p.git",
        "ext::sh -c touch%20/tmp/x",
        "--upload-pack=touch",
        "/srv/p.git",
        "https://git.example",
        "https:///p.git",
        "https://[::1/p.git",
        "https://git.example/p.git?a=b",
        "https://git.example/p\n.git",
        "ssh://git:secret@git.example/p.git",
        "ssh://-oProxyCommand=x/p.git",
        "git@git.example:-p.git",
        "file://git.example/p.git",
        f"https://{HOST}#",
        f"https://{HOST}#-x",
        f"https://{HOST}#a..b",
        f"https://{HOST}#a b",
        f"https://{HOST}#a.lock",
        f"https://{HOST}#refs:heads",
    ],
)
def test_what_could_be_another_thing_is_no_address(text: str) -> None:
    with pytest.raises(SettingsError, match="SPENDGUARD_POLICIES_GIT") as caught:
        parse_address(text)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("userinfo", "secret"),
    [("bot:sg_test%2Ftoken", "sg_test/token"), ("sg_test_alone", "sg_test_alone")],
)
def test_credentials_are_kept_apart_from_what_is_shown(
    userinfo: str, secret: str
) -> None:
    address = parse_address(f"https://{userinfo}@{HOST}#main")

    assert address.url == f"https://{HOST}"
    assert secret in address.secrets
    assert (address.authorization or "").startswith("Basic ")
    assert secret not in address.shown
    assert address.name == parse_address(f"https://{HOST}").name


@pytest.mark.parametrize(
    ("said", "means", "is_passing"),
    [
        (
            "fatal: couldn't find remote ref refs/heads/main",
            "the branch is not there",
            False,
        ),
        ("fatal: Authentication failed for 'https://x/'", "access was refused", False),
        (
            "fatal: could not read Username for 'https://x': terminal prompts disabled",
            "access was refused",
            False,
        ),
        ("git@x: Permission denied (publickey).", "access was refused", False),
        ("Host key verification failed.\nfatal: Could not", "known_hosts", False),
        ("remote: Repository not found.\nfatal: x", "no such repository", False),
        (
            "fatal: unable to access 'https://x/': Could not resolve host: x",
            "it cannot be reached: fatal: unable to access",
            True,
        ),
        ("", "it cannot be reached: git said nothing", True),
    ],
)
def test_what_git_says_becomes_one_sentence(
    said: str, means: str, *, is_passing: bool
) -> None:
    trouble = trouble_of(GitFailed(said), parse_address(f"https://{HOST}"))

    assert means in trouble.text
    assert trouble.is_passing is is_passing


def test_no_credential_is_in_what_git_is_quoted_with() -> None:
    address = parse_address(f"https://bot:sg_test_token@{HOST}")
    said = "fatal: sg_test_token \x1b[31m at https://a:sg_test_b@git.example"

    text = trouble_of(GitFailed(said), address).text

    assert "sg_test" not in text
    assert text.isprintable()
