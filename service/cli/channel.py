"""`spendguard channel`."""

from typing import Annotated

import typer

from service.api.bodies.notifications import ChannelTest, channel_items, channel_test
from service.cli.frame import UNREACHABLE
from service.cli.output import AsJson, print_json, print_table
from service.cli.session import actor, opened
from service.domain.errors import InvalidInput
from service.pipeline.respond_notifications import send_test
from service.ports import Services

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Channels of messages."
)


@app.command("list")
def list_channels(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the channels with the newest proof that each works; never their URLs."""
    with opened(context, creates=True) as application:
        services = application.services
        guard = services.policies.current().guard
        items = channel_items(guard, services.queries.proofs())
    if as_json:
        print_json(items)
        return
    print_table(
        (
            "channel",
            "default",
            "fallback",
            "last delivery",
            "message",
            "last failure",
            "error",
        ),
        (
            (
                each.name,
                each.default,
                each.fallback,
                each.last_delivered_at,
                each.last_delivery_id,
                each.last_failed_at,
                each.last_error,
            )
            for each in items
        ),
        empty="no channels; guard.yaml declares them",
    )


@app.command("test")
def send_test_message(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument()] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Test all channels.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send a test message now and say how it went; exit 3 where it did not arrive."""
    if (name is None) != every:
        raise InvalidInput("give either a channel's NAME or --all")
    with opened(context, creates=True) as application:
        services = application.services
        channels = services.policies.current().guard.channels
        names = [name] if name is not None else [each.name for each in channels]
        results = [_test(services, each) for each in names]
    if as_json:
        print_json(results)
    else:
        for each in results:
            ending = "delivered" if each.delivered else f"failed: {each.error}"
            typer.echo(f"{each.channel}: {ending}")
    if not all(each.delivered for each in results):
        raise typer.Exit(UNREACHABLE)


def _test(services: Services, name: str) -> ChannelTest:
    return channel_test(name, send_test(services, actor=actor(), channel=name))
