"""The environment as typed settings: `SPENDGUARD_…`; nothing else reads it.

A secret is a type that cannot be printed, and may come from a file: `NAME_FILE` holds
the path and wins over `NAME`. What is wrong is an error that names the variable and
never the value; a misspelt name is an error too, for a ceiling that was written
`SPENDGUARD_MAX_LIMT` would otherwise not be there.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr

from service.domain.errors import SettingsError
from service.ports import Limits

PREFIX = "SPENDGUARD_"
_FILE = "_FILE"
# The project's own tests name their servers there; no setting of the product.
_TEST_PREFIX = f"{PREFIX}TEST_"
_SECRETS = (
    "DATABASE_URL",
    "ADMIN_KEY",
    "AUDIT_KEY",
    "HEARTBEAT_URL",
    "SERVICE_KEY",
    "POLICIES_GIT",
    "WEBHOOK_SECRET",
)
_PLAIN = (
    "POLICIES",
    "POLICIES_GIT_INTERVAL",
    "POLICIES_GIT_FOLDER",
    "CHECK_INTERVAL",
    "OBSERVATIONS_KEPT",
    "MAX_LIMIT",
    "PUBLIC_URL",
    "LOG_FORMAT",
)
_DATABASES = ("sqlite", "postgresql", "postgresql+psycopg")
# Two wrong letters are a slip; three make a name of its own (API_KEY, ADMIN_KEY).
_SLIP = 2
# What signs for everybody on the network is guessed for ever.
_LEAST_SECRET = 16
_DAY = timedelta(days=1)
_MOST_DAYS = 3650

Value = TypeVar("Value")


class LogFormat(StrEnum):
    """How log lines are written."""

    JSON = "json"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that the environment decides; the names are the variables' own."""

    database_url: SecretStr = field(
        default_factory=lambda: SecretStr("sqlite:///spendguard.db")
    )
    policies: Path = Path("policies")
    policies_git: SecretStr | None = None
    policies_git_interval: timedelta = timedelta(seconds=60)
    policies_git_folder: Path | None = None
    webhook_secret: SecretStr | None = None
    check_interval: timedelta = timedelta(seconds=300)
    observations_kept: timedelta = timedelta(days=400)
    limits: Limits = field(default_factory=Limits)
    public_url: str | None = None
    admin_key: SecretStr | None = None
    audit_key: SecretStr | None = None
    heartbeat_url: SecretStr | None = None
    service_key: SecretStr | None = None
    log_format: LogFormat = LogFormat.JSON

    def secrets(self) -> Iterator[str]:
        """Give the texts that must never be seen in a log."""
        for secret in (
            self.admin_key,
            self.audit_key,
            self.heartbeat_url,
            self.service_key,
            self.webhook_secret,
        ):
            if secret is not None:
                yield secret.get_secret_value()
        password = urlsplit(self.database_url.get_secret_value()).password
        if password:
            yield password


