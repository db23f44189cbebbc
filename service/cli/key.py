"""`spendguard key`."""

from typing import Annotated

import typer

from service.api.bodies.keys import CreatedKey, key_item
from service.cli.output import AsJson, print_json, print_table
from service.cli.session import actor, moment, opened
from service.domain.access import Role
from service.domain.errors import NotFound
from service.pipeline.respond_keys import create_key, revoke_key
from service.ports import Services

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Keys of the REST API."
)


_ROLES = "|".join(Role)


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise typer.BadParameter(
            f"no role is called {text!r}; there is: {', '.join(Role)}"
        ) from None


@app.command()
def create(
    context: typer.Context,
    name: str,
    *,
    role: Annotated[
        Role,
        typer.Option(parser=_role, metavar=_ROLES, help="What the key may do."),
    ] = Role.VIEWER,
    expires: Annotated[
        str | None, typer.Option(help="When it ends: 2026-12-31T00:00:00Z, or 90d.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Create a key and print it, this once."""
    with opened(context, policies=False, creates=True) as application:
        services = application.services
        key, text = create_key(
            services,
            actor=actor(),
            name=name,
            role=role,
            expires_at=moment(expires, services.clock.now()),
        )
    if as_json:
        print_json(CreatedKey(**key_item(key).model_dump(), key=text))
        return
    typer.echo(text)
    typer.echo(f"{name} ({role}); it is not shown again", err=True)


@app.command("list")
def list_keys(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List all keys, without their texts."""
    with opened(context, policies=False, creates=True) as application:
        keys = application.services.queries.keys()
    items = [key_item(key) for key in keys]
    if as_json:
        print_json(items)
        return
    print_table(
        ("name", "role", "created", "last used", "expires", "revoked", "id"),
        (
            (
                item.name,
                item.role,
                item.created_at,
                item.last_used_at,
                item.expires_at,
                item.revoked_at,
                item.id,
            )
            for item in items
        ),
        empty="no keys; create one with: spendguard key create NAME --role viewer",
    )


@app.command()
def revoke(context: typer.Context, name: str) -> None:
    """End a key at once, by its name or id."""
    with opened(context, policies=False, creates=True) as application:
        key_id = _id_of(application.services, name)
        revoked = revoke_key(application.services, actor=actor(), key_id=key_id)
    typer.echo(f"revoked {revoked.name}")


def _id_of(services: Services, name: str) -> str:
    """Give the id of the valid key of that name, or else of whichever has it."""
    now = services.clock.now()
    keys = services.queries.keys()
    named = [key for key in keys if name in {key.name, key.id}]
    if not named:
        raise NotFound(f"no key is called {name}")
    return next((key for key in named if key.is_valid(now)), named[0]).id
