"""`spendguard approval`."""

from typing import Annotated

import typer

from service.api.bodies.approvals import ApprovalItem, approval_item
from service.cli.output import AsJson, limit_text, money_text, print_json, print_table
from service.cli.session import actor, opened
from service.domain.approval import Approval, ApprovalState
from service.domain.approval_telling import asked_for
from service.pipeline.approvals import Verdict, decide_approval
from service.ports import ApprovalFilter, PageRequest

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Requests for approval: who is asked before the limit moves.",
)
Note = Annotated[str, typer.Option(help="Why; goes into the audit log.")]


@app.command("list")
def list_approvals(
    context: typer.Context,
    organization: Annotated[
        str | None, typer.Argument(help="Only of this one.")
    ] = None,
    *,
    state: Annotated[
        ApprovalState | None, typer.Option(help="Only in this state.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List requests for approval, newest first."""
    wanted = ApprovalFilter(organization=organization, state=state)
    with opened(context, policies=False) as application:
        queries = application.services.queries
        page = queries.approvals(wanted, PageRequest(limit=limit))
    items = [approval_item(each) for each in page.items]
    if as_json:
        print_json(items)
        return
    print_table(
        ("asked", "organization", "for", ">from", ">to", "state", "by", "until", "id"),
        (_row(item) for item in items),
        empty="no requests",
    )


@app.command()
def approve(
    context: typer.Context,
    approval_id: str,
    *,
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Approve a request; it is carried out at once if it is still wanted."""
    _decide(context, approval_id, note, is_granted=True, as_json=as_json)


@app.command()
def deny(
    context: typer.Context,
    approval_id: str,
    *,
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Deny a request; that holds until the threshold fires the next time."""
    _decide(context, approval_id, note, is_granted=False, as_json=as_json)


def _decide(
    context: typer.Context,
    approval_id: str,
    note: str,
    *,
    is_granted: bool,
    as_json: bool,
) -> None:
    with opened(context) as application:
        verdict = Verdict(
            approval_id=approval_id,
            is_granted=is_granted,
            actor=actor(),
            # Who is at the terminal may set any limit there.
            may_raise=True,
            note=note,
        )
        decided = decide_approval(application.services, verdict)
    if as_json:
        print_json(approval_item(decided))
        return
    typer.echo(_outcome(decided))


def _outcome(approval: Approval) -> str:
    """Say what became of a request that was just answered."""
    what = asked_for(approval)
    match approval.state:
        case ApprovalState.USED if not approval.ended_reason:
            return f"approved and done: {what}"
        case ApprovalState.DENIED:
            return f"denied: {what}"
        case ApprovalState.APPROVED:
            return f"approved, to be done by a check: {what}"
        case _:
            return f"{approval.state} ({approval.ended_reason}): {what}"


def _row(item: ApprovalItem) -> tuple[object, ...]:
    asked = f"{item.policy_id}/{item.threshold_id}"
    return (
        item.requested_at,
        item.organization,
        f"{item.kind} by {item.requested_by if item.policy_id is None else asked}",
        limit_text(item.from_, unlimited=item.from_unlimited),
        money_text(item.to),
        item.state,
        item.decided_by,
        item.expires_at,
        item.id,
    )
