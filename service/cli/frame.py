"""The frame of the command line: which commands there are, and how errors end.

Only the module of the command that was called is imported: `spendguard --help` must
not wait for a database driver.
"""

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typing_extensions import override

from service.domain.errors import (
    InvalidInput,
    InvalidPolicies,
    ProviderError,
    SpendguardError,
)

FINDINGS = 1
USAGE = 2
UNREACHABLE = 3

# Name → module of `service.cli`, one line of help; in the order of `--help`.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "demo": ("demo", "Run the service through a simulated month, on this machine."),
    "serve": ("serve", "Run the service: checks, deliveries and the REST API."),
    "check": ("check", "Check organizations now and show what came of it."),
    "status": ("status", "Show spend, limit and alerts of every organization."),
    "policy": (
        "policy",
        "Validate, test, plan, report on and explain policies.",
    ),
    "usage": ("usage", "Show who spent how much this month."),
    "limit": ("limit", "Show or set the provider's spend limit, or ask for more."),
    "alert": ("alert", "List and acknowledge alerts."),
    "approval": ("approval", "List and answer requests for approval."),
    "silence": ("silence", "Mute messages about alerts for a time."),
    "channel": ("channel", "List and test the channels of messages."),
    "audit": ("audit", "Read, export and verify the audit log."),
    "key": ("key", "Create, list and revoke keys of the REST API."),
    "pause": ("pause", "Stop all automatic limit changes at once."),
    "resume": ("resume", "Allow automatic limit changes again."),
    "doctor": ("doctor", "Look at everything a guard needs, and say what to do."),
    "db": ("database", "Bring the database up to date, and copy it."),
    "simulator": ("simulator", "Run a simulated provider in the foreground."),
}


class LazyCommand(TyperCommand):
    """A command's name and help; its module is imported when it is called."""

    def __init__(self, name: str, module: str, summary: str) -> None:
        super().__init__(name=name, callback=None, help=summary)
        self._module = f"service.cli.{module}"

    @override
    def make_context(self, info_name: Any, args: Any, *rest: Any, **extra: Any) -> Any:
        """Hand over to the command itself."""
        command = typer.main.get_command(import_module(self._module).app)
        command.name = self.name
        return command.make_context(info_name, args, *rest, **extra)


class LazyGroup(TyperGroup):
    """All commands, none of them imported."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - as the library calls it
        super().__init__(**attributes)
        for name, (module, summary) in COMMANDS.items():
            self.add_command(LazyCommand(name, module, summary))


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - how the library calls back
    if wanted:
        typer.echo(f"spendguard {version('spendguard')}")
        raise typer.Exit


app = typer.Typer(cls=LazyGroup, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def spendguard(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    """Guard what an organization spends at its AI provider."""


def run(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    """Run a command line; give its exit code.

    0 fine, 1 findings or invalid, 2 usage, 3 unreachable. The environment is the
    process's own unless another is given.
    """
    command = typer.main.get_command(app)
    try:
        command.main(list(arguments), prog_name="spendguard", obj=environment)
    except SpendguardError as error:
        for line in str(error).splitlines() or [error.code]:
            sys.stderr.write(f"spendguard: {line}\n")
        return _exit_code(error)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    return 0


def _exit_code(error: SpendguardError) -> int:
    if isinstance(error, InvalidInput) and not isinstance(error, InvalidPolicies):
        return USAGE
    return UNREACHABLE if isinstance(error, ProviderError) else FINDINGS
