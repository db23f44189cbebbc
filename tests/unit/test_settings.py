"""The environment as settings: each variable, each mistake, no secret in sight."""

from datetime import timedelta
from pathlib import Path

import pytest

from service.domain.errors import SettingsError
from service.ports import Limits
from service.settings import LogFormat, Settings, read_settings

CANARY = "sg_test_canary_3f9a"


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    settings = read_settings({})

    assert settings.database_url.get_secret_value() == "sqlite:///spendguard.db"
    assert settings == Settings()
    assert settings.policies == Path("policies")
    assert settings.check_interval == timedelta(minutes=5)
    assert settings.limits == Limits()
    assert settings.log_format is LogFormat.JSON


def test_every_variable_is_read() -> None:
    settings = read_settings(
        {
            "SPENDGUARD_DATABASE_URL": "postgresql://sg:pw@db/spendguard",
            "SPENDGUARD_POLICIES": "/etc/policies",
            "SPENDGUARD_POLICIES_GIT": "https://bot:sg_test_git@git.example/p#main",
            "SPENDGUARD_POLICIES_GIT_INTERVAL": "30",
            "SPENDGUARD_POLICIES_GIT_FOLDER": "/var/lib/git",
            "SPENDGUARD_WEBHOOK_SECRET": "sg_test_webhook_0123",
            "SPENDGUARD_CHECK_INTERVAL": "60",
            "SPENDGUARD_OBSERVATIONS_KEPT": "90",
            "SPENDGUARD_MAX_LIMIT": "acme=8000, beta=300",
            "SPENDGUARD_PUBLIC_URL": "https://spendguard.example/",
            "SPENDGUARD_ADMIN_KEY": "sg_test_admin",
            "SPENDGUARD_AUDIT_KEY": "sg_test_audit",
            "SPENDGUARD_HEARTBEAT_URL": "https://beat.example/abc",
            "SPENDGUARD_LOG_FORMAT": "text",
        }
    )

    assert (
        settings.database_url.get_secret_value() == "postgresql://sg:pw@db/spendguard"
    )
    assert settings.policies == Path("/etc/policies")
    assert settings.policies_git is not None
    assert "sg_test_git" not in repr(settings)
    assert settings.policies_git_interval == timedelta(seconds=30)
    assert settings.policies_git_folder == Path("/var/lib/git")
    assert settings.check_interval == timedelta(minutes=1)
    assert settings.observations_kept == timedelta(days=90)
    assert settings.limits.ceiling("acme") == 8000
    assert settings.limits.ceiling("beta") == 300
    assert settings.limits.ceiling("other") is None
    assert settings.public_url == "https://spendguard.example"
    assert settings.admin_key is not None
    assert settings.audit_key is not None
    assert settings.heartbeat_url is not None
    assert settings.log_format is LogFormat.TEXT
    assert set(settings.secrets()) == {
        "sg_test_admin",
        "sg_test_audit",
        "https://beat.example/abc",
        "sg_test_webhook_0123",
        "pw",
    }


