"""Reading the past where nobody serves: all that is due, after a check."""

import sys

import typer

from service.api.bodies.status import history_body
from service.cli.output import history_text
from service.domain.guard import Organization
from service.pipeline.past import read_past_month
from service.pipeline.respond_status import overview
from service.ports import Services


def read_past(services: Services, organization: Organization) -> None:
    """Read the past months that are due, and say so on standard error."""
    number = 0
    while read_past_month(services, organization.name):
        number += 1
        if sys.stderr.isatty():
            line = f"\r{organization.name}: reading past months: {number}"
            typer.echo(line, err=True, nl=False)
    if number:
        (status,) = overview(services, [organization]).organizations
        start = "\r" if sys.stderr.isatty() else ""
        known = history_text(history_body(status.history))
        typer.echo(f"{start}{organization.name}: {known}", err=True)
