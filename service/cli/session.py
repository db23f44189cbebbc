"""What every command starts with: settings, logs, an open database, the policies."""

import logging
import os
import pwd
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import typer
from pydantic import SecretStr

from service.bootstrap import Application, build, configure_logs
from service.cli.frame import FINDINGS, UNREACHABLE
from service.domain.errors import InvalidInput
from service.domain.guard import Organization
from service.domain.period import require_utc
from service.domain.policy_set import PolicySet
from service.domain.quantity import parse_duration
from service.settings import Settings, process_environment, read_settings

_SQLITE = "sqlite:///"


def environment_of(context: typer.Context) -> Mapping[str, str]:
    """Give the environment of this call: the process's, unless another was given."""
    given: Mapping[str, str] | None = context.obj
    return process_environment() if given is None else given


def settings_of(context: typer.Context) -> Settings:
    """Read the settings; raise `SettingsError`."""
    return read_settings(environment_of(context))


def actor() -> str:
    """Give who is at the terminal, for the audit log."""
    try:
        return f"user:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        # A container's user need not have a name.
        return f"user:uid-{os.getuid()}"


@contextmanager
def opened(
    context: typer.Context,
    *,
    policies: bool = True,
    creates: bool = False,
    keeps: bool = True,
    level: int = logging.WARNING,
) -> Iterator[Application]:
    """Open the database, check that it fits, load the policies; close at the end.

    A command that `creates` makes the database where there is none; one that only
    reads says that there is none, for it may have been called in the wrong folder.
    Without `keeps` one that was made is gone at the end.
    """
    with ExitStack() as stack:
        settings = settings_of(context)
        if not keeps:
            settings = _without_traces(settings, stack)
        application = build(settings, environment_of(context))
        stack.callback(application.close)
        secrecy = application.secrecy
        configure_logs(settings.log_format, secrecy, sys.stderr, level=level)
        if creates:
            application.create()
        application.services.queries.is_ready()
        if policies:
            application.load_policies()
        yield application


def _without_traces(settings: Settings, stack: ExitStack) -> Settings:
    """Put a database that is not there yet into a folder that will not stay."""
    url = settings.database_url.get_secret_value()
    file = url.removeprefix(_SQLITE).partition("?")[0]
    if not url.startswith(_SQLITE) or Path(file).exists():
        return settings
    folder = stack.enter_context(TemporaryDirectory(prefix="spendguard-"))
    return replace(settings, database_url=SecretStr(f"{_SQLITE}{folder}/dry-run.db"))


def chosen(policies: PolicySet, name: str | None) -> Organization:
    """Give the organization that was named, or the only one there is."""
    known = policies.guard.organizations
    names = ", ".join(each.name for each in known)
    if name is None:
        if len(known) > 1:
            raise InvalidInput(f"name an organization, one of: {names}")
        return known[0]
    found = policies.organization(name)
    if found is None:
        raise InvalidInput(f"no organization is called {name}; there is: {names}")
    return found


def moment(text: str | None, now: datetime) -> datetime | None:
    """Read `2026-09-01T00:00:00Z` or `30d` from now; raise `InvalidInput`."""
    if text is None:
        return None
    try:
        return now + parse_duration(text)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            f"expected a time like 2026-09-01T00:00:00Z or a duration like 30d,"
            f" not {text!r}"
        ) from None
    return require_utc(at)


def exit_code(reasons: Iterable[str | None]) -> int:
    """Give how to end over unknown figures: 3 where the provider did not answer."""
    is_provider = any((each or "").startswith("provider_") for each in reasons)
    return UNREACHABLE if is_provider else FINDINGS
