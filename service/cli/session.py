"""What every command starts with: settings, logs, an open database, the policies."""

import logging
import os
import pwd
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import typer

from service.bootstrap import Application, build, configure_logs
from service.cli.frame import FINDINGS, UNREACHABLE
from service.domain.errors import InvalidInput
from service.domain.guard import Organization
from service.domain.period import require_utc
from service.domain.policy_set import PolicySet
from service.domain.quantity import parse_duration
from service.settings import Settings, process_environment, read_settings


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
    level: int = logging.WARNING,
) -> Iterator[Application]:
    """Open the database, check that it fits, load the policies; close at the end.

    A command that `creates` makes the database where there is none; one that only
    reads says that there is none, for it may have been called in the wrong folder.
    """
    settings = settings_of(context)
    application = build(settings, environment_of(context))
    configure_logs(settings.log_format, application.secrecy, sys.stderr, level=level)
    try:
        if creates:
            application.create()
        application.services.queries.is_ready()
        if policies:
            application.load_policies()
        yield application
    finally:
        application.close()


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
