"""`spendguard silence`."""

from typing import Annotated

import typer

from service.api.bodies.silences import SilenceItem, silence_item
from service.cli.output import AsJson, print_json, print_table
from service.cli.session import actor, moment, opened
from service.domain.alert import AlertKind
from service.domain.policy import Severity
from service.domain.silence import Matchers, Silence, SilenceState, starting
from service.pipeline.respond_silences import (
    SilenceRequest,
    create_silence,
    expire_silence,
)
from service.ports import PageRequest, Services

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Times in which nobody is told of some alerts.",
)


@app.command()
def add(  # noqa: PLR0913 - one argument per option of the command
    context: typer.Context,
    *,
    policy: Annotated[str | None, typer.Option(help="Id, or a glob.")] = None,
    threshold: Annotated[str | None, typer.Option(help="Id, or a glob.")] = None,
    severity: Annotated[Severity | None, typer.Option()] = None,
    organization: Annotated[
        str | None, typer.Option("--organization", "-o", help="Name, or a glob.")
    ] = None,
    kind: Annotated[
        AlertKind | None, typer.Option(help="Such as data_unknown.")
    ] = None,
    until: Annotated[
        str, typer.Option("--for", help="How long: 2h, or 2026-09-01T00:00:00Z.")
    ],
    start: Annotated[
        str | None, typer.Option(help="When it begins: a time, or 30m from now.")
    ] = None,
    comment: Annotated[str, typer.Option(help="Why; goes into the audit log.")],
    as_json: AsJson = False,
) -> None:
    """Tell nobody of the alerts that match all of what is given, for a time.

    Decisions and limit changes go on. What still fires when it ends is told then.
    """
    with opened(context, creates=True) as application:
        services = application.services
        now = services.clock.now()
        starts_at = starting(moment(start, now), now)
        silence = create_silence(
            services,
            SilenceRequest(
                matchers=Matchers(
                    policy_id=policy,
                    threshold_id=threshold,
                    severity=severity,
                    organization=organization,
                    kind=kind,
                ),
                starts_at=starts_at,
                ends_at=moment(until, starts_at) or now,
                comment=comment,
                actor=actor(),
            ),
        )
        item = _item(services, silence)
    if as_json:
        print_json(item)
        return
    typer.echo(f"{item.id}: {item.state} until {item.ends_at:%Y-%m-%d %H:%M:%S}Z")
    if item.matches_nothing:
        typer.echo("it matches no policy in force: nothing is muted by it", err=True)


@app.command("list")
def list_silences(
    context: typer.Context,
    *,
    state: Annotated[
        SilenceState | None, typer.Option(help="Only in this state.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List silences, newest first, the ended ones too."""
    with opened(context, creates=True) as application:
        services = application.services
        now, page = services.clock.now(), PageRequest(limit=limit)
        found = services.queries.silences(state, now, page).items
        items = [_item(services, each) for each in found]
    if as_json:
        print_json(items)
        return
    print_table(
        ("id", "state", "mutes", "starts", "ends", "by", "comment"),
        (_row(each) for each in items),
        empty="no silences",
    )


@app.command()
def expire(context: typer.Context, silence_id: str, *, as_json: AsJson = False) -> None:
    """End a silence now; what it withheld is told at the next check."""
    with opened(context, creates=True) as application:
        services = application.services
        ended = expire_silence(services, actor=actor(), silence_id=silence_id)
        item = _item(services, ended)
    if as_json:
        print_json(item)
        return
    typer.echo(f"{item.id}: {item.state}")


def _item(services: Services, silence: Silence) -> SilenceItem:
    return silence_item(silence, services.policies.current(), services.clock.now())


def _row(item: SilenceItem) -> tuple[object, ...]:
    given = item.matchers.model_dump(mode="json", exclude_none=True)
    mutes = ", ".join(f"{name} {value}" for name, value in given.items())
    note = " (nothing in force)" if item.matches_nothing else ""
    return (
        item.id,
        item.state,
        f"{mutes}{note}",
        item.starts_at,
        item.expired_at or item.ends_at,
        item.created_by,
        item.comment,
    )
