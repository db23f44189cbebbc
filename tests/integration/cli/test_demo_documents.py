"""What the README and the page about channels say is so."""

import re
from dataclasses import fields

import pytest
import yaml
from pydantic import SecretStr

from service.channels.channel import check
from service.cli.frame import COMMANDS
from service.domain.guard import ChannelConfig
from service.settings import Settings, read_settings
from tests.house.project import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
CHANNELS = (ROOT / "docs" / "channels.md").read_text(encoding="utf-8")
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
PAGES = {"README.md": README, "channels.md": CHANNELS, "glossary.md": GLOSSARY}

ADDRESSES = re.findall(r"^\|[^|]+\| `(\w+://[^`]+)` \|$", CHANNELS, re.MULTILINE)
CALLED = re.findall(r"^(?:\S*/)?spendguard (\w+)", README + CHANNELS, re.MULTILINE)
SETTINGS = re.findall(
    r"^\| `(SPENDGUARD_\w+)` \| `?([^|`]+)`? \|", README, re.MULTILINE
)
LINKS = [
    (page, link)
    for page, text in PAGES.items()
    for link in re.findall(r"\]\(([^)#:]+)\)", text)
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_of_the_page_can_be_used(address: str) -> None:
    assert check(ChannelConfig(name="finops", url=SecretStr(address))) is None


def test_the_page_shows_addresses_for_slack_and_e_mail() -> None:
    schemes = {address.partition(":")[0] for address in ADDRESSES}

    assert {"slack", "mailtos", "jsons"} <= schemes


def test_the_channels_of_the_page_are_yaml_with_a_fallback_that_exists() -> None:
    block = re.search(r"```yaml\n(.*?)```", CHANNELS, re.DOTALL)
    assert block is not None
    wiring = yaml.safe_load(block[1])

    names = {channel["name"] for channel in wiring["channels"]}
    assert {wiring["channels"][0]["fallback"], *wiring["default_channels"]} <= names


@pytest.mark.parametrize("command", sorted(set(CALLED)))
def test_a_command_of_the_pages_exists(command: str) -> None:
    assert command in COMMANDS


@pytest.mark.parametrize(("variable", "default"), SETTINGS)
def test_a_setting_of_the_readme_exists_with_its_default(
    variable: str, default: str
) -> None:
    default = default.strip()
    environment = {} if default == "none" else {variable: default}

    assert read_settings(environment) == read_settings({})
    # A name that is none would be taken for somebody else's, and change nothing.
    assert read_settings({variable: OTHER_VALUES[variable]}) != read_settings({})


OTHER_VALUES = {
    "SPENDGUARD_DATABASE_URL": "sqlite:///other.db",
    "SPENDGUARD_POLICIES": "other",
    "SPENDGUARD_OBSERVATIONS_KEPT": "30",
    "SPENDGUARD_POLICIES_GIT": "https://git.acme.example/policies#main",
    "SPENDGUARD_POLICIES_GIT_INTERVAL": "30",
    "SPENDGUARD_POLICIES_GIT_FOLDER": "copy",
    "SPENDGUARD_WEBHOOK_SECRET": "sg_test_webhook_0123",
    "SPENDGUARD_CHECK_INTERVAL": "60",
    "SPENDGUARD_MAX_LIMIT": "8000",
    "SPENDGUARD_PUBLIC_URL": "https://spendguard.example",
    "SPENDGUARD_ADMIN_KEY": "sg_test_admin",
    "SPENDGUARD_AUDIT_KEY": "sg_test_audit",
    "SPENDGUARD_HEARTBEAT_URL": "https://switch.example/ping",
    "SPENDGUARD_SERVICE_KEY": "sg_test_service",
    "SPENDGUARD_LOG_FORMAT": "text",
}


def test_the_readme_lists_every_setting() -> None:
    names = {each.name for each in fields(Settings)} - {"limits"} | {"max_limit"}

    assert {variable for variable, _ in SETTINGS} == set(OTHER_VALUES)
    assert set(OTHER_VALUES) == {f"SPENDGUARD_{each.upper()}" for each in names}


@pytest.mark.parametrize(("page", "link"), LINKS)
def test_a_link_leads_somewhere(page: str, link: str) -> None:
    folder = ROOT if page == "README.md" else ROOT / "docs"

    assert (folder / link).exists()


def test_a_word_of_the_glossary_is_explained_once() -> None:
    words = re.findall(r"^\| \*\*(.+?)\*\* \|", GLOSSARY, re.MULTILINE)

    assert len(words) == len(set(words))
    assert "spend limit" in words
