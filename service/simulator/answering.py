"""From an admitted call to its answer."""

from service.simulator import code_analytics, limit_bodies, work_analytics
from service.simulator.call import Call
from service.simulator.exchange import Incoming, Outgoing, Route
from service.simulator.faults import REFUSING, FaultKind
from service.simulator.refusals import Invalid, invalid_answer
from service.simulator.setting import set_limit
from service.simulator.spoiling import refusal, spoil
from service.simulator.usage_body import View

_ZONES = frozenset({"global", "us", "eu"})
_MONTHS = 12
_LAST_YEAR = 9998
_NOWHERE = "\0"  # a workspace that cannot exist


def respond(call: Call) -> Outgoing:
    """Answer a call, faults included."""
    if call.faults and call.faults[0].kind in REFUSING:
        return refusal(call.faults[0])
    try:
        answer = set_limit(call) if _is_setting(call) else _read(call)
    except Invalid as error:
        return invalid_answer(error)
    return spoil(answer, list(call.faults))


def _is_setting(call: Call) -> bool:
    return call.route is Route.SET_SPEND_LIMIT


def _read(call: Call) -> Outgoing:
    organization, request = call.organization, call.request
    match call.route:
        case Route.USAGE:
            return _usage(call)
        case Route.SPEND_LIMIT:
            return limit_bodies.spend_limit(organization, call.now)
        case Route.RATE_LIMIT:
            return limit_bodies.rate_limit(organization)
        case Route.WORKSPACES:
            return limit_bodies.workspaces(organization, request)
        case Route.AUDIT_LOGS:
            return limit_bodies.audit_logs(organization, request, call.now)
        case _:
            return _analytics(call)


def _analytics(call: Call) -> Outgoing:
    organization, now = call.organization, call.now
    asked = work_analytics.window(call.request, now)
    match call.route:
        case Route.WORK_BY_USER:
            return work_analytics.by_user(organization, asked, now)
        case Route.WORK_BY_AGENT:
            return work_analytics.by_agent(organization, asked, now)
        case Route.WORK_BY_TIME:
            granularity = call.request.one("granularity")
            return work_analytics.by_time(organization, asked, now, granularity)
        case Route.CODE_BY_WORKSPACE:
            workspace = _workspace(call)
            return code_analytics.by_workspace(organization, asked, now, workspace)
        case _:
            return code_analytics.by_organization(organization, asked, now)


def _usage(call: Call) -> Outgoing:
    organization = call.organization
    zone = call.request.one("api_zone")
    if zone is not None and zone not in _ZONES:
        message = "Input should be 'global', 'us' or 'eu'"
        raise Invalid(("query", "api_zone"), "enum", message, zone)
    year, month = _asked_month(call.request, call.now.year, call.now.month)
    workspace = _workspace(call)
    if not year:
        # A month that is none is answered emptily, as the console's twin does.
        year, month, workspace = call.now.year, call.now.month, _NOWHERE
    if call.fault(FaultKind.WRONG_PERIOD):
        before = year * _MONTHS + month - 2
        year, month = before // _MONTHS, before % _MONTHS + 1
    view = View(workspace=workspace, zone=zone, shape=organization.shape)
    ledger = organization.ledger(year, month)
    body = organization.bodies.write(ledger, view, organization.currency)
    return Outgoing(body=body)


def _asked_month(request: Incoming, year: int, month: int) -> tuple[int, int]:
    """Return (year, month), the present ones by default, (0, 0) if there is none."""
    try:
        year = int(request.one("year") or year)
        month = int(request.one("month") or month)
    except ValueError:
        return 0, 0
    is_real = 1 <= month <= _MONTHS <= year <= _LAST_YEAR
    return (year, month) if is_real else (0, 0)


def _workspace(call: Call) -> str | None:
    uuid = call.request.one("workspace_id")
    if uuid is None:
        return None
    workspace = call.organization.workspace_by_uuid(uuid)
    return _NOWHERE if workspace is None else workspace.name
