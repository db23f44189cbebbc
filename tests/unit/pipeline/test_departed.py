"""Organizations that the policies no longer name: nothing of them stays open."""

from dataclasses import replace

import pytest

from service.domain.alert import Alert, AlertState
from service.domain.approval import Approval, ApprovalState
from service.domain.audit import AuditAction
from service.domain.limit_change import ChangeState
from service.domain.notification import EventKind
from service.domain.state import OrganizationState
from tests.approvals import approval
from tests.builders import alert, change
from tests.unit.pipeline.load_world import Loading

GONE = "gone"


@pytest.fixture
def loading() -> Loading:
    """Load policies while `gone`, which they do not name, is remembered."""
    found = Loading()
    for name in (GONE, "acme"):
        found.world.tables.states[name] = OrganizationState(organization=name)
    return found


def keep(loading: Loading, *alerts: Alert) -> None:
    for each in alerts:
        loading.world.tables.alerts_by_id[each.id] = each


def test_alerts_of_an_organization_that_is_gone_end_and_say_so(
    loading: Loading,
) -> None:
    firing = alert("half", organization=GONE)
    pending = alert("stop", organization=GONE, state=AlertState.PENDING)
    over = alert(
        "limit_reached", organization=GONE, policy_id="", state=AlertState.RESOLVED
    )
    kept = alert("half")
    keep(loading, firing, pending, over, kept)

    loading.load()

    now = loading.world.tables.alerts_by_id
    assert (now[firing.id].state, now[firing.id].reason) == ("resolved", "removed")
    assert now[pending.id].state is AlertState.IDLE
    assert (now[over.id], now[kept.id]) == (over, kept)
    assert loading.events() == [EventKind.RESOLVED]
    (fact,) = loading.facts(AuditAction.ALERT_RESOLVED)
    assert (fact.chain, fact.target) == (GONE, f"alert:{firing.id}")


def test_a_request_of_an_organization_that_is_gone_is_superseded(
    loading: Loading,
) -> None:
    asked: Approval = replace(approval(), organization=GONE)
    waiting = change(
        id=asked.change_id, organization=GONE, state=ChangeState.AWAITING_APPROVAL
    )
    other = change(id="lc_other", organization=GONE, state=ChangeState.UNKNOWN)
    tables = loading.world.tables
    tables.approvals_by_id[asked.id] = asked
    tables.changes_by_id |= {waiting.id: waiting, other.id: other}

    loading.load()

    assert tables.approvals_by_id[asked.id].state is ApprovalState.SUPERSEDED
    assert tables.changes_by_id[waiting.id].state is ChangeState.SKIPPED
    assert tables.changes_by_id[other.id] == other
    assert loading.events() == [EventKind.APPROVAL_SUPERSEDED]
    assert len(loading.facts(AuditAction.APPROVAL_SUPERSEDED)) == 1


def test_nothing_is_told_of_an_organization_that_is_gone_and_quiet(
    loading: Loading,
) -> None:
    loading.load()

    assert loading.events() == []
