"""POST /spend-limit, with all the ways in which it may not be what it seems."""

from dataclasses import replace
from datetime import timedelta

from service.simulator.call import Call
from service.simulator.exchange import Outgoing, Pacing
from service.simulator.faults import FaultKind
from service.simulator.limit import Limit, api_key, console_user
from service.simulator.limit_bodies import asked_limit, spend_limit
from service.simulator.refusals import refuse

KEY_NAME = "admin-api-key"


def set_limit(call: Call) -> Outgoing:
    """Put the asked limit in force unless a fault says otherwise; may raise Invalid."""
    organization, now = call.organization, call.now
    asked = asked_limit(
        call.request.body, organization.book.limit, organization.config.max_amount
    )
    if call.fault(FaultKind.IGNORED):
        return spend_limit(organization, now, asked)
    if late := call.fault(FaultKind.LATE):
        due_at = now + timedelta(seconds=late.seconds)
        organization.move_limit_later(asked, api_key(KEY_NAME), due_at)
        return spend_limit(organization, now, asked)
    silent = call.fault(FaultKind.NO_ANSWER)
    if silent is None or silent.applied:
        organization.move_limit(asked, api_key(KEY_NAME), now)
    answer = spend_limit(organization, now)
    if overtaken := call.fault(FaultKind.OVERTAKEN):
        moved = Limit(amount=overtaken.amount)
        organization.move_limit(moved, console_user(overtaken.email), now)
    if failed := call.fault(FaultKind.ERROR_AFTER):
        answer = refuse(failed.status)
    if silent is not None:
        pacing = Pacing(wait_seconds=silent.seconds)
        answer = replace(refuse(504), pacing=pacing)
    return answer