def process_environment() -> Mapping[str, str]:
    """Give the environment of this process: the one place that reads it."""
    return os.environ


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read `SPENDGUARD_…`; raise `SettingsError` for what is wrong or misspelt."""
    _refuse_misspelt(environment)
    values = _Values(environment)
    default = Settings()
    return Settings(
        database_url=values.read("DATABASE_URL", _database_url, default.database_url),
        policies=values.read("POLICIES", _path, default.policies),
        policies_git=values.read("POLICIES_GIT", SecretStr, None),
        policies_git_interval=values.read(
            "POLICIES_GIT_INTERVAL", _interval, default.policies_git_interval
        ),
        policies_git_folder=values.read("POLICIES_GIT_FOLDER", _path, None),
        webhook_secret=values.read("WEBHOOK_SECRET", _webhook_secret, None),
        check_interval=values.read("CHECK_INTERVAL", _interval, default.check_interval),
        observations_kept=values.read(
            "OBSERVATIONS_KEPT", _days, default.observations_kept
        ),
        limits=values.read("MAX_LIMIT", _limits, default.limits),
        public_url=values.read("PUBLIC_URL", _web_address, None),
        admin_key=values.read("ADMIN_KEY", _key, None),
        audit_key=values.read("AUDIT_KEY", _key, None),
        heartbeat_url=values.read("HEARTBEAT_URL", _secret_web_address, None),
        service_key=values.read("SERVICE_KEY", _key, None),
        log_format=values.read("LOG_FORMAT", _log_format, default.log_format),
    )


@dataclass(frozen=True, slots=True)
class _Values:
    """Variables by their name without prefix, secrets from their files too."""

    environment: Mapping[str, str]

    def read(self, name: str, parse: Callable[[str], Value], default: Value) -> Value:
        """Give a parsed value, or the default where the variable is not set."""
        variable = f"{PREFIX}{name}"
        path = self.environment.get(f"{variable}{_FILE}") if name in _SECRETS else None
        if path is not None:
            variable = f"{variable}{_FILE}"
            text: str | None = _content(variable, path)
        else:
            text = self.environment.get(variable)
        if text is None:
            return default
        # Blank looks like a value and would act like none (F13).
        if not text.strip():
            raise SettingsError(f"{variable} is empty: give it a value or unset it")
        try:
            return parse(text.strip())
        except ValueError as problem:
            raise SettingsError(f"{variable} {problem}") from None


def _content(variable: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "not UTF-8"
        raise SettingsError(f"{variable}: cannot read {path}: {reason}") from None


def _database_url(text: str) -> SecretStr:
    scheme, separator, _ = text.partition("://")
    if not separator or scheme not in _DATABASES:
        raise ValueError(
            "must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE"
        )
    return SecretStr(text)


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _interval(text: str) -> timedelta:
    if (
        not text.isascii()
        or not text.isdigit()
        or not 0 < int(text) <= _DAY.total_seconds()
    ):
        raise ValueError(f"must be whole seconds from 1 to 86400, not {text!r}")
    return timedelta(seconds=int(text))


def _days(text: str) -> timedelta:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= _MOST_DAYS:
        raise ValueError(f"must be whole days from 1 to {_MOST_DAYS}, not {text!r}")
    return timedelta(days=int(text))


def _limits(text: str) -> Limits:
    every: int | None = None
    named: dict[str, int] = {}
    for part in text.split(","):
        name, separator, amount = (each.strip() for each in part.rpartition("="))
        if not amount.isascii() or not amount.isdigit() or (separator and not name):
            raise ValueError(
                f"must be 8000 or acme=8000,beta=300 in whole units, not {text!r}"
            )
        if name in named or (not separator and every is not None):
            raise ValueError(f"names {name or 'every organization'} twice")
        if separator:
            named[name] = int(amount)
        else:
            every = int(amount)
    return Limits(every=every, by_organization=tuple(named.items()))


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an address like https://spendguard.example")
    return text.rstrip("/")


def _secret_web_address(text: str) -> SecretStr:
    _web_address(text)
    return SecretStr(text)


def _key(text: str) -> SecretStr:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("must be printable ASCII without spaces")
    return SecretStr(text)


def _webhook_secret(text: str) -> SecretStr:
    if len(text) < _LEAST_SECRET:
        raise ValueError(f"is too short: at least {_LEAST_SECRET} characters")
    return _key(text)


def _log_format(text: str) -> LogFormat:
    if text not in set(LogFormat):
        raise ValueError(f"must be json or text, not {text!r}")
    return LogFormat(text)


def _refuse_misspelt(environment: Mapping[str, str]) -> None:
    """Refuse a name that is nearly a setting's; policies may name others freely."""
    known = {*_SECRETS, *_PLAIN, *(f"{name}{_FILE}" for name in _SECRETS)}
    for variable in sorted(environment):
        name = variable.removeprefix(PREFIX)
        if name in known or name == variable or variable.startswith(_TEST_PREFIX):
            continue
        nearest = min(sorted(known), key=lambda each: _distance(name.upper(), each))
        if _distance(name.upper(), nearest) <= _SLIP:
            raise SettingsError(
                f"{variable} is no setting; did you mean {PREFIX}{nearest}?"
            )
        if name.removesuffix(_FILE) in _PLAIN:
            raise SettingsError(
                f"{variable} is no setting: only secrets are read from files;"
                f" set {PREFIX}{name.removesuffix(_FILE)}"
            )


def _distance(one: str, other: str) -> int:
    """Count the letters to put in, take out or change (Levenshtein)."""
    row = list(range(len(other) + 1))
    for above, letter in enumerate(one, start=1):
        diagonal, row[0] = row[0], above
        for column, wanted in enumerate(other, start=1):
            change = diagonal + (letter != wanted)
            diagonal = row[column]
            row[column] = min(change, row[column] + 1, row[column - 1] + 1)
    return row[-1]
