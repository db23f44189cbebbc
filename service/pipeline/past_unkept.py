"""Months of the past that are not kept, read once to look at them and forgotten."""

from collections.abc import Callable
from functools import partial

from service.domain.check import UsageMonth
from service.domain.cost import cost_lines
from service.domain.figures import check_report
from service.domain.guard import Organization
from service.domain.past_read import past_months
from service.domain.period import month_of
from service.domain.policy import Policy
from service.domain.usage import Failure
from service.domain.usage_lines import usage_lines
from service.domain.workspaces import workspaces_named
from service.pipeline.attempt import attempt
from service.ports import Services


def read_unkept(
    services: Services,
    organization: Organization,
    policies: tuple[Policy, ...],
    months: int,
    on_month: Callable[[str, str], None],
) -> tuple[UsageMonth, ...]:
    """Read this month and those before it that no check has kept; keep nothing.

    `on_month` hears of each that is asked for. Ends at the first that cannot be had:
    the provider has nothing older, or does not answer.
    """
    name, month = organization.name, month_of(services.clock.now())
    wanted = (month, *past_months(month)[:months])
    missing = [each for each in wanted if not services.queries.usage(name, each.key)]
    if not missing:
        return ()
    api = services.admin_api(name)
    listed = attempt(api.workspaces) if workspaces_named(policies, ()) else ()
    uuids = workspaces_named(policies, () if isinstance(listed, Failure) else listed)
    places: dict[str, str | None] = {"": None} | {
        workspace: uuid
        for workspace, uuid in uuids.items()
        if not isinstance(uuid, Failure)
    }
    read: list[UsageMonth] = []
    for month in missing:
        on_month(name, month.key)
        for workspace, uuid in places.items():
            answer = attempt(partial(api.usage, month, uuid))
            report = check_report(answer, organization, month)
            if isinstance(report, Failure):
                return tuple(read)
            read.append(
                UsageMonth(
                    organization=name,
                    workspace=workspace,
                    period=month.key,
                    currency=organization.currency,
                    captured_at=services.clock.now(),
                    lines=usage_lines(cost_lines(report)),
                )
            )
    return tuple(read)