def test_one_ceiling_holds_for_every_organization_but_those_with_their_own() -> None:
    limits = read_settings({"SPENDGUARD_MAX_LIMIT": "8000,beta=300"}).limits

    assert limits.ceiling("acme") == 8000
    assert limits.ceiling("beta") == 300


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("CHECK_INTERVAL", "5m", "whole seconds from 1 to 86400"),
        ("WEBHOOK_SECRET", "sg_test_short", "at least 16 characters"),
        ("POLICIES_GIT_INTERVAL", "1m", "whole seconds from 1 to 86400"),
        ("CHECK_INTERVAL", "0", "whole seconds from 1 to 86400"),
        ("CHECK_INTERVAL", "86401", "whole seconds from 1 to 86400"),
        ("CHECK_INTERVAL", "", "SPENDGUARD_CHECK_INTERVAL is empty"),
        ("OBSERVATIONS_KEPT", "0", "whole days from 1 to 3650"),
        ("OBSERVATIONS_KEPT", "1y", "whole days from 1 to 3650"),
        ("MAX_LIMIT", "", "SPENDGUARD_MAX_LIMIT is empty"),
        ("MAX_LIMIT", "8000.50", "whole units"),
        ("MAX_LIMIT", "-1", "whole units"),
        ("MAX_LIMIT", "acme:8000", "whole units"),
        ("MAX_LIMIT", "=8000", "whole units"),
        ("MAX_LIMIT", "acme=1,acme=2", "names acme twice"),
        ("MAX_LIMIT", "1,2", "names every organization twice"),
        ("PUBLIC_URL", "spendguard.example", "an address like https://"),
        ("HEARTBEAT_URL", "ftp://beat.example", "an address like https://"),
        ("LOG_FORMAT", "xml", "json or text"),
        ("DATABASE_URL", "mysql://db/x", "sqlite:///FILE or postgresql://"),
        ("DATABASE_URL", "spendguard.db", "sqlite:///FILE or postgresql://"),
        ("ADMIN_KEY", "sg_test with space", "printable ASCII without spaces"),
        ("POLICIES", "  ", "SPENDGUARD_POLICIES is empty"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(
    variable: str, value: str, message: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({f"SPENDGUARD_{variable}": value})

    assert f"SPENDGUARD_{variable}" in str(refused.value)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("SPENDGUARD_MAX_LIMT", "SPENDGUARD_MAX_LIMIT"),
        ("SPENDGUARD_MAXLIMIT", "SPENDGUARD_MAX_LIMIT"),
        ("SPENDGUARD_DATABASE_URI", "SPENDGUARD_DATABASE_URL"),
        ("SPENDGUARD_ADMIN_KEYFILE", "SPENDGUARD_ADMIN_KEY_FILE"),
        ("SPENDGUARD_POLICES", "SPENDGUARD_POLICIES"),
        ("SPENDGUARD_Audit_Key", "SPENDGUARD_AUDIT_KEY"),
        ("SPENDGUARD_MAX_LIMIT_FILE", "SPENDGUARD_MAX_LIMIT"),
    ],
)
def test_a_misspelt_name_is_refused_with_the_right_one(
    variable: str, nearest: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({variable: "1"})

    assert variable in str(refused.value)
    assert str(refused.value).rstrip("?").endswith(nearest)


@pytest.mark.parametrize(
    "variable",
    [
        "SPENDGUARD_SLACK_URL",
        "SPENDGUARD_EMAIL_URL",
        "SPENDGUARD_API_KEY",
        "SPENDGUARD_ACME_ADMIN_KEY",
        "SPENDGUARD_TEST_POSTGRESQL",
        "MAX_LIMT",
    ],
)
def test_what_policies_refer_to_is_let_alone(variable: str) -> None:
    assert read_settings({variable: "x"}) == Settings()


@pytest.mark.parametrize("name", ["ADMIN_KEY", "AUDIT_KEY"])
def test_a_secret_may_come_from_a_file_which_wins(name: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{CANARY}\n", encoding="utf-8")

    settings = read_settings(
        {
            f"SPENDGUARD_{name}_FILE": str(tmp_path / "secret"),
            f"SPENDGUARD_{name}": "sg_test_other",
        }
    )

    assert list(settings.secrets()) == [CANARY]


def test_the_database_address_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("sqlite:////data/x.db\n", encoding="utf-8")

    settings = read_settings({"SPENDGUARD_DATABASE_URL_FILE": str(tmp_path / "url")})

    assert settings.database_url.get_secret_value() == "sqlite:////data/x.db"


def test_a_secret_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    missing = tmp_path / "missing"

    with pytest.raises(SettingsError, match="SPENDGUARD_ADMIN_KEY_FILE: cannot read"):
        read_settings({"SPENDGUARD_ADMIN_KEY_FILE": str(missing)})


def test_an_empty_secret_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("\n", encoding="utf-8")

    with pytest.raises(SettingsError, match="SPENDGUARD_AUDIT_KEY_FILE is empty"):
        read_settings({"SPENDGUARD_AUDIT_KEY_FILE": str(tmp_path / "secret")})


def test_no_secret_is_ever_printed() -> None:
    settings = read_settings(
        {
            "SPENDGUARD_DATABASE_URL": f"postgresql://sg:{CANARY}@db/spendguard",
            "SPENDGUARD_ADMIN_KEY": CANARY,
            "SPENDGUARD_AUDIT_KEY": CANARY,
            "SPENDGUARD_HEARTBEAT_URL": f"https://beat.example/{CANARY}",
        }
    )

    assert CANARY not in repr(settings)
    assert CANARY not in str(settings)


@pytest.mark.parametrize(
    "variable", ["DATABASE_URL", "ADMIN_KEY", "HEARTBEAT_URL", "PUBLIC_URL"]
)
def test_a_refused_value_is_not_repeated(variable: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({f"SPENDGUARD_{variable}": f"{CANARY} {CANARY}"})

    assert CANARY not in str(refused.value)
