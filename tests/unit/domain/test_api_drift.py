"""A provider that answers otherwise than was agreed is told with what has changed."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from service.domain.alert import Alert, AlertKind, AlertState, health_key
from service.domain.alerting import Step
from service.domain.analytics import ProviderAuditEntry, RateLimit
from service.domain.api_drift import NEW_FIELDS, api_moves
from service.domain.case import Case
from service.domain.check import Outcome
from service.domain.notification import EventKind
from service.domain.policy import Severity
from service.domain.shape import ShapeChanges
from service.domain.thresholds import Moved
from service.domain.usage import Failure, Workspace
from tests.builders import (
    HOUR,
    MINUTE,
    NOON,
    Fields,
    book,
    failure,
    memory,
    organization,
    policy,
    policy_set,
    reading,
    report_of,
    sighting,
    snapshot,
    state,
    threshold,
)
from tests.unit.domain.watching import Watching

QUARTER = timedelta(minutes=15)
DRIFT = "api_drift"
POLICIES = policy_set(policy(threshold(spend="50%")))
GONE = ShapeChanges(broken=("usage: missing field currency",))
RETYPED = ShapeChanges(broken=("usage: prices was a list, is an object",))
NEW = ShapeChanges(added=("usage: new field foo",))
MOVED = Failure(reason="provider_rejected", detail="404", is_drift=True)


def watching(**remembered: Fields) -> Watching:
    """Watch acme after a first healthy check at noon."""
    watched = Watching(POLICIES, start=NOON - 5 * MINUTE)
    watched.check(1000)
    state = replace(watched.memory.state, **remembered)
    watched.memory = replace(watched.memory, state=state)
    return watched


def usage(changes: ShapeChanges) -> Fields:
    return report_of(1000, shape_changes=changes)


def fired(watched: Watching, subject: str = "") -> Alert:
    (found,) = (
        each
        for each in watched.memory.alerts.values()
        if each.key.threshold_id == DRIFT and each.key.scope == subject
    )
    return found


def open_after(watched: Watching, after: timedelta, **changes: Fields) -> bool:
    """Say whether the alert stands after one more check."""
    watched.check(after=after, **changes)
    alert = watched.alert(DRIFT)
    return alert is not None and alert.is_open


@pytest.mark.parametrize(
    ("read", "good_at", "expected"),
    [
        pytest.param(MOVED, NOON - QUARTER, True, id="gone for as long as it may"),
        pytest.param(MOVED, None, True, id="never there"),
        pytest.param(MOVED, NOON - MINUTE, False, id="gone of late"),
        pytest.param(failure(), NOON - QUARTER, False, id="down"),
        pytest.param(report_of(1000), NOON, False, id="there"),
        pytest.param(
            report_of(1000, unknown_categories=("video",)), NOON, True, id="a new part"
        ),
        pytest.param(
            report_of(1000, missing_categories=("ocr",)), NOON, True, id="a part less"
        ),
        pytest.param(usage(GONE), NOON, True, id="a field less"),
        pytest.param(usage(NEW), NOON, False, id="a field more"),
    ],
)
def test_what_has_changed_is_told_and_what_cannot_be_read_only_if_it_lasts(
    read: Fields, good_at: datetime | None, *, expected: bool
) -> None:
    good = None if good_at is None else sighting(1000, good_at)
    watched = watching(last_good=good)

    assert open_after(watched, timedelta(0), usage=read) is expected


def test_an_answer_that_names_no_limit_is_a_changed_interface() -> None:
    """Nothing else would tell that every threshold on the limit is blind."""
    assert open_after(watching(), MINUTE, limit=reading(limit=None))


def test_the_differences_of_all_answers_are_told_once_each() -> None:
    watched = watching()

    watched.check(
        usage=usage(GONE),
        previous=usage(RETYPED),
        previous_by_workspace={"x": failure()},
        usage_by_workspace={"x": usage(GONE)},
        limit=reading(shape_changes=ShapeChanges(broken=("spend-limit: y",))),
        limit_log=failure(),
    )

    alert = fired(watched)
    assert alert.severity is Severity.WARNING
    assert alert.reason == (
        "the provider's answers have changed: spend-limit: y;"
        " usage: missing field currency; usage: prices was a list, is an object"
    )
    watched.check(usage=usage(GONE))
    assert watched.told(EventKind.FIRED) == [DRIFT]
    watched.check()
    assert watched.told(EventKind.RESOLVED) == [DRIFT]


def test_more_that_changes_while_it_stands_is_told_once_too() -> None:
    watched = watching()
    both = ShapeChanges(broken=(*GONE.broken, *RETYPED.broken))
    for changes in (GONE, both, both, RETYPED, both):
        watched.check(usage=usage(changes))

    assert watched.told(EventKind.FIRED) == [DRIFT]
    assert watched.told(EventKind.UPDATED) == [DRIFT]
    assert fired(watched).reason.endswith("; ".join(both.broken))


def test_more_that_changes_is_an_update_of_the_alert_that_stands() -> None:
    key = health_key("acme", AlertKind.API_DRIFT)
    standing = Alert(
        key=key,
        firing=2,
        kind=AlertKind.API_DRIFT,
        severity=Severity.WARNING,
        state=AlertState.FIRING,
        value=None,
        bound=None,
        unit="",
        fired_at=NOON - HOUR,
        last_told_at=NOON - HOUR,
        reason=f"the provider's answers have changed: {GONE.broken[0]}",
    )
    both = ShapeChanges(broken=(*GONE.broken, *RETYPED.broken))
    case = Case(
        policies=POLICIES,
        organization=organization(),
        memory=memory(state(), standing),
        book=book(replace(snapshot(), usage=usage(both))),
        check_id="ck_1",
        now=NOON,
    )

    (moved,) = api_moves(case, case.memory.state)

    updated = replace(
        standing,
        last_told_at=NOON,
        reason=f"the provider's answers have changed: {'; '.join(both.broken)}",
    )
    step = Step(alert=updated, outcome=Outcome.FIRING, is_changed=True, is_update=True)
    assert moved == Moved(step=step, channels=("finops",))


def test_a_long_list_is_cut_and_not_told_at_each_check() -> None:
    watched = watching()
    many = ShapeChanges(broken=tuple(f"usage: missing field {n}" for n in range(30)))
    for _ in range(3):
        watched.check(usage=usage(many))

    assert fired(watched).reason.endswith("field 19; and 10 more")
    assert watched.told(EventKind.UPDATED) == []


def test_new_fields_are_told_once_as_a_notice_and_a_changed_list_again() -> None:
    watched = watching()
    more = ShapeChanges(added=(*NEW.added, "usage: new field bar"))
    for changes in (NEW, NEW, more, NEW, more):
        watched.check(usage=usage(changes))

    alert = fired(watched, "new_fields")
    assert watched.told(EventKind.FIRED) == [DRIFT, DRIFT]
    assert watched.told(EventKind.RESOLVED) == []
    assert (alert.severity, alert.state) == (Severity.INFO, AlertState.RESOLVED)
    assert alert.reason == (
        "the provider's answers have new fields, and no figure is worse for it:"
        " usage: new field bar"
    )
    assert watched.memory.state.known_additions == more.added


def test_a_provider_that_invents_names_nags_for_a_while_only() -> None:
    watched = watching()
    for each in range(12):
        names = tuple(f"usage: new field {each}-{n}" for n in range(20))
        watched.check(usage=usage(ShapeChanges(added=names)))

    assert len(watched.memory.state.known_additions) == 200
    assert watched.told(EventKind.FIRED) == [DRIFT] * 10


def test_new_fields_do_not_hide_what_is_missing() -> None:
    watched = watching()
    watched.check(usage=usage(replace(GONE, added=NEW.added)))
    watched.check(usage=usage(NEW))

    assert watched.told(EventKind.FIRED) == [DRIFT, DRIFT]
    assert watched.told(EventKind.RESOLVED) == [DRIFT]


def test_rate_limits_are_read_once_an_hour_and_stay_told_between() -> None:
    watched = watching()
    known = RateLimit(requests_per_second=Decimal(6), models=())
    watched.check(rate_limit=replace(known, shape_changes=GONE))

    assert open_after(watched, MINUTE)
    assert open_after(watched, MINUTE, rate_limit=failure())
    assert not open_after(watched, HOUR, rate_limit=known)
    assert watched.told(EventKind.FIRED) == [DRIFT]


@pytest.mark.parametrize(
    ("age", "expected"), [(HOUR, True), (2 * HOUR, False), (-HOUR, False)]
)
def test_a_list_of_workspaces_counts_while_it_is_read(
    age: timedelta, *, expected: bool
) -> None:
    listed = (Workspace(uuid="u", name="x", shape_changes=GONE),)
    watched = watching(workspaces=listed, workspaces_at=NOON - age)

    assert open_after(watched, timedelta(0)) is expected


def test_the_audit_log_counts_when_it_is_read() -> None:
    entry = ProviderAuditEntry(
        at=NOON,
        actor="ada",
        actor_type="HUMAN",
        event_type="x",
        target_type="y",
        detail={},
        shape_changes=GONE,
    )
    watched = watching()

    assert open_after(watched, MINUTE, limit_log=(entry,))
    assert not open_after(watched, MINUTE)


def test_what_is_remembered_of_a_changed_answer_is_written_whole() -> None:
    watched = watching()
    watched.check(usage=usage(GONE))
    first = Alert(
        key=health_key("acme", AlertKind.API_DRIFT),
        firing=1,
        kind=AlertKind.API_DRIFT,
        severity=Severity.WARNING,
        state=AlertState.FIRING,
        value=None,
        bound=None,
        unit="",
        fired_at=watched.now,
        last_told_at=watched.now,
        reason=f"the provider's answers have changed: {GONE.broken[0]}",
    )
    assert fired(watched) == first

    watched.check(usage=usage(RETYPED))
    assert fired(watched) == replace(
        first,
        last_told_at=watched.now,
        reason=f"the provider's answers have changed: {RETYPED.broken[0]}",
    )


def test_what_is_remembered_of_new_fields_is_over_at_once() -> None:
    watched = watching()
    watched.check(usage=usage(NEW))
    alert = fired(watched, NEW_FIELDS)

    assert alert.key == health_key("acme", AlertKind.API_DRIFT, NEW_FIELDS)
    assert (alert.fired_at, alert.resolved_at) == (watched.now, watched.now)
    watched.check(usage=usage(ShapeChanges(added=("usage: new field bar",))))
    assert (alert.firing, fired(watched, NEW_FIELDS).firing) == (1, 2)


def test_both_are_told_on_the_channels_for_the_guards_own_health() -> None:
    watched = watching()
    watched.check(usage=usage(replace(GONE, added=NEW.added)))

    assert [told.channels for told in watched.all_told] == [("finops",)] * 2


def test_an_answer_that_is_lost_ends_nothing() -> None:
    watched = watching()
    watched.check(usage=usage(GONE))

    assert open_after(watched, MINUTE, usage=failure())
    assert open_after(watched, MINUTE, limit=failure())
    assert not open_after(watched, MINUTE)


def test_parts_that_are_new_and_parts_that_are_gone_are_named() -> None:
    watched = watching()
    watched.check(
        usage=report_of(
            1000, unknown_categories=("video",), missing_categories=("ocr", "chat")
        ),
        limit=reading(limit=None),
    )

    assert fired(watched).reason == (
        "the provider's answers have changed: new category video;"
        " missing category ocr; missing category chat;"
        " GET /spend-limit no longer names the limit"
    )
