"""What a person asks first: how every organization stands now."""

from service.domain.alert import AlertState
from service.domain.guard import Organization
from service.domain.state import OrganizationState
from service.domain.status import OrganizationStatus, Standing, status_of
from service.ports import AlertFilter, PageRequest, Services

# Who has more alerts open than this looks at the list of alerts.
_MOST_ALERTS = 200


def statuses(services: Services) -> tuple[OrganizationStatus, ...]:
    """Tell how each organization of the policies in force stands, in their order.

    A few point reads each; the provider is not asked.
    """
    queries = services.queries
    is_paused = queries.is_paused()
    states = {each.organization: each for each in queries.organization_states()}
    return tuple(
        _status(services, each, states.get(each.name), is_paused=is_paused)
        for each in services.policies.current().guard.organizations
    )


def _status(
    services: Services,
    organization: Organization,
    state: OrganizationState | None,
    *,
    is_paused: bool,
) -> OrganizationStatus:
    wanted = AlertFilter(organization=organization.name, state=AlertState.FIRING)
    alerts = services.queries.alerts(wanted, PageRequest(limit=_MOST_ALERTS))
    standing = Standing(
        name=organization.name,
        currency=organization.currency,
        check=services.queries.last_check(organization.name),
        state=state,
        alerts=alerts.items,
        is_paused=is_paused,
    )
    return status_of(
        standing, interval=services.check_interval, now=services.clock.now()
    )
